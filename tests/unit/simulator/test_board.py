"""The simulated board's own ways, beside `tests/contract`: faults on demand, gains, its queue and its settings."""

import asyncio
from importlib.metadata import entry_points

import numpy as np
import pytest

from drivers.base import BoardLost, Hook, LineFault, LineOk, RingOn, Signal
from simulator.board import SimulatedBoard
from simulator.dial_plan import Fate, Route
from simulator.exchange import Exchange
from simulator.line_model import LineModel, Release
from simulator.pace import RealTime, VirtualTime

CLEAN = LineModel(noise_dbm0=-90.0, echo_return_loss_db=90.0, companded=False)
CLICK = np.zeros((2, 160), np.int16)
CLICK[0, 0] = 8000


def board(model: LineModel = CLEAN, *, queue_ticks: int = 0) -> SimulatedBoard:
    exchange = Exchange([model] * 2, np.random.default_rng(1))
    return SimulatedBoard(exchange, VirtualTime(), transmit_queue_ticks=queue_ticks)


# --- faults -------------------------------------------------------------------------------------------------------


async def test_a_lost_board_says_why_and_does_not_open_until_it_is_back() -> None:
    made = board()
    async with made.open() as ticks:
        await anext(ticks)
        made.hook(0, Hook.OFF)
        made.lose("pulled out")
        with pytest.raises(BoardLost, match="pulled out"):
            await anext(ticks)
    assert made.exchange.condition(0).hook is Hook.ON
    assert made.health().alarms == ("pulled out",)
    with pytest.raises(BoardLost, match="pulled out"):
        async with made.open():
            pass
    made.restore()
    async with made.open() as ticks:
        assert (await anext(ticks)).at == 160


async def test_facts_count_from_the_opening_whatever_the_exchange_has_lived_through() -> None:
    made = board()
    made.exchange.skip(16000)
    async with made.open() as ticks:
        made.exchange.dial(1)
        assert (await anext(ticks)).signals == (RingOn(1, 0),)


async def test_a_board_that_falls_silent_ticks_again_when_it_is_restored() -> None:
    made = board()
    async with made.open() as ticks:
        await anext(ticks)
        made.fall_silent()
        waiting = asyncio.ensure_future(anext(ticks))
        for _ in range(5):
            await asyncio.sleep(0)
        assert not waiting.done()
        made.restore()
        assert (await waiting).at == 320


async def test_a_removed_port_is_silent_and_on_hook_and_says_so_and_comes_back() -> None:
    made = board(LineModel(noise_dbm0=-40.0))
    facts: list[Signal] = []
    async with made.open() as ticks:
        await anext(ticks)
        made.hook(0, Hook.OFF)
        made.remove_port(0)
        made.hook(0, Hook.OFF)
        made.exchange.dial(0)
        tick = await anext(ticks)
        facts += tick.signals
        assert not tick.heard[0].any()
        assert tick.heard[1].any()
        assert made.exchange.condition(0).hook is Hook.ON
        assert made.health().alarms == ("port 0 is removed",)
        made.return_port(0)
        tick = await anext(ticks)
        assert tick.heard[0].any()
        facts += tick.signals
    assert facts == [LineFault(0, 160, "the port was removed"), LineOk(0, 320)]


async def test_ticks_that_are_lost_make_the_time_jump() -> None:
    now = 0.0

    async def sleep(seconds: float) -> None:
        nonlocal now
        now += seconds

    made = SimulatedBoard(
        Exchange([CLEAN], np.random.default_rng(1)), RealTime(backlog_ticks=3, clock=lambda: now, sleep=sleep)
    )
    async with made.open() as ticks:
        await anext(ticks)
        now += 0.2
        made.speak(np.zeros((1, 160), np.int16))
        assert (await anext(ticks)).at == 160 * 11
        health = made.health()
    assert (health.ticks, health.ticks_lost, health.ticks_late) == (2, 9, 1)
    assert (health.frames_dropped, health.underruns) == (1, 1)


# --- transmission -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("queue_ticks", [0, 2])
async def test_the_transmit_delay_is_what_the_door_says(queue_ticks: int) -> None:
    """A frame spoken with tick A is heard back, by the line's echo, from sample A + delay on."""
    made = board(LineModel(noise_dbm0=-90.0, echo_return_loss_db=6.0, echo_delay_ms=0.0), queue_ticks=queue_ticks)
    async with made.open() as ticks:
        await anext(ticks)
        made.exchange.dial(0)
        made.hook(0, Hook.OFF)
        await anext(ticks)
        made.speak(CLICK)
        heard = np.concatenate([(await anext(ticks)).heard[0] for _ in range(queue_ticks + 2)])  # from A on
    assert made.transmit_delay_samples == queue_ticks * 160
    assert int(np.argmax(heard)) == made.transmit_delay_samples


async def test_gains_work_in_both_directions() -> None:
    made = board()
    async with made.open() as ticks:
        await anext(ticks)
        made.gain(0, rx_db=6.0, tx_db=-6.0)
        made.exchange.dial(0)
        made.hook(0, Hook.OFF)
        await anext(ticks)
        made.exchange.handset(0).say(np.full(320, 1000, np.int16))
        made.speak(np.full((2, 160), 1000, np.int16))
        tick = await anext(ticks)
    line = 10 ** (-6 / 20)
    assert tick.heard[0, 80] == pytest.approx(1000 * line / line, abs=5)
    assert made.exchange.handset(0).heard[80] == pytest.approx(1000 * line * line, abs=5)


# --- settings -----------------------------------------------------------------------------------------------------


def test_the_entry_point_finds_the_board() -> None:
    (point,) = entry_points(group="hospital_cti.boards", name="simulated")
    assert point.load() is SimulatedBoard


def test_settings_without_a_word_are_eight_ordinary_lines() -> None:
    made = SimulatedBoard.from_settings({})
    assert made.exchange.models == (LineModel(),) * 8
    assert len(made.ports) == 8


def test_settings_shape_all_lines_and_single_ones() -> None:
    made = SimulatedBoard.from_settings(
        {"lines": 3, "seed": 5, "noise_dbm0": -50, "loop_drop_ms": 400, "line_3": {"noise_dbm0": -40.5}}
    )
    assert made.exchange.models[:2] == (LineModel(noise_dbm0=-50, loop_drop_ms=400),) * 2
    assert made.exchange.models[2] == LineModel(noise_dbm0=-40.5, loop_drop_ms=400)


def test_settings_say_what_becomes_of_dialled_numbers_and_how_an_exchange_behaves() -> None:
    made = SimulatedBoard.from_settings(
        {"lines": 2, "dial_tone": "special", "release": "silence", "dial_plan": {"9xx": "answer 1", "802": "line 2"}}
    )
    assert made.exchange.dial_plan.route("912") == Route(fate=Fate.ANSWER, rings=1)
    assert made.exchange.dial_plan.route("802") == Route(fate=Fate.LINE, line=2)
    assert made.exchange.models[1].release is Release.SILENCE


def test_faults_of_a_dial_plan_are_told_with_their_key() -> None:
    with pytest.raises(ValueError) as refusal:
        SimulatedBoard.from_settings({"lines": 2, "dial_plan": {"9": "line 3", "8": "gone"}, "dial_tone": "loud"})
    assert [line.split(":")[0] for line in str(refusal.value).splitlines()] == [
        "dial_plan.9",
        "dial_plan.8",
        "dial_tone",
    ]
    with pytest.raises(ValueError, match="dial_plan"):
        SimulatedBoard.from_settings({"dial_plan": "busy"})


def test_all_faults_of_the_settings_are_told_at_once_each_with_its_key() -> None:
    with pytest.raises(ValueError) as refusal:
        SimulatedBoard.from_settings(
            {
                "lines": 0,
                "seed": "one",
                "noise": -50,
                "noise_dbm0": "loud",
                "companded": 1,
                "line_9": {},
                "line_1": {"echo_delay_ms": 80},
                "loop_drop_ms": 2.5,
            }
        )
    faults = str(refusal.value).splitlines()
    assert len(faults) == 8
    for key in ("lines:", "seed:", "noise:", "noise_dbm0:", "companded:", "line_9:", "loop_drop_ms:"):
        assert any(fault.startswith(key) for fault in faults), key
    assert "line_1.echo_delay_ms: 80 is not between 0 and 8" in faults


def test_a_model_out_of_range_is_refused_by_its_field() -> None:
    with pytest.raises(ValueError, match="dtmf_twist_db"):
        LineModel(dtmf_twist_db=20.0)
