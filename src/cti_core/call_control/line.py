"""One analogue line. Pure: no clock, no I/O; `now` is an argument, a timer is a field.

    Idle --number--> Announced --ring--> Ringing    (caller id by DTMF comes before the first ring)
    Idle --ring--> Ringing --ring (answer_on_ring)--> Connected --busy tone, loop drop, release--> Clearing --guard--> Idle
                   Ringing --silence--> Idle                 any --fault--> Failed --restored--> Idle
    Idle --operator--> OutOfService --operator--> Idle       a call on the line is let finish (`then`)
    Idle --reserve--> Reserved ... Proceeding --answer--> Connected           (calls of ours: `line_calling`)
    Idle, OutOfService --test--> Testing --end, time--> Clearing              Testing --ring--> Connected: a caller comes first

Hang-up is decided here, once, from the per-line plan: in China the universal sign is busy tone (line-signalling §5).
"""

from dataclasses import replace

from cti_core.call_control import line_calling
from cti_core.call_control.actions import GoOffHook, GoOnHook, Tell
from cti_core.call_control.clock import Instant, after
from cti_core.call_control.csta import Cause, LineStateChanged
from cti_core.call_control.events import (
    AnswerHeard,
    CallerIdHeard,
    DialFinished,
    EndLineTest,
    LineFailed,
    LineRestored,
    LoopDropped,
    PolarityReversed,
    RingHeard,
    SetLineService,
    TestLine,
    ToneEnded,
    ToneHeard,
    VoiceHeard,
)
from cti_core.call_control.ids import CallId, LineId
from cti_core.call_control.in_talk import Flash, FlashLine
from cti_core.call_control.line_states import (
    FLASH_DEAF_S,
    WORDS,
    Announced,
    Clearing,
    Connected,
    Dialling,
    Failed,
    Idle,
    Invited,
    LinePlan,
    OutOfService,
    Proceeding,
    Reserved,
    Rest,
    Ringing,
    Seizing,
    State,
    Testing,
    call_of,
    reason_of,
)
from cti_core.call_control.notes import (
    DeadlinePassed,
    LineAnswered,
    LineCleared,
    LineRang,
    ReleaseLine,
    ReserveLine,
    SeizeLine,
)
from cti_core.call_control.trace import Out, Send, call, disregard

__all__ = ["Event", "LinePlan", "State", "call_of", "reason_of", "step"]

TEST_MAX_S = 30.0  # assumed: a test takes about ten; a forgotten one gives the line back

Event = (
    RingHeard
    | CallerIdHeard
    | ToneHeard
    | ToneEnded
    | VoiceHeard
    | AnswerHeard
    | LoopDropped
    | PolarityReversed
    | LineFailed
    | LineRestored
    | DialFinished
    | SetLineService
    | TestLine
    | EndLineTest
    | ReleaseLine
    | ReserveLine
    | SeizeLine
    | Flash
    | DeadlinePassed
)


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
        case ((Ringing() | Connected()), _):
            return _in_call(state, event, now, plan)
        case Clearing(), DeadlinePassed():
            return state.then, []
        case Idle() | Announced(), SetLineService() if not event.in_service:
            return OutOfService(event.by), []
        case OutOfService(), SetLineService() if event.in_service:
            return Idle(), []
        case Clearing() | Testing(), SetLineService():
            return replace(state, then=Idle() if event.in_service else OutOfService(event.by)), []
        case Testing(), LineFailed():
            return Failed(event.reason), [GoOnHook(line)]
        case Idle() | Announced() | Clearing(), LineFailed():
            return Failed(event.reason), []
        case Failed(), LineRestored():
            return Idle(), []
        case Idle() | OutOfService(), TestLine():
            return Testing(by=event.by, until=after(now, TEST_MAX_S), then=state), [GoOffHook(line)]
        case Testing(), EndLineTest() | DeadlinePassed():
            return Clearing(until=after(now, plan.guard_s), then=state.then), [GoOnHook(line)]
        case Testing(), RingHeard():  # we are off hook: that has answered it
            return _answered(fresh, state.then, now, plan, [Send(call(fresh), LineRang(line))])
        case Idle(), ReserveLine():
            return line_calling.reserved(event, now)
        case ((Reserved() | Seizing() | Invited() | Dialling() | Proceeding()), _):
            return line_calling.step(state, event, now, plan, fresh)
        case _:
            return state, [disregard(event, state)]


def _in_call(state: Ringing | Connected, event: Event, now: Instant, plan: LinePlan) -> tuple[State, list[Out]]:
    line = plan.line
    match state, event:
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
        case Connected(), ToneHeard() if event.tone in plan.hang_up_tones and now >= state.tones_deaf_until:
            return _cleared(state, Cause.NORMAL_CLEARING, now, plan)
        case Connected(), LoopDropped() if plan.loop_drop_clears:
            return _cleared(state, Cause.NORMAL_CLEARING, now, plan)
        case Connected(reversal_to_come=True), PolarityReversed() if plan.polarity_clears:
            return replace(state, reversal_to_come=False), []
        case Connected(), PolarityReversed() if plan.polarity_clears and now >= state.deaf_until:
            return _cleared(state, Cause.NORMAL_CLEARING, now, plan)
        case Connected(), Flash() if plan.flash_ms:
            deaf_until = max(state.deaf_until, after(now, plan.flash_ms / 1000 + plan.polarity_deaf_s))
            flashed = replace(state, deaf_until=deaf_until, tones_deaf_until=after(now, FLASH_DEAF_S))
            return flashed, [FlashLine(line, plan.flash_ms)]
        case Connected(), ReleaseLine(cause):
            return _cleared(state, cause, now, plan)
        case Connected(), DeadlinePassed():
            return _cleared(state, Cause.SYSTEM_FAILURE, now, plan)
        case _, SetLineService():
            return replace(state, then=Idle() if event.in_service else OutOfService(event.by)), []
        case _, LineFailed():
            return Failed(event.reason), [Send(call(state.call), LineCleared(line, Cause.LINE_LOST)), GoOnHook(line)]
        case _:
            return state, [disregard(event, state)]


def _answered(ident: CallId, then: Rest, now: Instant, plan: LinePlan, outs: list[Out]) -> tuple[State, list[Out]]:
    until, deaf_until = after(now, plan.call_max_s), after(now, plan.polarity_deaf_s)
    connected = Connected(call=ident, until=until, then=then, deaf_until=deaf_until)
    return connected, [*outs, GoOffHook(plan.line), Send(call(ident), LineAnswered(plan.line))]


def _cleared(state: Connected, cause: Cause, now: Instant, plan: LinePlan) -> tuple[State, list[Out]]:
    clearing = Clearing(until=after(now, plan.guard_s), then=state.then)
    return clearing, [GoOnHook(plan.line), Send(call(state.call), LineCleared(plan.line, cause))]


def _report(line: LineId, state: State) -> LineStateChanged:
    return LineStateChanged(line=line, state=WORDS[type(state)], reason=reason_of(state), call=call_of(state))
