"""The states of `ivr.dialog`: exactly what is known in each. Plain data, so that the journal can snapshot them."""

from dataclasses import dataclass

from cti_core.call_control.actions import Language
from cti_core.call_control.clock import Instant
from ivr.script import NodeId

# --- what is remembered ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Talk:
    """What holds through the whole dialogue."""

    language: Language
    began: Instant  # moved on by the time spent in queues
    steps: int = 0
    menus: tuple[NodeId, ...] = ()  # the way back; the last is the menu the caller is in or came from
    values: tuple[tuple[str, str], ...] = ()
    key: str = ""  # the last one


# --- what follows when something was said ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class GoTo:
    node: NodeId


@dataclass(frozen=True, slots=True)
class Listen:
    tries: int


@dataclass(frozen=True, slots=True)
class Leave:
    """For the queue of the node."""


@dataclass(frozen=True, slots=True)
class End:
    """Hang up."""


Then = GoTo | Listen | Leave | End

# --- states ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class New: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """Says what must be heard."""

    talk: Talk
    node: NodeId
    then: Then
    until: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class Announcing:
    """Says what a key may cut short."""

    talk: Talk
    node: NodeId
    then: Then
    until: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompting:
    """Says a menu; keys count already."""

    talk: Talk
    node: NodeId
    tries: int
    until: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class Listening:
    """The menu was said; waits for a key."""

    talk: Talk
    node: NodeId
    tries: int
    until: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """Silent while a service is asked."""

    talk: Talk
    node: NodeId
    asked: Instant
    until: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class Soothing:
    """Says "one moment please" while a service is asked."""

    talk: Talk
    node: NodeId
    asked: Instant
    until: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class Informed:
    """The answer is here; "one moment please" is still being said."""

    talk: Talk
    node: NodeId
    target: NodeId
    until: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class InQueue:
    """The caller waits for an agent or talks; the dialogue sleeps."""

    talk: Talk
    node: NodeId
    since: Instant


@dataclass(frozen=True, slots=True)
class Over: ...


State = New | Telling | Announcing | Prompting | Listening | Asking | Soothing | Informed | InQueue | Over
