"""Reading ticks, making tones."""

from collections.abc import AsyncIterator

import numpy as np
from numpy.typing import NDArray

from drivers.base import RATE_HZ, TICK_SAMPLES, Signal, Tick


async def take(ticks: AsyncIterator[Tick], count: int) -> list[Tick]:
    return [await anext(ticks) for _ in range(count)]


async def until(ticks: AsyncIterator[Tick], kind: type, within_s: float = 4.0) -> Signal:
    """The first fact of this kind."""
    others = []
    for tick in await _within(ticks, within_s, kind):
        for signal in tick.signals:
            if isinstance(signal, kind):
                return signal
            others.append(signal)
    raise AssertionError(f"no {kind.__name__} within {within_s} s, only {others}")


async def _within(ticks: AsyncIterator[Tick], within_s: float, kind: type) -> list[Tick]:
    taken = []
    for _ in range(round(within_s * RATE_HZ / TICK_SAMPLES)):
        taken.append(await anext(ticks))
        if any(isinstance(signal, kind) for signal in taken[-1].signals):
            break
    return taken


def tone(hz: float, seconds: float, amplitude: float = 8000) -> NDArray[np.int16]:
    return (amplitude * np.sin(2 * np.pi * hz * np.arange(round(seconds * RATE_HZ)) / RATE_HZ)).astype(np.int16)


def level(frame: NDArray[np.int16]) -> float:
    """RMS."""
    return float(np.sqrt(np.mean(frame.astype(float) ** 2)))
