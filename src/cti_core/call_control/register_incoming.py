"""The incoming register of China No.1: takes a number one compelled signal at a time. Pure: `now` is an argument.

    (begin) --> Waiting --forward signal--> Answering --it ends--> Waiting for the next one, or Done, Failed
    Waiting --signal sooner than the loop--> Doubting --it goes--> Waiting      --it stays--> Answering, Deciding
    Answering --ends sooner than the loop--> Holding --it is back--> Answering  --it stays away--> as Answering
    Waiting --KD--> Deciding --the house decides, or does not--> Answering with group B
    Waiting --2 s, length of the number not known--> Pulsing A3 --> Waiting for KD
    Waiting --silence, refusal--> Pulsing A4, A5 --> Failed
    any --line released, signal does not end--> Failed

What the next signal means stands in `Collected.awaited`: a called digit, KA, a caller's digit, KD. The number is told to
the house (`AddressComplete`) when KD has come and not before: then the far end, too, says that it is whole.
"""

from dataclasses import dataclass, replace

from cti_core.call_control import register as words
from cti_core.call_control import register_reading as reading
from cti_core.call_control.clock import Instant, after
from cti_core.call_control.notes import DeadlinePassed
from cti_core.call_control.register import (
    Backward,
    Decide,
    Done,
    Ended,
    Failed,
    Failure,
    Forward,
    ForwardOff,
    ForwardOn,
    LineReleased,
    Out,
    PulseBackward,
    Result,
    SendBackward,
    StopBackward,
    at_least,
    ending,
    guard,
)
from cti_core.call_control.register_reading import Awaited, Collected, IncomingPlan
from cti_core.call_control.trace import disregard


@dataclass(frozen=True, slots=True)
class Seized:
    """Nothing has come yet."""

    until: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """Both directions are silent since our answer ended."""

    got: Collected
    last: Forward | None  # the signal before
    since: Instant
    until: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubting:
    """Hears a signal sooner than it can be the next one: the end of the last one, after a hole."""

    got: Collected
    last: Forward | None
    since: Instant
    until: Instant
    heard: Forward
    heard_at: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class Answering:
    """Our answer is on; the end of the forward signal is awaited."""

    got: Collected
    forward: Forward
    since: Instant
    until: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """The forward signal ended sooner than it can have: our answer stays on, so that it is heard."""

    got: Collected
    forward: Forward
    since: Instant
    until: Instant
    heard: Forward | None  # another signal


@dataclass(frozen=True, slots=True, kw_only=True)
class Deciding:
    """KD is on; the house looks how the called party is."""

    got: Collected
    service: Forward
    until: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class Pulsing:
    """An A3 pulse is out; nothing is believed until the far end can have heard it."""

    got: Collected
    since: Instant
    until: Instant
    heard: Forward | None


@dataclass(frozen=True, slots=True)
class Refusing:
    """An A4 or A5 pulse is out, and that is all."""

    end: Ended
    until: Instant


State = Seized | Waiting | Doubting | Answering | Holding | Deciding | Pulsing | Refusing | Ended
Event = ForwardOn | ForwardOff | Decide | LineReleased | DeadlinePassed
Step = tuple[State, list[Out]]


def begin(now: Instant) -> State:
    """The seizure is acknowledged."""
    return Seized(after(now, words.INCOMING_SILENCE_MAX_S))


def step(state: State, event: Event, now: Instant, plan: IncomingPlan) -> Step:
    match state:
        case Seized() | Waiting() | Doubting():
            return _between_signals(state, event, now, plan)
        case Answering() | Holding():
            return _in_a_signal(state, event, now, plan)
        case Deciding():
            return _at_the_house(state, event, now, plan)
        case Pulsing() | Refusing():
            return _in_a_pulse(state, event, now, plan)
        case Done() | Failed():
            return state, [disregard(event, state)]


def _between_signals(state: Seized | Waiting | Doubting, event: Event, now: Instant, plan: IncomingPlan) -> Step:
    match state, event:
        case Seized(), ForwardOn(signal):
            return _take(reading.nothing_yet(plan), signal, now, plan)
        case Seized(), DeadlinePassed():
            return _end(Failed(Failure.NO_FORWARD))
        case Seized(), Decide(result) if _refuses(result):
            return _pulse_refusal(Collected(decided=result), now)
        case Waiting(), ForwardOn(signal) if now < guard(state.since, state.got.loop):
            return _doubt(state, signal, now), []
        case Waiting(), ForwardOn(signal):
            return _next(state, signal, now, now, plan)
        case Waiting(), DeadlinePassed():
            return _silence(state.got, now, plan)
        case Waiting() | Doubting(), Decide(result) if state.got.service is not None:
            return replace(state, got=replace(state.got, decided=result)), []
        case Waiting(), Decide(result) if _refuses(result):
            due = max(now, after(state.since, words.PULSE_AFTER_S))
            return replace(state, got=replace(state.got, decided=result), until=due), []
        case Doubting(), ForwardOff():
            return _wait(state.got, state.last, state.since, plan), []
        case Doubting(), ForwardOn(signal) if signal != state.heard:
            return replace(state, heard=signal, heard_at=now), []
        case Doubting(), DeadlinePassed():
            return _next(state, state.heard, state.heard_at, now, plan)
        case Doubting(), Decide(result) if _refuses(result):
            return replace(state, got=replace(state.got, decided=result)), []
        case _, LineReleased():
            return _end(Failed(Failure.RELEASED))
        case _:
            return state, [disregard(event, state)]


def _in_a_signal(state: Answering | Holding, event: Event, now: Instant, plan: IncomingPlan) -> Step:
    match state, event:
        case Answering(), ForwardOff() if now < at_least(state.since, state.got.loop):
            return _hold(state, None, now), []
        case Answering(), ForwardOff():
            return _stop(_measured(state, now), None, now, plan)
        case Answering(), ForwardOn(signal) if signal != state.forward:
            return _hold(state, signal, now), []
        case Answering(), DeadlinePassed():
            return _end(Failed(Failure.FORWARD_STUCK), [StopBackward()])
        case Holding(), ForwardOn(signal) if signal == state.forward:
            return _answering(state.got, state.forward, state.since), []
        case Holding(), ForwardOn(signal) if signal != state.heard:
            return replace(state, heard=signal), []
        case Holding(), ForwardOff() if state.heard is not None:
            return replace(state, heard=None), []
        case Holding(), DeadlinePassed():
            return _stop(state, state.heard, now, plan)
        case _, Decide(result) if state.got.end is None and _refuses(result):
            return replace(state, got=replace(state.got, decided=result)), []
        case _, LineReleased():
            return _end(Failed(Failure.RELEASED), [StopBackward()])
        case _:
            return state, [disregard(event, state)]


def _at_the_house(state: Deciding, event: Event, now: Instant, plan: IncomingPlan) -> Step:
    match event:
        case Decide(result):
            return _group_b(state.got, state.service, result, now)
        case ForwardOff():
            return _wait(state.got, None, now, plan), []
        case ForwardOn(signal) if signal != state.service:
            wrong = replace(state.got, end=Failed(Failure.WRONG_SIGNAL))
            return _group_b(wrong, signal, Result.CONGESTION, now)
        case DeadlinePassed():
            late = replace(state.got, end=Failed(Failure.NO_DECISION))
            return _group_b(late, state.service, Result.CONGESTION, now)
        case LineReleased():
            return _end(Failed(Failure.RELEASED))
        case _:
            return state, [disregard(event, state)]


def _in_a_pulse(state: Pulsing | Refusing, event: Event, now: Instant, plan: IncomingPlan) -> Step:
    match state, event:
        case Pulsing(), ForwardOn(signal) if now < after(state.since, words.PULSE_S):
            return _crossed(state, signal), []
        case Pulsing(), ForwardOn(signal) if signal != state.heard:
            return replace(state, heard=signal), []
        case Pulsing(), ForwardOff() if state.heard is not None:
            return _crossed(state, None), []
        case Pulsing(), DeadlinePassed():
            taken = state.heard
            return (_wait(state.got, None, now, plan), []) if taken is None else _take(state.got, taken, now, plan)
        case Refusing(end), DeadlinePassed():
            return _end(end)
        case _, LineReleased():
            return _end(Failed(Failure.RELEASED))
        case _:
            return state, [disregard(event, state)]


def _next(state: Waiting | Doubting, signal: Forward, heard_at: Instant, now: Instant, plan: IncomingPlan) -> Step:
    """A new signal; or the last one, which ended at a time that makes it doubtful and is here again."""
    if signal == state.last and state.got.in_pieces:
        then, said = reading.mutilated(state.got, plan)
        return _answering(then, signal, now), [SendBackward(said)]
    if state.last is None:
        return _take(state.got, signal, now, plan)
    following = words.shorter(state.got.following, heard_at - state.since)
    return _take(replace(state.got, following=following), signal, now, plan)


def _take(got: Collected, signal: Forward, now: Instant, plan: IncomingPlan) -> Step:
    """A signal is believed: it gets its answer, KD that of the house."""
    if got.awaited is not Awaited.SERVICE:
        then, said = reading.answer(got, signal, plan)
        return _answering(then, signal, now), [SendBackward(said)]
    if not reading.is_service(signal) or got.service not in (None, signal):
        return _group_b(replace(got, end=Failed(Failure.WRONG_SIGNAL)), signal, Result.CONGESTION, now)
    if got.end is not None or got.decided is not None:
        return _group_b(got, signal, got.decided or Result.CONGESTION, now)
    known = replace(got, service=signal)
    told: list[Out] = [] if got.service is not None else [words.AddressComplete(known.address())]
    return Deciding(got=known, service=signal, until=after(now, words.DECISION_MAX_S)), told


def _group_b(got: Collected, service: Forward, result: Result, now: Instant) -> Step:
    then, said = reading.decision(got, service, result)
    return _answering(then, service, now), [SendBackward(said)]


def _answering(got: Collected, forward: Forward, since: Instant) -> Answering:
    return Answering(got=got, forward=forward, since=since, until=after(since, words.INCOMING_TONE_MAX_S))


def _hold(state: Answering, heard: Forward | None, now: Instant) -> Holding:
    until = max(now, at_least(state.since, state.got.loop))
    return Holding(got=state.got, forward=state.forward, since=state.since, until=until, heard=heard)


def _measured(state: Answering, now: Instant) -> Answering:
    """How fast the far end reacts to our answers. Late: it may not have heard this one."""
    got = state.got
    if got.loop is not None and now > words.late(state.since, got.loop):
        return replace(state, got=replace(got, in_pieces=True))
    return replace(state, got=replace(got, in_pieces=False, reaction=words.longer(got.reaction, now - state.since)))


def _stop(state: Answering | Holding, heard: Forward | None, now: Instant, plan: IncomingPlan) -> Step:
    """The forward signal has ended, and so does our answer."""
    got = state.got
    if got.end is not None:
        return _end(got.end, [StopBackward()])
    waiting = _wait(got, state.forward, now, plan)
    return (waiting if heard is None else _doubt(waiting, heard, now)), [StopBackward()]


def _doubt(state: Waiting, heard: Forward, now: Instant) -> Doubting:
    until = guard(state.since, state.got.loop)
    return Doubting(got=state.got, last=state.last, since=state.since, until=until, heard=heard, heard_at=now)


def _wait(got: Collected, last: Forward | None, since: Instant, plan: IncomingPlan) -> Waiting:
    return Waiting(got=got, last=last, since=since, until=after(since, _silence_max_s(got, plan)))


def _crossed(state: Pulsing, heard: Forward | None) -> Pulsing:
    """A signal that is no answer to the pulse: the number was not over."""
    return replace(state, got=replace(state.got, end=Failed(Failure.NOT_REGISTERED)), heard=heard)


def _deaf_until(got: Collected, since: Instant) -> Instant:
    """A digit that crosses the pulse has ended by then, even if the far end looks twice whether it is one."""
    return max(
        after(since, words.PULSE_DEAF_S), after(Instant(since + (got.loop or 0)), words.CONFIRM_S + words.GUARD_FIRST_S)
    )


def _silence_max_s(got: Collected, plan: IncomingPlan) -> float:
    if got.decided is not None and got.service is None:
        return words.PULSE_AFTER_S
    return plan.end_of_number_s if _may_be_whole(got, plan) else words.INCOMING_SILENCE_MAX_S


def _may_be_whole(got: Collected, plan: IncomingPlan) -> bool:
    """A number of unknown length is over when no more digits come."""
    return got.awaited is Awaited.CALLED and got.called != "" and plan.lengths.length_of(got.called) is None


def _silence(got: Collected, now: Instant, plan: IncomingPlan) -> Step:
    """Silence has lasted long enough to mean something."""
    if got.decided is not None and got.service is None:
        return _pulse_refusal(got, now)
    if _may_be_whole(got, plan):
        asked = replace(got, awaited=Awaited.SERVICE)
        return Pulsing(got=asked, since=now, until=_deaf_until(got, now), heard=None), [PulseBackward(words.A3)]
    return _refusing(got.end or Failed(Failure.NO_FORWARD), words.A4, now)


def _pulse_refusal(got: Collected, now: Instant) -> Step:
    then, said = reading.refused(got, got.decided or Result.CONGESTION)
    return _refusing(then.end or Failed(Failure.CONGESTION), said, now)


def _refusing(end: Ended, said: Backward, now: Instant) -> Step:
    return Refusing(end, after(now, words.PULSE_S)), [PulseBackward(said)]


def _refuses(result: Result) -> bool:
    return result not in (Result.FREE, Result.FREE_CALLER_RELEASES)


def _end(end: Ended, outs: list[Out] | None = None) -> Step:
    return end, [*(outs or []), ending(end)]


def deadline(state: State) -> Instant | None:
    """When the register wants DeadlinePassed."""
    return None if isinstance(state, Ended) else state.until
