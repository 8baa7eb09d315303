"""Levels in dBm0 of 16-bit linear samples, and the rate that all of `dsp` works at.

A full-scale sine is +3.14 dBm0 (ITU-T G.711 §4, A-law); µ-law's +3.17 is 0.03 dB away and not told apart.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

RATE_HZ: Final = 8000
TICK_SAMPLES: Final = 160  # 20 ms
FULL_SCALE: Final = 32768.0
FULL_SCALE_DBM0: Final = 3.14
SILENCE_DBM0: Final = -99.0  # what a meter shows for digital silence

_FULL_SCALE_POWER: Final = FULL_SCALE**2 / 2


def amplitude(level_dbm0: float) -> float:
    """Peak of a sine of this level, in sample units."""
    return FULL_SCALE * float(10.0 ** ((level_dbm0 - FULL_SCALE_DBM0) / 20))


def power(level_dbm0: float) -> float:
    """Mean square, in squared sample units, of a signal of this level."""
    return _FULL_SCALE_POWER * float(10.0 ** ((level_dbm0 - FULL_SCALE_DBM0) / 10))


def dbm0(mean_square: float) -> float:
    """Level of a signal with this mean square; never below SILENCE_DBM0."""
    return float(dbm0_each(np.array([mean_square]))[0])


def dbm0_each(mean_square: NDArray[np.floating]) -> NDArray[np.float64]:
    """As `dbm0`, elementwise."""
    ratio = np.maximum(np.asarray(mean_square, np.float64) / _FULL_SCALE_POWER, 1e-12)
    return np.maximum(10 * np.log10(ratio) + FULL_SCALE_DBM0, SILENCE_DBM0)


def samples(milliseconds: float) -> int:
    """Nearest whole number of samples."""
    return round(milliseconds * RATE_HZ / 1000)


def to_int16(wave: NDArray[np.floating]) -> NDArray[np.int16]:
    """Round and saturate; never wraps."""
    return np.asarray(np.clip(np.rint(wave), -32768, 32767), np.int16)
