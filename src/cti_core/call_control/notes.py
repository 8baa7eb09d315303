"""What the machines say to each other. Never leaves the mind but stands in the trace."""

from dataclasses import dataclass

from cti_core.call_control.clock import Instant
from cti_core.call_control.csta import Cause
from cti_core.call_control.dialogue import DialogueAction, DialogueEvent, ReturnCause
from cti_core.call_control.events import CallerIdHeard
from cti_core.call_control.ids import AgentId, CallId, LineId

# --- line and call --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class LineRang:
    """Line to call: a new call begins."""

    line: LineId


@dataclass(frozen=True, slots=True)
class LineAnswered:
    """Line to call: the loop is closed, the caller hears us."""

    line: LineId


@dataclass(frozen=True, slots=True)
class LineCleared:
    """Line to call: the caller is gone, or the line is."""

    line: LineId
    cause: Cause


@dataclass(frozen=True, slots=True)
class ReleaseLine:
    """Call to line: hang up."""

    cause: Cause


# --- call and queue -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinQueue:
    """Call to queue. `joined` is when it first joined: who was not served keeps the place."""

    call: CallId
    joined: Instant
    passed_by: AgentId | None = None  # did not serve it a moment ago


@dataclass(frozen=True, slots=True)
class LeaveQueue:
    """Call to queue: gave up, or wants the menu."""

    call: CallId


@dataclass(frozen=True, slots=True)
class PlaceTold:
    """Queue to call: tell the caller the place; 1 is next."""

    place: int


@dataclass(frozen=True, slots=True)
class QueueRefused:
    """Queue to call: full, too long, nobody on duty."""

    cause: ReturnCause


@dataclass(frozen=True, slots=True)
class MatchAgents:
    """Switch to queue: an agent may be free."""


@dataclass(frozen=True, slots=True)
class AgentFound:
    """Queue to call: this agent is yours; ring there."""

    agent: AgentId
    waited_s: float


# --- call and agent -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class OfferCall:
    """Call to agent: ring."""

    call: CallId


@dataclass(frozen=True, slots=True)
class OfferWithdrawn:
    """Call to agent: the caller is gone."""

    call: CallId


@dataclass(frozen=True, slots=True)
class CallEnded:
    """Call to agent: it is over; wrap up."""

    call: CallId


@dataclass(frozen=True, slots=True)
class OfferAnswered:
    """Agent to call."""

    agent: AgentId


@dataclass(frozen=True, slots=True)
class OfferRefused:
    """Agent to call: did not answer in time, rejected, or vanished."""

    agent: AgentId
    cause: Cause


@dataclass(frozen=True, slots=True)
class AgentAway:
    """Agent to call: the desktop is gone in the middle of it; it may come back."""

    agent: AgentId


@dataclass(frozen=True, slots=True)
class AgentBack:
    """Agent to call: the desktop is back in time."""

    agent: AgentId


@dataclass(frozen=True, slots=True)
class AgentVanished:
    """Agent to call: the desktop did not come back in time."""

    agent: AgentId


# --- call and recorder ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RecordCall:
    """Call to recorder: whole call, from the answer on (R-REC-1)."""

    line: LineId


@dataclass(frozen=True, slots=True)
class SecretBegan:
    """Dialogue to recorder: what is keyed now is a secret (R-IDV-5)."""


@dataclass(frozen=True, slots=True)
class SecretEnded:
    """Dialogue to recorder."""


@dataclass(frozen=True, slots=True)
class EndRecord:
    """Call to recorder."""


# --- everybody ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class DeadlinePassed:
    """The clock to a machine: its `until` has come."""


@dataclass(frozen=True, slots=True)
class Disregarded:
    """A machine's answer to an event that has no meaning in its state. Nothing is ignored in silence."""

    event: str
    state: str


Note = (
    LineRang
    | CallerIdHeard  # the line passes on what it heard
    | LineAnswered
    | LineCleared
    | ReleaseLine
    | JoinQueue
    | LeaveQueue
    | PlaceTold
    | QueueRefused
    | MatchAgents
    | AgentFound
    | OfferCall
    | OfferWithdrawn
    | CallEnded
    | OfferAnswered
    | OfferRefused
    | AgentAway
    | AgentBack
    | AgentVanished
    | RecordCall
    | SecretBegan
    | SecretEnded
    | EndRecord
    | DeadlinePassed
    | Disregarded
    | DialogueEvent
    | DialogueAction
)
