"""The words of ECMA-269 (CSTA) that leave the house: states, causes, and the reports about calls, agents and lines.

A report is a fact for the outside. `TYPE` is its name on the wire (reference: `<object>.<camelCase CSTA event>`);
the envelope (sequence number, wall time, node) is added by the bus.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import ClassVar

from cti_core.call_control.csta_calling import (
    DigitsGenerated,
    FarEndAlerting,
    Flashed,
    LineHunted,
    NetworkReached,
    Originated,
    ServiceInitiated,
)
from cti_core.call_control.ids import AgentId, CallId, ExtensionId, LineId, QueueId, RecordingId
from cti_core.call_control.privacy import PhoneNumber


class ConnectionState(StrEnum):
    """Seven states of a connection (ECMA-269 §6.1.5). The state is `hold`; the event is `held`."""

    NULL = "null"
    INITIATED = "initiated"
    ALERTING = "alerting"
    CONNECTED = "connected"
    HOLD = "hold"
    QUEUED = "queued"
    FAILED = "failed"


class AgentState(StrEnum):
    """States of an agent (ECMA-269 §6.1.4). An agent who rings is `busy` too."""

    LOGGED_OFF = "loggedOff"
    NOT_READY = "notReady"
    READY = "ready"
    BUSY = "busy"
    WORKING_AFTER_CALL = "workingAfterCall"


class Cause(StrEnum):
    """Why it happened (ECMA-269 §12.2.2 event causes; the last three are ours)."""

    NORMAL_CLEARING = "normalClearing"
    CALL_CANCELLED = "callCancelled"  # the caller gave up before an answer
    NO_ANSWER = "noAnswer"
    BUSY = "busy"
    QUEUE_FULL = "queueFull"
    QUEUE_TIMEOUT = "queueTimeOut"
    REJECTED = "rejected"
    NETWORK_SIGNAL = "networkSignal"  # busy tone, loop drop: the far end cleared
    NUMBER_UNALLOCATED = "numberUnallocated"
    NETWORK_CONGESTION = "networkCongestion"
    RESOURCES_NOT_AVAILABLE = "resourcesNotAvailable"
    DEVICE_LOST = "deviceLost"  # an agent's desktop vanished
    LINE_LOST = "lineLost"  # the line or its board failed
    SYSTEM_FAILURE = "systemFailure"  # a fault of ours; the call was cut


@dataclass(frozen=True, slots=True)
class Connection:
    """One device in one call."""

    device: str  # `L1`, `A1001`, `X801`, `ivr`, `Qservice`
    state: ConnectionState


@dataclass(frozen=True, slots=True, kw_only=True)
class LineStateChanged:
    TYPE: ClassVar[str] = "line.stateChanged"
    line: LineId
    state: str
    reason: str = ""
    call: CallId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtensionStateChanged:
    """A telephone of the house: `onHook`, `ringing`, `inUse`, `offHook` (lifted without a call), `outOfService`."""

    TYPE: ClassVar[str] = "extension.stateChanged"
    extension: ExtensionId
    state: str
    reason: str = ""
    agent: AgentId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered:
    """A line rings with a new call."""

    TYPE: ClassVar[str] = "call.offered"
    call: CallId
    line: LineId


@dataclass(frozen=True, slots=True, kw_only=True)
class CallerIdReceived:
    TYPE: ClassVar[str] = "call.callerIdReceived"
    call: CallId
    line: LineId
    caller: PhoneNumber | None
    absence: str = ""  # O unavailable, P private (GR-30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Established:
    """Speech path to a device: first the house answers (`ivr`), later an agent."""

    TYPE: ClassVar[str] = "call.established"
    call: CallId
    line: LineId
    device: str
    agent: AgentId | None = None
    estimated: bool = False  # a call of ours whose answer nobody told: ringback ended and somebody speaks


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowStep:
    """The caller came to a node of the menu."""

    TYPE: ClassVar[str] = "call.flowStep"
    call: CallId
    node: str
    script: str  # name@version: the call keeps the version it began with


@dataclass(frozen=True, slots=True, kw_only=True)
class Digits:
    TYPE: ClassVar[str] = "call.digits"
    call: CallId
    digits: str  # `•` where the dialogue asked for a secret


@dataclass(frozen=True, slots=True, kw_only=True)
class Queued:
    TYPE: ClassVar[str] = "call.queued"
    call: CallId
    queue: QueueId
    place: int  # 1 is next


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceChanged:
    TYPE: ClassVar[str] = "call.placeChanged"
    call: CallId
    queue: QueueId
    place: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Routed:
    """Who gets the call, and why the others do not."""

    TYPE: ClassVar[str] = "call.routed"
    call: CallId
    queue: QueueId
    agent: AgentId
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """The call rings at an agent; `data` is the screen pop."""

    TYPE: ClassVar[str] = "call.delivered"
    call: CallId
    line: LineId
    agent: AgentId
    queue: QueueId
    caller: PhoneNumber | None
    waited_s: float
    data: tuple[tuple[str, str], ...] = ()
    device: str = ""  # where it rings


@dataclass(frozen=True, slots=True, kw_only=True)
class Diverted:
    """The call left the agent it rang at (cause `noAnswer`: redirection on no answer)."""

    TYPE: ClassVar[str] = "call.diverted"
    call: CallId
    agent: AgentId
    queue: QueueId
    cause: Cause
    device: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    TYPE: ClassVar[str] = "call.held"
    call: CallId
    agent: AgentId
    device: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Retrieved:
    TYPE: ClassVar[str] = "call.retrieved"
    call: CallId
    agent: AgentId
    device: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """A device of the call is out of reach for a while; `call.established` follows if it comes back."""

    TYPE: ClassVar[str] = "call.failed"
    call: CallId
    line: LineId
    device: str
    cause: Cause
    agent: AgentId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DataChanged:
    TYPE: ClassVar[str] = "call.dataChanged"
    call: CallId
    data: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionCleared:
    """A device left the call."""

    TYPE: ClassVar[str] = "call.connectionCleared"
    call: CallId
    device: str
    cause: Cause
    agent: AgentId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cleared:
    """The call is over. Talk time does not include waiting time."""

    TYPE: ClassVar[str] = "call.cleared"
    call: CallId
    line: LineId
    cause: Cause
    ringing_s: float
    dialogue_s: float
    waiting_s: float
    talking_s: float
    queue: QueueId | None = None  # the last queue it waited in
    agent: AgentId | None = None  # the last agent it spoke to


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentLoggedOn:
    """On duty for these queues; `agent.notReady` follows."""

    TYPE: ClassVar[str] = "agent.loggedOn"
    agent: AgentId
    queues: tuple[QueueId, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentChanged:
    """An agent is in a new state; on the wire `agent.<state>` with `reason` and `by`."""

    TYPE: ClassVar[str] = "agent."  # completed by the state
    agent: AgentId
    state: AgentState
    reason: str = ""
    call: CallId | None = None
    by: str = ""  # who asked: the agent, `system`


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingStarted:
    TYPE: ClassVar[str] = "recording.started"
    call: CallId
    recording: RecordingId
    line: LineId


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingPaused:
    TYPE: ClassVar[str] = "recording.paused"
    call: CallId
    recording: RecordingId


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingResumed:
    TYPE: ClassVar[str] = "recording.resumed"
    call: CallId
    recording: RecordingId


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingReady:
    TYPE: ClassVar[str] = "recording.ready"
    call: CallId
    recording: RecordingId
    seconds: float
    sha256: str
    lost_s: float = 0.0  # marked loss: disk full, crash


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingLost:
    """Audio is being lost from here on; the call goes on."""

    TYPE: ClassVar[str] = "recording.lost"
    call: CallId
    recording: RecordingId
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmRaised:
    TYPE: ClassVar[str] = "system.alarmRaised"
    alarm: str  # stable id: `boardLost`, `diskFull`, `recordingFailing`, `databaseAway`, `slowTick`, `noDialTone` …
    detail: str = ""
    line: LineId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmCleared:
    TYPE: ClassVar[str] = "system.alarmCleared"
    alarm: str
    line: LineId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigApplied:
    TYPE: ClassVar[str] = "system.configApplied"
    changed: tuple[str, ...] = field(default=())
    by: str = ""


Report = (
    LineStateChanged
    | ExtensionStateChanged
    | ServiceInitiated
    | Originated
    | NetworkReached
    | FarEndAlerting
    | LineHunted
    | DigitsGenerated
    | Flashed
    | Offered
    | CallerIdReceived
    | Established
    | FlowStep
    | Digits
    | Queued
    | PlaceChanged
    | Routed
    | Delivered
    | Diverted
    | Held
    | Retrieved
    | Failed
    | DataChanged
    | ConnectionCleared
    | Cleared
    | AgentLoggedOn
    | AgentChanged
    | RecordingStarted
    | RecordingPaused
    | RecordingResumed
    | RecordingReady
    | RecordingLost
    | AlarmRaised
    | AlarmCleared
    | ConfigApplied
)


def type_of(report: Report) -> str:
    """The report's name on the wire."""
    return f"agent.{report.state}" if isinstance(report, AgentChanged) else report.TYPE
