"""A story is told once and lived twice: by event, and with real audio through the real detectors."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from calls.desks import DESKS
from calls.outside import Tell
from calls.story import PLAN, Redraw, Story, audio_story, event_story
from cti_core.call_control.machines import SwitchPlan
from simulator.line_model import LineModel


@pytest.fixture(scope="session")
def redraw(request: pytest.FixtureRequest) -> Iterator[Redraw | None]:
    wanted = Redraw() if request.config.getoption("--update-ladders") else None
    yield wanted
    if wanted is not None:
        wanted.write()


@pytest.fixture(params=["event", "audio"])
def story(request: pytest.FixtureRequest, redraw: Redraw | None, tmp_path: Path) -> Story:
    return event_story(redraw) if request.param == "event" else audio_story(tmp_path)


@pytest.fixture(params=["event", "audio"])
def desks(request: pytest.FixtureRequest, redraw: Redraw | None, tmp_path: Path) -> Story:
    """Of a house whose agents have telephones."""
    return event_story(redraw, DESKS) if request.param == "event" else audio_story(tmp_path, DESKS)


@pytest.fixture(params=["event", "audio"])
def tell(request: pytest.FixtureRequest, redraw: Redraw | None, tmp_path: Path) -> Tell:
    """The house of a story, whatever its plan and its lines are like."""

    def house(plan: SwitchPlan = PLAN, models: Sequence[LineModel] | None = None) -> Story:
        by_event = request.param == "event"
        return event_story(redraw, plan, models) if by_event else audio_story(tmp_path, plan, models)

    return house
