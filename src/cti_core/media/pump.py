"""The 20 ms heart: each tick of the board goes round once.

    tick --> answers, what was posted --> signals and detections --> deadlines --> actions
         --> playout, legs --> matrix --> board.speak --> recorder, legs

Real time and virtual time are the same code. Only in virtual time does a tick wait for a service, because the clock
stands still with it; only in real time can a tick be late and a board be silent.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from time import perf_counter
from typing import Final, Protocol

import numpy as np
import structlog
from numpy.typing import NDArray

from cti_core.call_control.actions import GoOffHook, GoOnHook
from cti_core.call_control.cas import Direction
from cti_core.call_control.cas_words import ListenToRegister
from cti_core.call_control.clock import TICK_SAMPLES, Instant
from cti_core.call_control.events import Event, ExtensionFailed, ExtensionRestored, LineFailed, LineRestored
from cti_core.call_control.ids import LineId, PortOwner
from cti_core.call_control.notes import LineAnswered, LineCleared, LineLost, LineSeized
from cti_core.call_control.switch import Switch
from cti_core.call_control.trace import Hop
from cti_core.media.asking import Asker
from cti_core.media.gains import Gains, LineGain
from cti_core.media.legs import Legs
from cti_core.media.listen import Listener
from cti_core.media.matrix import Matrix
from cti_core.media.mind import Alarm, Handled, Mind
from cti_core.media.perform import Performer
from cti_core.media.playout import Playout
from cti_core.media.pulse import TICK_S, Pulse, PulseView
from cti_core.media.recorder import Recorder
from cti_core.media.taps import Taps
from cti_core.media.watchdog import SILENCE_S, Watchdog
from drivers.base import Board, BoardLost, LineOk, Overrun, PortKind, Tick
from dsp.detections import Detection

BACK_OFF_S: Final = (0.5, 1.0, 2.0, 5.0, 10.0)  # assumed: between attempts to open a lost board; the last one repeats

__all__ = ["BACK_OFF_S", "Alarm", "Ears", "Pump", "PumpStats", "Room"]

log = structlog.get_logger(__name__)


class Ears(Protocol):
    """The detectors of all ports (`dsp.ears`)."""

    clean: NDArray[np.int16]
    """(ports, 160): the newest 20 ms without the echo of what we sent: what agents hear and recordings keep."""

    def hear(self, frames: NDArray[np.int16], sent: NDArray[np.int16] | None = None) -> Sequence[Detection]:
        """(ports, 160) both: the next 20 ms, and what went out in them, whose echo is taken away."""
        ...

    def skip(self, samples: int) -> None:
        """Samples were lost on all ports; no digit or tone ends because of it."""
        ...

    def arm(
        self,
        row: int,
        *,
        dtmf: bool | None = None,
        progress: bool | None = None,
        caller_id: bool | None = None,
        mfc: str | None = None,
        voice: bool | None = None,
        silence_s: float | None = None,
    ) -> None:
        """Listen on this port for keys, for tones, for a caller's number, for register signals (`forward`, `backward`,
        `off`), for somebody who speaks, for a silence of so many seconds (0: not).
        """
        ...

    def reset(self, rows: Iterable[int]) -> None:
        """Another call begins on these ports: what was on is forgotten."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """Everything the pump drives; made by `assemble`. `owners[port]` is who is on a board's port."""

    board: Board
    owners: tuple[PortOwner, ...]
    ears: Ears
    listener: Listener
    switch: Switch
    matrix: Matrix
    playout: Playout
    legs: Legs
    recorder: Recorder
    asker: Asker
    performer: Performer
    silence_s: Mapping[LineId, float] = field(default_factory=dict)  # lines on which so long a silence clears a call
    gains: Mapping[LineId, LineGain] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class PumpStats:
    """Figures for `cti status`, metrics and `cti bench`."""

    pulse: PulseView
    board: str
    board_losses: int
    board_is_lost: bool
    switch_faults: int
    actions_failed: int
    samples_overrun: int
    lines_resting: tuple[LineId, ...]
    questions: int
    recordings: int
    recording_blocks_waiting: int
    recording_blocks_dropped: int
    legs: int


class Pump:
    """Runs one board with one switch. All inputs enter by `post` and `request` (see `media.mind`)."""

    def __init__(
        self,
        room: Room,
        *,
        on_hops: Callable[[tuple[Hop, ...]], None],
        on_alarm: Callable[[Alarm], None] = lambda _: None,
        real_time: bool = True,
        silence_s: float = SILENCE_S,
        back_off_s: Sequence[float] = BACK_OFF_S,
    ) -> None:
        self._room = room
        self._mind: Final = Mind(
            switch=room.switch, performer=room.performer, asker=room.asker, on_hops=self._tell, on_alarm=on_alarm
        )
        self._on_hops = on_hops
        self._on_alarm = on_alarm
        self._real_time = real_time
        self._silence_s = silence_s
        self._back_off_s: Final = tuple(back_off_s)
        self._gains: Final = Gains(room.board, room.owners, room.gains, on_alarm)
        self._pulse: Final = Pulse(real_time=real_time)
        self._now = Instant(0)
        self.taps: Final = Taps()
        self._spoken: NDArray[np.int16] = np.zeros((len(room.owners), TICK_SAMPLES), np.int16)  # with the last tick
        self._rows: Final = {owner: row for row, owner in enumerate(room.owners)}
        self._base: int | None = 0  # our count of samples minus the board's; None: known with its first tick
        self._board_is_lost = False
        self._lost_since = Instant(0)
        self._board_losses = 0

    @property
    def now(self) -> Instant:
        """The newest sample of the last tick; goes on while the board is lost, never back."""
        return self._now

    def post(self, event: Event) -> None:
        """It enters the switch at the next tick. May be called from any thread."""
        self._mind.post(event)

    def request(self, event: Event) -> Handled:
        """It enters the switch now; in the loop only. The future holds its hops, RequestRejected, or a fault."""
        return self._mind.request(event)

    async def run(self) -> None:
        """Until the board's ticks end, or cancelled; a lost board is opened again and again.

        The owner then closes the recorder (in a thread: it waits for the disk) and the asker, and calls `finish`.
        """
        for info in self._room.board.ports:  # on time slots registers tell the number
            self._room.ears.arm(info.port, caller_id=info.kind is PortKind.FXO)
        attempts = 0
        while True:
            try:
                await self._drive()
            except BoardLost as lost:
                attempts = attempts + 1 if self._board_is_lost else 0
                self._lose_board(str(lost))
            else:
                return
            await self._stand_in(self._back_off_s[min(attempts, len(self._back_off_s) - 1)])

    def finish(self) -> None:
        """After `run`, when the recorder is closed: recordings that are whole are said to be."""
        self._mind.finish()

    def stats(self) -> PumpStats:
        room = self._room
        return PumpStats(
            pulse=self._pulse.view(),
            board=room.board.name,
            board_losses=self._board_losses,
            board_is_lost=self._board_is_lost,
            switch_faults=self._mind.faults,
            actions_failed=self._mind.actions_failed,
            samples_overrun=room.listener.samples_overrun,
            lines_resting=tuple(self._mind.resting),
            questions=len(room.asker),
            recordings=room.recorder.running,
            recording_blocks_waiting=room.recorder.blocks_waiting,
            recording_blocks_dropped=room.recorder.blocks_dropped,
            legs=len(room.legs),
        )

    async def _drive(self) -> None:
        if not self._real_time:
            async with self._room.board.open() as ticks:
                self._gains.set_all()
                async for tick in ticks:
                    await self._beat(tick)
            return
        async with Watchdog(self._silence_s) as dog, self._room.board.open() as ticks:
            self._gains.set_all()
            async for tick in ticks:
                await self._beat(tick)
                dog.fed()

    async def _beat(self, tick: Tick) -> None:
        begun_s = perf_counter()
        self._advance(tick)
        room = self._room
        for signal in tick.signals:
            if isinstance(signal, Overrun):
                room.recorder.overrun(signal.port, signal.samples)
            elif isinstance(signal, LineOk):
                self._gains.set(signal.port)
        self.taps.take(tick.heard)
        detections = room.ears.hear(tick.heard, self._spoken)
        room.matrix.board_sources[:] = room.ears.clean
        await self._think(room.listener.events(tick, detections))
        frames = self._mix()
        self._spoken = frames[: len(room.owners)].copy()  # a board may keep it longer than we do
        room.board.speak(self._spoken)
        handed_s = perf_counter()
        self._keep(frames)
        ended_s = perf_counter()
        if self._pulse.beat(self._now, begun_s, handed_s, ended_s):
            self._on_alarm(Alarm(kind="slowTick", text=f"a tick took {(ended_s - begun_s) * 1e3:.1f} ms"))

    def _advance(self, tick: Tick) -> None:
        """Move the clock; account for ticks that never came."""
        if self._base is None:
            self._base = self._now + TICK_SAMPLES - tick.at
        elif not self._now:
            self._now = Instant(tick.at - TICK_SAMPLES)
        at = self._base + tick.at
        missed = at - self._now - TICK_SAMPLES
        if missed < 0:
            raise BoardLost(f"the board's clock went back to {tick.at} samples")
        if missed:
            self._pulse.lost += -(-missed // TICK_SAMPLES)
            self._room.ears.skip(missed)
            self._room.recorder.gap(missed)
        self._now = Instant(at)
        if self._board_is_lost:
            self._find_board()

    async def _think(self, heard: Sequence[Event]) -> None:
        asker = self._room.asker
        if (due := asker.next_due) is not None and due <= self._now:
            await asker.settle(self._now)
        self._mind.think(self._now, heard)

    def _tell(self, hops: tuple[Hop, ...]) -> None:
        self._on_hops(hops)
        for hop in hops:
            match hop.what:
                case GoOffHook(line) | GoOnHook(line):
                    self._listen_for(line, off_hook=isinstance(hop.what, GoOffHook))
                case LineSeized(line):
                    self._expect_answer(line, expected=True)
                case LineAnswered(line) | LineCleared(line) | LineLost(line):
                    self._expect_answer(line, expected=False)
                case ListenToRegister(line, direction):
                    self._listen_to_register(line, direction)
                case _:
                    pass

    def _listen_for(self, line: LineId, *, off_hook: bool) -> None:
        """A caller's number comes while we are on hook; in a call the same sounds are speech."""
        row, room = self._rows[line], self._room
        if off_hook:
            room.ears.reset((row,))
        room.ears.arm(row, caller_id=not off_hook, silence_s=room.silence_s.get(line, 0.0) if off_hook else 0.0)

    def _listen_to_register(self, line: LineId, direction: Direction | None) -> None:
        """Speech has register signals in it, and they have keys in them: never both at once."""
        row, ears = self._rows[line], self._room.ears
        over = direction is None
        if not over:
            ears.reset((row,))
        ears.arm(row, dtmf=over, progress=over, mfc="off" if over else direction)

    def _expect_answer(self, line: LineId, *, expected: bool) -> None:
        self._room.listener.expect_answer(line, expected=expected)
        self._room.ears.arm(self._rows[line], voice=expected)

    def _mix(self) -> NDArray[np.int16]:
        """(ports, 160): the next frame of everybody."""
        room = self._room
        for finished in room.playout.fill():
            self.post(finished)
        room.legs.fill()
        return room.matrix.mix()

    def _keep(self, frames: NDArray[np.int16]) -> None:
        """What can wait until the board has its frame."""
        room = self._room
        room.recorder.tick(room.matrix.sources, frames)
        room.legs.deliver(frames, self._now)

    def _lose_board(self, reason: str) -> None:
        self._base = None
        self._pulse.new_board()
        self._room.listener.new_board()
        if self._board_is_lost:
            log.info("board_still_lost", reason=reason)
            return
        self._board_is_lost = True
        self._lost_since = self._now
        self._board_losses += 1
        log.error("board_lost", board=self._room.board.name, reason=reason)
        self._on_alarm(Alarm(kind="boardLost", text=reason))
        for owner in self._room.owners:
            self.post(LineFailed(owner, reason) if isinstance(owner, int) else ExtensionFailed(owner, reason))

    def _find_board(self) -> None:
        self._board_is_lost = False
        self._room.ears.skip(self._now - TICK_SAMPLES - self._lost_since)
        log.info("board_is_back", board=self._room.board.name)
        for owner in self._room.owners:
            self.post(LineRestored(owner) if isinstance(owner, int) else ExtensionRestored(owner))

    async def _stand_in(self, seconds: float) -> None:
        """Tick in the lost board's place, so that agents, timers and services go on."""
        self._room.matrix.board_sources[:] = 0
        loop = asyncio.get_running_loop()
        due_s = loop.time()
        for _ in range(round(seconds / TICK_S)):
            due_s += TICK_S
            await asyncio.sleep(max(due_s - loop.time(), 0) if self._real_time else 0)
            self._now = Instant(self._now + TICK_SAMPLES)
            await self._think(())
            self._keep(self._mix())
