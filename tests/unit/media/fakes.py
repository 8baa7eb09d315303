"""A board on tape, ears that are told what they hear, a switch that does as it is told. All behind the real doors."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cti_core.call_control import trace
from cti_core.call_control.actions import Action, AskService, Item, Language
from cti_core.call_control.clock import Instant
from cti_core.call_control.errors import ErrorCategory, RequestRejected
from cti_core.call_control.events import Event
from cti_core.call_control.ids import CallId, LineId, Seq
from cti_core.call_control.switch import Switch
from cti_core.call_control.trace import Hop
from cti_core.call_control.view import CallView, HouseView
from cti_core.media.asking import Asker
from cti_core.media.legs import Legs
from cti_core.media.listen import Listener
from cti_core.media.matrix import Matrix
from cti_core.media.mind import Alarm
from cti_core.media.perform import Performer
from cti_core.media.playout import Playout
from cti_core.media.pump import Pump, Room
from cti_core.media.recorder import Recorder
from cti_core.ports import Reply
from drivers.base import Capability, Health, Hook, PortInfo, PortKind, Tick
from dsp.detections import Detection

LINES = (LineId(1), LineId(2))


Step = Tick | BaseException | Callable[[], object] | None


def tick(at: int, *signals: object, value: int = 0) -> Tick:
    return Tick(at, np.full((len(LINES), 160), value, np.int16), tuple(signals))


def ticks(count: int, *, first: int = 160) -> list[Tick]:
    return [tick(first + 160 * n) for n in range(count)]


class TapeBoard:
    """Plays one tape for each time it is opened: ticks, exceptions, things to do, None where it falls silent."""

    name = "tape"

    def __init__(self, *tapes: Iterable[Step]) -> None:
        self.ports = tuple(PortInfo(port, PortKind.FXO, Capability.NONE) for port in range(len(LINES)))
        self.transmit_delay_samples = 0
        self.spoken: list[NDArray[np.int16]] = []
        self.hooks: list[tuple[int, Hook]] = []
        self.closed = 0
        self._tapes = [list(tape) for tape in tapes]

    def open(self) -> AbstractAsyncContextManager[AsyncIterator[Tick]]:
        return self._open()

    @asynccontextmanager
    async def _open(self) -> AsyncIterator[AsyncIterator[Tick]]:
        tape = self._tapes.pop(0)
        if tape and isinstance(tape[0], BaseException):
            raise tape[0]
        try:
            yield self._play(tape)
        finally:
            self.closed += 1

    async def _play(self, tape: list[Step]) -> AsyncIterator[Tick]:
        for what in tape:
            if isinstance(what, BaseException):
                raise what
            if what is None:
                await asyncio.Event().wait()
            elif isinstance(what, Tick):
                yield what
                await asyncio.sleep(0)
            else:
                what()

    def speak(self, frames: NDArray[np.int16]) -> None:
        self.spoken.append(frames)

    def hook(self, port: int, position: Hook) -> None:
        self.hooks.append((port, position))

    def flash(self, port: int, length_ms: int) -> None: ...

    def ring(self, port: int, *, on: bool) -> None: ...

    def gain(self, port: int, *, rx_db: float, tx_db: float) -> None: ...

    def health(self) -> Health:
        return Health()


@dataclass
class ToldEars:
    """Hears at the n-th tick what stands under n."""

    script: dict[int, list[Detection]] = field(default_factory=dict)
    skipped: list[int] = field(default_factory=list)
    forgot: list[int] = field(default_factory=list)
    heard: int = 0
    waiting_for_number: dict[int, bool] = field(default_factory=dict)
    waiting_for_voice: dict[int, bool] = field(default_factory=dict)
    waiting_for_silence_s: dict[int, float] = field(default_factory=dict)

    def hear(self, frames: NDArray[np.int16], sent: NDArray[np.int16] | None = None) -> Sequence[Detection]:
        self.heard += 1
        self.clean = frames
        return self.script.get(self.heard, [])

    def skip(self, samples: int) -> None:
        self.skipped.append(samples)

    def arm(
        self,
        row: int,
        *,
        dtmf: bool | None = None,
        progress: bool | None = None,
        caller_id: bool | None = None,
        mfc: str | None = None,
        voice: bool | None = None,
        silence_s: float | None = None,
    ) -> None:
        for wish, told in (
            (caller_id, self.waiting_for_number),
            (voice, self.waiting_for_voice),
            (silence_s, self.waiting_for_silence_s),
        ):
            if wish is not None:
                told[row] = wish  # type: ignore[index]

    def reset(self, rows: Iterable[int]) -> None:
        self.forgot += rows


class ToldSwitch:
    """Answers each event type with the actions under its name; refuses and breaks on demand."""

    def __init__(self, **answers: Sequence[Action]) -> None:
        self.answers = answers
        self.handled: list[tuple[Event, Instant]] = []
        self.expired: list[Instant] = []
        self.deadline: Instant | None = None
        self.at_deadline: Sequence[Action] = ()
        self.breaks: Callable[[Event], bool] = lambda _: False
        self.calls: tuple[CallView, ...] = ()
        self._seq = 0

    @property
    def events(self) -> list[Event]:
        return [event for event, _ in self.handled]

    def handle(self, event: Event, now: Instant) -> tuple[Hop, ...]:
        if self.breaks(event):
            raise ZeroDivisionError("a step of ours")
        self.handled.append((event, now))
        if type(event).__name__ == "LogOff":
            raise RequestRejected("wrongState", ErrorCategory.STATE_INCOMPATIBILITY)
        return self._hops(event, self.answers.get(type(event).__name__, ()), now)

    def expire(self, now: Instant) -> tuple[Hop, ...]:
        self.expired.append(now)
        self.deadline = None
        return self._hops(None, self.at_deadline, now)

    def next_deadline(self) -> Instant | None:
        return self.deadline

    def view(self, now: Instant) -> HouseView:
        return HouseView(at=now, lines=(), calls=self.calls, agents=(), queues=())

    def check(self) -> None: ...

    def _hops(self, event: Event | None, actions: Sequence[Action], now: Instant) -> tuple[Hop, ...]:
        whats = [*([event] if event is not None else []), *actions]
        return tuple(self._hop(what, now) for what in whats)

    def _hop(self, what: Event | Action, now: Instant) -> Hop:
        self._seq += 1
        return Hop(
            seq=Seq(self._seq), at=now, because=None, source=trace.API, target=trace.API, what=what, call=CallId("c")
        )


class Beeps:
    """Each prompt is as many samples as its name says, or 800, each of value 500."""

    def samples(self, items: Sequence[Item], language: Language) -> NDArray[np.int16]:
        return np.full(sum(int(str(item)) if str(item).isdigit() else 800 for item in items), 500, np.int16)

    def music(self) -> NDArray[np.int16]:
        return np.full(800, 50, np.int16)


class Wall:
    def at(self, instant: Instant) -> datetime:
        return datetime(2026, 11, 24, tzinfo=UTC) + timedelta(seconds=instant / 8000)


class Desk:
    """A service that answers `yes`, or does what `behave` does."""

    def __init__(self) -> None:
        self.asked: list[tuple[AskService, datetime]] = []
        self.behave: Callable[[], object] | None = None

    async def ask(self, request: AskService, now: datetime) -> Reply:
        self.asked.append((request, now))
        if self.behave is not None:
            result = self.behave()
            if asyncio.iscoroutine(result):
                await result
        return Reply("yes", (("name", "value"),))


@dataclass
class House:
    """A pump with all that belongs to it."""

    board: TapeBoard
    switch: ToldSwitch | Switch
    ears: ToldEars
    room: Room
    pump: Pump
    published: list[Hop]
    hops: list[tuple[Hop, ...]]
    alarms: list[Alarm]


def house(
    folder: Path,
    group: asyncio.TaskGroup,
    board: TapeBoard,
    switch: ToldSwitch | Switch | None = None,
    *,
    ears: ToldEars | None = None,
    desk: Desk | None = None,
    real_time: bool = False,
    **more: object,
) -> House:
    switch, ears = switch or ToldSwitch(), ears or ToldEars()
    published: list[Hop] = []
    hops: list[tuple[Hop, ...]] = []
    alarms: list[Alarm] = []
    matrix = Matrix(LINES)
    playout = Playout(matrix, Beeps())
    delay = None if real_time else (lambda _: 0.1)
    asker = Asker(desk or Desk(), Wall(), group, delay_s=delay)

    def told(event: Event) -> None:
        pump.post(event)

    recorder = Recorder(LINES, folder, told, threaded=False)
    performer = Performer(
        board=board,
        owners=LINES,
        matrix=matrix,
        playout=playout,
        recorder=recorder,
        asker=asker,
        publish=published.append,
    )
    room = Room(
        board=board,
        owners=LINES,
        ears=ears,
        listener=Listener(LINES),
        switch=switch,
        matrix=matrix,
        playout=playout,
        legs=Legs(matrix),
        recorder=recorder,
        asker=asker,
        performer=performer,
    )
    pump = Pump(room, on_hops=hops.append, on_alarm=alarms.append, real_time=real_time, **more)
    return House(board, switch, ears, room, pump, published, hops, alarms)
