"""The modem board on the contract bench: real sessions, emulated modems, no serial port and no wall clock between them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import numpy as np
from numpy.typing import NDArray

from drivers.base import TICK_SAMPLES, Board, Hook
from drivers.modem.board import ModemBoard
from drivers.modem.line import ModemLine
from drivers.modem.link import LinkLost
from drivers.modem.plan import ModemPlan
from modem.emulator import Make, Modem
from simulator.pace import VirtualTime


class MemoryLink:
    """A cable of no length that can be pulled."""

    def __init__(self, modem: Modem) -> None:
        self.modem = modem
        self.plugged = True
        self._told = False
        self._waiting = b""

    room = True

    def poll(self) -> bytes | None:
        if not self.plugged:
            if not self._told:
                self._told = True
                raise LinkLost("the cable was pulled")
            return None
        self._told = False
        self._pour()
        return self.modem.take()

    def send(self, data: bytes) -> None:
        if self.plugged:
            self._waiting += data
            self._pour()

    def close(self) -> None:
        pass

    def _pour(self) -> None:
        """As much as the modem has room for (RTS/CTS)."""
        while self._waiting and (room := self.modem.room()) > 0:
            self.modem.receive(self._waiting[: min(room, 64)])
            self._waiting = self._waiting[min(room, 64) :]


class ModemBench:
    answer_ticks = 200  # 4 s: a modem that has just been opened is set up first

    def __init__(self, makes: tuple[Make, ...] = (Make(), Make())) -> None:
        self.modems = [Modem(make) for make in makes]
        self.links = [MemoryLink(modem) for modem in self.modems]
        lines = [
            ModemLine(ModemPlan(name=f"the modem on port {port}"), port, link) for port, link in enumerate(self.links)
        ]
        self.modem_board = ModemBoard(lines, VirtualTime(self._pass))
        self.board: Board = self.modem_board

    async def _pass(self) -> None:
        for modem in self.modems:
            modem.advance(TICK_SAMPLES)

    def dial(self, port: int) -> None:
        self.modems[port].ring()

    def hang_up(self, port: int) -> None:
        self.modems[port].busy()

    def say(self, port: int, samples: NDArray[np.int16]) -> None:
        self.modems[port].say(samples)

    def caller_hears(self, port: int) -> float:
        return float(np.sqrt(np.mean(self.modems[port].heard.astype(float) ** 2)))

    def house_hook(self, port: int) -> Hook:
        return Hook.OFF if self.modems[port].off_hook else Hook.ON


@asynccontextmanager
async def modems() -> AsyncIterator[ModemBench]:
    yield ModemBench()
