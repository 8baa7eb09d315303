"""Audio into one pair of ears, for the tests of `dsp`."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np

from dsp.detections import Detection, DigitOff, DigitOn
from dsp.ears import Ears
from dsp.levels import power, samples
from dsp.plan import load_plan
from dsp.tones import Segment, render

CHINA = load_plan(Path(__file__).parents[1] / "config" / "tones" / "cn.toml")


def hear(sound: np.ndarray | Iterable[Segment], ears: Ears | None = None, *, tail_ms: int = 100) -> list[Detection]:
    """All detections of (n,) samples or segments on one line, with silence behind them."""
    samples = sound if isinstance(sound, np.ndarray) else render(sound)
    ears = ears or Ears(1, CHINA)
    ticks = -(-(samples.size + tail_ms * 8) // 160)
    padded = np.zeros(ticks * 160, np.int16)
    padded[: samples.size] = samples
    return [found for frame in padded.reshape(ticks, 1, 160) for found in ears.hear(frame)]


def noisy(wave: np.ndarray, noise_dbm0: float, seed: int = 1) -> np.ndarray:
    """White noise 0-4 kHz of this level on top."""
    noise = np.random.default_rng(seed).normal(0, np.sqrt(power(noise_dbm0)), wave.size)
    return np.clip(np.rint(wave + noise), -32768, 32767).astype(np.int16)


def spoken(milliseconds: int, level_dbm0: float, seed: int = 0) -> np.ndarray:
    """(n,) int16: a voice: pulses of a wandering pitch through three formants that change with every syllable."""
    rng, wave = np.random.default_rng(seed), np.zeros(samples(milliseconds))
    pitch = rng.uniform(90, 260)
    for at in range(0, wave.size, 1600):
        n = np.arange(min(1600, wave.size - at))
        hertz = pitch * (1 + 0.1 * np.sin(2 * np.pi * rng.uniform(1, 4) * n / 8000))
        pulses = np.diff(np.floor(np.cumsum(hertz) / 8000), prepend=0)
        for formant, width in zip(rng.uniform((300, 800, 1800), (800, 1800, 2800)), (60, 90, 150), strict=True):
            ring = np.exp(-np.pi * width * n[:400] / 8000) * np.sin(2 * np.pi * formant * n[:400] / 8000)
            wave[at : at + n.size] += np.convolve(pulses, ring)[: n.size]
    mean = float(np.mean(wave**2)) or 1.0
    return np.clip(wave * np.sqrt(power(level_dbm0) / mean), -32768, 32767).astype(np.int16)


def digits(found: list[Detection]) -> str:
    return "".join(d.digit for d in found if isinstance(d, DigitOn))


def lengths_ms(found: list[Detection]) -> list[int]:
    return [d.length_ms for d in found if isinstance(d, DigitOff)]
