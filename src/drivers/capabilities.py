"""What a port can and cannot do, in words (`cti lines --capabilities`)."""

from typing import Final

from drivers.base import Capability, PortInfo, PortKind

_ALL: Final = frozenset(PortKind)
_TRUNKS: Final = frozenset({PortKind.FXO, PortKind.E1_CAS})

WORDS: Final[tuple[tuple[Capability, frozenset[PortKind], str, str], ...]] = (
    # capability, kinds of port it makes sense for, what the port can do, and what it means that it cannot
    (Capability.FULL_DUPLEX, _ALL, "hear and speak at once", "hear while it speaks"),
    (Capability.LOOP_CURRENT, _TRUNKS, "tell breaks of the loop", "tell that the exchange broke the loop"),
    (Capability.POLARITY_RX, _TRUNKS, "tell reversals of polarity", "tell reversals of polarity"),
    (Capability.BATTERY_SENSE, _TRUNKS, "tell a cut line", "tell a cut line from a quiet one"),
    (Capability.ONHOOK_AUDIO, _TRUNKS, "hear on hook", "hear on hook: no caller's number by our own ears"),
    (Capability.HW_CALLER_ID, _TRUNKS, "read callers' numbers itself", "read callers' numbers itself: our ears do"),
    (Capability.HW_DTMF, _ALL, "hear keys itself", "hear keys itself: our ears do"),
    (Capability.HW_CPD, _TRUNKS, "know the exchange's tones itself", "know the exchange's tones itself: our ears do"),
    (Capability.HW_EC, _ALL, "cancel echo itself", "cancel echo itself: our canceller does"),
    (Capability.HOOK_FLASH, _TRUNKS, "flash", "flash"),
    (Capability.EN_BLOC, _TRUNKS, "take a whole number at once", "take a whole number at once: it waits for dial tone"),
    (Capability.PULSE_TX, _TRUNKS, "dial by pulses", "dial by pulses"),
    (Capability.RING_GEN, frozenset({PortKind.FXS}), "ring its telephone", "ring its telephone"),
    (Capability.POLARITY_TX, frozenset({PortKind.FXS}), "reverse polarity", "reverse polarity"),
    (
        Capability.CLEARS_PHONE,
        frozenset({PortKind.FXS}),
        "put its telephone down",
        "put its telephone down: it waits for its hand",
    ),
    (Capability.CAS_BITS, frozenset({PortKind.E1_CAS}), "signal by bits", "signal by bits"),
    (Capability.COMMON_CLOCK, _ALL, "keep the board's clock", "keep the board's clock: a frame slips now and then"),
)


def can(info: PortInfo) -> tuple[str, ...]:
    """Sentences to be read behind "it can"."""
    return tuple(words for flag, _, words, _ in WORDS if flag & info.capabilities)


def cannot(info: PortInfo) -> tuple[str, ...]:
    """Sentences to be read behind "it cannot"; only what ports of its kind could do."""
    return tuple(words for flag, kinds, _, words in WORDS if info.kind in kinds and not flag & info.capabilities)
