"""How voice modems write samples, and how they come to our 8 kHz linear and back."""

from enum import Enum
from fractions import Fraction
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.signal import firwin, upfirdn

from drivers.base import RATE_HZ
from dsp.g711 import alaw_decode, alaw_encode, ulaw_decode, ulaw_encode
from dsp.levels import to_int16

Samples = NDArray[np.int16]


class Coding(Enum):
    """The order is the order of preference: 8 bits linear hurt the detectors (40 dB of signal to noise)."""

    ALAW = "alaw"
    ULAW = "ulaw"
    LINEAR_16 = "16-bit linear"  # signed, little-endian
    UNSIGNED_8 = "8-bit unsigned"
    SIGNED_8 = "8-bit signed"

    @property
    def bytes_each(self) -> int:
        return 2 if self is Coding.LINEAR_16 else 1


_NAMES: Final = (  # words of `+VSM=?`, upper case; the first that is in a name decides
    ("A-LAW", Coding.ALAW),
    ("ALAW", Coding.ALAW),
    ("711A", Coding.ALAW),
    ("U-LAW", Coding.ULAW),
    ("MU-LAW", Coding.ULAW),
    ("ULAW", Coding.ULAW),
    ("711U", Coding.ULAW),
    ("ADPCM", None),
    ("16-BIT", Coding.LINEAR_16),
    ("16 BIT", Coding.LINEAR_16),
    ("UNSIGNED", Coding.UNSIGNED_8),
    ("SIGNED", Coding.SIGNED_8),
    ("8-BIT LINEAR", Coding.UNSIGNED_8),
    ("8 BIT LINEAR", Coding.UNSIGNED_8),
    ("LINEAR", Coding.UNSIGNED_8),
)


def coding_named(name: str) -> Coding | None:
    """The coding of a name in `+VSM=?`; None: one we do not speak."""
    upper = name.upper()
    return next((coding for word, coding in _NAMES if word in upper), None)


def encode(coding: Coding, samples: Samples) -> bytes:
    """(n,) int16 to the modem's bytes, not shielded yet."""
    match coding:
        case Coding.ALAW:
            return alaw_encode(samples).tobytes()
        case Coding.ULAW:
            return ulaw_encode(samples).tobytes()
        case Coding.LINEAR_16:
            return samples.astype("<i2").tobytes()
        case Coding.UNSIGNED_8:
            return ((_rounded(samples) + 128).astype(np.uint8)).tobytes()
        case Coding.SIGNED_8:
            return _rounded(samples).astype(np.int8).tobytes()


def decode(coding: Coding, data: bytes) -> Samples:
    """The modem's bytes, a whole number of samples, to (n,) int16."""
    match coding:
        case Coding.ALAW:
            return alaw_decode(np.frombuffer(data, np.uint8))
        case Coding.ULAW:
            return ulaw_decode(np.frombuffer(data, np.uint8))
        case Coding.LINEAR_16:
            return np.frombuffer(data, "<i2").astype(np.int16)
        case Coding.UNSIGNED_8:
            return ((np.frombuffer(data, np.uint8).astype(np.int16) - 128) << 8).astype(np.int16)
        case Coding.SIGNED_8:
            return (np.frombuffer(data, np.int8).astype(np.int16) << 8).astype(np.int16)


def _rounded(samples: Samples) -> NDArray[np.int32]:
    return np.asarray(np.minimum((samples.astype(np.int32) + 128) >> 8, 127), np.int32)


class Converter:
    """A stream at one rate into the same stream at another, in pieces of any length; nothing to do at equal rates.

    Polyphase filter over 12 periods of the slower rate: pass band to 0.4 of it, about 60 dB beyond; delay 6 periods.
    """

    def __init__(self, from_hz: int, to_hz: int = RATE_HZ) -> None:
        ratio = Fraction(to_hz, from_hz)
        self._up: Final = ratio.numerator
        self._down: Final = ratio.denominator
        widest = max(self._up, self._down)
        self._taps: Final = firwin(12 * widest + 1, 0.9 / widest, window=("kaiser", 5.0)) * self._up
        self._kept = np.zeros((len(self._taps) + self._down) // self._up + 2, np.float64)
        self._taken = 0  # samples of input so far
        self._given = 0  # samples of output so far

    def convert(self, samples: Samples) -> Samples:
        """(n,) int16 to the (m,) int16 that are certain by now."""
        if self._up == self._down or not samples.size:
            return samples
        wave = np.concatenate([self._kept, samples.astype(np.float64)])
        begins = (self._taken - self._kept.size) * self._up  # of `wave` in the stream, at the common rate
        self._taken += samples.size
        self._kept = wave[-self._kept.size :]
        until = (self._taken - 1) * self._up // self._down + 1
        at = np.arange(self._given, until) * self._down - begins
        self._given = until
        return to_int16(upfirdn(self._taps, wave, self._up)[at])
