"""The house at the door of a modem board, in virtual time: says something, hears something, on the first port."""

from collections.abc import AsyncIterator, Callable

import numpy as np
import pytest

from drivers.base import (
    Hook,
    RingOn,
    Signal,
    Tick,
)
from drivers.modem.session import State
from modem.bench import ModemBench

SECOND = 50
NUMBER = "13800138000"
T = np.arange(8000 * 40) / 8000
VOICE = (8000 * np.sin(2 * np.pi * 700 * T)).astype(np.int16)
PROMPT = (6000 * np.sin(2 * np.pi * 440 * T)).astype(np.int16)


class House:
    """Says something, hears something, on the first port."""

    def __init__(self, bench: ModemBench, ticks: AsyncIterator[Tick]) -> None:
        self.bench = bench
        self.modem = bench.modems[0]
        self.session = bench.modem_board.lines[0].session
        self._ticks = ticks
        self.facts: list[Signal] = []
        self.heard: list[np.ndarray] = []
        self.saying = np.zeros(0, np.int16)

    async def passes(self, ticks: int) -> None:
        for _ in range(ticks):
            tick = await anext(self._ticks)
            self.facts += [fact for fact in tick.signals if fact.port == 0]
            self.heard.append(tick.heard[0])
            frame = np.zeros((len(self.bench.modems), 160), np.int16)
            now, self.saying = self.saying[:160], self.saying[160:]
            frame[0, : len(now)] = now
            self.bench.board.speak(frame)

    async def until(self, true: Callable[[], object], within: int = 20 * SECOND) -> None:
        for _ in range(within):
            if true():
                return
            await self.passes(1)
        pytest.fail(f"not within {within} ticks; {self.session.state}, {self.modem.commands}, {self.facts}")

    async def answers(self, within: int = 20 * SECOND) -> None:
        await self.until(lambda: self.session.state is State.ON_HOOK, within)
        self.modem.ring(NUMBER)
        await self.until(lambda: self.of(RingOn))
        self.bench.board.hook(0, Hook.OFF)
        await self.until(lambda: self.session.state is State.LISTENING)

    def of(self, kind: type) -> list[Signal]:
        return [fact for fact in self.facts if isinstance(fact, kind)]

    def hz(self) -> float:
        """What was loudest of what the house heard in the last second."""
        return loudest_hz(np.concatenate(self.heard[-SECOND:]))


def loudest_hz(samples: np.ndarray) -> float:
    wave = samples.astype(float) * np.hanning(len(samples))
    return float(np.argmax(np.abs(np.fft.rfft(wave))) * 8000 / len(samples))
