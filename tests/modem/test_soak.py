"""Eight hours of calls through one modem, in virtual time: nothing grows."""

import gc
import tracemalloc
from pathlib import Path

import pytest

from drivers.base import Hook, LineFault, ToneRead
from modem.bench import ModemBench
from modem.emulator import Make
from modem.house import PROMPT, SECOND, VOICE, House

HOURS = 8
GROWTH_BYTES_MAX = 300_000  # measured: 100 kB of free lists, after a minute and after eight hours alike


async def one_call(house: House) -> None:
    await house.answers()
    house.saying = PROMPT[: 8000 * 3]
    await house.passes(2 * SECOND)
    house.modem.key("3")
    await house.passes(3 * SECOND)
    house.modem.say(VOICE[: 8000 * 5])
    await house.passes(5 * SECOND)
    house.modem.busy()
    await house.until(lambda: house.of(ToneRead))
    house.bench.board.hook(0, Hook.ON)
    await house.passes(3 * SECOND)
    assert not house.of(LineFault)
    for kept in (house.facts, house.heard, house.modem.all_heard, house.modem.commands):
        kept.clear()


def descriptors() -> int:
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


@pytest.mark.long
async def test_eight_hours_of_calls_leave_memory_queues_and_descriptors_as_they_were() -> None:
    bench = ModemBench((Make(),))
    async with bench.board.open() as ticks:
        house = House(bench, ticks)
        for _ in range(20):
            await one_call(house)
        gc.collect()
        tracemalloc.start()
        try:
            before, open_before = tracemalloc.get_traced_memory()[0], descriptors()
            while bench.board.health().ticks < HOURS * 3600 * SECOND:
                await one_call(house)
            gc.collect()
            growth = tracemalloc.get_traced_memory()[0] - before
        finally:
            tracemalloc.stop()
        health = bench.board.health()
        assert growth < GROWTH_BYTES_MAX
        assert descriptors() == open_before
        assert health.alarms == ()
        assert health.frames_dropped == health.clock_slips == health.underruns == 0
        assert house.session.counters.faults == house.session.counters.garbage_lines == 0
        print(f"{house.session.counters.turns} calls, {growth} bytes more after {HOURS} h")  # noqa: T201  for the log
