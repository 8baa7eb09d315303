"""The exchange's end of one subscriber line. Pure: time is an argument, a timer is the field `until`.

    Idle --dialled--> Ringing --off hook--> Talking --caller clears--> (LoopDropped -->) FarEndCleared --60 s--> Parked
    Ringing --caller clears--> Idle        Talking, FarEndCleared, Parked --on hook--> Idle
    Idle --off hook--> Seized --on hook--> Idle

`OffHook` and `OnHook` are what the exchange sees of the loop: a cut line is on hook. Not to be confused with
`cti_core.call_control.line`, the house's end of the same copper. Seams: caller ID is an arrow out of Ringing's first
pause, glare an arrow of Seized, digits of an outgoing call arrows of Seized.
"""

from dataclasses import dataclass
from enum import Enum

from drivers.base import RATE_HZ, LoopClosed, LoopOpen, Polarity, RingOff, RingOn, Signal
from simulator.line_model import LineModel


class LineEvent(Enum):
    DIALLED = "dialled"  # somebody calls this line
    CALLER_CLEARED = "callerCleared"
    OFF_HOOK = "offHook"
    ON_HOOK = "onHook"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Idle: ...


@dataclass(frozen=True, slots=True)
class Ringing:
    began: int  # samples
    burst: bool  # ring current flows
    until: int


@dataclass(frozen=True, slots=True)
class Talking: ...


@dataclass(frozen=True, slots=True)
class LoopDropped:
    began: int
    until: int


@dataclass(frozen=True, slots=True)
class FarEndCleared:
    """Busy tone until the house hangs up."""

    began: int
    until: int


@dataclass(frozen=True, slots=True)
class Parked:
    """Off hook, and the exchange has lost interest: silence."""


@dataclass(frozen=True, slots=True)
class Seized:
    """Off hook without a call: dial tone."""

    began: int


State = Idle | Ringing | Talking | LoopDropped | FarEndCleared | Parked | Seized
Step = tuple[State, tuple[Signal, ...]]


def step(state: State, event: LineEvent, at: int, port: int, model: LineModel) -> Step:
    """Take an event at a sample; the facts are what a board on this line notices."""
    match state, event:
        case Idle(), LineEvent.DIALLED:
            return Ringing(at, burst=True, until=at + _samples(model.ring_on_s)), (RingOn(port, at),)
        case Idle(), LineEvent.OFF_HOOK:
            return Seized(at), ()
        case Ringing(began, True), LineEvent.EXPIRED:
            return Ringing(began, burst=False, until=at + _samples(model.ring_off_s)), (RingOff(port, at),)
        case Ringing(began, False), LineEvent.EXPIRED:
            return Ringing(began, burst=True, until=at + _samples(model.ring_on_s)), (RingOn(port, at),)
        case Ringing(), LineEvent.OFF_HOOK:
            return Talking(), (*_end_burst(state, at, port), *_turn(model, at, port, reverse=True))
        case Ringing(), LineEvent.CALLER_CLEARED:
            return Idle(), _end_burst(state, at, port)
        case Talking(), LineEvent.CALLER_CLEARED if model.loop_drop_ms:
            dropped = LoopDropped(at, until=at + model.loop_drop_ms * RATE_HZ // 1000)
            return dropped, (*_turn(model, at, port, reverse=False), LoopOpen(port, at))
        case Talking(), LineEvent.CALLER_CLEARED:
            return _cleared(at, model), _turn(model, at, port, reverse=False)
        case Talking(), LineEvent.ON_HOOK:
            return Idle(), _turn(model, at, port, reverse=False)
        case LoopDropped(), LineEvent.EXPIRED:
            return _cleared(at, model), _loop_back(state, at, port)
        case LoopDropped(), LineEvent.ON_HOOK:
            return Idle(), _loop_back(state, at, port)
        case FarEndCleared(), LineEvent.EXPIRED:
            return Parked(), ()
        case FarEndCleared() | Parked() | Seized(), LineEvent.ON_HOOK:
            return Idle(), ()
        case _:
            return state, ()  # copper says nothing: the event has no meaning here


def occupied(state: State) -> bool:
    """A caller of this line would be told it is busy."""
    return not isinstance(state, Idle)


def deadline(state: State) -> int | None:
    """The sample at which the line wants EXPIRED."""
    return state.until if isinstance(state, Ringing | LoopDropped | FarEndCleared) else None


def _samples(seconds: float) -> int:
    return round(seconds * RATE_HZ)


def _cleared(at: int, model: LineModel) -> FarEndCleared:
    return FarEndCleared(at, until=at + _samples(model.busy_s))


def _end_burst(state: Ringing, at: int, port: int) -> tuple[Signal, ...]:
    return (RingOff(port, at),) if state.burst else ()


def _turn(model: LineModel, at: int, port: int, *, reverse: bool) -> tuple[Signal, ...]:
    return (Polarity(port, at, reversed=reverse),) if model.polarity_reversal else ()


def _loop_back(state: LoopDropped, at: int, port: int) -> tuple[Signal, ...]:
    return (LoopClosed(port, at, open_ms=(at - state.began) * 1000 // RATE_HZ),)
