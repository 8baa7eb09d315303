"""One telephone of the house, an agent's: on an FXS port or a SIP telephone, nobody here can tell. Pure.

    OnHook --ring--> Ringing --lifted--> InUse --replaced--> OnHook       InUse --no call any more--> Left (busy tone)
    Ringing --stop, in vain--> OnHook     OnHook --lifted without a call--> Left --replaced--> OnHook
    Left --the agent takes a call at the desktop, or makes one--> InUse   any --failed--> Failed --restored--> OnHook

The agent's machine decides what lifting, replacing and flashing mean; this one knows only what the hand did.
"""

from dataclasses import dataclass

from cti_core.call_control.actions import PlayTone, ReleaseExtension, RingExtension, StopRinging, StopTone, Tell
from cti_core.call_control.clock import Instant
from cti_core.call_control.csta import ExtensionStateChanged
from cti_core.call_control.events import (
    ExtensionFailed,
    ExtensionRestored,
    FlashHeard,
    HandsetLifted,
    HandsetReplaced,
    Tone,
)
from cti_core.call_control.ids import AgentId, ExtensionId
from cti_core.call_control.in_talk import PhoneKeyed, PhoneKeyHeard
from cti_core.call_control.notes import (
    DeadlinePassed,
    FreePhone,
    Note,
    PhoneBack,
    PhoneFlashed,
    PhoneLifted,
    PhoneLost,
    PhoneNotLifted,
    PhoneReplaced,
    RingPhone,
    TakePhone,
)
from cti_core.call_control.trace import Out, Send, agent, disregard


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtensionPlan:
    """Whose telephone it is; None: nobody's, and lifting it gives busy tone."""

    extension: ExtensionId
    agent: AgentId | None = None


@dataclass(frozen=True, slots=True)
class OnHook: ...


@dataclass(frozen=True, slots=True)
class Ringing:
    until: Instant | None  # None: the agent's own patience ends it


@dataclass(frozen=True, slots=True)
class InUse:
    """The handset is off and a call is on it."""


@dataclass(frozen=True, slots=True)
class Left:
    """The handset is off, and there is nothing to hear but busy tone."""


@dataclass(frozen=True, slots=True)
class Failed:
    reason: str


State = OnHook | Ringing | InUse | Left | Failed

Event = (
    HandsetLifted
    | HandsetReplaced
    | FlashHeard
    | PhoneKeyHeard
    | ExtensionFailed
    | ExtensionRestored
    | RingPhone
    | TakePhone
    | FreePhone
    | DeadlinePassed
)

WORDS: dict[type, str] = {
    OnHook: "onHook",
    Ringing: "ringing",
    InUse: "inUse",
    Left: "offHook",
    Failed: "outOfService",
}


def step(state: State, event: Event, plan: ExtensionPlan) -> tuple[State, list[Out]]:
    """Take an event."""
    after_it, outs = _transition(state, event, plan)
    if WORDS[type(after_it)] != WORDS[type(state)]:
        shown = ExtensionStateChanged(
            extension=plan.extension, state=WORDS[type(after_it)], reason=reason_of(after_it), agent=plan.agent
        )
        outs.append(Tell(shown))
    return after_it, outs


def _transition(state: State, event: Event, plan: ExtensionPlan) -> tuple[State, list[Out]]:
    me = plan.extension
    match state, event:
        case OnHook(), RingPhone(until) | TakePhone(until):
            return Ringing(until), [RingExtension(me)]
        case OnHook(), HandsetLifted():
            return Left(), [PlayTone(me, Tone.BUSY)]
        case Ringing(), HandsetLifted():
            return InUse(), [StopRinging(me), *_say(plan, PhoneLifted())]
        case Ringing(), FreePhone():
            return OnHook(), [StopRinging(me)]
        case Ringing(), DeadlinePassed():
            return OnHook(), [StopRinging(me), *_say(plan, PhoneNotLifted())]
        case Left(), TakePhone():
            return InUse(), [StopTone(me), *_say(plan, PhoneLifted())]
        case Left(), HandsetReplaced():
            return OnHook(), [StopTone(me)]
        case InUse(), HandsetReplaced():
            return OnHook(), _say(plan, PhoneReplaced())
        case InUse(), FlashHeard():
            return state, _say(plan, PhoneFlashed())
        case InUse(), PhoneKeyHeard(key=key):
            return state, _say(plan, PhoneKeyed(key))
        case InUse(), FreePhone():
            return Left(), [PlayTone(me, Tone.BUSY), ReleaseExtension(me)]
        case Failed(), RingPhone() | TakePhone():
            return state, _say(plan, PhoneLost())
        case Failed(), ExtensionRestored():
            return OnHook(), _say(plan, PhoneBack())
        case OnHook() | Ringing() | InUse() | Left(), ExtensionFailed(_, reason):
            return Failed(reason), [*_silenced(state, me), *_say(plan, PhoneLost())]
        case _, FreePhone():
            return state, []  # nothing to free
        case _:
            return state, [disregard(event, state)]


def _silenced(state: State, me: ExtensionId) -> list[Out]:
    match state:
        case Ringing():
            return [StopRinging(me)]
        case Left():
            return [StopTone(me)]
        case _:
            return []


def _say(plan: ExtensionPlan, note: Note) -> list[Out]:
    return [] if plan.agent is None else [Send(agent(plan.agent), note)]


def reason_of(state: State) -> str:
    """Why it is out of service; empty otherwise."""
    return state.reason if isinstance(state, Failed) else ""


def deadline(state: State) -> Instant | None:
    """When the telephone wants DeadlinePassed."""
    return state.until if isinstance(state, Ringing) else None
