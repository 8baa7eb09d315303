"""The DTMF receiver keeps ITU-T Q.24 and the Chinese standards, on hard cases too."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dsp import g711
from dsp.detections import DigitOff, DigitOn
from dsp.dtmf_judge import Refusal
from dsp.ears import Ears
from dsp.levels import samples
from dsp.tones import FREQUENCIES_HZ, KEYS, Segment, keys, render, silence
from dsp_hearing import CHINA, digits, hear, lengths_ms, noisy


def key(
    digit: str, on_ms: float, *, low: float = -10, high: float = -10, off: float = 0, off_high: float | None = None
) -> Segment:
    """One key whose tones are off their frequencies by a share of them."""
    low_hz, high_hz = FREQUENCIES_HZ[digit]
    high_off = off if off_high is None else off_high
    return Segment(samples(on_ms), ((low_hz * (1 + off), low), (high_hz * (1 + high_off), high)))


def test_all_16_keys_at_the_shortest_legal_rate() -> None:
    """40 ms on, 40 ms off, at every alignment that 16 keys have to 20 ms frames 3 ms apart."""
    found = hear([silence(3), *keys(KEYS, on_ms=40, off_ms=40)])
    assert digits(found) == KEYS
    assert all(abs(ms - 40) <= 5 for ms in lengths_ms(found))


@given(st.text(KEYS, min_size=1, max_size=6), st.integers(0, 319), st.integers(40, 90), st.integers(40, 90))
@settings(max_examples=25, deadline=None)
def test_any_keys_at_any_moment_come_out_once_each_with_their_times(
    wanted: str, lead: int, on_ms: int, off_ms: int
) -> None:
    found = hear([Segment(lead), *keys(wanted, on_ms=on_ms, off_ms=off_ms)])
    assert digits(found) == wanted
    ends = [d for d in found if isinstance(d, DigitOff)]
    for number, end in enumerate(ends):
        start = lead + number * samples(on_ms + off_ms)
        assert abs(end.start - start) <= samples(6)
        assert abs(end.end - start - samples(on_ms)) <= samples(6)


@pytest.mark.parametrize("phase", range(0, 160, 23))
def test_a_key_is_told_within_40_ms_and_the_tick_that_ends_then(phase: int) -> None:
    wave = render([Segment(phase), key("5", 200)])
    ears = Ears(1, CHINA)
    for frame in wave[: wave.size // 160 * 160].reshape(-1, 1, 160):
        if ears.hear(frame):
            break
    assert ears.now - phase <= samples(40) + 160


@pytest.mark.parametrize(("off", "off_high"), [(0.018, 0.018), (-0.018, -0.018), (0.018, -0.018), (-0.018, 0.018)])
def test_1_8_percent_off_is_a_digit(off: float, off_high: float) -> None:
    assert digits(hear(s for d in "19D*5" for s in (key(d, 50, off=off, off_high=off_high), silence(50)))) == "19D*5"


@pytest.mark.parametrize(
    ("off", "off_high"), [(0.03, 0.03), (-0.03, -0.03), (0.03, 0), (0, 0.03), (-0.035, 0), (0, -0.035)]
)
def test_3_percent_off_is_none(off: float, off_high: float) -> None:
    assert hear(s for d in "19D*5" for s in (key(d, 50, off=off, off_high=off_high), silence(50))) == []


@pytest.mark.parametrize(("low", "high"), [(-10, -18), (-12, -10), (-16, -10), (-40, -40), (3, 3), (-25, -19)])
def test_every_level_and_twist_of_the_standards_is_heard_and_measured(low: float, high: float) -> None:
    found = hear(s for d in "159D" for s in (key(d, 40, low=low, high=high), silence(40)))
    assert digits(found) == "159D"
    if low < 3:  # beyond, the sum is clipped
        for digit in (d for d in found if isinstance(d, DigitOn)):
            assert digit.twist_db == pytest.approx(high - low, abs=0.3)
            assert digit.level_dbm0 == pytest.approx(min(low, high), abs=0.3)


@pytest.mark.parametrize(("low", "high"), [(-20, -7), (-7, -20), (-50, -50), (-10, -99), (-99, -10)])
def test_twist_far_outside_single_tones_and_faint_ones_are_no_digit(low: float, high: float) -> None:
    assert hear(s for d in "159D" for s in (key(d, 60, low=low, high=high), silence(60))) == []


@pytest.mark.parametrize("phase", range(0, 160, 31))
def test_20_ms_is_too_short_and_40_ms_is_not(phase: int) -> None:
    assert hear([Segment(phase), key("5", 20), silence(60)]) == []
    assert digits(hear([Segment(phase), key("5", 40), silence(60)])) == "5"


@pytest.mark.parametrize("phase", range(0, 160, 31))
def test_an_interruption_of_10_ms_is_bridged_and_one_of_20_ms_is_a_pause(phase: int) -> None:
    bridged = hear([Segment(phase), key("5", 30), silence(10), key("5", 30)])
    assert digits(bridged) == "5"
    assert abs(lengths_ms(bridged)[0] - 70) <= 5
    assert digits(hear([Segment(phase), key("5", 40), silence(20), key("5", 40)])) == "55"


def test_a_key_held_three_seconds_is_one_key_with_its_length() -> None:
    found = hear([silence(7), key("4", 3000)])
    assert digits(found) == "4"
    assert abs(lengths_ms(found)[0] - 3000) <= 5


def test_different_keys_without_a_pause_are_told_apart() -> None:
    assert digits(hear([key("1", 60), key("6", 60), key("9", 60)])) == "169"


def test_digits_stand_out_of_dial_tone_at_their_own_level() -> None:
    dial = render([Segment(8000, ((450.0, -10.0),))])
    pressed = render([silence(100), *keys("2580", on_ms=50, off_ms=50, low_dbm0=-10, high_dbm0=-10)])
    dial[: pressed.size] += pressed
    assert digits(hear(dial)) == "2580"


def test_dc_and_its_rest_of_ringing_current_do_not_hide_a_key() -> None:
    wave = render([silence(100), *keys("147*", on_ms=50, off_ms=50)])
    assert digits(hear(wave + np.int16(3000))) == "147*"


@pytest.mark.parametrize("seed", range(4))
def test_noise_10_db_below_the_pair_hides_no_key_and_makes_none(seed: int) -> None:
    wave = render(keys("3690A", on_ms=40, off_ms=40, low_dbm0=-13, high_dbm0=-13))
    assert digits(hear(noisy(wave, -20.0, seed))) == "3690A"


@pytest.mark.parametrize("law", ["alaw", "ulaw"])
def test_weak_keys_come_through_both_codes(law: str) -> None:
    wave = render(keys("0123456789", on_ms=40, off_ms=40, low_dbm0=-40, high_dbm0=-38))
    encode, decode = getattr(g711, f"{law}_encode"), getattr(g711, f"{law}_decode")
    assert digits(hear(decode(encode(wave)))) == "0123456789"


def test_three_tones_are_no_digit_and_the_reason_is_told() -> None:
    ears = Ears(1, CHINA)
    ears.dtmf.refused = []
    assert hear([Segment(800, ((697.0, -10.0), (1209.0, -10.0), (1477.0, -10.0)))], ears) == []
    assert {refused.why for refused in ears.dtmf.refused} == {Refusal.NOT_PURE}


@pytest.mark.parametrize("missing", range(1, 8))
def test_a_lost_tick_ends_no_key_and_doubles_none(missing: int) -> None:
    frames = render([Segment(50), key("7", 150), silence(100)])
    ears, found = Ears(1, CHINA), []
    for number, frame in enumerate(frames[: frames.size // 160 * 160].reshape(-1, 1, 160)):
        if number == missing:
            ears.skip(160)
        else:
            found += ears.hear(frame)
    assert digits(found) == "7"
    (end,) = (d for d in found if isinstance(d, DigitOff))
    assert abs(end.end - 50 - samples(150)) <= samples(25)


def test_eight_lines_press_in_the_same_tick_and_none_waits() -> None:
    waves = np.stack([render([silence(20), key(d, 60), silence(60)]) for d in "12345678"])
    ears = Ears(8, CHINA)
    ticks = [ears.hear(waves[:, at : at + 160]) for at in range(0, waves.shape[1], 160)]
    (told,) = [tick for tick in ticks if any(isinstance(d, DigitOn) for d in tick)]
    assert [(d.row, d.digit) for d in told if isinstance(d, DigitOn)] == list(enumerate("12345678"))


def test_a_row_that_is_not_armed_hears_no_key() -> None:
    ears = Ears(2, CHINA)
    ears.arm(0, dtmf=False)
    wave = render([key("1", 60), silence(100)])
    found = [d for at in range(0, wave.size, 160) for d in ears.hear(np.stack([wave[at : at + 160]] * 2))]
    assert {d.row for d in found} == {1}


def test_after_a_reset_a_key_that_is_still_held_belongs_to_the_new_call() -> None:
    wave = render([key("1", 300)])
    ears = Ears(1, CHINA)
    first = [d for at in range(0, 800, 160) for d in ears.hear(wave[None, at : at + 160])]
    ears.reset([0])
    second = [d for at in range(800, 2400, 160) for d in ears.hear(wave[None, at : at + 160])]
    assert (digits(first), digits(second)) == ("1", "1")


@given(st.lists(st.integers(-32768, 32767), min_size=160, max_size=160), st.integers(0, 400))
@settings(max_examples=20, deadline=None)
def test_no_audio_makes_the_ears_raise(frame: list[int], skipped: int) -> None:
    ears = Ears(1, CHINA)
    for scale in (1, 0, -1):
        ears.hear((np.array([frame]) * scale).clip(-32768, 32767).astype(np.int16))
        ears.skip(skipped)


def test_levels_are_those_of_the_newest_tick() -> None:
    ears = Ears(2, CHINA)
    ears.hear(np.stack([render([Segment(160, ((1000.0, -10.0),))]), np.zeros(160, np.int16)]))
    assert ears.levels_dbm0() == pytest.approx([-10.0, -99.0], abs=0.1)


def test_keys_are_ordered_in_time() -> None:
    found = hear(keys("123", on_ms=50, off_ms=50))
    assert all(a.start <= b.start for a, b in pairwise(d for d in found if isinstance(d, DigitOn)))
