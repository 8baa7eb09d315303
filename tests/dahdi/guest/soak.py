"""Hours in a row: eight trunks call and hang up again and again, the agent answers one of each eight, and every fourth time
calls somebody; nothing may grow. `SOAK_MINUTES` of the guest's time.
"""

import asyncio
import gc
import os
import resource
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

from cti_core.call_control.csta import Cleared, Established, ExtensionStateChanged
from cti_core.call_control.csta_calling import FarEndAlerting, ServiceInitiated
from cti_core.call_control.ids import LineId
from dahdi.guest.calls_of_ours import RINGBACK, Placed
from dahdi.guest.daemon import lifts
from dahdi.guest.hearing import voice
from dahdi.guest.house import TRUNKS, Story, World, agent_is_ready, house, until
from dahdi.guest.talking import is_connected
from drivers.dahdi.abi import HookOperation
from dsp.tones import keys, render

MINUTES = float(os.environ.get("SOAK_MINUTES", "20"))
WARM_ROUNDS = 4  # caches fill; a call of ours is among them
OURS_EACH = 4  # rounds
PAGES_MAX = 2 << 20  # assumed: of growth of resident memory for each hundred calls, bytes
NUMBER = "62345678"


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


async def eight_lines_and_a_telephone_call_again_and_again() -> str:
    async with house() as (story, world):
        await agent_is_ready(story)
        rounds, ours, first, until_s = 0, 0, None, monotonic() + MINUTES * 60
        while monotonic() < until_s:
            await _round(story, world, rounds)
            rounds += 1
            if rounds % OURS_EACH == 0:
                await _call_of_ours(story, world)
                ours += 1
            story.forget()
            if rounds == WARM_ROUNDS:
                first, counted = _size(), rounds
        last = _size()
        stats, health = story.node.house.pump.stats(), story.node.board.health()
    assert first is not None, f"only {rounds} rounds in {MINUTES:g} minutes"
    calls = (rounds - counted) * TRUNKS
    made = f"{rounds * TRUNKS} calls, {rounds} with the agent, and {ours} of ours in {MINUTES:g} min"
    figures = f"{made}: {first} then {last}; {stats.pulse}; {health}"
    assert last.descriptors <= first.descriptors + 2, figures  # the journal may have turned a page
    assert last.tasks <= first.tasks + 1, figures
    assert last.resident - first.resident < PAGES_MAX * max(calls / 100, 1), figures
    assert stats.recordings == stats.questions == stats.legs == stats.recording_blocks_waiting == 0, stats
    assert stats.switch_faults == stats.actions_failed == stats.recording_blocks_dropped == 0, stats
    assert stats.pulse.ticks_lost == 0, figures
    assert health.clock_slips == health.overruns == 0, figures
    return figures


async def _round(story: Story, world: World, number: int) -> None:
    """Ring all; one asks for the agent, the others say goodbye by a key or hang up, in turn."""
    chosen = number % TRUNKS + 1
    everybody = set(range(1, TRUNKS + 1))
    world.ring(everybody)
    await story.until("answered", lambda: story.lines(Established) == everybody)
    await story.until("the menu", lambda: story.at_node("main_menu") == everybody)
    for line in everybody:
        world.line(line).say(render(keys("0" if line == chosen else "#", on_ms=80, off_ms=80)))
    if number % 2:
        for line in range(1, 5):
            if line != chosen:
                world.line(line).hook(HookOperation.ONHOOK)
    await _talk(story, world, caller_ends=number % 2 == 0)
    await story.until("cleared", lambda: story.count(Cleared) == TRUNKS)
    for end in (*world.lines, world.telephone):
        end.hush()
        end.events.clear()
    await asyncio.sleep(2.5)  # guard times


async def _talk(story: Story, world: World, *, caller_ends: bool) -> None:
    caller, _ = await lifts(story, world)
    await asyncio.sleep(0.5)
    await is_connected(world.line(caller), world.telephone)
    if caller_ends:
        world.line(caller).hook(HookOperation.ONHOOK)
        await story.first(Cleared, line=LineId(caller))
    await _replaced(story, world)


async def _replaced(story: Story, world: World) -> None:
    since = story.now
    world.telephone.hook(HookOperation.ONHOOK)
    await story.first(ExtensionStateChanged, since, state="onHook")


async def _call_of_ours(story: Story, world: World) -> None:
    since = story.now
    await story.ask("call.make", number=NUMBER)
    _, begun = await story.first(ServiceInitiated, since)
    await until("the agent's bell", lambda: world.telephone.rings)
    world.telephone.hook(HookOperation.OFFHOOK)
    placed = Placed(world.line(int(begun.line)))
    assert await placed.takes(len(NUMBER)) == NUMBER
    placed.end.say(RINGBACK)
    await story.first(FarEndAlerting, since, call=begun.call)
    placed.end.hush()
    placed.end.say(voice(1.0))
    await story.first(Established, since, call=begun.call)
    await asyncio.sleep(1.0)
    await is_connected(placed.end, world.telephone)
    await _replaced(story, world)
    await story.first(Cleared, since, call=begun.call)
    placed.end.events.clear()
    await asyncio.sleep(2.5)


def tests() -> list[tuple[str, Callable[[], Awaitable[object]]]]:
    return [("eight_lines_and_a_telephone_call_again_and_again", eight_lines_and_a_telephone_call_again_and_again)]
