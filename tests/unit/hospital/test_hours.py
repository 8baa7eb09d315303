"""When the clinics are open, on the hospital's clock, whatever the clock of the machine."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from cti_core.call_control.actions import AskService
from cti_core.call_control.ids import AskId, CallId
from cti_core.ports import Reply, ServiceDown
from hospital.hours.model import Weekday
from hospital.services import parse_services

WEEK = """
[opening_hours]
monday = ["08:00-12:00", "13:30-17:30"]
tuesday = ["08:00-12:00", "13:30-17:30"]
wednesday = ["08:00-12:00"]
thursday = ["08:00-12:00"]
friday = ["08:00-12:00"]
saturday = []
sunday = []
closed = ["2026-11-25"]
"""
SHANGHAI = ZoneInfo("Asia/Shanghai")


def question(request: str = "now") -> AskService:
    return AskService(ask=AskId(1), call=CallId("n1-1"), service="opening_hours", request=request)


async def told_at(moment: str, text: str = WEEK) -> Reply:
    now = datetime.fromisoformat(moment).replace(tzinfo=SHANGHAI)
    return await parse_services(text, "hospital.toml").ask(question(), now)


@pytest.mark.parametrize(
    ("moment", "outcome", "day", "opens", "closes"),
    [
        ("2026-11-23T08:00", "open", "today", "08:00", "12:00"),
        ("2026-11-23T11:59:59", "open", "today", "08:00", "12:00"),
        ("2026-11-23T12:00", "closed", "today", "13:30", "17:30"),
        ("2026-11-23T17:30", "closed", "tomorrow", "08:00", "12:00"),
        ("2026-11-23T07:59:59", "closed", "today", "08:00", "12:00"),
        ("2026-11-24T18:00", "closed", "thursday", "08:00", "12:00"),
        ("2026-11-27T20:00", "closed", "monday", "08:00", "12:00"),
        ("2026-11-29T20:00", "closed", "tomorrow", "08:00", "12:00"),
    ],
)
async def test_it_tells_this_span_or_the_next(moment: str, outcome: str, day: str, opens: str, closes: str) -> None:
    """Monday 23 November 2026; Wednesday the 25th is closed in spite of the week."""
    expected = Reply(outcome, (("day", day), ("hours_open", opens), ("hours_close", closes)))
    assert await told_at(moment) == expected


async def test_a_week_without_any_opening_is_unknown() -> None:
    week = "\n".join(f"{day} = []" for day in Weekday)
    assert await told_at("2026-11-23T10:00", f"[opening_hours]\n{week}") == Reply("unknown")


async def test_the_hospitals_clock_counts_and_not_that_of_the_question() -> None:
    """00:30 UTC is 08:30 in Shanghai."""
    now = datetime.fromisoformat("2026-11-23T00:30+00:00")
    assert (await parse_services(WEEK, "hospital.toml").ask(question(), now)).outcome == "open"


async def test_an_unknown_request_is_refused_in_words() -> None:
    with pytest.raises(ServiceDown, match='does not know the request "yesterday"'):
        await parse_services(WEEK, "hospital.toml").ask(question("yesterday"), datetime(2026, 11, 23, tzinfo=SHANGHAI))
