"""Numbers the events of one stream and hands them to whoever listens. Knows no JSON, no socket and no clock.

A stream is one start of a node: numbers begin at 1, go up by one and are never used twice. `publish` is synchronous and
cheap; whoever does not keep up is cut and comes back with the number of the last event it saw.
All of it belongs to one event loop.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice
from typing import Final, NewType

from cti_core.call_control.clock import Instant
from cti_core.call_control.csta import AlarmCleared, AlarmRaised, Report, type_of
from cti_core.call_control.ids import LineId, Seq

StreamSeq = NewType("StreamSeq", int)
"""Number of an event in the stream. Not to be confused with `ids.Seq`, the number of a hop in the trace."""

REPLAY_MAX: Final = 20_000  # assumed: an hour of eight busy lines, and 10 MB
QUEUE_MAX: Final = 1000  # wire contract: a client that lets more wait is cut
BEGINNING: Final = StreamSeq(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """A report with its place in the stream. `version` is the call's after it, if the publisher knows."""

    seq: StreamSeq
    at: Instant
    report: Report
    because: Seq | None
    version: int | None = None

    @property
    def topic(self) -> str:
        """`call` of `call.delivered`."""
        return type_of(self.report).partition(".")[0]


@dataclass(frozen=True, slots=True)
class Gap:
    """What was asked for is not kept any more, or was never said. `oldest` is the first event that is kept."""

    oldest: StreamSeq


class Subscription:
    """Events for one listener, each once and in order. `wake` is called in `publish`; it must neither wait nor raise."""

    def __init__(
        self,
        bus: "Bus",
        missed: tuple[Published, ...],
        topics: frozenset[str] | None,
        wake: Callable[[], None],
        queue_max: int,
    ) -> None:
        self.cut = False
        self._bus = bus
        self._missed = deque(event for event in missed if topics is None or event.topic in topics)
        self._fresh: deque[Published] = deque()
        self._topics = topics
        self._wake = wake
        self._queue_max = queue_max

    @property
    def position(self) -> StreamSeq:
        """Every event up to this number was taken (or is of another topic)."""
        waiting = self._missed or self._fresh
        return StreamSeq(waiting[0].seq - 1) if waiting else self._bus.seq

    def take(self, count_max: int, upto: StreamSeq | None = None) -> list[Published]:
        """The next events, at most `count_max`, none later than `upto`. Nothing comes any more once it is cut."""
        taken: list[Published] = []
        for waiting in (self._missed, self._fresh):
            while waiting and len(taken) < count_max and (upto is None or waiting[0].seq <= upto):
                taken.append(waiting.popleft())
            if waiting:
                break
        return taken

    def close(self) -> None:
        """Listen no more. Twice is once."""
        self._bus.drop(self)

    def offer(self, event: Published) -> None:
        """From the bus. More than the queue holds: cut, and what waited is forgotten."""
        if self._topics is not None and event.topic not in self._topics:
            return
        if len(self._fresh) >= self._queue_max:
            self.cut = True
            self._missed.clear()
            self._fresh.clear()
            self._bus.drop(self)
        else:
            self._fresh.append(event)
        self._wake()


class Bus:
    """The one ordered event log of a node, as far as it is kept in memory."""

    def __init__(self, *, node: str, stream: str, replay_max: int = REPLAY_MAX) -> None:
        self.node: Final = node
        self.stream: Final = stream
        self.cut_count = 0
        self._seq = BEGINNING
        self._kept: Final[deque[Published]] = deque(maxlen=replay_max)
        self._listeners: list[Subscription] = []
        self._alarms: Final[dict[tuple[str, LineId | None], AlarmRaised]] = {}

    @property
    def seq(self) -> StreamSeq:
        """Number of the newest event; 0 before the first."""
        return self._seq

    @property
    def oldest(self) -> StreamSeq:
        """Number of the oldest event that is kept; of the next one when none is."""
        return self._kept[0].seq if self._kept else StreamSeq(self._seq + 1)

    @property
    def listeners(self) -> int:
        return len(self._listeners)

    @property
    def alarms(self) -> tuple[AlarmRaised, ...]:
        """Those that were raised in this stream and not cleared, oldest first."""
        return tuple(self._alarms.values())

    def publish(self, report: Report, at: Instant, because: Seq | None, version: int | None = None) -> Published:
        """Number it, keep it, offer it to every listener. Never waits."""
        self._seq = StreamSeq(self._seq + 1)
        event = Published(seq=self._seq, at=at, report=report, because=because, version=version)
        self._kept.append(event)
        self._note_alarm(report)
        for listener in self._listeners.copy():
            listener.offer(event)
        return event

    def replay(self, after: StreamSeq) -> tuple[Published, ...] | Gap:
        """Everything behind the event `after` that this stream has said until now."""
        if not self.oldest - 1 <= after <= self._seq:
            return Gap(self.oldest)
        return tuple(islice(self._kept, after - self.oldest + 1, None))

    def subscribe(
        self,
        wake: Callable[[], None],
        *,
        after: StreamSeq | None = None,
        topics: frozenset[str] | None = None,
        queue_max: int = QUEUE_MAX,
    ) -> Subscription | Gap:
        """Listen from now on, or from behind the event `after`: nothing is lost and nothing doubled in between."""
        missed = () if after is None else self.replay(after)
        if isinstance(missed, Gap):
            return missed
        subscription = Subscription(self, missed, topics, wake, queue_max)
        self._listeners.append(subscription)
        return subscription

    def drop(self, subscription: Subscription) -> None:
        """The listener left, or was cut."""
        if subscription in self._listeners:
            self._listeners.remove(subscription)
            self.cut_count += subscription.cut

    def _note_alarm(self, report: Report) -> None:
        match report:
            case AlarmRaised():
                self._alarms[report.alarm, report.line] = report
            case AlarmCleared():
                self._alarms.pop((report.alarm, report.line), None)
            case _:
                pass
