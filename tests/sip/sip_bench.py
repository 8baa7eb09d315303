"""A SIP board on a bench: its lines are called by another SIP board on the loopback, in virtual time."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import numpy as np
from numpy.typing import NDArray

from drivers.base import TICK_SAMPLES, Board, FarEndAnswered, FarEndCleared, Hook, RingOn, Tick
from drivers.sip.board import SipBoard
from drivers.sip.rtp import FLASH
from simulator.pace import VirtualTime
from sip.programs import free_port

PORTS = 3


class SipBench:
    """The far board ticks once for each tick of the board on the bench."""

    answer_ticks = 2

    def __init__(self, board: SipBoard, far: SipBoard, ticks: AsyncIterator[Tick]) -> None:
        self.board: Board = board
        self._far = far
        self._ticks = ticks
        self._says = [np.zeros(0, np.int16)] * PORTS
        self._heard = np.zeros((PORTS, TICK_SAMPLES), np.int16)
        self._talking: set[int] = set()

    async def far_tick(self) -> None:
        tick = await anext(self._ticks)
        self._heard = tick.heard
        for signal in tick.signals:
            if isinstance(signal, FarEndAnswered):
                self._talking.add(signal.port)
            elif isinstance(signal, FarEndCleared):
                self._talking.discard(signal.port)
                self._far.hook(signal.port, Hook.ON)
        frames = np.zeros((PORTS, TICK_SAMPLES), np.int16)
        for port, samples in enumerate(self._says):
            now, self._says[port] = samples[:TICK_SAMPLES], samples[TICK_SAMPLES:]
            frames[port, : len(now)] = now
        self._far.speak(frames)

    def dial(self, port: int) -> None:
        self._far.dial(port, f"line{port}")

    def hang_up(self, port: int) -> None:
        self._talking.discard(port)
        self._far.hook(port, Hook.ON)

    def say(self, port: int, samples: NDArray[np.int16]) -> None:
        self._says[port] = samples

    def caller_hears(self, port: int) -> float:
        return float(np.sqrt(np.mean(self._heard[port].astype(float) ** 2)))

    def house_hook(self, port: int) -> Hook:
        return Hook.OFF if port in self._talking else Hook.ON


@asynccontextmanager
async def sip() -> AsyncIterator[SipBench]:
    address = free_port()
    near_lines = {f"line_{port + 1}": {"user": f"line{port}"} for port in range(PORTS)}
    far_lines = {f"line_{port + 1}": {"gateway": f"127.0.0.1:{address}"} for port in range(PORTS)}
    pace = VirtualTime()
    board = SipBoard.from_settings({"lines": PORTS, "port": address, "peers": ["127.0.0.1"], **near_lines}, pace)
    far = SipBoard.from_settings({"lines": PORTS, "port": 0, **far_lines}, VirtualTime())
    async with far.open() as ticks:
        bench = SipBench(board, far, ticks)
        pace.settle = bench.far_tick
        yield bench


class SipTelephones:
    """Three SIP telephones, played by another board whose lines register with the one on the bench."""

    telephones = tuple(range(PORTS))
    hand_ticks = 25

    def __init__(self, board: SipBoard, far: SipBoard, ticks: AsyncIterator[Tick]) -> None:
        self.board: Board = board
        self._far = far
        self._ticks = ticks
        self._says = [np.zeros(0, np.int16)] * PORTS
        self._heard = np.zeros((PORTS, TICK_SAMPLES), np.int16)
        self._ringing: set[int] = set()
        self._lifted: set[int] = set()

    async def far_tick(self) -> None:
        tick = await anext(self._ticks)
        self._heard = tick.heard
        for signal in tick.signals:
            if isinstance(signal, RingOn):
                self._ringing.add(signal.port)
            elif isinstance(signal, FarEndCleared):
                self._ringing.discard(signal.port)
                if signal.port in self._lifted:  # as a SIP telephone does whose call is over
                    self.replace(signal.port)
        frames = np.zeros((PORTS, TICK_SAMPLES), np.int16)
        for port, samples in enumerate(self._says):
            now, self._says[port] = samples[:TICK_SAMPLES], samples[TICK_SAMPLES:]
            frames[port, : len(now)] = now
        self._far.speak(frames)

    def lift(self, port: int) -> None:
        """A telephone that does not ring calls us as soon as it is lifted."""
        self._lifted.add(port)
        if port in self._ringing:
            self._ringing.discard(port)
            self._far.hook(port, Hook.OFF)
        else:
            self._far.dial(port, "0")

    def replace(self, port: int) -> None:
        self._lifted.discard(port)
        self._far.hook(port, Hook.ON)

    def flash(self, port: int) -> None:
        assert self._far._lines is not None
        self._far._lines._talking[port].sender.press(FLASH, 15, 5)

    def rings(self, port: int) -> bool:
        return port in self._ringing

    def say(self, port: int, samples: NDArray[np.int16]) -> None:
        if port in self._lifted:
            self._says[port] = samples

    def hears(self, port: int) -> float:
        return float(np.sqrt(np.mean(self._heard[port].astype(float) ** 2)))


@asynccontextmanager
async def sip_telephones() -> AsyncIterator[SipTelephones]:
    address = free_port()
    near_lines = {
        f"line_{port + 1}": {"kind": "phone", "user": f"80{port + 1}", "password": "p"} for port in range(PORTS)
    }
    far_lines = {
        f"line_{port + 1}": {"user": f"80{port + 1}", "password": "p", "registrar": f"127.0.0.1:{address}"}
        for port in range(PORTS)
    }
    pace = VirtualTime()
    board = SipBoard.from_settings({"lines": PORTS, "port": address, "peers": ["127.0.0.1"], **near_lines}, pace)
    far = SipBoard.from_settings({"lines": PORTS, "port": 0, "peers": ["127.0.0.1"], **far_lines}, VirtualTime())
    async with far.open() as ticks:
        bench = SipTelephones(board, far, ticks)
        pace.settle = bench.far_tick
        yield bench
