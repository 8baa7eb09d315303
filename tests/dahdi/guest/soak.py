"""Hours in a row: eight trunks call and hang up again and again; nothing may grow. `SOAK_MINUTES` of the guest's time."""

import asyncio
import gc
import os
import resource
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

from cti_core.call_control.csta import Cleared, Established
from dahdi.guest.daemon import TRUNKS, Callers, Story, house
from drivers.dahdi.abi import HookOperation
from dsp.tones import keys, render

MINUTES = float(os.environ.get("SOAK_MINUTES", "20"))
WARM_ROUNDS = 3  # caches fill
PAGES_MAX = 2 << 20  # assumed: of growth of resident memory for each hundred calls, bytes


@dataclass(frozen=True, slots=True)
class Size:
    descriptors: int
    resident: int  # bytes
    tasks: int


def _size() -> Size:
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return Size(
        descriptors=len(list(Path("/proc/self/fd").iterdir())),
        resident=pages * resource.getpagesize(),
        tasks=len(asyncio.all_tasks()),
    )


async def eight_lines_call_again_and_again() -> str:
    async with house() as (story, callers):
        rounds, first, until_s = 0, None, monotonic() + MINUTES * 60
        while monotonic() < until_s:
            await _round(story, callers, rounds)
            rounds += 1
            story.forget()
            if rounds == WARM_ROUNDS:
                first = _size()
        last = _size()
        stats, health = story.node.house.pump.stats(), story.node.board.health()
    assert first is not None, f"only {rounds} rounds in {MINUTES} minutes"
    calls = (rounds - WARM_ROUNDS) * TRUNKS
    figures = f"{rounds * TRUNKS} calls in {MINUTES:g} min: {first} then {last}; {stats.pulse}; {health}"
    assert last.descriptors <= first.descriptors + 2, figures  # the journal may have turned a page
    assert last.tasks <= first.tasks + 1, figures
    assert last.resident - first.resident < PAGES_MAX * max(calls / 100, 1), figures
    assert stats.recordings == stats.questions == 0, figures
    assert stats.recording_blocks_dropped == 0, figures
    assert stats.pulse.ticks_lost == 0, figures
    assert health.clock_slips == health.overruns == 0, figures
    return figures


async def _round(story: Story, callers: Callers, number: int) -> None:
    """Ring all, one key, and the ways of hanging up in turn."""
    callers.ring(range(TRUNKS))
    await story.until("answered", lambda: story.count(Established) == TRUNKS)
    await story.until("the menu", lambda: len(story.at_node("main_menu")) == TRUNKS)
    for line in callers.lines:
        line.say(render(keys("#", on_ms=80, off_ms=80)))
    if number % 2:
        for line in callers.lines[:4]:
            line.hook(HookOperation.ONHOOK)
    await story.until("cleared", lambda: story.count(Cleared) == TRUNKS)
    for line in callers.lines:
        line.hush()
        line.events.clear()
    await asyncio.sleep(2.5)  # guard times


def tests() -> list[tuple[str, Callable[[], Awaitable[object]]]]:
    return [("eight_lines_call_again_and_again", eight_lines_call_again_and_again)]
