"""What every board promises of telephones at the one door: FXS ports, SIP telephones, whatever rings."""

from collections.abc import AsyncIterator
from itertools import pairwise

import numpy as np
import pytest

from contract.telephone_benches import TelephoneBench
from contract.test_board import LOUD, TICKS_PER_S, VOICE, level, take
from drivers.base import (
    TICK_SAMPLES,
    Capability,
    Hook,
    HookChanged,
    HookFlash,
    PortKind,
    RingOff,
    RingOn,
    Signal,
    Tick,
    Unsupported,
)
from drivers.capabilities import can, cannot

REGISTERED_TICKS = 20  # telephones that must say first where they are


async def ready(desk: TelephoneBench, ticks: AsyncIterator[Tick]) -> tuple[int, int]:
    """Two telephones that are there."""
    await take(ticks, REGISTERED_TICKS)
    return desk.telephones[0], desk.telephones[1]


async def hands(desk: TelephoneBench, ticks: AsyncIterator[Tick]) -> list[Signal]:
    """What the board tells of hooks while a hand's deed takes effect."""
    told = [fact for tick in await take(ticks, desk.hand_ticks) for fact in tick.signals]
    return [fact for fact in told if isinstance(fact, HookChanged | HookFlash)]


async def rings_within(desk: TelephoneBench, ticks: AsyncIterator[Tick], port: int, count: int = 15) -> bool:
    for _ in range(count):
        if desk.rings(port):
            return True
        await anext(ticks)
    return desk.rings(port)


def moved(port: int, facts: list[Signal], position: Hook) -> bool:
    """The port told this once, and nothing else."""
    return [(fact.port, fact.position) for fact in facts if isinstance(fact, HookChanged)] == [
        (port, position)
    ] and len(facts) == 1


def spoken(desk: TelephoneBench, port: int) -> np.ndarray:
    frame = np.zeros((len(desk.board.ports), TICK_SAMPLES), np.int16)
    frame[port] = VOICE[:TICK_SAMPLES]
    return frame


# --- what it says of itself ---------------------------------------------------------------------------------------


def test_ports_of_telephones_are_fxs_and_ring(desk: TelephoneBench) -> None:
    """And say in words what they can and cannot (`cti lines --capabilities`)."""
    for port in desk.telephones:
        info = desk.board.ports[port]
        assert (info.port, info.kind) == (port, PortKind.FXS)
        assert info.capabilities & Capability.RING_GEN
        assert "ring its telephone" in can(info)
        assert not set(can(info)) & set(cannot(info))


async def test_a_telephone_is_not_flashed_by_us(desk: TelephoneBench) -> None:
    async with desk.board.open() as ticks:
        port, _ = await ready(desk, ticks)
        with pytest.raises(Unsupported, match=rf"\b{port}\b"):
            desk.board.flash(port, 300)


# --- bell and hook ------------------------------------------------------------------------------------------------


async def test_a_telephone_rings_until_it_is_told_to_stop(desk: TelephoneBench) -> None:
    """The other one does not, and no line's ring is told: nobody calls the house."""
    async with desk.board.open() as ticks:
        port, other = await ready(desk, ticks)
        desk.board.ring(port, on=True)
        assert await rings_within(desk, ticks, port)
        assert not desk.rings(other)
        desk.board.ring(port, on=False)
        facts = [fact for tick in await take(ticks, 15) for fact in tick.signals]
        assert not desk.rings(port)
        assert not [fact for fact in facts if isinstance(fact, RingOn | RingOff | HookChanged) and fact.port == port]


async def test_lifting_a_telephone_that_rings_is_told_once_and_ends_the_ringing(desk: TelephoneBench) -> None:
    async with desk.board.open() as ticks:
        port, _ = await ready(desk, ticks)
        desk.board.ring(port, on=True)
        assert await rings_within(desk, ticks, port)
        desk.lift(port)
        assert moved(port, await hands(desk, ticks), Hook.OFF)
        assert not desk.rings(port)


async def test_stopping_the_bell_of_a_lifted_telephone_ends_no_call(desk: TelephoneBench) -> None:
    """The house says so when it hears of the lifting."""
    async with desk.board.open() as ticks:
        port, _ = await ready(desk, ticks)
        desk.board.ring(port, on=True)
        assert await rings_within(desk, ticks, port)
        desk.lift(port)
        await hands(desk, ticks)
        desk.board.ring(port, on=False)
        assert await hands(desk, ticks) == []


async def test_a_telephone_that_is_lifted_by_itself_is_told_too(desk: TelephoneBench) -> None:
    async with desk.board.open() as ticks:
        port, _ = await ready(desk, ticks)
        desk.lift(port)
        assert moved(port, await hands(desk, ticks), Hook.OFF)


async def test_replacing_is_told_and_the_telephone_can_ring_again(desk: TelephoneBench) -> None:
    async with desk.board.open() as ticks:
        port, _ = await ready(desk, ticks)
        desk.board.ring(port, on=True)
        assert await rings_within(desk, ticks, port)
        desk.lift(port)
        await hands(desk, ticks)
        desk.replace(port)
        assert moved(port, await hands(desk, ticks), Hook.ON)
        desk.board.ring(port, on=True)
        assert await rings_within(desk, ticks, port)


async def test_a_flash_is_told_and_is_no_goodbye(desk: TelephoneBench) -> None:
    async with desk.board.open() as ticks:
        port, _ = await ready(desk, ticks)
        desk.board.ring(port, on=True)
        assert await rings_within(desk, ticks, port)
        desk.lift(port)
        await hands(desk, ticks)
        desk.flash(port)
        (flash,) = await hands(desk, ticks)
        assert isinstance(flash, HookFlash)
        assert flash.port == port
        assert flash.length_ms > 0


async def test_facts_of_telephones_lie_within_their_tick(desk: TelephoneBench) -> None:
    async with desk.board.open() as ticks:
        port, _ = await ready(desk, ticks)
        desk.lift(port)
        before = await anext(ticks)
        heard = await take(ticks, desk.hand_ticks)
    for earlier, tick in pairwise([before, *heard]):
        assert all(earlier.at <= fact.at <= tick.at for fact in tick.signals)


async def test_a_telephone_that_can_be_put_down_from_here_says_so_when_it_was(desk: TelephoneBench) -> None:
    """Others wait for their hand, and say that they do."""
    async with desk.board.open() as ticks:
        port, _ = await ready(desk, ticks)
        if not desk.board.ports[port].capabilities & Capability.CLEARS_PHONE:
            assert any("its hand" in words for words in cannot(desk.board.ports[port]))
            return
        desk.board.ring(port, on=True)
        assert await rings_within(desk, ticks, port)
        desk.lift(port)
        await hands(desk, ticks)
        desk.board.hook(port, Hook.ON)
        assert moved(port, await hands(desk, ticks), Hook.ON)
        desk.board.ring(port, on=True)
        assert await rings_within(desk, ticks, port)


# --- voice --------------------------------------------------------------------------------------------------------


async def test_telephone_and_house_hear_each_other_from_the_lifting_on(desk: TelephoneBench) -> None:
    async with desk.board.open() as ticks:
        port, other = await ready(desk, ticks)
        desk.board.ring(port, on=True)
        assert await rings_within(desk, ticks, port)
        desk.lift(port)
        await hands(desk, ticks)
        desk.say(port, VOICE)
        heard = 0.0
        for _ in range(TICKS_PER_S):
            tick = await anext(ticks)
            heard = max(heard, level(tick, port))
            assert level(tick, other) < LOUD
            desk.board.speak(spoken(desk, port))
        assert heard > LOUD
        assert desk.hears(port) > LOUD
        assert desk.hears(other) < LOUD


async def test_a_telephone_on_its_hook_is_deaf_and_mute(desk: TelephoneBench) -> None:
    async with desk.board.open() as ticks:
        port, _ = await ready(desk, ticks)
        desk.say(port, VOICE)
        for _ in range(TICKS_PER_S // 2):
            assert level(await anext(ticks), port) < LOUD
            desk.board.speak(spoken(desk, port))
        assert desk.hears(port) < LOUD


async def test_leaving_ends_the_ringing(desk: TelephoneBench) -> None:
    async with desk.board.open() as ticks:
        port, _ = await ready(desk, ticks)
        desk.board.ring(port, on=True)
        assert await rings_within(desk, ticks, port)
    assert not desk.rings(port)
