"""The hospital's services by name, its information items, and its file with all faults at once."""

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from cti_core.call_control.actions import AskService
from cti_core.call_control.ids import AskId, CallId
from cti_core.faults import ConfigError
from cti_core.ports import Reply, ServiceDown
from hospital.services import HospitalServices, load_services, parse_services

CONFIG = Path(__file__).parents[3] / "config"
NOW = datetime(2026, 11, 24, 10, tzinfo=ZoneInfo("Asia/Shanghai"))

ITEMS = """
[[information]]
item = "visit-guide"
[[information]]
item = "flu"
valid_from = "2026-11-24"
valid_to = "2026-11-24"
[[information]]
item = "old"
valid_to = "2026-11-23"
[[information]]
item = "coming"
valid_from = "2026-11-25"
[opening_hours]
monday = []
tuesday = []
wednesday = []
thursday = []
friday = []
saturday = []
sunday = []
"""


def question(service: str, request: str, **values: str) -> AskService:
    told = tuple(values.items())
    return AskService(ask=AskId(1), call=CallId("n1-1"), service=service, request=request, values=told)


@pytest.fixture
def services() -> HospitalServices:
    return parse_services(ITEMS, "hospital.toml")


@pytest.mark.parametrize("item", ["visit-guide", "flu"])
async def test_a_published_item_is_found(services: HospitalServices, item: str) -> None:
    assert await services.ask(question("information", "item", item=item), NOW) == Reply("found", (("item", item),))


@pytest.mark.parametrize("item", ["old", "coming", "nonsense", ""])
async def test_an_item_that_is_not_valid_today_is_not_found(services: HospitalServices, item: str) -> None:
    """A-INF-2."""
    assert await services.ask(question("information", "item", item=item), NOW) == Reply("not_found")


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        (question("weather", "now"), 'no service "weather"; there are opening_hours, information'),
        (question("information", "list"), 'does not know the request "list"'),
        (question("information", "item"), "was not told which item"),
    ],
)
async def test_what_cannot_be_answered_is_down_in_words(
    services: HospitalServices, asked: AskService, message: str
) -> None:
    with pytest.raises(ServiceDown, match=message):
        await services.ask(asked, NOW)


async def test_the_file_that_ships_answers() -> None:
    services = load_services(CONFIG / "hospital.toml")
    reply = await services.ask(question("opening_hours", "now"), NOW)
    assert reply == Reply("open", (("day", "today"), ("hours_open", "08:00"), ("hours_close", "12:00")))
    assert (await services.ask(question("information", "item", item="visit-guide"), NOW)).outcome == "found"


def test_the_words_that_values_can_be_are_known(services: HospitalServices) -> None:
    """Whoever speaks or shows them can check that each has a text."""
    assert services.vocabulary["item"] == ("visit-guide", "flu", "old", "coming")
    assert services.vocabulary["day"][:3] == ("today", "tomorrow", "monday")


def test_all_faults_of_the_file_are_told_at_once() -> None:
    text = """timezone = "Mars/Olympus"
colour = "white"
[opening_hours]
monday = ["8-12"]
tuesday = ["12:00-08:00"]
wednesday = ["08:00-12:00", "12:00-13:00"]
thursday = []
friday = []
saturday = []
closed = ["tomorrow"]
[[information]]
item = "Visit Guide"
[[information]]
valid_from = "2026-02-01"
valid_to = "2026-01-01"
"""
    with pytest.raises(ConfigError) as wrong:
        parse_services(text, "hospital.toml")
    assert [str(fault).split(": ")[0] for fault in wrong.value.faults] == [
        "hospital.toml:1:timezone",
        "hospital.toml:2:colour",
        "hospital.toml:3:opening_hours.sunday",
        "hospital.toml:4:opening_hours.monday",
        "hospital.toml:5:opening_hours.tuesday",
        "hospital.toml:6:opening_hours.wednesday",
        "hospital.toml:10:opening_hours.closed",
        "hospital.toml:12:information[0].item",
        "hospital.toml:13:information[1].item",
        "hospital.toml:13:information[1].item",
        "hospital.toml:15:information[1].valid_to",
    ]


@pytest.mark.parametrize(("content", "message"), [(None, "cannot be read"), (b"\xff", "not UTF-8")])
def test_a_file_that_cannot_be_read_is_one_fault(tmp_path: Path, content: bytes | None, message: str) -> None:
    path = tmp_path / "hospital.toml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ConfigError, match=message):
        load_services(path)
