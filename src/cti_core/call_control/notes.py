"""What the machines say to each other. Never leaves the mind but stands in the trace."""

from dataclasses import dataclass

from cti_core.call_control.actions import Language
from cti_core.call_control.csta import Cause
from cti_core.call_control.dialogue import DialogueAction, DialogueEvent
from cti_core.call_control.ids import AgentId, CallId, LineId, QueueId

# --- line and call --------------------------------------------------------------------------------------------------


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
    """Call to queue. `at_head`: it waited its turn before and was not served."""

    call: CallId
    line: LineId
    language: Language
    at_head: bool = False
    passed_by: AgentId | None = None  # did not serve it a moment ago


@dataclass(frozen=True, slots=True)
class LeaveQueue:
    """Call to queue: gave up, or is being served."""

    call: CallId


@dataclass(frozen=True, slots=True)
class QueueRefused:
    """Queue to call: full, too long, nobody on duty."""

    queue: QueueId
    cause: Cause


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
class AgentVanished:
    """Agent to call: the desktop did not come back in time."""

    agent: AgentId


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
    LineAnswered
    | LineCleared
    | ReleaseLine
    | JoinQueue
    | LeaveQueue
    | QueueRefused
    | AgentFound
    | OfferCall
    | OfferWithdrawn
    | CallEnded
    | OfferAnswered
    | OfferRefused
    | AgentVanished
    | DeadlinePassed
    | Disregarded
    | DialogueEvent
    | DialogueAction
)
