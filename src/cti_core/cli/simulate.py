"""cti simulate: a day of calls in virtual time, invariants checked at every step, figures printed."""

import hashlib
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Annotated

import typer

from cti_core.cli.options import Config, settings_of
from cti_core.cli.remote import leave

if TYPE_CHECKING:
    from simulator.day import Day
    from simulator.world import World

AFTERWARDS_S = 900.0  # the last callers must have left when the day is over


@dataclass(frozen=True, slots=True)
class Lived:
    """A day that is over."""

    day: "Day"
    log: str  # fingerprint of all hops: same seed, same log
    hops: int
    elapsed_s: float
    simulated_s: float


def simulate(
    seed: Annotated[int, typer.Option(help="The same seed is the same day.")] = 1,
    hours: Annotated[float, typer.Option(min=0.05, help="Length of the day.")] = 10.0,
    calls: Annotated[int, typer.Option(min=1, help="Callers of the day.")] = 200,
    audio: Annotated[bool, typer.Option("--audio", help="Also with all audio, through the real detectors.")] = False,
    config: Config = None,
) -> None:
    """Live a day twice by event (the logs must be equal), with --audio a third time by audio (the calls must be)."""
    from simulator import rooms  # noqa: PLC0415  quick verbs start quickly

    settings = settings_of(config)
    furniture = rooms.furnished(settings)
    print(f"seed {seed}: {calls} calls in {hours:g} h on {len(settings.lines)} lines, {len(settings.agents)} agents")
    first = _live(lambda: rooms.event_world(furniture), seed, hours, calls)
    again = _live(lambda: rooms.event_world(furniture), seed, hours, calls)
    _figures("by event", first)
    if first.log != again.log:
        leave("the same seed gave two different event logs")
    print(f"the same day again: the same event log ({first.hops} hops, sha256 {first.log[:16]})")
    if not audio:
        return
    with tempfile.TemporaryDirectory(prefix="cti-simulate-") as folder:
        heard = _live(lambda: rooms.audio_world(furniture, Path(folder), seed), seed, hours, calls)
    _figures("by audio", heard)
    _compare(first.day, heard.day)


def _live(make: Callable[[], "World"], seed: int, hours: float, calls: int) -> Lived:
    from simulator.day import Day  # noqa: PLC0415

    world = make()
    plan = world.plan
    day = Day(
        world=world,
        seed=seed,
        hours=hours,
        calls=calls,
        lines=[p.line for p in plan.lines],
        agents=[p.agent for p in plan.agents],
        queue=plan.queues[0].queue,
    )
    day.plan()
    simulated_s = hours * 3600 + AFTERWARDS_S
    begun = perf_counter()
    world.run(simulated_s)
    elapsed_s = perf_counter() - begun
    world.switch.check()
    busy = [line for line in day.lines if world.occupied(line)]
    if busy:
        leave(f"lines {busy} are still occupied {AFTERWARDS_S:.0f} s after the last call of the day")
    log = hashlib.sha256("\n".join(map(repr, world.hops)).encode()).hexdigest()
    return Lived(day, log, len(world.hops), elapsed_s, simulated_s)


def _figures(how: str, lived: Lived) -> None:
    ends = ", ".join(f"{count} {end}" for end, count in sorted(lived.day.ends().items()))
    speed = lived.simulated_s / lived.elapsed_s
    print(
        f"{how}: {len(lived.day.patients)} calls ({ends}), {lived.day.refused} met all lines busy, no invariant broken"
    )
    ours = ", ".join(f"{count} {end}" for end, count in sorted(lived.day.errands.ends().items()))
    print(f"{how}: {len(lived.day.errands.done)} calls of agents ({ours})")
    print(f"{how}: {lived.simulated_s / 3600:.2f} h in {lived.elapsed_s:.1f} s: {speed:.0f} x real time")


def _compare(by_event: "Day", by_audio: "Day") -> None:
    wanted, got = by_event.stories(), by_audio.stories()
    differing = sorted(number for number in wanted.keys() | got.keys() if wanted.get(number) != got.get(number))
    for number in differing[:10]:
        print(f"call {number}: by event {wanted.get(number)}, by audio {got.get(number)}")
    ours, theirs = by_event.errands.stories(), by_audio.errands.stories()
    other = sorted(number for number in ours.keys() | theirs.keys() if ours.get(number) != theirs.get(number))
    for number in other[:10]:
        print(f"call of an agent {number}: by event {ours.get(number)}, by audio {theirs.get(number)}")
    if differing:
        leave(f"{len(differing)} of {len(wanted)} calls took another way through the real detectors")
    if other:
        leave(f"{len(other)} of {len(ours)} calls of agents ended otherwise through the real detectors")
    print(
        f"path, keys and end of all {len(wanted)} calls and of all {len(ours)} of agents are the same by event and by audio"
    )
