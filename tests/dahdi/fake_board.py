"""The DAHDI board on a fake kernel, for unit tests."""

from collections.abc import AsyncIterator

from dahdi.fake_kernel import FakeChannel, FakeKernel
from drivers.base import PortKind, Signal, Tick
from drivers.dahdi.abi import Signalling
from drivers.dahdi.board import DahdiBoard
from drivers.dahdi.settings import DahdiSettings


def board_of(
    *channels: FakeChannel, kind: PortKind = PortKind.FXO, canceller: str = ""
) -> tuple[DahdiBoard, FakeKernel]:
    kernel = FakeKernel(*channels)
    settings = DahdiSettings(
        channels=tuple(channel.number for channel in channels),
        kinds=(kind,) * len(channels),
        echo_canceller=canceller,
    )
    return DahdiBoard(settings, kernel), kernel


def line(number: int = 1) -> FakeChannel:
    return FakeChannel(number, Signalling.FXSKS)


def telephone(number: int = 1) -> FakeChannel:
    return FakeChannel(number, Signalling.FXOKS)


async def take(ticks: AsyncIterator[Tick], count: int) -> list[Tick]:
    return [await anext(ticks) for _ in range(count)]


async def facts(ticks: AsyncIterator[Tick], count: int = 2) -> list[Signal]:
    return [signal for tick in await take(ticks, count) for signal in tick.signals]
