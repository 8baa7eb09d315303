"""A board on real sockets of the loopback, in virtual time: faults take one port only, and floods take nothing."""

import socket
import struct

import pytest

from drivers.base import (
    CallerIdRead,
    DialDone,
    DtmfBy,
    DtmfDown,
    DtmfUp,
    FarEndAnswered,
    FarEndCleared,
    Hook,
    HookChanged,
    LineFault,
    LineOk,
    RingOff,
    RingOn,
    ToneRead,
    Unsupported,
)
from drivers.sip.board import SipBoard
from simulator.pace import VirtualTime
from unit.drivers.sip.sip_pair import Pair, pair
from unit.drivers.sip.sip_wire import INVITE


async def test_a_call_rings_with_its_number_and_ends_in_words() -> None:
    async with pair() as both:
        await both.talk()
        both.far.hook(0, Hook.ON)
        await both.run(3)
    assert [kind for kind in both.kinds() if kind is not DtmfBy] == [RingOn, CallerIdRead, FarEndCleared]


async def test_a_caller_who_gives_up_stops_the_ring() -> None:
    async with pair() as both:
        both.far.dial(0, "100")
        await both.run(5)
        both.far.hook(0, Hook.ON)
        await both.run(300)
    assert both.kinds() == [RingOn, CallerIdRead, RingOff, FarEndCleared]


async def test_a_call_of_ours_is_told_step_by_step() -> None:
    async with pair() as both:
        both.far.dial(0, "100")
        await both.run(3)
        both.near.hook(0, Hook.OFF)
        await both.run(3)
        both.far.dial(0, "1*")
        await both.run(30)
    assert [type(fact) for fact in both.far_facts] == [DialDone, ToneRead, FarEndAnswered, DialDone]
    assert [fact.digit for fact in both.facts if isinstance(fact, DtmfDown)] == ["1", "*"]


async def test_a_key_and_a_goodbye_that_came_while_we_stood_still_are_both_heard() -> None:
    async with pair() as both:
        both.far.dial(0, "100")
        await both.run(3)
        both.near.hook(0, Hook.OFF)
        far_ticks = both._ticks[1]
        for tick in range(40):  # 0.8 s of theirs
            await anext(far_ticks)
            if tick == 2:
                both.far.dial(0, "5")
            if tick == 30:
                both.far.hook(0, Hook.ON)
        await both.run(2)
    told = [type(fact) for fact in both.facts if isinstance(fact, DtmfDown | DtmfUp | FarEndCleared)]
    assert told == [DtmfDown, DtmfUp, FarEndCleared]


async def test_a_call_without_rfc_4733_leaves_its_keys_to_the_ears() -> None:
    async with pair(far={"dtmf": "inband"}) as both:
        await both.talk()
        assert DtmfBy(0, both.facts[-1].at, board=False) in both.facts
        with pytest.raises(Unsupported, match="port 0"):
            both.far.dial(0, "5")


async def test_silence_on_the_line_is_a_fault_of_one_port_until_the_call_is_over() -> None:
    async with pair({"rtp_timeout_s": 1.0}) as both:
        await both.talk()
        both.far_speaks = False
        both.far._lines.speak = lambda _: None  # the far host sends nothing at all, not even silence
        await both.run(60)
        (fault,) = [fact for fact in both.facts if isinstance(fact, LineFault)]
        assert fault.port == 0
        assert "nothing was heard from 127.0.0.1" in fault.reason
        assert both.near.health().alarms == (f"port 0: {fault.reason}",)
        both.near.hook(0, Hook.ON)
        await both.run(200)
        assert isinstance(both.facts[-1], LineFault)  # for a while, so that people see it
        await both.run(60)
        assert isinstance(both.facts[-1], LineOk)
        assert both.near.health().alarms == ()


async def test_a_line_that_fell_silent_is_back_at_once_when_it_is_called_again() -> None:
    async with pair({"line_1": {"user": "100"}, "rtp_timeout_s": 0.2}) as both:
        await both.talk()
        quiet, both.far._lines.speak = both.far._lines.speak, lambda _: None
        await both.run(15)
        both.near.hook(0, Hook.ON)
        both.far._lines.speak = quiet
        both.facts.clear()
        both.far.dial(1, "100")
        await both.run(3)
        assert both.kinds() == [LineOk, RingOn, CallerIdRead]


async def test_a_flood_of_invites_and_rtp_does_not_stop_a_call() -> None:
    async with pair() as both:
        await both.talk()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as flood:
            flood.bind(("127.0.0.1", 0))
            rtp = both.near._sockets.rtp_port(0)
            for tick in range(20):
                for number in range(40):
                    text = INVITE.replace("one@", f"{tick}-{number}@").replace("\n", "\r\n")
                    flood.sendto(text.encode(), both.near.address)
                    flood.sendto(struct.pack("!BBHII", 0x80, 8, number, 0, 666) + bytes(160), ("127.0.0.1", rtp))
                await both.run(1)
                assert round(int(both.near_tick.heard[0, 0]), -2) == 2000
        await both.run(60)
        assert not [fact for fact in both.facts if isinstance(fact, FarEndCleared)]


async def test_a_port_that_is_seized_calls_and_hangs_up() -> None:
    async with pair() as both:
        both.far.hook(1, Hook.OFF)
        both.far.dial(1, "100")
        await both.run(3)
        both.far.hook(1, Hook.ON)
        await both.run(3)
        assert both.near.line_state(0).ringing is False
        assert both.far.line_state(1).hook is Hook.ON


async def test_a_telephone_of_ours_rings_is_lifted_and_put_down() -> None:
    phone: dict[str, object] = {"line_1": {"kind": "phone", "user": "801", "password": "p"}}
    async with pair(phone) as both:
        registrar = f"127.0.0.1:{both.near.address[1]}"
        own = {"user": "801", "password": "p", "registrar": registrar, "domain": "127.0.0.1"}
        there = SipBoard.from_settings({"lines": 1, "port": 0, "line_1": own}, VirtualTime())
        async with there.open() as ticks:
            telephone = Pair(both.near, there, both._ticks[0], ticks)
            telephone.far.speak = lambda _: None
            telephone.near.speak = lambda _: None
            await telephone.run(5)
            assert [type(fact) for fact in telephone.facts] == [LineFault, LineOk]
            both.near.ring(0, on=True)
            await telephone.run(3)
            assert RingOn in [type(fact) for fact in telephone.far_facts]
            there.hook(0, Hook.OFF)
            await telephone.run(3)
            there.hook(0, Hook.ON)
            await telephone.run(3)
            hooks = [fact.position for fact in telephone.facts if isinstance(fact, HookChanged)]
            assert hooks == [Hook.OFF, Hook.ON]
            with pytest.raises(Unsupported, match="port 1"):
                both.near.ring(1, on=True)


async def test_ticks_that_were_lost_move_the_time_of_our_packets() -> None:
    class Stalling(VirtualTime):
        stalls = 0

        async def next_tick(self) -> int:
            lost, self.stalls = self.stalls, 0
            await super().next_tick()
            return lost

    pace = Stalling()
    board = SipBoard.from_settings({"lines": 1, "port": 0}, pace)
    async with board.open() as ticks:
        assert (await anext(ticks)).at == 160
        pace.stalls = 3
        assert (await anext(ticks)).at == 160 * 5
        assert board.health().ticks_lost == 3
