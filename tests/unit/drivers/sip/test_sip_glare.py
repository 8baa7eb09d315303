"""Calls that meet: theirs and ours on one port, the next one while the last is not put down yet; what a caller hears."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import numpy as np
import pytest

from drivers.base import (
    CallerIdRead,
    Capability,
    FarEndAnswered,
    FarEndCleared,
    Hook,
    LineFault,
    RingOn,
    Signal,
    Tick,
    ToneRead,
    Unsupported,
)
from drivers.sip.board import SipBoard
from drivers.sip.ringing import RINGBACK
from simulator.pace import VirtualTime
from unit.drivers.sip.sip_gateway import Gateway, gateway
from unit.drivers.sip.sip_pair import pair

NEAR: dict[str, object] = {"lines": 2, "line_1": {"user": "100"}}


def kinds(facts: list[Signal]) -> list[type]:
    return [type(fact) for fact in facts if not isinstance(fact, FarEndAnswered)]


async def told(ticks: AsyncIterator[Tick], count: int) -> list[Signal]:
    return [fact for _ in range(count) for fact in (await anext(ticks)).signals]


@asynccontextmanager
async def calling() -> AsyncIterator[tuple[Gateway, SipBoard, AsyncIterator[Tick]]]:
    """A board whose line has just dialled by the gateway."""
    with gateway() as far:
        line = {"user": "100", "gateway": far.address}
        board = SipBoard.from_settings({"lines": 1, "port": 0, "rtp_timeout_s": 0.1, "line_1": line}, VirtualTime())
        async with board.open() as ticks:
            await anext(ticks)
            board.hook(0, Hook.OFF)
            board.dial(0, "13900001111")
            yield far, board, ticks


# --- the next call --------------------------------------------------------------------------------------------------


async def test_a_call_behind_the_last_one_rings_when_the_house_has_put_down() -> None:
    async with pair(NEAR) as both:
        await both.talk()
        both.far.hook(0, Hook.ON)
        both.far.dial(1, "100")
        await both.run(5)
        assert kinds(both.facts)[-1] is FarEndCleared
        both.facts.clear()
        both.near.hook(0, Hook.ON)
        await both.run(1)
        assert kinds(both.facts) == [RingOn, CallerIdRead]
        both.near.hook(0, Hook.OFF)
        await both.run(5)
        assert FarEndAnswered(1, both.far_facts[-1].at) in both.far_facts
        assert both.near_tick.heard[0].any()


async def test_who_gives_up_before_the_house_has_put_down_was_never_there() -> None:
    async with pair(NEAR) as both:
        await both.talk()
        both.far.hook(0, Hook.ON)
        both.far.dial(1, "100")
        await both.run(5)
        both.facts.clear()
        both.far.hook(1, Hook.ON)
        await both.run(5)
        both.near.hook(0, Hook.ON)
        await both.run(300)
        assert both.facts == []


# --- glare ----------------------------------------------------------------------------------------------------------


async def test_their_call_on_a_port_that_is_off_hook_is_connected_at_once() -> None:
    async with pair(NEAR) as both:
        both.near.hook(0, Hook.OFF)
        both.far.dial(0, "100")
        await both.run(6)
        assert kinds(both.facts) == [RingOn, CallerIdRead]
        assert FarEndAnswered in [type(fact) for fact in both.far_facts]
        assert both.near_tick.heard[0].any()


async def test_their_call_ends_ours_which_nobody_answered_and_rings_when_the_house_has_put_down() -> None:
    async with calling() as (far, board, ticks):
        far.take()
        far.answer(180)
        tones = [fact for fact in await told(ticks, 3) if isinstance(fact, ToneRead)]
        assert [tone.tone for tone in tones] == ["ringback"]
        far.call(board)
        facts = await told(ticks, 3)
        assert kinds(facts) == [ToneRead]
        assert far.said() == [b"CANCEL", b"SIP/2.0 180"]
        board.hook(0, Hook.ON)
        assert kinds(await told(ticks, 1)) == [RingOn, CallerIdRead]
        board.hook(0, Hook.OFF)
        assert far.said() == [b"SIP/2.0 200"]


async def test_a_call_of_ours_into_one_that_has_just_come_is_told_to_have_failed_and_then_rings() -> None:
    async with pair(NEAR) as both:
        await both.talk()
        both.far.hook(0, Hook.ON)
        both.far.dial(1, "100")
        await both.run(3)
        both.near.hook(0, Hook.ON)
        both.near.hook(0, Hook.OFF)  # before a tick could tell of the call that waits
        both.near.dial(0, "200")
        both.facts.clear()
        await both.run(2)
        assert both.facts == [ToneRead(0, both.facts[0].at, "congestion")]
        both.near.hook(0, Hook.ON)
        await both.run(1)
        assert kinds(both.facts) == [ToneRead, RingOn, CallerIdRead]


# --- what is heard before the answer ----------------------------------------------------------------------------------


async def test_ringback_is_made_for_whoever_calls_by_us_until_the_answer() -> None:
    async with pair(NEAR) as both:
        heard: list[np.ndarray] = []
        both.far.dial(0, "100")
        for _ in range(300):
            await both.run(1)
            heard.append(both.far_tick.heard[0])
        first = next(place for place, frame in enumerate(heard) if frame.any())
        assert (heard[first] == RINGBACK).all()
        sounds = [bool(frame.any()) for frame in heard[first : first + 290]]
        assert sounds == [True] * 49 + [False] * 200 + [True] * 41  # told a tick before it is made
        both.near.hook(0, Hook.OFF)
        await both.run(8)
        assert round(int(both.far_tick.heard[0, 0]), -2) == 2000


@pytest.mark.parametrize(("status", "tone"), [(404, "vacant"), (484, "vacant"), (486, "busy"), (503, "congestion")])
async def test_an_announcement_before_the_answer_is_heard_and_a_refusal_ends_it(status: int, tone: str) -> None:
    async with calling() as (far, board, ticks):
        assert Capability.EN_BLOC in board.ports[0].capabilities
        far.take()
        far.answer(180)
        far.answer(183, sounds=True)
        facts = await told(ticks, 20)  # longer than `rtp_timeout_s`: they may be silent while it rings
        assert ((await anext(ticks)).heard[0] == RINGBACK).all()
        for _ in range(6):
            far.say(0x2A)
            tick = await anext(ticks)
        assert abs(int(tick.heard[0, 0])) > 1000
        assert len(set(tick.heard[0].tolist())) == 1
        far.answer(status)
        facts += await told(ticks, 4)
        assert not (await anext(ticks)).heard.any()
        assert [fact.tone for fact in facts if isinstance(fact, ToneRead)] == ["ringback", tone]
        assert not [fact for fact in facts if isinstance(fact, LineFault)]


async def test_keys_that_are_none_are_refused_in_words() -> None:
    async with pair(NEAR) as both:
        await both.talk()
        with pytest.raises(Unsupported, match="these keys"):
            both.far.dial(0, "1,2")
