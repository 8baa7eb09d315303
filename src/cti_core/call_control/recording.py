"""One recording: whole call from the answer on; silence while a secret is keyed; it belongs to the call, not to a leg.

(answer) --> Running --secret--> Paused --> Running --end--> Closing --closed--> Done
Running, Paused --disk full--> the same, marked `lost`: the call goes on
"""

from dataclasses import dataclass, replace

from cti_core.call_control.actions import PauseRecording, ResumeRecording, StartRecording, StopRecording, Tell
from cti_core.call_control.clock import Instant, after
from cti_core.call_control.csta import (
    RecordingLost,
    RecordingPaused,
    RecordingReady,
    RecordingResumed,
    RecordingStarted,
)
from cti_core.call_control.events import RecordingClosed, RecordingFailed
from cti_core.call_control.ids import CallId, LineId, RecordingId
from cti_core.call_control.notes import DeadlinePassed, EndRecord, RecordCall, SecretBegan, SecretEnded
from cti_core.call_control.trace import Out, disregard

PAUSE_MAX_S = 120.0  # assumed: nobody keys a secret for two minutes; a forgotten pause must end by itself
CLOSE_MAX_S = 60.0  # assumed: a disk that has not closed a file in a minute has lost it


@dataclass(frozen=True, slots=True)
class Off:
    """Before the answer."""


@dataclass(frozen=True, slots=True)
class Running:
    line: LineId


@dataclass(frozen=True, slots=True)
class Paused:
    line: LineId
    until: Instant


@dataclass(frozen=True, slots=True)
class Closing:
    until: Instant


@dataclass(frozen=True, slots=True)
class Done: ...


State = Off | Running | Paused | Closing | Done
Event = RecordCall | SecretBegan | SecretEnded | EndRecord | RecordingClosed | RecordingFailed | DeadlinePassed


def id_of(call: CallId) -> RecordingId:
    """One recording a call: pauses and losses are marked inside it."""
    return RecordingId(call)


def step(state: State, event: Event, now: Instant, call: CallId) -> tuple[State, list[Out]]:
    me = id_of(call)
    match state, event:
        case Off(), RecordCall(line):
            return Running(line), [
                StartRecording(recording=me, call=call, line=line),
                Tell(RecordingStarted(call=call, recording=me, line=line)),
            ]
        case Running(), SecretBegan():
            paused = Paused(state.line, after(now, PAUSE_MAX_S))
            return paused, [PauseRecording(me), Tell(RecordingPaused(call=call, recording=me))]
        case Paused(), SecretEnded() | DeadlinePassed():
            return Running(state.line), [ResumeRecording(me), Tell(RecordingResumed(call=call, recording=me))]
        case Running() | Paused(), RecordingFailed():
            return state, [Tell(RecordingLost(call=call, recording=me, reason=event.reason))]
        case Running() | Paused(), EndRecord():
            return Closing(after(now, CLOSE_MAX_S)), [StopRecording(me)]
        case Closing(), RecordingFailed():
            return replace(state), [Tell(RecordingLost(call=call, recording=me, reason=event.reason))]
        case Running() | Paused() | Closing(), RecordingClosed():
            ready = RecordingReady(
                call=call, recording=me, seconds=event.seconds, sha256=event.sha256, lost_s=event.lost_s
            )
            return Done(), [Tell(ready)]
        case Closing(), DeadlinePassed():
            return Done(), [Tell(RecordingLost(call=call, recording=me, reason="was not closed in time"))]
        case _:
            return state, [disregard(event, state)]


def deadline(state: State) -> Instant | None:
    """When the recording wants DeadlinePassed."""
    return state.until if isinstance(state, Paused | Closing) else None
