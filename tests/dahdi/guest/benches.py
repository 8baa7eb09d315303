"""The board under test with an exchange at the far end, ticking together."""

import time
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from dahdi.guest.exchange import DEAF_MS, FarEnd
from drivers.base import RATE_HZ, Hook, PortKind, Tick
from drivers.dahdi.abi import HookOperation, RxHook
from drivers.dahdi.board import DahdiBoard
from drivers.dahdi.settings import DahdiSettings

DEAF = (DEAF_MS + 60) * RATE_HZ // 1000


class Stepped(Protocol):
    """Far ends that move with the board's ticks."""

    def opened(self) -> None: ...

    def step(self, at: int) -> None: ...

    def released(self, port: int) -> None: ...


class SteppedBoard(DahdiBoard):
    """The far ends move with its ticks."""

    bench: Stepped

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
        if position is Hook.ON:
            self.bench.released(port)


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

    def released(self, port: int) -> None:
        if 0 <= port < len(self.free_at):
            self.free_at[port] = self.at + DEAF

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


class GuestTelephones:
    """`contract.telephone_benches.TelephoneBench` on the real kernel: telephone n is wired to the house's port n."""

    hand_ticks = 75  # the kernel waits for 1.25 s whether it was a flash

    def __init__(self, channels: range, far: range) -> None:
        board = SteppedBoard(DahdiSettings(channels=tuple(channels), kinds=(PortKind.FXS,) * len(channels)))
        board.bench = self
        self.board: SteppedBoard = board
        self.telephones = tuple(range(len(channels)))
        self._hands = [FarEnd(channel) for channel in far]
        self._lifted = [False] * len(self._hands)

    def close(self) -> None:
        for hand in self._hands:
            hand.hook(HookOperation.ONHOOK)
            hand.close()

    def opened(self) -> None:
        self._lifted = [False] * len(self._hands)
        for hand in self._hands:
            hand.hook(HookOperation.ONHOOK)
            hand.hush()

    def step(self, _at: int) -> None:
        for hand in self._hands:
            hand.step()

    def released(self, port: int) -> None:
        pass

    def lift(self, port: int) -> None:
        self._lifted[port] = self._hands[port].hook(HookOperation.OFFHOOK)

    def replace(self, port: int) -> None:
        self._lifted[port] = False
        self._hands[port].hook(HookOperation.ONHOOK)

    def flash(self, port: int) -> None:
        """Of 750 ms, which is the kernel's own."""
        assert self._hands[port].hook(HookOperation.FLASH)

    def rings(self, port: int) -> bool:
        time.sleep(0.01)  # the wire takes a millisecond
        return self._hands[port].params().rxhooksig == RxHook.RING

    def say(self, port: int, samples: NDArray[np.int16]) -> None:
        if self._lifted[port]:
            self._hands[port].say(samples)

    def hears(self, port: int) -> float:
        heard = self._hands[port].heard.astype(float) if self._lifted[port] else np.zeros(1)
        return float(np.sqrt(np.mean(heard**2)))
