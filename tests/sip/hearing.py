"""What a signal sounds like."""

import struct
import wave
from pathlib import Path

import numpy as np

from dsp import g711


def share(samples: np.ndarray, hz: float) -> float:
    """Of a tone in the power of a signal."""
    power = np.abs(np.fft.rfft(samples * np.hanning(len(samples)))) ** 2
    middle = round(hz * len(samples) / 8000)
    return float(power[max(middle - 20, 0) : middle + 20].sum() / power.sum())


def seconds_of(samples: np.ndarray, hz: float) -> float:
    """How long a tone is nearly all that is heard, in windows of 0.2 s."""
    windows = samples[: len(samples) // 1600 * 1600].reshape(-1, 1600)
    return sum(0.2 for window in windows if (window**2).mean() > 200**2 and share(window, hz) > 0.8)


def of_wav(file: Path) -> np.ndarray:
    """(samples,) of linear PCM."""
    with wave.open(str(file)) as sound:
        return np.frombuffer(sound.readframes(sound.getnframes()), "<i2").astype(float)


def of_recording(file: Path) -> tuple[np.ndarray, np.ndarray]:
    """What the line said, and what was said to it: two channels of A-law behind a header whose last chunk is `data`."""
    raw = file.read_bytes()
    at = raw.index(b"data")
    (length,) = struct.unpack_from("<I", raw, at + 4)
    both = g711.alaw_decode(np.frombuffer(raw[at + 8 : at + 8 + length], np.uint8)).astype(float)
    return both[0::2], both[1::2]
