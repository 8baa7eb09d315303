"""The exchange's end of one subscriber line. Pure: time is an argument, a timer is the field `until`.

    Idle --dialled--> Ringing --off hook--> Talking --caller clears--> (LoopDropped -->) FarEndCleared --60 s--> Parked
    Ringing --caller clears--> Idle        Talking, FarEndCleared, Parked --on hook--> Idle
    Idle --off hook--> (Unseen -->) Seized ... Alerting --answered--> Talking      (`originating`)
    Unseen --dialled--> Tripping --100 ms--> Talking                              (glare)
    Idle --ring splash--> Splashing --> Idle

`OffHook` and `OnHook` are what the exchange sees of the loop: a cut line is on hook. Not to be confused with
`cti_core.call_control.line`, the house's end of the same copper.
"""

from typing import Final

from drivers.base import RATE_HZ, LoopClosed, LoopOpen, Polarity, RingOff, RingOn, Signal
from simulator import originating
from simulator.dial_plan import CITY, DialPlan, Fate
from simulator.line_model import DialTone, LineModel, Release
from simulator.line_states import (
    Alerting,
    Announcing,
    Collecting,
    Event,
    FarEndCleared,
    Howling,
    Idle,
    Inviting,
    LineEvent,
    LoopDropped,
    Parked,
    Pulsing,
    Refused,
    Ringing,
    RingSplash,
    Routing,
    Seized,
    Splashing,
    State,
    Talking,
    Tripping,
    Unseen,
)
from simulator.line_tones import LineTone

__all__ = [
    "FarEndCleared",
    "Idle",
    "LineEvent",
    "LoopDropped",
    "Parked",
    "Ringing",
    "Seized",
    "State",
    "Talking",
    "deadline",
    "listens",
    "occupied",
    "step",
    "tone",
]

Step = tuple[State, tuple[Signal, ...]]
RING_TRIP_S: Final = 0.1  # assumed: ring current into a closed loop; the exchange stops it and takes it for an answer


def step(state: State, event: Event, at: int, port: int, model: LineModel, *, plan: DialPlan = CITY) -> Step:
    """Take an event at a sample; the facts are what a board on this line notices."""
    match state, event:
        case Idle(), LineEvent.DIALLED:
            return Ringing(at, burst=True, until=at + _samples(model.ring_first_s or model.ring_on_s)), (
                RingOn(port, at),
            )
        case Idle(), LineEvent.OFF_HOOK if model.seize_ms:
            return Unseen(until=at + model.seize_ms * RATE_HZ // 1000), ()
        case Idle(), LineEvent.OFF_HOOK:
            return originating.seize(at, model), ()
        case Ringing(began, True), LineEvent.EXPIRED:
            return Ringing(began, burst=False, until=at + _samples(model.ring_off_s)), (RingOff(port, at),)
        case Ringing(began, False), LineEvent.EXPIRED:
            return Ringing(began, burst=True, until=at + _samples(model.ring_on_s)), (RingOn(port, at),)
        case Ringing(), LineEvent.OFF_HOOK:
            return Talking(), (*_end_burst(state, at, port), *_turn(model, at, port, reverse=True))
        case Ringing(), LineEvent.CALLER_CLEARED:
            return Idle(), _end_burst(state, at, port)
        case Alerting(), LineEvent.ANSWERED:
            return _answered(state, at), _turn(model, at, port, reverse=True)
        case Alerting(), LineEvent.EXPIRED if state.route.fate is Fate.ANSWER:
            return _answered(state, at), _turn(model, at, port, reverse=True)
        case Talking(), LineEvent.CALLER_CLEARED | LineEvent.EXPIRED if model.loop_drop_ms:
            dropped = LoopDropped(at, until=at + model.loop_drop_ms * RATE_HZ // 1000)
            return dropped, (*_turn(model, at, port, reverse=False), LoopOpen(port, at))
        case Talking(), LineEvent.CALLER_CLEARED | LineEvent.EXPIRED:
            return _cleared(at, model), _turn(model, at, port, reverse=False)
        case Talking(), LineEvent.ON_HOOK:
            return Idle(), _turn(model, at, port, reverse=False)
        case LoopDropped(), LineEvent.EXPIRED:
            return _cleared(at, model), _loop_back(state, at, port)
        case LoopDropped(), LineEvent.ON_HOOK:
            return Idle(), _loop_back(state, at, port)
        case FarEndCleared(), LineEvent.EXPIRED:
            return Parked(), ()
        case FarEndCleared() | Parked(), LineEvent.ON_HOOK:
            return Idle(), ()
        case (
            Seized()
            | Inviting()
            | Collecting()
            | Pulsing()
            | Routing()
            | Alerting()
            | Announcing()
            | Refused()
            | Howling(),
            _,
        ):
            return originating.step(state, event, at, model, plan), ()
        case _:
            return _oddities(state, event, at, port, model)


def _oddities(state: State, event: Event, at: int, port: int, model: LineModel) -> Step:
    """Glare, and ring current that means nothing."""
    match state, event:
        case Idle(), RingSplash(length):
            return Splashing(until=at + length), (RingOn(port, at),)
        case Splashing(), LineEvent.EXPIRED:
            return Idle(), (RingOff(port, at),)
        case Splashing(), LineEvent.OFF_HOOK:
            return originating.seize(at, model), (RingOff(port, at),)
        case Unseen(), LineEvent.DIALLED:
            return Tripping(at, until=at + _samples(RING_TRIP_S)), (RingOn(port, at),)
        case Unseen(), LineEvent.EXPIRED:
            return originating.seize(at, model), ()
        case Tripping(), LineEvent.EXPIRED:
            return Talking(), (RingOff(port, at), *_turn(model, at, port, reverse=True))
        case Tripping(), LineEvent.CALLER_CLEARED:
            return originating.seize(at, model), (RingOff(port, at),)
        case Tripping(began, _), LineEvent.ON_HOOK:
            return Ringing(began, burst=True, until=max(at + 1, began + _samples(model.ring_on_s))), ()
        case Unseen(), LineEvent.ON_HOOK:
            return Idle(), ()
        case _:
            return state, ()  # copper says nothing: the event has no meaning here


def occupied(state: State) -> bool:
    """A caller of this line would be told it is busy."""
    return not isinstance(state, Idle | Unseen)


def listens(state: State) -> bool:
    """The exchange has a digit receiver on the line."""
    return isinstance(state, Inviting | Collecting)


def deadline(state: State) -> int | None:
    """The sample at which the line wants EXPIRED."""
    return None if isinstance(state, Idle | Parked) else state.until


def tone(state: State, model: LineModel) -> tuple[LineTone, int]:
    """What the house hears of the exchange, and since when."""
    match state:
        case FarEndCleared(began, _):
            return LineTone.BUSY, began - model.busy_cut_ms * RATE_HZ // 1000
        case Inviting(began, _):
            return LineTone.SPECIAL_DIAL if model.dial_tone is DialTone.SPECIAL else LineTone.DIAL, began
        case Alerting(began=began):
            return LineTone.RINGBACK, began
        case Refused(which, began, _):
            return which, began
        case Howling(began, _):
            return LineTone.HOWLER, began
        case _:
            return LineTone.NONE, 0


def _samples(seconds: float) -> int:
    return round(seconds * RATE_HZ)


def _answered(state: Alerting, at: int) -> Talking:
    talk_s = state.route.talk_s
    return Talking() if talk_s is None else Talking(until=at + max(1, _samples(talk_s)))


def _cleared(at: int, model: LineModel) -> State:
    match model.release:
        case Release.BUSY:
            return FarEndCleared(at, until=at + _samples(model.busy_s))
        case Release.DIAL:
            return originating.invite(at, model)
        case Release.SILENCE:
            return Parked()


def _end_burst(state: Ringing, at: int, port: int) -> tuple[Signal, ...]:
    return (RingOff(port, at),) if state.burst else ()


def _turn(model: LineModel, at: int, port: int, *, reverse: bool) -> tuple[Signal, ...]:
    return (Polarity(port, at, reversed=reverse),) if model.polarity_reversal else ()


def _loop_back(state: LoopDropped, at: int, port: int) -> tuple[Signal, ...]:
    return (LoopClosed(port, at, open_ms=(at - state.began) * 1000 // RATE_HZ),)
