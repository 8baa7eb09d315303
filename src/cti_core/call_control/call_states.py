"""What a call is: who treats the caller now, and what can be read off that (CSTA's connections are derived, never stored)."""

from dataclasses import dataclass

from cti_core.call_control.actions import Language
from cti_core.call_control.clock import Instant
from cti_core.call_control.csta import Connection, ConnectionState
from cti_core.call_control.ids import AgentId, CallId, LineId, QueueId, agent_port, line_port
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Talking:
    queue: QueueId
    language: Language
    joined: Instant
    agent: AgentId


@dataclass(frozen=True, slots=True, kw_only=True)
class OnHold:
    queue: QueueId
    language: Language
    joined: Instant
    agent: AgentId


@dataclass(frozen=True, slots=True, kw_only=True)
class Interrupted:
    """The agent's desktop is gone; it may come back."""

    queue: QueueId
    language: Language
    joined: Instant
    agent: AgentId


@dataclass(frozen=True, slots=True)
class Ended: ...


WithAgent = Delivering | Talking | OnHold | Interrupted
State = Offered | InDialogue | Waiting | WithAgent | Ended

WORDS: dict[type, str] = {
    Offered: "offered",
    InDialogue: "dialogue",
    Waiting: "waiting",
    Delivering: "delivered",
    Talking: "talking",
    OnHold: "held",
    Interrupted: "interrupted",
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


def agent_of(state: State) -> AgentId | None:
    """The agent the call rings at, or speaks with."""
    return state.agent if isinstance(state, Delivering | Talking | OnHold | Interrupted) else None


def queue_of(state: State) -> QueueId | None:
    """The queue it waits in, or was delivered from."""
    return None if isinstance(state, Offered | InDialogue | Ended) else state.queue


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
        case Delivering(agent=who):
            return caller, Connection(agent_port(who), ConnectionState.ALERTING)
        case Talking(agent=who):
            return caller, Connection(agent_port(who), ConnectionState.CONNECTED)
        case OnHold(agent=who):
            return caller, Connection(agent_port(who), ConnectionState.HOLD)
        case Interrupted(agent=who):
            return caller, Connection(agent_port(who), ConnectionState.FAILED)
        case Ended():
            return (Connection(line_port(c.line), ConnectionState.NULL),)
