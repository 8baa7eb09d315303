"""What the machines say to each other. Never leaves the mind but stands in the trace."""

from dataclasses import dataclass

from cti_core.call_control.cas_words import CalledHeard
from cti_core.call_control.clock import Instant
from cti_core.call_control.csta import Cause
from cti_core.call_control.dialogue import DialogueAction, DialogueEvent, ReturnCause
from cti_core.call_control.events import AlarmNoticed, AlarmOver, CallerIdHeard
from cti_core.call_control.ids import AgentId, CallId, LineId, PortId
from cti_core.call_control.in_talk import TalkNote
from cti_core.call_control.privacy import PhoneNumber

# --- line and call --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class LineRang:
    """Line to call: a new call begins."""

    line: LineId


@dataclass(frozen=True, slots=True)
class LineAnswered:
    """Line to call: the loop is closed, the caller hears us; or the called party answered."""

    line: LineId
    estimated: bool = False  # nobody said so: ringback ended and somebody speaks (boards.md R6)


@dataclass(frozen=True, slots=True)
class LineCleared:
    """Line to call: the caller is gone, or the line is."""

    line: LineId
    cause: Cause


@dataclass(frozen=True, slots=True)
class ReleaseLine:
    """Call to line: hang up."""

    cause: Cause


# --- calls of ours --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ReserveLine:
    """Call to line: keep yourself free for me."""

    call: CallId


@dataclass(frozen=True, slots=True)
class SeizeLine:
    """Call to line: off hook, and dial."""

    number: PhoneNumber


@dataclass(frozen=True, slots=True)
class LineSeized:
    """Line to call: the loop is closed, the exchange is to say what it thinks of it."""

    line: LineId


@dataclass(frozen=True, slots=True)
class LineDialled:
    """Line to call: the number is out."""

    line: LineId


@dataclass(frozen=True, slots=True)
class LineAlerting:
    """Line to call: ringback is heard."""

    line: LineId


@dataclass(frozen=True, slots=True)
class LineLost:
    """Line to call: not this one. A caller came first (glare), no dial tone, a fault before the number was out."""

    line: LineId
    reason: str  # `glare` `noDialTone` `busy` `fault` `undialable`


@dataclass(frozen=True, slots=True)
class HuntLine:
    """Call to house: another line."""

    call: CallId
    tried: tuple[LineId, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class LineFound:
    """House to call. `reason` is why the line before was lost."""

    line: LineId
    reason: str


@dataclass(frozen=True, slots=True)
class NoLineFree: ...


OfOurs = (
    ReserveLine | SeizeLine | LineSeized | LineDialled | LineAlerting | LineLost | HuntLine | LineFound | NoLineFree
)

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
    device: PortId | None = None  # where the agent listens


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


@dataclass(frozen=True, slots=True)
class PlaceCall:
    """Call to agent: the call you asked for; take your telephone, if it is one."""

    call: CallId


@dataclass(frozen=True, slots=True)
class AgentLifted:
    """Agent to call: listens now."""

    agent: AgentId


@dataclass(frozen=True, slots=True)
class AgentReplaced:
    """Agent to call: put the handset down."""

    agent: AgentId


@dataclass(frozen=True, slots=True)
class AgentFlashed:
    """Agent to call: hold, or take back."""

    agent: AgentId


@dataclass(frozen=True, slots=True)
class RecallAgent:
    """Call to agent: you put the handset down, but somebody is on hold."""

    call: CallId


# --- agent and telephone --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RingPhone:
    """Agent to telephone: a call for you. `until`: then it was in vain."""

    until: Instant | None = None


@dataclass(frozen=True, slots=True)
class TakePhone:
    """Agent to telephone: a call of yours; ring, unless the handset is off already."""

    until: Instant | None = None


@dataclass(frozen=True, slots=True)
class FreePhone:
    """Agent to telephone: no call any more."""


@dataclass(frozen=True, slots=True)
class PhoneLifted:
    """Telephone to agent: the handset is off for the call."""


@dataclass(frozen=True, slots=True)
class PhoneReplaced:
    """Telephone to agent: the handset was put down in the call."""


@dataclass(frozen=True, slots=True)
class PhoneFlashed: ...


@dataclass(frozen=True, slots=True)
class PhoneNotLifted:
    """Telephone to agent: it rang in vain."""


@dataclass(frozen=True, slots=True)
class PhoneLost:
    """Telephone to agent: out of reach."""


@dataclass(frozen=True, slots=True)
class PhoneBack:
    """Telephone to agent: in reach again, the handset on its hook."""


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
    | CalledHeard
    | AlarmNoticed  # a machine says it to the house
    | AlarmOver
    | OfOurs
    | PlaceCall
    | AgentLifted
    | AgentReplaced
    | AgentFlashed
    | RecallAgent
    | RingPhone
    | TakePhone
    | FreePhone
    | PhoneLifted
    | PhoneReplaced
    | PhoneFlashed
    | PhoneNotLifted
    | PhoneLost
    | PhoneBack
    | LineAnswered
    | LineCleared
    | ReleaseLine
    | TalkNote
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
