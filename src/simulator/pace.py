"""Who makes the ticks: the wall clock (`drivers.pace`), or the processor as fast as it can."""

import asyncio
from collections.abc import Awaitable, Callable

from drivers.pace import BACKLOG_TICKS, TICK_S, Pace, RealTime

__all__ = ["BACKLOG_TICKS", "TICK_S", "Pace", "RealTime", "VirtualTime"]


class VirtualTime:
    """As fast as the processor allows. `settle` may wait for real work while the clock stands still."""

    def __init__(self, settle: Callable[[], Awaitable[None]] | None = None) -> None:
        self.late = 0
        self.settle = settle

    def start(self) -> None:
        self.late = 0

    async def next_tick(self) -> int:
        await asyncio.sleep(0)
        if self.settle is not None:
            await self.settle()
        return 0

    def overdue(self) -> bool:
        return False
