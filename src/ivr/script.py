"""A menu script as data: what is said, which keys lead where, what is asked. Made by `ivr.parse`, walked by `ivr.dialog`.

The defaults are the dialogue conventions of the house (hospital-domain §4.4, R-DLG); a file may say otherwise.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NewType

from cti_core.call_control.actions import Language, Reader
from cti_core.call_control.dialogue import ReturnCause
from cti_core.call_control.ids import PromptId, QueueId

NodeId = NewType("NodeId", str)

KEYS = "0123456789*#ABCD"  # ITU-T Q.23
PRESSED = "key"  # the value under which the last key can be spoken: `{key:digits}`

# --- what is said ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ValueSpoken:
    """`{hours_open:clock}`: a value, read by a reader."""

    value: str
    reader: Reader


@dataclass(frozen=True, slots=True)
class PromptNamed:
    """`day.{day}`: the prompt whose name holds a value."""

    before: str
    value: str
    after: str


Piece = PromptId | ValueSpoken | PromptNamed


@dataclass(frozen=True, slots=True)
class Text:
    """Pieces in the order they are spoken. Languages differ where their word order does."""

    zh: tuple[Piece, ...] = ()
    en: tuple[Piece, ...] = ()

    def pieces(self, language: Language) -> tuple[Piece, ...]:
        return self.zh if language is Language.ZH else self.en

    def values(self) -> frozenset[str]:
        """Names of the values that are spoken, in any language."""
        return frozenset(p.value for p in (*self.zh, *self.en) if isinstance(p, ValueSpoken | PromptNamed))

    def __bool__(self) -> bool:
        return bool(self.zh or self.en)

    def __add__(self, other: "Text") -> "Text":
        return Text(self.zh + other.zh, self.en + other.en)


def prompt(name: str) -> Text:
    """One prompt, the same in both languages."""
    return Text((PromptId(name),), (PromptId(name),))


# --- nodes ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Announcement:
    """Says something and goes on. Without barge-in it is heard to its end (R-DLG-1)."""

    say: Text
    next: NodeId
    barge_in: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Menu:
    """Says what can be chosen and waits for one key. Own keys win over the keys that work everywhere."""

    say: Text
    keys: tuple[tuple[str, NodeId], ...] = ()
    any_key: NodeId | None = None
    barge_in: bool = True
    help: Text | None = None  # None: as the script says
    no_input_s: float | None = None  # same
    tries: int | None = None  # same
    give_up: NodeId | None = None  # same

    def target(self, key: str) -> NodeId | None:
        return dict(self.keys).get(key, self.any_key)


@dataclass(frozen=True, slots=True, kw_only=True)
class AskNode:
    """Asks a service and branches on the outcome; `failed` when it is slow, away, or answers what nobody expects."""

    service: str
    request: str
    outcomes: tuple[tuple[str, NodeId], ...]
    failed: NodeId
    values: tuple[tuple[str, str], ...] = ()  # `{name}` is replaced by what is known under that name
    waiting: Text | None = None  # None: as the script says

    def target(self, outcome: str) -> NodeId:
        return dict(self.outcomes).get(outcome, self.failed)


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferNode:
    """Hands the caller to a queue; `returned` says where a caller goes on who comes back."""

    queue: QueueId
    returned: tuple[tuple[ReturnCause, NodeId], ...]
    say: Text = Text()

    def target(self, cause: ReturnCause) -> NodeId:
        return dict(self.returned)[cause]


@dataclass(frozen=True, slots=True, kw_only=True)
class HangUpNode:
    """Says goodbye and ends the call."""

    say: Text = Text()


@dataclass(frozen=True, slots=True, kw_only=True)
class LanguageNode:
    """All that follows is said in `to`."""

    to: Language
    next: NodeId


Node = Announcement | Menu | AskNode | TransferNode | HangUpNode | LanguageNode

# --- the whole ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class GlobalKeys:
    """Keys that work everywhere (R-DLG); empty: there is no such key."""

    agent: str = "0"
    back: str = "*"  # twice: the main menu
    replay: str = "9"
    language: str = "8"  # at the main menu: the other language


@dataclass(frozen=True, slots=True, kw_only=True)
class Retries:
    """A caller who presses nothing or what is not offered: short hint, longer help, then a person (R-DLG-2)."""

    no_input_s: float = 6.0
    tries: int = 3
    no_input: Text = field(default_factory=lambda: prompt("error.no_input"))
    no_match: Text = field(default_factory=lambda: prompt("error.no_match"))
    help: Text = field(default_factory=lambda: prompt("error.help"))
    give_up: NodeId | None = None  # None: the agent, or closing where there is none


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    steps: int = 60  # R-DLG-5
    dialogue_s: float = 1200.0  # R-DLG-5: 20 minutes, waiting for an agent not counted
    silence_s: float = 2.0  # while a service is asked (R-TTS-2)
    waiting_every_s: float = 6.0  # the same: "one moment please", again and again
    answer_s: float = 20.0  # assumed: above the shell's own limit, so only a lost answer is noticed here


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """A checked menu: every target exists, `agent` is a transfer, `closing` hangs up."""

    name: str
    version: str
    start: NodeId
    main: NodeId
    closing: NodeId
    nodes: Mapping[NodeId, Node]
    agent: NodeId | None = None
    language: Language = Language.ZH
    keys: GlobalKeys = GlobalKeys()
    retries: Retries = field(default_factory=Retries)
    waiting: Text = field(default_factory=lambda: prompt("system.wait"))
    limits: Limits = Limits()

    @property
    def ident(self) -> str:
        """`name@version`."""
        return f"{self.name}@{self.version}"

    @property
    def give_up(self) -> NodeId:
        """Where a caller goes who does not find the way."""
        return self.retries.give_up or self.agent or self.closing

    def edges(self, node: NodeId) -> Iterator[tuple[str, NodeId]]:
        """Where the node leads: (why, target). Keys that work everywhere are not among them."""
        match self.nodes[node]:
            case Announcement() as a:
                yield "next", a.next
            case Menu() as m:
                yield from ((f"key {key}", target) for key, target in m.keys)
                if m.any_key:
                    yield "any key", m.any_key
                yield "give_up", m.give_up or self.give_up
            case AskNode() as a:
                yield from a.outcomes
                yield "failed", a.failed
            case TransferNode() as t:
                yield from ((cause.value, target) for cause, target in t.returned)
            case LanguageNode() as n:
                yield "next", n.next
            case HangUpNode():
                pass

    def texts(self, node: NodeId) -> Iterator[Text]:
        """All that the node may say."""
        match self.nodes[node]:
            case Announcement(say=say) | TransferNode(say=say) | HangUpNode(say=say):
                yield say
            case Menu() as m:
                yield from (m.say, m.help or self.retries.help, self.retries.no_input, self.retries.no_match)
            case AskNode() as a:
                yield a.waiting or self.waiting
            case LanguageNode():
                pass
