"""A house for API tests: the real machines (two lines, two agents, one queue), driven by hand; no board, no disk, no clock."""

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from math import inf
from pathlib import Path

from cti_core.api.house import BoardTold, Figures, Gain, House, LineLevel, PortTold, Wake
from cti_core.api.line_report import Finding, LineReport, Outcome, Verdict
from cti_core.bus import Bus
from cti_core.call_control.actions import Language, Tell
from cti_core.call_control.clock import Instant, after, seconds
from cti_core.call_control.errors import ErrorCategory, RequestRejected
from cti_core.call_control.events import (
    CallerIdHeard,
    DigitHeard,
    Event,
    LogOn,
    RingHeard,
    SetReady,
)
from cti_core.call_control.ids import AgentId, CallId, LineId, PortId, QueueId, RecordingId
from cti_core.call_control.privacy import PhoneNumber
from cti_core.call_control.trace import Hop
from cti_core.call_control.view import HouseView
from cti_core.faults import ConfigError, Fault
from cti_core.store.rows import CallRow, RecordingRow, RecordingState
from machines.plans import ANNA, SERVICE, new_switch

BEGAN = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
NUMBER = "13812345678"


class Wall:
    def at(self, instant: Instant) -> datetime:
        return BEGAN + timedelta(seconds=seconds(instant))


class SmallDesk:
    """The switch; its reports go to the bus at once, as the pump does it."""

    def __init__(self, bus: Bus) -> None:
        self.switch = new_switch()
        self.bus = bus
        self.now = Instant(0)
        self.posted: list[Event] = []
        self.obeyed: list[Event] = []
        self.fault: Exception | None = None
        self.gate: asyncio.Event | None = None  # set: requests wait for it after they were obeyed

    def view(self) -> HouseView:
        return self.switch.view(self.now)

    async def request(self, request: Event) -> None:
        if self.fault is not None:
            raise self.fault
        self.tell(request)
        self.obeyed.append(request)
        if self.gate is not None:
            await self.gate.wait()

    def post(self, event: Event) -> None:
        self.posted.append(event)
        self.tell(event)

    def usual_queues(self, agent: AgentId) -> tuple[QueueId, ...]:
        return (SERVICE,)

    # --- the outside ------------------------------------------------------------------------------------------------

    def tell(self, *events: Event) -> None:
        for event in events:
            self._publish(self.switch.handle(event, self.now))

    def pass_time(self, seconds_: float) -> None:
        self.now = after(self.now, seconds_)
        self._publish(self.switch.expire(self.now))

    def rings(self, line: int = 1) -> CallId:
        """A caller reaches the queue; the number is masked everywhere."""
        on = LineId(line)
        self.tell(RingHeard(on))
        self.tell(CallerIdHeard(line=on, number=PhoneNumber(NUMBER)))
        self.pass_time(5.0)
        self.tell(RingHeard(on))
        self.tell(DigitHeard(line=on, digit="0"))
        return next(call.call for call in self.view().calls if call.line == on)

    def delivered(self, agent: AgentId = ANNA) -> CallId:
        """A call that rings at the agent."""
        self.tell(LogOn(agent, (SERVICE,)), SetReady(agent))
        return self.rings()

    def version(self, call: CallId) -> int:
        return next(one.version for one in self.view().calls if one.call == call)

    def _publish(self, hops: tuple[Hop, ...]) -> None:
        versions = {call.call: call.version for call in self.view().calls}
        for hop in hops:
            if isinstance(hop.what, Tell):
                version = versions.get(hop.call) if hop.call else None
                self.bus.publish(hop.what.report, hop.at, hop.because, version)


@dataclass
class SmallFrame:
    sequence: int
    at: int
    payload: bytes


@dataclass
class SmallLeg:
    wake: Wake
    heard: list[bytes] = field(default_factory=list)
    out: deque[SmallFrame] = field(default_factory=deque)

    def push_alaw(self, payload: bytes) -> None:
        self.heard.append(payload)

    def next_frame(self) -> SmallFrame | None:
        return self.out.popleft() if self.out else None

    def speak(self, *frames: SmallFrame) -> None:
        self.out.extend(frames)
        self.wake()


class SmallHeadsets:
    def __init__(self) -> None:
        self.legs: dict[AgentId, SmallLeg] = {}
        self.full = False

    def attach(self, agent: AgentId, wake: Wake) -> SmallLeg:
        if self.full:
            raise RequestRejected("noRoom", ErrorCategory.SYSTEM_RESOURCE)
        self.legs[agent] = SmallLeg(wake)
        return self.legs[agent]

    def detach(self, agent: AgentId, leg: object) -> None:
        if self.legs.get(agent) is leg:
            del self.legs[agent]


class SmallRecords:
    """Three finished calls, each with a recording of 1000 octets."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.rows = [
            CallRow(
                call=CallId(f"c{n}"),
                stream="t",
                position=n,
                began=BEGAN - timedelta(minutes=10 - n),
                ended=BEGAN - timedelta(minutes=9 - n),
                line=LineId(1),
                caller=PhoneNumber(NUMBER),
                cause="normalClearing",
                talking_s=30.0,
                data=(("topic", "挂号"),),
            )
            for n in (3, 2, 1)
        ]

    async def calls(self, limit: int, before: CallId | None) -> Sequence[CallRow]:
        start = 0 if before is None else next(i for i, row in enumerate(self.rows) if row.call == before) + 1
        return self.rows[start : start + limit]

    async def call(self, call: CallId) -> CallRow | None:
        return next((row for row in self.rows if row.call == call), None)

    async def recordings(self, limit: int, before: RecordingId | None) -> Sequence[RecordingRow]:
        rows = [self._recording(row) for row in self.rows]
        start = 0 if before is None else next(i for i, row in enumerate(rows) if row.recording == before) + 1
        return rows[start : start + limit]

    async def recording(self, recording: RecordingId) -> RecordingRow | None:
        row = await self.call(CallId(recording))
        return None if row is None else self._recording(row)

    def audio(self, row: RecordingRow) -> Path:
        return self.folder / row.path

    async def ladder(self, call: CallId, language: Language) -> str | None:
        return f"{call} 的梯形图" if language is Language.ZH and await self.call(call) else None

    def _recording(self, row: CallRow) -> RecordingRow:
        return RecordingRow(
            recording=RecordingId(row.call),
            call=row.call,
            state=RecordingState.CLOSED,
            began=row.began,
            path=f"{row.call}.wav",
            seconds=60.0,
        )


class SmallEngine:
    def __init__(self) -> None:
        self.lost: tuple[str, ...] = ()
        self.broken: tuple[Fault, ...] = ()

    def figures(self) -> Figures:
        return Figures(
            ticks=50,
            ticks_late=1,
            ticks_lost=0,
            ticks_slow=2,
            work_ms={0.5: 0.4, 0.99: 1.5, 1.0: 12.0},
            board="simulated",
            board_is_lost=False,
            board_losses=0,
            switch_faults=0,
            actions_failed=0,
            recordings=1,
            recording_blocks_waiting=0,
            recording_blocks_dropped=0,
            legs=0,
            journal_backlog=7,
            lag_max_ms=21.5,
            lag_buckets=((0.5, 48), (20.0, 1), (inf, 1)),
        )

    def board(self) -> BoardTold:
        told = PortTold(port=0, line=LineId(1), kind="fxo", can=("rings",), cannot=("flash",), remarks=("it is old",))
        return BoardTold(name="modem", ports=(told,), alarms=("the cable is pulled",), counters={"ticks_late": 3})

    def levels(self) -> tuple[LineLevel, ...]:
        return (
            LineLevel(line=LineId(1), receive_dbm0=-18.5, transmit_dbm0=-99.0, clipped=True),
            LineLevel(line=LineId(2), receive_dbm0=None, transmit_dbm0=None),
        )

    async def test_line(self, line: LineId, by: str, language: Language) -> LineReport:
        if line > 8:
            raise RequestRejected("unknownLine", ErrorCategory.OPERATION, line=line)
        said = "线路良好。" if language is Language.ZH else "The line is good."
        heard = Finding(
            name="noise", title="noise", text="-60.0 dBm0", verdict=Verdict.GOOD, value=-60.0, unit="dBm0", high=-40.0
        )
        return LineReport(
            line=line, outcome=Outcome.DONE, verdict=Verdict.GOOD, said=f"{said} {by}", seconds=5.0, findings=(heard,)
        )

    def gains(self) -> tuple[Gain, ...]:
        return (Gain(source=PortId("L1"), sink=PortId("A1001"), gain=1.0),)

    async def listen(self, line: LineId, seconds: float, by: str) -> bytes:
        if line > 8:
            raise RequestRejected("unknownLine", ErrorCategory.OPERATION, line=line)
        return b"RIFF" + f"{line} {seconds} {by}".encode()

    async def reload(self, by: str) -> tuple[str, ...]:
        if self.broken:
            raise ConfigError(self.broken)
        return ("ivr/main.yaml",)

    def missing(self) -> tuple[str, ...]:
        return self.lost


class SmallHouse:
    def __init__(self, folder: Path, *, replay_max: int = 20_000) -> None:
        self.bus = Bus(node="n1", stream="t", replay_max=replay_max)
        self.desk = SmallDesk(self.bus)
        self.headsets = SmallHeadsets()
        self.records = SmallRecords(folder)
        self.engine = SmallEngine()

    def doors(self) -> House:
        return House(desk=self.desk, headsets=self.headsets, records=self.records, engine=self.engine, wall=Wall())
