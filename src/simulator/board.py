"""A board behind `drivers.base` like a real one: FXO ports whose copper ends at the simulated exchange, then time slots of an
E1 that end there too, then FXS ports with a telephone on each.
"""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, replace
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from drivers.base import (
    TICK_SAMPLES,
    BoardLost,
    Capability,
    Health,
    Hook,
    LineFault,
    LineOk,
    LineState,
    Operations,
    PortInfo,
    PortKind,
    Signal,
    Tick,
    Unsupported,
)
from dsp.levels import to_int16
from simulator.board_settings import settings_from
from simulator.exchange import Exchange
from simulator.extension_model import ExtensionModel
from simulator.extensions import Extensions
from simulator.pace import Pace, RealTime
from simulator.time_slots import TimeSlots
from simulator.trunk_circuit import IDLE

CAPABILITIES: Final = (
    Capability.LOOP_CURRENT
    | Capability.POLARITY_RX
    | Capability.BATTERY_SENSE
    | Capability.ONHOOK_AUDIO
    | Capability.FULL_DUPLEX
    | Capability.COMMON_CLOCK
)
TELEPHONES_STREAM: Final = 1  # of the seed: telephones are the same, however many lines there are
SLOT_CAPABILITIES: Final = Capability.FULL_DUPLEX | Capability.COMMON_CLOCK | Capability.CAS_BITS
TELEPHONE_CAPABILITIES: Final = Capability.RING_GEN | Capability.FULL_DUPLEX | Capability.COMMON_CLOCK


@dataclass(slots=True)
class _Counters:
    ticks: int = 0
    ticks_lost: int = 0
    underruns: int = 0
    frames_dropped: int = 0


class SimulatedBoard(Operations):
    """`exchange` is the world outside, `extensions` what each telephone of the house is like; `pace` says who makes the
    ticks. One at a time may have it open.
    """

    def __init__(
        self,
        exchange: Exchange,
        pace: Pace | None = None,
        *,
        extensions: Sequence[ExtensionModel] = (),
        time_slots: int = 0,
        seed: int = 0,
        transmit_queue_ticks: int = 0,
    ) -> None:
        self.name = "simulated"
        self.exchange: Final = exchange
        self.pace: Final = pace or RealTime()
        self.time_slots: Final = TimeSlots(time_slots, first=exchange.ports, dial_plan=exchange.dial_plan)
        """The trunks: `board.time_slots.dial(0, telephone)`."""
        self._lines: Final = exchange.ports + time_slots  # ports before the telephones
        self.extensions: Final = Extensions(
            extensions, np.random.default_rng([seed, TELEPHONES_STREAM]), first=self._lines
        )
        """The telephones: `board.extensions.telephones[0].lift()`."""
        self.ports: tuple[PortInfo, ...] = (
            *(PortInfo(port, PortKind.FXO, CAPABILITIES) for port in range(exchange.ports)),
            *(PortInfo(port, PortKind.E1_CAS, SLOT_CAPABILITIES) for port in range(exchange.ports, self._lines)),
            *(_telephone(self._lines + number, model) for number, model in enumerate(extensions)),
        )
        self.transmit_delay_samples = transmit_queue_ticks * TICK_SAMPLES
        self._silence: Final = np.zeros((len(self.ports), TICK_SAMPLES), np.int16)
        self._queue: Final[deque[NDArray[np.int16]]] = deque()  # frames on their way to the copper
        self._spoken: NDArray[np.int16] | None = None  # with the tick that was just received
        self._open = False
        self._may_speak = False
        self._base = 0  # the exchange's time when the board was opened
        self._counters = _Counters()
        self._gains: Final = np.ones((2, len(self.ports), 1), np.float32)  # receive, transmit
        self._removed: Final = np.zeros(len(self.ports), np.bool_)
        self._port_facts: Final[list[Signal]] = []
        self._lost = ""
        self._ticking: Final = asyncio.Event()
        self._ticking.set()

    @classmethod
    def from_settings(cls, settings: Mapping[str, object], pace: Pace | None = None) -> Self:
        """`lines`, of which the last `time_slots` are trunks, `extensions`, `seed`, `transmit_queue_ticks`, the fields of `LineModel` for all lines, tables `line_3`
        for one line, a table `telephone` with the fields of `ExtensionModel` for all telephones, tables `extension_2` for
        one, and a table `dial_plan` (see `plan_from`).

        Raises ValueError with every fault on its own line, each naming its key.
        """
        wanted = settings_from(settings)
        exchange = Exchange(wanted.models, np.random.default_rng(wanted.seed), dial_plan=wanted.dial_plan)
        return cls(
            exchange,
            pace,
            extensions=wanted.extensions,
            time_slots=wanted.time_slots,
            seed=wanted.seed,
            transmit_queue_ticks=wanted.transmit_queue_ticks,
        )

    # --- behind the door ------------------------------------------------------------------------------------------

    @asynccontextmanager
    async def open(self) -> AsyncIterator[AsyncIterator[Tick]]:
        if self._lost:
            raise BoardLost(self._lost)
        if self._open:
            raise BoardLost("the simulated board is open already: one house at a time")
        self._open = True
        self._base = self.exchange.now
        self._counters = _Counters()
        self._queue.clear()
        self._queue.extend([self._silence] * (self.transmit_delay_samples // TICK_SAMPLES))
        self._spoken = None
        self.extensions.skip(self.exchange.now - self.extensions.now)
        self.time_slots.skip(self.exchange.now - self.time_slots.now)
        self._power_ports(on=True)
        self.pace.start()
        try:
            async with aclosing(self._ticks()) as ticks:
                yield ticks
        finally:
            self._open = self._may_speak = False
            for port in range(self.exchange.ports):
                self.exchange.hook(port, Hook.ON)
            self._power_ports(on=False)

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
        if self._is_telephone(port):
            raise Unsupported(
                f"port {port} cannot go {position.value} hook: a telephone hangs there, its hook is not ours"
            )
        if self._is_slot(port):
            if position is Hook.OFF:
                raise Unsupported(f"port {port} has no hook: it is a time slot, seize by its bits")
            self.set_cas(port, IDLE)
            return
        if self._open and not self._removed[port]:
            self.exchange.hook(port, position)

    def set_cas(self, port: int, bits: int) -> None:
        self._check(port)
        if not self._is_slot(port):
            super().set_cas(port, bits)
        if self._open and not self._removed[port]:
            self.time_slots.set_cas(port - self.exchange.ports, bits)

    def flash(self, port: int, length_ms: int) -> None:
        self._check(port)
        if self._is_slot(port):
            raise Unsupported(f"port {port} cannot flash for {length_ms} ms: it is a time slot")
        if self._is_telephone(port):
            raise Unsupported(f"port {port} cannot flash for {length_ms} ms: a telephone hangs there, it flashes to us")
        raise Unsupported(
            f"port {port} cannot flash for {length_ms} ms: the simulated exchange has no service behind it"
        )

    def ring(self, port: int, *, on: bool) -> None:
        self._check(port)
        if self._is_telephone(port):
            if self._open and not self._removed[port]:
                self.extensions.ring(port - self._lines, on=on)
            return
        raise Unsupported(f"port {port} cannot {'ring' if on else 'stop ringing'}: no telephone hangs there")

    def gain(self, port: int, *, rx_db: float, tx_db: float) -> None:
        self._check(port)
        self._gains[:, port, 0] = 10 ** (rx_db / 20), 10 ** (tx_db / 20)

    def line_state(self, port: int) -> LineState:
        self._check(port)
        fault = "the port was removed" if self._removed[port] else ""
        if self._is_telephone(port):
            state = self.extensions.line_state(port - self._lines)
            return replace(state, fault=fault or state.fault)
        if self._is_slot(port):
            ours = self.time_slots.house(port - self.exchange.ports)
            hook = Hook.ON if ours == IDLE else Hook.OFF
            return LineState(port=port, hook=hook, ringing=False, battery=True, fault=fault)
        condition = self.exchange.condition(port)
        return LineState(
            port=port,
            hook=condition.hook,
            ringing=condition.ringing,
            battery=condition.battery_v != 0.0,
            reversed=condition.battery_v > 0.0,
            volts=condition.battery_v,
            fault=fault,
        )

    def health(self) -> Health:
        counted = self._counters
        removed = tuple(f"port {port} is removed" for port in np.flatnonzero(self._removed))
        return Health(
            ticks=counted.ticks,
            ticks_late=self.pace.late,
            ticks_lost=counted.ticks_lost,
            underruns=counted.underruns,
            frames_dropped=counted.frames_dropped,
            alarms=((self._lost,) if self._lost else ()) + removed,
        )

    # --- faults on demand -----------------------------------------------------------------------------------------

    def lose(self, reason: str = "the simulated board was pulled out") -> None:
        """The next tick raises BoardLost, and so does `open`, until `restore`."""
        self._lost = reason
        self._ticking.set()

    def fall_silent(self) -> None:
        """No tick comes any more, and no word why, until `restore`."""
        self._ticking.clear()

    def restore(self) -> None:
        """Whatever it was, it is over."""
        self._lost = ""
        self._ticking.set()

    def remove_port(self, port: int) -> None:
        """Pull the port's module: its line is on hook and silent."""
        self._check(port)
        if not self._removed[port]:
            self._removed[port] = True
            if self._is_telephone(port):
                self.extensions.power(port - self._lines, on=False)
            elif self._is_slot(port):
                self.time_slots.power(port - self.exchange.ports, on=False)
            else:
                self.exchange.hook(port, Hook.ON)
            self._port_facts.append(LineFault(port, self._at(), "the port was removed"))

    def return_port(self, port: int) -> None:
        """Put it back."""
        self._check(port)
        if self._removed[port]:
            self._removed[port] = False
            self._port_facts.append(LineOk(port, self._at()))
            if self._is_telephone(port):
                self.extensions.power(port - self._lines, on=self._open)
            elif self._is_slot(port):
                self.time_slots.power(port - self.exchange.ports, on=self._open)

    # --- ticks ----------------------------------------------------------------------------------------------------

    async def _ticks(self) -> AsyncGenerator[Tick, None]:
        while True:
            if not self._ticking.is_set():
                await self._ticking.wait()
            lost = await self.pace.next_tick()
            if self._lost:
                raise BoardLost(self._lost)
            if lost:
                self._counters.ticks_lost += lost
                self.exchange.skip(lost * TICK_SAMPLES)
                self.extensions.skip(lost * TICK_SAMPLES)
                self.time_slots.skip(lost * TICK_SAMPLES)
            tick = self._tick()
            self._may_speak = True
            yield tick
            self._may_speak = False

    def _tick(self) -> Tick:
        if self._spoken is None:
            self._counters.underruns += self._counters.ticks > 0
            self._spoken = self._silence
        self._queue.append(self._spoken)
        self._spoken = None
        receive, transmit = self._gains
        heard, facts = self._step(_amplified(self._queue.popleft(), transmit))
        heard = _amplified(heard, receive)
        if self._removed.any():
            heard[self._removed] = 0
            facts = tuple(fact for fact in facts if not self._removed[fact.port])
        signals = (*self._port_facts, *(replace(fact, at=fact.at - self._base) for fact in facts))
        self._port_facts.clear()
        self._counters.ticks += 1
        return Tick(self._at(), heard, signals)

    def _step(self, spoken: NDArray[np.int16]) -> tuple[NDArray[np.int16], tuple[Signal, ...]]:
        copper = self.exchange.ports
        if copper == len(self.ports):
            return self.exchange.step(spoken)
        heard, facts = self._copper_step(spoken[:copper])
        digital, bits = self.time_slots.step(spoken[copper : self._lines])
        near, told = self.extensions.step(spoken[self._lines :])
        return np.concatenate((heard, digital, near)), tuple(sorted((*facts, *bits, *told), key=lambda fact: fact.at))

    def _copper_step(self, spoken: NDArray[np.int16]) -> tuple[NDArray[np.int16], tuple[Signal, ...]]:
        """A board of time slots alone has none, but the exchange's time goes on."""
        if not self.exchange.ports:
            self.exchange.skip(TICK_SAMPLES)
            return spoken, ()
        return self.exchange.step(spoken)

    def _at(self) -> int:
        return self.exchange.now - self._base

    def _check(self, port: int) -> None:
        if not 0 <= port < len(self.ports):
            raise ValueError(f"there is no port {port}: the board has {len(self.ports)}, from 0 on")

    def _is_telephone(self, port: int) -> bool:
        return port >= self._lines

    def _is_slot(self, port: int) -> bool:
        return self.exchange.ports <= port < self._lines

    def _power_ports(self, *, on: bool) -> None:
        for slot in range(len(self.time_slots)):
            self.time_slots.power(slot, on=on and not self._removed[self.exchange.ports + slot])
        for number in range(len(self.extensions)):
            self.extensions.power(number, on=on and not self._removed[self._lines + number])


def _telephone(port: int, model: ExtensionModel) -> PortInfo:
    flashes = f"it tells flashes of {model.flash_min_ms} to {model.flash_max_ms} ms; a longer one is a replaced handset"
    discs = "breaks shorter than a flash are digits of a disc" if model.pulses else "it takes no digits of a disc"
    pulled = (
        "a telephone that is unplugged is told as a fault"
        if model.line_test_ms
        else "a telephone that is unplugged looks like one that is put down, and rings unanswered"
    )
    return PortInfo(port, PortKind.FXS, TELEPHONE_CAPABILITIES, (flashes, discs, pulled))


def _amplified(frames: NDArray[np.int16], gains: NDArray[np.float32]) -> NDArray[np.int16]:
    """As they are while all gains are 1."""
    if (gains == 1).all():
        return frames
    return to_int16(frames * gains)
