"""Questions to services: asked in tasks, answered as events. The tick never waits for them.

In real time an answer is posted when it comes, or a failure after `LIMIT_S`. In virtual time each answer has a date,
`delay_s` after the question, and the clock stands still at that date until the answer is there: the same seed gives the
same order of events however fast the machine is.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import structlog

from cti_core.call_control.actions import AskService
from cti_core.call_control.clock import Instant, after
from cti_core.call_control.events import ServiceAnswered, ServiceFailed
from cti_core.call_control.ids import AskId, CallId
from cti_core.ports import ServiceDown, Services, WallClock

LIMIT_S: Final = 4.0  # assumed: a caller bears no longer silence before "please wait" must become "we cannot"
PENDING_MAX: Final = 1000  # assumed: far more than lines; a service that is away must not fill the memory
DELAY_S: Final = 0.1  # virtual time: what a healthy service takes

Answer = ServiceAnswered | ServiceFailed

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, eq=False)
class _Pending:
    call: CallId
    task: "asyncio.Task[Answer]"
    due: Instant | None  # virtual time only


class Asker:
    """Owns the questions that are under way. `delay_s` given: virtual time, seconds from question to answer."""

    def __init__(
        self,
        services: Services,
        wall: WallClock,
        group: asyncio.TaskGroup,
        *,
        limit_s: float = LIMIT_S,
        delay_s: Callable[[AskService], float] | None = None,
    ) -> None:
        self._services = services
        self._wall = wall
        self._group = group
        self._limit_s = limit_s
        self._delay_s = delay_s
        self._pending: Final[dict[AskId, _Pending]] = {}
        self._answered: Final[list[tuple[CallId, Answer]]] = []
        self._taken: dict[AskId, CallId] = {}  # by the last `answers`

    def __len__(self) -> int:
        return len(self._pending)

    def ask(self, question: AskService, now: Instant) -> None:
        """Its answer comes out of `answers` of a later tick."""
        if len(self._pending) >= PENDING_MAX:
            self._answered.append((question.call, ServiceFailed(question.ask, "too many questions are under way")))
            return
        task = self._group.create_task(self._answer(question, now), name=f"ask {question.service} {question.ask}")
        due = None
        if self._delay_s is not None:
            due = after(now, min(self._delay_s(question), self._limit_s))
        else:
            task.add_done_callback(lambda done: self._done(question.ask, done))
        self._pending[question.ask] = _Pending(question.call, task, due)

    def call_of(self, ask: AskId) -> CallId | None:
        """Who asked, while the question is under way or its answer is being handled."""
        pending = self._pending.get(ask)
        return pending.call if pending else self._taken.get(ask)

    def answers(self) -> tuple[Answer, ...]:
        """What came since the last look, in order."""
        if not self._answered:
            return ()
        self._taken = {answer.ask: call for call, answer in self._answered}
        answers = tuple(answer for _, answer in self._answered)
        self._answered.clear()
        return answers

    @property
    def next_due(self) -> Instant | None:
        """Virtual time: when the clock has to stand still for an answer."""
        return min((pending.due for pending in self._pending.values() if pending.due is not None), default=None)

    async def settle(self, now: Instant) -> None:
        """Virtual time: wait for all answers whose date has come."""
        due = [(p.due, ask) for ask, p in self._pending.items() if p.due is not None and p.due <= now]
        for _, ask in sorted(due):
            pending = self._pending[ask]
            self._answered.append((pending.call, await pending.task))
            del self._pending[ask]

    def close(self) -> None:
        """Nobody waits for answers any more."""
        for pending in self._pending.values():
            pending.task.cancel()
        self._pending.clear()

    async def _answer(self, question: AskService, now: Instant) -> Answer:
        too_late = f"{question.service} did not answer within {self._limit_s:g} s"
        if self._delay_s is not None and self._delay_s(question) > self._limit_s:
            return ServiceFailed(question.ask, too_late)
        try:
            async with asyncio.timeout(self._limit_s if self._delay_s is None else None):
                reply = await self._services.ask(question, self._wall.at(now))
        except ServiceDown as down:
            return ServiceFailed(question.ask, str(down))
        except TimeoutError:
            return ServiceFailed(question.ask, too_late)
        except Exception:
            log.exception("service_fault", service=question.service, request=question.request, call=question.call)
            return ServiceFailed(question.ask, f"{question.service} has a fault")
        return ServiceAnswered(ask=question.ask, outcome=reply.outcome, values=reply.values)

    def _done(self, ask: AskId, task: "asyncio.Task[Answer]") -> None:
        pending = self._pending.pop(ask, None)
        if pending is not None and not task.cancelled():
            self._answered.append((pending.call, task.result()))
