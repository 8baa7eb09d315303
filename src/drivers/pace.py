"""Who makes the ticks of a board that has no clock of its own."""

import asyncio
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import Final, Protocol

from drivers.base import RATE_HZ, TICK_SAMPLES

TICK_S: Final = TICK_SAMPLES / RATE_HZ
BACKLOG_TICKS: Final = 5  # assumed: 100 ms, what a board's driver buffers before it loses samples


class Pace(Protocol):
    """Waits between the ticks of one opening of a board."""

    late: int
    """Ticks whose work took longer than their 20 ms."""

    def start(self) -> None:
        """The board is opened now: the first tick is due 20 ms from here."""
        ...

    async def next_tick(self) -> int:
        """Wait until the next tick is due; how many were lost before it."""
        ...

    def overdue(self) -> bool:
        """What is sent now would miss the next tick."""
        ...


class RealTime:
    """A tick each 20 ms by deadline (`due += 0.02`), so it never drifts.

    A consumer that is up to `backlog_ticks` behind gets them at once; one that is further behind loses them.
    """

    def __init__(
        self,
        backlog_ticks: int = BACKLOG_TICKS,
        *,
        clock: Callable[[], float] = monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.late = 0
        self._backlog_ticks: Final = backlog_ticks
        self._clock: Final = clock
        self._sleep: Final = sleep
        self._began = 0.0
        self._ticks = 0  # due ones since then; a count, so that no rounding adds up

    def start(self) -> None:
        self.late = 0
        self._began = self._clock()
        self._ticks = 0

    async def next_tick(self) -> int:
        behind_s = self._clock() - self._due(self._ticks + 1)
        if self._ticks and behind_s > 0:
            self.late += 1
        lost = int(behind_s / TICK_S)
        if lost <= self._backlog_ticks:
            lost = 0
        self._ticks += 1 + lost
        await self._sleep(max(self._due(self._ticks) - self._clock(), 0.0))  # 0 still lets others run
        return lost

    def overdue(self) -> bool:
        return self._clock() >= self._due(self._ticks + 1)

    def _due(self, tick: int) -> float:
        return self._began + tick * TICK_S
