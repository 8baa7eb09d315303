"""Counters of the board become one alarm, with figures and advice."""

from cti_core.daemon.board_watch import BoardWatch, Counts, counted
from cti_core.media.pulse import PulseView
from cti_core.settings import MonitorSettings
from drivers.base import Health

LIMITS = MonitorSettings(overruns=5, slips=2)
NONE = counted(
    Health(),
    PulseView(
        ticks=0, ticks_late=0, ticks_lost=0, ticks_slow=0, work_p50_ms=0, work_p99_ms=0, work_max_ms=0, lag_max_ms=0
    ),
)


def counts(**of: int) -> Counts:
    return {**NONE, **of}


def test_more_than_may_be_in_a_minute_is_told_with_its_figure_and_what_to_do() -> None:
    watch = BoardWatch(LIMITS)
    assert watch.look(NONE, 0) == ""
    assert watch.look(counts(overruns=5), 1) == ""
    told = watch.look(counts(overruns=6, slips=3), 59)
    assert told.startswith("6 overruns in a minute: what lines heard is missing")
    assert "; 3 slips in a minute: clocks differ" in told


def test_the_same_number_spread_over_more_than_a_minute_is_none() -> None:
    watch = BoardWatch(LIMITS)
    assert [watch.look(counts(overruns=n), 20.0 * n) for n in range(30)] == [""] * 30


def test_it_is_over_after_a_quiet_minute_and_not_before() -> None:
    """The window of the burst and then a minute; what stands keeps the figures it had."""
    watch = BoardWatch(LIMITS)
    watch.look(NONE, 0)
    told = watch.look(counts(overruns=10), 1)
    seen = [watch.look(counts(overruns=10), float(second)) for second in range(2, 140)]
    assert set(seen) == {told, ""}
    assert 60 <= seen.index("") <= 120
    assert seen[seen.index("") :] == [""] * (138 - seen.index(""))


def test_what_was_counted_before_we_came_is_old_and_a_board_opened_again_counts_from_nothing() -> None:
    """Missed interrupts count since the card's driver was loaded, everything else since the board was opened."""
    watch = BoardWatch(LIMITS)
    assert watch.look(counts(irq_misses=1000, overruns=4), 0) == ""
    assert watch.look(counts(irq_misses=1000, overruns=3), 1) == ""
    assert "6 overruns" in watch.look(counts(irq_misses=1000, overruns=6), 2)
    assert "interrupts" not in watch.look(counts(irq_misses=1000, overruns=6), 3)


def test_every_counter_that_may_be_limited_is_counted() -> None:
    pulse = PulseView(
        ticks=9, ticks_late=1, ticks_lost=2, ticks_slow=0, work_p50_ms=0, work_p99_ms=0, work_max_ms=0, lag_max_ms=0
    )
    health = Health(overruns=4, underruns=5, irq_misses=6, clock_slips=7)
    assert counted(health, pulse) == {"overruns": 4, "underruns": 5, "irq_misses": 6, "slips": 7, "late_ticks": 3}
