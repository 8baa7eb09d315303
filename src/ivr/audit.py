"""What is allowed in a menu and still wrong: nodes nobody reaches, dead ends, prompts that are missing, keys that lie.

`parse` refuses what cannot run; `audit` finds what runs and disappoints a caller (A-PRM-1, A-PRM-2, A-PRM-4).
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from cti_core.call_control.actions import Item, Language, Reader, Spoken
from cti_core.call_control.ids import PromptId
from cti_core.faults import did_you_mean
from ivr.library import PromptLibrary
from ivr.prompts import HOUSE_PROMPTS, Catalogue
from ivr.readers import FRAGMENTS
from ivr.script import (
    Announcement,
    AskNode,
    HangUpNode,
    LanguageNode,
    Menu,
    Node,
    NodeId,
    PromptNamed,
    Script,
    Text,
    TransferNode,
    ValueSpoken,
)

MENU_MAX_S: Final = 20.0  # A-PRM-4
PROMPT_MAX_S: Final = 90.0  # R-INF-1: the longest part of an information item
SHOWN_MAX: Final = 5  # prompts without audio; the voice itself lists all
SAMPLE: Final = {Reader.CARDINAL: "22", Reader.DIGITS: "1380", Reader.CLOCK: "10:25"}  # of usual length

KEYS_ZH: Final = re.compile(r"按(\d(?!\d)|星号键|井号键)")  # 拨打120 is no key
KEYS_EN: Final = re.compile(r"\bpress (\d(?!\d)|star|pound)\b", re.IGNORECASE)
KEY_WORDS: Final = {"星号键": "*", "井号键": "#", "star": "*", "pound": "#"}


class Severity(StrEnum):
    ERROR = "error"  # a caller is lost or hears nothing
    WARNING = "warning"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    severity: Severity
    where: str  # a node, or the script
    message: str

    def __str__(self) -> str:
        return f"{self.severity}: {self.where}: {self.message}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What a menu needs of the house it runs in."""

    queues: Collection[str]
    services: Collection[str]
    vocabulary: Mapping[str, Collection[str]]  # what a value of a service can be, by name: `day` is `monday` ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """What a node wants and the house has not; `key` is the node's."""

    node: NodeId
    key: str
    message: str


def audit(
    script: Script,
    catalogue: Catalogue,
    library: PromptLibrary | None = None,
    surroundings: Surroundings | None = None,
) -> tuple[Finding, ...]:
    """Everything there is to say, in the order of the nodes.

    With a library also what has no audio and what is too long; with surroundings also queues and services that are not
    there, and answers that no prompt speaks.
    """
    return (
        *_ways(script),
        *(_error(need.node, need.message) for need in (unmet(script, surroundings) if surroundings else ())),
        *_prompts(script, catalogue, surroundings.vocabulary if surroundings else {}),
        *_keys(script, catalogue),
        *(_sounds(script, catalogue, library) if library else ()),
    )


def unused_prompts(
    scripts: Iterable[Script], catalogue: Catalogue, others: Iterable[PromptId] = ()
) -> tuple[PromptId, ...]:
    """Prompts that no menu, no reader and nobody else says (A-PRM-2)."""
    used = {*HOUSE_PROMPTS, *others}
    known = {prompt for texts in catalogue.texts.values() for prompt in texts}
    for script in scripts:
        for node in script.nodes:
            for text in script.texts(node):
                for piece in (*text.zh, *text.en):
                    used |= set(_matching(piece, known)) if isinstance(piece, PromptNamed) else set()
                    if isinstance(piece, str):
                        used.add(piece)
    return tuple(sorted(known - used - set().union(*FRAGMENTS.values())))


# --- ways -----------------------------------------------------------------------------------------------------------


def _ways(script: Script) -> Iterator[Finding]:
    reached = _reached(script, [script.start])
    for node in script.nodes:
        if node not in reached:
            yield _warning(node, "nobody comes here")
    ending, waited = _leading_to_an_end(script, by_waiting=False), _leading_to_an_end(script, by_waiting=True)
    for node in script.nodes:
        if node in reached and node not in waited:
            yield _error(node, "dead end: no way leads to an agent or to the end of the call")
        elif node in reached and node not in ending:
            yield _warning(node, "dead end: only who presses nothing comes to an agent or to the end of the call")


def _reached(script: Script, start: list[NodeId]) -> set[NodeId]:
    """Also by keys that work everywhere: agent, main menu, and the closing of R-DLG-5."""
    todo = [
        *start,
        script.closing,
        *([script.agent] if script.agent else []),
        *([script.main] if script.keys.back else []),
    ]
    reached: set[NodeId] = set()
    while todo:
        node = todo.pop()
        if node not in reached:
            reached.add(node)
            todo += [target for _, target in script.edges(node)]
    return reached


def _leading_to_an_end(script: Script, *, by_waiting: bool) -> set[NodeId]:
    """Nodes from which a caller can come to an agent or to the end of the call; a menu that takes any key is none."""
    good = {n for n, node in script.nodes.items() if _is_end(script, node)}
    ways = {n: {t for why, t in script.edges(n) if by_waiting or why != "give_up"} for n in script.nodes}
    while more := {n for n, targets in ways.items() if n not in good and targets & good}:
        good |= more
    return good


def _is_end(script: Script, node: Node) -> bool:
    match node:
        case Menu() as menu:
            return bool(menu.any_key or (script.agent and script.keys.agent))
        case _:
            return isinstance(node, TransferNode | HangUpNode)


def unmet(script: Script, surroundings: Surroundings) -> Iterator[Need]:
    """Queues and services that are not there: no menu may be published with one, its callers would come to nobody.

    What is empty was blamed by `parse`.
    """
    for name, node in script.nodes.items():
        if isinstance(node, TransferNode) and node.queue and node.queue not in surroundings.queues:
            hint = did_you_mean(node.queue, surroundings.queues)
            yield Need(node=name, key="queue", message=f'there is no queue "{node.queue}"{hint}')
        if isinstance(node, AskNode) and node.service and node.service not in surroundings.services:
            hint = did_you_mean(node.service, surroundings.services)
            yield Need(node=name, key="service", message=f'there is no service "{node.service}"{hint}')


# --- prompts --------------------------------------------------------------------------------------------------------


def _prompts(script: Script, catalogue: Catalogue, vocabulary: Mapping[str, Collection[str]]) -> Iterator[Finding]:
    told: set[str] = set()
    for language in Language:
        for prompt in HOUSE_PROMPTS:
            if catalogue.text(prompt, language) is None:
                yield _error("house", f'prompt "{prompt}" has no text in {language}')
    for node in script.nodes:
        for text in script.texts(node):
            for language in Language:
                for message in _faults_of(text, language, catalogue, vocabulary):
                    if message not in told:
                        told.add(message)
                        yield _error(node, message)


def _faults_of(
    text: Text, language: Language, catalogue: Catalogue, vocabulary: Mapping[str, Collection[str]]
) -> Iterator[str]:
    known = catalogue.texts[language]
    pieces = text.pieces(language)
    if not pieces and text:
        yield f"says nothing in {language}"
    for piece in pieces:
        match piece:
            case PromptNamed(before, value, after) if value in vocabulary:
                for name in (f"{before}{word}{after}" for word in vocabulary[value]):
                    if PromptId(name) not in known:
                        yield f'prompt "{name}" has no text in {language}'
            case PromptNamed(before, value, after):
                if not _matching(piece, known):
                    yield f'no prompt is named "{before}{{{value}}}{after}" in {language}'
            case ValueSpoken():
                pass
            case prompt:
                if prompt not in known:
                    yield f'prompt "{prompt}" has no text in {language}'


def _matching(piece: PromptNamed, known: Iterable[PromptId]) -> list[PromptId]:
    return [p for p in known if p.startswith(piece.before) and p.endswith(piece.after) and len(p) > len(piece.before)]


# --- keys -----------------------------------------------------------------------------------------------------------


def keys_spoken(text: str, language: Language) -> set[str]:
    """Keys that a text offers: 按1, 按星号键; press 1, press star."""
    found = (KEYS_ZH if language is Language.ZH else KEYS_EN).findall(text)
    return {KEY_WORDS.get(key.lower(), key) for key in found}


def _keys(script: Script, catalogue: Catalogue) -> Iterator[Finding]:
    """A-PRM-1: each key spoken is handled, each handled key is spoken or works everywhere."""
    everywhere = {script.keys.back, script.keys.replay, script.keys.agent if script.agent else ""} - {""}
    for name, node in script.nodes.items():
        menu = _menu_behind(script, name)
        if isinstance(node, Menu | Announcement | HangUpNode) and not (menu and menu.any_key):
            own = {key for key, _ in menu.keys} if menu else set()
            language_key = {script.keys.language} - {""} if menu is script.nodes[script.main] else set()
            for language in Language:
                said = set[str]().union(*(_keys_in(text, language, catalogue) for text in script.texts(name)))
                for key in sorted(said - own - everywhere - language_key):
                    yield _error(name, f"key {key} is spoken in {language} and not handled")
                if isinstance(node, Menu):
                    for key in sorted(own - _keys_in(node.say, language, catalogue) - everywhere):
                        yield _warning(name, f"key {key} is handled and not spoken in {language}")


def _menu_behind(script: Script, name: NodeId) -> Menu | None:
    """The menu that takes a key pressed in this node: itself, or the one behind announcements that can be cut short."""
    passed: set[NodeId] = set()
    while name not in passed:
        passed.add(name)
        match script.nodes[name]:
            case Menu() as menu:
                return menu
            case Announcement(next=following, barge_in=True) | LanguageNode(next=following):
                name = following
            case _:
                return None
    return None


def _keys_in(text: Text, language: Language, catalogue: Catalogue) -> set[str]:
    said = [catalogue.text(p, language) or "" for p in text.pieces(language) if isinstance(p, str)]
    return set[str]().union(*(keys_spoken(words, language) for words in said))


# --- sounds ---------------------------------------------------------------------------------------------------------


def _sounds(script: Script, catalogue: Catalogue, library: PromptLibrary) -> Iterator[Finding]:
    for language, texts in catalogue.texts.items():
        silent = sorted(prompt for prompt in texts if (language, prompt) not in library.audio)
        if silent:
            shown = ", ".join(silent[:SHOWN_MAX]) + (
                f" and {more} more" if (more := len(silent) - SHOWN_MAX) > 0 else ""
            )
            yield _warning("voice", f"prompts without audio in {language}: {shown}")
    for node, menu in script.nodes.items():
        limit_s = MENU_MAX_S if isinstance(menu, Menu) else PROMPT_MAX_S
        for text in [menu.say] if isinstance(menu, Menu) else script.texts(node):
            for language in Language:
                length_s = library.seconds(_sampled(text, language), language)
                if length_s is not None and length_s > limit_s:
                    yield _warning(node, f"takes {length_s:.0f} s in {language}, more than {limit_s:.0f} s")


def _sampled(text: Text, language: Language) -> tuple[Item, ...]:
    """The text with values of usual length; prompts that are named by a value are left out."""
    return tuple(
        Spoken(piece.reader, SAMPLE[piece.reader]) if isinstance(piece, ValueSpoken) else piece
        for piece in text.pieces(language)
        if not isinstance(piece, PromptNamed)
    )


def _error(where: str, message: str) -> Finding:
    return Finding(severity=Severity.ERROR, where=where, message=message)


def _warning(where: str, message: str) -> Finding:
    return Finding(severity=Severity.WARNING, where=where, message=message)
