"""One DAHDI channel that we have taken: its descriptor and what can be asked of it. Counts nothing, decides nothing.

Errors the hardware foresees (busy, in progress, an event waits) are states, not exceptions; a channel that is gone
raises `ChannelFault`.
"""

import errno
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

import numpy as np

from drivers.base import TICK_SAMPLES, PortKind, Unsupported
from drivers.dahdi import abi, words
from drivers.dahdi.abi import DIAL_OPERATION, HookOperation, Ioctl, Params
from drivers.dahdi.kernel import Kernel
from drivers.dahdi.words import ChannelFault
from dsp import g711

BUFFERS: Final = 8  # 160 ms that we may be held up without losing a sample
FRAME_BYTES: Final = 2 * TICK_SAMPLES
_LACKS: Final = frozenset({errno.ENOTTY, errno.ENOSYS, errno.EINVAL, errno.ENODEV, errno.EOPNOTSUPP})


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """What may go on with a channel after a call: it was done, it is busy, or an event must be fetched first."""

    done: bool = False
    busy: bool = False
    event: bool = False


DONE: Final = Gate(done=True)
BUSY: Final = Gate(busy=True)
EVENT_FIRST: Final = Gate(event=True)


class Channel:
    """Taken until `close`. Raises ChannelFault when it cannot be had."""

    def __init__(self, kernel: Kernel, number: int, port: int, kind: PortKind) -> None:
        self.number: Final = number
        self.port: Final = port
        self.kind: Final = kind
        self._kernel: Final = kernel
        self.fd: Final = _bound(kernel, number, kind)
        try:
            self._set_up()
        except OSError as why:
            kernel.close(self.fd)
            raise ChannelFault(f"channel {number} could not be set up: {why.strerror}") from why
        except ChannelFault:
            kernel.close(self.fd)
            raise
        kernel.watch(self.fd)

    def _set_up(self) -> None:
        if (complaint := words.wrong_signalling(self.number, self.kind, self.params().sigtype)) is not None:
            raise ChannelFault(complaint)
        buffers = abi.BUFFERINFO.pack(abi.POLICY_IMMEDIATE, abi.POLICY_IMMEDIATE, BUFFERS, TICK_SAMPLES, 0, 0)
        self._kernel.ioctl(self.fd, Ioctl.SET_BUFINFO, bytearray(buffers))
        self._int(Ioctl.SETLINEAR, 1)
        self._int(Ioctl.BUFFER_EVENTS, 1)
        self._int(Ioctl.FLUSH, abi.Flush.ALL)

    def close(self) -> None:
        """On hook, echo canceller off, given back. Never raises."""
        for request, value in ((Ioctl.HOOK, HookOperation.ONHOOK), (Ioctl.ECHOCANCEL, 0)):
            with suppress(OSError):  # it is gone, or has no hook (CAS): closing it does the rest
                self._int(request, value)
        self.drop()

    def drop(self) -> None:
        """Given back as it is: there is nothing behind it any more."""
        for step in (self._kernel.forget, self._kernel.close):
            with suppress(OSError):  # the system took it away first
                step(self.fd)

    # --- audio ----------------------------------------------------------------------------------------------------

    def read(self) -> bytes | Gate:
        """The next 320 bytes, or why there are none. Raises ChannelFault when the card was removed."""
        try:
            return self._kernel.read(self.fd, FRAME_BYTES)
        except OSError as why:
            return self._gate(why)

    def write(self, frame: bytes) -> Gate:
        """Busy: the queue is full. Raises ChannelFault when the card was removed."""
        try:
            self._kernel.write(self.fd, frame)
        except OSError as why:
            return self._gate(why)
        return DONE

    def flush(self, what: abi.Flush) -> None:
        self._int(Ioctl.FLUSH, what)

    def _gate(self, why: OSError) -> Gate:
        match why.errno:
            case abi.ELAST:
                return EVENT_FIRST
            case errno.EAGAIN | errno.EINTR:
                return BUSY
            case _:
                raise ChannelFault(f"channel {self.number} was removed ({why.strerror})") from why

    # --- state ----------------------------------------------------------------------------------------------------

    def event(self) -> int:
        """The next one, 0 if there is none. Raises ChannelFault when the card was removed."""
        try:
            return self._asked(Ioctl.GETEVENT)
        except OSError as why:
            raise ChannelFault(f"channel {self.number} was removed ({why.strerror})") from why

    def params(self) -> Params:
        """Raises ChannelFault when the card was removed."""
        raw = bytearray(abi.PARAMS.size)
        try:
            self._kernel.ioctl(self.fd, Ioctl.GET_PARAMS, raw)
        except OSError as why:
            raise ChannelFault(f"channel {self.number} was removed ({why.strerror})") from why
        return abi.params_from(raw)

    def cas_bits(self) -> int:
        return self._asked(Ioctl.GETRXBITS)

    def volts(self) -> float | None:
        """Across the line, from cards of the wctdm family; None from others."""
        raw = bytearray(abi.CARD_VOLTAGES.size)
        try:
            self._kernel.ioctl(self.fd, Ioctl.WCTDM_GET_STATS, raw)
        except OSError:
            return None
        _, _, battery_mv = abi.CARD_VOLTAGES.unpack(raw)
        return float(battery_mv) / 1000

    # --- commands -------------------------------------------------------------------------------------------------

    def hook(self, operation: HookOperation) -> Gate:
        """Busy: the port's state does not allow it now."""
        try:
            self._int(Ioctl.HOOK, operation)
        except OSError as why:
            match why.errno:
                case errno.EINPROGRESS:
                    return DONE
                case errno.EBUSY:
                    return BUSY
                case errno.EINVAL:
                    raise Unsupported(
                        f"port {self.port} has no hook: channel {self.number} is no telephone line"
                    ) from why
                case errno.ENODATA:
                    raise Unsupported(
                        f"port {self.port} cannot ring: the kernel has no tone zone; write loadzone=cn and defaultzone=cn"
                        " into /etc/dahdi/system.conf and run dahdi_cfg"
                    ) from why
                case _:
                    raise ChannelFault(f"channel {self.number} was removed ({why.strerror})") from why
        return DONE

    def set_flash_ms(self, length_ms: int) -> None:
        raw = bytearray(abi.PARAMS.size)
        self._kernel.ioctl(self.fd, Ioctl.GET_PARAMS, raw)
        raw[abi.PARAMS_FLASHTIME_AT : abi.PARAMS_FLASHTIME_AT + 4] = abi.integer(length_ms)
        self._kernel.ioctl(self.fd, Ioctl.SET_PARAMS, raw)

    def dial(self, digits: str, *, pulse: bool) -> None:
        order = ("P" if pulse else "T") + digits
        raw = bytearray(DIAL_OPERATION.pack(abi.DIAL_REPLACE, order.encode("ascii")))
        self._optional("dial by itself (is a tone zone loaded?)", lambda: self._kernel.ioctl(self.fd, Ioctl.DIAL, raw))

    def set_polarity(self, *, reversed_: bool) -> None:
        self._optional("reverse its polarity", lambda: self._int(Ioctl.SETPOLARITY, int(reversed_)))

    def set_cas_bits(self, bits: int) -> None:
        self._optional("signal CAS bits", lambda: self._int(Ioctl.SETTXBITS, bits))

    def echo_cancel(self, taps: int) -> None:
        """8 taps are 1 ms; 0 is off."""
        self._optional("cancel echo: no canceller is attached", lambda: self._int(Ioctl.ECHOCANCEL, taps))

    def gain(self, law: int, rx_db: float, tx_db: float) -> None:
        """Tables in the channel's own law, which is where the kernel applies them."""
        decode, encode = (
            (g711.ulaw_decode, g711.ulaw_encode) if law == abi.Law.MU else (g711.alaw_decode, g711.alaw_encode)
        )
        codes = np.arange(256, dtype=np.uint8)

        def table(gain_db: float) -> bytes:
            if not gain_db:
                return codes.tobytes()
            scaled = np.rint(decode(codes) * 10 ** (gain_db / 20))
            return encode(np.clip(scaled, -32768, 32767).astype(np.int16)).tobytes()

        raw = bytearray(abi.GAINS.pack(0, table(rx_db), table(tx_db)))
        self._optional("change its gain", lambda: self._kernel.ioctl(self.fd, Ioctl.SETGAINS, raw))

    def _optional(self, what: str, call: Callable[[], None]) -> None:
        try:
            call()
        except OSError as why:
            if why.errno in _LACKS | {errno.ENODATA}:
                raise Unsupported(f"port {self.port} (channel {self.number}) cannot {what}") from why
            raise ChannelFault(f"channel {self.number}: {why.strerror}") from why

    def _int(self, request: Ioctl, value: int) -> None:
        self._kernel.ioctl(self.fd, request, abi.integer(value))

    def _asked(self, request: Ioctl) -> int:
        raw = abi.integer()
        self._kernel.ioctl(self.fd, request, raw)
        return abi.value_of(raw)


def _bound(kernel: Kernel, number: int, kind: PortKind) -> int:
    try:
        fd = kernel.open(words.CHANNEL)
    except OSError as why:
        raise ChannelFault(words.no_device(words.CHANNEL, why)) from why
    try:
        kernel.ioctl(fd, Ioctl.SPECIFY, abi.integer(number))
    except OSError as why:
        kernel.close(fd)
        raise ChannelFault(words.not_bound(number, kind, why)) from why
    return fd
