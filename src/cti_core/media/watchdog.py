"""A board that falls silent is lost, and so is one that does not open."""

import asyncio
from types import TracebackType
from typing import Final, Self

from drivers.base import BoardLost

SILENCE_S: Final = 0.5  # 25 ticks: longer than any hiccup of a living board
OPEN_S: Final = 10.0  # assumed: no board takes longer to come up
OURSELVES_S: Final = 0.05  # our own loop was held up this long: then silence proves nothing


class Watchdog:
    """Surrounds opening and listening: `async with Watchdog() as dog: ... dog.fed()`. Raises BoardLost."""

    def __init__(self, silence_s: float = SILENCE_S, open_s: float = OPEN_S) -> None:
        self._silence_s = silence_s
        self._limit_s = open_s
        self._opened = False
        self._timeout = asyncio.timeout(None)
        self._loop = asyncio.get_running_loop()
        self._due = self._loop.time() + open_s
        self._timer = self._loop.call_at(self._due, self._look)

    def fed(self) -> None:
        """A tick came. Costs nothing: the timer looks at the date when it fires."""
        self._due = self._loop.time() + self._silence_s
        if not self._opened:
            self._opened = True
            self._limit_s = self._silence_s
            self._timer.cancel()
            self._timer = self._loop.call_at(self._due, self._look)

    async def __aenter__(self) -> Self:
        await self._timeout.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._timer.cancel()
        try:
            await self._timeout.__aexit__(kind, fault, trace)
        except TimeoutError:
            if not self._timeout.expired():
                raise
            raise BoardLost(f"the board was silent for {self._limit_s:g} s") from None

    def _look(self) -> None:
        now = self._loop.time()
        if now - self._timer.when() > OURSELVES_S:
            self._due = now + self._limit_s
        if now >= self._due:
            self._timeout.reschedule(now)
        else:
            self._timer = self._loop.call_at(self._due, self._look)
