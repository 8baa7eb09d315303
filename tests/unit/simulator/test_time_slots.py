"""The simulated board's time slots: bits and sound both ways, faults, and what a port of that kind refuses."""

import numpy as np
import pytest

from drivers.base import CasBits, Hook, LineFault, LineOk, Tick, Unsupported
from dsp.levels import samples
from dsp.tones import Segment, render
from simulator.board import SimulatedBoard
from simulator.exchange import Exchange
from simulator.line_model import LineModel
from simulator.pace import VirtualTime
from simulator.telephone import CallerState, Handset

SLOT = 1  # behind one line of copper
IDLE, SEIZED, ACKNOWLEDGED, ANSWERED = 0b1011, 0b0011, 0b1111, 0b0111
HUM = render([Segment(samples(1000), ((700.0, -10.0),))])


def board_of(lines: int = 1) -> SimulatedBoard:
    return SimulatedBoard(Exchange([LineModel()] * lines, np.random.default_rng(1)), VirtualTime(), time_slots=1)


def bits_in(tick: Tick) -> list[int]:
    return [fact.bits for fact in tick.signals if isinstance(fact, CasBits)]


@pytest.mark.parametrize("lines", [0, 1])
async def test_the_first_tick_tells_what_the_far_end_signals(lines: int) -> None:
    """Also of a board that has time slots alone."""
    board = board_of(lines)
    board.time_slots.block(0, on=True)
    async with board.open() as ticks:
        first = await anext(ticks)
        assert bits_in(first) == [ACKNOWLEDGED]
        assert first.heard.shape == (lines + 1, 160)
        board.time_slots.block(0, on=False)
        assert bits_in(await anext(ticks)) == [IDLE]
        assert bits_in(await anext(ticks)) == []


async def test_a_seizure_and_its_acknowledgement_pass_within_a_tick() -> None:
    board, caller = board_of(), Handset(LineModel(), "13912345678")
    async with board.open() as ticks:
        await anext(ticks)
        assert board.time_slots.dial(0, caller)
        assert bits_in(await anext(ticks)) == [SEIZED]
        board.set_cas(SLOT, ACKNOWLEDGED)
        heard = (await anext(ticks)).heard[SLOT]
        assert np.abs(heard).max() > 1000  # the first digit
        assert caller.state is CallerState.CALLING


async def test_who_talks_is_heard_at_the_other_end_as_loud_as_it_was_said() -> None:
    board = board_of()
    slots = board.time_slots
    async with board.open() as ticks:
        await anext(ticks)
        circuit = slots.circuits[0]
        caller = Handset(LineModel(), "13912345678")
        slots.dial(0, caller)
        circuit.phase = type(circuit.phase).WAITS
        board.set_cas(SLOT, ANSWERED)
        await anext(ticks)
        assert caller.state is CallerState.TALKING
        caller.say(HUM)
        frame = np.zeros((2, 160), np.int16)
        frame[SLOT] = HUM[:160]
        board.speak(frame)
        heard = (await anext(ticks)).heard[SLOT]
        assert heard == pytest.approx(HUM[:160], abs=200)  # A-law
        assert caller.heard == pytest.approx(HUM[:160], abs=200)


async def test_a_removed_port_is_idle_and_silent_and_told_anew_when_it_is_back() -> None:
    board = board_of()
    async with board.open() as ticks:
        await anext(ticks)
        board.set_cas(SLOT, ACKNOWLEDGED)
        board.remove_port(SLOT)
        board.time_slots.block(0, on=True)
        gone = await anext(ticks)
        assert [type(fact) for fact in gone.signals] == [LineFault]
        assert board.line_state(SLOT).hook is Hook.ON
        board.return_port(SLOT)
        back = await anext(ticks)
        assert [type(fact) for fact in back.signals] == [LineOk, CasBits]


async def test_a_time_slot_has_no_hook_no_bell_and_no_flash() -> None:
    board = board_of()
    async with board.open() as ticks:
        await anext(ticks)
        with pytest.raises(Unsupported, match="seize by its bits"):
            board.hook(SLOT, Hook.OFF)
        with pytest.raises(Unsupported, match="no telephone hangs there"):
            board.ring(SLOT, on=True)
        with pytest.raises(Unsupported, match="time slot"):
            board.flash(SLOT, 300)
        with pytest.raises(Unsupported, match="no time slot"):
            board.set_cas(0, SEIZED)
        board.set_cas(SLOT, SEIZED)
        assert board.line_state(SLOT).hook is Hook.OFF
        board.hook(SLOT, Hook.ON)
        assert board.line_state(SLOT).hook is Hook.ON
