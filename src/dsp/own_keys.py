"""Keys that we send ourselves come back as the line's echo, before the canceller knows the line: they are not the caller's.

A key is explained by our own when, within the last 160 ms (more where a board's delay is long), we sent its two tones,
nearly nothing else, and no weaker than they were heard: an echo is never louder than what made it. Speech is not pure
enough to explain a key.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from dsp.detections import DigitOff, DigitOn
from dsp.levels import RATE_HZ, TICK_SAMPLES, dbm0
from dsp.tones import FREQUENCIES_HZ


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnKeysLimits:
    memory_ticks: int = 8  # 160 ms: detection takes 60, the way to the copper and back up to 100
    beyond_delay_ticks: int = 5  # where a board's delay alone is more than 60 ms: detection, and two for the line
    purity: float = 0.6  # assumed: share of the power in the two tones; DTMF has more than 0.9, speech rarely 0.4
    margin_db: float = 1.0  # assumed: tolerance of the two measurements


class OwnKeys:
    """Remembers what was sent to each line; looks only when a key was heard."""

    def __init__(self, lines: int, limits: OwnKeysLimits | None = None, delay_ticks: int = 0) -> None:
        self._limits: Final = limits or OwnKeysLimits()
        memory_ticks = max(self._limits.memory_ticks, delay_ticks + self._limits.beyond_delay_ticks)
        self._sent: Final = np.zeros((memory_ticks, lines, TICK_SAMPLES), np.int16)
        self._tick = 0
        self._own: Final[set[int]] = set()  # rows on which a key of ours is being heard

    def remember(self, sent: NDArray[np.int16]) -> None:
        """(lines, 160): what went out in this tick."""
        self._sent[self._tick % len(self._sent)] = sent
        self._tick += 1

    def without(self, found: list[DigitOn | DigitOff]) -> list[DigitOn | DigitOff]:
        """The keys that are the caller's."""
        return [digit for digit in found if not self._is_own(digit)]

    def _is_own(self, found: DigitOn | DigitOff) -> bool:
        if isinstance(found, DigitOff):
            own = found.row in self._own
            self._own.discard(found.row)
            return own
        if self._explains(found):
            self._own.add(found.row)
            return True
        return False

    def _explains(self, found: DigitOn) -> bool:
        frames = self._sent[:, found.row].astype(np.float64)
        powers = np.abs(frames @ _PROBES[found.digit]) ** 2 / 2  # (ticks, 2)
        pure = powers.sum(axis=1) > self._limits.purity * np.maximum((frames**2).mean(axis=1), 1.0)
        weaker = max((float(p) for p in powers[pure].min(axis=1)), default=0.0)
        return dbm0(weaker) >= found.level_dbm0 - self._limits.margin_db


def _probe(pair_hz: tuple[int, int]) -> NDArray[np.complex128]:
    """(160, 2): `abs(frame @ probe)` is the amplitude of a sine of each frequency."""
    n = np.arange(TICK_SAMPLES)[:, None]
    return np.asarray(np.exp(-2j * np.pi * n * np.array(pair_hz) / RATE_HZ) * 2 / TICK_SAMPLES)


_PROBES: Final = {digit: _probe(pair) for digit, pair in FREQUENCIES_HZ.items()}
