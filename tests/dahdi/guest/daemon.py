"""The whole daemon on eight trunks of the virtual card and a telephone: callers, an agent, and every way of hanging up."""

import asyncio
import resource
from collections.abc import Awaitable, Callable
from time import monotonic, process_time

from sqlalchemy import text

from cti_core.call_control.csta import (
    AlarmRaised,
    CallerIdReceived,
    Cleared,
    Delivered,
    Digits,
    Established,
    ExtensionStateChanged,
    Held,
    LineStateChanged,
    Offered,
    RecordingReady,
    Retrieved,
)
from cti_core.call_control.ids import LineId
from cti_core.daemon.start import running
from cti_core.store.database import engine_for
from dahdi.guest import calls_of_ours, virtual
from dahdi.guest.hearing import level, strength, tone
from dahdi.guest.house import (
    AGENT,
    HERE,
    POLARITY_LINES,
    TRUNKS,
    Story,
    World,
    agent_is_ready,
    files_of,
    house,
    outside,
    settings_of,
    until,
)
from dahdi.guest.talking import AGENT_HZ, CALLER_HZ, SETTLE_S, delay_ms, is_apart, is_connected, recorded_voices
from drivers.dahdi.abi import HookOperation
from dsp.senders import fsk_caller_id, mdmf
from dsp.tones import Segment, keys, render

NUMBER = "01062345678"
WITH_AGENT = (1, 2)
ALONE = tuple(range(3, TRUNKS + 1))
BURSTS = 4
DELAY_MAX_MS = 50  # a frame in, 21 ms out, and what the wires of the bench need


async def eight_callers_are_served_two_reach_the_agent_and_every_way_of_hanging_up_is_understood() -> str:
    began_s, worked_s = monotonic(), process_time()
    virtual.turn("echo_shift", 2)  # hybrids: 12 dB, 2 ms
    virtual.turn("echo_delay", 16)
    async with house() as (story, world):
        everybody = set(range(1, TRUNKS + 1))
        await agent_is_ready(story)
        world.ring(everybody)
        await story.until("offered", lambda: story.lines(Offered) == everybody)
        await story.until("answered", lambda: story.lines(Established) == everybody)
        assert all(line.answered for line in world.lines)
        answered_s = monotonic()
        await story.until("the menu", lambda: story.at_node("main_menu") == everybody)
        levels = [level(line.heard) for line in world.lines]
        assert min(levels) > 300, levels  # everybody hears the menu
        for number in everybody:
            world.line(number).say(render(keys("0" if number in WITH_AGENT else "1", on_ms=80, off_ms=80)))
        pressed_s = monotonic()
        await story.until("the keys", lambda: story.pressed() == everybody)
        told_s = [at - pressed_s for at, _ in story.told(Digits)]
        served, cleared = await asyncio.gather(_the_agent_serves_two(story, world), _the_others(story, world))
        await story.until("recordings", lambda: story.count(RecordingReady) == TRUNKS)
        for line in world.lines:
            line.hush()
        await asyncio.sleep(1.0)
        await _call_again(story, world)
        await story.until("recordings", lambda: story.count(RecordingReady) == TRUNKS + 1)
        recorded = [r for _, r in story.told(RecordingReady)]
        pulse, health = story.node.house.pump.stats().pulse, story.node.board.health()
        rows = await _rows()
        voices = recorded_voices(files_of(story))
        spent = (process_time() - worked_s) / (monotonic() - began_s)
    virtual.turn("echo_shift", 0)
    assert rows == TRUNKS + 1, rows
    assert voices == (TRUNKS, len(WITH_AGENT)), voices
    assert pulse.ticks_lost == 0, pulse
    assert pulse.ticks_late < pulse.ticks / 50, pulse
    assert health.overruns == health.clock_slips == 0, health
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    per_way = ", ".join(f"{way} {max(cleared[n] for n in lines):.2f} s" for way, lines in WAYS.items())
    return "\n     ".join(
        (
            f"key pressed to key told: {min(told_s) * 1e3:.0f} to {max(told_s) * 1e3:.0f} ms with 80 ms of tone",
            *served,
            f"cleared after {per_way}",
            f"answered {answered_s - began_s:.1f} s after the start; CPU {spent:.0%} of the guest's, {memory} MB",
            f"{pulse}",
            f"{health}",
            f"{len(recorded)} recordings, {sum(r.seconds for r in recorded):.0f} s, lost 0 s; {rows} calls in SQLite",
        )
    )


# --- with the agent ---------------------------------------------------------------------------------------------------


async def _the_agent_serves_two(story: Story, world: World) -> list[str]:
    """The first one is held and retrieved, and cleared by replacing the handset; the second hangs up by himself."""
    telephone = world.telephone
    caller, figures = await lifts(story, world)
    await asyncio.sleep(SETTLE_S)  # the key that brought the caller here is over
    line = world.line(caller)
    there = [await delay_ms(line, telephone, CALLER_HZ) for _ in range(BURSTS)]
    back = [await delay_ms(telephone, line, AGENT_HZ) for _ in range(BURSTS)]
    assert max(there + back) < DELAY_MAX_MS, (there, back)
    whole = await is_connected(line, telephone)
    await _held_and_retrieved(story, world, caller)
    telephone.hook(HookOperation.ONHOOK)
    replaced_s, since = monotonic(), story.now
    cleared_s, _ = await story.first(Cleared, line=LineId(caller))
    await until("the trunk on hook", lambda: not line.house_is_off_hook())
    ringing_s, _ = await story.first(Delivered, since, agent=AGENT)
    second, more = await lifts(story, world, since)
    await is_connected(world.line(second), telephone)
    world.line(second).hook(HookOperation.ONHOOK)
    gone_s = monotonic()
    lost_s, _ = await story.first(Cleared, line=LineId(second))
    await until("busy tone in the agent's ear", lambda: strength(telephone.heard, 450.0) > 500)
    since = story.now
    telephone.hook(HookOperation.ONHOOK)
    await story.first(ExtensionStateChanged, since, state="onHook")
    voices = f"{min(there):.0f} to {max(there):.0f} ms, back {min(back):.0f} to {max(back):.0f} ms, purity {whole:.4f}"
    handset = f"{cleared_s - replaced_s:.2f} s, to the next ring {ringing_s - cleared_s:+.3f} s"
    return [
        f"voice from trunk to telephone {voices}",
        f"agent: {figures}; {more}; handset replaced to cleared {handset}; loop drop {lost_s - gone_s:.2f} s",
    ]


async def lifts(story: Story, world: World, since: int = 0) -> tuple[int, str]:
    """The line whose call rings at the agent; lifted."""
    told_s, delivered = await story.first(Delivered, since, agent=AGENT)
    await until("the bell", lambda: world.telephone.rings)
    rings_s = monotonic() - told_s
    world.telephone.hook(HookOperation.OFFHOOK)
    lifted_s = monotonic()
    there_s, _ = await story.first(Established, since, call=delivered.call, agent=AGENT)
    return int(delivered.line), f"bell {rings_s * 1e3:.0f} ms, lifted to talking {(there_s - lifted_s) * 1e3:.0f} ms"


async def _held_and_retrieved(story: Story, world: World, number: int) -> None:
    line, telephone = world.line(number), world.telephone
    for kind in (Held, Retrieved):
        since = story.now
        await until("a flash", lambda: telephone.hook(HookOperation.FLASH))
        await story.first(kind, since, agent=AGENT)
        await asyncio.sleep(0.5)
        await (is_apart if kind is Held else is_connected)(line, telephone)


# --- the others -------------------------------------------------------------------------------------------------------

WAYS = {"busy tone": (3, 4), "polarity": POLARITY_LINES, "our goodbye": (7,), "cut": (8,)}


async def _the_others(story: Story, world: World) -> dict[int, float]:
    """Until all are gone, each pair of lines in its own way; when each was understood."""
    await story.until("the hours", lambda: story.at_node("hours") >= set(ALONE))
    for line in ALONE:
        world.line(line).say(tone(CALLER_HZ, 1.5, 6000))
    await asyncio.sleep(1.6)
    hung_up_s = monotonic()
    await _hang_up(world)
    await story.until("cleared", lambda: story.lines(Cleared) >= set(ALONE))
    cleared = {int(r.line): at - hung_up_s for at, r in story.told(Cleared) if r.line in ALONE}
    assert not any(world.line(n).house_is_off_hook() for n in ALONE if n != 8)
    for line in WAYS["polarity"]:
        world.line(line).polarity(reversed_=False)
    await _line_8_is_cut_and_mended(story)
    return cleared


async def _hang_up(world: World) -> None:
    busy = render([Segment(2800, ((450.0, -10.0),)), Segment(2800)] * 8)
    for line in WAYS["busy tone"]:
        world.line(line).say(busy)
    for line in WAYS["polarity"]:
        world.line(line).polarity(reversed_=True)
    world.line(7).say(render(keys("*#", on_ms=80, off_ms=150)))  # back to the menu, and goodbye
    virtual.turn("cut", 1 << 7)
    await asyncio.sleep(0)


async def _line_8_is_cut_and_mended(story: Story) -> None:
    def states() -> list[str]:
        return [r.state for _, r in story.told(LineStateChanged, line=LineId(8))]

    await story.until("line 8 out of service", lambda: "outOfService" in states())
    virtual.turn("cut", 0)
    await story.until("line 8 in service", lambda: states()[-1] == "idle")


async def _call_again(story: Story, world: World) -> None:
    """A line that was cleared serves the next caller, whose number comes by FSK between the first two rings."""
    since = story.now
    world.ring([3])
    await story.first(Offered, since)
    await asyncio.sleep(1.5)  # the burst is over, the kernel told its end
    world.line(3).say(fsk_caller_id(mdmf(number=NUMBER, datetime="11241305")))
    _, told = await story.first(CallerIdReceived, since)
    assert told.caller is not None
    assert told.caller.reveal() == NUMBER
    assert int(told.line) == 3
    await story.first(Established, since)
    await asyncio.sleep(1.0)
    world.line(3).hook(HookOperation.ONHOOK)
    await story.first(Cleared, since)


# --- what is left behind ----------------------------------------------------------------------------------------------


async def _rows() -> int:
    """Calls in the database; it follows the journal."""
    engine = engine_for(f"sqlite+aiosqlite:///{HERE}/data/cti.sqlite")
    try:
        count = 0
        for _ in range(50):
            async with engine.connect() as connection:
                count = (
                    await connection.execute(text("select count(*) from calls where ended is not null"))
                ).scalar_one()
            if count == TRUNKS + 1:
                break
            await asyncio.sleep(0.2)
        return int(count)
    finally:
        await engine.dispose()


async def a_card_that_is_pulled_in_a_call_is_back_by_itself() -> str:
    async with running(settings_of()) as node:
        async with outside() as world:
            story = Story(node)
            await asyncio.sleep(2.2)
            world.ring([1])
            await story.first(Established)
        await asyncio.to_thread((virtual.DRIVER / "unbind").write_text, virtual.DEVICE)
        await story.until("lost", lambda: story.count(Cleared) == 1 and story.is_alarmed("boardLost"))
        (why,) = {r.detail for _, r in story.told(AlarmRaised) if r.alarm == "boardLost"}
        assert "removed" in why, why
        await asyncio.to_thread((virtual.DRIVER / "bind").write_text, virtual.DEVICE)
        virtual.configured()  # what dahdi_cfg does
        there_s = monotonic()
        await story.until("back", lambda: not story.is_alarmed("boardLost"))
        back_s = monotonic() - there_s
        async with outside() as world:
            await asyncio.sleep(2.2)
            world.ring([1])
            await story.until("answered again", lambda: story.count(Established) == 2)
    return f"alarm: {why}; back {back_s:.1f} s after the card"


TESTS = (
    eight_callers_are_served_two_reach_the_agent_and_every_way_of_hanging_up_is_understood,
    a_card_that_is_pulled_in_a_call_is_back_by_itself,
)


def tests() -> list[tuple[str, Callable[[], Awaitable[object]]]]:
    first, *others = [(test.__name__, test) for test in TESTS]
    return [first, *calls_of_ours.tests(), *others]
