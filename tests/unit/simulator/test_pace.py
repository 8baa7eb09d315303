"""Who makes the ticks. The wall clock is a fake that moves when it is slept on."""

import asyncio

import pytest

from simulator.pace import RealTime, VirtualTime


class Clock:
    """Sleeping is instant, and wakes 1 ms late, as a real one does."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds + 0.001


def started(backlog_ticks: int = 5) -> tuple[Clock, RealTime]:
    clock = Clock()
    pace = RealTime(backlog_ticks, clock=clock, sleep=clock.sleep)
    pace.start()
    return clock, pace


async def test_deadlines_do_not_drift_however_late_each_sleep_wakes() -> None:
    clock, pace = started()
    for _ in range(1000):
        clock.now += 0.007  # the tick's work
        assert await pace.next_tick() == 0
    assert clock.now == pytest.approx(1000.0 + 1000 * 0.02 + 0.001)
    assert pace.late == 0


async def test_a_consumer_who_took_too_long_gets_what_waits_at_once_and_is_counted() -> None:
    clock, pace = started()
    await pace.next_tick()
    clock.now += 0.05
    assert [await pace.next_tick() for _ in range(3)] == [0, 0, 0]
    assert clock.slept[1:3] == [0.0, 0.0]
    assert pace.late == 2


async def test_a_consumer_who_is_too_far_behind_loses_ticks_and_is_in_time_again() -> None:
    clock, pace = started(backlog_ticks=5)
    await pace.next_tick()
    clock.now += 0.02 * 10
    assert await pace.next_tick() == 9
    assert await pace.next_tick() == 0
    assert clock.now == pytest.approx(1000.0 + 12 * 0.02 + 0.001)


async def test_a_frame_is_overdue_when_the_next_tick_has_begun() -> None:
    clock, pace = started()
    await pace.next_tick()
    clock.now += 0.018
    assert not pace.overdue()
    clock.now += 0.002
    assert pace.overdue()


async def test_a_new_start_forgets_the_time_between() -> None:
    clock, pace = started()
    await pace.next_tick()
    clock.now += 60
    pace.start()
    assert await pace.next_tick() == 0
    assert pace.late == 0


async def test_virtual_time_lets_others_run_and_waits_for_real_work() -> None:
    """The clock stands still until `settle` is done."""
    done: list[str] = []

    async def settle() -> None:
        done.append("settled")

    other = asyncio.create_task(_note(done))
    pace = VirtualTime(settle)
    assert await pace.next_tick() == 0
    assert done == ["other", "settled"]
    assert not pace.overdue()
    await other


async def _note(done: list[str]) -> None:
    done.append("other")
