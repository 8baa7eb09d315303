"""What the kernel's events of one port mean as raw facts. Remembers what single events do not tell."""

from collections.abc import Sequence
from typing import Final

from drivers.base import (
    RATE_HZ,
    CasBits,
    DialDone,
    Hook,
    HookChanged,
    HookDone,
    HookFlash,
    LineFault,
    LineOk,
    LoopClosed,
    LoopOpen,
    Polarity,
    PortKind,
    PulseDigit,
    RingOff,
    RingOn,
    Signal,
)
from drivers.dahdi.abi import RED_ALARM, KernelEvent, Params, RxHook

FLASH_MS: Final = 750  # the kernel does not tell how long a flash was; this is the middle of its window (rxflashtime)
NO_BATTERY: Final = "no battery: the line is cut or unplugged"


class PortFacts:
    """One port's memory, from opening to closing."""

    def __init__(self, port: int, kind: PortKind) -> None:
        self._port: Final = port
        self._kind: Final = kind
        self.reversed = False
        self.ringing = False
        self.lifted = False  # FXS: the telephone is off hook
        self.open_since: int | None = None  # samples; FXO: battery is gone during our call
        self.fault = ""

    def found(self, params: Params, at: int) -> list[Signal]:
        """How things stand when we come: maybe it rings, maybe a telephone lies beside its cradle."""
        found: list[Signal] = []
        if params.alarms:
            found += self._failed(at, params.alarms)
        if self._kind is PortKind.FXO and params.rxhooksig == RxHook.RING:
            found += self.looked(at, rings=True)
        elif self._kind is PortKind.FXS and params.rxhooksig == RxHook.OFFHOOK:
            self.lifted = True
            found.append(HookChanged(self._port, at, Hook.OFF))
        return found

    def on_hook(self) -> None:
        """We released the line: what was open is our doing now."""
        self.open_since = None

    def taken(self, event: int, at: int, params: Params | None = None, bits: int = 0) -> Sequence[Signal]:
        """The facts in one event; `params` with ALARM, `bits` with BITSCHANGED."""
        port = self._port
        if event & KernelEvent.PULSE_DIGIT:
            return (PulseDigit(port, at, chr(event & 0xFF)),)
        is_line = self._kind is PortKind.FXO
        match event:
            case KernelEvent.RINGBEGIN if is_line:
                return self.looked(at, rings=True)
            case KernelEvent.RINGOFFHOOK if is_line:
                return self.looked(at, rings=False)
            case KernelEvent.ONHOOK if is_line:
                return self.loop_opened(at)
            case KernelEvent.POLARITY:
                self.reversed = not self.reversed
                return (Polarity(port, at, self.reversed),)
            case KernelEvent.RINGOFFHOOK:
                self.lifted = True
                return (HookChanged(port, at, Hook.OFF),)
            case KernelEvent.ONHOOK:
                self.lifted = False
                return (HookChanged(port, at, Hook.ON),)
            case KernelEvent.WINKFLASH:
                return (HookFlash(port, at, FLASH_MS),)
            case KernelEvent.ALARM:
                return self._failed(at, params.alarms if params is not None else RED_ALARM)
            case KernelEvent.NOALARM:
                return self.restored(at)
            case KernelEvent.BITSCHANGED:
                return (CasBits(port, at, bits),)
            case KernelEvent.DIALCOMPLETE:
                return (DialDone(port, at),)
            case KernelEvent.HOOKCOMPLETE:
                return (HookDone(port, at),)
            case _:
                return ()

    def looked(self, at: int, *, rings: bool) -> Sequence[Signal]:
        """Told by an event, or seen by looking while the kernel is deaf; said once."""
        if rings == self.ringing:
            return ()
        self.ringing = rings
        return (RingOn(self._port, at),) if rings else (RingOff(self._port, at),)

    def loop_opened(self, at: int) -> Sequence[Signal]:
        """Told by an event, or seen by looking while the kernel is deaf; said once."""
        if self.open_since is not None:
            return ()
        self.open_since = at
        return (LoopOpen(self._port, at),)

    def battery_is_back(self, at: int) -> Sequence[Signal]:
        """The kernel has no event for it: whoever looks tells us."""
        if self.open_since is None:
            return ()
        open_ms = (at - self.open_since) * 1000 // RATE_HZ
        self.open_since = None
        return (LoopClosed(self._port, at, open_ms),)

    def failed(self, at: int, reason: str) -> Sequence[Signal]:
        """The port is gone, for this reason; said once."""
        if self.fault:
            return ()
        self.fault = reason
        return (LineFault(self._port, at, reason),)

    def restored(self, at: int) -> Sequence[Signal]:
        if not self.fault:
            return ()
        self.fault = ""
        return (LineOk(self._port, at),)

    def _failed(self, at: int, alarms: int) -> Sequence[Signal]:
        if self._kind is PortKind.FXO and alarms & RED_ALARM:
            return self.failed(at, NO_BATTERY)
        return self.failed(at, f"the card reports an alarm ({alarms:#x})")
