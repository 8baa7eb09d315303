"""The suite of all boards (`tests/contract/test_board.py`), on the real kernel over crossed local spans."""

import inspect
from collections.abc import Awaitable, Callable
from functools import partial

from contract import test_board
from dahdi.guest.benches import GuestBench
from dahdi.guest.local import far_channels, house_channels

PORTS = 3


def tests() -> list[tuple[str, Callable[[], Awaitable[object]]]]:
    found: list[tuple[str, Callable[[], Awaitable[object]]]] = []
    for name, function in vars(test_board).items():
        if name.startswith("test_") and inspect.iscoroutinefunction(function):
            found += [(label, partial(_on_a_bench, call)) for label, call in _calls(name, function)]
    return found


def _calls(name: str, function: Callable[..., Awaitable[object]]) -> list[tuple[str, Callable[..., Awaitable[object]]]]:
    """One for each parameter of `pytest.mark.parametrize`."""
    for mark in getattr(function, "pytestmark", []):
        if mark.name == "parametrize":
            key, values = mark.args
            return [(f"{name}[{value}]", partial(function, **{key: value})) for value in values]
    return [(name, function)]


async def _on_a_bench(call: Callable[..., Awaitable[object]]) -> None:
    bench = GuestBench(house_channels(PORTS), far_channels(PORTS))
    try:
        await call(bench)
    finally:
        bench.close()
