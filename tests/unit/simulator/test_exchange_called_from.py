"""The exchange while the house calls: dial tone, digits, the called telephone; and what else happens on a line."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from drivers.base import Hook, Polarity, RingOff, RingOn, Signal
from dsp.detections import CallerId
from dsp.ears import Ears
from dsp.levels import dbm0
from dsp.tones import Generator, keys
from dsp_hearing import CHINA
from simulator.dial_plan import DialPlan, Fate, Route
from simulator.exchange import Exchange
from simulator.line_model import CallerIdFault, CallerIdSystem, DialTone, LineModel, Release
from simulator.line_tones import LineTone
from simulator.telephone import CallerState, Handset

CLEAN = LineModel(noise_dbm0=-90.0, echo_return_loss_db=20.0, companded=False, dial_tone_delay_s=0.2, routing_s=0.1)
PLAN = DialPlan(
    (
        ("1", Route(fate=Fate.ANSWER, rings=0)),
        ("2", Route(fate=Fate.ANSWER, rings=0, talk_s=0.5)),
        ("3", Route(fate=Fate.NO_ANSWER)),
        ("81", Route(fate=Fate.LINE, line=1)),
        ("82", Route(fate=Fate.LINE, line=2)),
    )
)
SINE = np.rint(8000 * np.sin(2 * np.pi * 1000 * np.arange(8000) / 8000)).astype(np.int16)


def level(frame: NDArray[np.int16]) -> float:
    return dbm0(float(np.mean(frame.astype(float) ** 2)))


class Bench:
    def __init__(self, *models: LineModel) -> None:
        self.exchange = Exchange(models or (CLEAN,), np.random.default_rng(1), dial_plan=PLAN)
        self.spoken = np.zeros((self.exchange.ports, 160), np.int16)
        self.facts: list[Signal] = []

    def run(self, ticks: int) -> NDArray[np.int16]:
        frames = []
        for _ in range(ticks):
            heard, facts = self.exchange.step(self.spoken)
            frames.append(heard)
            self.facts += facts
        return np.concatenate(frames, axis=1)

    def press(self, digits: str, port: int = 0, **how: float) -> NDArray[np.int16]:
        """Keys of the house, and 0.2 s."""
        sound = list(keys(digits, **how))
        generator, heard = Generator(sound), []
        for _ in range(-(-sum(part.length for part in sound) // 160)):
            self.spoken[port] = generator.pull()
            heard.append(self.run(1))
        self.spoken[:] = 0
        return np.concatenate([*heard, self.run(10)], axis=1)

    def call(self, digits: str, port: int = 0) -> None:
        self.exchange.hook(port, Hook.OFF)
        self.run(15)
        self.press(digits, port)


# --- dialling -----------------------------------------------------------------------------------------------------


def test_dial_tone_ends_with_the_first_digit_whatever_it_is() -> None:
    bench = Bench()
    bench.exchange.hook(0, Hook.OFF)
    assert level(bench.run(20)[0, 2400:]) == pytest.approx(-13.0, abs=0.5)
    assert level(bench.press("8")[0, 800:]) < -60  # 8 alone is no number


def test_digits_are_taken_at_the_level_of_a_bad_loop_under_dial_tone() -> None:
    bench = Bench(replace(CLEAN, transmit_db=-20.0, noise_dbm0=-50.0))
    bench.exchange.hook(0, Hook.OFF)
    bench.run(20)
    bench.press("1", on_ms=50, off_ms=50)
    assert bench.exchange.called(0).state is CallerState.TALKING


def test_a_digit_before_the_dial_tone_is_lost() -> None:
    bench = Bench(replace(CLEAN, dial_tone_delay_s=0.5))
    bench.exchange.hook(0, Hook.OFF)
    bench.press("1")
    assert level(bench.run(30)[0, 1600:]) > -20


@pytest.mark.parametrize(
    ("model", "wanted"),
    [
        (replace(CLEAN, dial_tone_s=0.2, busy_s=0.4, howler_s=0.2), "dial busy howler none"),
        (
            replace(CLEAN, dial_tone=DialTone.SPECIAL, dial_tone_s=0.4, busy_s=0.4, howler_s=0.0),
            "special_dial busy none",
        ),
        (replace(CLEAN, dial_tone=DialTone.NONE, dial_tone_s=0.4, busy_s=0.4, howler_s=0.2), "busy howler none"),
    ],
    ids=["dial", "special", "none"],
)
def test_whoever_does_not_dial_is_told_so(model: LineModel, wanted: str) -> None:
    bench = Bench(model)
    bench.exchange.hook(0, Hook.OFF)
    tones = []
    for _ in range(80):
        bench.run(1)
        tones.append(LineTone(int(bench.exchange.tone(0))).name.lower())
    changes = [tone for before, tone in zip(["none", *tones], tones, strict=False) if tone != before]
    assert " ".join(changes) == wanted
    assert bench.exchange.condition(0).occupied


def test_a_number_that_stops_half_way_gets_busy_tone() -> None:
    bench = Bench(replace(CLEAN, digit_gap_s=0.4))
    bench.call("8")
    bench.run(20)
    assert bench.exchange.tone(0) is LineTone.BUSY


# --- the called telephone -----------------------------------------------------------------------------------------


def test_house_and_called_telephone_hear_each_other() -> None:
    bench = Bench(replace(CLEAN, polarity_reversal=True))
    bench.call("1")
    called = bench.exchange.called(0)
    assert (called.state, called.number) == (CallerState.TALKING, "1")
    called.say(SINE)
    bench.spoken[0] = SINE[:160]
    assert level(bench.run(5)[0, 160:]) == pytest.approx(level(SINE) - 6.0, abs=2.0)
    assert level(called.heard) == pytest.approx(level(SINE) - 6.0, abs=0.5)
    assert [type(fact) for fact in bench.facts] == [Polarity]


def test_a_telephone_rings_until_it_is_lifted_and_says_nothing_before() -> None:
    bench = Bench()
    telephone = Handset()
    bench.exchange.attach("3", telephone)
    bench.call("3")
    assert telephone.state is CallerState.RINGING
    assert bench.exchange.tone(0) is LineTone.RINGBACK
    telephone.say(SINE)
    assert not telephone.speaking
    bench.exchange.lift(telephone)
    assert telephone.state is CallerState.TALKING


def test_a_house_that_gives_up_silences_the_bell() -> None:
    bench = Bench()
    bench.call("3")
    bench.exchange.hook(0, Hook.ON)
    bench.run(1)
    assert bench.exchange.called(0).state is CallerState.IDLE
    bench.call("1")
    assert bench.exchange.called(0).state is CallerState.TALKING


def test_nobody_lifts_and_after_a_while_it_is_busy_tone() -> None:
    bench = Bench(replace(CLEAN, ringback_s=0.5))
    bench.call("3")
    bench.run(30)
    assert bench.exchange.tone(0) is LineTone.BUSY
    assert bench.exchange.called(0).state is CallerState.IDLE


@pytest.mark.parametrize(
    ("release", "tone"),
    [(Release.BUSY, LineTone.BUSY), (Release.SILENCE, LineTone.NONE), (Release.DIAL, LineTone.DIAL)],
)
def test_a_called_party_hangs_up_by_itself_and_the_house_hears_what_its_line_gives(
    release: Release, tone: LineTone
) -> None:
    bench = Bench(replace(CLEAN, release=release))
    bench.call("2")
    assert bench.exchange.called(0).state is CallerState.TALKING
    bench.run(30)
    assert bench.exchange.called(0).state is CallerState.IDLE
    assert bench.exchange.tone(0) is tone
    assert bench.exchange.condition(0).occupied


def test_a_telephone_in_another_call_is_busy() -> None:
    bench = Bench(CLEAN, CLEAN)
    telephone = Handset()
    bench.exchange.attach("1", telephone)
    bench.call("1", 0)
    bench.call("1", 1)
    assert telephone.state is CallerState.TALKING
    assert bench.exchange.tone(1) is LineTone.BUSY


# --- line to line -------------------------------------------------------------------------------------------------


def test_one_line_calls_another_and_they_hear_each_other_in_the_same_tick() -> None:
    bench = Bench(CLEAN, CLEAN)
    bench.call("82")
    assert [fact.port for fact in bench.facts if isinstance(fact, RingOn)] == [1]
    assert bench.exchange.tone(0) is LineTone.RINGBACK
    bench.exchange.hook(1, Hook.OFF)
    bench.run(1)
    bench.spoken[0] = SINE[:160]
    assert level(bench.run(1)[1]) == pytest.approx(level(SINE) - 12.0, abs=0.5)
    bench.spoken[:] = 0
    bench.run(1)
    bench.spoken[1] = SINE[:160]
    assert level(bench.run(1)[0]) == pytest.approx(level(SINE) - 12.0, abs=0.5)


@pytest.mark.parametrize(("first", "other"), [(0, 1), (1, 0)])
def test_whichever_line_hangs_up_the_other_hears_busy_tone(first: int, other: int) -> None:
    bench = Bench(CLEAN, CLEAN)
    bench.call("82")
    bench.exchange.hook(1, Hook.OFF)
    bench.run(1)
    bench.exchange.hook(first, Hook.ON)
    bench.run(2)
    assert bench.exchange.tone(other) is LineTone.BUSY
    assert not bench.exchange.condition(first).occupied


def test_a_line_that_gives_up_stops_the_other_s_ringing() -> None:
    bench = Bench(CLEAN, CLEAN)
    bench.call("82")
    bench.exchange.hook(0, Hook.ON)
    bench.run(2)
    assert not bench.exchange.condition(1).occupied


def test_a_line_that_calls_itself_or_a_line_in_use_is_told_busy() -> None:
    bench = Bench(CLEAN, CLEAN)
    bench.call("81")
    assert bench.exchange.tone(0) is LineTone.BUSY
    bench.call("81", 1)
    assert bench.exchange.tone(1) is LineTone.BUSY


# --- what else happens on a line ----------------------------------------------------------------------------------


def test_glare_rings_into_the_closed_loop_and_becomes_a_call() -> None:
    bench = Bench(replace(CLEAN, seize_ms=200))
    bench.exchange.hook(0, Hook.OFF)
    bench.run(2)
    assert bench.exchange.dial(0)
    bench.run(10)
    assert bench.facts == [RingOn(0, 320), RingOff(0, 1120)]
    assert bench.exchange.handset(0).state is CallerState.TALKING


def test_a_caller_whose_number_is_told_when_we_lift_is_busy() -> None:
    """Caller id by DTMF comes before the ring: the exchange finds the line seized when it wants to ring it."""
    bench = Bench(replace(CLEAN, caller_id=CallerIdSystem.DTMF))
    bench.exchange.dial(0)
    bench.run(10)
    bench.exchange.hook(0, Hook.OFF)
    bench.run(120)
    assert bench.exchange.handset(0).state is CallerState.BUSY
    assert not bench.facts


def test_a_ring_splash_is_no_call() -> None:
    bench = Bench()
    bench.exchange.splash(0, 300)
    assert bench.exchange.condition(0).ringing
    bench.run(20)
    assert bench.facts == [RingOn(0, 0), RingOff(0, 2400)]
    assert not bench.exchange.condition(0).occupied


def test_a_first_burst_may_be_cut_short() -> None:
    bench = Bench(replace(CLEAN, ring_first_s=0.3))
    bench.exchange.dial(0)
    bench.run(300)
    assert bench.facts == [RingOn(0, 0), RingOff(0, 2400), RingOn(0, 34400), RingOff(0, 42400)]


def test_another_telephone_on_the_line_answers_and_takes_the_battery_down() -> None:
    bench = Bench()
    bench.exchange.dial(0)
    bench.run(5)
    bench.exchange.parallel(0, Hook.OFF)
    bench.run(1)
    assert bench.exchange.handset(0).state is CallerState.TALKING
    assert bench.exchange.condition(0).battery_v == -9.0
    assert bench.exchange.condition(0).hook is Hook.ON  # the house's
    bench.exchange.hook(0, Hook.OFF)
    bench.run(1)
    bench.exchange.parallel(0, Hook.ON)
    bench.run(1)
    assert bench.exchange.handset(0).state is CallerState.TALKING  # the house holds the loop


@pytest.mark.parametrize("system", [CallerIdSystem.FSK, CallerIdSystem.DTMF])
@pytest.mark.parametrize(
    ("fault", "right"), [(CallerIdFault.NONE, True), (CallerIdFault.CORRUPT, False), (CallerIdFault.CUT, False)]
)
def test_a_spoilt_caller_id_gives_no_wrong_number(*, system: CallerIdSystem, fault: CallerIdFault, right: bool) -> None:
    """Only DTMF without its stop code can still be read: the digits are whole."""
    bench = Bench(replace(CLEAN, caller_id=system, caller_id_fault=fault))
    ears = Ears(1, CHINA)
    ears.arm(0, caller_id=True)
    bench.exchange.dial(0)
    found = [d for frame in bench.run(200).reshape(-1, 1, 160) for d in ears.hear(frame) if isinstance(d, CallerId)]
    numbers = [d.number for d in found]
    if right:
        assert numbers == ["13900000001"]
    elif system is CallerIdSystem.FSK:
        assert numbers == []
    else:
        assert numbers in ([], ["13900000001"], ["13900"])


def test_hum_is_fifty_hertz_at_its_level() -> None:
    bench = Bench(replace(CLEAN, hum_dbm0=-40.0), CLEAN)
    heard = bench.run(50)
    spectrum = np.abs(np.fft.rfft(heard[0]))
    assert int(np.argmax(spectrum)) == 50
    assert level(heard[0]) == pytest.approx(-39.0, abs=0.3)  # with 150 Hz
    assert level(heard[1]) < -70
