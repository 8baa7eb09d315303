"""The house at one instant, for screens: what `snapshot` sends and a web client folds events into."""

from dataclasses import dataclass

from cti_core.call_control.clock import Instant
from cti_core.call_control.csta import AgentState, Connection
from cti_core.call_control.ids import AgentId, CallId, ExtensionId, LineId, QueueId, RecordingId
from cti_core.call_control.privacy import PhoneNumber


@dataclass(frozen=True, slots=True, kw_only=True)
class LineView:
    line: LineId
    state: (
        str  # idle ringing connected clearing outOfService testing; reserved seizing dialling proceeding: calls of ours
    )
    reason: str = ""
    call: CallId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CallView:
    call: CallId
    line: LineId
    caller: PhoneNumber | None
    state: str  # offered dialogue waiting delivered talking held interrupted; initiated calling alerting: calls of ours
    connections: tuple[Connection, ...]
    began: Instant
    since: Instant  # in this state
    version: int
    data: tuple[tuple[str, str], ...] = ()
    queue: QueueId | None = None
    agent: AgentId | None = None
    node: str = ""
    recording: RecordingId | None = None
    called: PhoneNumber | None = None  # a call of ours goes there
    estimated: bool = False  # nobody told that it was answered: ringback ended and somebody speaks


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentView:
    agent: AgentId
    state: AgentState
    since: Instant
    reason: str = ""
    call: CallId | None = None
    queues: tuple[QueueId, ...] = ()
    extension: ExtensionId | None = None  # the agent's telephone; None: the headset at the desktop


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtensionView:
    """A telephone of the house."""

    extension: ExtensionId
    state: str  # onHook ringing inUse offHook outOfService
    reason: str = ""
    agent: AgentId | None = None  # whose it is


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueView:
    queue: QueueId
    waiting: tuple[CallId, ...]  # next first
    agents: tuple[AgentId, ...]  # logged on for it


@dataclass(frozen=True, slots=True, kw_only=True)
class HouseView:
    at: Instant
    lines: tuple[LineView, ...]
    calls: tuple[CallView, ...]
    agents: tuple[AgentView, ...]
    queues: tuple[QueueView, ...]
    extensions: tuple[ExtensionView, ...] = ()
