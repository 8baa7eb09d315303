"""Figures of the heart: what is late, what is slow, what is neither."""

import pytest

from cti_core.call_control.clock import Instant
from cti_core.media.pulse import Pulse


def beat(pulse: Pulse, n: int, *, begun_s: float, handed_s: float, ended_s: float | None = None) -> bool:
    """Tick n; times relative to its due time."""
    due_s = 100 + n * 0.02
    ended = handed_s if ended_s is None else ended_s
    return pulse.beat(Instant(160 * n), due_s + begun_s, due_s + handed_s, due_s + ended)


def test_a_tick_is_late_when_its_output_is_not_handed_over_within_its_20_ms() -> None:
    pulse = Pulse(real_time=True)
    for n, (begun_s, handed_s) in enumerate([(0, 0.001), (0.018, 0.019), (0.0195, 0.0205), (0, 0.021)]):
        beat(pulse, n, begun_s=begun_s, handed_s=handed_s)
    assert pulse.late == 2


def test_work_behind_the_handing_over_makes_no_tick_late_but_slow() -> None:
    pulse = Pulse(real_time=True)
    assert beat(pulse, 0, begun_s=0, handed_s=0.001, ended_s=0.0101)
    assert (pulse.late, pulse.slow) == (0, 1)


def test_a_board_whose_crystal_is_slower_than_our_clock_does_not_become_late() -> None:
    pulse = Pulse(real_time=True)
    for n in range(0, 50 * 3600, 50):
        beat(pulse, n, begun_s=n * 0.02 * 50e-6, handed_s=n * 0.02 * 50e-6 + 0.001)
    assert pulse.late == 0
    assert pulse.view().lag_max_ms < 1


def test_percentiles_and_maximum_are_of_the_work() -> None:
    pulse = Pulse(real_time=True)
    for n in range(100):
        beat(pulse, n, begun_s=0, handed_s=0.001 if n < 98 else 0.005)
    view = pulse.view()
    assert view.work_p50_ms == pytest.approx(1, abs=0.02)
    assert view.work_p99_ms == pytest.approx(5, abs=0.02)
    assert view.work_max_ms == pytest.approx(5, abs=0.02)
    assert view.ticks == 100


def test_in_virtual_time_nothing_is_late_or_slow() -> None:
    pulse = Pulse(real_time=False)
    assert not beat(pulse, 0, begun_s=0, handed_s=3)
    assert pulse.late == 0


def test_before_the_first_tick_all_figures_are_nothing() -> None:
    view = Pulse(real_time=True).view()
    assert (view.ticks, view.work_p99_ms) == (0, 0.0)


def test_how_late_ticks_begin_is_a_histogram() -> None:
    """R11: jitter that a maximum alone would hide."""
    pulse = Pulse(real_time=True)
    for n, begun_s in enumerate([0, 0.0004, 0.0015, 0.0015, 0.012, 0.030]):
        beat(pulse, n, begun_s=begun_s, handed_s=begun_s + 0.001)
    ticks = {bound: count for bound, count in pulse.view().lag_buckets if count}
    assert ticks == {0.5: 2, 2.0: 2, 20.0: 1, float("inf"): 1}
