"""Digits that the house sent itself come back as the line's echo and must not be taken for the caller's keys.

A digit is explained by our own when, within the last 160 ms, we sent its two tones, nearly nothing else, and no weaker
than they were heard: an echo is never louder than what made it. Speech is not pure enough to explain a key.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from cti_core.call_control.clock import RATE_HZ, TICK_SAMPLES
from dsp.levels import dbm0_each
from dsp.tones import FREQUENCIES_HZ

MEMORY_TICKS: Final = 8  # 160 ms: detection takes 40 ms, the way to the copper and back up to 100 ms (drivers.base)
PURITY: Final = 0.6  # assumed: share of the power in the two tones; DTMF > 0.9, speech rarely > 0.4
MARGIN_DB: Final = 1.0  # assumed: tolerance of the two level measurements


class OwnDigits:
    """Remembers what was sent to each port; looks only when a digit was heard."""

    def __init__(self, ports: int) -> None:
        self._sent: Final[NDArray[np.int16]] = np.zeros((MEMORY_TICKS, ports, TICK_SAMPLES), np.int16)
        self._tick = 0

    def remember(self, frames: NDArray[np.int16]) -> None:
        """(ports, 160): sent in this tick."""
        self._sent[self._tick % MEMORY_TICKS] = frames
        self._tick += 1

    def explain(self, port: int, digit: str, level_dbm0: float) -> bool:
        """True if a digit heard at `level_dbm0` (its weaker tone) can be the echo of ours."""
        frames = self._sent[:, port].astype(np.float64)
        tones = np.abs(frames @ _PROBES[digit]) ** 2 / 2  # (ticks, 2) mean squares
        pure = tones.sum(axis=1) > PURITY * (frames**2).mean(axis=1)
        loud = dbm0_each(tones.min(axis=1)) >= level_dbm0 - MARGIN_DB
        return bool((pure & loud).any())


def _probe(*frequencies_hz: float) -> NDArray[np.complex128]:
    """(160, tones): the amplitude of a sine of each frequency is |frame @ probe|."""
    n = np.arange(TICK_SAMPLES)[:, None]
    probe: NDArray[np.complex128] = np.exp(-2j * np.pi * n * np.array(frequencies_hz) / RATE_HZ) * 2 / TICK_SAMPLES
    return probe


_PROBES: Final = {digit: _probe(*pair) for digit, pair in FREQUENCIES_HZ.items()}
