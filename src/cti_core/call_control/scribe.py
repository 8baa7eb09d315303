"""Writes down what is said between parties: every word becomes a hop with its number, its cause and its call."""

from collections.abc import Iterable
from dataclasses import replace

from cti_core.call_control.actions import PlayMusic, PlayPrompt, StopPlaying, Tell
from cti_core.call_control.addresses import performer
from cti_core.call_control.call_states import Calling
from cti_core.call_control.clock import Instant
from cti_core.call_control.events import DigitEnded, DigitHeard, Event
from cti_core.call_control.ids import CallId, LineId, Seq
from cti_core.call_control.machines import Machines
from cti_core.call_control.notes import Disregarded
from cti_core.call_control.trace import Hop, Out, Party, PartyKind, Send

MASKED = "•"  # what a secret key looks like in the trace


def hop(
    m: Machines,
    what: object,
    now: Instant,
    source: Party,
    target: Party,
    *,
    because: Seq | None = None,
    call: CallId | None = None,
) -> Hop:
    """The next hop of the node."""
    seq = m.next_seq()
    return Hop(seq=seq, at=now, because=because, source=source, target=target, what=what, call=call)  # type: ignore[arg-type]


def say(m: Machines, outs: Iterable[Out], cause: Hop, now: Instant) -> list[Hop]:
    """What a machine said as hops; prompts get their number."""
    said = []
    for out in outs:
        what: object = out
        target = cause.target
        match out:
            case Send(to, note):
                what, target = note, to
            case Disregarded():
                pass
            case PlayPrompt(line=on):
                what, target = replace(out, playing=m.next_playing(on)), performer(out, cause.target)
            case PlayMusic(on) | StopPlaying(on):
                m.playing.pop(on, None)
                target = performer(out, cause.target)
            case _:
                target = performer(out, cause.target)
        named = call_of(m, target, what)
        said.append(hop(m, what, now, cause.target, target, because=cause.seq, call=named or cause.call))
    return said


def call_of(m: Machines, target: Party, what: object) -> CallId | None:
    """The call that is spoken of, if one is."""
    match target.kind:
        case PartyKind.CALL | PartyKind.DIALOGUE | PartyKind.RECORDER:
            return CallId(target.id)
        case PartyKind.LINE:
            return m.call_on(LineId(int(target.id)))
        case _:
            told = what.report if isinstance(what, Tell) else what
            named = getattr(told, "call", None)
            return named if isinstance(named, str) else None  # type: ignore[return-value]


def masked(m: Machines, event: Event, target: Party) -> Event:
    """A secret key stands in no trace, nor what a line gives back of the number that we dial."""
    if not isinstance(event, DigitHeard | DigitEnded):
        return event
    ident = CallId(target.id)
    secret = (target.kind is PartyKind.DIALOGUE and m.dialogues[ident].keys_are_secret) or (
        target.kind is PartyKind.CALL and isinstance(m.calls[ident].state, Calling)
    )
    return replace(event, digit=MASKED) if secret else event
