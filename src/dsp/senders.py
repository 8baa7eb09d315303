"""Generators for what exchanges and machines send beside call-progress tones: register signals, caller id, fax tones."""

from collections.abc import Iterable, Iterator
from itertools import chain, repeat
from typing import Final

import numpy as np
from numpy.typing import NDArray

from dsp.caller_id_fsk import BAUD, DATE_TIME, MDMF, NAME, NO_NUMBER, NUMBER, SDMF
from dsp.levels import RATE_HZ, amplitude, samples, to_int16
from dsp.mfc import BACKWARD_HZ, BACKWARD_SIGNALS, FORWARD_HZ, FORWARD_SIGNALS
from dsp.tones import Segment, keys, silence

MFC_DBM0: Final = -11.5  # of each frequency; Q.454
CALLER_ID_DBM0: Final = -13.5  # GR-30
BELL_202_HZ: Final = (1200.0, 2200.0)  # mark (1), space (0): what Chinese exchanges send
V23_HZ: Final = (1300.0, 2100.0)  # behind gateways set to ETSI
SEIZURE_BITS: Final = 300  # 1010...; YDN 069-1997
MARK_BITS: Final = 180
FAX_DBM0: Final = -11.0

_FREQUENCIES: Final = {"forward": FORWARD_HZ, "backward": BACKWARD_HZ}
_PAIRS: Final = {
    "forward": {signal: pair for pair, signal in FORWARD_SIGNALS.items()},
    "backward": {signal: pair for pair, signal in BACKWARD_SIGNALS.items()},
}


def mfc(direction: str, signal: int, on_ms: float, *, level_dbm0: float = MFC_DBM0) -> Segment:
    """One register signal. Raises KeyError for another direction or a signal that it does not have."""
    return Segment(samples(on_ms), mfc_sines(direction, signal, level_dbm0))


def mfc_sines(direction: str, signal: int, level_dbm0: float = MFC_DBM0) -> tuple[tuple[float, float], ...]:
    """The pair, for whoever decides by himself when it ends."""
    first, second = _PAIRS[direction][signal]
    hertz = _FREQUENCIES[direction]
    return ((hertz[first], level_dbm0), (hertz[second], level_dbm0))


def calling_fax() -> Iterator[Segment]:
    """CNG: 1100 Hz, 0.5 s on, 3 s off, for ever (T.30)."""
    return chain.from_iterable(repeat((Segment(samples(500), ((1100.0, FAX_DBM0),)), silence(3000))))


def answering_fax(on_ms: float = 3000) -> Iterator[Segment]:
    """CED: 2100 Hz (T.30)."""
    return iter((silence(200), Segment(samples(on_ms), ((2100.0, FAX_DBM0),))))


def dtmf_caller_id(
    number: str, *, start: str = "D", stop: str = "C", on_ms: float = 60, off_ms: float = 60
) -> Iterator[Segment]:
    """The number before the first ring, between the codes of the exchange (YDN 069-1997)."""
    return keys(f"{start}{number}{stop}", on_ms=on_ms, off_ms=off_ms, low_dbm0=-14, high_dbm0=-12)


def mdmf(
    *, number: str | None = None, absence: str | None = None, name: str | None = None, datetime: str | None = None
) -> bytes:
    """A multiple data message with its checksum."""
    fields = ((DATE_TIME, datetime), (NUMBER, number), (NO_NUMBER, absence), (NAME, name))
    body = b"".join(bytes((kind, len(raw))) + raw for kind, text in fields if text and (raw := text.encode("gb18030")))
    return with_checksum(bytes((MDMF, len(body))) + body)


def sdmf(number: str, datetime: str) -> bytes:
    """A single data message with its checksum; `P` or `O` as number says why there is none."""
    body = f"{datetime}{number}".encode("ascii")
    return with_checksum(bytes((SDMF, len(body))) + body)


def with_checksum(message: bytes) -> bytes:
    return message + bytes((-sum(message) % 256,))


def fsk_caller_id(
    message: bytes,
    *,
    tones_hz: tuple[float, float] = BELL_202_HZ,
    level_dbm0: float = CALLER_ID_DBM0,
    seizure_bits: int = SEIZURE_BITS,
    mark_bits: int = MARK_BITS,
) -> NDArray[np.int16]:
    """(n,) int16: seizure, mark and the message, phase-continuous; 10 mark bits behind it."""
    bits = [*(n % 2 == 0 for n in range(seizure_bits)), *[True] * mark_bits, *_framed(message), *[True] * 10]
    mark_hz, space_hz = tones_hz
    bit_of = (np.arange(len(bits) * RATE_HZ // BAUD) * BAUD) // RATE_HZ
    hertz = np.where(np.array(bits)[bit_of], mark_hz, space_hz)
    return to_int16(amplitude(level_dbm0) * np.sin(2 * np.pi * np.cumsum(hertz) / RATE_HZ))


def _framed(message: Iterable[int]) -> Iterator[bool]:
    for byte in message:
        yield False
        yield from (bool(byte >> n & 1) for n in range(8))
        yield True
