"""A command is obeyed once, however often the network makes a client repeat it.

The first answer, good or bad, is kept for the key; a repeat gets it. It also outlives the socket that asked.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Final

from cti_core.api.auth import Principal
from cti_core.call_control.errors import ErrorCategory, RequestRejected
from cti_core.wire import JsonValue

KEPT_MAX: Final = 256  # assumed: answers kept for each principal; a desktop makes a few hundred commands a shift
ANSWER_S: Final = 2.0  # assumed: the house answers in the same tick; nobody waits longer for a sign of life


@dataclass(frozen=True, slots=True)
class _First:
    asked: bytes
    answer: asyncio.Task[JsonValue]


class Once:
    """Runs commands; remembers those with a key."""

    def __init__(self, *, kept_max: int = KEPT_MAX, answer_s: float = ANSWER_S) -> None:
        self._kept_max = kept_max
        self._answer_s = answer_s
        self._shelves: Final[dict[Principal, OrderedDict[str, _First]]] = {}
        self._running: Final[set[asyncio.Task[JsonValue]]] = set()

    async def do(
        self, who: Principal, key: str | None, asked: bytes, run: Callable[[], Coroutine[None, None, JsonValue]]
    ) -> JsonValue:
        """The answer of `run`, or of the run that had this key first. `asked` is what it must be equal to.

        Raises RequestRejected: the run's own, `idempotencyKeyReused`, or `noReply` when nothing came in time; the
        command may still be obeyed then, and the same key finds out.
        """
        shelf = self._shelves.setdefault(who, OrderedDict())
        first = shelf.get(key) if key is not None else None
        if first is None:
            task = asyncio.create_task(run(), name=f"command of {who.name}")
            self._running.add(task)
            task.add_done_callback(self._ended)
            if key is not None:
                shelf[key] = _First(asked, task)
                if len(shelf) > self._kept_max:
                    shelf.popitem(last=False)
        elif first.asked != asked:
            raise RequestRejected("idempotencyKeyReused", ErrorCategory.OPERATION, idempotencyKey=key)
        else:
            task = first.answer
        try:
            async with asyncio.timeout(self._answer_s):
                return await asyncio.shield(task)
        except TimeoutError:
            raise RequestRejected("noReply", ErrorCategory.SYSTEM_RESOURCE) from None

    async def close(self) -> None:
        """The house is closing: what still runs is given up."""
        for task in self._running.copy():
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)

    def _ended(self, task: asyncio.Task[JsonValue]) -> None:
        self._running.discard(task)
        if not task.cancelled():
            task.exception()  # told to whoever waits; nobody may wait any more
