"""Levels when somebody asks, and one line followed tick by tick."""

import asyncio

import numpy as np
import pytest
from numpy.typing import NDArray

from cti_core.daemon.meters import Meters
from cti_core.places import config_folder
from dsp.levels import TICK_SAMPLES, amplitude
from dsp.plan import load_plan


@pytest.fixture(scope="module")
def meters() -> Meters:
    """Of two lines; made once, for the bank is large."""
    return Meters(2, load_plan(config_folder() / "tones" / "cn.toml"))


def frame(*levels_dbm0: float | None) -> NDArray[np.int16]:
    """A row of 1 kHz for each level."""
    turns = 2 * np.pi * np.arange(TICK_SAMPLES) / 8
    rows = [np.zeros(TICK_SAMPLES) if level is None else amplitude(level) * np.sin(turns) for level in levels_dbm0]
    return np.rint(rows).astype(np.int16)


def test_levels_are_of_the_newest_160_ms(meters: Meters) -> None:
    for _ in range(8):
        meters.hear(frame(-20, None), frame(None, -14))
    levels = meters.levels()
    assert levels.receive_dbm0.tolist() == [pytest.approx(-20, abs=0.1), -99]
    assert levels.transmit_dbm0.tolist() == [-99, pytest.approx(-14, abs=0.1)]
    assert not levels.clipped.any()


def test_a_line_at_full_scale_is_clipped(meters: Meters) -> None:
    meters.hear(frame(3.1, -20), frame(None, None))
    assert meters.levels().clipped.tolist() == [True, False]


async def test_a_follower_has_what_was_heard_and_sent_on_one_clock(meters: Meters) -> None:
    with meters.following(1) as follower:
        waiting = asyncio.create_task(follower.until(3 * TICK_SAMPLES))
        meters.hear(frame(None, -10), frame(None, -30))
        meters.skip(TICK_SAMPLES)
        await asyncio.sleep(0)
        assert not waiting.done()
        meters.hear(frame(None, -12), frame(None, None))
        await waiting
    meters.hear(frame(None, -3), frame(None, None))  # nobody follows any more
    assert len(follower) == 3 * TICK_SAMPLES
    assert np.array_equal(follower.heard()[:TICK_SAMPLES], frame(-10)[0])
    assert not follower.heard()[TICK_SAMPLES : 2 * TICK_SAMPLES].any()  # lost
    assert np.array_equal(follower.heard(2 * TICK_SAMPLES), frame(-12)[0])
    assert np.array_equal(follower.sent()[:TICK_SAMPLES], frame(-30)[0])


def test_a_follower_may_speak_before_the_tick_is_mixed(meters: Meters) -> None:
    called: list[int] = []
    with meters.following(0) as follower:
        follower.each_tick = lambda: called.append(len(follower))
        meters.hear(frame(None, None), frame(None, None))
    assert called == [TICK_SAMPLES]
