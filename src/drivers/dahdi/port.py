"""One port of the board: a channel while we have it, its frames on the way in and out, its facts."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from drivers.base import RATE_HZ, CasBits, Hook, LineState, PortKind, Signal, Unsupported
from drivers.dahdi.abi import Flush, HookOperation, KernelEvent, RxHook
from drivers.dahdi.channel import BUFFERS, FRAME_BYTES, Channel, Gate
from drivers.dahdi.facts import NO_BATTERY, PortFacts
from drivers.dahdi.kernel import Kernel
from drivers.dahdi.words import ChannelFault

DEAF_SAMPLES: Final = 2 * RATE_HZ  # the kernel tells no rings for so long after opening (RING_DEBOUNCE_TIME)
DEBOUNCE_SAMPLES: Final = 600 * RATE_HZ // 1000  # so long after a seizure the kernel tells no open loop (debouncetime)
IDLE_BITS: Final = 0b1011  # China: c = d = 1 (line-signalling of GF002-9002); ITU-T Q.421 has 10 for a, b as well
TRANSIENT_SAMPLES: Final = 300 * RATE_HZ // 1000  # assumed: so long after a release the copper may look like ringing
EVENTS_MAX: Final = 128  # twice the kernel's queue: an event storm does not hold up the others


@dataclass(slots=True)
class Counters:
    """Of all ports together, since the board was opened."""

    overruns: int = 0
    slips: int = 0
    late: int = 0


class Port:
    """`channel` is None while the port is out of service. Raises ChannelFault when the card was removed."""

    def __init__(self, kernel: Kernel, number: int, port: int, kind: PortKind, counters: Counters) -> None:
        self.number: Final = number
        self.port: Final = port
        self.kind: Final = kind
        self.channel: Channel | None = None
        self.facts = PortFacts(port, kind)
        self.frames: Final[deque[bytes]] = deque()
        self.overrun = False  # samples were lost since somebody looked
        self._kernel: Final = kernel
        self._counters: Final = counters
        self._queue_empty = True  # the kernel has nothing of ours to send
        self._dialling = False  # the kernel dials; a frame written now would stop it
        self._wants_off_at: int | None = None  # samples; the guard time holds a seizure back
        self._wants_flash = self._wants_ring = self._rings = False
        self._released_at: int | None = None
        self._settled_at = 0  # samples; from here on a ring is a ring
        self._looks_until = 0  # until here we look for rings, which the kernel does not tell
        self._looks_at_loop_until = 0  # and until here for an open loop

    # --- coming and going -----------------------------------------------------------------------------------------

    def take(self, at: int) -> Sequence[Signal]:
        """Bind the channel; what already goes on there. Raises ChannelFault."""
        self.channel = channel = Channel(self._kernel, self.number, self.port, self.kind)
        self.frames.clear()
        self._queue_empty = True
        self._dialling = self._wants_flash = self._wants_ring = self._rings = self.overrun = False
        self._wants_off_at = self._released_at = None
        self._settled_at, self._looks_until, self._looks_at_loop_until = at, at + DEAF_SAMPLES, 0
        found = list(self.facts.restored(at))
        self.facts = PortFacts(self.port, self.kind)
        found += self.facts.found(channel.params(), at)
        if self.facts.lifted:
            channel.hook(HookOperation.OFFHOOK)
        if self.kind is PortKind.E1_CAS:  # the kernel tells changes only, and its own idle may be another plan's
            channel.set_cas_bits(IDLE_BITS)
            found.append(CasBits(self.port, at, channel.cas_bits()))
        return found

    def give_back(self) -> None:
        if self.channel is not None:
            self.channel.close()
            self.channel = None

    def lose(self, at: int, why: str) -> Sequence[Signal]:
        """The card is gone, and the line with it."""
        if self.channel is not None:
            self.channel.drop()
            self.channel = None
        self.frames.clear()
        self.facts.fault = ""  # a removed card is worse than the battery that failed before
        return self.facts.failed(at, why)

    # --- the kernel's side ----------------------------------------------------------------------------------------

    def listen(self, at: int) -> list[Signal]:
        """Fetch all events and all frames that are there."""
        assert self.channel is not None
        signals: list[Signal] = []
        for _ in range(BUFFERS + EVENTS_MAX):
            match self.channel.read():
                case Gate(event=True):
                    signals += self.events(at)
                case Gate():
                    break
                case frame if len(frame) == FRAME_BYTES:
                    self.frames.append(frame)
                case _:
                    self._counters.slips += 1  # half a buffer: the frames would no longer be aligned
        return signals

    def events(self, at: int) -> list[Signal]:
        channel = self.channel
        assert channel is not None
        signals: list[Signal] = []
        for _ in range(EVENTS_MAX):
            event = channel.event()
            if event == KernelEvent.NONE:
                break
            if event == KernelEvent.REMOVED:
                raise ChannelFault(f"channel {self.number} was removed")
            if event == KernelEvent.RINGBEGIN and at < self._settled_at:
                continue  # if it rings, we shall see it
            self._react(channel, event)
            params = channel.params() if event == KernelEvent.ALARM else None
            bits = channel.cas_bits() if event == KernelEvent.BITSCHANGED else 0
            signals += self.facts.taken(event, at, params, bits)
        return signals

    def _react(self, channel: Channel, event: int) -> None:
        match event:
            case KernelEvent.READ_OVERRUN:
                self.overrun = True
            case KernelEvent.WRITE_UNDERRUN:
                self._queue_empty = True
            case KernelEvent.DIALCOMPLETE:
                self._dialling = False
            case KernelEvent.RINGOFFHOOK if self.kind is PortKind.FXS:
                self._wants_ring = self._rings = False
                channel.hook(HookOperation.OFFHOOK)  # or it goes on ringing in the talker's ear
            case KernelEvent.ONHOOK if self.kind is PortKind.FXS:
                channel.hook(HookOperation.RINGOFF)

    # --- the house's side -----------------------------------------------------------------------------------------

    def speak(self, frame: bytes, *, ahead: bytes, behind: bool, at: int) -> Sequence[Signal]:
        """Queue one frame, and `ahead` of it if the queue is empty. `behind`: more ticks wait already, so a frame for
        an empty queue comes too late.
        """
        channel = self.channel
        if channel is None or self._dialling:
            return ()
        signals: list[Signal] = []
        for _ in range(EVENTS_MAX):
            if self._queue_empty and behind:
                self._counters.late += 1
                return signals
            pads = self._queue_empty and ahead
            gate = channel.write(ahead if pads else frame)
            if gate.event:
                signals += self.events(at)
            elif gate.busy:  # a clock of its own, slower than the board's
                self._counters.slips += 1
                self.forget_written()
            else:
                self._queue_empty = False
                if not pads:
                    break
        return signals

    def forget_written(self) -> None:
        """The next frame begins an empty queue."""
        if self.channel is not None and not self._dialling:
            self.channel.flush(Flush.WRITE)
            self._queue_empty = True

    def hook(self, position: Hook, at: int, guard_samples: int) -> None:
        """RINGOFF is ONHOOK without its other half: the kernel's `dahdi_hangup` also empties the channel's buffers, and a
        port that loses part of a frame would hold up all others. A telephone gets no break of its battery by it; in the
        300 ms after such a break the kernel would not tell that the handset was replaced.
        """
        channel = self.channel
        if channel is None:
            return
        if self.kind is PortKind.E1_CAS:
            _hook_by_bits(channel, position)
            return
        if position is Hook.ON:
            self._wants_off_at = None
            self._wants_flash = self._wants_ring = self._rings = self._dialling = False
            self._released_at, self._looks_at_loop_until = at, 0
            self._settled_at = at + TRANSIENT_SAMPLES
            self._looks_until = self._settled_at + TRANSIENT_SAMPLES
            self.facts.on_hook()
            channel.hook(HookOperation.RINGOFF)
            return
        free_at = at if self._released_at is None else max(self._released_at + guard_samples, at)
        self._wants_off_at = free_at
        self.settle(at)

    def flash(self) -> None:
        self._wants_flash = True

    def ring(self, *, on: bool) -> None:
        """Nothing is done when the telephone is off hook, or rings already; `HookChanged` tells which."""
        channel = self.channel
        if channel is None or self.facts.lifted:
            return
        self._wants_ring = on and not self._rings
        self._rings = self._rings and on
        if on:
            self._ring(channel)
        else:
            channel.hook(HookOperation.RINGOFF)

    def _ring(self, channel: Channel) -> None:
        """Busy for 0.8 s after somebody closed the channel while its telephone was off hook."""
        if self._wants_ring and channel.hook(HookOperation.RING).done:
            self._wants_ring, self._rings = False, True

    def dial(self, digits: str, *, pulse: bool) -> None:
        if self.channel is not None:
            self.channel.dial(digits, pulse=pulse)
            self._dialling = True

    def settle(self, at: int) -> Sequence[Signal]:
        """What had to wait: a seizure for its guard time, a flash for the debounce time, a bell for its battery; and
        what the kernel does not tell: rings just after opening, a loop that opens just after a seizure, and its end.
        """
        channel = self.channel
        if channel is None:
            return ()
        if self._wants_off_at is not None and at >= self._wants_off_at and channel.hook(HookOperation.OFFHOOK).done:
            self._wants_off_at = self._released_at = None
            self._looks_at_loop_until = at + DEBOUNCE_SAMPLES
        if self._wants_flash and channel.hook(HookOperation.FLASH).done:
            self._wants_flash = False
        self._ring(channel)
        return self._looked(channel, at) if self.kind is PortKind.FXO else ()

    def _looked(self, channel: Channel, at: int) -> Sequence[Signal]:
        for_rings = self._settled_at <= at < self._looks_until
        for_the_loop = at <= self._looks_at_loop_until and not self.facts.fault
        if not (for_rings or for_the_loop or self.facts.open_since is not None):
            return ()
        seen = channel.params().rxhooksig
        signals: list[Signal] = []
        if for_rings:
            signals += self.facts.looked(at, rings=seen == RxHook.RING)
        if seen != RxHook.ONHOOK:
            signals += self.facts.battery_is_back(at)
        elif for_the_loop:
            signals += self.facts.loop_opened(at)
        return signals

    def state(self) -> LineState:
        facts, channel = self.facts, self.channel
        if channel is None:
            return LineState(port=self.port, hook=Hook.ON, ringing=False, battery=False, fault=facts.fault)
        params = channel.params()
        volts = channel.volts()
        lifted = facts.lifted if self.kind is PortKind.FXS else params.txhooksig == 1
        return LineState(
            port=self.port,
            hook=Hook.OFF if lifted else Hook.ON,
            ringing=params.rxhooksig == RxHook.RING if self.kind is PortKind.FXO else False,
            battery=facts.fault != NO_BATTERY and facts.open_since is None,
            reversed=facts.reversed,
            volts=volts,
            fault=facts.fault,
        )


def _hook_by_bits(channel: Channel, position: Hook) -> None:
    """A time slot has no hook. Idle is idle whoever called; off hook is another pattern for a seizure and an answer."""
    if position is Hook.OFF:
        raise Unsupported(
            f"port {channel.port} has no hook: channel {channel.number} is a time slot, seize by its bits"
        )
    channel.set_cas_bits(IDLE_BITS)
