"""The jitter buffer of a browser's leg."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsp.jitter import CAP_FRAMES, JitterBuffer


def frame(mark: int) -> np.ndarray:
    return np.full(160, mark, np.int16)


def marks(buffer: JitterBuffer, ticks: int) -> list[int]:
    return [int(buffer.pull()[0]) for _ in range(ticks)]


def test_it_is_silent_until_two_frames_wait_and_then_plays_in_order() -> None:
    buffer = JitterBuffer()
    buffer.push(frame(1))
    assert marks(buffer, 1) == [0]
    buffer.push(frame(2))
    assert marks(buffer, 2) == [1, 2]
    assert buffer.underruns == 0


def test_a_buffer_that_ran_dry_counts_it_once_and_fills_up_again() -> None:
    buffer = JitterBuffer()
    for mark in (1, 2):
        buffer.push(frame(mark))
    assert marks(buffer, 4) == [1, 2, 0, 0]
    assert buffer.underruns == 1
    buffer.push(frame(3))
    assert marks(buffer, 1) == [0]
    buffer.push(frame(4))
    assert marks(buffer, 2) == [3, 4]


def test_the_oldest_frames_go_when_a_stalled_network_delivers_all_at_once() -> None:
    buffer = JitterBuffer()
    for mark in range(1, 11):
        buffer.push(frame(mark))
    assert buffer.frames_dropped == 4
    assert marks(buffer, 6) == [5, 6, 7, 8, 9, 10]


def test_a_frame_of_another_shape_or_type_is_refused_in_words() -> None:
    with pytest.raises(ValueError, match=r"int16 \(160,\), not int16 \(80,\)"):
        JitterBuffer().push(np.zeros(80, np.int16))
    with pytest.raises(ValueError, match="float64"):
        JitterBuffer().push(np.zeros(160))


@given(st.lists(st.booleans(), max_size=200))
def test_no_frame_is_lost_doubled_or_out_of_order_but_by_being_counted(pushes: list[bool]) -> None:
    buffer, sent, played = JitterBuffer(), 0, []
    for push in pushes:
        if push:
            sent += 1
            buffer.push(frame(sent))
        else:
            played += [mark for mark in marks(buffer, 1) if mark]
        assert len(buffer) <= CAP_FRAMES
    assert played == sorted(set(played))
    assert sent == len(played) + len(buffer) + buffer.frames_dropped
    assert (buffer.frames_in, buffer.frames_out) == (sent, len(played))
