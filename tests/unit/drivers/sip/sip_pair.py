"""Two boards on real sockets of the loopback, in virtual time."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import numpy as np

from drivers.base import Hook, Signal, Tick
from drivers.sip.board import SipBoard
from simulator.pace import VirtualTime


class Pair:
    """Two boards that tick together; `near` is under test, `far` calls it."""

    def __init__(
        self, near: SipBoard, far: SipBoard, near_ticks: AsyncIterator[Tick], far_ticks: AsyncIterator[Tick]
    ) -> None:
        self.near, self.far = near, far
        self._ticks = (near_ticks, far_ticks)
        self.facts: list[Signal] = []
        self.far_facts: list[Signal] = []
        self.far_speaks = True
        self.near_tick = self.far_tick = Tick(0, np.zeros((2, 160), np.int16))

    async def run(self, ticks: int) -> None:
        voice = np.full((2, 160), 2000, np.int16)
        for _ in range(ticks):
            self.far_tick = await anext(self._ticks[1])
            self.far_facts += self.far_tick.signals
            if self.far_speaks:
                self.far.speak(voice)
            self.near_tick = await anext(self._ticks[0])
            self.facts += self.near_tick.signals
            self.near.speak(voice)

    async def talk(self) -> None:
        self.far.dial(0, "100")
        await self.run(3)
        self.near.hook(0, Hook.OFF)
        await self.run(5)

    def kinds(self) -> list[type]:
        return [type(fact) for fact in self.facts]


@asynccontextmanager
async def pair(near: dict[str, object] | None = None, far: dict[str, object] | None = None) -> AsyncIterator[Pair]:
    board = SipBoard.from_settings({"lines": 2, "port": 0, "peers": ["127.0.0.1"], **(near or {})}, VirtualTime())
    async with board.open() as ticks:
        gateway = {"gateway": f"127.0.0.1:{board.address[1]}"}
        there = SipBoard.from_settings(
            {"lines": 2, "port": 0, "line_1": gateway, "line_2": gateway, "peers": ["127.0.0.1"], **(far or {})},
            VirtualTime(),
        )
        async with there.open() as far_ticks:
            yield Pair(board, there, ticks, far_ticks)
