"""Generators: everything a telephone or an exchange sings. Phase-continuous, saturating, pulled 160 samples at a time."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, repeat
from typing import Final

import numpy as np
from numpy.typing import NDArray

from dsp.levels import RATE_HZ, TICK_SAMPLES, amplitude, samples, to_int16
from dsp.plan import ToneSpec

LOW_HZ: Final = (697, 770, 852, 941)  # ITU-T Q.23
HIGH_HZ: Final = (1209, 1336, 1477, 1633)
KEYS: Final = "123A456B789C*0#D"  # row by row
FREQUENCIES_HZ: Final = {key: (LOW_HZ[i // 4], HIGH_HZ[i % 4]) for i, key in enumerate(KEYS)}

KEY_LOW_DBM0: Final = -9.0  # GB/T 15279: what Chinese telephones send
KEY_HIGH_DBM0: Final = -7.0
KEY_ON_MS: Final = 70  # assumed: as a person presses at the least; Q.24 accepts 40
KEY_OFF_MS: Final = 70

FOREVER: Final = 1 << 62  # samples

Sines = tuple[tuple[float, float], ...]  # (Hz, dBm0) of each


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of sines, or of silence."""

    length: int  # samples
    sines: Sines = ()


class Generator:
    """Plays segments one after the other; silence when there are no more. Never raises."""

    def __init__(self, segments: Iterable[Segment]) -> None:
        self._segments = iter(segments)
        self._current = Segment(0)
        self._left = 0
        self._at = 0  # samples since the current sines began
        self.done = False

    def pull(self, count: int = TICK_SAMPLES) -> NDArray[np.int16]:
        """(count,) int16: the next samples."""
        wave = np.zeros(count)
        filled = 0
        while filled < count and self._ready():
            length = min(self._left, count - filled)
            wave[filled : filled + length] = self._sines(length)
            self._left -= length
            self._at += length
            filled += length
        return to_int16(wave)

    def _ready(self) -> bool:
        while self._left == 0 and not self.done:
            following = next(self._segments, None)
            if following is None:
                self.done = True
                return False
            if following.sines != self._current.sines:
                self._at = 0  # equal sines go on without a step
            self._current, self._left = following, following.length
        return not self.done

    def _sines(self, length: int) -> NDArray[np.float64]:
        n = np.arange(self._at, self._at + length)
        wave = np.zeros(length)
        for hz, level in self._current.sines:
            wave += amplitude(level) * np.sin(2 * np.pi * ((hz * n) % RATE_HZ) / RATE_HZ)
        return wave


def render(segments: Iterable[Segment]) -> NDArray[np.int16]:
    """(n,) int16: a finite sequence as one array."""
    whole = list(segments)
    return Generator(whole).pull(sum(s.length for s in whole))


def silence(milliseconds: float) -> Segment:
    return Segment(samples(milliseconds))


def keys(
    digits: str,
    *,
    on_ms: float = KEY_ON_MS,
    off_ms: float = KEY_OFF_MS,
    low_dbm0: float = KEY_LOW_DBM0,
    high_dbm0: float = KEY_HIGH_DBM0,
) -> Iterator[Segment]:
    """DTMF, each key with its pause behind it. Raises KeyError for what is no key."""
    for digit in digits:
        low, high = FREQUENCIES_HZ[digit]
        yield Segment(samples(on_ms), ((low, low_dbm0), (high, high_dbm0)))
        yield Segment(samples(off_ms))


def progress(spec: ToneSpec, *, level_dbm0: float | None = None) -> Iterator[Segment]:
    """A tone of the plan, for ever."""
    level = spec.level_dbm0 if level_dbm0 is None else level_dbm0
    sines = tuple((hz, level) for hz in spec.frequencies_hz)
    if not spec.cadence_ms:
        return iter([Segment(FOREVER, sines)])
    cycle = [Segment(samples(ms), sines if i % 2 == 0 else ()) for i, ms in enumerate(spec.cadence_ms)]
    return chain.from_iterable(repeat(cycle))
