"""A board with telephones on a bench: the board, and the telephones in the test's hands.

A new driver whose ports ring telephones adds one factory to `TELEPHONE_BENCHES`; `test_telephones.py` then says whether it
keeps the door's promises for them.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from dahdi.fake_bench import fake_dahdi_telephones
from drivers.base import Board
from rack.rack_bench import rack_telephones
from simulator.board import SimulatedBoard
from simulator.extension_telephone import ExtensionTelephone
from simulator.pace import VirtualTime
from sip.sip_bench import sip_telephones


class TelephoneBench(Protocol):
    """Telephones by the board's port numbers. Waiting is done by reading ticks."""

    board: Board
    telephones: tuple[int, ...]
    """Ports with a telephone; at least two."""
    hand_ticks: int
    """How long it may take until the board has told what a hand did: windows, debouncing, messages."""

    def lift(self, port: int) -> None: ...

    def replace(self, port: int) -> None: ...

    def flash(self, port: int) -> None:
        """For 300 ms."""
        ...

    def rings(self, port: int) -> bool:
        """The bell, now."""
        ...

    def say(self, port: int, samples: NDArray[np.int16]) -> None:
        """Whoever has lifted says (n,) samples, from the next tick on."""
        ...

    def hears(self, port: int) -> float:
        """RMS, in sample units, of the last 20 ms in the ear of whoever has lifted."""
        ...


TelephoneBenchFactory = Callable[[], AbstractAsyncContextManager[TelephoneBench]]


class SimulatedTelephones:
    """In virtual time, behind two lines; hands chatter."""

    telephones = (2, 3)
    hand_ticks = 35

    def __init__(self) -> None:
        self._board = SimulatedBoard.from_settings({"lines": 2, "extensions": 2, "seed": 7}, VirtualTime())
        self.board: Board = self._board

    def lift(self, port: int) -> None:
        self._telephone(port).lift()

    def replace(self, port: int) -> None:
        self._telephone(port).replace()

    def flash(self, port: int) -> None:
        self._telephone(port).flash(300)

    def rings(self, port: int) -> bool:
        return self._telephone(port).bell

    def say(self, port: int, samples: NDArray[np.int16]) -> None:
        self._telephone(port).say(samples)

    def hears(self, port: int) -> float:
        return float(np.sqrt(np.mean(self._telephone(port).heard.astype(float) ** 2)))

    def _telephone(self, port: int) -> ExtensionTelephone:
        return self._board.extensions.telephones[port - 2]


@asynccontextmanager
async def simulated_telephones() -> AsyncIterator[TelephoneBench]:
    yield SimulatedTelephones()


TELEPHONE_BENCHES: dict[str, TelephoneBenchFactory] = {
    "simulated": simulated_telephones,
    "rack": rack_telephones,
    "dahdi": fake_dahdi_telephones,
    "sip": sip_telephones,
}
