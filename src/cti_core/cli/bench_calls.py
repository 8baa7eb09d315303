"""Calls a second through the machines alone."""

from dataclasses import replace
from time import perf_counter

from cti_core.cli.options import settings_of
from simulator import rooms
from simulator.day import Day


def bench(count: int) -> str:
    """A busy day by event on the demo's lines; one process, invariants checked at each step."""
    settings = settings_of(None)
    furniture = rooms.furnished(replace(settings, node="bench"))
    world = rooms.event_world(furniture)
    plan = world.plan
    hours = count / 60.0  # one call a minute: what eight lines and two agents can carry
    day = Day(
        world=world,
        seed=1,
        hours=hours,
        calls=count,
        lines=[p.line for p in plan.lines],
        agents=[p.agent for p in plan.agents],
        queue=plan.queues[0].queue,
    )
    day.plan()
    begun = perf_counter()
    world.run(hours * 3600 + 900)
    elapsed = perf_counter() - begun
    answered = len(day.patients)
    return (
        f"calls: {answered} calls, {len(world.hops)} hops in {elapsed:.2f} s: {answered / elapsed:.0f} calls/s, "
        f"{elapsed / len(world.hops) * 1e6:.1f} µs a hop, {hours * 3600 / elapsed:.0f} x real time"
    )
