"""Cause and effect: every thing said between two parties is a hop, numbered, with the hop that caused it.

The trace of a call is its ladder, its log and its journal. `Switch.handle` returns the hops of one event, input first.
"""

from dataclasses import dataclass
from enum import StrEnum

from cti_core.call_control.actions import Action
from cti_core.call_control.clock import Instant
from cti_core.call_control.events import Event
from cti_core.call_control.ids import AgentId, CallId, ExtensionId, LineId, QueueId, Seq
from cti_core.call_control.notes import Disregarded, Note


class PartyKind(StrEnum):
    """Columns of a ladder, left to right."""

    CALLER = "caller"
    LINE = "line"
    CALL = "call"
    DIALOGUE = "dialogue"
    QUEUE = "queue"
    AGENT = "agent"
    EXTENSION = "extension"
    TELEPHONE = "telephone"  # what an extension's port is wired to
    RECORDER = "recorder"
    SERVICE = "service"
    HOUSE = "house"  # what is about no call: alarms, configuration
    API = "api"  # clients: what they ask and what they are told


@dataclass(frozen=True, slots=True)
class Party:
    """Who speaks or is spoken to; `id` is the line, the call, the agent."""

    kind: PartyKind
    id: str = ""

    def __str__(self) -> str:
        return f"{self.kind.value} {self.id}".rstrip()


@dataclass(frozen=True, slots=True, kw_only=True)
class Hop:
    """One arrow of a ladder."""

    seq: Seq
    at: Instant
    because: Seq | None  # None: the outside world began it
    source: Party
    target: Party
    what: Event | Action | Note
    call: CallId | None  # the call it belongs to, if any


@dataclass(frozen=True, slots=True)
class Send:
    """A machine's wish to say something to another party of the house."""

    to: Party
    note: Note


Out = Send | Action | Disregarded
"""What a step of a machine returns beside its new state."""


def disregard(event: object, state: object) -> Disregarded:
    """The last arm of every machine."""
    return Disregarded(type(event).__name__, type(state).__name__)


def caller(line: LineId) -> Party:
    return Party(PartyKind.CALLER, str(line))


def line(number: LineId) -> Party:
    return Party(PartyKind.LINE, str(number))


def call(ident: CallId) -> Party:
    return Party(PartyKind.CALL, ident)


def dialogue(ident: CallId) -> Party:
    return Party(PartyKind.DIALOGUE, ident)


def queue(ident: QueueId) -> Party:
    return Party(PartyKind.QUEUE, ident)


def agent(ident: AgentId) -> Party:
    return Party(PartyKind.AGENT, ident)


def extension(ident: ExtensionId) -> Party:
    return Party(PartyKind.EXTENSION, ident)


def telephone(ident: ExtensionId) -> Party:
    return Party(PartyKind.TELEPHONE, ident)


def recorder(ident: CallId) -> Party:
    return Party(PartyKind.RECORDER, ident)


SERVICE = Party(PartyKind.SERVICE)
HOUSE = Party(PartyKind.HOUSE)
API = Party(PartyKind.API)
