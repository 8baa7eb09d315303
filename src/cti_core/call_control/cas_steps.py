"""What several arrows of a trunk have in common: bits to be sent, ends of calls, and a register's words as actions."""

from collections.abc import Iterable

from cti_core.call_control import cas
from cti_core.call_control.cas import Abcd, Direction, LineSignal
from cti_core.call_control.cas_states import IDLE, REST_S, Blocked, CasPlan, Doing, Releasing, Resting
from cti_core.call_control.cas_words import ListenToRegister, Mfc, SendSignal, SetCas, StopSignal
from cti_core.call_control.clock import Instant, after
from cti_core.call_control.ids import LineId
from cti_core.call_control.line_states import Clearing, Idle, OutOfService, Rest
from cti_core.call_control.notes import Disregarded
from cti_core.call_control.register import (
    AddressComplete,
    PulseBackward,
    RegisterDone,
    RegisterFailed,
    SendBackward,
    SendForward,
    StopBackward,
    StopForward,
)
from cti_core.call_control.register import Out as RegisterOut
from cti_core.call_control.trace import Out

Step = tuple[Doing, list[Out]]

FAR_BLOCKED = cas.encode(Direction.BACKWARD, LineSignal.BLOCKED)


def forward(line: LineId, signal: LineSignal) -> SetCas:
    """We called: what we say is forward."""
    return SetCas(line, cas.encode(Direction.FORWARD, signal))


def backward(line: LineId, signal: LineSignal) -> SetCas:
    """We were called, or nobody was: what we say is backward."""
    return SetCas(line, cas.encode(Direction.BACKWARD, signal))


def free(far: Abcd) -> Idle | Blocked:
    """Ours is idle; whether calls may come depends on the far end."""
    if far == IDLE:
        return Idle()
    return Blocked("blocked by the far end" if far == FAR_BLOCKED else f"the far end signals {cas.text_of(far)}")


def at_rest(then: Rest, far: Abcd, line: LineId) -> Step:
    """Behind a call; our bits are idle already."""
    if isinstance(then, OutOfService):
        return then, [backward(line, LineSignal.BLOCKED)]
    return free(far), []


def release_guard(then: Rest, now: Instant, line: LineId) -> Step:
    """The far end has cleared forward. Before we block or seize, it must have seen that we are free."""
    return Resting(until=after(now, REST_S), then=then), [backward(line, LineSignal.RELEASE_GUARD)]


def clear_forward(then: Rest, far: Abcd, now: Instant, plan: CasPlan, *outs: Out) -> Step:
    """We end a call of ours, and wait until the far end is free again, if it is not yet."""
    cleared: list[Out] = [forward(plan.line, LineSignal.CLEAR_FORWARD), *outs]
    if far == IDLE:
        doing, more = at_rest(then, far, plan.line)
        return doing, [*cleared, *more]
    return Clearing(until=after(now, plan.guard_max_s), then=then), cleared


def forced_release(then: Rest, now: Instant, plan: CasPlan, *outs: Out) -> Step:
    """We give up a call that came; the far end is to clear forward now."""
    releasing = Releasing(until=after(now, plan.guard_max_s), forced=True, then=then)
    return releasing, [backward(plan.line, LineSignal.FORCED_RELEASE), *outs]


def register_over(line: LineId) -> list[Out]:
    """Whatever it was sending; keys and tones are heard again."""
    return [StopSignal(line), ListenToRegister(line, None)]


def spoken(words: Iterable[RegisterOut], line: LineId) -> list[Out]:
    """What the register wants to be heard. How it ended stands in its state."""
    said: list[Out] = []
    for word in words:
        match word:
            case SendForward(signal):
                said.append(SendSignal(line, Mfc(Direction.FORWARD, signal)))
            case SendBackward(signal):
                said.append(SendSignal(line, Mfc(Direction.BACKWARD, signal)))
            case PulseBackward(signal, length_s):
                said.append(SendSignal(line, Mfc(Direction.BACKWARD, signal), length_s))
            case StopForward() | StopBackward():
                said.append(StopSignal(line))
            case Disregarded():
                said.append(word)
            case AddressComplete() | RegisterDone() | RegisterFailed():
                pass
    return said
