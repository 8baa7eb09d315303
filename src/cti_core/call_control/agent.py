"""One agent. CSTA's five states; two of ours sit inside them (`Alerted`, `Unreachable` are both CSTA busy).

    LoggedOff --log on--> NotReady --ready--> Ready --offer--> Alerted --answer--> Busy --call ended--> WorkingAfterCall
    Alerted --no answer, reject, not ready--> NotReady      WorkingAfterCall --time, finish--> Ready (or NotReady, if asked)
    Busy --desktop lost--> Unreachable --back--> Busy       Unreachable --time--> LoggedOff
    NotReady, Ready, Alerted, WorkingAfterCall --desktop lost--> Vanished --back--> as before    Vanished --time--> LoggedOff
    NotReady, Ready, WorkingAfterCall --a call of the agent's own--> Busy

Who has a telephone (`AgentPlan.extension`) answers by lifting it and needs no desktop: what is lost then is the telephone,
and nobody is logged off for it.

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
from cti_core.call_control.ids import (
    AgentId,
    CallId,
    ExtensionId,
    PortId,
    QueueId,
    agent_port,
    extension_port,
)
from cti_core.call_control.in_talk import AgentKeyed, PhoneKeyed
from cti_core.call_control.notes import (
    AgentAway,
    AgentBack,
    AgentFlashed,
    AgentLifted,
    AgentReplaced,
    AgentVanished,
    CallEnded,
    DeadlinePassed,
    FreePhone,
    Note,
    OfferAnswered,
    OfferCall,
    OfferRefused,
    OfferWithdrawn,
    PhoneBack,
    PhoneFlashed,
    PhoneLifted,
    PhoneLost,
    PhoneNotLifted,
    PhoneReplaced,
    PlaceCall,
    RecallAgent,
    RingPhone,
    TakePhone,
)
from cti_core.call_control.trace import Out, Send, call, disregard, extension

RING_S = 15.0  # assumed: three rings at the desk, then the next agent is quicker
WRAP_UP_S = 20.0  # assumed: enough for a note; the agent may end it earlier
RECALL_S = 30.0  # assumed: so long a telephone rings for its own agent: a call asked for, somebody on hold
GRACE_S = 10.0  # measured: a page reload is back within 3 s; a changed cable within 10 s


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentPlan:
    agent: AgentId
    ring_s: float = RING_S
    wrap_up_s: float = WRAP_UP_S
    grace_s: float = GRACE_S
    extension: ExtensionId | None = None  # the agent's telephone; None: the headset at the desktop

    @property
    def device(self) -> PortId:
        """Where the agent listens."""
        return agent_port(self.agent) if self.extension is None else extension_port(self.extension)


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
    """The desktop is gone, and no call with it; or the telephone is, which nobody is logged off for."""

    back: Rest
    until: Instant | None


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
    | PlaceCall
    | RecallAgent
    | PhoneLifted
    | PhoneReplaced
    | PhoneFlashed
    | PhoneKeyed
    | PhoneNotLifted
    | PhoneLost
    | PhoneBack
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
    if plan.extension is not None and _on_phone(state) and not _on_phone(after_it):
        outs.append(Send(extension(plan.extension), FreePhone()))
    if shown(after_it) != shown(state):
        changed = AgentChanged(
            agent=plan.agent,
            state=WORDS[type(after_it)],
            reason=reason_of(after_it),
            call=call_of(after_it),
            by="agent" if isinstance(event, _BY_AGENT) else "system",
        )
        outs.append(Tell(changed))
    return after_it, outs


_BY_AGENT = (LogOn, LogOff, SetReady, SetNotReady, FinishWrapUp, AnswerCall, RejectCall)


def _transition(state: State, event: Event, now: Instant, plan: AgentPlan) -> tuple[State, list[Out]]:
    me = plan.agent
    match state, event:
        case _, AgentLost() | AgentReturned() if plan.extension is not None:
            return state, [disregard(event, state)]  # the voice is on the telephone
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
            alerted = Alerted(queues=state.queues, call=event.call, since=state.since, until=until)
            return alerted, _to_phone(plan, RingPhone())
        case Alerted(), _:
            return _alerted(state, event, now, plan)
        case ((Busy() | Unreachable()), _):
            return _in_call(state, event, now, plan)
        case WorkingAfterCall(), SetNotReady():
            return replace(state, not_ready=event.reason or "asked"), []
        case NotReady() | Ready() | WorkingAfterCall(), PlaceCall(ident):
            return _busy(state, ident), [
                Send(call(ident), AgentLifted(me)) if plan.extension is None else _ring(plan.extension, TakePhone, now)
            ]
        case WorkingAfterCall(), FinishWrapUp() | DeadlinePassed():
            return _rest(state, now), []
        case WorkingAfterCall(), SetReady():
            return Ready(state.queues, now), []
        case WorkingAfterCall(), AgentLost() | PhoneLost():
            return Vanished(back=_rest(state, now), until=_grace(now, plan)), []
        case NotReady() | Ready(), AgentLost() | PhoneLost():
            return Vanished(back=state, until=_grace(now, plan)), []
        case Vanished(), AgentReturned() | PhoneBack():
            return state.back, []
        case Vanished(), DeadlinePassed():
            return LoggedOff(), []
        case _:
            return state, [disregard(event, state)]


def _alerted(state: Alerted, event: Event, now: Instant, plan: AgentPlan) -> tuple[State, list[Out]]:
    me = plan.agent
    match event:
        case AnswerCall() if event.call == state.call:
            if plan.extension is not None:
                return state, _to_phone(plan, TakePhone())
            return _busy(state, state.call), [Send(call(state.call), OfferAnswered(me))]
        case PhoneLifted():
            return _busy(state, state.call), [Send(call(state.call), OfferAnswered(me))]
        case RejectCall() if event.call == state.call:
            return _refused(state, me, NotReady(state.queues, "rejected"), Cause.REJECTED)
        case SetNotReady():
            return _refused(state, me, NotReady(state.queues, event.reason), Cause.REJECTED)
        case DeadlinePassed():
            return _refused(state, me, NotReady(state.queues, "noAnswer"), Cause.NO_ANSWER)
        case AgentLost() | PhoneLost():
            vanished = Vanished(back=NotReady(state.queues, "deviceLost"), until=_grace(now, plan))
            return _refused(state, me, vanished, Cause.DEVICE_LOST)
        case OfferWithdrawn() if event.call == state.call:
            return Ready(state.queues, state.since), []
        case _:
            return state, [disregard(event, state)]


def _in_call(state: Busy | Unreachable, event: Event, now: Instant, plan: AgentPlan) -> tuple[State, list[Out]]:
    me = plan.agent
    match state, event:
        case Busy(), SetNotReady():
            return replace(state, not_ready=event.reason or "asked"), []
        case Busy(), SetReady():
            return replace(state, not_ready=""), []
        case Busy(), RecallAgent() if plan.extension is not None:
            return state, [_ring(plan.extension, RingPhone, now)]
        case Busy(), PhoneLifted():
            return state, [Send(call(state.call), AgentLifted(me))]
        case Busy(), PhoneReplaced():
            return state, [Send(call(state.call), AgentReplaced(me))]
        case Busy(), PhoneFlashed():
            return state, [Send(call(state.call), AgentFlashed(me))]
        case Busy(), PhoneKeyed(key):
            return state, [Send(call(state.call), AgentKeyed(me, key))]
        case Busy(), PhoneNotLifted():
            return NotReady(state.queues, "noAnswer"), [Send(call(state.call), AgentVanished(me))]
        case Unreachable(), CallEnded() if event.call == state.call and plan.extension is None:
            return Vanished(back=_rest(state, now), until=state.until), []
        case Busy() | Unreachable(), CallEnded() if event.call == state.call:
            until = after(now, plan.wrap_up_s)
            return WorkingAfterCall(queues=state.queues, call=state.call, not_ready=state.not_ready, until=until), []
        case Busy(), AgentLost() | PhoneLost():
            until = after(now, plan.grace_s)
            return Unreachable(queues=state.queues, call=state.call, not_ready=state.not_ready, until=until), [
                Send(call(state.call), AgentAway(me))
            ]
        case Unreachable(), PhoneBack():
            return state, _to_phone(plan, RingPhone())
        case Unreachable(), AgentReturned() | PhoneLifted():
            return Busy(queues=state.queues, call=state.call, not_ready=state.not_ready), [
                Send(call(state.call), AgentBack(me))
            ]
        case Unreachable(), DeadlinePassed():
            gone = LoggedOff() if plan.extension is None else NotReady(state.queues, "deviceLost")
            return gone, [Send(call(state.call), AgentVanished(me))]
        case _:
            return state, [disregard(event, state)]


def _refused(state: Alerted, me: AgentId, then: State, cause: Cause) -> tuple[State, list[Out]]:
    return then, [Send(call(state.call), OfferRefused(me, cause))]


def _busy(state: NotReady | Ready | Alerted | WorkingAfterCall, ident: CallId) -> Busy:
    """What the agent wanted after the call before holds after this one."""
    match state:
        case NotReady(reason=reason):
            not_ready = reason or "asked"
        case WorkingAfterCall(not_ready=reason):
            not_ready = reason
        case _:
            not_ready = ""
    return Busy(queues=state.queues, call=ident, not_ready=not_ready)


def _on_phone(state: State) -> bool:
    """A call rings at the agent's device, or is on it."""
    return isinstance(state, Alerted | Busy | Unreachable)


def _to_phone(plan: AgentPlan, note: Note) -> list[Out]:
    return [] if plan.extension is None else [Send(extension(plan.extension), note)]


def _ring(at: ExtensionId, how: type[RingPhone | TakePhone], now: Instant) -> Send:
    return Send(extension(at), how(after(now, RECALL_S)))


def _grace(now: Instant, plan: AgentPlan) -> Instant | None:
    """How long a desktop may be away; a telephone may be as long as it likes."""
    return after(now, plan.grace_s) if plan.extension is None else None


def _rest(state: Busy | Unreachable | WorkingAfterCall, now: Instant) -> Rest:
    return NotReady(state.queues, state.not_ready) if state.not_ready else Ready(state.queues, now)


def shown(state: State) -> tuple[AgentState, str, CallId | None]:
    """What screens see of it: state, reason, call."""
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
