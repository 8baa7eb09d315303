"""When the clinics are open: a week of spans, and days on which they are closed all the same."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

DAYS_AHEAD = 7  # a weekday names a day only within one week


class Weekday(StrEnum):
    """In the order of `date.weekday`."""

    MONDAY = "monday"
    TUESDAY = "tuesday"
    WEDNESDAY = "wednesday"
    THURSDAY = "thursday"
    FRIDAY = "friday"
    SATURDAY = "saturday"
    SUNDAY = "sunday"


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """Open from `opens` until just before `closes`, on one day."""

    opens: time
    closes: time


@dataclass(frozen=True, slots=True)
class NextSpan:
    """A span and how many days ahead it lies."""

    span: Span
    days: int
    on: Weekday


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours:
    timezone: ZoneInfo
    week: tuple[tuple[Span, ...], ...]  # seven days, Monday first; spans in order, not touching
    closed: frozenset[date] = frozenset()

    def on(self, day: date) -> tuple[Span, ...]:
        return () if day in self.closed else self.week[day.weekday()]

    def now_open(self, now: datetime) -> Span | None:
        """The span that holds at this moment. `now` is aware."""
        here = now.astimezone(self.timezone)
        return next((s for s in self.on(here.date()) if s.opens <= here.time() < s.closes), None)

    def next_open(self, now: datetime) -> NextSpan | None:
        """The span that begins next, within a week."""
        here = now.astimezone(self.timezone)
        for days in range(DAYS_AHEAD):
            day = here.date() + timedelta(days=days)
            for span in self.on(day):
                if days or span.opens > here.time():
                    return NextSpan(span, days, list(Weekday)[day.weekday()])
        return None
