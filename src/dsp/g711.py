"""ITU-T G.711 by table: 256 entries to decode, 65536 to encode.

Codes are as on the wire: A-law with even bits inverted (idle 0xD5), µ-law with all bits inverted (idle 0xFF).
Linear values are 16-bit, left-justified as in the reference code of ITU-T G.191 (13 and 14 bits used).
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

ALAW_SILENCE: Final = 0xD5
ULAW_SILENCE: Final = 0xFF


def alaw_decode(codes: NDArray[np.uint8]) -> NDArray[np.int16]:
    """Any shape, uint8 to int16."""
    return _ALAW_TO_LINEAR[codes]


def alaw_encode(frames: NDArray[np.int16]) -> NDArray[np.uint8]:
    """Any shape, int16 to uint8."""
    return _LINEAR_TO_ALAW[frames.view(np.uint16)]


def ulaw_decode(codes: NDArray[np.uint8]) -> NDArray[np.int16]:
    """Any shape, uint8 to int16."""
    return _ULAW_TO_LINEAR[codes]


def ulaw_encode(frames: NDArray[np.int16]) -> NDArray[np.uint8]:
    """Any shape, int16 to uint8."""
    return _LINEAR_TO_ULAW[frames.view(np.uint16)]


def _alaw_to_linear() -> NDArray[np.int16]:
    code = np.arange(256) ^ 0x55
    exponent, mantissa = (code >> 4) & 7, code & 15
    step = np.where(exponent > 0, mantissa + 16, mantissa) * 16 + 8  # the middle of the interval
    magnitude = step << np.maximum(exponent - 1, 0)
    return np.asarray(np.where(code & 0x80, magnitude, -magnitude), np.int16)


def _linear_to_alaw() -> NDArray[np.uint8]:
    linear = np.arange(65536).astype(np.uint16).view(np.int16).astype(np.int64)
    magnitude = np.where(linear < 0, ~linear, linear) >> 4
    exponent = np.maximum(_bit_length(magnitude) - 4, 0)
    mantissa = (magnitude >> np.maximum(exponent - 1, 0)) & 15
    code = (exponent << 4) | mantissa | np.where(linear >= 0, 0x80, 0)
    return np.asarray(code ^ 0x55, np.uint8)


def _ulaw_to_linear() -> NDArray[np.int16]:
    code = ~np.arange(256) & 0xFF
    exponent, mantissa = (code >> 4) & 7, code & 15
    magnitude = ((((mantissa << 1) + 33) << exponent) - 33) << 2
    return np.asarray(np.where(code & 0x80, -magnitude, magnitude), np.int16)


def _linear_to_ulaw() -> NDArray[np.uint8]:
    linear = np.arange(65536).astype(np.uint16).view(np.int16).astype(np.int64)
    magnitude = np.minimum((np.where(linear < 0, ~linear, linear) >> 2) + 33, 0x1FFF)
    exponent = _bit_length(magnitude) - 6
    mantissa = (magnitude >> (exponent + 1)) & 15
    code = (exponent << 4) | mantissa | np.where(linear < 0, 0x80, 0)
    return np.asarray(~code & 0xFF, np.uint8)


def _bit_length(values: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.frexp(values.astype(np.float64))[1].astype(np.int64)


_ALAW_TO_LINEAR: Final = _alaw_to_linear()
_LINEAR_TO_ALAW: Final = _linear_to_alaw()
_ULAW_TO_LINEAR: Final = _ulaw_to_linear()
_LINEAR_TO_ULAW: Final = _linear_to_ulaw()
