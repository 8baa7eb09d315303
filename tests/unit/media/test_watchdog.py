"""Silence of the board is told from silence of our own making."""

import asyncio
import time

import pytest

from cti_core.media.watchdog import Watchdog
from drivers.base import BoardLost


async def listen(dog: Watchdog, *, ticks: int) -> None:
    """That many ticks at once, then silence."""
    async with dog:
        for _ in range(ticks):
            dog.fed()
        await asyncio.Event().wait()


async def test_a_board_that_is_fed_once_and_falls_silent_is_lost() -> None:
    with pytest.raises(BoardLost, match=r"silent for 0\.01 s"):
        await listen(Watchdog(silence_s=0.01, open_s=5), ticks=1)


async def test_a_board_that_does_not_open_is_lost() -> None:
    with pytest.raises(BoardLost, match=r"silent for 0\.005 s"):
        await listen(Watchdog(open_s=0.005), ticks=0)


async def test_a_loop_that_was_held_up_by_ourselves_proves_nothing() -> None:
    ours = asyncio.Event()
    async with Watchdog(silence_s=0.02, open_s=5) as dog:
        dog.fed()
        asyncio.get_running_loop().call_later(0.005, time.sleep, 0.08)  # a blocking call somewhere in the house
        asyncio.get_running_loop().call_later(0.02, ours.set)
        await ours.wait()


async def test_a_fault_of_the_body_comes_out_as_it_is() -> None:
    with pytest.raises(ZeroDivisionError):
        async with Watchdog():
            raise ZeroDivisionError
