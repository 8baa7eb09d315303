"""Calls that meet: theirs and ours on one port, the next one while the last is not put down yet; what a caller hears."""

import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import pytest

from drivers.base import (
    CallerIdRead,
    Capability,
    FarEndAnswered,
    FarEndCleared,
    Hook,
    LineFault,
    RingOff,
    RingOn,
    Signal,
    ToneRead,
    Unsupported,
)
from drivers.sip.board import SipBoard
from drivers.sip.lines import RINGBACK
from drivers.sip.message import Request, read
from simulator.pace import VirtualTime
from unit.drivers.sip.sip_pair import pair
from unit.drivers.sip.sip_wire import SDP

NEAR = {"lines": 2, "line_1": {"user": "100"}}


def kinds(facts: list[Signal]) -> list[type]:
    return [type(fact) for fact in facts if not isinstance(fact, FarEndAnswered)]


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


async def test_their_call_on_a_seized_port_rings_and_is_answered_by_lifting_again() -> None:
    async with pair(NEAR) as both:
        both.near.hook(0, Hook.OFF)
        both.far.dial(0, "100")
        await both.run(3)
        assert kinds(both.facts) == [RingOn, CallerIdRead]
        both.near.hook(0, Hook.OFF)
        await both.run(5)
        assert FarEndAnswered in [type(fact) for fact in both.far_facts]
        assert both.near_tick.heard[0].any()


async def test_their_call_survives_that_the_house_gives_up_its_own() -> None:
    async with pair(NEAR) as both:
        both.near.hook(0, Hook.OFF)
        both.far.dial(0, "100")
        await both.run(3)
        both.near.hook(0, Hook.ON)
        await both.run(300)
        assert kinds(both.facts) == [RingOn, CallerIdRead, RingOff, RingOn, RingOff]
        both.near.hook(0, Hook.ON)  # the house wants nothing of it
        await both.run(5)
        assert ToneRead(0, both.far_facts[-1].at, "busy") in both.far_facts


async def test_a_number_dialled_into_a_call_that_has_just_come_goes_nowhere_and_the_ring_is_told() -> None:
    async with pair(NEAR) as both:
        await both.talk()
        both.far.hook(0, Hook.ON)
        both.far.dial(1, "100")
        await both.run(3)
        both.near.hook(0, Hook.ON)
        both.near.hook(0, Hook.OFF)  # before a tick could tell of the call that waits
        both.near.dial(0, "200")
        both.facts.clear()
        await both.run(1)
        assert kinds(both.facts) == [RingOn, CallerIdRead]


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


class Gateway:
    """Answers our INVITE by hand; its RTP says `level` all the time."""

    def __init__(self, sip: socket.socket, rtp: socket.socket) -> None:
        self._sip, self._rtp = sip, rtp
        self._sequence = 0
        self.invite: Request | None = None

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self._sip.getsockname()[1]}"

    def take(self) -> None:
        data, self._to = self._sip.recvfrom(8192)
        found = read(data)
        assert isinstance(found, Request)
        assert found.method == "INVITE"
        self.invite = found

    def answer(self, status: int, *, sounds: bool = False) -> None:
        asked = self.invite
        assert asked is not None
        body = SDP.replace("127.0.0.2", "127.0.0.1").replace("30000", str(self._rtp.getsockname()[1])) if sounds else ""
        text = (
            f"SIP/2.0 {status} x\nVia: {asked.first('via')}\nFrom: {asked.first('from')}\nTo: {asked.first('to')};tag=g"
            f"\nCall-ID: {asked.call_id}\nCSeq: {asked.first('cseq')}\nContact: <sip:g@{self.address}>\n"
            f"Content-Type: application/sdp\n\n{body}"
        )
        self._sip.sendto(text.replace("\n", "\r\n").encode(), self._to)

    def say(self, code: int) -> None:
        """One packet of PCMA."""
        assert self.invite is not None
        port = int(self.invite.body.split(b"m=audio ")[1].split()[0])
        self._sequence += 1
        head = struct.pack("!BBHII", 0x80, 8, self._sequence, 160 * self._sequence, 7)
        self._rtp.sendto(head + bytes([code]) * 160, ("127.0.0.1", port))


@contextmanager
def gateway() -> Iterator[Gateway]:
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sip,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as rtp,
    ):
        for made in (sip, rtp):
            made.bind(("127.0.0.1", 0))
            made.settimeout(5)
        yield Gateway(sip, rtp)


@pytest.mark.parametrize(("status", "tone"), [(404, "vacant"), (484, "vacant"), (486, "busy"), (503, "congestion")])
async def test_an_announcement_before_the_answer_is_heard_and_a_refusal_ends_it(status: int, tone: str) -> None:
    with gateway() as far:
        board = SipBoard.from_settings(
            {"lines": 1, "port": 0, "rtp_timeout_s": 0.1, "line_1": {"gateway": far.address}}, VirtualTime()
        )
        assert Capability.EN_BLOC in board.ports[0].capabilities
        facts: list[Signal] = []
        async with board.open() as ticks:
            await anext(ticks)
            board.hook(0, Hook.OFF)
            board.dial(0, "13900001111")
            far.take()
            far.answer(180)
            far.answer(183, sounds=True)
            for _ in range(20):  # longer than `rtp_timeout_s`: they may be silent while it rings
                tick = await anext(ticks)
                facts += tick.signals
            assert (tick.heard[0] == RINGBACK).all()
            for _ in range(6):
                far.say(0x2A)
                tick = await anext(ticks)
                facts += tick.signals
            assert abs(int(tick.heard[0, 0])) > 1000
            assert len(set(tick.heard[0].tolist())) == 1
            far.answer(status)
            for _ in range(4):
                tick = await anext(ticks)
                facts += tick.signals
            assert not tick.heard.any()
        tones = [fact.tone for fact in facts if isinstance(fact, ToneRead)]
        assert tones == ["ringback", tone]
        assert not [fact for fact in facts if isinstance(fact, LineFault)]


async def test_keys_that_are_none_are_refused_in_words() -> None:
    async with pair(NEAR) as both:
        await both.talk()
        with pytest.raises(Unsupported, match="these keys"):
            both.far.dial(0, "1,2")
