"""A board on a bench: the board, and the far end of its lines in the test's hands.

A new driver adds one factory to `BENCHES`; `test_board.py` then says whether it keeps the door's promises.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from dahdi.fake_bench import fake_dahdi
from drivers.base import Board, Hook
from modem.bench import modems
from rack.rack_bench import rack
from simulator.board import SimulatedBoard
from simulator.exchange import Exchange
from simulator.line_model import LineModel
from simulator.pace import VirtualTime
from sip.sip_bench import sip


class Bench(Protocol):
    """Lines only: telephones have other far ends (`telephone_benches`). Waiting is done by reading ticks."""

    board: Board
    answer_ticks: int
    """How long the far end may take to notice that we went off hook or on hook."""

    def dial(self, port: int) -> None:
        """A caller calls this line: it begins to ring."""
        ...

    def hang_up(self, port: int) -> None:
        """That caller hangs up."""
        ...

    def say(self, port: int, samples: NDArray[np.int16]) -> None:
        """The caller says (n,) samples, from the next tick on."""
        ...

    def caller_hears(self, port: int) -> float:
        """RMS, in sample units, of the last 20 ms the caller heard."""
        ...

    def house_hook(self, port: int) -> Hook:
        """Our hook, as the exchange sees it."""
        ...


BenchFactory = Callable[[], AbstractAsyncContextManager[Bench]]


class SimulatedBench:
    """In virtual time."""

    answer_ticks = 1

    def __init__(self) -> None:
        self.exchange = Exchange([LineModel()] * 3, np.random.default_rng(7))
        self.board: Board = SimulatedBoard(self.exchange, VirtualTime())

    def dial(self, port: int) -> None:
        self.exchange.dial(port)

    def hang_up(self, port: int) -> None:
        self.exchange.hang_up(self.exchange.handset(port))

    def say(self, port: int, samples: NDArray[np.int16]) -> None:
        self.exchange.handset(port).say(samples)

    def caller_hears(self, port: int) -> float:
        return float(np.sqrt(np.mean(self.exchange.handset(port).heard.astype(float) ** 2)))

    def house_hook(self, port: int) -> Hook:
        return self.exchange.condition(port).hook


@asynccontextmanager
async def simulated() -> AsyncIterator[Bench]:
    yield SimulatedBench()


BENCHES: dict[str, BenchFactory] = {
    "modem": modems,
    "rack": rack,
    "simulated": simulated,
    "dahdi": fake_dahdi,
    "sip": sip,
}
