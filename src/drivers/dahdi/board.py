"""Channels of DAHDI cards as one board: all from one epoll set, paced by the first channel that lives.

A tick is one frame of 160 samples from each port. Frames are read as they come and written with the tick, one for one,
so that the kernel's transmit queue keeps its length; what comes too late is dropped and never lengthens it.
"""

from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager, contextmanager
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
    Overrun,
    PortInfo,
    PortKind,
    Signal,
    Tick,
    Unsupported,
)
from drivers.dahdi import discovery, echo, words, zone
from drivers.dahdi.abi import Flush
from drivers.dahdi.channel import BUFFERS
from drivers.dahdi.kernel import GONE, Kernel, LinuxKernel
from drivers.dahdi.port import Counters, Port
from drivers.dahdi.settings import DahdiSettings, settings_from
from drivers.dahdi.words import ChannelFault

RETRY_TICKS: Final = 50  # assumed: a card that was put back may wait a second
PATIENCE_FRAMES: Final = 2  # so long the others wait for a port whose buffer is not full yet
SLIP_FRAMES: Final = 3  # so many frames more than the master: that port's clock is faster
CHUNK_SAMPLES: Final = 8  # the kernel works by the millisecond
SETTLING_TICKS: Final = 100  # nobody talks yet: for 2 s after opening the kernel tells no ring
CATCH_UP_S: Final = 2e-5  # a tick; assumed: no card's clock is slower than the wall's by more than 0.1 %

_COMMON: Final = Capability.FULL_DUPLEX | Capability.COMMON_CLOCK | Capability.ONHOOK_AUDIO
CAPABILITIES: Final = {
    PortKind.FXO: _COMMON
    | Capability.LOOP_CURRENT
    | Capability.POLARITY_RX
    | Capability.BATTERY_SENSE
    | Capability.HOOK_FLASH
    | Capability.PULSE_TX,
    PortKind.FXS: _COMMON | Capability.RING_GEN | Capability.POLARITY_TX,
    PortKind.E1_CAS: Capability.FULL_DUPLEX | Capability.COMMON_CLOCK | Capability.CAS_BITS,
}

REMARKS: Final = {
    PortKind.FXO: ("a reversal of polarity is told without its direction: the line counts as normal when we come",),
    PortKind.FXS: ("how long a flash was is not told", "a release does not break the telephone's battery"),
    PortKind.E1_CAS: ("a time slot has no hook: bits tell it; a release makes them idle (1011)",),
}


class DahdiBoard(Operations):
    """Does not touch the cards before `open`; one at a time may have it open."""

    def __init__(self, settings: DahdiSettings, kernel: Kernel | None = None) -> None:
        self.name = "dahdi"
        self._settings: Final = settings
        self._kernel: Final = kernel or LinuxKernel()
        extra = Capability.HW_EC if settings.echo_canceller else Capability.NONE
        self.ports: tuple[PortInfo, ...] = tuple(
            PortInfo(port, kind, CAPABILITIES[kind] | extra, REMARKS[kind]) for port, kind in enumerate(settings.kinds)
        )
        self.transmit_delay_samples = (settings.transmit_queue_frames - 1) * TICK_SAMPLES + CHUNK_SAMPLES
        self._guard_samples: Final = [settings.guard_ms * RATE_HZ // 1000] * len(self.ports)
        self._shape: Final = (len(self.ports), TICK_SAMPLES)
        self._ports: list[Port] = []  # empty while closed
        self._remarks: tuple[str, ...] = ()
        self._begin()

    def _begin(self) -> None:
        self._at = 0
        self._ticked_s = 0.0
        self._gap_in, self._gap = -1, 0  # after so many ticks so many are missing
        self._signals: list[Signal] = []
        self._counters = Counters()
        self._ticks = self._ticks_lost = self._underruns = self._frames_dropped = 0
        self._may_speak = self._spoken = False
        self._origin_s = np.inf  # of sample 0, as it was known when the queues began

    @classmethod
    def from_settings(cls, settings: Mapping[str, object]) -> Self:
        """See `settings.settings_from`. Raises ValueError with every fault on its own line, each naming its key."""
        return cls(settings_from(settings))

    # --- the door ---------------------------------------------------------------------------------------------------

    @asynccontextmanager
    async def open(self) -> AsyncIterator[AsyncIterator[Tick]]:
        if self._ports:
            raise BoardLost("the DAHDI board is open already: one house at a time")
        self._begin()
        self._ports = [
            Port(self._kernel, number, port, kind, self._counters)
            for port, (number, kind) in enumerate(zip(self._settings.channels, self._settings.kinds, strict=True))
        ]
        try:
            self._take_all()
            async with aclosing(self._run()) as ticks:
                yield ticks
        finally:
            self._may_speak = False
            for port in self._ports:
                port.give_back()
            self._ports = []

    def speak(self, frames: NDArray[np.int16]) -> None:
        if frames.shape != self._shape or frames.dtype != np.int16:
            raise ValueError(f"a frame is int16 {self._shape}, not {frames.dtype} {frames.shape}")
        if not self._may_speak:
            self._frames_dropped += 1
            return
        self._may_speak = False
        self._spoken = True
        behind = self._is_due() or self._since_tick() > TICK_SAMPLES  # read already, or waiting in the kernel
        if self._ticks <= SETTLING_TICKS:
            self._begin_anew_if_late()
        late = self._counters.late
        position = self._position()
        elapsed = (position - self._at) // CHUNK_SAMPLES * CHUNK_SAMPLES  # so the delay is the same after a hold-up
        ahead = bytes(2 * max((self._settings.transmit_queue_frames - 1) * TICK_SAMPLES - elapsed, 0))
        for port, frame in zip(self._ports, frames, strict=True):
            with self._watching(port):
                self._signals += port.speak(frame.tobytes(), ahead=ahead, behind=behind, at=position)
        self._frames_dropped += self._counters.late > late

    def hook(self, port: int, position: Hook) -> None:
        self._check(port)
        for taken in self._taken(port):
            with self._watching(taken):
                taken.hook(position, self._position(), self._guard_samples[port])

    def flash(self, port: int, length_ms: int) -> None:
        self._check(port, Capability.HOOK_FLASH, f"flash for {length_ms} ms")
        for taken in self._taken(port):
            with self._watching(taken):
                if taken.channel is not None:
                    taken.channel.set_flash_ms(length_ms)
                    taken.flash()
                    self._signals += taken.settle(self._position())

    def ring(self, port: int, *, on: bool) -> None:
        self._check(port, Capability.RING_GEN, "ring: no telephone hangs there")
        for taken in self._taken(port):
            with self._watching(taken):
                taken.ring(on=on)

    def gain(self, port: int, *, rx_db: float, tx_db: float) -> None:
        self._check(port)
        for taken in self._taken(port):
            with self._watching(taken):
                if taken.channel is not None:
                    taken.channel.gain(taken.channel.params().curlaw, rx_db, tx_db)

    def health(self) -> Health:
        try:
            irq_misses = discovery.irq_misses(self._kernel)
        except ChannelFault:
            irq_misses = 0  # the ports' own alarms say so
        faults = tuple(f"port {port.port}: {port.facts.fault}" for port in self._ports if port.facts.fault)
        return Health(
            ticks=self._ticks,
            ticks_lost=self._ticks_lost,
            overruns=self._counters.overruns,
            underruns=self._underruns,
            frames_dropped=self._frames_dropped,
            clock_slips=self._counters.slips,
            irq_misses=irq_misses,
            alarms=faults + self._remarks,
        )

    # --- what few ports can do ------------------------------------------------------------------------------------

    def dial(self, port: int, digits: str, *, pulse: bool = False) -> None:
        self._check(port, Capability.PULSE_TX, "dial")
        if not digits or set(digits) - set("0123456789*#ABCDWabcdw"):
            raise ValueError(f"{len(digits)} characters are no number to dial: 0-9 * # A-D, W for half a second")
        for taken in self._taken(port):
            with self._watching(taken):
                taken.dial(digits, pulse=pulse)

    def set_polarity(self, port: int, *, reversed_: bool) -> None:
        self._check(port, Capability.POLARITY_TX, "reverse its polarity")
        for taken in self._taken(port):
            with self._watching(taken):
                if taken.channel is not None:
                    taken.channel.set_polarity(reversed_=reversed_)

    def echo_cancel(self, port: int, *, on: bool, tail_ms: int = 16) -> None:
        self._check(port, Capability.HW_EC, "cancel echo: the setting echo_canceller names none")
        for taken in self._taken(port):
            with self._watching(taken):
                if taken.channel is not None:
                    taken.channel.echo_cancel(echo.taps(tail_ms) if on else 0)

    def set_cas(self, port: int, bits: int) -> None:
        self._check(port, Capability.CAS_BITS, "signal bits: it is no time slot")
        if not 0 <= bits <= 15:
            raise ValueError(f"{bits} are no four bits: A = 8, B = 4, C = 2, D = 1")
        for taken in self._taken(port):
            with self._watching(taken):
                if taken.channel is not None:
                    taken.channel.set_cas_bits(bits)

    def set_guard(self, port: int, guard_ms: int) -> None:
        self._check(port)
        self._guard_samples[port] = guard_ms * RATE_HZ // 1000

    def line_state(self, port: int) -> LineState:
        self._check(port)
        for taken in self._taken(port):
            with self._watching(taken):
                return taken.state()
        raise Unsupported(f"port {port} cannot be looked at while the board is closed")

    # --- ticks ----------------------------------------------------------------------------------------------------

    def _take_all(self) -> None:
        zone_fault = zone.load_if_missing(self._kernel)
        refused = {}
        for port in self._ports:
            try:
                self._signals += port.take(0)
            except ChannelFault as why:
                refused[port.port] = str(why)
                self._signals += port.facts.failed(0, str(why))
        if len(refused) == len(self._ports):
            raise BoardLost(words.together(list(refused.values())))
        live = self._live()
        remarks = [
            words.wrong_law(port.number, port.channel.params().curlaw, self._settings.law)
            for port in live
            if port.channel is not None
        ]
        for port in live:
            if port.channel is not None:
                port.channel.flush(Flush.READ)  # one after the other: now all buffers fill in the same millisecond
        needs_zone = any(port.kind is PortKind.FXS for port in live)
        self._remarks = tuple(each for each in remarks if each) + ((zone_fault,) if zone_fault and needs_zone else ())
        if self._settings.echo_canceller:
            self._remarks += echo.attach(self._kernel, self._settings.echo_canceller, [port.number for port in live])

    async def _run(self) -> AsyncGenerator[Tick, None]:
        while True:
            await self._gather()
            while (tick := self._next_tick()) is not None:
                self._may_speak = True
                yield tick
                self._may_speak = False

    async def _gather(self) -> None:
        """Wait until something is there, and take all of it."""
        by_fd = {port.channel.fd: port for port in self._ports if port.channel is not None}
        if not by_fd:
            raise BoardLost(words.together([port.facts.fault for port in self._ports]))
        for fd, mask in await self._kernel.ready():
            if (port := by_fd.get(fd)) is None or port.channel is None:
                continue
            with self._watching(port):
                self._signals += port.listen(self._position())
                if mask & GONE and not port.frames:
                    raise ChannelFault(f"channel {port.number} was removed")

    def _live(self) -> list[Port]:
        return [port for port in self._ports if port.channel is not None]

    def _is_due(self) -> bool:
        """Every port has a frame; or the master has several, and the others are to blame."""
        live = self._live()
        return bool(live) and (all(port.frames for port in live) or len(live[0].frames) > PATIENCE_FRAMES)

    def _next_tick(self) -> Tick | None:
        if not self._is_due():
            return None
        live = self._live()
        if not self._ticks:
            for port in live:
                while len(port.frames) > 1:
                    port.frames.popleft()  # nobody has heard anything yet
        self._clock(live[0])
        heard = np.zeros(self._shape, np.int16)
        for port in live:
            self._hear(port, heard[port.port], live[0])
        for port in live:
            with self._watching(port):
                self._signals += port.settle(self._at)
        if self._ticks % RETRY_TICKS == 0:
            self._look_for_the_missing()
        signals = tuple(sorted(self._signals, key=lambda signal: signal.at))
        self._signals = []
        return Tick(self._at, heard, signals)

    def _clock(self, master: Port) -> None:
        now_s = self._kernel.now_s()
        if master.overrun:  # the kernel does not tell how much it threw away; the wall does, to a tick
            waited = round((now_s - self._ticked_s) * RATE_HZ / TICK_SAMPLES)
            self._gap_in, self._gap = min(BUFFERS, len(master.frames)), max(waited - len(master.frames), 1)
        lost = self._gap if self._gap_in == 0 else 0
        self._gap_in -= 1
        for port in self._ports:
            self._counters.overruns += port.overrun
            port.overrun = False
        self._ticks_lost += lost
        self._at += (lost + 1) * TICK_SAMPLES
        self._underruns += self._ticks > 0 and not self._spoken
        self._spoken = False
        due_s = self._ticked_s + (lost + 1) * TICK_SAMPLES / RATE_HZ if self._ticks else now_s
        self._ticked_s = min(due_s + CATCH_UP_S, now_s)  # we are woken late at times, never early
        self._ticks += 1

    def _begin_anew_if_late(self) -> None:
        """The first ticks are taken later than we know, and what is written with them stands too far behind."""
        origin_s = self._ticked_s - self._at / RATE_HZ
        if origin_s >= self._origin_s - CHUNK_SAMPLES / RATE_HZ:
            return
        self._origin_s = origin_s
        for port in self._live():
            with self._watching(port):
                port.forget_written()

    def _hear(self, port: Port, row: NDArray[np.int16], master: Port) -> None:
        if not port.frames:
            self._slip(port)
            return
        row[:] = np.frombuffer(port.frames.popleft(), np.int16)
        if len(port.frames) > len(master.frames) + SLIP_FRAMES:
            port.frames.popleft()
            self._slip(port)

    def _slip(self, port: Port) -> None:
        if port.channel is not None:
            self._counters.slips += 1
            self._signals.append(Overrun(port.port, self._at, TICK_SAMPLES))

    def _look_for_the_missing(self) -> None:
        for port in self._ports:
            if port.channel is None:
                try:
                    self._signals += port.take(self._at)
                except ChannelFault:
                    continue  # its fault was told

    # --- helpers --------------------------------------------------------------------------------------------------

    def _position(self) -> int:
        """Samples, of this moment: between the last tick and the next."""
        return self._at + min(self._since_tick(), TICK_SAMPLES) if self._ticks else 0

    def _since_tick(self) -> int:
        """Samples since the newest of the last tick was there."""
        return max(round((self._kernel.now_s() - self._ticked_s) * RATE_HZ), 0)

    @contextmanager
    def _watching(self, port: Port) -> Iterator[None]:
        """A card that goes away takes its own ports out of service and no others."""
        try:
            yield
        except ChannelFault as why:
            self._signals += port.lose(self._position(), str(why))

    def _taken(self, port: int) -> Sequence[Port]:
        """The port, or none while the board is closed."""
        return self._ports[port : port + 1]

    def _check(self, port: int, needed: Capability = Capability.NONE, what: str = "") -> None:
        if not 0 <= port < len(self.ports):
            raise ValueError(f"there is no port {port}: the board has {len(self.ports)}, from 0 on")
        info = self.ports[port]
        if needed and not info.capabilities & needed:
            raise Unsupported(f"port {port} cannot {what} (it is {info.kind.name})")
