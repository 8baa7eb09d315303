"""Many boards as one: ports in one row of numbers, one beat for all, and a lost board takes only its own ports out.

    board with the best clock --tick--> rack --> house          the others --> elastic buffers --> the same tick

The beat is given by the board that `clock` names, else by the first with COMMON_CLOCK, else by the first; while that one
is away, by the next that lives. Ports of the others drop or insert a frame now and then, bounded and counted.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager, contextmanager
from dataclasses import replace
from importlib.metadata import entry_points
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from drivers.base import (
    RATE_HZ,
    TICK_SAMPLES,
    Board,
    BoardLost,
    Capability,
    Health,
    Hook,
    LineState,
    Operations,
    PortInfo,
    Signal,
    Tick,
    Unsupported,
    operations,
)
from drivers.rack_member import Member
from drivers.rack_settings import rack_settings

ENTRY_POINTS: Final = "hospital_cti.boards"
SILENCE_S: Final = 0.25  # assumed: twelve ticks; sooner than the pump loses patience with the whole rack (0.5 s)
LOOK_S: Final = 0.1
OURSELVES_S: Final = 0.05  # our own loop was held up this long: then silence proves nothing
OTHER_CLOCK: Final = "its clock is not the rack's: a frame is dropped or inserted now and then"


class Rack(Operations):
    """`boards` are (name, board) in the order of their ports; `clock` names the one that gives the beat."""

    def __init__(self, boards: Sequence[tuple[str, Board]], *, clock: str = "") -> None:
        self.name = "rack"
        firsts = np.cumsum([0, *(len(board.ports) for _, board in boards)])
        self.members: Final = tuple(
            Member(name, board, int(first)) for (name, board), first in zip(boards, firsts, strict=False)
        )
        best = _with_best_clock(self.members, clock)
        best.clocked = True
        self._by_preference: Final = (best, *(member for member in self.members if member is not best))
        self.ports: tuple[PortInfo, ...] = tuple(
            _info(member, info) for member in self.members for info in member.board.ports
        )
        self.transmit_delay_samples = min(member.board.transmit_delay_samples for member in self.members)
        """The least; each port tells its own."""
        self._shape: Final = (len(self.ports), TICK_SAMPLES)
        self._open = False
        self._beat: Member | None = None
        self._offered: tuple[Member, Tick] | None = None
        self._news = asyncio.Event()  # a tick was offered, or a board came or went
        self._taken = asyncio.Event()
        self._may_speak = False
        self._at = 0
        self._ticks_given = self._underruns = self._frames_dropped = 0
        self._spoken = False

    @classmethod
    def from_settings(cls, settings: Mapping[str, object]) -> Self:
        """`boards`: a list of tables with `name`, `lines`, `settings`, and `called`; `clock`. Raises ValueError, BoardLost."""
        wanted = rack_settings(settings)
        points = {point.name: point for point in entry_points(group=ENTRY_POINTS) if point.name != "rack"}
        faults = [
            f'boards[{index}].name: no board "{each.kind}" is installed; there are {sorted(points)}'
            for index, each in enumerate(wanted.boards)
            if each.kind not in points
        ]
        boards: list[tuple[str, Board]] = []
        for index, each in enumerate(wanted.boards):
            if each.kind in points:
                try:
                    boards.append((each.called, points[each.kind].load().from_settings(each.settings)))
                except ValueError as why:
                    faults += [f"boards[{index}].settings.{line}" for line in str(why).splitlines()]
        if faults:
            raise ValueError("\n".join(faults))
        return cls(boards, clock=wanted.clock)

    # --- behind the door ------------------------------------------------------------------------------------------

    @asynccontextmanager
    async def open(self) -> AsyncIterator[AsyncIterator[Tick]]:
        if self._open:
            raise BoardLost("the rack is open already: one house at a time")
        self._open = True
        self._beat = self._offered = None
        self._news, self._taken = asyncio.Event(), asyncio.Event()
        self._at = 0
        self._ticks_given = self._underruns = self._frames_dropped = 0
        tasks = [asyncio.create_task(member.run(self._offer, self._news.set)) for member in self.members]
        tasks.append(asyncio.create_task(self._watch(), name="rack watch"))
        try:
            async with aclosing(self._ticks()) as ticks:
                yield ticks
        finally:
            self._open = self._may_speak = False
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            for member in self.members:
                member.alive = False

    def speak(self, frames: NDArray[np.int16]) -> None:
        if frames.shape != self._shape or frames.dtype != np.int16:
            raise ValueError(f"a frame is int16 {self._shape}, not {frames.dtype} {frames.shape}")
        if not self._may_speak:
            self._frames_dropped += 1
            return
        self._may_speak = False
        self._spoken = True
        for member in self.members:
            member.speak(frames[member.ports])

    def hook(self, port: int, position: Hook) -> None:
        with self._at_port(port) as (board, local):
            board.hook(local, position)

    def flash(self, port: int, length_ms: int) -> None:
        with self._at_port(port) as (board, local):
            board.flash(local, length_ms)

    def ring(self, port: int, *, on: bool) -> None:
        with self._at_port(port) as (board, local):
            board.ring(local, on=on)

    def gain(self, port: int, *, rx_db: float, tx_db: float) -> None:
        with self._at_port(port) as (board, local):
            board.gain(local, rx_db=rx_db, tx_db=tx_db)
            self._member_at(port).gains[local] = rx_db, tx_db

    def health(self) -> Health:
        told = [(member, member.board.health()) for member in self.members]
        beat = self._beat or self._by_preference[0]
        alarms = [f"{member.name}: {text}" for member, health in told for text in health.alarms]
        return Health(
            ticks=self._ticks_given,
            ticks_late=beat.board.health().ticks_late,
            ticks_lost=max(health.ticks_lost for _, health in told),
            overruns=sum(health.overruns for _, health in told),
            underruns=self._underruns + sum(health.underruns for member, health in told if member is not beat),
            alarms=(*(member.fault for member in self.members if member.fault), *alarms),
            frames_dropped=self._frames_dropped + sum(health.frames_dropped for _, health in told),
            clock_slips=sum(member.slips + health.clock_slips for member, health in told),
            irq_misses=sum(health.irq_misses for _, health in told),
        )

    # --- what few ports can do ------------------------------------------------------------------------------------

    def dial(self, port: int, digits: str, *, pulse: bool = False) -> None:
        with self._at_port(port) as (board, local):
            operations(board).dial(local, digits, pulse=pulse)

    def set_polarity(self, port: int, *, reversed_: bool) -> None:
        with self._at_port(port) as (board, local):
            operations(board).set_polarity(local, reversed_=reversed_)

    def echo_cancel(self, port: int, *, on: bool, tail_ms: int = 16) -> None:
        with self._at_port(port) as (board, local):
            operations(board).echo_cancel(local, on=on, tail_ms=tail_ms)

    def set_cas(self, port: int, bits: int) -> None:
        with self._at_port(port) as (board, local):
            operations(board).set_cas(local, bits)

    def set_guard(self, port: int, guard_ms: int) -> None:
        with self._at_port(port) as (board, local):
            operations(board).set_guard(local, guard_ms)

    def line_state(self, port: int) -> LineState:
        with self._at_port(port) as (board, local):
            return replace(operations(board).line_state(local), port=port)

    @contextmanager
    def _at_port(self, port: int) -> Iterator[tuple[Board, int]]:
        """The board of a port and its number there; a refusal is told with the rack's number."""
        if not 0 <= port < len(self.ports):
            raise ValueError(f"there is no port {port}: the rack has {len(self.ports)}, from 0 on")
        member = self._member_at(port)
        try:
            yield member.board, port - member.first
        except Unsupported as why:
            raise Unsupported(f"port {port} of the rack, on board {member.name}: {why}") from why

    def _member_at(self, port: int) -> Member:
        return next(member for member in reversed(self.members) if member.first <= port)

    # --- the beat -------------------------------------------------------------------------------------------------

    async def _offer(self, member: Member, tick: Tick) -> bool:
        if member is not self._leader():
            return False
        self._offered = (member, tick)
        self._taken.clear()
        self._news.set()
        await self._taken.wait()
        return True

    def _leader(self) -> Member | None:
        return next((member for member in self._by_preference if member.alive), None)

    async def _ticks(self) -> AsyncGenerator[Tick, None]:
        loop = asyncio.get_running_loop()
        last_s, last_at = loop.time(), 0  # of the tick before: the loop's time, and its board's count
        while True:
            member, tick = await self._next()
            now_s = loop.time()
            if member is self._beat:
                passed = tick.at - last_at
            else:  # another clock: the gap is measured by the wall
                gap = round((now_s - last_s) * RATE_HZ / TICK_SAMPLES) if self._beat else 0
                passed = max(gap, 1) * TICK_SAMPLES
            self._beat, last_s, last_at = member, now_s, tick.at
            self._may_speak, self._spoken = True, False
            yield self._composed(member, tick, passed)
            self._underruns += not self._spoken
            self._may_speak = False
            self._offered = None
            self._taken.set()

    async def _next(self) -> tuple[Member, Tick]:
        """The next tick of the board that gives the beat. Raises BoardLost when none lives any more."""
        while True:
            if self._offered is not None and self._offered[0].alive:
                return self._offered
            self._offered = None
            if all(member.fault for member in self.members):
                raise BoardLost("; ".join(member.fault for member in self.members))
            self._news.clear()
            await self._news.wait()

    def _composed(self, beat: Member, tick: Tick, passed: int) -> Tick:
        before_at, self._at = self._at, self._at + passed
        self._ticks_given += 1
        heard = np.zeros(self._shape, np.int16)
        facts: list[Signal] = []
        for member in self.members:
            heard[member.ports], told = member.take(tick if member is beat else None)
            facts += [replace(fact, at=max(self._at - before, before_at)) for before, fact in told]
        return Tick(self._at, heard, tuple(sorted(facts, key=_when)))

    async def _watch(self) -> None:
        """A board that falls silent is lost too."""
        loop = asyncio.get_running_loop()
        due_s = loop.time()
        while True:
            due_s = max(due_s, loop.time() - LOOK_S) + LOOK_S
            await asyncio.sleep(due_s - loop.time())
            if loop.time() - due_s > OURSELVES_S:
                for member in self.members:
                    member.fed_at_s = loop.time()
            for member in self.members:
                waits = self._offered is not None and self._offered[0] is member  # for the house
                if member.alive and not waits and loop.time() - member.fed_at_s > SILENCE_S:
                    member.give_up(f"it was silent for {SILENCE_S:g} s")


def _when(fact: Signal) -> int:
    return fact.at


def _with_best_clock(members: Sequence[Member], clock: str) -> Member:
    tests: tuple[Callable[[Member], bool], ...] = (
        lambda member: member.name == clock,
        lambda member: any(info.capabilities & Capability.COMMON_CLOCK for info in member.board.ports),
    )
    return next((member for test in tests for member in members if test(member)), members[0])


def _info(member: Member, info: PortInfo) -> PortInfo:
    theirs = replace(info, port=member.first + info.port, transmit_delay_samples=member.transmit_delay_samples(info))
    if member.clocked:
        return theirs
    return replace(
        theirs,
        capabilities=info.capabilities & ~Capability.COMMON_CLOCK,
        remarks=(*info.remarks, OTHER_CLOCK),
    )
