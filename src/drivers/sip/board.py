"""SIP lines and telephones as one board: signalling, RTP and the door, all on the same 20 ms tick.

tick: what was not spoken --> datagrams for the agent --> its facts --> RTP --> heard, signals
speak: one RTP packet for each call;   hook, ring, dial: the agent's datagrams, at once
"""

from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from secrets import randbits, token_bytes, token_hex
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from drivers.base import (
    RATE_HZ,
    TICK_SAMPLES,
    BoardLost,
    Capability,
    Health,
    Hook,
    LineState,
    Operations,
    PortInfo,
    PortKind,
    Signal,
    Tick,
    Unsupported,
)
from drivers.pace import Pace, RealTime
from drivers.sip.agent import Agent
from drivers.sip.buffer import START_FRAMES
from drivers.sip.lines import Lines
from drivers.sip.message import Address
from drivers.sip.settings import plan_from
from drivers.sip.sockets import Sockets
from drivers.sip.states import Keys, Plan
from dsp.levels import to_int16

TRUNK: Final = (
    Capability.FULL_DUPLEX | Capability.COMMON_CLOCK | Capability.HW_CALLER_ID | Capability.HW_CPD | Capability.EN_BLOC
)
PHONE: Final = Capability.FULL_DUPLEX | Capability.COMMON_CLOCK | Capability.RING_GEN | Capability.CLEARS_PHONE
BACKLOG_TICKS: Final = 25  # 0.5 s: sockets keep what came while we stood still, so nothing of it is lost
LEAVE_TICKS: Final = 15  # 0.3 s for the far ends to confirm our goodbyes
REMARKS: Final = (
    "the far end's echo canceller, gains and impedance are set in the gateway",
    "audio is G.711 only; fax goes as sound, T.38 is refused",
)


@dataclass(slots=True)
class _Counters:
    ticks: int = 0
    ticks_lost: int = 0
    underruns: int = 0
    frames_dropped: int = 0


class SipBoard(Operations):
    """`pace` says who makes the ticks. Times of the agent are the board's own samples in seconds."""

    def __init__(self, plan: Plan, pace: Pace | None = None) -> None:
        self.name = "sip"
        self.plan: Final = plan
        self.ports: tuple[PortInfo, ...] = tuple(
            PortInfo(
                port=port.port,
                kind=PortKind.FXS if port.phone else PortKind.FXO,
                capabilities=(PHONE if port.phone else TRUNK)
                | (Capability.NONE if plan.keys is Keys.INBAND else Capability.HW_DTMF),
                remarks=REMARKS,
            )
            for port in plan.ports
        )
        self.transmit_delay_samples = (START_FRAMES + 1) * TICK_SAMPLES
        self._pace: Final = pace or RealTime(BACKLOG_TICKS)
        self._silence: Final = np.zeros((len(plan.ports), TICK_SAMPLES), np.int16)
        self._gains: Final = np.ones((2, len(plan.ports), 1), np.float32)  # receive, transmit
        self._sockets: Sockets | None = None
        self._lines: Lines | None = None
        self._at = 0
        self._may_speak = False
        self._unspoken = False
        self._counters = _Counters()

    @classmethod
    def from_settings(cls, settings: Mapping[str, object], pace: Pace | None = None) -> Self:
        """See docs/boards-sip.md. Raises ValueError with every fault on its own line, each naming its key."""
        return cls(plan_from(settings), pace)

    @property
    def address(self) -> Address:
        """Where others call us. Raises BoardLost when the board is closed."""
        if self._sockets is None:
            raise BoardLost("the SIP board is closed")
        return self.plan.advertise, self._sockets.sip_port

    # --- behind the door --------------------------------------------------------------------------------------------

    @asynccontextmanager
    async def open(self) -> AsyncIterator[AsyncIterator[Tick]]:
        if self._sockets is not None:
            raise BoardLost("the SIP board is open already: one house at a time")
        plan = self.plan
        self._sockets = sockets = Sockets(plan.host, plan.sip_port, plan.rtp_first, len(plan.ports))
        rtp = [(plan.advertise, sockets.rtp_port(port)) for port in range(len(plan.ports))]
        agent = Agent(plan, self.address, rtp, lambda: token_hex(8), token_bytes(16))
        self._lines = Lines(plan, agent, sockets, lambda: randbits(31))
        self._at = 0
        self._counters = _Counters()
        self._unspoken = False
        self._pace.start()
        try:
            async with aclosing(self._ticks(self._lines)) as ticks:
                yield ticks
        finally:
            self._may_speak = False
            try:
                await self._leave(self._lines)
            finally:
                sockets.close()
                self._sockets = self._lines = None

    def speak(self, frames: NDArray[np.int16]) -> None:
        if frames.shape != self._silence.shape or frames.dtype != np.int16:
            raise ValueError(f"a frame is int16 {self._silence.shape}, not {frames.dtype} {frames.shape}")
        if not self._may_speak or self._lines is None:
            self._counters.frames_dropped += 1
            return
        self._may_speak = self._unspoken = False
        self._lines.speak(_amplified(frames, self._gains[1]))

    def hook(self, port: int, position: Hook) -> None:
        """FXO: answer the call that is offered, or seize the port for `dial`; hang up. FXS: ON ends the telephone's call."""
        self._check(port)
        if self._lines is not None:
            self._lines.hook(port, position, self._now)

    def flash(self, port: int, length_ms: int) -> None:
        self._check(port)
        raise Unsupported(f"port {port} cannot flash for {length_ms} ms: gateways hold and transfer by other means")

    def ring(self, port: int, *, on: bool) -> None:
        self._check(port)
        if not self.plan.ports[port].phone:
            raise Unsupported(
                f"port {port} cannot {'ring' if on else 'stop ringing'}: it is a trunk, no telephone is there"
            )
        if self._lines is not None:
            self._lines.ring(port, self._now, on=on)

    def gain(self, port: int, *, rx_db: float, tx_db: float) -> None:
        self._check(port)
        self._gains[:, port, 0] = 10 ** (rx_db / 20), 10 ** (tx_db / 20)

    def dial(self, port: int, digits: str, *, pulse: bool = False) -> None:
        """Idle: call this number. In a call: send keys by RFC 4733. Raises Unsupported in words."""
        self._check(port)
        if pulse:
            raise Unsupported(f"port {port} cannot dial in pulses: SIP has none")
        if self._lines is not None:
            self._lines.dial(port, digits, self._now)

    def line_state(self, port: int) -> LineState:
        self._check(port)
        if self._lines is None:
            return LineState(port=port, hook=Hook.ON, ringing=False, battery=False, fault="the board is closed")
        return self._lines.look(port)

    def health(self) -> Health:
        counted = self._counters
        lines = self._lines
        return Health(
            ticks=counted.ticks,
            ticks_late=self._pace.late,
            ticks_lost=counted.ticks_lost,
            overruns=lines.frames_lost if lines else 0,
            underruns=counted.underruns,
            frames_dropped=counted.frames_dropped,
            clock_slips=lines.clock_slips if lines else 0,
            alarms=tuple(f"port {port}: {why}" for port, why in sorted(lines.faults.items())) if lines else (),
        )

    # --- ticks ------------------------------------------------------------------------------------------------------

    @property
    def _now(self) -> float:
        return self._at / RATE_HZ

    async def _ticks(self, lines: Lines) -> AsyncGenerator[Tick, None]:
        while True:
            lost = await self._pace.next_tick()
            if self._unspoken:
                self._counters.underruns += 1
                lines.speak(self._silence)
            if lost:
                self._counters.ticks_lost += lost
                self._at += lost * TICK_SAMPLES
                lines.skip(lost)
            self._at += TICK_SAMPLES
            self._counters.ticks += 1
            heard = np.zeros_like(self._silence)
            signals: list[Signal] = []
            lines.hear(self._at, heard, signals)  # first: a key before a goodbye is a key
            lines.signals(self._at, signals)
            self._may_speak = self._unspoken = True
            yield Tick(self._at, _amplified(heard, self._gains[0]), tuple(signals))
            self._may_speak = False

    async def _leave(self, lines: Lines) -> None:
        """Say goodbye on all ports, and wait a moment for the answers."""
        lines.leave(self._now)
        for _ in range(LEAVE_TICKS):
            if not lines.busy:
                return
            await self._pace.next_tick()
            self._at += TICK_SAMPLES
            lines.signals(self._at, [])

    def _check(self, port: int) -> None:
        if not 0 <= port < len(self.ports):
            raise ValueError(f"there is no port {port}: the board has {len(self.ports)}, from 0 on")


def _amplified(frames: NDArray[np.int16], gains: NDArray[np.float32]) -> NDArray[np.int16]:
    """As they are while all gains are 1."""
    if (gains == 1).all():
        return frames
    return to_int16(frames * gains)
