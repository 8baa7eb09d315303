"""The DAHDI board on a bench in virtual time, for the suite of all boards."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import numpy as np
from numpy.typing import NDArray

from dahdi.fake_kernel import FakeChannel, FakeKernel
from drivers.base import Board, Hook, PortKind
from drivers.dahdi.abi import HookOperation, KernelEvent, RxHook, Signalling
from drivers.dahdi.board import DahdiBoard
from drivers.dahdi.settings import DahdiSettings

PORTS = 3


class FakeDahdiBench:
    answer_ticks = 3

    def __init__(self) -> None:
        self.kernel = FakeKernel(*(FakeChannel(number, Signalling.FXSKS) for number in range(1, PORTS + 1)))
        settings = DahdiSettings(channels=tuple(range(1, PORTS + 1)), kinds=(PortKind.FXO,) * PORTS)
        self.board: Board = DahdiBoard(settings, self.kernel)

    def dial(self, port: int) -> None:
        """The exchange begins the next burst after the kernel's deaf two seconds, as in the field."""
        channel = self._far(port)
        channel.rings_since = self.kernel.ms + channel.muted_ms

    def hang_up(self, port: int) -> None:
        self._far(port).rings_since = None

    def say(self, port: int, samples: NDArray[np.int16]) -> None:
        channel = self._far(port)
        if channel.off_hook:
            channel.says(samples)

    def caller_hears(self, port: int) -> float:
        return float(np.sqrt(np.mean(self._far(port).heard.astype(float) ** 2)))

    def house_hook(self, port: int) -> Hook:
        return Hook.OFF if self._far(port).off_hook else Hook.ON

    def _far(self, port: int) -> FakeChannel:
        return self.kernel.channels[port + 1]


@asynccontextmanager
async def fake_dahdi() -> AsyncIterator[FakeDahdiBench]:
    yield FakeDahdiBench()


class FakeDahdiTelephones:
    """Three channels with a telephone; what the kernel makes of their hooks it tells at once."""

    telephones = tuple(range(PORTS))
    hand_ticks = 3

    def __init__(self) -> None:
        self.kernel = FakeKernel(*(FakeChannel(number, Signalling.FXOKS) for number in range(1, PORTS + 1)))
        settings = DahdiSettings(channels=tuple(range(1, PORTS + 1)), kinds=(PortKind.FXS,) * PORTS)
        self.board: Board = DahdiBoard(settings, self.kernel)

    def lift(self, port: int) -> None:
        self._hand(port, RxHook.OFFHOOK, KernelEvent.RINGOFFHOOK)

    def replace(self, port: int) -> None:
        self._hand(port, RxHook.ONHOOK, KernelEvent.ONHOOK)

    def flash(self, port: int) -> None:
        self._far(port).event(KernelEvent.WINKFLASH)

    def rings(self, port: int) -> bool:
        channel = self._far(port)
        return channel.open and channel.hooks[-1:] == [HookOperation.RING]

    def say(self, port: int, samples: NDArray[np.int16]) -> None:
        channel = self._far(port)
        if channel.rxhook == RxHook.OFFHOOK:
            channel.says(samples)

    def hears(self, port: int) -> float:
        channel = self._far(port)
        return float(np.sqrt(np.mean(channel.heard.astype(float) ** 2))) if channel.off_hook else 0.0

    def _hand(self, port: int, position: RxHook, event: KernelEvent) -> None:
        channel = self._far(port)
        channel.rxhook = position
        channel.event(event)

    def _far(self, port: int) -> FakeChannel:
        return self.kernel.channels[port + 1]


@asynccontextmanager
async def fake_dahdi_telephones() -> AsyncIterator[FakeDahdiTelephones]:
    yield FakeDahdiTelephones()
