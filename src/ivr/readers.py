"""Readers: a typed value becomes words, words are fragments that are recorded or rendered once (hospital-domain §9).

The type is chosen by the menu and never guessed from the text: general normalisers misread times, numbers and codes.
"""

import re
from collections.abc import Mapping
from typing import Final, Protocol

from cti_core.call_control.actions import Language, Reader
from cti_core.call_control.ids import PromptId
from ivr import readers_en, readers_zh

PAUSE: Final = PromptId("pause")  # between groups of digits; silence, no recording
PAUSE_S: Final = 0.2  # §9: groups of 3 to 4 with a 200 ms pause
DIGITS_MAX: Final = 40  # assumed: longer than any card, phone or code
CARDINAL_MAX: Final = 10**12  # below it 亿 and 万 suffice

CLOCK = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")

FRAGMENTS: Final[Mapping[Language, Mapping[PromptId, str]]] = {
    Language.ZH: {PromptId(name): text for name, text in readers_zh.FRAGMENTS.items()},
    Language.EN: {PromptId(name): text for name, text in readers_en.FRAGMENTS.items()},
}
"""Every token the readers can emit, with its text."""


class Grammar(Protocol):
    """How one language says numbers and times: names of fragments."""

    def cardinal(self, number: int) -> list[str]: ...

    def digits(self, row: str) -> list[str]: ...

    def clock(self, hour: int, minute: int) -> list[str]: ...


GRAMMARS: Final[Mapping[Language, Grammar]] = {Language.ZH: readers_zh, Language.EN: readers_en}


class Unreadable(ValueError):
    """The reader cannot read this value."""


def read(reader: Reader, value: str, language: Language) -> tuple[PromptId, ...]:
    """Fragments of the value, in order; `PAUSE` between groups. Raises Unreadable."""
    return tuple(PromptId(name) for name in _names(reader, value, GRAMMARS[language]))


def _names(reader: Reader, value: str, words: Grammar) -> list[str]:
    match reader:
        case Reader.CARDINAL:
            if not value.isascii() or not value.isdecimal() or int(value) >= CARDINAL_MAX:
                raise Unreadable(f'"{value}" is no cardinal number')
            return words.cardinal(int(value))
        case Reader.DIGITS:
            if not 0 < len(value) <= DIGITS_MAX or not set(value) <= set("0123456789*#ABCD"):
                raise Unreadable(f'"{value}" is no row of digits')
            return [name for group in grouped(value) for name in (*words.digits(group), PAUSE)][:-1]
        case Reader.CLOCK:
            found = CLOCK.fullmatch(value)
            if found is None:
                raise Unreadable(f'"{value}" is no time of day')
            return words.clock(int(found[1]), int(found[2]))


def spoken(reader: Reader, value: str, language: Language) -> str:
    """The words as text, as a ladder or a test shows them. Raises Unreadable."""
    texts = FRAGMENTS[language]
    between = "" if language is Language.ZH else " "
    said = between.join(" " if name == PAUSE else texts[name] for name in read(reader, value, language))
    return re.sub(" +", " ", said)


def grouped(digits: str) -> list[str]:
    """Groups of 3 to 4, the shorter ones first: 138 0013 8000, as phone numbers are read."""
    count = -(-len(digits) // 4)
    small, longer = divmod(len(digits), count)
    sizes = [small] * (count - longer) + [small + 1] * longer
    ends = [sum(sizes[: n + 1]) for n in range(count)]
    return [digits[end - size : end] for size, end in zip(sizes, ends, strict=True)]
