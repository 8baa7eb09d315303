"""One trunk of China No.1: a time slot whose bits say seized, answered, cleared, and registers that send the number in tones.
Pure: no clock, no I/O; `now` is an argument, a timer is a field.

    Idle --seized--> Receiving --number whole, B1--> Arrived --a moment--> Connected
         Receiving, Arrived, Connected --clear forward--> Resting (our release guard is out) --a moment--> Idle
         Receiving --register failed--> Releasing, any --release--> Releasing
         Releasing --clear forward--> Resting      --time--> forced release      --time again--> Blocked
    Idle --reserve--> Reserved --seize--> Seizing --acknowledged--> Sending --B1, B6--> Proceeding --answer--> Connected
         Reserved --seized--> Receiving: a caller came first
         Seizing --seized--> Yielding --far end yields too--> Idle     --still seized--> Receiving: who insists has it
         Seizing, Sending, Proceeding, Connected --refused, clear back, release--> Clearing --release guard--> Idle
    Idle --far end blocks--> Blocked --its bits are idle--> Idle            any --fault--> Failed --restored--> Idle
    Idle --operator--> OutOfService --operator--> Idle                      a call on the trunk is let finish (`then`)

A call begins with its seizure, so that one that ends in the middle of its number stands in the books too. The bits of the far
end are read with the state: 1111 is "blocked" on an idle trunk, "acknowledged" behind our seizure, "hung up" in our call.
"""

from dataclasses import replace

from cti_core.call_control import cas_calling
from cti_core.call_control import register_incoming as incoming
from cti_core.call_control.actions import Tell
from cti_core.call_control.cas import Abcd, Direction, LineSignal
from cti_core.call_control.cas_calling import SEIZURE
from cti_core.call_control.cas_states import (
    IDLE,
    WORDS,
    Arrived,
    Between,
    Blocked,
    CasPlan,
    Connected,
    Doing,
    InCall,
    Proceeding,
    Receiving,
    Releasing,
    Resting,
    Seizing,
    Sending,
    Trunk,
    Yielding,
    call_of,
    reason_of,
)
from cti_core.call_control.cas_steps import (
    Step,
    at_rest,
    backward,
    clear_forward,
    forced_release,
    free,
    register_over,
    release_guard,
    spoken,
)
from cti_core.call_control.cas_words import CalledHeard, CasHeard, ListenToRegister, SetCas, SignalEnded, SignalHeard
from cti_core.call_control.clock import Instant, after
from cti_core.call_control.csta import Cause, LineStateChanged
from cti_core.call_control.events import CallerIdHeard, LineFailed, LineRestored, SetLineService, ToneHeard
from cti_core.call_control.ids import CallId, LineId
from cti_core.call_control.line_states import Clearing, Failed, Idle, OutOfService, Reserved, Rest
from cti_core.call_control.notes import (
    DeadlinePassed,
    LineAnswered,
    LineCleared,
    LineLost,
    LineRang,
    ReleaseLine,
    ReserveLine,
    SeizeLine,
)
from cti_core.call_control.register import (
    Address,
    AddressComplete,
    Decide,
    Ended,
    Forward,
    ForwardOff,
    ForwardOn,
    Result,
    cause_of,
)
from cti_core.call_control.trace import Out, Send, call, disregard

Event = (
    CasHeard
    | SignalHeard
    | SignalEnded
    | ToneHeard
    | LineFailed
    | LineRestored
    | SetLineService
    | ReleaseLine
    | ReserveLine
    | SeizeLine
    | DeadlinePassed
)


def step(trunk: Trunk, event: Event, now: Instant, plan: CasPlan, fresh: CallId) -> tuple[Trunk, list[Out]]:
    """Take an event. `fresh` is the id a new call would get."""
    if isinstance(event, CasHeard):
        trunk = replace(trunk, far=event.bits)
    before = trunk.doing
    doing, outs = _transition(trunk, event, now, plan, fresh)
    if (WORDS[type(doing)], reason_of(doing)) != (WORDS[type(before)], reason_of(before)):
        outs.append(Tell(_report(plan.line, doing)))
    return replace(trunk, doing=doing), outs


def _transition(trunk: Trunk, event: Event, now: Instant, plan: CasPlan, fresh: CallId) -> Step:
    doing, far = trunk.doing, trunk.far
    match doing, event:
        case ((Idle() | Blocked() | Reserved()), CasHeard()) if far == SEIZURE:
            seized, outs = _seized(fresh, doing.then if isinstance(doing, Reserved) else Idle(), now, plan)
            lost = [Send(call(doing.call), LineLost(plan.line, "glare"))] if isinstance(doing, Reserved) else []
            return seized, [*outs, *lost]
        case (Failed(), _):
            return _failed(doing, event, far, plan)
        case (_, LineFailed()):
            return _fails(doing, event, plan)
        case ((Idle() | Blocked() | OutOfService()), _):
            return _without_a_call(doing, event, far, now, plan)
        case (_, SetLineService()) if isinstance(doing, Reserved | InCall | Between):
            return replace(doing, then=_rest(event)), []
        case ((Receiving() | Arrived()), _):
            return _comes(doing, event, far, now, plan)
        case ((Reserved() | Seizing() | Sending() | Proceeding()), _):
            return cas_calling.step(doing, event, far, now, plan)
        case (Connected(), _):
            return _connected(doing, event, far, now, plan)
        case ((Releasing() | Resting() | Yielding() | Clearing()), _):
            return _between(trunk, event, now, plan, fresh)
        case _:
            return doing, [disregard(event, doing)]


def _without_a_call(doing: Idle | Blocked | OutOfService, event: Event, far: Abcd, now: Instant, plan: CasPlan) -> Step:
    match doing, event:
        case Idle() | Blocked(), CasHeard():
            return free(far), []
        case OutOfService(), CasHeard():
            return doing, []
        case Idle(), ReserveLine():
            return cas_calling.reserved(event, now)
        case Idle() | Blocked(), SetLineService() if not event.in_service:
            return OutOfService(event.by), [backward(plan.line, LineSignal.BLOCKED)]
        case OutOfService(), SetLineService() if event.in_service:
            return free(far), [backward(plan.line, LineSignal.UNBLOCKED)]
        case _:
            return doing, [disregard(event, doing)]


def _fails(doing: Doing, event: LineFailed, plan: CasPlan) -> Step:
    """Our bits are idle: whoever is there yet shall not hold a call for us."""
    line, gone = plan.line, Failed(event.reason)
    idle: list[Out] = [SetCas(line, IDLE)]
    if isinstance(doing, Receiving | Sending):
        idle = [*register_over(line), *idle]
    match doing:
        case Reserved() | Seizing() | Sending():
            return gone, [*idle, Send(call(doing.call), LineLost(line, "fault"))]
        case Receiving() | Arrived() | Proceeding() | Connected():
            return gone, [*idle, Send(call(doing.call), LineCleared(line, Cause.LINE_LOST))]
        case _:
            return gone, idle


def _failed(doing: Failed, event: Event, far: Abcd, plan: CasPlan) -> Step:
    """A seizure that stands when the trunk comes back is of an old call: the far end clears it first."""
    match event:
        case LineRestored():
            return free(far), [SetCas(plan.line, IDLE)]
        case CasHeard():
            return doing, []
        case _:
            return doing, [disregard(event, doing)]


# --- calls that come ------------------------------------------------------------------------------------------------


def _seized(ident: CallId, then: Rest, now: Instant, plan: CasPlan) -> Step:
    return Receiving(call=ident, register=incoming.begin(now), then=then), [
        Send(call(ident), LineRang(plan.line)),
        backward(plan.line, LineSignal.SEIZURE_ACKNOWLEDGED),
        ListenToRegister(plan.line, Direction.FORWARD),
    ]


def _comes(doing: Receiving | Arrived, event: Event, far: Abcd, now: Instant, plan: CasPlan) -> Step:
    line = plan.line
    match doing, event:
        case Receiving(), SignalHeard(signal=signal) if signal.direction is Direction.FORWARD:
            return _number_comes(doing, ForwardOn(Forward(signal.reveal())), now, plan)
        case Receiving(), SignalEnded(direction=Direction.FORWARD):
            return _number_comes(doing, ForwardOff(), now, plan)
        case Receiving(), DeadlinePassed():
            return _number_comes(doing, event, now, plan)
        case Arrived(), DeadlinePassed():
            connected = Connected(call=doing.call, ours=False, until=after(now, plan.call_max_s), then=doing.then)
            answered = Send(call(doing.call), LineAnswered(line))
            return connected, [backward(line, LineSignal.ANSWER), answered]
        case _, CasHeard() if far == IDLE:
            over = register_over(line) if isinstance(doing, Receiving) else []
            then, outs = release_guard(doing.then, now, line)
            cleared = Send(call(doing.call), LineCleared(line, Cause.CALL_CANCELLED))
            return then, [*over, *outs, cleared]
        case _, ReleaseLine(cause):
            over = register_over(line) if isinstance(doing, Receiving) else []
            return forced_release(doing.then, now, plan, *over, Send(call(doing.call), LineCleared(line, cause)))
        case _:
            return doing, [disregard(event, doing)]


def _number_comes(doing: Receiving, event: incoming.Event, now: Instant, plan: CasPlan) -> Step:
    """The house is always free: its menu takes every call."""
    line = plan.line
    register, words = incoming.step(doing.register, event, now, plan.incoming)
    outs = spoken(words, line)
    for word in words:
        if isinstance(word, AddressComplete):
            register, more = incoming.step(register, Decide(Result.FREE), now, plan.incoming)
            outs += [*_told(word.address, doing.call, line), *spoken(more, line)]
    if not isinstance(register, Ended):
        return replace(doing, register=register), outs
    outs.append(ListenToRegister(line, None))
    cause = cause_of(register)
    if cause is None:
        return Arrived(call=doing.call, until=after(now, plan.answer_delay_s), then=doing.then), outs
    releasing = Releasing(until=after(now, plan.guard_max_s), forced=False, then=doing.then)
    return releasing, [*outs, Send(call(doing.call), LineCleared(line, cause))]


def _told(address: Address, ident: CallId, line: LineId) -> list[Out]:
    told: list[Out] = [Send(call(ident), CalledHeard(line, address.called))]
    if address.caller is not None or address.restricted:
        known = address.caller is not None and address.caller.reveal()
        absence = "" if known else "P" if address.restricted else "O"
        caller = CallerIdHeard(line=line, number=address.caller if known else None, absence=absence)
        told.append(Send(call(ident), caller))
    return told


# --- both ways ------------------------------------------------------------------------------------------------------


def _connected(doing: Connected, event: Event, far: Abcd, now: Instant, plan: CasPlan) -> Step:
    match event:
        case CasHeard() if far == IDLE and not doing.ours:
            then, outs = release_guard(doing.then, now, plan.line)
            return then, [*outs, _cleared(doing, plan, Cause.NORMAL_CLEARING)]
        case CasHeard() if doing.ours and cas_calling.over(far):
            return clear_forward(doing.then, far, now, plan, _cleared(doing, plan, Cause.NORMAL_CLEARING))
        case ReleaseLine(cause) if doing.ours:
            return clear_forward(doing.then, far, now, plan, _cleared(doing, plan, cause))
        case ReleaseLine(cause):
            releasing = Releasing(until=after(now, plan.clear_forward_max_s), forced=False, then=doing.then)
            return releasing, [backward(plan.line, LineSignal.CLEAR_BACK), _cleared(doing, plan, cause)]
        case DeadlinePassed() if doing.ours:
            return clear_forward(doing.then, far, now, plan, _cleared(doing, plan, Cause.SYSTEM_FAILURE))
        case DeadlinePassed():
            return forced_release(doing.then, now, plan, _cleared(doing, plan, Cause.SYSTEM_FAILURE))
        case _:
            return doing, [disregard(event, doing)]


def _between(trunk: Trunk, event: Event, now: Instant, plan: CasPlan, fresh: CallId) -> Step:
    doing, far = trunk.doing, trunk.far
    line = plan.line
    match doing, event:
        case Releasing(), CasHeard() if far == IDLE:
            return release_guard(doing.then, now, line)
        case Releasing(forced=False), DeadlinePassed():
            return forced_release(doing.then, now, plan)
        case Releasing(), DeadlinePassed():
            return release_guard(doing.then, now, line)
        case Resting(), CasHeard() if far == SEIZURE:
            return _seized(fresh, doing.then, now, plan)
        case Resting(), DeadlinePassed():
            return at_rest(doing.then, far, line)
        case Yielding(withdrawn=False), DeadlinePassed():
            return cas_calling.yielded(doing, far, now, plan)
        case Yielding(withdrawn=True), CasHeard() if far == IDLE:
            return at_rest(doing.then, far, line)
        case Yielding(), DeadlinePassed() if far == SEIZURE:
            return _seized(fresh, doing.then, now, plan)
        case Clearing(), CasHeard() if far == IDLE:
            return at_rest(doing.then, far, line)
        case Yielding() | Clearing(), DeadlinePassed():
            return at_rest(doing.then, far, line)
        case _, CasHeard():
            return doing, []
        case _:
            return doing, [disregard(event, doing)]


def _cleared(doing: Connected, plan: CasPlan, cause: Cause) -> Send:
    return Send(call(doing.call), LineCleared(plan.line, cause))


def _rest(event: SetLineService) -> Rest:
    return Idle() if event.in_service else OutOfService(event.by)


def _report(line: LineId, doing: Doing) -> LineStateChanged:
    return LineStateChanged(line=line, state=WORDS[type(doing)], reason=reason_of(doing), call=call_of(doing))
