"""A trunk while a call of ours goes out on it: from the reservation to the answer. A part of `cas_line`, where the diagram is.

Nothing is guessed here: the far end says in the register whether the called party is free, and in its bits that it answers.
"""

from cti_core.call_control import cas
from cti_core.call_control import register_outgoing as outgoing
from cti_core.call_control.cas import Abcd, Direction, LineSignal
from cti_core.call_control.cas_states import (
    DUAL_SEIZURE_S,
    IDLE,
    CasPlan,
    Connected,
    Proceeding,
    Seizing,
    Sending,
    Yielding,
)
from cti_core.call_control.cas_steps import Step, clear_forward, forward, free, register_over, spoken
from cti_core.call_control.cas_words import CasHeard, ListenToRegister, SignalEnded, SignalHeard
from cti_core.call_control.clock import Instant, after
from cti_core.call_control.csta import Cause
from cti_core.call_control.events import AlarmNoticed, AlarmOver, Tone, ToneHeard
from cti_core.call_control.line_calling import REFUSED, RESERVE_MAX_S
from cti_core.call_control.line_states import Reserved
from cti_core.call_control.notes import (
    DeadlinePassed,
    LineAlerting,
    LineAnswered,
    LineCleared,
    LineDialled,
    LineLost,
    LineSeized,
    ReleaseLine,
    ReserveLine,
    SeizeLine,
)
from cti_core.call_control.privacy import PhoneNumber
from cti_core.call_control.register import (
    Backward,
    BackwardOff,
    BackwardOn,
    Done,
    Ended,
    Failure,
    LineReleased,
    cause_of,
)
from cti_core.call_control.register_outgoing import OutgoingCall
from cti_core.call_control.trace import HOUSE, Out, Send, call, disregard

INSIST_S = 0.2  # assumed: longer than a far end that yields too needs to see that we have
NO_ACKNOWLEDGEMENT = "noAcknowledgement"  # alarm

ACKNOWLEDGED = cas.encode(Direction.BACKWARD, LineSignal.SEIZURE_ACKNOWLEDGED)
ANSWERED = cas.encode(Direction.BACKWARD, LineSignal.ANSWER)
CLEARED_BACK = cas.encode(Direction.BACKWARD, LineSignal.CLEAR_BACK)
FORCED = cas.encode(Direction.BACKWARD, LineSignal.FORCED_RELEASE)
SEIZURE = cas.encode(Direction.FORWARD, LineSignal.SEIZE)

OfOurs = Reserved | Seizing | Sending | Proceeding


def reserved(event: ReserveLine, now: Instant) -> Step:
    """An idle trunk is kept for a call of ours."""
    return Reserved(call=event.call, until=after(now, RESERVE_MAX_S)), []


def step(doing: OfOurs, event: object, far: Abcd, now: Instant, plan: CasPlan) -> Step:
    """A seizure by the far end of a reserved trunk is not for here: a caller comes first."""
    match doing, event:
        case Reserved(), SeizeLine(number):
            return _seized(doing, number, now, plan)
        case Reserved(), CasHeard() if far != IDLE:
            return free(far), [_lost(doing, plan, "fault")]
        case Reserved(), DeadlinePassed():
            return free(far), [_lost(doing, plan, "fault")]
        case Reserved(), ReleaseLine(cause):
            return doing.then if far == IDLE else free(far), [_cleared(doing, plan, cause)]
        case Seizing(), CasHeard(bits=bits) if bits == ACKNOWLEDGED:
            return _acknowledged(doing, now, plan)
        case Seizing(), CasHeard(bits=bits) if bits == SEIZURE:
            return Yielding(until=after(now, DUAL_SEIZURE_S), then=doing.then), [_lost(doing, plan, "glare")]
        case Seizing(), DeadlinePassed():
            detail = f"no acknowledgement within {plan.acknowledge_max_s:g} s"
            alarm = Send(HOUSE, AlarmNoticed(alarm=NO_ACKNOWLEDGEMENT, detail=detail, line=plan.line))
            return clear_forward(doing.then, far, now, plan, alarm, _lost(doing, plan, "fault"))
        case Sending(), SignalHeard(signal=signal) if signal.direction is Direction.BACKWARD:
            return _number_goes(doing, BackwardOn(Backward(signal.reveal())), far, now, plan)
        case Sending(), SignalEnded(direction=Direction.BACKWARD):
            return _number_goes(doing, BackwardOff(), far, now, plan)
        case Sending(), DeadlinePassed():
            return _number_goes(doing, DeadlinePassed(), far, now, plan)
        case Sending(), CasHeard() if _given_up(far):
            return _number_goes(doing, LineReleased(), far, now, plan)
        case Sending(), CasHeard(bits=bits) if bits == ANSWERED:
            return doing, []  # faster than the end of its last signal; `far` remembers
        case Proceeding(), CasHeard(bits=bits) if bits == ANSWERED:
            return _answered(doing, now, plan, [])
        case Proceeding(), CasHeard() if _given_up(far):
            return clear_forward(doing.then, far, now, plan, _cleared(doing, plan, Cause.NETWORK_SIGNAL))
        case Proceeding(), ToneHeard(tone=tone) if tone in REFUSED:
            return clear_forward(doing.then, far, now, plan, _cleared(doing, plan, REFUSED[tone]))
        case Proceeding(), ToneHeard(tone=Tone.RINGBACK):
            return doing, []  # the register told it before
        case Proceeding(), DeadlinePassed():
            return clear_forward(doing.then, far, now, plan, _cleared(doing, plan, Cause.NO_ANSWER))
        case Sending(), ReleaseLine(cause):
            return clear_forward(doing.then, far, now, plan, *register_over(plan.line), _cleared(doing, plan, cause))
        case _, ReleaseLine(cause):
            return clear_forward(doing.then, far, now, plan, _cleared(doing, plan, cause))
        case _:
            return doing, [disregard(event, doing)]


def yielded(doing: Yielding, far: Abcd, now: Instant, plan: CasPlan) -> Step:
    """Both have seen both seizures. A far end that keeps its own for longer has the trunk (see `cas_line`)."""
    if far == IDLE:
        return clear_forward(doing.then, far, now, plan)
    withdrawn = Yielding(until=after(now, INSIST_S), withdrawn=True, then=doing.then)
    return withdrawn, [forward(plan.line, LineSignal.CLEAR_FORWARD)]


def over(far: Abcd) -> bool:
    """In a call that was answered: the called party has hung up, or its exchange gives up."""
    return far in (IDLE, FORCED, CLEARED_BACK)


def _given_up(far: Abcd) -> bool:
    return far in (IDLE, FORCED)


def _seized(doing: Reserved, number: PhoneNumber, now: Instant, plan: CasPlan) -> Step:
    """A comma waits where there is a dial tone to wait for: not here. Other keys than digits are in no register."""
    called = plan.prefix + number.reveal().replace(",", "")
    try:
        whole = OutgoingCall(
            called=PhoneNumber(called), caller=plan.number, category=plan.category, service=plan.service
        )
    except ValueError:
        return doing.then, [_lost(doing, plan, "undialable")]
    until = after(now, plan.acknowledge_max_s)
    return Seizing(call=doing.call, number=whole, until=until, then=doing.then), [forward(plan.line, LineSignal.SEIZE)]


def _acknowledged(doing: Seizing, now: Instant, plan: CasPlan) -> Step:
    register, words = outgoing.begin(doing.number, now)
    sending = Sending(call=doing.call, number=doing.number, register=register, then=doing.then)
    return sending, [
        Send(HOUSE, AlarmOver(alarm=NO_ACKNOWLEDGEMENT, line=plan.line)),
        ListenToRegister(plan.line, Direction.BACKWARD),
        *spoken(words, plan.line),
    ]


def _number_goes(doing: Sending, event: outgoing.Event, far: Abcd, now: Instant, plan: CasPlan) -> Step:
    register, words = outgoing.step(doing.register, event, now, doing.number)
    said = spoken(words, plan.line)
    if not isinstance(register, Ended):
        return Sending(call=doing.call, number=doing.number, register=register, then=doing.then), said
    said.append(ListenToRegister(plan.line, None))
    cause = cause_of(register)
    if cause is None:
        return _free_there(doing, said, far, now, plan)
    refused = isinstance(register, Done) or register.why in (Failure.CONGESTION, Failure.VACANT)
    told = _cleared(doing, plan, cause) if refused else _lost(doing, plan, "fault")
    return clear_forward(doing.then, far, now, plan, *said, told)


def _free_there(doing: Sending, said: list[Out], far: Abcd, now: Instant, plan: CasPlan) -> Step:
    """The agent hears the trunk from here on: register signals are not for ears."""
    notes = LineSeized(plan.line), LineDialled(plan.line), LineAlerting(plan.line)
    outs = [*said, *(Send(call(doing.call), note) for note in notes)]
    proceeding = Proceeding(call=doing.call, until=after(now, plan.ringback_max_s), then=doing.then)
    return _answered(proceeding, now, plan, outs) if far == ANSWERED else (proceeding, outs)


def _answered(doing: Proceeding, now: Instant, plan: CasPlan, outs: list[Out]) -> Step:
    connected = Connected(call=doing.call, ours=True, until=after(now, plan.call_max_s), then=doing.then)
    return connected, [*outs, Send(call(doing.call), LineAnswered(plan.line))]


def _cleared(doing: OfOurs, plan: CasPlan, cause: Cause) -> Send:
    return Send(call(doing.call), LineCleared(plan.line, cause))


def _lost(doing: OfOurs, plan: CasPlan, reason: str) -> Send:
    return Send(call(doing.call), LineLost(plan.line, reason))
