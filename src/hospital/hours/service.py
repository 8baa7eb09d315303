"""Opening hours as a service: is it open now, and until when or when next."""

from collections.abc import Mapping
from datetime import datetime

from cti_core.ports import Reply, ServiceDown
from hospital.hours.model import Hours, NextSpan, Span, Weekday

NAME = "opening_hours"


class OpeningHours:
    """Request `now`: `open` or `closed`, with `day`, `hours_open`, `hours_close` of this or the next span; or `unknown`."""

    def __init__(self, hours: Hours) -> None:
        self._hours = hours

    @property
    def vocabulary(self) -> Mapping[str, tuple[str, ...]]:
        return {"day": ("today", "tomorrow", *Weekday)}

    async def ask(self, request: str, values: Mapping[str, str], now: datetime) -> Reply:  # noqa: ARG002 the shape of all services
        if request != "now":
            raise ServiceDown(f'{NAME} does not know the request "{request}"')
        if span := self._hours.now_open(now):
            return Reply("open", _told("today", span))
        following = self._hours.next_open(now)
        return Reply("closed", _told(_day(following), following.span)) if following else Reply("unknown")


def _day(following: NextSpan) -> str:
    return {0: "today", 1: "tomorrow"}.get(following.days, following.on.value)


def _told(day: str, span: Span) -> tuple[tuple[str, str], ...]:
    opens, closes = (moment.isoformat("minutes") for moment in (span.opens, span.closes))
    return ("day", day), ("hours_open", opens), ("hours_close", closes)
