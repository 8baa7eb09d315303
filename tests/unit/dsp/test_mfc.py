"""Register signals of China No.1: both directions, the limits of Q.455, and the echo of our own."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dsp.detections import Detection, MfcOff, MfcOn
from dsp.ears import Ears
from dsp.levels import samples
from dsp.mfc import FORWARD_HZ, FORWARD_SIGNALS
from dsp.senders import mfc, mfc_sines
from dsp.tones import Segment, render, silence
from dsp_hearing import CHINA, hear, noisy


def listen(sound: np.ndarray | list[Segment], direction: str = "forward") -> list[Detection]:
    ears = Ears(1, CHINA)
    ears.arm(0, mfc=direction, dtmf=False, progress=False)
    return hear(sound, ears)


def signals(found: list[Detection]) -> list[int]:
    assert [type(d) for d in found] == [MfcOn, MfcOff] * (len(found) // 2)
    return [d.signal for d in found if isinstance(d, MfcOff)]


def test_the_pairs_are_those_of_gf002_9002() -> None:
    pairs = {signal: (FORWARD_HZ[a], FORWARD_HZ[b]) for (a, b), signal in FORWARD_SIGNALS.items()}
    assert pairs[1] == (1380, 1500)
    assert pairs[7] == (1380, 1860)
    assert pairs[10] == (1740, 1860)
    assert pairs[11] == (1380, 1980)
    assert pairs[15] == (1860, 1980)
    assert [hz for hz, _ in mfc_sines("backward", 4)] == [1140, 780]


@given(st.data())
@settings(max_examples=15, deadline=None)
def test_any_signals_at_any_moment_come_out_once_each_with_their_times(data: st.DataObject) -> None:
    direction, most = data.draw(st.sampled_from([("forward", 15), ("backward", 6)]))
    sent = data.draw(st.lists(st.integers(1, most), min_size=1, max_size=6))
    lead, on_ms, off_ms = (
        data.draw(st.integers(0, 159)),
        data.draw(st.integers(40, 120)),
        data.draw(st.integers(30, 90)),
    )
    found = listen([Segment(lead), *(s for n in sent for s in (mfc(direction, n, on_ms), silence(off_ms)))], direction)
    assert signals(found) == sent
    for number, off in enumerate(d for d in found if isinstance(d, MfcOff)):
        start = lead + number * samples(on_ms + off_ms)
        assert abs(off.start - start) <= samples(8)
        assert abs(off.end - start - samples(on_ms)) <= samples(8)


@pytest.mark.parametrize("phase", range(0, 160, 31))
def test_operate_and_release_take_80_ms_at_most_together(phase: int) -> None:
    """Q.455: as ticks tell it, so 20 ms of the 80 may be the tick's own."""
    wave = render([Segment(phase), mfc("forward", 9, 100), silence(100)])
    ears = Ears(1, CHINA)
    ears.arm(0, mfc="forward")
    times = [ears.now for at in range(0, wave.size - 159, 160) for _ in ears.hear(wave[None, at : at + 160])]
    operate, release = times[0] - phase, times[1] - phase - samples(100)
    assert operate + release <= samples(80)


def shifted(signal: int, off_hz: float, *, low: float = -11.5, high: float = -11.5) -> list[Segment]:
    (first, _), (second, _) = mfc_sines("forward", signal)
    return [Segment(samples(80), ((first + off_hz, low), (second + off_hz, high))), silence(60)]


@pytest.mark.parametrize("off_hz", [-12, -10, 10, 12])
@pytest.mark.parametrize("signal", [1, 8, 15])
def test_10_hz_off_is_the_signal(signal: int, off_hz: float) -> None:
    assert signals(listen(shifted(signal, off_hz))) == [signal]


@pytest.mark.parametrize("off_hz", [-60, 60])
@pytest.mark.parametrize("signal", [1, 8, 15])
def test_60_hz_off_is_none(signal: int, off_hz: float) -> None:
    assert listen(shifted(signal, off_hz)) == []


@pytest.mark.parametrize(("low", "high"), [(-35, -35), (-5, -5), (0, 0), (-18, -11), (-11, -18), (-35, -28)])
def test_levels_and_differences_of_q_455_are_accepted(low: float, high: float) -> None:
    for signal in (1, 7, 15):
        assert signals(listen(shifted(signal, 0, low=low, high=high))) == [signal]


@pytest.mark.parametrize(("low", "high"), [(-40, -40), (-31, -10), (-10, -31), (-11, -99), (-99, -11)])
def test_too_faint_or_too_far_apart_is_refused(low: float, high: float) -> None:
    assert listen(shifted(7, 0, low=low, high=high)) == []


@pytest.mark.parametrize("phase", range(0, 80, 11))
def test_7_ms_is_no_signal_and_no_gap(phase: int) -> None:
    assert listen([Segment(phase), mfc("forward", 4, 7), silence(60)]) == []
    sines = mfc_sines("forward", 4)
    wave = render([Segment(phase), Segment(samples(100), sines), silence(60)])
    wave[phase + 400 : phase + 456] = 0
    assert signals(listen(wave)) == [4]


@pytest.mark.parametrize("signal", [1, 6, 13])
def test_a_signal_8_db_over_white_noise_is_heard(signal: int) -> None:
    wave = render([silence(50), mfc("forward", signal, 100), silence(100)])
    assert signals(listen(noisy(wave, -11.5 + 3 - 8))) == [signal]


def test_our_own_forward_signal_s_echo_does_not_disturb_the_backward_one() -> None:
    ours = render([mfc("forward", 13, 400)])
    theirs = render([silence(100), mfc("backward", 3, 150, level_dbm0=-20), silence(150)])
    found = listen(ours[: theirs.size] // 2 + theirs, "backward")
    assert signals(found) == [3]


def test_unarmed_receivers_hear_nothing() -> None:
    ears = Ears(1, CHINA)
    assert hear([mfc("forward", 5, 100), silence(50)], ears) == []
    ears.arm(0, mfc="forward")
    ears.arm(0, mfc="off")
    assert hear([mfc("forward", 5, 100), silence(50)], ears) == []


def test_signals_of_two_lines_in_both_directions_are_told_apart() -> None:
    forward = render([silence(30), mfc("forward", 5, 90), silence(80)])
    backward = render([silence(30), mfc("backward", 2, 90), silence(80)])
    ears = Ears(2, CHINA)
    ears.arm(0, mfc="forward")
    ears.arm(1, mfc="backward")
    found = [
        d for at in range(0, forward.size, 160) for d in ears.hear(np.stack([forward, backward])[:, at : at + 160])
    ]
    assert {(d.row, d.direction, d.signal) for d in found} == {(0, "forward", 5), (1, "backward", 2)}
    assert all(a.row <= b.row for a, b in pairwise(d for d in found if isinstance(d, MfcOn)))
