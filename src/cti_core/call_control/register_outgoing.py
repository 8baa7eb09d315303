"""The outgoing register of China No.1: sends a number one compelled signal at a time. Pure: `now` is an argument.

    (begin) --> Sending --answer--> Ceasing --answer ends--> Sending the next one, or
                                                             AllSent  A1 and nothing is left: an A3 pulse must come
                                                             Done     group B
                                                             Failed   A4, A5, wrong signal, too many restarts
    Sending --answer sooner than the loop--> Doubting --it goes--> Sending      --it stays--> Ceasing
    Ceasing --ends sooner than the loop--> Settling --it is back--> Ceasing     --it stays away--> as Ceasing
    Sending --a late A3--> Confirming --it stays--> Ceasing    --it ends by itself, a pulse--> Failed
    AllSent --pulse A3, A4, A5--> Pulsed --it ends--> Sending KD, or Failed
    any --deadline, line released--> Failed

What a signal is, so what A1 asks for, is told by the last thing sent: after KA, A1 means the caller's digits until I-15
(I-12: restricted), then the called number goes on where it was. A2 begins again at the first digit.
"""

from dataclasses import dataclass, replace
from enum import Enum, auto
from typing import Final

from cti_core.call_control import register as words
from cti_core.call_control.clock import Instant, after
from cti_core.call_control.notes import DeadlinePassed
from cti_core.call_control.privacy import PhoneNumber
from cti_core.call_control.register import (
    A3,
    A4,
    A5,
    Backward,
    BackwardOff,
    BackwardOn,
    Done,
    Ended,
    Failed,
    Failure,
    Forward,
    GroupA,
    Ka,
    Kd,
    LineReleased,
    Loop,
    Out,
    SendForward,
    StopForward,
    ending,
    guard,
)
from cti_core.call_control.trace import disregard

RESTARTS_MAX: Final = 2  # assumed: the far end that cannot read the number in three tries never will
PULSES: Final = (A3, A4, A5)  # Q.442, Q.475; A6 is never pulsed in China


@dataclass(frozen=True, slots=True, kw_only=True)
class OutgoingCall:
    """What is to be sent. Raises ValueError for numbers that are not decimal digits, or no called number."""

    called: PhoneNumber
    caller: PhoneNumber | None = None  # None: I-12, the caller's number is restricted
    category: Ka = Ka.ORDINARY_PERIODIC
    service: Kd = Kd.LOCAL
    enough_is_enough: bool = False  # take an A3 that comes before the last digit
    restarts_max: int = RESTARTS_MAX

    def __post_init__(self) -> None:
        if not self.called.reveal():
            raise ValueError("there is no called number")
        for digit in self.called.reveal() + (self.caller.reveal() if self.caller else ""):
            words.signal_of(digit)


class Kind(Enum):
    """What the signal is that we send, and so how its answer reads."""

    CALLED = auto()
    CATEGORY = auto()  # KA
    CALLER = auto()
    CALLER_END = auto()  # I-15, I-12
    SERVICE = auto()  # KD


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the far end has let us come. Counts are of digits answered."""

    kind: Kind = Kind.CALLED
    called: int = 0
    caller: int = 0
    restarts: int = 0
    answer: Loop = None  # shortest: our signal, then its answer; holes make it too long
    release: Loop = None  # longest: the end of our signal, then that of its answer; holes make it too short

    @property
    def loop(self) -> Loop:
        return self.answer if self.answer is None or self.release is None else min(self.answer, self.release)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sending:
    """The forward signal is on; its answer is awaited."""

    at: Progress
    since: Instant
    until: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubting:
    """Hears something sooner than it can be the answer: the end of the last one, after a hole."""

    at: Progress
    since: Instant
    until: Instant
    heard: Backward
    heard_at: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirming:
    """Hears a late A3 and keeps its digit on: an answer stays, a pulse ends."""

    at: Progress
    until: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class Ceasing:
    """The answer is here and the forward signal off; the end of the answer is awaited."""

    at: Progress
    answer: Backward
    since: Instant
    until: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class Settling:
    """The answer ended sooner than it can have: a hole in it."""

    at: Progress
    answer: Backward
    since: Instant
    until: Instant
    ended: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class AllSent:
    """Silent: every digit is answered, the far end counts the seconds and will say A3."""

    at: Progress
    until: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class Pulsed:
    """Hears a pulse; what it says is done when it ends."""

    at: Progress
    pulse: Backward
    until: Instant


State = Sending | Doubting | Confirming | Ceasing | Settling | AllSent | Pulsed | Ended
Event = BackwardOn | BackwardOff | LineReleased | DeadlinePassed
Step = tuple[State, list[Out]]


def begin(call: OutgoingCall, now: Instant) -> Step:
    """The line is seized and acknowledged: the first digit goes out."""
    return _send(Progress(), now, call)


def step(state: State, event: Event, now: Instant, call: OutgoingCall) -> Step:
    match state, event:
        case Sending(), BackwardOn(signal) if now < guard(state.since, state.at.loop):
            return _doubt(state, signal, now), []
        case Sending(), BackwardOn(signal) if _maybe_pulse(state, signal, now):
            return Confirming(at=state.at, until=after(now, words.CONFIRM_S)), []
        case Sending(), BackwardOn(signal):
            return _answered(state, signal, now, now)
        case Sending(), DeadlinePassed():
            return _fail(Failure.NO_BACKWARD, [StopForward()])
        case Doubting(), BackwardOff():
            return Sending(at=state.at, since=state.since, until=after(state.since, words.FORWARD_ON_MAX_S)), []
        case Doubting(), BackwardOn(signal) if signal != state.heard:
            return replace(state, heard=signal, heard_at=now), []
        case Doubting(), DeadlinePassed():
            return _answered(state, state.heard, state.heard_at, now)
        case Confirming(), BackwardOff():
            return _fail(Failure.NOT_REGISTERED, [StopForward()])
        case Confirming(), BackwardOn(signal) if signal != A3:
            return _fail(Failure.WRONG_SIGNAL, [StopForward()])
        case Confirming(), DeadlinePassed():
            return _cease(state.at, A3, now), [StopForward()]
        case Ceasing(), BackwardOff() if now < guard(state.since, state.at.loop):
            return _settle(state, now), []
        case Ceasing(), BackwardOff():
            return _next(_released(state, now), state.answer, now, call)
        case Ceasing() | Settling(), BackwardOn(signal) if signal != state.answer:
            return _fail(Failure.WRONG_SIGNAL, [])
        case Ceasing(), DeadlinePassed():
            return _fail(Failure.BACKWARD_STUCK, [])
        case Settling(), BackwardOn():
            return _cease(state.at, state.answer, state.since), []
        case Settling(), DeadlinePassed():
            return _next(_released(state, state.ended), state.answer, now, call)
        case AllSent(), BackwardOn(signal) if signal in PULSES:
            return Pulsed(at=state.at, pulse=signal, until=after(now, words.FORWARD_OFF_MAX_S)), []
        case AllSent(), DeadlinePassed():
            return _fail(Failure.NO_COMPLETION, [])
        case Pulsed(), BackwardOff():
            return _next(state.at, state.pulse, now, call)
        case Pulsed(), BackwardOn(signal) if signal != state.pulse:
            return _fail(Failure.WRONG_SIGNAL, [])
        case Pulsed(), DeadlinePassed():
            return _fail(Failure.BACKWARD_STUCK, [])
        case Sending() | Doubting() | Confirming(), LineReleased():
            return _fail(Failure.RELEASED, [StopForward()])
        case Ceasing() | Settling() | AllSent() | Pulsed(), LineReleased():
            return _fail(Failure.RELEASED, [])
        case _:
            return state, [disregard(event, state)]


def _fail(why: Failure, outs: list[Out]) -> Step:
    return Failed(why), [*outs, ending(Failed(why))]


def _send(at: Progress, now: Instant, call: OutgoingCall) -> Step:
    sending = Sending(at=at, since=now, until=after(now, words.FORWARD_ON_MAX_S))
    return sending, [SendForward(signal_at(at, call))]


def signal_at(at: Progress, call: OutgoingCall) -> Forward:
    """The signal that stands at this place of the call."""
    match at.kind:
        case Kind.CALLED:
            return words.signal_of(call.called.reveal()[at.called])
        case Kind.CATEGORY:
            return Forward(int(call.category))
        case Kind.CALLER:
            return words.signal_of(_caller_digits(call)[at.caller])
        case Kind.CALLER_END:
            return words.CALLER_RESTRICTED if call.caller is None else words.END_OF_CALLER
        case Kind.SERVICE:
            return Forward(int(call.service))


def _caller_digits(call: OutgoingCall) -> str:
    return call.caller.reveal() if call.caller else ""


def _doubt(state: Sending, heard: Backward, now: Instant) -> State:
    until = guard(state.since, state.at.loop)
    return Doubting(at=state.at, since=state.since, until=until, heard=heard, heard_at=now)


def _maybe_pulse(state: Sending, heard: Backward, now: Instant) -> bool:
    late = now >= after(state.since, words.PULSE_SUSPECT_S)
    return late and heard == A3 and state.at.kind is not Kind.SERVICE


def _answered(state: Sending | Doubting, heard: Backward, heard_at: Instant, now: Instant) -> Step:
    at = replace(state.at, answer=words.shorter(state.at.answer, heard_at - state.since))
    return _cease(at, heard, now), [StopForward()]


def _cease(at: Progress, answer: Backward, now: Instant) -> Ceasing:
    return Ceasing(at=at, answer=answer, since=now, until=after(now, words.FORWARD_OFF_MAX_S))


def _settle(state: Ceasing, now: Instant) -> Settling:
    until = guard(state.since, state.at.loop)
    return Settling(at=state.at, answer=state.answer, since=state.since, until=until, ended=now)


def _released(state: Ceasing | Settling, ended: Instant) -> Progress:
    return replace(state.at, release=words.longer(state.at.release, ended - state.since))


def _next(at: Progress, answer: Backward, now: Instant, call: OutgoingCall) -> Step:
    """The cycle is over: what the far end asked for."""
    then = _group_b(answer, call) if at.kind is Kind.SERVICE else _group_a(at, answer, call)
    match then:
        case Progress():
            return _send(then, now, call)
        case None:
            return AllSent(at=at, until=after(now, words.FORWARD_OFF_MAX_S)), []
        case _:
            return then, [ending(then)]


def _group_b(answer: Backward, call: OutgoingCall) -> Ended:
    result = words.result_of(answer, Forward(call.service))
    return Failed(Failure.WRONG_SIGNAL) if result is None else Done(result)


def _group_a(at: Progress, answer: Backward, call: OutgoingCall) -> Progress | Ended | None:
    match GroupA(answer):
        case GroupA.SEND_NEXT:
            return _following(at, call)
        case GroupA.RESTART if at.restarts >= call.restarts_max:
            return Failed(Failure.TOO_MANY_RESTARTS)
        case GroupA.RESTART:
            return Progress(restarts=at.restarts + 1, answer=at.answer, release=at.release)
        case GroupA.CHANGE_TO_B if _past(at).called < len(call.called.reveal()) and not call.enough_is_enough:
            return Failed(Failure.TOO_EARLY)
        case GroupA.CHANGE_TO_B:
            return replace(_past(at), kind=Kind.SERVICE)
        case GroupA.CONGESTION:
            return Failed(Failure.CONGESTION)
        case GroupA.VACANT:
            return Failed(Failure.VACANT)
        case GroupA.SEND_CALLER if at.kind is Kind.CALLED:
            return replace(_past(at), kind=Kind.CATEGORY, caller=0)
        case GroupA.SEND_CALLER:
            return Failed(Failure.WRONG_SIGNAL)


def _past(at: Progress) -> Progress:
    """The digit just answered counts."""
    match at.kind:
        case Kind.CALLED:
            return replace(at, called=at.called + 1)
        case Kind.CALLER:
            return replace(at, caller=at.caller + 1)
        case _:
            return at


def _following(at: Progress, call: OutgoingCall) -> Progress | None:
    """What A1 asks for. None: nothing is left to send."""
    past = _past(at)
    if at.kind in (Kind.CATEGORY, Kind.CALLER):
        more = past.caller < len(_caller_digits(call))
        return replace(past, kind=Kind.CALLER if more else Kind.CALLER_END)
    return replace(past, kind=Kind.CALLED) if past.called < len(call.called.reveal()) else None


def deadline(state: State) -> Instant | None:
    """When the register wants DeadlinePassed."""
    return None if isinstance(state, Ended) else state.until
