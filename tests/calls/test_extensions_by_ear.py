"""What a caller and an agent at a telephone hear of each other, with all audio through the real house."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from calls.desks import DESKS, waiting_caller
from calls.story import audio_story
from cti_core.call_control.ids import ExtensionId, LineId
from simulator.audio_world import AudioWorld

CALLER_HZ, AGENT_HZ, BUSY_HZ = 700.0, 1000.0, 450.0


def sine(hz: float, seconds: float) -> NDArray[np.int16]:
    return (6000 * np.sin(2 * np.pi * hz * np.arange(round(8000 * seconds)) / 8000)).astype(np.int16)


def loudness(frames: list[NDArray[np.int16]], hz: float | None = None) -> float:
    """RMS of what was heard, or of this tone in it."""
    heard = np.concatenate(frames).astype(float)
    if hz is None:
        return float(np.sqrt(np.mean(heard**2)))
    turns = np.exp(-2j * np.pi * hz * np.arange(heard.size) / 8000)
    return float(np.sqrt(2) * np.abs(np.mean(heard * turns)))


class Ear:
    """Listens for a second at a time."""

    def __init__(self, world: AudioWorld) -> None:
        self.world = world
        self.heard: dict[tuple[str, float], list[NDArray[np.int16]]] = {}

    def listens(self, second: float) -> None:
        """At both ends: what `caller` and `agent` hear in the second that begins here."""
        for who in ("caller", "agent"):
            self.heard[who, second] = []
        for tick in range(50):
            self.world.at(second + 0.02 * tick, lambda: self._take(second))

    def _take(self, second: float) -> None:
        self.heard["caller", second].append(self.world.handset(LineId(1)).heard)
        self.heard["agent", second].append(self.world.telephone(ExtensionId("801")).heard)

    def loudness(self, who: str, second: float, hz: float | None = None) -> float:
        return loudness(self.heard[who, second], hz)


def test_voice_passes_both_ways_and_each_hears_what_belongs_to_the_moment(tmp_path: Path) -> None:
    """Talking: each the other. Held: the caller the music, the agent nobody. The caller has gone: busy tone."""
    story = audio_story(tmp_path, DESKS)
    world = story.world
    assert isinstance(world, AudioWorld)
    waiting_caller(story, "1001")
    caller, phone, ear = story.caller(1), story.extension("801"), Ear(world)
    phone.at(30.0).lifts()
    for second in (31.0, 36.0, 41.0):
        caller.at(second).says(sine(CALLER_HZ, 4.0))
        phone.at(second).says(sine(AGENT_HZ, 4.0))
    phone.at(35.0).flashes()  # holds
    phone.at(40.0).flashes()  # takes back
    caller.at(46.0).hangs_up()
    phone.at(52.0).replaces()
    for second in (29.0, 32.0, 37.0, 42.0, 49.0):
        ear.listens(second)
    story.run(60.0)

    assert ear.loudness("agent", 29.0) == 0.0  # on its hook
    for second in (32.0, 42.0):
        assert ear.loudness("caller", second, AGENT_HZ) > 500
        assert ear.loudness("agent", second, CALLER_HZ) > 500
        assert ear.loudness("agent", second, AGENT_HZ) < 100  # nobody hears himself
        assert ear.loudness("caller", second, CALLER_HZ) < 100
    assert ear.loudness("caller", 37.0) > 100  # music
    assert ear.loudness("caller", 37.0, AGENT_HZ) < 50
    assert ear.loudness("agent", 37.0) < 50
    assert ear.loudness("agent", 49.0, BUSY_HZ) > 300
    story.expect_rest()
