"""What the switch knows of a dialogue with a caller; `ivr.dialog` is one, the daemon hands in the factory.

A dialogue knows keys, prompts and services, never lines, calls or boards. It is pure: `step(event, now)` changes
`state` (a frozen dataclass, so that the journal can snapshot it) and returns what to do next.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from cti_core.call_control.actions import Item, Language
from cti_core.call_control.clock import Instant
from cti_core.call_control.ids import QueueId

# --- in ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Began:
    """The call was answered; the caller hears silence and waits for the first word."""


@dataclass(frozen=True, slots=True)
class KeyPressed:
    digit: str  # 0-9 * # A-D


@dataclass(frozen=True, slots=True)
class Said:
    """The last `Say` was played to its end."""


@dataclass(frozen=True, slots=True)
class Answered:
    """The last `Ask` was answered."""

    outcome: str
    values: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Unanswered:
    """The last `Ask` failed, was too slow, or the service is away."""

    reason: str


@dataclass(frozen=True, slots=True)
class Expired:
    """`until` has come."""


class ReturnCause(StrEnum):
    """Why a caller comes back from a queue."""

    QUEUE_FULL = "queueFull"
    QUEUE_TIMEOUT = "queueTimeOut"
    NO_AGENTS = "noAgents"  # nobody is logged on for the queue
    CHOSE_MENU = "choseMenu"  # pressed * while waiting


@dataclass(frozen=True, slots=True)
class Returned:
    cause: ReturnCause


DialogueEvent = Began | KeyPressed | Said | Answered | Unanswered | Expired | Returned

# --- out --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Say:
    """Replaces what is being said. Said to the end it comes back as `Said`."""

    items: tuple[Item, ...]
    language: Language


@dataclass(frozen=True, slots=True)
class Hush:
    """Stop speaking now (barge-in)."""


@dataclass(frozen=True, slots=True)
class Ask:
    service: str
    request: str
    values: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Transfer:
    """Hand the caller to a queue; the dialogue sleeps and may get `Returned`."""

    queue: QueueId
    language: Language


@dataclass(frozen=True, slots=True)
class HangUp:
    """The dialogue is over; the house clears the line."""


@dataclass(frozen=True, slots=True)
class Entered:
    """The caller came to a node: reported as `call.flowStep`."""

    node: str


@dataclass(frozen=True, slots=True)
class DroppedKey:
    """A key that has no meaning here (no barge-in, while a service is asked): shown in the ladder, nothing else."""

    digit: str
    reason: str


DialogueAction = Say | Hush | Ask | Transfer | HangUp | Entered | DroppedKey


class Dialogue(Protocol):
    """One caller's conversation. Owned by the switch, one per call."""

    @property
    def script(self) -> str:
        """`name@version` of the menu; the call keeps the version it began with."""
        ...

    @property
    def state(self) -> object:
        """A frozen dataclass."""
        ...

    @property
    def until(self) -> Instant | None:
        """When `Expired` is wanted, or None."""
        ...

    @property
    def keys_are_secret(self) -> bool:
        """Keys pressed now are a secret: never in a log, an event or a recording (R-IDV-5)."""
        ...

    def step(self, event: DialogueEvent, now: Instant) -> Sequence[DialogueAction]:
        """Take an event; an event that has no meaning in this state changes nothing and returns ()."""
        ...


class DialogueFactory(Protocol):
    """Makes the dialogue of a new call from the menu that is published now."""

    def __call__(self) -> Dialogue: ...
