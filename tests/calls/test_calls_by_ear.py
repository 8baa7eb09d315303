"""Calls that agents make, listened to: what is recorded, and whose voice is whose."""

from pathlib import Path

import numpy as np
import pytest
import soundfile

from calls.outside import (
    DESK,
    NOBODY,
    calling,
    words,
)
from calls.story import audio_story
from simulator.announcement import announcement
from simulator.line_model import LineModel


def test_the_recording_has_both_voices_from_the_last_digit_on(tmp_path: Path) -> None:
    """On its left what comes from the line, with the ringback; on its right the agent. No digit of the number is in it."""
    story = audio_story(tmp_path, DESK)
    calling(story, NOBODY)
    agent, called = story.extension("801"), story.called(NOBODY)
    agent.at(2.0).lifts()
    agent.at(8.0).says(words()[:8000])  # to nobody: it rings
    called.at(12.0).answers()
    called.at(13.0).says(words()[:8000])
    agent.at(15.0).says(words()[:8000])
    agent.at(20.0).replaces()
    story.run(40.0)
    assert NOBODY not in repr(story.world.hops)
    (path,) = tmp_path.glob("*.wav")
    heard, rate_hz = soundfile.read(path, dtype="float64")
    rows = {row.text: row.at / 8000 for row in story.world.ladder_rows(story.world.calls()[0])}
    began_s = rows["stop"] - len(heard) / rate_hz
    assert began_s == pytest.approx(rows["networkReached L8"], abs=0.05)
    assert rows["established L8 estimated"] == pytest.approx(13.3, abs=0.1)

    def loud(from_s: float, to_s: float) -> list[bool]:
        piece = heard[round((from_s - began_s) * rate_hz) : round((to_s - began_s) * rate_hz)]
        return [bool(level > 0.02) for level in np.sqrt(np.mean(piece**2, axis=0))]

    assert loud(began_s, began_s + 0.3) == [False, False]
    assert loud(5.2, 5.5) == [True, False]  # ringback
    assert loud(8.2, 8.6) == [False, True]
    assert loud(13.3, 13.7) == [True, False]
    assert loud(15.3, 15.7) == [False, True]
    story.expect_rest()


@pytest.mark.parametrize("return_loss_db", [6.0, 14.0])
def test_an_agent_who_speaks_while_it_rings_has_answered_nothing(tmp_path: Path, return_loss_db: float) -> None:
    """The own echo is no called party; who then lifts is heard at once."""
    story = audio_story(tmp_path, DESK, [LineModel(echo_return_loss_db=return_loss_db)] * 8)
    calling(story, NOBODY)
    agent, called = story.extension("801"), story.called(NOBODY)
    agent.at(2.0).lifts()
    for second in (3.0, 10.0):
        agent.at(second).says(announcement())
    called.at(17.0).answers()
    called.at(17.5).says(words())
    agent.at(25.0).replaces()
    story.run(30.0)
    rows = {row.text: row.at / 8000 for row in story.world.ladder_rows(story.world.calls()[0])}
    assert rows["established L8 estimated"] == pytest.approx(17.8, abs=0.2)
