"""What stands in the tables, as frozen rows. Field names are column names."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from cti_core.call_control.ids import AgentId, CallId, LineId, QueueId, RecordingId
from cti_core.call_control.privacy import PhoneNumber


@dataclass(frozen=True, slots=True, kw_only=True)
class CallRow:
    """One call, running (`ended` is None) or over."""

    call: CallId
    stream: str
    position: int  # in the journal of the stream: the first hop of the call lies behind it
    began: datetime
    line: LineId | None = None
    caller: PhoneNumber | None = None
    called: PhoneNumber | None = None  # a call of ours went there
    estimated: bool = False  # nobody told that it was answered: ringback ended and somebody spoke
    absence: str = ""  # why there is no number
    script: str = ""
    node: str = ""
    answered: datetime | None = None
    ended: datetime | None = None
    cause: str | None = None
    ringing_s: float | None = None
    dialogue_s: float | None = None
    waiting_s: float | None = None
    talking_s: float | None = None
    queue: QueueId | None = None
    agent: AgentId | None = None
    data: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionRow:
    """A device's stay in a call: from alerting or queued (`began`) over `connected` to `ended`."""

    call: CallId
    number: int  # within the call; 1 is the caller, in a call of ours the agent
    device: str
    began: datetime
    agent: AgentId | None = None
    connected: datetime | None = None
    ended: datetime | None = None
    cause: str | None = None


class RecordingState(StrEnum):
    RECORDING = "recording"
    CLOSED = "closed"
    CUT = "cut"  # the node died; repaired up to what was on disk
    LOST = "lost"  # audio is being lost, or all of it is


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingRow:
    recording: RecordingId
    call: CallId
    state: RecordingState
    began: datetime
    path: str  # relative to the folder of recordings
    line: LineId | None = None
    ended: datetime | None = None
    seconds: float | None = None
    lost_s: float | None = None
    sha256: str = ""
    reason: str = ""
