"""One agent. CSTA's five states; two of ours sit inside them (`Alerted`, `Unreachable` are both CSTA busy).

    LoggedOff --log on--> NotReady --ready--> Ready --offer--> Alerted --answer--> Busy --call ended--> WorkingAfterCall
    Alerted --no answer, reject, not ready--> NotReady      WorkingAfterCall --time, finish--> Ready (or NotReady, if asked)
    Busy --desktop lost--> Unreachable --back--> Busy       Unreachable --time--> LoggedOff
    NotReady, Ready, Alerted, WorkingAfterCall --desktop lost--> Vanished --back--> as before    Vanished --time--> LoggedOff

Nobody is stuck: every state that waits for somebody has `until`, but NotReady and Ready, which wait for the agent.
"""

from dataclasses import dataclass, replace

from cti_core.call_control.actions import Tell
from cti_core.call_control.clock import Instant, after
from cti_core.call_control.csta import AgentChanged, AgentLoggedOn, AgentState, Cause
from cti_core.call_control.events import (
    AgentLost,
    AgentReturned,
    AnswerCall,
    FinishWrapUp,
    LogOff,
    LogOn,
    RejectCall,
    SetNotReady,
    SetReady,
)
from cti_core.call_control.ids import AgentId, CallId, QueueId
from cti_core.call_control.notes import (
    AgentAway,
    AgentBack,
    AgentVanished,
    CallEnded,
    DeadlinePassed,
    OfferAnswered,
    OfferCall,
    OfferRefused,
    OfferWithdrawn,
)
from cti_core.call_control.trace import Out, Send, call, disregard

RING_S = 15.0  # assumed: three rings at the desk, then the next agent is quicker
WRAP_UP_S = 20.0  # assumed: enough for a note; the agent may end it earlier
GRACE_S = 10.0  # measured: a page reload is back within 3 s; a changed cable within 10 s


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentPlan:
    agent: AgentId
    ring_s: float = RING_S
    wrap_up_s: float = WRAP_UP_S
    grace_s: float = GRACE_S


@dataclass(frozen=True, slots=True)
class LoggedOff: ...


@dataclass(frozen=True, slots=True)
class NotReady:
    queues: tuple[QueueId, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class Ready:
    queues: tuple[QueueId, ...]
    since: Instant  # who is idle longest gets the next call


Rest = NotReady | Ready
"""What an agent is without a call."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alerted:
    queues: tuple[QueueId, ...]
    call: CallId
    since: Instant  # ready since: an offer that is withdrawn does not cost the turn
    until: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class Busy:
    queues: tuple[QueueId, ...]
    call: CallId
    not_ready: str  # the agent asked to be not ready after it, with this reason; empty: ready again


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreachable:
    """In a call, but the desktop is gone."""

    queues: tuple[QueueId, ...]
    call: CallId
    not_ready: str
    until: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkingAfterCall:
    queues: tuple[QueueId, ...]
    call: CallId
    not_ready: str
    until: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class Vanished:
    """The desktop is gone, and no call with it."""

    back: Rest
    until: Instant


State = LoggedOff | NotReady | Ready | Alerted | Busy | Unreachable | WorkingAfterCall | Vanished

Event = (
    LogOn
    | LogOff
    | SetReady
    | SetNotReady
    | FinishWrapUp
    | AnswerCall
    | RejectCall
    | AgentLost
    | AgentReturned
    | OfferCall
    | OfferWithdrawn
    | CallEnded
    | DeadlinePassed
)

WORDS: dict[type, AgentState] = {
    LoggedOff: AgentState.LOGGED_OFF,
    NotReady: AgentState.NOT_READY,
    Ready: AgentState.READY,
    Alerted: AgentState.BUSY,
    Busy: AgentState.BUSY,
    Unreachable: AgentState.BUSY,
    WorkingAfterCall: AgentState.WORKING_AFTER_CALL,
    Vanished: AgentState.NOT_READY,
}

REASONS = {Alerted: "alerting", Unreachable: "deviceLost", Vanished: "deviceLost"}


def step(state: State, event: Event, now: Instant, plan: AgentPlan) -> tuple[State, list[Out]]:
    after_it, outs = _transition(state, event, now, plan)
    if _shown(after_it) != _shown(state):
        shown = AgentChanged(
            agent=plan.agent,
            state=WORDS[type(after_it)],
            reason=reason_of(after_it),
            call=call_of(after_it),
            by="agent" if isinstance(event, _BY_AGENT) else "system",
        )
        outs.append(Tell(shown))
    return after_it, outs


_BY_AGENT = (LogOn, LogOff, SetReady, SetNotReady, FinishWrapUp, AnswerCall, RejectCall)


def _transition(state: State, event: Event, now: Instant, plan: AgentPlan) -> tuple[State, list[Out]]:
    me = plan.agent
    match state, event:
        case LoggedOff(), LogOn():
            return NotReady(event.queues, "loggedOn"), [Tell(AgentLoggedOn(agent=me, queues=event.queues))]
        case NotReady(), SetReady():
            return Ready(state.queues, now), []
        case NotReady() | Ready(), SetNotReady():
            return NotReady(state.queues, event.reason), []
        case NotReady() | Ready() | WorkingAfterCall() | Vanished(), LogOff():
            return LoggedOff(), []
        case Ready(), OfferCall():
            until = after(now, plan.ring_s)
            return Alerted(queues=state.queues, call=event.call, since=state.since, until=until), []
        case Alerted(), AnswerCall() if event.call == state.call:
            busy = Busy(queues=state.queues, call=state.call, not_ready="")
            return busy, [Send(call(state.call), OfferAnswered(me))]
        case Alerted(), RejectCall() if event.call == state.call:
            return _refused(state, me, NotReady(state.queues, "rejected"), Cause.REJECTED)
        case Alerted(), SetNotReady():
            return _refused(state, me, NotReady(state.queues, event.reason), Cause.REJECTED)
        case Alerted(), DeadlinePassed():
            return _refused(state, me, NotReady(state.queues, "noAnswer"), Cause.NO_ANSWER)
        case Alerted(), AgentLost():
            vanished = Vanished(back=NotReady(state.queues, "deviceLost"), until=after(now, plan.grace_s))
            return _refused(state, me, vanished, Cause.DEVICE_LOST)
        case Alerted(), OfferWithdrawn() if event.call == state.call:
            return Ready(state.queues, state.since), []
        case Busy() | WorkingAfterCall(), SetNotReady():
            return replace(state, not_ready=event.reason or "asked"), []
        case Busy(), SetReady():
            return replace(state, not_ready=""), []
        case Busy(), CallEnded() if event.call == state.call:
            until = after(now, plan.wrap_up_s)
            return WorkingAfterCall(queues=state.queues, call=state.call, not_ready=state.not_ready, until=until), []
        case Busy(), AgentLost():
            until = after(now, plan.grace_s)
            return Unreachable(queues=state.queues, call=state.call, not_ready=state.not_ready, until=until), [
                Send(call(state.call), AgentAway(me))
            ]
        case Unreachable(), AgentReturned():
            return Busy(queues=state.queues, call=state.call, not_ready=state.not_ready), [
                Send(call(state.call), AgentBack(me))
            ]
        case Unreachable(), DeadlinePassed():
            return LoggedOff(), [Send(call(state.call), AgentVanished(me))]
        case Unreachable(), CallEnded() if event.call == state.call:
            return Vanished(back=_rest(state, now), until=state.until), []
        case WorkingAfterCall(), FinishWrapUp() | DeadlinePassed():
            return _rest(state, now), []
        case WorkingAfterCall(), SetReady():
            return Ready(state.queues, now), []
        case WorkingAfterCall(), AgentLost():
            return Vanished(back=_rest(state, now), until=after(now, plan.grace_s)), []
        case NotReady() | Ready(), AgentLost():
            return Vanished(back=state, until=after(now, plan.grace_s)), []
        case Vanished(), AgentReturned():
            return state.back, []
        case Vanished(), DeadlinePassed():
            return LoggedOff(), []
        case _:
            return state, [disregard(event, state)]


def _refused(state: Alerted, me: AgentId, then: State, cause: Cause) -> tuple[State, list[Out]]:
    return then, [Send(call(state.call), OfferRefused(me, cause))]


def _rest(state: Busy | Unreachable | WorkingAfterCall, now: Instant) -> Rest:
    return NotReady(state.queues, state.not_ready) if state.not_ready else Ready(state.queues, now)


def _shown(state: State) -> tuple[AgentState, str, CallId | None]:
    return WORDS[type(state)], reason_of(state), call_of(state)


def reason_of(state: State) -> str:
    """The reason an agent's screen shows beside the state."""
    return state.reason if isinstance(state, NotReady) else REASONS.get(type(state), "")


def call_of(state: State) -> CallId | None:
    """The call the agent is busy with, or wraps up."""
    return state.call if isinstance(state, Alerted | Busy | Unreachable | WorkingAfterCall) else None


def queues_of(state: State) -> tuple[QueueId, ...]:
    """The queues the agent is on duty for."""
    if isinstance(state, LoggedOff):
        return ()
    return state.back.queues if isinstance(state, Vanished) else state.queues


def deadline(state: State) -> Instant | None:
    """When the agent wants DeadlinePassed."""
    return state.until if isinstance(state, Alerted | Unreachable | WorkingAfterCall | Vanished) else None
