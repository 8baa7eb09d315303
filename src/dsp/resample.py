"""Any sample rate to 8 kHz, by scipy's polyphase filter (Kaiser window, 5.0: 0.1 dB ripple, about 60 dB stop band)."""

from fractions import Fraction
from typing import Final

import numpy as np
from numpy.typing import NDArray

from dsp.levels import RATE_HZ, to_int16

RATE_HZ_MIN: Final = 4000  # assumed: nothing that telephones is recorded slower
RATE_HZ_MAX: Final = 192_000


def to_8khz(wave: NDArray[np.int16], rate_hz: int) -> NDArray[np.int16]:
    """(samples,) int16 mono at `rate_hz` to 8 kHz; saturates. Raises ValueError for a rate outside 4 to 192 kHz."""
    if not RATE_HZ_MIN <= rate_hz <= RATE_HZ_MAX:
        raise ValueError(f"a sample rate of {rate_hz} Hz is outside {RATE_HZ_MIN} to {RATE_HZ_MAX} Hz")
    if rate_hz == RATE_HZ or not wave.size:
        return wave
    from scipy.signal import resample_poly  # noqa: PLC0415  measured: a third of the daemon's start, for which callers wait

    ratio = Fraction(RATE_HZ, rate_hz)
    return to_int16(np.asarray(resample_poly(wave.astype(np.float64), ratio.numerator, ratio.denominator)))
