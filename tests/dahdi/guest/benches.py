"""The board under test with an exchange at the far end, ticking together."""

import time
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager

import numpy as np
from numpy.typing import NDArray

from dahdi.guest.exchange import DEAF_MS, FarEnd
from drivers.base import RATE_HZ, Hook, PortKind, Tick
from drivers.dahdi.abi import HookOperation
from drivers.dahdi.board import DahdiBoard
from drivers.dahdi.settings import DahdiSettings

DEAF = (DEAF_MS + 60) * RATE_HZ // 1000


class SteppedBoard(DahdiBoard):
    """The far ends move with its ticks."""

    bench: "GuestBench"

    @asynccontextmanager
    async def open(self) -> AsyncIterator[AsyncIterator[Tick]]:
        self.bench.opened()
        async with super().open() as ticks, aclosing(self._stepping(ticks)) as stepping:
            yield stepping

    async def _stepping(self, ticks: AsyncIterator[Tick]) -> AsyncIterator[Tick]:
        async for tick in ticks:
            self.bench.step(tick.at)
            yield tick

    def hook(self, port: int, position: Hook) -> None:
        super().hook(port, position)
        if position is Hook.ON and 0 <= port < len(self.bench.free_at):
            self.bench.free_at[port] = self.bench.at + DEAF


class GuestBench:
    """`contract.benches.Bench` on the real kernel: trunk n of the house is wired to `lines[n]`."""

    answer_ticks = 5

    def __init__(self, channels: range, far: range, settings: DahdiSettings | None = None) -> None:
        settings = settings or DahdiSettings(channels=tuple(channels), kinds=(PortKind.FXO,) * len(channels))
        board = SteppedBoard(settings)
        board.bench = self
        self.board: SteppedBoard = board
        self.lines = [FarEnd(channel) for channel in far]
        self.at = 0
        self.free_at = [0] * len(self.lines)
        self._wants_to_ring: set[int] = set()

    def close(self) -> None:
        for line in self.lines:
            line.close()

    def opened(self) -> None:
        self.at = 0
        self.free_at = [DEAF] * len(self.lines)
        self._wants_to_ring.clear()
        for line in self.lines:
            line.step()
            line.events.clear()
            line.hush()
            line.answered = False
            line.hook(HookOperation.ONHOOK)

    def step(self, at: int) -> None:
        self.at = at
        for port, line in enumerate(self.lines):
            line.step()
            if port in self._wants_to_ring and at >= self.free_at[port] and line.hook(HookOperation.RING):
                self._wants_to_ring.discard(port)

    def dial(self, port: int) -> None:
        self._wants_to_ring.add(port)

    def hang_up(self, port: int) -> None:
        self._wants_to_ring.discard(port)
        line = self.lines[port]
        line.hush()
        if not line.answered:
            line.hook(HookOperation.ONHOOK)

    def say(self, port: int, samples: NDArray[np.int16]) -> None:
        if self.lines[port].answered:
            self.lines[port].say(samples)

    def caller_hears(self, port: int) -> float:
        return float(np.sqrt(np.mean(self.lines[port].heard.astype(float) ** 2)))

    def house_hook(self, port: int) -> Hook:
        time.sleep(0.01)  # the wire takes a millisecond
        return Hook.OFF if self.lines[port].house_is_off_hook() else Hook.ON
