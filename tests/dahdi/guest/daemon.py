"""The whole daemon (`cti serve`, SQLite) on eight trunks of the virtual card; the exchange and its callers are ours."""

import asyncio
import resource
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from time import monotonic, process_time

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import text

from cti_core.call_control.csta import (
    AlarmRaised,
    CallerIdReceived,
    Cleared,
    Digits,
    Established,
    FlowStep,
    LineStateChanged,
    Offered,
    RecordingReady,
    Report,
)
from cti_core.daemon.start import Node, running
from cti_core.furnish import read_texts
from cti_core.settings import Settings
from cti_core.settings_reader import load
from cti_core.store.database import engine_for
from dahdi.guest import virtual
from dahdi.guest.exchange import FarEnd
from dahdi.guest.hearing import level, tone
from drivers.base import RATE_HZ
from drivers.dahdi.abi import HookOperation
from drivers.dahdi.kernel import LinuxKernel
from dsp import wav
from dsp.senders import fsk_caller_id, mdmf
from dsp.tones import Segment, keys, render
from ivr.rendering import entries

ROOT = virtual.ROOT
HERE = Path("/mnt/daemon")
TRUNKS = 8
POLARITY_LINES = (5, 6)
NUMBER = "01062345678"
VOICE_HZ = 1234.0  # what callers say after their key; no tone of an exchange
PROMPT_S = 1.0
WAIT_S = 30.0  # guest time; a bound, no pause
SETTINGS = f"""
node = "guest"
data_dir = "{HERE}/data"
hospital = "{ROOT}/config/hospital.toml"
[log]
level = "warning"
[api]
port = 0
[[api.tokens]]
token = "token-op"
name = "Op"
role = "operator"
[board]
name = "dahdi"
lines = {TRUNKS}
[board.settings]
channels = "1-{TRUNKS}"
[ivr]
folder = "{ROOT}/config/ivr"
prompts = "{HERE}/prompts"
[[queues]]
name = "service"
""" + "".join(f"[[lines]]\nline = {line}\npolarity = true\n" for line in POLARITY_LINES)


class Callers:
    """The exchange: eight line circuits that move with their own sample clock."""

    def __init__(self) -> None:
        virtual.loaded()
        self.lines = [FarEnd(virtual.WIRES + 1 + trunk) for trunk in range(TRUNKS)]
        self._kernel = LinuxKernel()
        self._kernel.watch(self.lines[0].fd)

    async def run(self) -> None:
        while True:
            await self._kernel.ready()
            for line in self.lines:
                line.step()

    def close(self) -> None:
        self._kernel.forget(self.lines[0].fd)
        for line in self.lines:
            line.close()

    def ring(self, lines: Iterable[int]) -> None:
        for line in lines:
            assert self.lines[line].hook(HookOperation.RING), line


class Story:
    """What the daemon reports while the test goes on."""

    def __init__(self, node: Node) -> None:
        self.node = node
        self.reports: list[tuple[float, Report]] = []
        self._woken = asyncio.Event()
        subscription = node.bus.subscribe(self._woken.set)
        assert not hasattr(subscription, "oldest")
        self._subscription = subscription

    async def until(self, what: str, done: Callable[[], bool]) -> None:
        deadline_s = monotonic() + WAIT_S
        while True:
            self._woken.clear()
            self.reports += [(monotonic(), event.report) for event in self._subscription.take(10_000)]
            if done():
                return
            if monotonic() > deadline_s:
                tail = "\n".join(f"  {report}" for _, report in self.reports[-40:])
                raise AssertionError(f"{what}: not within {WAIT_S:g} s; last reports\n{tail}")
            with suppress(TimeoutError):
                await asyncio.wait_for(self._woken.wait(), 0.1)

    def forget(self) -> None:
        """What was told so far."""
        self.reports.clear()

    def lines(self, kind: type) -> set[int]:
        return {int(report.line) for _, report in self.reports if isinstance(report, kind)}

    def count(self, kind: type) -> int:
        return sum(isinstance(report, kind) for _, report in self.reports)

    def is_alarmed(self, alarm: str) -> bool:
        return any(raised.alarm == alarm for raised in self.node.bus.alarms)

    def line_of(self, call: object) -> int:
        return next(int(r.line) for _, r in self.reports if isinstance(r, Offered) and r.call == call)

    def at_node(self, name: str) -> set[int]:
        return {self.line_of(r.call) for _, r in self.reports if isinstance(r, FlowStep) and r.node == name}


def _settings() -> Settings:
    is_new = not HERE.exists()
    (HERE / "prompts").mkdir(parents=True, exist_ok=True)
    (HERE / "cti.toml").write_text(SETTINGS, encoding="utf-8")
    settings = load(HERE / "cti.toml")
    if is_new:
        for number, (language, prompt, _) in enumerate(entries(read_texts(settings).catalogue)):
            folder = HERE / "prompts" / language
            folder.mkdir(parents=True, exist_ok=True)
            # a chord each: no key, no tone of an exchange
            chord = render([Segment(round(PROMPT_S * RATE_HZ), ((520.0 + 3 * number, -12.0), (1840.0, -15.0)))])
            (folder / f"{prompt}.wav").write_bytes(wav.encode(chord))
    return settings


@asynccontextmanager
async def house() -> AsyncIterator[tuple[Story, Callers]]:
    callers = Callers()
    settings = _settings()
    moving = asyncio.create_task(callers.run())
    try:
        async with running(settings) as node:
            story = Story(node)
            await asyncio.sleep(2.2)  # the kernel's deaf time after opening
            yield story, callers
    finally:
        moving.cancel()
        with suppress(asyncio.CancelledError):
            await moving
        callers.close()


async def eight_callers_are_served_and_every_way_of_hanging_up_is_understood() -> str:
    began_s, worked_s = monotonic(), process_time()
    async with house() as (story, callers):
        everybody = set(range(1, TRUNKS + 1))
        callers.ring(range(TRUNKS))
        await story.until("offered", lambda: story.lines(Offered) == everybody)
        await story.until("answered", lambda: story.lines(Established) == everybody)
        assert all(line.answered for line in callers.lines)
        answered_s = monotonic()
        await story.until("the menu", lambda: story.at_node("main_menu") == everybody)
        levels = [level(line.heard) for line in callers.lines]
        assert min(levels) > 300, levels  # everybody hears the menu
        for line in callers.lines:
            line.say(render(keys("1", on_ms=80, off_ms=80)))
        pressed_s = monotonic()
        await story.until("the key", lambda: story.count(Digits) >= TRUNKS)
        told_s = [at - pressed_s for at, report in story.reports if isinstance(report, Digits)]
        assert story.at_node("hours") == everybody
        for line in callers.lines:
            line.say(tone(VOICE_HZ, 1.5, 6000))
        await asyncio.sleep(1.6)
        hung_up_s = monotonic()
        await _hang_up(callers)
        await story.until("cleared", lambda: story.lines(Cleared) >= everybody - {8})
        cleared = {int(r.line): at - hung_up_s for at, r in story.reports if isinstance(r, Cleared)}
        assert all(not callers.lines[n - 1].house_is_off_hook() for n in cleared if n != 8)
        await _line_8_is_cut_and_mended(story)
        await story.until("recordings", lambda: story.count(RecordingReady) == TRUNKS)
        for line in callers.lines:
            line.hush()
        await asyncio.sleep(2.5)
        await _call_again(story, callers)
        await story.until("recordings", lambda: story.count(RecordingReady) == TRUNKS + 1)
        recordings = [r for _, r in story.reports if isinstance(r, RecordingReady)]
        assert all(r.lost_s == 0 for r in recordings), recordings
        pulse, health = story.node.house.pump.stats().pulse, story.node.board.health()
        rows = await _rows(story)
        heard = _recorded_voices(HERE / "data")
        spent = (process_time() - worked_s) / (monotonic() - began_s)
    assert rows == TRUNKS + 1, rows
    assert heard >= TRUNKS, heard
    assert pulse.ticks_lost == 0, pulse
    assert pulse.ticks_late < pulse.ticks / 50, pulse
    assert health.overruns == 0, health
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    ways = {"loop drop": (1, 2), "busy tone": (3, 4), "polarity": POLARITY_LINES, "our goodbye": (7,), "cut": (8,)}
    per_way = ", ".join(f"{way} {max(cleared[n] for n in lines):.2f} s" for way, lines in ways.items())
    return "\n     ".join(
        (
            f"key pressed to key told: {min(told_s) * 1e3:.0f} to {max(told_s) * 1e3:.0f} ms with 80 ms of tone",
            f"cleared after {per_way}",
            f"answered {answered_s - began_s:.1f} s after the start; CPU {spent:.0%} of the guest's, {memory} MB",
            f"{pulse}",
            f"{health}",
            f"{len(recordings)} recordings, {sum(r.seconds for r in recordings):.0f} s, lost 0 s; {rows} calls in SQLite",
        )
    )


async def _hang_up(callers: Callers) -> None:
    """Each pair of lines in its own way."""
    busy = render([Segment(2800, ((450.0, -10.0),)), Segment(2800)] * 8)
    for line in (1, 2):
        callers.lines[line - 1].hook(HookOperation.ONHOOK)  # the exchange opens the loop for 500 ms
    for line in (3, 4):
        callers.lines[line - 1].say(busy)
    for line in POLARITY_LINES:
        callers.lines[line - 1].polarity(reversed_=True)
    callers.lines[6].say(render(keys("*#", on_ms=80, off_ms=150)))  # back to the menu, and goodbye
    virtual.turn("cut", 1 << 7)
    await asyncio.sleep(0)


async def _line_8_is_cut_and_mended(story: Story) -> None:
    def states() -> list[str]:
        return [r.state for _, r in story.reports if isinstance(r, LineStateChanged) and int(r.line) == 8]

    await story.until("line 8 out of service", lambda: "outOfService" in states())
    virtual.turn("cut", 0)
    await story.until("line 8 in service", lambda: states()[-1] == "idle")


async def _call_again(story: Story, callers: Callers) -> None:
    """A line that was cleared serves the next caller, whose number comes by FSK between the first two rings."""
    answered, offered = story.count(Established), story.count(Offered)
    callers.ring([2])
    await story.until("offered again", lambda: story.count(Offered) == offered + 1)
    await asyncio.sleep(1.5)  # the burst is over, the kernel told its end
    callers.lines[2].say(fsk_caller_id(mdmf(number=NUMBER, datetime="11241305")))
    await story.until("the number", lambda: story.count(CallerIdReceived) == 1)
    (told,) = [r for _, r in story.reports if isinstance(r, CallerIdReceived)]
    assert told.caller is not None
    assert told.caller.reveal() == NUMBER
    assert int(told.line) == 3
    await story.until("answered again", lambda: story.count(Established) == answered + 1)
    await asyncio.sleep(1.0)
    callers.lines[2].hook(HookOperation.ONHOOK)
    await story.until("cleared again", lambda: story.count(Cleared) == TRUNKS + 1)


async def _rows(story: Story) -> int:
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


def _recorded_voices(data: Path) -> int:
    """Recordings in whose left channel the caller's voice is."""
    return sum(_speaks(wav.read(path).samples) for path in data.rglob("*.wav") if "prompts" not in path.parts)


def _speaks(samples: NDArray[np.int16]) -> bool:
    left = samples.reshape(len(samples), -1)[:, 0].astype(float)
    n = np.arange(len(left))
    found = np.abs(np.sum(left * np.exp(-2j * np.pi * VOICE_HZ * n / RATE_HZ))) * 2 / RATE_HZ
    return bool(found > 4000)  # 6000 for 1.5 s


async def a_card_that_is_pulled_in_a_call_is_back_by_itself() -> str:
    callers = Callers()
    moving = asyncio.create_task(callers.run())
    async with running(_settings()) as node:
        story = Story(node)
        await asyncio.sleep(2.2)
        callers.ring([0])
        await story.until("answered", lambda: story.count(Established) == 1)
        moving.cancel()
        callers.close()
        await asyncio.to_thread((virtual.DRIVER / "unbind").write_text, virtual.DEVICE)
        await story.until("lost", lambda: story.count(Cleared) == 1 and story.is_alarmed("boardLost"))
        (why,) = {r.detail for _, r in story.reports if isinstance(r, AlarmRaised) and r.alarm == "boardLost"}
        assert "removed" in why, why
        await asyncio.to_thread((virtual.DRIVER / "bind").write_text, virtual.DEVICE)
        virtual.configured()  # what dahdi_cfg does
        there_s = monotonic()
        await story.until("back", lambda: not story.is_alarmed("boardLost"))
        back_s = monotonic() - there_s
        callers = Callers()
        moving = asyncio.create_task(callers.run())
        await asyncio.sleep(2.2)
        callers.ring([0])
        await story.until("answered again", lambda: story.count(Established) == 2)
        moving.cancel()
    callers.close()
    return f"alarm: {why}; back {back_s:.1f} s after the card"


TESTS = (
    eight_callers_are_served_and_every_way_of_hanging_up_is_understood,
    a_card_that_is_pulled_in_a_call_is_back_by_itself,
)


def tests() -> list[tuple[str, Callable[[], Awaitable[object]]]]:
    return [(test.__name__, test) for test in TESTS]
