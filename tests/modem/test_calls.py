"""Whole calls with the emulated modem, in virtual time: what the door tells and what the far end hears."""

from collections.abc import AsyncIterator, Callable
from dataclasses import replace

import numpy as np
import pytest

from drivers.base import (
    CallerIdRead,
    DialDone,
    DtmfDown,
    DtmfUp,
    Hook,
    LineFault,
    LineOk,
    LoopOpen,
    Polarity,
    RingOff,
    RingOn,
    Signal,
    Tick,
    ToneRead,
)
from drivers.modem.codings import Coding
from drivers.modem.session import State
from modem.bench import ModemBench
from modem.emulator import Make

SECOND = 50
NUMBER = "13800138000"
T = np.arange(8000 * 40) / 8000
VOICE = (8000 * np.sin(2 * np.pi * 700 * T)).astype(np.int16)
PROMPT = (6000 * np.sin(2 * np.pi * 440 * T)).astype(np.int16)


class House:
    """Says something, hears something, on the first port."""

    def __init__(self, bench: ModemBench, ticks: AsyncIterator[Tick]) -> None:
        self.bench = bench
        self.modem = bench.modems[0]
        self.session = bench.modem_board.lines[0].session
        self._ticks = ticks
        self.facts: list[Signal] = []
        self.heard: list[np.ndarray] = []
        self.saying = np.zeros(0, np.int16)

    async def passes(self, ticks: int) -> None:
        for _ in range(ticks):
            tick = await anext(self._ticks)
            self.facts += [fact for fact in tick.signals if fact.port == 0]
            self.heard.append(tick.heard[0])
            frame = np.zeros((len(self.bench.modems), 160), np.int16)
            now, self.saying = self.saying[:160], self.saying[160:]
            frame[0, : len(now)] = now
            self.bench.board.speak(frame)

    async def until(self, true: Callable[[], object], within: int = 20 * SECOND) -> None:
        for _ in range(within):
            if true():
                return
            await self.passes(1)
        pytest.fail(f"not within {within} ticks; {self.session.state}, {self.modem.commands}, {self.facts}")

    async def answers(self) -> None:
        await self.until(lambda: self.session.state is State.ON_HOOK)
        self.modem.ring(NUMBER)
        await self.until(lambda: self.of(RingOn))
        self.bench.board.hook(0, Hook.OFF)
        await self.until(lambda: self.session.state is State.LISTENING)

    def of(self, kind: type) -> list[Signal]:
        return [fact for fact in self.facts if isinstance(fact, kind)]

    def hz(self) -> float:
        """What was loudest of what the house heard in the last second."""
        return loudest_hz(np.concatenate(self.heard[-SECOND:]))


def loudest_hz(samples: np.ndarray) -> float:
    wave = samples.astype(float) * np.hanning(len(samples))
    return float(np.argmax(np.abs(np.fft.rfft(wave))) * 8000 / len(samples))


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
    """The modem does not let go of its recording: the queue is bounded, the loss is counted, calls go on."""
    bench = ModemBench()
    async with bench.board.open() as ticks:
        house = House(bench, ticks)
        await house.answers()
        house.session._listen_until = 10**9  # it has to listen for now
        house.saying = PROMPT[: 5 * 8000]
        await house.passes(5 * SECOND)
        health = bench.board.health()
        assert health.frames_dropped == pytest.approx(2 * SECOND, abs=2)
        assert any("half duplex" in alarm for alarm in health.alarms)
        house.session._listen_until = 0
        await house.until(lambda: house.session.state is State.SPEAKING)
        await house.until(lambda: house.session.state is State.LISTENING)
        assert len(np.concatenate(house.modem.all_heard)) == pytest.approx(3 * 8000, abs=400)


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


# --- faults ---------------------------------------------------------------------------------------------------------


async def test_no_carrier_in_a_call_takes_the_port_out_and_it_comes_back() -> None:
    bench = ModemBench()
    async with bench.board.open() as ticks:
        house = House(bench, ticks)
        await house.answers()
        house.modem.line_says("NO CARRIER")
        await house.until(lambda: house.of(LineFault))
        assert house.of(LineFault)[0].reason == "the modem on port 0 said NO CARRIER in the call"
        assert any("NO CARRIER" in alarm for alarm in bench.board.health().alarms)
        await house.until(lambda: house.of(LineOk))
        assert not bench.board.health().alarms
        assert not house.modem.off_hook
        house.facts.clear()
        await house.answers()


async def test_a_pulled_cable_is_told_in_words_and_forgiven() -> None:
    bench = ModemBench()
    async with bench.board.open() as ticks:
        house = House(bench, ticks)
        await house.answers()
        bench.links[0].plugged = False
        await house.until(lambda: house.of(LineFault))
        assert house.of(LineFault)[0].reason == "the cable was pulled"
        await house.passes(3 * SECOND)
        house.modem.power_cycle()
        bench.links[0].plugged = True
        await house.until(lambda: house.of(LineOk))
        house.facts.clear()
        await house.answers()
        assert [type(fact) for fact in house.facts] == [RingOn, RingOff], (house.facts, house.modem.commands)


async def test_only_the_port_whose_cable_was_pulled_is_out() -> None:
    bench = ModemBench()
    async with bench.board.open() as ticks:
        house = House(bench, ticks)
        bench.links[1].plugged = False
        await house.answers()
        assert not house.of(LineFault)


async def test_a_modem_that_stops_answering_is_noticed_while_it_is_idle() -> None:
    bench = ModemBench()
    async with bench.board.open() as ticks:
        house = House(bench, ticks)
        await house.until(lambda: house.session.state is State.ON_HOOK)
        house.modem.mute = True
        await house.until(lambda: house.of(LineFault), within=40 * SECOND)
        assert "does not answer" in house.of(LineFault)[0].reason
        house.modem.mute = False
        await house.until(lambda: house.of(LineOk), within=20 * SECOND)


async def test_a_modem_that_records_but_sends_nothing_is_noticed() -> None:
    bench = ModemBench()
    async with bench.board.open() as ticks:
        house = House(bench, ticks)
        await house.answers()
        house.modem.mute = True
        await house.until(lambda: house.of(LineFault), within=2 * SECOND)
        assert "no audio" in house.of(LineFault)[0].reason


async def test_a_recording_that_cannot_be_stopped_is_a_fault_and_no_hang() -> None:
    bench = ModemBench()
    async with bench.board.open() as ticks:
        house = House(bench, ticks)
        await house.answers()
        house.modem.deaf_to_stop = True
        bench.board.hook(0, Hook.ON)
        await house.until(lambda: house.of(LineFault), within=4 * SECOND)
        assert "the end of recording" in house.of(LineFault)[0].reason


@pytest.mark.parametrize("seed", range(4))
async def test_garbage_is_told_and_survived(seed: int) -> None:
    """Noise of every byte in every state; afterwards the modem is itself again, and so is the line."""
    dice = np.random.default_rng(seed)
    bench = ModemBench()
    async with bench.board.open() as ticks:
        house = House(bench, ticks)
        if seed % 2:
            await house.answers()
        house.modem.noise = lambda samples: dice.integers(0, 256, samples, np.uint8).tobytes()
        await house.until(lambda: house.of(LineFault), within=60 * SECOND)
        await house.passes(10 * SECOND)
        house.modem.noise = None
        house.modem.power_cycle()
        house.facts.clear()
        await house.until(lambda: house.of(LineOk), within=30 * SECOND)


async def test_a_modem_that_a_dead_daemon_left_recording_off_hook_is_put_right() -> None:
    bench = ModemBench()
    modem = bench.modems[0]
    modem.receive(b"ATE0\rAT+FCLASS=8\rAT+VLS=1\rAT+VRX\r")
    for _ in range(100):
        modem.advance(160)
    modem.take()
    assert modem.off_hook
    async with bench.board.open() as ticks:
        house = House(bench, ticks)
        await house.until(lambda: house.session.state is State.ON_HOOK)
        assert not modem.off_hook
        assert not house.of(LineFault)
        await house.answers()


async def test_a_modem_without_voice_is_refused_in_words() -> None:
    bench = ModemBench((replace(Make(), voice=False),))
    async with bench.board.open() as ticks:
        house = House(bench, ticks)
        await house.until(lambda: house.of(LineFault))
    assert "knows no voice" in house.of(LineFault)[0].reason
