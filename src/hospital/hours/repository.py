"""Opening hours out of the hospital's file."""

import re
from datetime import date, time
from itertools import pairwise
from zoneinfo import ZoneInfo

from cti_core.toml_table import TomlTable
from hospital.hours.model import Hours, Span, Weekday

SPAN = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)")


def read_hours(table: TomlTable, timezone: ZoneInfo) -> Hours:
    """Faults are blamed on the table's text."""
    week = tuple(_day(table, day) for day in Weekday)
    closed = frozenset(day for text in table.texts("closed") if (day := _date(table, text)) is not None)
    table.done()
    return Hours(timezone=timezone, week=week, closed=closed)


def _day(table: TomlTable, day: Weekday) -> tuple[Span, ...]:
    table.required(day)
    spans = sorted(span for text in table.texts(day) if (span := _span(table, day, text)) is not None)
    if any(later.opens <= earlier.closes for earlier, later in pairwise(spans)):
        table.blame(day, "has spans that overlap or touch; make one of them")
    return tuple(spans)


def _span(table: TomlTable, day: Weekday, text: str) -> Span | None:
    found = SPAN.fullmatch(text)
    if found is None:
        table.blame(day, f'"{text}" is no span of time; an example is "08:00-12:00"')
        return None
    numbers = [int(group) for group in found.groups()]
    span = Span(time(numbers[0], numbers[1]), time(numbers[2], numbers[3]))
    if span.opens >= span.closes:
        table.blame(day, f'"{text}" ends before it begins; a night belongs to two days')
    return span


def _date(table: TomlTable, text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        table.blame("closed", f'"{text}" is no date; an example is "2026-10-01"')
        return None
