"""Voice modems as a board: a port for each, ticks by the wall clock because no modem has one to share.

    serial port --bytes--> session --facts, audio--> elastic buffer --> tick;   speak --> mouth --> session --> serial port

Good for one or two lines, demonstrations and an emergency line: most modems hear or speak, never both (boards.md §2.3).
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from drivers.base import (
    TICK_SAMPLES,
    BoardLost,
    Capability,
    Health,
    Hook,
    LineState,
    Operations,
    Overrun,
    PortInfo,
    PortKind,
    Signal,
    Tick,
    Unsupported,
)
from drivers.modem.line import ModemLine
from drivers.modem.link import SerialLink
from drivers.modem.mouth import TICK_MS
from drivers.modem.settings import Wanted, settings_from
from drivers.modem.soundcard import SoundCard
from drivers.pace import Pace, RealTime

FAREWELL_TICKS: Final = 100  # assumed: 2 s; stopping audio and hanging up take four replies at most
CAPABILITIES: Final = (
    Capability.HW_DTMF | Capability.HW_CALLER_ID | Capability.HW_CPD | Capability.POLARITY_RX | Capability.PULSE_TX
)


@dataclass(slots=True)
class _Counters:
    ticks: int = 0
    ticks_lost: int = 0
    underruns: int = 0
    frames_dropped: int = 0


class ModemBoard(Operations):
    """`lines[port]` is the modem of a port. One house at a time may have it open."""

    def __init__(self, lines: Sequence[ModemLine], pace: Pace | None = None) -> None:
        self.name = "modem"
        self.lines: Final = tuple(lines)
        self.pace: Final = pace or RealTime()
        self.ports: tuple[PortInfo, ...] = tuple(_info(port, line) for port, line in enumerate(self.lines))
        lead_ms = min(line.session.plan.turns.lead_ms for line in self.lines)
        self.transmit_delay_samples = lead_ms * TICK_SAMPLES // TICK_MS
        self._silence: Final = np.zeros((len(self.lines), TICK_SAMPLES), np.int16)
        self._spoken: NDArray[np.int16] | None = None
        self._open = False
        self._may_speak = False
        self._at = 0
        self._missed = [0] * len(self.lines)
        self._counters = _Counters()

    @classmethod
    def from_settings(cls, settings: Mapping[str, object]) -> Self:
        """`lines`, a table `line_n` for each with at least `device`. Raises ValueError, a fault on each line."""
        wanted = settings_from(settings)
        opener = ThreadPoolExecutor(len(wanted), thread_name_prefix="modem")
        return cls([_line(each, port, opener) for port, each in enumerate(wanted)])

    # --- behind the door ------------------------------------------------------------------------------------------

    @asynccontextmanager
    async def open(self) -> AsyncIterator[AsyncIterator[Tick]]:
        if self._open:
            raise BoardLost("the modem board is open already: one house at a time")
        self._open = True
        self._at = 0
        self._missed = [0] * len(self.lines)
        self._counters = _Counters()
        self._spoken = None
        for line in self.lines:
            line.open()
        self.pace.start()
        try:
            async with aclosing(self._ticks()) as ticks:
                yield ticks
        finally:
            self._may_speak = False
            await self._farewell()
            self._open = False

    def speak(self, frames: NDArray[np.int16]) -> None:
        if frames.shape != self._silence.shape or frames.dtype != np.int16:
            raise ValueError(f"a frame is int16 {self._silence.shape}, not {frames.dtype} {frames.shape}")
        if not self._may_speak or self.pace.overdue():
            self._counters.frames_dropped += 1
            return
        self._may_speak = False
        self._spoken = frames

    def hook(self, port: int, position: Hook) -> None:
        self._check(port)
        if self._open:
            self.lines[port].hook(position)

    def flash(self, port: int, length_ms: int) -> None:
        self._check(port)
        raise Unsupported(f"port {port} cannot flash for {length_ms} ms: a modem in voice mode has no command for it")

    def ring(self, port: int, *, on: bool) -> None:
        self._check(port)
        raise Unsupported(f"port {port} cannot {'ring' if on else 'stop ringing'}: a modem is a telephone, no exchange")

    def gain(self, port: int, *, rx_db: float, tx_db: float) -> None:
        self._check(port)
        raise Unsupported(
            f"port {port} cannot change its gain to {rx_db:g}/{tx_db:g} dB in a call: set +VGR and +VGT in its `setup`"
        )

    def dial(self, port: int, digits: str, *, pulse: bool = False) -> None:
        self._check(port)
        if not digits or set(digits) - set("0123456789*#ABCD,"):
            raise ValueError(f"port {port} cannot dial {len(digits)} characters of which some are no keys")
        self.lines[port].session.dial(digits, pulse=pulse)

    def line_state(self, port: int) -> LineState:
        self._check(port)
        session = self.lines[port].session
        return LineState(
            port=port,
            hook=Hook.OFF if session.off_hook else Hook.ON,
            ringing=session.ringing,
            battery=not session.fault,  # assumed: a modem cannot measure it
            fault=session.fault,
        )

    def health(self) -> Health:
        counted = self._counters
        sessions = [line.session for line in self.lines]
        return Health(
            ticks=counted.ticks,
            ticks_late=self.pace.late,
            ticks_lost=counted.ticks_lost,
            overruns=sum(session.counters.overruns for session in sessions),
            underruns=counted.underruns + sum(session.counters.underruns for session in sessions),
            alarms=tuple(remark for line in self.lines for remark in line.remarks),
            clock_slips=sum(
                (session.audio.heard.dropped + session.audio.heard.missed) // TICK_SAMPLES for session in sessions
            ),
            frames_dropped=counted.frames_dropped + sum(session.mouth.frames_dropped for session in sessions),
        )

    # --- ticks ----------------------------------------------------------------------------------------------------

    async def _ticks(self) -> AsyncGenerator[Tick, None]:
        while True:
            lost = await self.pace.next_tick()
            self._counters.ticks_lost += lost
            tick = self._tick(1 + lost)
            self._may_speak = True
            yield tick
            self._may_speak = False

    def _tick(self, ticks: int) -> Tick:
        self._at += ticks * TICK_SAMPLES
        if self._spoken is None:
            self._counters.underruns += self._counters.ticks > 0
        heard = np.zeros_like(self._silence)
        signals: list[Signal] = []
        for port, line in enumerate(self.lines):
            line.speak(self._silence[port] if self._spoken is None else self._spoken[port])
            heard[port], facts = line.tick(self._at)
            signals += facts
            signals += self._lost_samples(port, line)
        self._spoken = None
        self._counters.ticks += 1
        return Tick(self._at, heard, tuple(sorted(signals, key=lambda fact: fact.at)))

    def _lost_samples(self, port: int, line: ModemLine) -> list[Signal]:
        missed = line.session.audio.heard.missed + line.session.audio.heard.dropped
        new, self._missed[port] = missed - self._missed[port], missed
        return [Overrun(port, self._at, new)] if new else []

    async def _farewell(self) -> None:
        """All on hook, and the ports given back."""
        for line in self.lines:
            line.hook(Hook.ON)
        for _ in range(FAREWELL_TICKS):
            if all(line.session.at_rest for line in self.lines):
                break
            await self.pace.next_tick()
            self._tick(1)
        for line in self.lines:
            await asyncio.to_thread(line.close)

    def _check(self, port: int) -> None:
        if not 0 <= port < len(self.lines):
            raise ValueError(f"there is no port {port}: the board has {len(self.lines)}, from 0 on")


def _info(port: int, line: ModemLine) -> PortInfo:
    """What a port is, with what people do not expect of it."""
    turns = line.session.plan.turns
    if line.sound is not None:
        return PortInfo(
            port,
            PortKind.FXO,
            CAPABILITIES | Capability.FULL_DUPLEX,
            ("audio goes through a sound card, whose clock is another: a drift of 100 ppm is corrected",),
        )
    queue_s, speak_s, listen_s = turns.queue_ms / 1000, turns.speak_max_ms / 1000, turns.listen_ms / 1000
    remarks = (
        f"hears or speaks, never both: speech waits up to {queue_s:g} s while the modem records, the rest is dropped",
        "while it speaks the caller is not heard; keys are, because the modem itself hears them",
        f"after {speak_s:g} s of speaking it listens for {listen_s:g} s, or nobody would notice that a caller hung up",
    )
    return PortInfo(port, PortKind.FXO, CAPABILITIES, remarks)


def _line(wanted: Wanted, port: int, opener: ThreadPoolExecutor) -> ModemLine:
    sound = None
    if wanted.plan.soundcard:
        sound = SoundCard(microphone=wanted.microphone, speaker=wanted.speaker, rate_hz=wanted.rate_hz, opener=opener)
    return ModemLine(wanted.plan, port, SerialLink(wanted.device, wanted.baud, opener), sound)
