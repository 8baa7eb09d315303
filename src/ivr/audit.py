"""What is allowed in a menu and still wrong: nodes nobody reaches, dead ends, prompts that are missing, keys that lie.

`parse` refuses what cannot run; `audit` finds what runs and disappoints a caller (A-PRM-1, A-PRM-2, A-PRM-4).
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from cti_core.call_control.actions import Item, Language, Reader, Spoken
from cti_core.call_control.ids import PromptId
from ivr.library import PromptLibrary
from ivr.prompts import HOUSE_PROMPTS, Catalogue
from ivr.readers import FRAGMENTS
from ivr.script import (
    HangUpNode,
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


def audit(script: Script, catalogue: Catalogue, library: PromptLibrary | None = None) -> tuple[Finding, ...]:
    """Everything there is to say, in the order of the nodes. With a library, what has no audio and what is too long."""
    return (
        *_ways(script),
        *_prompts(script, catalogue),
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


# --- prompts --------------------------------------------------------------------------------------------------------


def _prompts(script: Script, catalogue: Catalogue) -> Iterator[Finding]:
    told: set[str] = set()
    for language in Language:
        for prompt in HOUSE_PROMPTS:
            if catalogue.text(prompt, language) is None:
                yield _error("house", f'prompt "{prompt}" has no text in {language}')
    for node in script.nodes:
        for text in script.texts(node):
            for language in Language:
                for finding in _texts(node, text, language, catalogue):
                    if finding.message not in told:
                        told.add(finding.message)
                        yield finding


def _texts(node: NodeId, text: Text, language: Language, catalogue: Catalogue) -> Iterator[Finding]:
    known = catalogue.texts[language]
    pieces = text.pieces(language)
    if not pieces and text:
        yield _error(node, f"says nothing in {language}")
    for piece in pieces:
        if isinstance(piece, PromptNamed):
            if not _matching(piece, known):
                yield _error(node, f'no prompt is named "{piece.before}...{piece.after}" in {language}')
        elif not isinstance(piece, ValueSpoken) and piece not in known:
            yield _error(node, f'prompt "{piece}" has no text in {language}')


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
    for node, menu in script.nodes.items():
        if not isinstance(menu, Menu) or menu.any_key:
            continue
        own = {key for key, _ in menu.keys}
        handled = own | everywhere | ({script.keys.language} - {""} if node == script.main else set())
        for language in Language:
            said = _keys_in(menu.say, language, catalogue)
            helped = _keys_in(menu.help or script.retries.help, language, catalogue)
            for key in sorted((said | helped) - handled):
                yield _error(node, f"key {key} is spoken in {language} and not handled")
            for key in sorted(own - said - everywhere):
                yield _warning(node, f"key {key} is handled and not spoken in {language}")


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
