"""Between two clocks: bounded, counted, and nothing lost where it can be heard if there is silence to take it from."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from drivers.elastic import Elastic


def loud(samples: int, rows: int = 1) -> np.ndarray:
    return np.full((rows, samples), 5000, np.int16)


def test_it_waits_for_its_target_and_then_flows() -> None:
    buffer = Elastic(1, target=320, most=1600)
    buffer.push(loud(160))
    assert not buffer.pop().any()
    buffer.push(loud(160))
    assert buffer.pop().all()
    assert buffer.missed == 0


def test_what_is_missing_is_silence_and_counted() -> None:
    buffer = Elastic(2, target=160, most=1600)
    buffer.push(loud(200, 2))
    assert buffer.pop().all()
    tick = buffer.pop()
    assert tick[:, :40].all()
    assert not tick[:, 40:].any()
    assert buffer.missed == 120


def test_what_comes_too_fast_is_dropped_and_counted() -> None:
    buffer = Elastic(1, target=320, most=800)
    for _ in range(6):
        buffer.push(loud(160))
    assert len(buffer) == 320
    assert buffer.dropped == 640


def test_a_drift_is_taken_out_of_silence() -> None:
    """A second of speech, a second of silence, for a minute, at 1000 ppm: ten times what sound cards have."""
    for ppm in (-1000, 1000):
        buffer = Elastic(1, target=480, most=2400)
        sent = 0
        for tick in range(50 * 60):
            due = int((tick + 1) * 160 * (1 + ppm * 1e-6)) + 400
            frame = loud(due - sent) if tick // 50 % 2 else np.zeros((1, due - sent), np.int16)
            sent = due
            buffer.push(frame)
            buffer.pop()
        assert buffer.dropped == 0
        assert buffer.missed <= 160
        assert 160 <= len(buffer) <= 480 + 2 * 160
        assert buffer.trimmed > 0


@given(st.lists(st.one_of(st.none(), st.integers(0, 700)), max_size=100))
def test_it_never_grows_beyond_its_bound_and_loses_no_count(story: list[int | None]) -> None:
    buffer = Elastic(1, target=320, most=960)
    pushed = popped = 0
    for step in story:
        if step is None:
            popped += int(np.count_nonzero(buffer.pop()))
        else:
            pushed += step
            buffer.push(loud(step))
        assert len(buffer) <= 960
    assert pushed == popped + buffer.dropped + len(buffer)
