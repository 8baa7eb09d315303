"""One analogue line. Pure: no clock, no I/O; `now` is an argument, a timer is a field.

    Idle --number--> Announced --ring--> Ringing    (caller id by DTMF comes before the first ring)
    Idle --ring--> Ringing --ring (answer_on_ring)--> Connected --busy tone, loop drop, release--> Clearing --guard--> Idle
                   Ringing --silence--> Idle                 any --fault--> Failed --restored--> Idle
    Idle --operator--> OutOfService --operator--> Idle       a call on the line is let finish (`then`)

Hang-up is decided here, once, from the per-line plan: in China the universal sign is busy tone (line-signalling §5).
"""

from dataclasses import dataclass, field, replace

from cti_core.call_control.actions import GoOffHook, GoOnHook, Tell
from cti_core.call_control.clock import Instant, after
from cti_core.call_control.csta import Cause, LineStateChanged
from cti_core.call_control.events import (
    CallerIdHeard,
    LineFailed,
    LineRestored,
    LoopDropped,
    PolarityReversed,
    RingHeard,
    SetLineService,
    Tone,
    ToneHeard,
)
from cti_core.call_control.ids import CallId, LineId
from cti_core.call_control.notes import DeadlinePassed, LineAnswered, LineCleared, LineRang, ReleaseLine
from cti_core.call_control.trace import Out, Send, call, disregard

ANSWER_ON_RING = 2  # the caller's number is sent between the first two rings (line-signalling §4)
RING_GAP_S = 6.0  # after the last burst (1 s on, 4 s off): a longer silence means the caller gave up (boards.md R12)
GUARD_S = 2.0  # the exchange needs it to free the line; DAHDI swallows rings for 2 s too (boards.md R13)
CALL_MAX_S = 7200.0  # assumed: no hospital call lasts two hours; a stuck trunk must be impossible (boards.md R1)
HANG_UP_TONES = frozenset({Tone.BUSY, Tone.CONGESTION, Tone.HOWLER, Tone.DIAL})  # line-signalling §5.1, §5.5


@dataclass(frozen=True, slots=True, kw_only=True)
class LinePlan:
    """How one line is supervised."""

    line: LineId
    answer_on_ring: int = ANSWER_ON_RING
    hang_up_tones: frozenset[Tone] = HANG_UP_TONES
    loop_drop_clears: bool = True
    polarity_clears: bool = False  # only lines that were ordered with it (line-signalling §5.2)
    ring_gap_s: float = RING_GAP_S
    guard_s: float = GUARD_S
    call_max_s: float = CALL_MAX_S


@dataclass(frozen=True, slots=True)
class Idle: ...


@dataclass(frozen=True, slots=True)
class Announced:
    """The exchange told who calls; the first ring is to come."""

    heard: CallerIdHeard
    until: Instant


@dataclass(frozen=True, slots=True)
class OutOfService:
    """An operator took it away."""

    by: str


@dataclass(frozen=True, slots=True)
class Failed:
    """The copper or the board is gone; it comes back by itself."""

    reason: str


Rest = Idle | OutOfService
"""Where a line goes when its call is over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ringing:
    call: CallId
    rings: int
    until: Instant
    then: Rest = field(default_factory=Idle)


@dataclass(frozen=True, slots=True, kw_only=True)
class Connected:
    call: CallId
    until: Instant  # watchdog
    then: Rest = field(default_factory=Idle)


@dataclass(frozen=True, slots=True, kw_only=True)
class Clearing:
    until: Instant
    then: Rest = field(default_factory=Idle)


State = Idle | Announced | Ringing | Connected | Clearing | OutOfService | Failed

Event = (
    RingHeard
    | CallerIdHeard
    | ToneHeard
    | LoopDropped
    | PolarityReversed
    | LineFailed
    | LineRestored
    | SetLineService
    | ReleaseLine
    | DeadlinePassed
)

WORDS: dict[type, str] = {
    Idle: "idle",
    Announced: "idle",
    Ringing: "ringing",
    Connected: "connected",
    Clearing: "clearing",
    OutOfService: "outOfService",
    Failed: "outOfService",
}


def step(state: State, event: Event, now: Instant, plan: LinePlan, fresh: CallId) -> tuple[State, list[Out]]:
    """Take an event. `fresh` is the id a new call would get."""
    after_it, outs = _transition(state, event, now, plan, fresh)
    if after_it is not state and WORDS[type(after_it)] != WORDS[type(state)]:
        outs.append(Tell(_report(plan.line, after_it)))
    return after_it, outs


def _transition(state: State, event: Event, now: Instant, plan: LinePlan, fresh: CallId) -> tuple[State, list[Out]]:
    line = plan.line
    match state, event:
        case Idle(), CallerIdHeard():
            return Announced(event, after(now, plan.ring_gap_s)), []
        case Announced(), DeadlinePassed():
            return Idle(), []
        case Idle() | Announced(), RingHeard():
            rung: list[Out] = [Send(call(fresh), LineRang(line))]
            if isinstance(state, Announced):
                rung.append(Send(call(fresh), state.heard))
            if plan.answer_on_ring > 1:
                return Ringing(call=fresh, rings=1, until=after(now, plan.ring_gap_s)), rung
            return _answered(fresh, Idle(), now, plan, rung)
        case Ringing(), RingHeard() if state.rings + 1 < plan.answer_on_ring:
            return replace(state, rings=state.rings + 1, until=after(now, plan.ring_gap_s)), []
        case Ringing(), RingHeard():
            return _answered(state.call, state.then, now, plan, [])
        case Ringing() | Connected(), CallerIdHeard():
            return state, [Send(call(state.call), event)]
        case Ringing(), DeadlinePassed():
            return state.then, [Send(call(state.call), LineCleared(line, Cause.CALL_CANCELLED))]
        case Ringing(), LoopDropped() if plan.loop_drop_clears:  # a gateway says that the caller gave up
            return state.then, [Send(call(state.call), LineCleared(line, Cause.CALL_CANCELLED))]
        case Ringing(), ReleaseLine(cause):
            return state.then, [Send(call(state.call), LineCleared(line, cause))]
        case Connected(), ToneHeard() if event.tone in plan.hang_up_tones:
            return _cleared(state, Cause.NORMAL_CLEARING, now, plan)
        case Connected(), LoopDropped() if plan.loop_drop_clears:
            return _cleared(state, Cause.NORMAL_CLEARING, now, plan)
        case Connected(), PolarityReversed() if plan.polarity_clears:
            return _cleared(state, Cause.NORMAL_CLEARING, now, plan)
        case Connected(), ReleaseLine(cause):
            return _cleared(state, cause, now, plan)
        case Connected(), DeadlinePassed():
            return _cleared(state, Cause.SYSTEM_FAILURE, now, plan)
        case Clearing(), DeadlinePassed():
            return state.then, []
        case Idle() | Announced(), SetLineService() if not event.in_service:
            return OutOfService(event.by), []
        case OutOfService(), SetLineService() if event.in_service:
            return Idle(), []
        case Ringing() | Connected() | Clearing(), SetLineService():
            return replace(state, then=Idle() if event.in_service else OutOfService(event.by)), []
        case Ringing() | Connected(), LineFailed():
            return Failed(event.reason), [Send(call(state.call), LineCleared(line, Cause.LINE_LOST)), GoOnHook(line)]
        case Idle() | Announced() | Clearing(), LineFailed():
            return Failed(event.reason), []
        case Failed(), LineRestored():
            return Idle(), []
        case _:
            return state, [disregard(event, state)]


def _answered(ident: CallId, then: Rest, now: Instant, plan: LinePlan, outs: list[Out]) -> tuple[State, list[Out]]:
    connected = Connected(call=ident, until=after(now, plan.call_max_s), then=then)
    return connected, [*outs, GoOffHook(plan.line), Send(call(ident), LineAnswered(plan.line))]


def _cleared(state: Connected, cause: Cause, now: Instant, plan: LinePlan) -> tuple[State, list[Out]]:
    clearing = Clearing(until=after(now, plan.guard_s), then=state.then)
    return clearing, [GoOnHook(plan.line), Send(call(state.call), LineCleared(plan.line, cause))]


def _report(line: LineId, state: State) -> LineStateChanged:
    return LineStateChanged(line=line, state=WORDS[type(state)], reason=reason_of(state), call=call_of(state))


def reason_of(state: State) -> str:
    """Why the line is out of service; empty otherwise."""
    match state:
        case OutOfService(by):
            return f"by {by}"
        case Failed(reason):
            return reason
        case _:
            return ""


def call_of(state: State) -> CallId | None:
    """The call on the line, if one is."""
    return state.call if isinstance(state, Ringing | Connected) else None


def deadline(state: State) -> Instant | None:
    """When the line wants DeadlinePassed."""
    return state.until if isinstance(state, Announced | Ringing | Connected | Clearing) else None
