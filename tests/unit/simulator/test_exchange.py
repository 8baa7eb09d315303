"""The exchange with its callers, step by step; what the copper does to sound."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from drivers.base import Hook, LineFault, LineOk, LoopClosed, LoopOpen, Polarity, RingOff, RingOn, Signal
from dsp.levels import dbm0
from simulator.exchange import Exchange
from simulator.line_model import LineModel
from simulator.line_tones import LineTone
from simulator.telephone import CallerState, Handset

CLEAN = LineModel(noise_dbm0=-90.0, echo_return_loss_db=90.0, companded=False)
TICKS_PER_S = 50


def sine(seconds: float, hz: float = 1000.0, peak: float = 8000.0) -> NDArray[np.int16]:
    return np.rint(peak * np.sin(2 * np.pi * hz * np.arange(round(seconds * 8000)) / 8000)).astype(np.int16)


def level(frame: NDArray[np.int16]) -> float:
    return dbm0(float(np.mean(frame.astype(float) ** 2)))


class Bench:
    """An exchange, and a house that speaks a constant tone on demand."""

    def __init__(self, *models: LineModel, seed: int = 1) -> None:
        self.exchange = Exchange(models or (CLEAN,), np.random.default_rng(seed))
        self.spoken = np.zeros((self.exchange.ports, 160), np.int16)
        self.facts: list[Signal] = []

    def run(self, ticks: int) -> NDArray[np.int16]:
        """(ports, 160 * ticks) heard."""
        frames = []
        for _ in range(ticks):
            heard, facts = self.exchange.step(self.spoken)
            frames.append(heard)
            self.facts += facts
        return np.concatenate(frames, axis=1)

    def talk(self, port: int = 0, telephone: Handset | None = None) -> None:
        assert self.exchange.dial(port, telephone)
        self.run(1)
        self.exchange.hook(port, Hook.OFF)
        self.run(1)

    def caller(self, port: int = 0) -> tuple[CallerState, LineTone]:
        return self.exchange.caller(self.exchange.handset(port))


# --- a call -------------------------------------------------------------------------------------------------------


def test_a_dialled_line_rings_from_the_next_sample_and_the_caller_hears_ringback() -> None:
    bench = Bench()
    bench.run(3)
    bench.exchange.dial(0)
    bench.run(51)
    assert bench.facts == [RingOn(0, 480), RingOff(0, 8480)]
    assert bench.caller() == (CallerState.CALLING, LineTone.RINGBACK)
    assert level(bench.exchange.handset(0).heard) < -60  # the pause of the ringback
    bench.run(200)
    assert level(bench.exchange.handset(0).heard) == pytest.approx(-13.0, abs=0.3)


def test_from_the_answer_on_both_hear_each_other_at_the_levels_of_the_line() -> None:
    bench = Bench(replace(CLEAN, receive_db=-10.0, transmit_db=-4.0))
    bench.talk()
    assert bench.caller() == (CallerState.TALKING, LineTone.NONE)
    bench.exchange.handset(0).say(sine(1.0))
    bench.spoken[0] = sine(0.02)
    heard = bench.run(5)[0]
    assert level(heard) == pytest.approx(level(sine(1.0)) - 10.0, abs=0.1)
    assert level(bench.exchange.handset(0).heard) == pytest.approx(level(sine(1.0)) - 4.0, abs=0.1)


def test_what_is_said_into_a_ringing_line_is_lost() -> None:
    bench = Bench()
    bench.exchange.dial(0)
    bench.exchange.handset(0).say(sine(0.1))
    bench.exchange.handset(0).press("5")
    assert level(bench.run(20)) < -60
    bench.exchange.hook(0, Hook.OFF)
    assert level(bench.run(10)) < -60


def test_a_caller_who_hangs_up_leaves_busy_tone_until_the_exchange_gives_up() -> None:
    bench = Bench(replace(CLEAN, busy_s=2.0))
    bench.talk()
    bench.exchange.hang_up(bench.exchange.handset(0))
    tone = bench.run(35)[0].reshape(-1, 400)  # 0.7 s in pieces of 50 ms
    assert [level(piece) > -20 for piece in tone] == [True] * 7 + [False] * 7
    bench.run(2 * TICKS_PER_S)
    assert level(bench.run(70)) < -60
    assert bench.exchange.condition(0).occupied


def test_a_house_that_hangs_up_leaves_the_caller_with_busy_tone_and_the_line_free() -> None:
    bench = Bench()
    bench.talk()
    bench.exchange.hook(0, Hook.ON)
    bench.run(1)
    assert bench.caller() == (CallerState.FAR_END_CLEARED, LineTone.BUSY)
    assert level(bench.exchange.handset(0).heard) == pytest.approx(-13.0, abs=0.3)
    assert not bench.exchange.condition(0).occupied
    bench.exchange.hang_up(bench.exchange.handset(0))
    assert bench.caller() == (CallerState.IDLE, LineTone.NONE)


def test_a_second_caller_on_an_occupied_line_hears_busy_tone_and_nothing_else() -> None:
    bench = Bench()
    bench.talk()
    second = Handset()
    assert not bench.exchange.dial(0, second)
    bench.spoken[0] = sine(0.02)
    second.say(sine(0.1, hz=2000))
    heard = bench.run(1)
    assert second.state is CallerState.BUSY
    assert level(second.heard) == pytest.approx(-13.0, abs=0.3)
    assert level(heard) < -60
    bench.exchange.hang_up(second)
    bench.run(1)
    assert bench.caller() == (CallerState.TALKING, LineTone.NONE)


def test_a_telephone_that_is_in_a_call_cannot_dial_another_one() -> None:
    bench = Bench(CLEAN, CLEAN)
    bench.talk()
    assert not bench.exchange.dial(1, bench.exchange.handset(0))
    assert not bench.exchange.condition(1).occupied
    assert bench.caller() == (CallerState.TALKING, LineTone.NONE)


def test_a_caller_who_hears_busy_tone_may_dial_again() -> None:
    bench = Bench()
    bench.talk()
    bench.exchange.hook(0, Hook.ON)
    bench.run(1)
    assert bench.exchange.dial(0)
    assert bench.caller() == (CallerState.CALLING, LineTone.RINGBACK)


def test_a_house_off_hook_without_a_call_hears_dial_tone_and_its_line_is_occupied() -> None:
    bench = Bench()
    bench.exchange.hook(0, Hook.OFF)
    assert level(bench.run(15)) < -60  # the exchange takes its 0.3 s
    assert level(bench.run(50)) == pytest.approx(-13.0, abs=0.3)
    assert not bench.exchange.dial(0)


def test_loop_drop_and_reversal_are_told_with_their_samples() -> None:
    bench = Bench(replace(CLEAN, loop_drop_ms=405, polarity_reversal=True))
    bench.talk()
    bench.exchange.hang_up(bench.exchange.handset(0))
    assert bench.exchange.condition(0).battery_v == 0.0
    assert level(bench.run(20)) < -60
    bench.run(5)
    assert bench.facts == [
        RingOn(0, 0),
        RingOff(0, 160),
        Polarity(0, 160, reversed=True),
        Polarity(0, 320, reversed=False),
        LoopOpen(0, 320),
        LoopClosed(0, 320 + 3240, open_ms=405),
    ]


# --- the copper ---------------------------------------------------------------------------------------------------


def test_the_same_seed_gives_the_same_samples_and_another_does_not() -> None:
    def heard(seed: int) -> NDArray[np.int16]:
        bench = Bench(LineModel(), LineModel(), seed=seed)
        bench.talk(1)
        bench.exchange.handset(1).press("7")
        return bench.run(10)

    np.testing.assert_array_equal(heard(3), heard(3))
    assert (heard(3) != heard(4)).any()


def test_noise_has_its_level_and_no_two_lines_share_it() -> None:
    bench = Bench(*[replace(CLEAN, noise_dbm0=-45.0)] * 2)
    heard = bench.run(50)
    assert level(heard[0]) == pytest.approx(-45.0, abs=0.3)
    assert abs(np.corrcoef(heard)[0, 1]) < 0.1


def test_the_hybrid_gives_back_what_we_say_later_and_weaker_and_only_off_hook() -> None:
    bench = Bench(replace(CLEAN, echo_return_loss_db=12.0, echo_delay_ms=5.0))
    bench.spoken[0, :] = 0
    bench.spoken[0, 100] = 10000
    assert np.abs(bench.run(1)).max() < 10
    bench.talk()
    heard = bench.run(2)[0]
    assert int(np.argmax(heard)) == 140
    assert heard[140] == pytest.approx(10000 * 10 ** (-12 / 20), abs=5)


def test_an_echo_reaches_into_the_next_tick() -> None:
    bench = Bench(replace(CLEAN, echo_return_loss_db=6.0, echo_delay_ms=8.0))
    bench.talk()
    bench.spoken[0, 159] = 10000
    bench.run(1)
    bench.spoken[:] = 0
    assert int(np.argmax(bench.run(1)[0])) == 63


def test_what_comes_from_a_digital_exchange_has_been_a_law() -> None:
    bench = Bench(replace(CLEAN, companded=True))
    bench.talk()
    bench.exchange.handset(0).say(sine(1.0))
    assert np.unique(np.abs(bench.run(20))).size < 129


def test_a_cut_line_is_silent_and_tells_it_and_mends() -> None:
    bench = Bench(replace(CLEAN, noise_dbm0=-40.0), CLEAN)
    bench.talk()
    bench.exchange.cut(0)
    assert not bench.run(1)[0].any()
    assert bench.exchange.condition(0).battery_v == 0.0
    assert bench.caller() == (CallerState.FAR_END_CLEARED, LineTone.BUSY)  # to the exchange we hung up
    bench.exchange.hook(0, Hook.ON)
    bench.exchange.restore(0)
    assert bench.run(1)[0].any()
    assert bench.facts[-2:] == [LineFault(0, 320, "no battery: the line is cut"), LineOk(0, 480)]
    assert bench.exchange.condition(0).battery_v == -48.0


def test_a_call_that_rings_through_a_cut_is_told_again_with_its_next_burst() -> None:
    bench = Bench()
    bench.exchange.cut(0)
    bench.exchange.dial(0)
    bench.run(100)
    assert not [fact for fact in bench.facts if isinstance(fact, RingOn)]
    bench.exchange.restore(0)
    bench.run(200)
    assert [fact.at for fact in bench.facts if isinstance(fact, RingOn)] == [40000]


def test_lost_time_makes_what_was_due_happen_late_and_once() -> None:
    bench = Bench()
    bench.exchange.dial(0)
    bench.run(1)
    bench.exchange.skip(16000)
    bench.run(1)
    assert bench.facts == [RingOn(0, 0), RingOff(0, 16160)]


def test_a_watcher_is_told_each_step_until_it_stops() -> None:
    bench = Bench()
    seen: list[int] = []
    stop = bench.exchange.watch(seen.append)
    bench.run(2)
    stop()
    bench.run(1)
    assert seen == [160, 320]
