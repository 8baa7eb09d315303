"""Audio into one pair of ears, for the tests of `dsp`."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np

from dsp.detections import Detection, DigitOff, DigitOn
from dsp.ears import Ears
from dsp.levels import power
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


def digits(found: list[Detection]) -> str:
    return "".join(d.digit for d in found if isinstance(d, DigitOn))


def lengths_ms(found: list[Detection]) -> list[int]:
    return [d.length_ms for d in found if isinstance(d, DigitOff)]
