"""Draws a call out of its trace. The same ladder is the test, the documentation and the support log."""

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from cti_core.call_control.actions import Language
from cti_core.call_control.clock import Instant, seconds
from cti_core.call_control.ids import CallId
from cti_core.call_control.ladder_words import COLUMNS, words
from cti_core.call_control.trace import Hop, PartyKind

WIDTH = 21  # of a column: `recording.started` fits between neighbours; a longer text is cut with an ellipsis
TIME_WIDTH = 9


@dataclass(frozen=True, slots=True)
class Row:
    """One arrow. Equal rows at other times are the same call heard at another speed."""

    at: Instant
    source: PartyKind
    target: PartyKind
    text: str


def rows(
    hops: Iterable[Hop], call: CallId, *, language: Language = Language.EN, evidence: bool = False
) -> tuple[Row, ...]:
    """The arrows of one call, in order of cause and effect."""
    drawn = (
        Row(hop.at, hop.source.kind, hop.target.kind, words(hop.what, language, evidence=evidence))
        for hop in hops
        if hop.call == call
    )
    return tuple(row for row in drawn if row.text)


def draw(drawn: Sequence[Row], *, language: Language = Language.EN, times: Sequence[str] | None = None) -> str:
    """The ladder as text, one line a row. `times` replaces seconds since the first row by the reader's own words."""
    if not drawn:
        return ""
    parties = {kind for row in drawn for kind in (row.source, row.target)}
    columns = [kind for kind in PartyKind if kind in parties]
    place = {kind: number * WIDTH for number, kind in enumerate(columns)}
    began = drawn[0].at
    labels = times or [f"{seconds(row.at - began):.2f}" for row in drawn]
    time_width = max(TIME_WIDTH, *(len(label) + 1 for label in labels))
    head = "".join(_padded(_name(kind, language), WIDTH) for kind in columns)
    lines = [(" " * time_width + "  " + head).rstrip()]
    for row, label in zip(drawn, labels, strict=True):
        lines.append((label.rjust(time_width) + "  " + _arrow(row, place, columns)).rstrip())
    return "\n".join(lines) + "\n"


def _name(kind: PartyKind, language: Language) -> str:
    return COLUMNS[kind].zh if language is Language.ZH else COLUMNS[kind].en


def _arrow(row: Row, place: dict[PartyKind, int], columns: list[PartyKind]) -> str:
    left, right = sorted((place[row.source], place[row.target]))
    before = "".join("|".ljust(WIDTH) for kind in columns if place[kind] < left)
    if left == right:
        room = (len(columns) * WIDTH) - left - 3
        return before + "|* " + _cut(row.text, room)
    room = right - left - 4
    text = _cut(row.text, room)
    dashes = "-" * (room - _wide(text))
    body = f"|--{text}{dashes}>" if place[row.source] < place[row.target] else f"|<-{text}{dashes}-"
    rest = [kind for kind in columns if place[kind] >= right]
    return before + body + "".join("|".ljust(WIDTH) for _ in rest)


def _wide(text: str) -> int:
    """Columns on a terminal: Chinese characters take two."""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)


def _padded(text: str, width: int) -> str:
    return text + " " * max(width - _wide(text), 0)


def _cut(text: str, room: int) -> str:
    if _wide(text) <= room:
        return text
    while text and _wide(text) > room - 1:
        text = text[:-1]
    return text + "…"
