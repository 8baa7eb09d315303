"""Two simulated boards as one rack, in virtual time: the second one's clock follows the first one's, tick by tick."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import numpy as np
from numpy.typing import NDArray

from drivers.base import Board, Hook
from drivers.rack import Rack
from simulator.board import SimulatedBoard
from simulator.exchange import Exchange
from simulator.extension_model import ExtensionModel
from simulator.line_model import LineModel
from simulator.pace import VirtualTime


class Follower:
    """A pace of `per` ticks for each of the leader's, in the mean: another crystal, without a wall clock."""

    def __init__(self, leader: SimulatedBoard, per: float = 1.0) -> None:
        self.late = 0
        self._leader = leader
        self._per = per
        self._begun = self._made = 0

    def start(self) -> None:
        self._begun = self._leader.health().ticks
        self._made = 0

    async def next_tick(self) -> int:
        while self._made >= (self._leader.health().ticks - self._begun) * self._per:  # noqa: ASYNC110  virtual time has no event to wait for
            await asyncio.sleep(0)
        self._made += 1
        return 0

    def overdue(self) -> bool:
        return False


class Yielding(VirtualTime):
    """Virtual time that lets others run a little between its ticks."""

    def __init__(self) -> None:
        super().__init__(self._yield)

    async def _yield(self) -> None:
        for _ in range(3):
            await asyncio.sleep(0)


class RackBench:
    answer_ticks = 8  # the second board is up to four ticks behind, each way

    def __init__(self, per: float = 1.0, line: LineModel | None = None, queue_ticks: tuple[int, int] = (0, 0)) -> None:
        models = [line or LineModel()]
        self.exchanges = [Exchange(models * lines, np.random.default_rng(7)) for lines in (1, 2)]
        self.first = SimulatedBoard(self.exchanges[0], Yielding(), transmit_queue_ticks=queue_ticks[0])
        follower = Follower(self.first, per)
        self.second = SimulatedBoard(self.exchanges[1], follower, transmit_queue_ticks=queue_ticks[1])
        self.rack = Rack([("trunks", self.first), ("modems", self.second)])
        self.board: Board = self.rack

    def dial(self, port: int) -> None:
        exchange, local = self._at(port)
        exchange.dial(local)

    def hang_up(self, port: int) -> None:
        exchange, local = self._at(port)
        exchange.hang_up(exchange.handset(local))

    def say(self, port: int, samples: NDArray[np.int16]) -> None:
        exchange, local = self._at(port)
        exchange.handset(local).say(samples)

    def caller_hears(self, port: int) -> float:
        exchange, local = self._at(port)
        return float(np.sqrt(np.mean(exchange.handset(local).heard.astype(float) ** 2)))

    def house_hook(self, port: int) -> Hook:
        exchange, local = self._at(port)
        return exchange.condition(local).hook

    def _at(self, port: int) -> tuple[Exchange, int]:
        return (self.exchanges[0], port) if port < 1 else (self.exchanges[1], port - 1)


@asynccontextmanager
async def rack() -> AsyncIterator[RackBench]:
    yield RackBench()


class RackTelephones:
    """A telephone on each of two boards of one line."""

    telephones = (1, 3)
    hand_ticks = 45

    def __init__(self) -> None:
        exchanges = [Exchange([LineModel()], np.random.default_rng(7)) for _ in range(2)]
        first = SimulatedBoard(exchanges[0], Yielding(), extensions=[ExtensionModel()], transmit_queue_ticks=1)
        second = SimulatedBoard(exchanges[1], Follower(first), extensions=[ExtensionModel()], transmit_queue_ticks=1)
        self._by_port = {1: first.extensions.telephones[0], 3: second.extensions.telephones[0]}
        self.board: Board = Rack([("house", first), ("annex", second)])

    def lift(self, port: int) -> None:
        self._by_port[port].lift()

    def replace(self, port: int) -> None:
        self._by_port[port].replace()

    def flash(self, port: int) -> None:
        self._by_port[port].flash(300)

    def rings(self, port: int) -> bool:
        return self._by_port[port].bell

    def say(self, port: int, samples: NDArray[np.int16]) -> None:
        self._by_port[port].say(samples)

    def hears(self, port: int) -> float:
        return float(np.sqrt(np.mean(self._by_port[port].heard.astype(float) ** 2)))


@asynccontextmanager
async def rack_telephones() -> AsyncIterator[RackTelephones]:
    yield RackTelephones()
