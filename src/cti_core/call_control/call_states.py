"""What a call is: who treats the caller now, and what can be read off that (CSTA's connections are derived, never stored)."""

from dataclasses import dataclass, replace

from cti_core.call_control.actions import Language
from cti_core.call_control.clock import Instant
from cti_core.call_control.csta import Connection, ConnectionState
from cti_core.call_control.ids import AgentId, CallId, LineId, PortId, QueueId, line_port
from cti_core.call_control.privacy import PhoneNumber


@dataclass(frozen=True, slots=True)
class Offered: ...


@dataclass(frozen=True, slots=True)
class InDialogue: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    queue: QueueId
    language: Language
    joined: Instant  # first joined: the place is kept


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivering:
    queue: QueueId
    language: Language
    joined: Instant
    agent: AgentId
    device: PortId  # where the agent listens


@dataclass(frozen=True, slots=True, kw_only=True)
class Talking:
    queue: QueueId | None  # None: a call of ours
    language: Language
    joined: Instant
    agent: AgentId
    device: PortId  # where the agent listens


@dataclass(frozen=True, slots=True, kw_only=True)
class OnHold:
    queue: QueueId | None  # None: a call of ours
    language: Language
    joined: Instant
    agent: AgentId
    device: PortId  # where the agent listens


@dataclass(frozen=True, slots=True, kw_only=True)
class Interrupted:
    """The agent's desktop is gone; it may come back."""

    queue: QueueId | None  # None: a call of ours
    language: Language
    joined: Instant
    agent: AgentId
    device: PortId  # where the agent listens


@dataclass(frozen=True, slots=True, kw_only=True)
class Initiated:
    """A call of ours: the agent asked for it and is not there yet."""

    agent: AgentId
    device: PortId
    tried: tuple[LineId, ...] = ()  # lines, the present one last


@dataclass(frozen=True, slots=True, kw_only=True)
class Calling:
    """A call of ours: the line is seized, the number goes out."""

    agent: AgentId
    device: PortId
    tried: tuple[LineId, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Alerting:
    """A call of ours: the number is out, nobody answered yet."""

    agent: AgentId
    device: PortId


@dataclass(frozen=True, slots=True)
class Ended: ...


OfOurs = Initiated | Calling | Alerting
WithAgent = Delivering | Talking | OnHold | Interrupted
State = Offered | InDialogue | Waiting | WithAgent | OfOurs | Ended

BEFORE_RECORDING = Offered | Initiated | Calling
"""Nothing is recorded yet."""

WORDS: dict[type, str] = {
    Offered: "offered",
    InDialogue: "dialogue",
    Waiting: "waiting",
    Delivering: "delivered",
    Talking: "talking",
    OnHold: "held",
    Interrupted: "interrupted",
    Initiated: "initiated",
    Calling: "calling",
    Alerting: "alerting",
    Ended: "cleared",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """Samples in each phase, closed phases only. Talking does not include waiting."""

    ringing: int = 0
    dialogue: int = 0
    waiting: int = 0
    talking: int = 0


PHASES: dict[type, str] = {
    Offered: "ringing",
    InDialogue: "dialogue",
    Waiting: "waiting",
    Delivering: "waiting",
    Talking: "talking",
    OnHold: "talking",
    Interrupted: "talking",
    Initiated: "ringing",
    Calling: "ringing",
    Alerting: "ringing",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """What is known of a call in every state, and the state."""

    call: CallId
    line: LineId
    state: State
    began: Instant
    since: Instant
    script: str
    version: int = 1
    caller: PhoneNumber | None = None
    data: tuple[tuple[str, str], ...] = ()
    path: tuple[str, ...] = ()  # nodes of the menu, latest last
    spent: Spent = Spent()
    last_agent: AgentId | None = None
    last_queue: QueueId | None = None
    called: PhoneNumber | None = None  # a call of ours goes there
    estimated: bool = False  # nobody told that it was answered

    @property
    def outgoing(self) -> bool:
        return self.called is not None


def moved(c: Call, to: State, now: Instant) -> Call:
    """The call in another state; the time in the old one is booked on its phase."""
    phase = PHASES[type(c.state)]
    spent = replace(c.spent, **{phase: getattr(c.spent, phase) + now - c.since})
    return replace(c, state=to, since=now, version=c.version + 1, spent=spent, last_queue=queue_of(to) or c.last_queue)


def agent_of(state: State) -> AgentId | None:
    """The agent the call rings at, or speaks with."""
    return state.agent if isinstance(state, WithAgent | OfOurs) else None


def queue_of(state: State) -> QueueId | None:
    """The queue it waits in, or was delivered from."""
    return state.queue if isinstance(state, Waiting | WithAgent) else None


def connections(c: Call) -> tuple[Connection, ...]:
    """Every device of the call and its CSTA state."""
    caller = Connection(line_port(c.line), ConnectionState.CONNECTED)
    match c.state:
        case Offered():
            return caller, Connection("ivr", ConnectionState.ALERTING)
        case InDialogue():
            return caller, Connection("ivr", ConnectionState.CONNECTED)
        case Waiting(queue=q):
            return caller, Connection(f"Q{q}", ConnectionState.QUEUED)
        case Delivering() as with_agent:
            return caller, Connection(with_agent.device, ConnectionState.ALERTING)
        case Talking() as with_agent:
            return caller, Connection(with_agent.device, ConnectionState.CONNECTED)
        case OnHold() as with_agent:
            return caller, Connection(with_agent.device, ConnectionState.HOLD)
        case Interrupted() as with_agent:
            return caller, Connection(with_agent.device, ConnectionState.FAILED)
        case Initiated() as ours:
            return (Connection(ours.device, ConnectionState.INITIATED),)
        case Calling() as ours:
            return (
                Connection(ours.device, ConnectionState.CONNECTED),
                Connection(line_port(c.line), ConnectionState.INITIATED),
            )
        case Alerting() as ours:
            return (
                Connection(ours.device, ConnectionState.CONNECTED),
                Connection(line_port(c.line), ConnectionState.ALERTING),
            )
        case Ended():
            return (Connection(line_port(c.line), ConnectionState.NULL),)
