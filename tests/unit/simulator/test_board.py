"""The simulated board's own ways, beside `tests/contract`: faults on demand, gains, its queue and its settings."""

import asyncio
from importlib.metadata import entry_points

import numpy as np
import pytest

from drivers.base import BoardLost, Hook, HookChanged, LineFault, LineOk, PortKind, RingOn, Signal, Unsupported
from drivers.capabilities import can, cannot
from simulator.board import SimulatedBoard
from simulator.dial_plan import Fate, Route
from simulator.exchange import Exchange
from simulator.extension_model import ExtensionModel
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


# --- telephones ---------------------------------------------------------------------------------------------------


def board_with_telephones(count: int = 2) -> SimulatedBoard:
    return SimulatedBoard.from_settings({"lines": 2, "extensions": count, "seed": 4}, VirtualTime())


def test_telephones_follow_the_lines_and_say_what_they_can() -> None:
    made = board_with_telephones()
    assert [(info.port, info.kind) for info in made.ports] == [
        (0, PortKind.FXO),
        (1, PortKind.FXO),
        (2, PortKind.FXS),
        (3, PortKind.FXS),
    ]
    assert "ring its telephone" in can(made.ports[2])
    assert "reverse polarity" in cannot(made.ports[2])
    assert any("90 to 600 ms" in remark for remark in made.ports[2].remarks)


async def test_a_lifted_telephone_is_told_with_the_board_s_port_and_time() -> None:
    made = board_with_telephones()
    async with made.open() as ticks:
        await anext(ticks)
        made.extensions.telephones[1].lift()
        fact = next(fact for fact in [fact for _ in range(5) for fact in (await anext(ticks)).signals])
    assert fact == HookChanged(3, fact.at, Hook.OFF)
    assert 160 < fact.at < 480


async def test_a_telephone_s_hook_is_its_own() -> None:
    made = board_with_telephones()
    async with made.open() as ticks:
        await anext(ticks)
        with pytest.raises(Unsupported, match=r"port 2 .*telephone"):
            made.hook(2, Hook.OFF)
        with pytest.raises(Unsupported, match=r"port 3 .*telephone"):
            made.flash(3, 300)
        with pytest.raises(Unsupported, match="port 1 "):
            made.ring(1, on=True)
        with pytest.raises(ValueError, match="port 4"):
            made.ring(4, on=True)


async def test_a_removed_telephone_port_is_dead_and_a_lifted_handset_is_told_on_its_return() -> None:
    made = board_with_telephones()
    facts: list[Signal] = []
    async with made.open() as ticks:
        await anext(ticks)
        made.ring(2, on=True)
        assert made.line_state(2).ringing
        made.remove_port(2)
        assert not made.line_state(2).ringing
        assert made.line_state(2).fault == "the port was removed"
        made.extensions.telephones[0].lift()
        for _ in range(5):
            tick = await anext(ticks)
            facts += tick.signals
            assert not tick.heard[2].any()
        made.return_port(2)
        for _ in range(5):
            facts += (await anext(ticks)).signals
    assert [type(fact) for fact in facts] == [LineFault, LineOk, HookChanged]


async def test_a_board_that_closes_rings_no_more_and_one_that_opens_sees_who_is_lifted() -> None:
    made = board_with_telephones()
    async with made.open() as ticks:
        await anext(ticks)
        made.ring(3, on=True)
        made.extensions.telephones[0].lift()
        await anext(ticks)
        assert made.extensions.telephones[1].bell
    assert not made.extensions.telephones[1].bell
    async with made.open() as ticks:
        (fact,) = [fact for _ in range(5) for fact in (await anext(ticks)).signals]
    assert fact == HookChanged(2, fact.at, Hook.OFF)


async def test_the_same_lines_live_the_same_with_and_without_telephones() -> None:
    """A telephone more changes no sample of a line."""
    heard = []
    for made in (board_with_telephones(0), board_with_telephones(3)):
        async with made.open() as ticks:
            made.exchange.dial(0)
            made.hook(0, Hook.OFF)
            heard.append([(await anext(ticks)).heard[:2] for _ in range(10)])
    np.testing.assert_array_equal(*heard)


def test_settings_shape_all_telephones_and_single_ones() -> None:
    made = SimulatedBoard.from_settings(
        {"lines": 1, "extensions": 2, "telephone": {"flash_max_ms": 900}, "extension_2": {"line_test_ms": 200}}
    )
    assert made.extensions.models == (
        ExtensionModel(flash_max_ms=900),
        ExtensionModel(flash_max_ms=900, line_test_ms=200),
    )


def test_faults_of_telephones_are_told_with_their_keys() -> None:
    with pytest.raises(ValueError) as refusal:
        SimulatedBoard.from_settings(
            {"extensions": 1, "telephone": {"bounce": 1}, "extension_1": {"flash_max_ms": 5}, "extension_2": {}}
        )
    keys = [line.split(":")[0] for line in str(refusal.value).splitlines()]
    assert keys == ["telephone.bounce", "extension_1.flash_max_ms", "extension_2"]
    for wrong in ({"extensions": -1}, {"extension_1": {}}, {"extensions": 1, "extension_1": 3}, {"telephone": 3}):
        with pytest.raises(ValueError, match=r"extension|telephone"):
            SimulatedBoard.from_settings(wrong)
