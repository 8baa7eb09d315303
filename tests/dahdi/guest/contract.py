"""The suites of all boards (`tests/contract/`), on the real kernel over crossed local spans."""

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from functools import partial
from types import ModuleType

from contract import test_board, test_telephones
from dahdi.guest.benches import GuestBench, GuestTelephones
from dahdi.guest.local import EXTENSION, EXTENSIONS, far_channels, house_channels

PORTS = 3
BATTERY_S = 1.0  # so long after it was left off hook a telephone has no battery, or the kernel no ring


def tests() -> list[tuple[str, Callable[[], Awaitable[object]]]]:
    lines = [(name, partial(_on_lines, call)) for name, call in _calls(test_board)]
    telephones = [(name, partial(_on_telephones, call)) for name, call in _calls(test_telephones)]
    return lines + telephones


def _calls(suite: ModuleType) -> list[tuple[str, Callable[..., Awaitable[object]]]]:
    """One for each parameter of `pytest.mark.parametrize`."""
    found: list[tuple[str, Callable[..., Awaitable[object]]]] = []
    for name, function in vars(suite).items():
        if not (name.startswith("test_") and inspect.iscoroutinefunction(function)):
            continue
        marks = [mark for mark in getattr(function, "pytestmark", []) if mark.name == "parametrize"]
        for mark in marks:
            key, values = mark.args
            found += [(f"{name}[{value}]", partial(function, **{key: value})) for value in values]
        if not marks:
            found.append((name, function))
    return found


async def _on_lines(call: Callable[..., Awaitable[object]]) -> None:
    bench = GuestBench(house_channels(PORTS), far_channels(PORTS))
    try:
        await call(bench)
    finally:
        bench.close()


async def _on_telephones(call: Callable[..., Awaitable[object]]) -> None:
    desk = GuestTelephones(house_channels(EXTENSIONS, EXTENSION), far_channels(EXTENSIONS, EXTENSION))
    try:
        await call(desk)
    finally:
        desk.close()
        await asyncio.sleep(BATTERY_S)
