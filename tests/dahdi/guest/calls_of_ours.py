"""An agent at a telephone of the house calls out of it, over trunks of the virtual card; the exchange is the test's."""

import asyncio
from collections.abc import Awaitable, Callable
from time import monotonic

from cti_core.call_control.csta import (
    Cause,
    Cleared,
    Established,
    ExtensionStateChanged,
    FlowStep,
    Offered,
    RecordingReady,
)
from cti_core.call_control.csta_calling import FarEndAlerting, LineHunted, NetworkReached, ServiceInitiated
from cti_core.call_control.ids import LineId
from dahdi.guest.exchange import FarEnd
from dahdi.guest.hearing import Register, strength, tone, voice
from dahdi.guest.house import POLARITY_LINES, Story, World, agent_is_ready, files_of, house, until
from dahdi.guest.talking import is_connected, recorded_voices
from drivers.dahdi.abi import HookOperation
from dsp.tones import Segment, render

TONE = (450.0, -10.0)  # Hz, dBm0: GB/T 3380
CALLS = 4  # three of ours, and who rang at the same instant
BUSY = render([Segment(2800, (TONE,)), Segment(2800)] * 10)
RINGBACK = render([Segment(8000, (TONE,)), Segment(32000)])


class Placed:
    """The exchange's side of a call of ours, as far as the number."""

    def __init__(self, end: FarEnd) -> None:
        self.end = end
        self.register = Register()
        self.first_digit_s = 0.0
        self.whole_s = 0.0

    async def takes(self, digits: int) -> str:
        """Dial tone from the seizure to the first key, then the rest of the number."""
        await until("seizure", lambda: self.end.answered)
        seized_s = monotonic()
        self.end.ear = self.register.hear
        self.end.say(tone(TONE[0], 8.0, 3900))
        await until("the first key", lambda: self.register.digits)
        self.first_digit_s = monotonic() - seized_s
        self.end.hush()
        await until(f"{digits} keys", lambda: len(self.register.digits) >= digits)
        self.whole_s = monotonic() - seized_s
        await asyncio.sleep(0.5)
        self.end.ear = None
        return self.register.digits


async def calls_of_ours_go_out_and_who_rings_at_the_same_instant_is_served() -> str:
    async with house() as (story, world):
        await agent_is_ready(story)
        figures = [
            await _glare_then_busy(story, world),
            await _answered_for_certain(story, world),
            await _answered_as_it_seems(story, world),
        ]
        await story.until("recordings", lambda: story.count(RecordingReady) == CALLS)
        voices = recorded_voices(files_of(story))
        assert voices == (2, 2), voices  # of the two that were answered
        pulse, health = story.node.house.pump.stats().pulse, story.node.board.health()
        assert pulse.ticks_lost == health.overruns == health.clock_slips == 0, (pulse, health)
    return "\n     ".join(figures)


async def _glare_then_busy(story: Story, world: World) -> str:
    """The exchange rings the trunk in the instant in which it is seized: the caller has it, our call goes on to the next."""
    telephone, taken = world.telephone, world.line(8)
    since = story.now
    await story.ask("call.make", number="62345678")
    _, begun = await story.first(ServiceInitiated, since)
    assert begun.line == LineId(8), begun
    await until("the agent's bell", lambda: telephone.rings)
    telephone.hook(HookOperation.OFFHOOK)
    assert taken.hook(HookOperation.RING)
    _, hunted = await story.first(LineHunted, since, call=begun.call)
    assert (hunted.reason, hunted.tried, hunted.line) == ("glare", LineId(8), LineId(7)), hunted
    placed = Placed(world.line(7))
    digits, _ = await asyncio.gather(placed.takes(8), _is_served(story, taken, 8, since))
    assert digits == "62345678", digits
    await story.first(NetworkReached, since, call=begun.call)
    placed.end.say(BUSY)
    busy_s = monotonic()
    at_s, cleared = await story.first(Cleared, since, call=begun.call)
    assert cleared.cause is Cause.BUSY, cleared
    placed.end.hush()
    await until("busy tone in the agent's ear", lambda: strength(telephone.heard, TONE[0]) > 500)
    return (
        f"glare: on the next trunk; keys {digits} decoded; dial tone to first key {placed.first_digit_s * 1e3:.0f} ms,"
        f" all after {placed.whole_s:.1f} s; busy understood after {at_s - busy_s:.2f} s"
    )


async def _is_served(story: Story, end: FarEnd, line: int, since: int) -> None:
    await story.first(Offered, since, line=LineId(line))
    _, answered = await story.first(Established, since, line=LineId(line))
    await story.first(FlowStep, since, call=answered.call, node="main_menu")
    end.hook(HookOperation.ONHOOK)
    await story.first(Cleared, since, call=answered.call)


async def _answered_for_certain(story: Story, world: World) -> str:
    """The handset is off still: nothing rings. The exchange reverses the trunk when the called party answers."""
    number, (trunk, *_) = "01088886666", POLARITY_LINES
    since, placed = story.now, Placed(world.line(trunk))
    await story.ask("call.make", number=number, line=trunk)
    assert await placed.takes(len(number)) == number
    _, reached = await story.first(NetworkReached, since)
    placed.end.say(RINGBACK)
    await story.first(FarEndAlerting, since, call=reached.call)
    placed.end.hush()
    placed.end.polarity(reversed_=True)
    answered_s = monotonic()
    at_s, established = await story.first(Established, since, call=reached.call)
    assert (established.estimated, established.line) == (False, LineId(trunk)), established
    whole = await is_connected(placed.end, world.telephone)
    placed.end.polarity(reversed_=False)
    over_s = monotonic()
    gone_s, _ = await story.first(Cleared, since, call=reached.call)
    await until("the trunk on hook", lambda: not placed.end.house_is_off_hook())
    return (
        f"polarity: answered after {(at_s - answered_s) * 1e3:.0f} ms, cleared after {(gone_s - over_s) * 1e3:.0f} ms;"
        f" purity of the voices {whole:.4f}"
    )


async def _answered_as_it_seems(story: Story, world: World) -> str:
    """Nobody tells the answer: ringback stops and somebody speaks. The agent ends it by replacing the handset."""
    number, telephone = "13800138000", world.telephone
    since = story.now
    await story.ask("call.make", number=number)
    _, begun = await story.first(ServiceInitiated, since)
    placed = Placed(world.line(int(begun.line)))
    assert int(begun.line) not in POLARITY_LINES, begun
    assert await placed.takes(len(number)) == number
    placed.end.say(RINGBACK)
    await story.first(FarEndAlerting, since, call=begun.call)
    placed.end.hush()
    placed.end.say(voice(1.0))
    spoke_s = monotonic()
    at_s, established = await story.first(Established, since, call=begun.call)
    assert established.estimated, established
    await asyncio.sleep(1.0)
    whole = await is_connected(placed.end, telephone)
    telephone.hook(HookOperation.ONHOOK)
    replaced_s = monotonic()
    gone_s, _ = await story.first(Cleared, since, call=begun.call)
    await until("the trunk on hook", lambda: not placed.end.house_is_off_hook())
    await story.first(ExtensionStateChanged, since, state="onHook")
    return (
        f"no polarity: answer estimated {(at_s - spoke_s) * 1e3:.0f} ms after the first word, cleared"
        f" {gone_s - replaced_s:.2f} s after the handset was replaced; purity of the voices {whole:.4f}"
    )


def tests() -> list[tuple[str, Callable[[], Awaitable[object]]]]:
    test = calls_of_ours_go_out_and_who_rings_at_the_same_instant_is_served
    return [(test.__name__, test)]
