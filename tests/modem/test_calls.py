"""Whole calls with the emulated modem, in virtual time: what the door tells and what the far end hears."""

import numpy as np
import pytest

from drivers.base import (
    CallerIdRead,
    DialDone,
    DtmfDown,
    DtmfUp,
    Hook,
    LineFault,
    LoopOpen,
    Polarity,
    RingOff,
    RingOn,
    ToneRead,
)
from drivers.modem.codings import Coding
from drivers.modem.session import State
from modem.bench import ModemBench
from modem.emulator import Make
from modem.house import NUMBER, PROMPT, SECOND, VOICE, House, loudest_hz


async def test_a_call_is_answered_greeted_recorded_and_ends_with_busy_tone() -> None:
    bench = ModemBench()
    async with bench.board.open() as ticks:
        house = House(bench, ticks)
        await house.answers()
        house.saying = PROMPT[: 2 * 8000]
        await house.until(lambda: house.session.state is State.SPEAKING)
        await house.until(lambda: house.session.state is State.LISTENING)
        heard = np.concatenate(house.modem.all_heard)
        assert loudest_hz(heard) == pytest.approx(440, abs=2)
        assert len(np.trim_zeros(heard)) == pytest.approx(2 * 8000, abs=200)  # nothing of the prompt is lost
        assert house.modem.underruns == 0
        house.modem.say(VOICE)
        await house.passes(2 * SECOND)
        assert house.hz() == pytest.approx(700, abs=2)
        house.modem.busy()
        await house.until(lambda: house.of(ToneRead))
        assert house.of(ToneRead)[0].tone == "busy"
        bench.board.hook(0, Hook.ON)
        await house.until(lambda: not house.modem.off_hook, within=SECOND)
        assert house.modem.commands[-1] == "+VLS=0"
        await house.until(lambda: house.modem.commands[-1] == "+FCLASS=8", within=SECOND)
    assert not house.of(LineFault)


async def test_the_callers_number_comes_between_the_rings() -> None:
    bench = ModemBench()
    async with bench.board.open() as ticks:
        house = House(bench, ticks)
        await house.until(lambda: house.session.state is State.ON_HOOK)
        house.modem.ring(NUMBER)
        await house.until(lambda: len(house.of(RingOn)) == 2)
    kinds = [type(fact) for fact in house.facts]
    assert kinds == [RingOn, RingOff, CallerIdRead, RingOn]
    (told,) = house.of(CallerIdRead)
    assert told.number == NUMBER
    assert NUMBER not in repr(house.facts)


async def test_a_key_in_a_prompt_is_heard_and_cuts_the_prompt_when_the_house_falls_silent() -> None:
    bench = ModemBench()
    async with bench.board.open() as ticks:
        house = House(bench, ticks)
        await house.answers()
        house.saying = PROMPT
        await house.until(lambda: np.any(house.modem.heard))
        await house.passes(SECOND)
        house.modem.key("5")
        await house.until(lambda: house.of(DtmfDown))
        house.saying = house.saying[:0]
        await house.until(lambda: house.session.state is State.LISTENING, within=SECOND // 2)
        assert [fact.digit for fact in house.of(DtmfDown)] == ["5"]
        await house.until(lambda: house.of(DtmfUp))
        assert house.of(DtmfUp)[0].length_ms == pytest.approx(140, abs=20)


async def test_keys_without_marks_are_keys_too() -> None:
    bench = ModemBench((Make(marks_keys=False),))
    async with bench.board.open() as ticks:
        house = House(bench, ticks)
        await house.answers()
        for digit in "1#":
            house.modem.key(digit)
            await house.passes(SECOND // 2)
    assert [fact.digit for fact in house.of(DtmfDown)] == ["1", "#"]
    assert [fact.digit for fact in house.of(DtmfUp)] == ["1", "#"]


async def test_what_is_said_while_it_records_waits_and_what_does_not_fit_is_dropped_in_words() -> None:
    """A modem that takes 2 s for each reply: the change of turn lasts longer than the queue of 3 s."""
    bench = ModemBench((Make(reply_samples=2 * 8000),))
    async with bench.board.open() as ticks:
        house = House(bench, ticks)
        await house.answers(within=120 * SECOND)
        house.saying = PROMPT[: 6 * 8000]
        await house.until(lambda: house.session.state is State.SPEAKING)
        await house.until(lambda: house.session.state is State.LISTENING)
        health = bench.board.health()
        assert SECOND // 2 < health.frames_dropped < 2 * SECOND
        assert any("half duplex" in alarm for alarm in health.alarms)
        heard = np.trim_zeros(np.concatenate(house.modem.all_heard))
        assert len(heard) == pytest.approx(6 * 8000 - health.frames_dropped * 160, abs=400)


async def test_a_long_speech_is_interrupted_to_hear_whether_the_caller_is_still_there() -> None:
    bench = ModemBench()
    async with bench.board.open() as ticks:
        house = House(bench, ticks)
        await house.answers()
        house.saying = PROMPT[: 8000 * 30]
        await house.until(lambda: house.session.state is State.SPEAKING)
        await house.until(lambda: house.session.state is State.LISTENING, within=21 * SECOND)
        house.modem.say(VOICE)
        await house.passes(2 * SECOND)
        assert house.session.state is State.LISTENING
        assert house.hz() == pytest.approx(700, abs=2)
        await house.until(lambda: house.session.state is State.SPEAKING, within=SECOND)


async def test_loop_polarity_and_silence_codes_are_facts() -> None:
    bench = ModemBench()
    async with bench.board.open() as ticks:
        house = House(bench, ticks)
        await house.answers()
        for char in "lLLq":
            house.modem.code(char)
        await house.passes(3)
    assert len(house.of(LoopOpen)) == 1
    assert [fact.reversed for fact in house.of(Polarity)] == [True, False]
    assert [fact.tone for fact in house.of(ToneRead)] == ["silence"]


async def test_the_house_dials_by_the_modem() -> None:
    bench = ModemBench()
    async with bench.board.open() as ticks:
        house = House(bench, ticks)
        await house.until(lambda: house.session.state is State.ON_HOOK)
        bench.board.hook(0, Hook.OFF)
        bench.modem_board.dial(0, "114")
        await house.until(lambda: house.of(DialDone))
        assert "DT114;" in house.modem.commands
        await house.until(lambda: house.session.state is State.LISTENING)


# --- what modems differ in ------------------------------------------------------------------------------------------


async def test_a_modem_that_knows_the_long_form_only_is_asked_again() -> None:
    bench = ModemBench((Make(short_vsm=False),))
    async with bench.board.open() as ticks:
        house = House(bench, ticks)
        await house.answers()
    selects = [each for each in house.modem.commands if each.startswith("+VSM=") and each != "+VSM=?"]
    assert selects == ["+VSM=1,8000", "+VSM=1,8000,0,0"]


async def test_the_best_coding_is_chosen_by_its_name() -> None:
    vsm = ('1,"UNSIGNED PCM",8,0,(8000),(0),(0)', '133,"16-BIT LINEAR",16,0,(8000),(0),(0)', '129,"ADPCM",4,0,(8000)')
    bench = ModemBench((Make(vsm=vsm),))
    async with bench.board.open() as ticks:
        house = House(bench, ticks)
        await house.answers()
        assert house.session.audio.coding is Coding.LINEAR_16
        house.modem.say(VOICE)
        await house.passes(2 * SECOND)
        assert house.hz() == pytest.approx(700, abs=2)
        assert np.abs(house.heard[-1]).max() == pytest.approx(8000, abs=30)


async def test_a_family_is_known_by_what_it_says_of_itself() -> None:
    bench = ModemBench((Make(ident=("56000", "CX93001-EIS_V0.2013-V92")),))
    async with bench.board.open() as ticks:
        house = House(bench, ticks)
        await house.until(lambda: house.session.state is State.ON_HOOK)
        assert house.session.family.name == "conexant"
        assert "-SCID=1;+VCID=1" in house.modem.commands


async def test_the_older_command_set_at_7200_hz_works_too() -> None:
    bench = ModemBench((Make(ident=("14400", "RC144DPi Rev 05BA"), rockwell=True, rate=7200),))
    async with bench.board.open() as ticks:
        house = House(bench, ticks)
        await house.answers()
        assert house.session.family.name == "rockwell"
        assert "#VLS=4" in house.modem.commands
        house.modem.say((8000 * np.sin(2 * np.pi * 700 * np.arange(7200 * 20) / 7200)).astype(np.int16))
        await house.passes(2 * SECOND)
        assert house.hz() == pytest.approx(700, abs=2)
        house.saying = PROMPT[:16000]
        await house.until(lambda: house.session.state is State.SPEAKING)
        await house.until(lambda: house.session.state is State.LISTENING)
        played = np.trim_zeros(np.concatenate(house.modem.all_heard))
        assert len(played) == pytest.approx(2 * 7200, abs=200)
        assert loudest_hz(played) * 7200 / 8000 == pytest.approx(440, abs=2)
        bench.board.hook(0, Hook.ON)
        await house.until(lambda: not house.modem.off_hook, within=SECOND)
    assert not house.of(LineFault)


# --- long runs ------------------------------------------------------------------------------------------------------


async def test_a_hundred_calls_leave_nothing_behind() -> None:
    bench = ModemBench((Make(),))
    async with bench.board.open() as ticks:
        house = House(bench, ticks)
        for _ in range(100):
            await house.answers()
            house.saying = PROMPT[:4000]
            await house.passes(SECOND)
            house.modem.key("3")
            await house.until(lambda: house.of(DtmfUp))
            house.modem.busy()
            await house.until(lambda: house.of(ToneRead))
            bench.board.hook(0, Hook.ON)
            await house.until(lambda: house.session.state is State.ON_HOOK)
            assert [fact.digit for fact in house.of(DtmfDown)] == ["3"]
            assert not house.of(LineFault)
            house.facts.clear()
            house.heard.clear()
            house.modem.all_heard.clear()
        await house.passes(SECOND)
        session = house.session
        assert not session.audio.heard._waiting
        assert not session.mouth.waits
        assert len(session._out) == len(session._script) == 0
        assert session.counters.faults == session.counters.garbage_lines == 0
