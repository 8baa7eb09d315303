"""A line while a call of ours goes out on it: from the reservation to the answer. A part of `line`.

    Reserved --seize--> Seizing --dial tone--> Invited --a moment--> Dialling --number out--> Proceeding --answer--> Connected
    Reserved --seize, en bloc--> Dialling
    Reserved --ring--> Ringing, --number--> Announced; Seizing --ring, somebody speaks--> Connected: a caller came first
    (glare), our call hunts on
    Seizing --no dial tone, busy--> Clearing: our call hunts on        Proceeding --busy, no answer--> Clearing: our call is over

An answer is certain when the network tells it, or a reversal where the line was ordered with it; else it is estimated:
ringback was heard, and then somebody speaks or the ringback ends (boards.md R6). Where a reversal clears, the one that
comes behind an estimated answer is the answer.
"""

from dataclasses import replace

from cti_core.call_control.actions import DialDigits, GoOffHook, GoOnHook, StopPlaying
from cti_core.call_control.clock import Instant, after
from cti_core.call_control.csta import Cause
from cti_core.call_control.events import (
    AlarmNoticed,
    AlarmOver,
    AnswerHeard,
    CallerIdHeard,
    DialFinished,
    LineFailed,
    LoopDropped,
    PolarityReversed,
    RingHeard,
    SetLineService,
    Tone,
    ToneEnded,
    ToneHeard,
    VoiceHeard,
)
from cti_core.call_control.ids import CallId
from cti_core.call_control.line_states import (
    Announced,
    Clearing,
    Connected,
    Dialling,
    Failed,
    Idle,
    Invited,
    LinePlan,
    OfOurs,
    OutOfService,
    Proceeding,
    Reserved,
    Ringing,
    Seizing,
    State,
)
from cti_core.call_control.notes import (
    DeadlinePassed,
    LineAlerting,
    LineAnswered,
    LineCleared,
    LineDialled,
    LineLost,
    LineRang,
    LineSeized,
    ReleaseLine,
    ReserveLine,
    SeizeLine,
)
from cti_core.call_control.privacy import PhoneNumber
from cti_core.call_control.trace import HOUSE, Out, Send, call, disregard

RESERVE_MAX_S = 120.0  # assumed: longer than any telephone is let ring for its agent
DIAL_MAX_S = 60.0  # assumed: twenty digits in pulses take half of it; a board that never ends must not hold the line
PROGRESS_MAX_S = 40.0  # assumed: exchanges say something within; a longer silence is no call
VOICE_MAX_S = (
    10.0  # assumed: an announcement (vacant number) ends in busy tone before; music instead of ringback goes on
)
ENDED_S = (
    3.0  # busy tone (no answer) is certain 1.1 s after ringback ended; who picks up and says nothing is there after it
)

NO_DIAL_TONE = "noDialTone"  # alarm and reason
DIAL_TONES = frozenset({Tone.DIAL, Tone.SPECIAL_DIAL})
REFUSED = {
    Tone.BUSY: Cause.BUSY,
    Tone.CONGESTION: Cause.NETWORK_CONGESTION,
    Tone.VACANT: Cause.NUMBER_UNALLOCATED,
    Tone.HOWLER: Cause.NETWORK_SIGNAL,
    Tone.DIAL: Cause.NETWORK_SIGNAL,
    Tone.SPECIAL_DIAL: Cause.NETWORK_SIGNAL,
}
"""What a tone behind the number means for the call."""

_Step = tuple[State, list[Out]]


def reserved(event: ReserveLine, now: Instant) -> _Step:
    """An idle line is kept for a call of ours."""
    return Reserved(call=event.call, until=after(now, RESERVE_MAX_S)), []


def step(state: OfOurs, event: object, now: Instant, plan: LinePlan, fresh: CallId) -> _Step:
    """What happens to every one of these states; then to each."""
    match state, event:
        case _, SetLineService(in_service=in_service, by=by):
            return replace(state, then=Idle() if in_service else OutOfService(by)), []
        case Proceeding(), LineFailed(_, reason):
            return Failed(reason), [GoOnHook(plan.line), _cleared(state, plan, Cause.LINE_LOST)]
        case Reserved(), LineFailed(_, reason):
            return Failed(reason), [_lost(state, plan, "fault")]
        case _, LineFailed(_, reason):
            return Failed(reason), [*_hushed(state, plan), GoOnHook(plan.line), _lost(state, plan, "fault")]
        case Reserved(), ReleaseLine(cause):
            return state.then, [_cleared(state, plan, cause)]
        case _, ReleaseLine(cause):
            return _hung_up(state, now, plan, _cleared(state, plan, cause))
        case Reserved(), _:
            return _reserved(state, event, now, plan, fresh)
        case Seizing() | Invited(), _:
            return _seizing(state, event, now, plan, fresh)
        case Dialling(), DialFinished():
            proceeding = Proceeding(call=state.call, dialled=now, until=after(now, PROGRESS_MAX_S), then=state.then)
            return proceeding, [Send(call(state.call), LineDialled(plan.line))]
        case Dialling(), LoopDropped() if plan.loop_drop_clears:
            return _hung_up(state, now, plan, _lost(state, plan, "fault"))
        case Dialling(), ToneHeard(tone=tone) if plan.en_bloc and tone in REFUSED:
            return _hung_up(state, now, plan, _lost(state, plan, "glare"))  # the network has not seen the number yet
        case Dialling(), DeadlinePassed():
            return _hung_up(state, now, plan, _lost(state, plan, "fault"))
        case Proceeding(), _:
            return _proceeding(state, event, now, plan)
        case _:
            return state, [disregard(event, state)]


def _reserved(state: Reserved, event: object, now: Instant, plan: LinePlan, fresh: CallId) -> _Step:
    match event:
        case SeizeLine(number):
            return _seized(state, number, now, plan)
        case RingHeard() if plan.answer_on_ring > 1:
            ringing = Ringing(call=fresh, rings=1, until=after(now, plan.ring_gap_s), then=state.then)
            return ringing, [Send(call(fresh), LineRang(plan.line)), _lost(state, plan, "glare")]
        case RingHeard():
            served, outs = _glare(state, event, now, plan, fresh)
            return served, [GoOffHook(plan.line), *outs]
        case CallerIdHeard() if isinstance(state.then, Idle):
            return Announced(event, after(now, plan.ring_gap_s)), [_lost(state, plan, "glare")]
        case DeadlinePassed():
            return state.then, [_lost(state, plan, "fault")]
        case _:
            return state, [disregard(event, state)]


def _seized(state: Reserved, number: PhoneNumber, now: Instant, plan: LinePlan) -> _Step:
    whole = PhoneNumber(plan.prefix + number.reveal())
    seized: list[Out] = [GoOffHook(plan.line), Send(call(state.call), LineSeized(plan.line))]
    if plan.en_bloc:
        return _dialling(state, whole, now, plan, seized)
    until = after(now, plan.dial_tone_wait_s)
    return Seizing(call=state.call, number=whole, until=until, then=state.then), seized


def _seizing(state: Seizing | Invited, event: object, now: Instant, plan: LinePlan, fresh: CallId) -> _Step:
    match state, event:
        case Seizing(), ToneHeard(tone=tone) if tone in DIAL_TONES:
            until = after(now, plan.dial_delay_s)
            invited = Invited(call=state.call, number=state.number, until=until, then=state.then)
            return invited, [Send(HOUSE, AlarmOver(alarm=NO_DIAL_TONE, line=plan.line))]
        case Invited(), DeadlinePassed():
            return _dialling(state, state.number, now, plan, [])
        case _, RingHeard() | CallerIdHeard():
            return _glare(state, event, now, plan, fresh)
        case Seizing(voice=False), VoiceHeard():
            return replace(state, voice=True), []
        case Seizing(voice=True), DeadlinePassed():
            return _glare(state, event, now, plan, fresh)
        case Seizing(), DeadlinePassed():
            alarm = AlarmNoticed(
                alarm=NO_DIAL_TONE, detail=f"nothing within {plan.dial_tone_wait_s:g} s", line=plan.line
            )
            return _hung_up(state, now, plan, Send(HOUSE, alarm), _lost(state, plan, NO_DIAL_TONE))
        case Seizing(), ToneHeard(tone=tone) if tone in REFUSED:
            return _hung_up(state, now, plan, _lost(state, plan, "busy"))
        case _, LoopDropped() if plan.loop_drop_clears:
            return _hung_up(state, now, plan, _lost(state, plan, "fault"))
        case _:
            return state, [disregard(event, state)]


def _glare(state: Reserved | Seizing | Invited, event: object, now: Instant, plan: LinePlan, fresh: CallId) -> _Step:
    """A caller was there before us; our going off hook has answered the call."""
    until, deaf_until = after(now, plan.call_max_s), after(now, plan.polarity_deaf_s)
    connected = Connected(call=fresh, until=until, then=state.then, deaf_until=deaf_until)
    number = [Send(call(fresh), event)] if isinstance(event, CallerIdHeard) else []
    return connected, [
        Send(call(fresh), LineRang(plan.line)),
        *number,
        Send(call(fresh), LineAnswered(plan.line)),
        _lost(state, plan, "glare"),
    ]


def _dialling(state: Reserved | Invited, number: PhoneNumber, now: Instant, plan: LinePlan, outs: list[Out]) -> _Step:
    dialling = Dialling(call=state.call, until=after(now, DIAL_MAX_S), then=state.then)
    return dialling, [*outs, DialDigits(line=plan.line, number=number, pulse=plan.pulse)]


def _proceeding(state: Proceeding, event: object, now: Instant, plan: LinePlan) -> _Step:
    match event:
        case AnswerHeard():
            return _answered(state, now, plan, estimated=False)
        case PolarityReversed() if plan.polarity_answers and now >= after(state.dialled, plan.polarity_deaf_s):
            return _answered(state, now, plan, estimated=False)
        case PolarityReversed() if plan.polarity_clears and now >= after(state.dialled, plan.polarity_deaf_s):
            return replace(state, reversed=True), []  # not asked, but the next one clears
        case ToneHeard(tone=Tone.RINGBACK):
            told: list[Out] = [] if state.alerting else [Send(call(state.call), LineAlerting(plan.line))]
            return replace(state, alerting=True, voice=False, until=after(now, plan.ringback_max_s)), told
        case ToneHeard(tone=tone) if tone in REFUSED:
            no_answer = state.alerting and tone is Tone.BUSY
            cause = Cause.NO_ANSWER if no_answer else REFUSED[tone]
            return _hung_up(state, now, plan, _cleared(state, plan, cause))
        case LoopDropped() if plan.loop_drop_clears:
            return _hung_up(state, now, plan, _cleared(state, plan, Cause.NETWORK_SIGNAL))
        case VoiceHeard() | ToneEnded() if plan.en_bloc:
            return state, [disregard(event, state)]  # the network itself tells an answer
        case VoiceHeard() if state.alerting:
            return _answered(state, now, plan, estimated=True)
        case VoiceHeard() if not state.voice:
            return replace(state, voice=True, until=after(now, VOICE_MAX_S)), []
        case ToneEnded(tone=Tone.RINGBACK):
            return replace(state, voice=True, until=after(now, ENDED_S)), []
        case DeadlinePassed() if state.voice:
            return _answered(state, now, plan, estimated=True)
        case DeadlinePassed():
            return _hung_up(state, now, plan, _cleared(state, plan, Cause.NO_ANSWER))
        case _:
            return state, [disregard(event, state)]


def _answered(state: Proceeding, now: Instant, plan: LinePlan, *, estimated: bool) -> _Step:
    until = after(now, plan.call_max_s)
    to_come = estimated and not state.reversed
    connected = Connected(call=state.call, until=until, then=state.then, reversal_to_come=to_come)
    return connected, [Send(call(state.call), LineAnswered(plan.line, estimated=estimated))]


def _hung_up(state: OfOurs, now: Instant, plan: LinePlan, *outs: Out) -> _Step:
    clearing = Clearing(until=after(now, plan.guard_s), then=state.then)
    return clearing, [*_hushed(state, plan), GoOnHook(plan.line), *outs]


def _hushed(state: OfOurs, plan: LinePlan) -> list[Out]:
    """Digits that are not out yet must not go into the line's next call."""
    return [StopPlaying(plan.line)] if isinstance(state, Dialling) else []


def _cleared(state: OfOurs, plan: LinePlan, cause: Cause) -> Send:
    return Send(call(state.call), LineCleared(plan.line, cause))


def _lost(state: OfOurs, plan: LinePlan, reason: str) -> Send:
    return Send(call(state.call), LineLost(plan.line, reason))
