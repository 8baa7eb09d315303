"""A ctypes door to Debian's libspandsp2 (0.0.6), the peer in every benchmark here. Audio is int16, 8 kHz.

`Peer` subclasses are receivers of one line: `hear(wave)` takes any number of samples, what was found waits in `events` as
(sample of the end of the block it was found in, word). They are not copied from the library: these are its public calls.
"""

import ctypes as c
import sys
from collections.abc import Callable
from functools import cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from dsp.plan import TonePlan

LIBRARY: Final = "libspandsp.so.2"
BLOCK: Final = 160  # samples a call, as the pump hands them to ours

_ON_DIGITS: Final = c.CFUNCTYPE(None, c.c_void_p, c.c_char_p, c.c_int)
_ON_TONE: Final = c.CFUNCTYPE(None, c.c_void_p, c.c_int, c.c_int, c.c_int)
_ON_MESSAGE: Final = c.CFUNCTYPE(None, c.c_void_p, c.POINTER(c.c_uint8), c.c_int)

ANS: Final = 2  # modem_connect_tones.h
CNG: Final = 1
CED_OR_PREAMBLE: Final = 7
CLASS: Final = 1  # adsi.h: Bell 202
CLIP: Final = 2  # V.23
NO_TONE: Final = 0  # measured: the header says -1, which the library takes for a frequency
R2_SIGNALS: Final = "1234567890BCDEF"  # bell_r2_mf.h, in order of their numbers

Receive = Callable[[int, int, int], int]  # state, address of the samples, how many


@cache
def library() -> Any:
    """Ends the program with an instruction when the library is missing."""
    try:
        spandsp = c.CDLL(LIBRARY)
    except OSError:
        sys.exit(f"{LIBRARY} is not there: the benchmarks compare with spandsp. On Debian: apt-get install libspandsp2")
    pointer = c.c_void_p
    for name in ("dtmf_rx", "r2_mf_rx", "super_tone_rx", "modem_connect_tones_rx", "adsi_rx"):
        getattr(spandsp, f"{name}_free").argtypes = [pointer]
        getattr(spandsp, name).argtypes = [pointer, pointer, c.c_int]
        getattr(spandsp, f"{name}_init").restype = pointer
    spandsp.dtmf_rx_init.argtypes = [pointer, _ON_DIGITS, pointer]
    spandsp.dtmf_rx_parms.argtypes = [pointer, c.c_int, c.c_int, c.c_int, c.c_int]
    spandsp.r2_mf_rx_init.argtypes = [pointer, c.c_int, _ON_TONE, pointer]
    spandsp.super_tone_rx_make_descriptor.argtypes = [pointer]
    spandsp.super_tone_rx_make_descriptor.restype = pointer
    spandsp.super_tone_rx_add_tone.argtypes = [pointer]
    spandsp.super_tone_rx_add_element.argtypes = [pointer, *[c.c_int] * 5]
    spandsp.super_tone_rx_init.argtypes = [pointer, pointer, _ON_TONE, pointer]
    spandsp.modem_connect_tones_rx_init.argtypes = [pointer, c.c_int, _ON_TONE, pointer]
    spandsp.adsi_rx_init.argtypes = [pointer, c.c_int, _ON_MESSAGE, pointer]
    spandsp.adsi_tx_init.argtypes = [pointer, c.c_int]
    spandsp.adsi_tx_init.restype = pointer
    spandsp.adsi_tx_put_message.argtypes = [pointer, c.c_char_p, c.c_int]
    spandsp.adsi_tx.argtypes = [pointer, pointer, c.c_int]
    spandsp.adsi_tx_free.argtypes = [pointer]
    return spandsp


class Peer:
    """One receiver of one line."""

    def __init__(self, name: str) -> None:
        self.events: list[tuple[int, str]] = []
        self.now = 0
        self._receive: Final[Receive] = getattr(library(), name)
        self._free: Final = getattr(library(), f"{name}_free")
        self._state: int | None = None

    def hear(self, wave: NDArray[np.int16], block: int = BLOCK) -> list[tuple[int, str]]:
        """(n,) contiguous int16 in blocks; all events so far."""
        assert self._state is not None
        address = wave.ctypes.data
        for at in range(0, len(wave), block):
            count = min(block, len(wave) - at)
            self.now += count
            self._receive(self._state, address + 2 * at, count)
        return self.events

    def call(self) -> tuple[Receive, int]:
        """For timing: the bare function and its state."""
        assert self._state is not None
        return self._receive, self._state

    def __del__(self) -> None:
        if self._state is not None:
            self._free(self._state)

    def _tell(self, word: str) -> None:
        self.events.append((self.now, word))


class Dtmf(Peer):
    """`dtmf_rx`: one event a digit. `parms`: (twist, reverse twist) in dB instead of the library's own."""

    def __init__(self, *, dialtone_filter: bool = False, parms: tuple[int, int] | None = None) -> None:
        super().__init__("dtmf_rx")
        self._callback: Final = _ON_DIGITS(self._digits)
        self._state = library().dtmf_rx_init(None, self._callback, None)
        twist, reverse = parms or (-1, -1)
        library().dtmf_rx_parms(self._state, int(dialtone_filter), twist, reverse, -99)

    def _digits(self, _: object, digits: bytes, count: int) -> None:
        for digit in digits[:count].decode("ascii"):
            self._tell(digit)


class _OnTone(Peer):
    """A receiver that reports codes: what is on now, or that it went."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self._callback: Final = _ON_TONE(self._tone)

    def _tone(self, _: object, code: int, level: int, delay: int) -> None:
        del level, delay
        self._tell(self.word(code))

    def word(self, code: int) -> str:
        """Empty when the tone went."""
        raise NotImplementedError


class Mfc(_OnTone):
    """`r2_mf_rx`: the number of each signal when it comes, an empty word when it goes."""

    def __init__(self, direction: str) -> None:
        super().__init__("r2_mf_rx")
        self._state = library().r2_mf_rx_init(None, int(direction == "forward"), self._callback, None)

    def word(self, code: int) -> str:
        return str(R2_SIGNALS.index(chr(code)) + 1) if code else ""


class Progress(_OnTone):
    """`super_tone_rx` with the tones of a plan; durations bear the plan's tolerance, or `tolerance`."""

    def __init__(self, plan: TonePlan, tolerance: float | None = None) -> None:
        super().__init__("super_tone_rx")
        self._names: Final = {}
        described = library().super_tone_rx_make_descriptor(None)
        for spec in plan.tones:
            if not spec.listen:
                continue
            tone = library().super_tone_rx_add_tone(described)
            self._names[tone] = spec.name
            first, second = round(spec.frequencies_hz[0]), round(spec.frequencies_hz[-1])
            pair = (first, second if len(spec.frequencies_hz) > 1 else NO_TONE)
            if not spec.cadence_ms:
                library().super_tone_rx_add_element(described, tone, *pair, 1500, 0)
            for place, ms in enumerate(spec.cadence_ms):
                off = ms * (spec.cadence_tolerance if tolerance is None else tolerance)
                sounds = pair if place % 2 == 0 else (NO_TONE, NO_TONE)
                library().super_tone_rx_add_element(described, tone, *sounds, round(ms - off), round(ms + off))
        self._state = library().super_tone_rx_init(None, described, self._callback, None)

    def word(self, code: int) -> str:
        return self._names.get(code, "")


class Fax(_OnTone):
    """`modem_connect_tones_rx`: `CNG` or `CED` when it comes, an empty word when it goes."""

    def __init__(self, kind: int) -> None:
        super().__init__("modem_connect_tones_rx")
        self._kind: Final = kind
        self._state = library().modem_connect_tones_rx_init(None, kind, self._callback, None)

    def word(self, code: int) -> str:
        if code <= 0:
            return ""
        return "CNG" if self._kind == CNG else "CED"


class Adsi(Peer):
    """`adsi_rx`, FSK: each message whole, as hexadecimal."""

    def __init__(self, standard: int = CLASS) -> None:
        super().__init__("adsi_rx")
        self._callback: Final = _ON_MESSAGE(self._message)
        self._state = library().adsi_rx_init(None, standard, self._callback, None)

    def _message(self, _: object, message: Any, count: int) -> None:
        self._tell(bytes(message[:count]).hex())


def adsi_wave(message: bytes, standard: int = CLASS) -> NDArray[np.int16]:
    """(n,) int16: a message as `adsi_tx` sends it; the library puts the checksum on."""
    state = library().adsi_tx_init(None, standard)
    library().adsi_tx_put_message(state, message, len(message))
    wave = np.zeros(16_000, np.int16)
    count = library().adsi_tx(state, wave.ctypes.data, len(wave))
    library().adsi_tx_free(state)
    return wave[:count].copy()
