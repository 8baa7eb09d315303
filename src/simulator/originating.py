"""The exchange while the house calls somebody: dial tone, digits, what becomes of them. Pure, a part of `subscriber_line`.

    Seized --delay--> Inviting --first digit--> Collecting --number whole--> Routing --> Alerting, Announcing, Refused
    Alerting --answered--> Talking (`subscriber_line`)       Alerting --nobody answers--> Refused (busy) --> Parked
    Announcing --> Refused (busy)                            Collecting --10 s without a digit--> Refused (busy)
    Inviting, Collecting <--on hook, off hook, ... 300 ms--> Pulsing --200 ms on hook--> Idle   (where discs are served)
    Seized, Inviting --20 s--> Refused (busy) --> Howling --> Parked

Digits before the dial tone are lost, as are digits after the number is whole.
"""

from typing import Final

from drivers.base import RATE_HZ
from simulator.dial_plan import INCOMPLETE, DialPlan, Fate, Route
from simulator.line_model import DialTone, LineModel
from simulator.line_states import (
    Alerting,
    Announcing,
    Collecting,
    Event,
    Howling,
    Idle,
    Inviting,
    Key,
    LineEvent,
    Originating,
    Parked,
    Pulsing,
    Refused,
    Routing,
    Seized,
    State,
)
from simulator.line_tones import LineTone

RINGBACK_S: Final = 5.0  # GB/T 3380: 1 s on, 4 s off
PICK_UP_S: Final = 1.5  # assumed: into its last ring a telephone is lifted, half a second after the burst
BREAK_MAX_S: Final = 0.2  # assumed: a longer break is the end of the call; a disc breaks for 60 ms
DIGIT_PAUSE_S: Final = (
    0.3  # assumed: a longer pause ends the digit; a disc pauses for 40 ms within one, 600 between two
)
BREAKS_MAX: Final = 10  # the digit 0
REFUSALS: Final = {
    Fate.BUSY: LineTone.BUSY,
    Fate.CONGESTION: LineTone.CONGESTION,
    Fate.VACANT: LineTone.VACANT,
}


def seize(at: int, model: LineModel) -> Seized:
    """The exchange has noticed that the loop is closed."""
    silent_s = model.dial_tone_s if model.dial_tone is DialTone.NONE else model.dial_tone_delay_s
    return Seized(until=at + max(1, _samples(silent_s)))


def invite(at: int, model: LineModel) -> Inviting:
    """Dial tone begins."""
    return Inviting(at, until=at + _samples(model.dial_tone_s))


def step(state: Originating, event: Event, at: int, model: LineModel, plan: DialPlan) -> State:
    match state, event:
        case Seized(), LineEvent.EXPIRED if model.dial_tone is DialTone.NONE:
            return _refused(LineTone.BUSY, at, model, howls=True)
        case Seized(), LineEvent.EXPIRED:
            return invite(at, model)
        case Inviting(), Key(digit):
            return _collected(digit, at, model, plan)
        case Inviting(), LineEvent.EXPIRED:
            return _refused(LineTone.BUSY, at, model, howls=True)
        case Collecting(digits), Key(digit):
            return _collected(digits + digit, at, model, plan)
        case Collecting(digits), LineEvent.EXPIRED:
            return Routing(digits, INCOMPLETE, until=at + 1)
        case Inviting(), LineEvent.ON_HOOK if model.rotary:
            return _broken("", 1, at)
        case Collecting(digits), LineEvent.ON_HOOK if model.rotary:
            return _broken(digits, 1, at)
        case Pulsing(digits, breaks, True), LineEvent.ON_HOOK:
            return _broken(digits, breaks + 1, at)
        case Pulsing(digits, breaks, False), LineEvent.OFF_HOOK:
            return Pulsing(digits, breaks, closed=True, until=at + _samples(DIGIT_PAUSE_S))
        case Pulsing(closed=False), LineEvent.EXPIRED:
            return Idle()
        case Pulsing(digits, breaks), LineEvent.EXPIRED if breaks <= BREAKS_MAX:
            return _collected(digits + str(breaks % 10), at, model, plan)
        case Pulsing(), LineEvent.EXPIRED:
            return _refused(LineTone.VACANT, at, model)
        case _, LineEvent.ON_HOOK:
            return Idle()
        case Routing(digits, route), LineEvent.EXPIRED:
            return _routed(digits, route, at, model)
        case Alerting(), LineEvent.EXPIRED | LineEvent.CALLED_BUSY:
            return _refused(LineTone.BUSY, at, model)
        case Announcing(), LineEvent.EXPIRED:
            return _refused(LineTone.BUSY, at, model)
        case Refused(howls=True), LineEvent.EXPIRED:
            return Howling(at, until=at + max(1, _samples(model.howler_s)))
        case Refused() | Howling(), LineEvent.EXPIRED:
            return Parked()
        case _:
            return state  # copper says nothing: the event has no meaning here


def _broken(digits: str, breaks: int, at: int) -> Pulsing:
    return Pulsing(digits, breaks, closed=False, until=at + _samples(BREAK_MAX_S))


def _collected(digits: str, at: int, model: LineModel, plan: DialPlan) -> State:
    route = plan.route(digits)
    if route is None:
        return Collecting(digits, until=at + _samples(model.digit_gap_s))
    return Routing(digits, route, until=at + max(1, _samples(model.routing_s)))


def _routed(digits: str, route: Route, at: int, model: LineModel) -> State:
    match route.fate:
        case Fate.ANSWER:
            waits_s = (route.rings - 1) * RINGBACK_S + PICK_UP_S if route.rings else 0.0
            return Alerting(digits, route, at, until=at + max(1, _samples(waits_s)))
        case Fate.NO_ANSWER | Fate.LINE:
            return Alerting(digits, route, at, until=at + _samples(model.ringback_s))
        case Fate.ANNOUNCEMENT:
            return Announcing(at, until=at + _samples(model.announcement_s))
        case Fate.BUSY | Fate.CONGESTION | Fate.VACANT as fate:
            return _refused(REFUSALS[fate], at, model)


def _refused(tone: LineTone, at: int, model: LineModel, *, howls: bool = False) -> Refused:
    return Refused(tone, at, until=at + max(1, _samples(model.busy_s)), howls=howls)


def _samples(seconds: float) -> int:
    return round(seconds * RATE_HZ)
