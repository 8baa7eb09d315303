"""The door of the switch: all inputs in one order, all actions performed, a faulty step contained.

Events are posted, from any thread, and enter with the next tick. A request enters at once, behind what was posted before
it and with `now` of the last tick, so that an agent's click is not 20 ms late and replay finds it in the same place.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

import structlog

from cti_core.call_control.clock import Instant, after
from cti_core.call_control.errors import DeadlineFault, RequestRejected
from cti_core.call_control.events import Event, LineFailed, LineRestored
from cti_core.call_control.ids import LineId
from cti_core.call_control.switch import Switch
from cti_core.call_control.trace import Hop
from cti_core.media.asking import Asker
from cti_core.media.blame import line_of
from cti_core.media.perform import Performer

FAULT_REST_S: Final = (
    60.0  # assumed: a line whose step raised is tried again; nothing may be out for ever (boards.md R1)
)

Handled = asyncio.Future[tuple[Hop, ...]]

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """Something an operator should know; the house goes on."""

    kind: str  # slowTick boardLost switchFault actionFailed
    text: str
    line: LineId | None = None


class Mind:
    """One switch and its hands. `on_hops` gets the hops of each event before its actions are performed."""

    def __init__(
        self,
        *,
        switch: Switch,
        performer: Performer,
        asker: Asker,
        on_hops: Callable[[tuple[Hop, ...]], None],
        on_alarm: Callable[[Alarm], None],
    ) -> None:
        self.now = Instant(0)
        self.faults = 0
        self.actions_failed = 0
        self.resting: Final[dict[LineId, Instant]] = {}  # lines whose step raised -> when they are tried again
        self._switch = switch
        self._performer = performer
        self._asker = asker
        self._on_hops = on_hops
        self._on_alarm = on_alarm
        self._inbox: Final[deque[tuple[Event, Handled | None]]] = deque()
        self._busy = False

    def post(self, event: Event) -> None:
        """It enters at the next tick. May be called from any thread."""
        self._inbox.append((event, None))

    def request(self, event: Event) -> Handled:
        """It enters now, behind what was posted before. The future holds its hops, RequestRejected, or a fault."""
        answer: Handled = asyncio.get_running_loop().create_future()
        self._inbox.append((event, answer))
        if not self._busy:
            self._drain()
        return answer

    def think(self, now: Instant, heard: Iterable[Event]) -> None:
        """One tick: answers of services, what was posted, what was heard, deadlines; all actions performed."""
        self.now = now
        for event in (*self._asker.answers(), *heard, *self._rested()):
            self.post(event)
        self._drain()
        self._expire()

    def finish(self) -> None:
        """No tick comes any more: what was posted since the last one is taken all the same, and stands in the journal."""
        self._drain()

    def _rested(self) -> list[LineRestored]:
        lines = [line for line, until in self.resting.items() if until <= self.now]
        for line in lines:
            del self.resting[line]
        return [LineRestored(line) for line in lines]

    def _drain(self) -> None:
        """Take what is in the inbox now, first come first served; what is posted meanwhile waits for the next tick."""
        self._busy = True
        try:
            for _ in range(len(self._inbox)):
                self._take(*self._inbox.popleft())
        finally:
            self._busy = False

    def _take(self, event: Event, answer: Handled | None) -> None:
        try:
            hops = self._switch.handle(event, self.now)
        except RequestRejected as refusal:
            _settle(answer, refusal)
            if answer is None:
                log.warning("posted_request_refused", what=type(event).__name__, refusal=str(refusal))
        except Exception as fault:  # noqa: BLE001 - whatever it is, seven other lines are talking
            _settle(answer, fault)
            self._contain(event, fault)
        else:
            self._perform(hops)
            _settle(answer, hops)

    def _expire(self) -> None:
        self._busy = True
        try:
            while (due := self._switch.next_deadline()) is not None and due <= self.now:
                self._expire_one()
        finally:
            self._busy = False

    def _expire_one(self) -> None:
        try:
            hops = self._switch.expire(self.now)
        except DeadlineFault as fault:
            self._contain(fault, fault.__cause__ or fault)
        else:
            self._perform(hops)

    def _perform(self, hops: tuple[Hop, ...]) -> None:
        self._on_hops(hops)
        for hop in hops:
            try:
                self._performer.perform(hop)
            except Exception as fault:  # the mind has decided already: the rest of it must still be done
                self.actions_failed += 1
                what = type(hop.what).__name__
                log.exception("action_failed", action=what, call=hop.call, seq=hop.seq)
                self._on_alarm(Alarm(kind="actionFailed", text=f"{what}: {fault}"))

    def _contain(self, event: Event | DeadlineFault, fault: BaseException) -> None:
        """A step raised and changed nothing: its line goes out of service for a while, the others talk on."""
        what = str(event) if isinstance(event, DeadlineFault) else type(event).__name__
        line = line_of(event, self._switch.view(self.now), self._asker)
        self.faults += 1
        log.error("switch_fault", what=what, line=line, exc_info=fault)
        self._on_alarm(Alarm(kind="switchFault", text=f"{what}: {fault!r}", line=line))
        if line is None:
            return
        self.resting[line] = after(self.now, FAULT_REST_S)
        try:
            self._perform(self._switch.handle(LineFailed(line, "a fault of ours"), self.now))
        except Exception:
            log.exception("line_silenced", line=line)
            self._performer.silence(line)


def _settle(answer: Handled | None, result: tuple[Hop, ...] | Exception) -> None:
    if answer is None or answer.done():
        return
    if isinstance(result, Exception):
        answer.set_exception(result)
    else:
        answer.set_result(result)
