"""A story is told once and lived twice: by event, and with real audio through the real detectors."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from calls.desks import DESKS
from calls.story import Redraw, Story, audio_story, event_story


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
