"""Whose turn it is."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from drivers.modem.mouth import Mouth, TurnPlan

LOUD = np.full(160, 5000, np.int16)
QUIET = np.zeros(160, np.int16)


def test_silence_asks_for_nothing() -> None:
    mouth = Mouth(TurnPlan())
    for _ in range(1000):
        mouth.push(QUIET)
    assert not mouth.waits
    assert mouth._backlog_ms() == 0


def test_speech_waits_in_order_until_the_turn_comes() -> None:
    mouth = Mouth(TurnPlan(lead_ms=100))
    for value in (1000, 2000, 3000):
        mouth.push(np.full(160, value, np.int16))
    assert mouth.waits
    lead = mouth.begin()
    assert len(lead) == 40 * 8  # what is missing to 100 ms
    spoken = mouth.next()
    assert [int(spoken[n * 160]) for n in range(3)] == [1000, 2000, 3000]


def test_the_modem_gets_a_frame_each_tick_once_it_has_its_lead() -> None:
    mouth = Mouth(TurnPlan(lead_ms=100))
    mouth.push(LOUD)
    mouth.begin()
    mouth.next()
    lengths = []
    for _ in range(10):
        mouth.push(LOUD)
        lengths.append(len(mouth.next()))
    assert lengths == [160] * 10


def test_what_does_not_fit_is_dropped_oldest_first_and_counted() -> None:
    mouth = Mouth(TurnPlan(queue_ms=100, lead_ms=20))
    for value in range(1000, 1010):
        mouth.push(np.full(160, value, np.int16))
    assert mouth.frames_dropped == 5
    mouth.begin()
    assert int(mouth.next()[0]) == 1005


def test_the_turn_ends_after_the_hang_time() -> None:
    mouth = Mouth(TurnPlan(hang_ms=100, lead_ms=20))
    mouth.push(LOUD)
    mouth.begin()
    mouth.next()
    for _ in range(4):
        mouth.push(QUIET)
        mouth.next()
    assert not mouth.has_finished
    mouth.push(QUIET)
    mouth.next()
    assert mouth.has_finished


def test_a_key_and_then_silence_throws_away_what_waits() -> None:
    mouth = Mouth(TurnPlan())
    for _ in range(50):
        mouth.push(LOUD)
    mouth.begin()
    mouth.key_heard()
    mouth.push(LOUD)
    assert not mouth.was_cut
    mouth.push(QUIET)
    assert mouth.was_cut
    assert mouth.has_finished
    assert not mouth.waits


def test_a_key_long_before_the_end_of_a_prompt_cuts_nothing() -> None:
    mouth = Mouth(TurnPlan())
    mouth.push(LOUD)
    mouth.begin()
    mouth.key_heard()
    for _ in range(20):
        mouth.push(LOUD)
    mouth.push(QUIET)
    assert not mouth.was_cut


def test_a_turn_that_lasts_too_long_is_to_be_interrupted() -> None:
    mouth = Mouth(TurnPlan(speak_max_ms=1000))
    mouth.begin()
    for _ in range(49):
        mouth.push(LOUD)
        mouth.next()
    assert not mouth.must_pause
    mouth.next()
    assert mouth.must_pause


@given(st.lists(st.sampled_from("lqnkbec"), max_size=300))
def test_whatever_happens_the_queue_keeps_its_bound_and_its_count(story: list[str]) -> None:
    mouth = Mouth(TurnPlan(queue_ms=200, lead_ms=60))
    for step in story:
        match step:
            case "l":
                mouth.push(LOUD)
            case "q":
                mouth.push(QUIET)
            case "n":
                mouth.next()
            case "k":
                mouth.key_heard()
            case "b":
                mouth.begin()
            case "e":
                mouth.end()
            case "c":
                mouth.clear()
        assert mouth._backlog_ms() <= 200
        assert mouth._loud_waiting == sum(bool(frame.any()) for frame in mouth._queue)
