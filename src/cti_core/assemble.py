"""Puts one house together: board, machines, voice, services, clock. Daemon and simulator use the same house.

What differs between real time and virtual time is handed in; nothing in here asks which it is, but whether disk and
services may take their own time (`real_time`) or complete at a fixed virtual delay.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cti_core.call_control.clock import Instant, seconds
from cti_core.call_control.dialogue import DialogueFactory
from cti_core.call_control.events import RecordingClosed, RecordingFailed
from cti_core.call_control.ids import LineId, PortOwner
from cti_core.call_control.line_states import LinePlan
from cti_core.call_control.machines import SwitchPlan
from cti_core.call_control.switch import Switch
from cti_core.call_control.trace import Hop
from cti_core.media.asking import DELAY_S, Asker
from cti_core.media.gains import LineGain
from cti_core.media.legs import Legs
from cti_core.media.listen import Listener
from cti_core.media.matrix import Matrix
from cti_core.media.perform import Performer
from cti_core.media.playout import Playout
from cti_core.media.pump import Alarm, Ears, Pump, Room
from cti_core.media.recorder import Recorder
from cti_core.media.tones import loops
from cti_core.ports import Services, Voice, WallClock
from drivers.base import Board, Capability
from dsp.plan import TonePlan


@dataclass(frozen=True, slots=True)
class SampleClock:
    """Wall time as the samples count it from the start of the stream."""

    began: datetime  # aware

    def at(self, instant: Instant) -> datetime:
        return (self.began + timedelta(seconds=seconds(instant))).astimezone(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What a house is made of. `owners[port]` is who is on the board's port: a line, or a telephone of the house."""

    board: Board
    owners: tuple[PortOwner, ...]
    plan: SwitchPlan
    dialogues: DialogueFactory
    ears: Ears
    tones: TonePlan
    voice: Voice
    services: Services
    wall: WallClock
    recordings: Path
    on_hops: Callable[[tuple[Hop, ...]], None]  # journal first; called before anything is performed
    publish: Callable[[Hop], None]  # then the world is told
    on_alarm: Callable[[Alarm], None] = lambda _: None
    loop_drop_ms: Mapping[LineId, int] = field(default_factory=dict)
    gains: Mapping[LineId, LineGain] = field(default_factory=dict)
    legs_max: int = 64
    real_time: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """One node, ready to run: `await house.pump.run()`."""

    switch: Switch
    pump: Pump
    matrix: Matrix
    legs: Legs
    recorder: Recorder
    playout: Playout


@asynccontextmanager
async def assembled(parts: Parts) -> AsyncIterator[House]:
    """The house; leaving it closes every recording and forgets questions that are under way."""
    switch = Switch(parts.plan, parts.dialogues)
    matrix = Matrix(parts.owners, legs=parts.legs_max)
    playout = Playout(matrix, parts.voice, loops(parts.tones))
    legs = Legs(matrix)
    async with _tasks() as questions:
        delay = None if parts.real_time else lambda _: DELAY_S
        asker = Asker(parts.services, parts.wall, questions, delay_s=delay)
        pump: Pump | None = None

        def emit(event: RecordingFailed | RecordingClosed) -> None:
            assert pump is not None
            pump.post(event)

        recorder = Recorder(parts.owners, parts.recordings, emit, threaded=parts.real_time)
        performer = Performer(
            board=parts.board,
            owners=parts.owners,
            matrix=matrix,
            playout=playout,
            recorder=recorder,
            asker=asker,
            publish=parts.publish,
        )
        room = Room(
            board=parts.board,
            owners=parts.owners,
            ears=parts.ears,
            listener=Listener(
                parts.owners,
                parts.loop_drop_ms,
                hw_dtmf=[info.port for info in parts.board.ports if info.capabilities & Capability.HW_DTMF],
            ),
            switch=switch,
            matrix=matrix,
            playout=playout,
            legs=legs,
            recorder=recorder,
            asker=asker,
            performer=performer,
            silence_s={p.line: p.silence_clears_s for p in parts.plan.lines if isinstance(p, LinePlan)},
            gains=parts.gains,
        )
        pump = Pump(room, on_hops=parts.on_hops, on_alarm=parts.on_alarm, real_time=parts.real_time)
        try:
            yield House(switch=switch, pump=pump, matrix=matrix, legs=legs, recorder=recorder, playout=playout)
        finally:
            asker.close()
            await asyncio.to_thread(recorder.close)
            pump.finish()


@asynccontextmanager
async def _tasks() -> AsyncIterator[asyncio.TaskGroup]:
    """A task group out of which one error comes as itself: what prevents a start must be seen for what it is."""
    try:
        async with asyncio.TaskGroup() as group:
            yield group
    except BaseExceptionGroup as raised:
        if len(raised.exceptions) > 1:
            raise
        raise raised.exceptions[0] from None
