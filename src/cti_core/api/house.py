"""What the API needs of the house, as small doors. `assemble` puts the real ones in, tests put fakes in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from cti_core.api.line_report import LineReport
from cti_core.call_control.actions import Language
from cti_core.call_control.events import AgentLost, AgentReturned, Request
from cti_core.call_control.ids import AgentId, CallId, ExtensionId, LineId, PortId, QueueId, RecordingId
from cti_core.call_control.view import HouseView
from cti_core.ports import WallClock
from cti_core.store.rows import CallRow, RecordingRow


class Desk(Protocol):
    """The mind, asked and told."""

    def view(self) -> HouseView:
        """The house as the newest event of the bus left it: both are read in one step of the loop."""
        ...

    async def request(self, request: Request) -> None:
        """Done when this returns. Raises RequestRejected; then nothing changed."""
        ...

    def post(self, event: AgentLost | AgentReturned) -> None:
        """An agent's desktop went or came. Never waits."""
        ...

    def usual_queues(self, agent: AgentId) -> tuple[QueueId, ...]:
        """The queues of an agent who names none at log-on; empty for a stranger."""
        ...


class Frame(Protocol):
    """20 ms for an agent's headset. A gap in `sequence` means that frames were dropped."""

    @property
    def sequence(self) -> int: ...
    @property
    def at(self) -> int:
        """Media time, samples at 8 kHz."""
        ...

    @property
    def payload(self) -> bytes:
        """160 bytes of A-law."""
        ...


class Leg(Protocol):
    """One agent's microphone and headset, as one socket carries them. The tick never waits for it."""

    def push_alaw(self, payload: bytes) -> None:
        """160 bytes from the client. Raises ValueError for another length."""
        ...

    def next_frame(self) -> Frame | None:
        """The oldest frame that waits for the client, and it waits no more."""
        ...


class Headsets(Protocol):
    """Agents' audio legs."""

    def attach(self, agent: AgentId, wake: "Wake") -> Leg:
        """From the next tick on, in place of the leg the agent had. Raises RequestRejected when there is no room."""
        ...

    def detach(self, agent: AgentId, leg: Leg) -> None:
        """The socket is gone. Nothing happens to a leg that was replaced meanwhile."""
        ...


class Wake(Protocol):
    """Called by the tick when a frame waits."""

    def __call__(self) -> None: ...


class Records(Protocol):
    """What is kept on disk. All raise RequestRejected `storeAway` while the database is away."""

    async def calls(self, limit: int, before: CallId | None) -> Sequence[CallRow]:
        """Running and finished, newest first; those older than the call `before`."""
        ...

    async def call(self, call: CallId) -> CallRow | None: ...

    async def recordings(self, limit: int, before: RecordingId | None) -> Sequence[RecordingRow]:
        """Running and finished, newest first; those older than the recording `before`."""
        ...

    async def recording(self, recording: RecordingId) -> RecordingRow | None: ...

    def audio(self, row: RecordingRow) -> Path:
        """The WAV file; it may be gone."""
        ...

    async def ladder(self, call: CallId, language: Language) -> str | None:
        """The ladder of a finished or running call; None for a stranger."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Gain:
    """One entry of the switching matrix: `sink` hears `source`."""

    source: PortId
    sink: PortId
    gain: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """How the heart and the disks do, since the start of the stream."""

    ticks: int
    ticks_late: int
    ticks_lost: int
    ticks_slow: int
    work_ms: Mapping[float, float]  # quantile -> ms: 0.5, 0.99, 1.0
    board: str
    board_is_lost: bool
    board_losses: int
    switch_faults: int
    actions_failed: int
    recordings: int
    recording_blocks_waiting: int
    recording_blocks_dropped: int
    legs: int
    journal_backlog: int  # entries that are not on disk or not in the database yet
    work_buckets: tuple[tuple[float, int], ...] = ()  # (upper bound in s, ticks up to it); empty: quantiles only
    work_sum_s: float = 0.0
    lag_max_ms: float = 0.0  # from a tick's due time to the begin of its work: what the machine around us does to us
    lag_buckets: tuple[tuple[float, int], ...] = ()  # its histogram: upper bound in ms, ticks of this bucket alone


@dataclass(frozen=True, slots=True, kw_only=True)
class PortTold:
    """One port of the board, in words: "it can ...", "it cannot ...", and what people do not expect."""

    port: int
    line: LineId | None
    kind: str
    can: tuple[str, ...]
    cannot: tuple[str, ...]
    remarks: tuple[str, ...]
    extension: ExtensionId | None = None  # the telephone of the house on it


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardTold:
    """What hangs behind the lines. `counters`: the board's own, since it was opened."""

    name: str
    ports: tuple[PortTold, ...]
    alarms: tuple[str, ...]
    counters: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class LineLevel:
    """What the meters of one line show, of the newest 160 ms; None while the board is lost."""

    line: LineId
    receive_dbm0: float | None  # without our own echo
    transmit_dbm0: float | None
    clipped: bool = False  # what was heard reached full scale: lower the receive gain


class Engine(Protocol):
    """The machinery behind the mind, for operators."""

    def figures(self) -> Figures: ...

    def gains(self) -> tuple[Gain, ...]:
        """Every entry of the matrix that is not zero."""
        ...

    def board(self) -> BoardTold: ...

    def levels(self) -> tuple[LineLevel, ...]:
        """Of every line, worked out now: the tick pays nothing for meters nobody looks at."""
        ...

    async def reload(self, by: str) -> tuple[str, ...]:
        """Read the configuration again and apply it whole. What changed. Raises ConfigError; then nothing changed."""
        ...

    async def listen(self, line: LineId, seconds: float, by: str) -> bytes:
        """What a line hears from now on, as a WAV file. Raises RequestRejected: `unknownLine`, `lineLost`."""
        ...

    async def test_line(self, line: LineId, by: str, language: Language) -> LineReport:
        """Takes an idle line out of hunting for some ten seconds, measures it, and gives it back whatever happens.

        Raises RequestRejected: `unknownLine`, `wrongState` while the line is in use, `noRoom`.
        """
        ...

    def missing(self) -> tuple[str, ...]:
        """Why calls could not be taken just now, in stable words (`boardLost`, `databaseAway`); empty when ready."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """All doors of one node."""

    desk: Desk
    headsets: Headsets
    records: Records
    engine: Engine
    wall: WallClock
