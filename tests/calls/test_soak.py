"""Eight hours of calls in and out, with all audio through the real detectors, in virtual time: nothing grows."""

import gc
import os
from dataclasses import dataclass
from pathlib import Path

import pytest

from cti_core.call_control.csta import AgentState
from cti_core.places import config_folder
from cti_core.settings_reader import load
from simulator import rooms
from simulator.audio_world import AudioWorld
from simulator.day import Day

HOURS = 8
CALLS = 160
AFTERWARDS_S = 900.0  # the last callers must have left
FIRST_HOUR = 2  # until then caches fill: prompts in memory, numpy's pools
GROWTH_MB_MAX = 3.0  # measured: 0.4; a frame kept for each tick would be 700


@dataclass(frozen=True, slots=True)
class Figures:
    """Of the house at one moment."""

    descriptors: int
    memory_mb: float
    questions: int
    legs: int
    blocks_waiting: int
    switch_faults: int
    actions_failed: int


def look(world: AudioWorld) -> Figures:
    world.hops.clear()  # the world's own memory of everything said, which a house does not have
    gc.collect()
    stats = world.house.pump.stats()
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return Figures(
        descriptors=sum(1 for _ in Path("/proc/self/fd").iterdir()),
        memory_mb=pages * os.sysconf("SC_PAGE_SIZE") / 1e6,
        questions=stats.questions,
        legs=stats.legs,
        blocks_waiting=stats.recording_blocks_waiting,
        switch_faults=stats.switch_faults,
        actions_failed=stats.actions_failed,
    )


@pytest.mark.long
def test_eight_hours_of_calls_leave_memory_queues_and_descriptors_as_they_were(tmp_path: Path) -> None:
    world = rooms.audio_world(rooms.furnished(load(config_folder() / "demo.toml")), tmp_path, seed=8)
    plan = world.plan
    day = Day(
        world=world,
        seed=8,
        hours=HOURS,
        calls=CALLS,
        lines=[p.line for p in plan.lines],
        agents=[p.agent for p in plan.agents],
        queue=plan.queues[0].queue,
    )
    day.plan()
    hourly: list[Figures] = []
    for hour in range(1, HOURS + 1):
        world.at(hour * 3600.0, lambda: hourly.append(look(world)))
    world.run(HOURS * 3600.0 + AFTERWARDS_S)

    for hour, figures in enumerate(hourly, start=1):
        print(f"after {hour} h: {figures}")  # noqa: T201  for the log
    early, late = hourly[FIRST_HOUR - 1], hourly[-1]
    assert late.memory_mb - early.memory_mb < GROWTH_MB_MAX
    assert max(f.descriptors for f in hourly) <= early.descriptors + len(plan.lines)  # recordings that run
    assert (late.questions, late.legs, late.blocks_waiting, late.switch_faults, late.actions_failed) == (0, 0, 0, 0, 0)
    view = world.switch.view(world.now)
    assert not view.calls
    assert all(agent.state is not AgentState.BUSY for agent in view.agents)
    assert len(day.patients) == CALLS
    assert len(list(tmp_path.glob("*.wav"))) > CALLS / 2
