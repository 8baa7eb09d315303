"""DAHDI as its fact sheet describes it, in virtual time: analogue channels, and the exchange behind them in the test's hands.

Behind `drivers.dahdi.kernel.Kernel`. What it does was seen on the real kernel, on which the same suites run (`guest/`).
"""

import errno
import struct
from collections import deque

import numpy as np
from numpy.typing import NDArray

from drivers.dahdi import abi
from drivers.dahdi.abi import HookOperation, Ioctl, KernelEvent, RxHook, Signalling
from drivers.dahdi.kernel import EVENT, GONE, READABLE

MS = 8  # samples
RING_DEBOUNCE_MS = 2000  # RING_DEBOUNCE_TIME of the kernel
NUMBERS = {request.value: request for request in Ioctl}


def oserror(number: int) -> OSError:
    return OSError(number, errno.errorcode.get(number, str(number)))


class FakeChannel:
    """One channel and its far end."""

    def __init__(self, number: int, sigtype: int, law: int = abi.Law.A) -> None:
        self.number = number
        self.sigtype = sigtype
        self.law = law
        self.present = True
        self.open = False
        self.events: deque[int] = deque()
        self.rx: deque[bytes] = deque()
        self.tx: deque[NDArray[np.int16]] = deque()
        self.buffers = 2
        self.off_hook = False
        self.alarms = 0
        self.rxhook = RxHook.OFFHOOK if sigtype & abi.FXS_SIGNALLING else RxHook.ONHOOK
        self.txbits = self.rxbits = 0b1001
        self.hooks: list[int] = []
        self.requests: list[tuple[Ioctl, bytes]] = []
        self.busy: set[int] = set()  # hook operations that are refused now
        self.lacks: set[Ioctl] = set()
        self.dialling_ms = 0
        self.muted_ms = RING_DEBOUNCE_MS
        # the far end
        self.rings_since: int | None = None  # ms
        self.said = np.zeros(0, np.int16)
        self.heard = np.zeros(160, np.int16)
        self._filling = np.zeros(0, np.int16)
        self._starved = self._full = False
        self._trailer_ms = 0

    def says(self, samples: NDArray[np.int16]) -> None:
        self.said = samples

    def event(self, code: int) -> None:
        if self.open:
            self.events.append(code)

    def step(self, now_ms: int) -> None:
        """One millisecond."""
        if not (self.open and self.present):
            return
        self.muted_ms = max(self.muted_ms - 1, 0)
        self._ring(now_ms)
        self._send()
        self._receive()
        if self.dialling_ms:
            self.dialling_ms -= 1
            if not self.dialling_ms:
                self.event(KernelEvent.DIALCOMPLETE)

    def _ring(self, now_ms: int) -> None:
        if not self.sigtype & abi.FXS_SIGNALLING:
            return
        if self.off_hook:
            self.rings_since = None
        bursts = self.rings_since is not None and (now_ms - self.rings_since) % 5000 < 1000
        if bursts and self.rxhook != RxHook.RING:
            self.rxhook = RxHook.RING
            if not self.muted_ms:
                self.event(KernelEvent.RINGBEGIN)
        elif not bursts and self.rxhook == RxHook.RING:
            self.rxhook = RxHook.OFFHOOK
            self._trailer_ms = 50
        elif self._trailer_ms:
            self._trailer_ms -= 1
            if not self._trailer_ms and not self.muted_ms:
                self.event(KernelEvent.RINGOFFHOOK)

    def _send(self) -> None:
        if self.tx:
            head = self.tx[0]
            sent, rest = head[:MS], head[MS:]
            if rest.size:
                self.tx[0] = rest
            else:
                self.tx.popleft()
            self._starved = False
        else:
            sent = np.zeros(MS, np.int16)
            if not self._starved:
                self.event(KernelEvent.WRITE_UNDERRUN)
            self._starved = True
        self.heard = np.concatenate((self.heard, sent))[-160:]

    def _receive(self) -> None:
        said = self.said[:MS] if self.off_hook else np.zeros(0, np.int16)
        self.said = self.said[said.size :]
        self._filling = np.concatenate((self._filling, np.pad(said, (0, MS - said.size))))
        if self._filling.size < 160:
            return
        if len(self.rx) < self.buffers:
            self.rx.append(self._filling.tobytes())
            self._full = False
        elif not self._full:
            self.event(KernelEvent.READ_OVERRUN)
            self._full = True
        self._filling = np.zeros(0, np.int16)

    def hang_up(self) -> None:
        """`dahdi_hangup` empties all buffers."""
        self.rx.clear()
        self.tx.clear()
        self._filling = self._filling[:0]

    def mask(self) -> int:
        if not self.present:
            return GONE | EVENT
        return (READABLE if self.rx else 0) | (EVENT if self.events else 0)


class FakeKernel:
    """Virtual time: it goes on while somebody waits, and by `pass_ms`."""

    def __init__(self, *channels: FakeChannel) -> None:
        self.channels = {channel.number: channel for channel in channels}
        self.ms = 0
        self.refuses: dict[str, int] = {}  # path -> errno
        self.zones = 0
        self.fds: dict[int, FakeChannel | None] = {}
        self.paths: dict[int, str] = {}
        self.watched: list[int] = []
        self._next_fd = 100

    def pass_ms(self, count: int) -> None:
        for _ in range(count):
            self.ms += 1
            for channel in self.channels.values():
                channel.step(self.ms)

    # --- Kernel -----------------------------------------------------------------------------------------------------

    def open(self, path: str) -> int:
        if path in self.refuses:
            raise oserror(self.refuses[path])
        self._next_fd += 1
        self.fds[self._next_fd] = None
        self.paths[self._next_fd] = path
        return self._next_fd

    def close(self, fd: int) -> None:
        channel = self.fds.pop(fd)
        if channel is not None:
            channel.open = channel.off_hook = False
            channel.events.clear()
            channel.rx.clear()
            channel.tx.clear()

    def watch(self, fd: int) -> None:
        self.watched.append(fd)

    def forget(self, fd: int) -> None:
        self.watched.remove(fd)

    async def ready(self) -> list[tuple[int, int]]:
        for _ in range(1000):
            if found := [(fd, mask) for fd in self.watched if (c := self.fds[fd]) is not None and (mask := c.mask())]:
                return found
            self.pass_ms(1)
        raise TimeoutError("nothing happened for a second")

    def now_s(self) -> float:
        return self.ms / 1000

    def read(self, fd: int, size: int) -> bytes:
        channel = self._alive(fd)
        if channel.events:
            raise oserror(abi.ELAST)
        if not channel.rx:
            raise oserror(errno.EAGAIN)
        return channel.rx.popleft()[:size]

    def write(self, fd: int, data: bytes) -> int:
        channel = self._alive(fd)
        channel.dialling_ms = 0  # as the kernel does
        if channel.events:
            raise oserror(abi.ELAST)
        if len(channel.tx) >= channel.buffers:
            raise oserror(errno.EAGAIN)
        channel.tx.append(np.frombuffer(data, np.int16))
        return len(data)

    def ioctl(self, fd: int, request: int, argument: bytearray) -> None:
        asked = NUMBERS[request]
        if self.paths[fd].endswith("ctl"):
            self._control(asked, argument)
        elif asked is Ioctl.SPECIFY:
            self._specify(fd, abi.value_of(argument))
        else:
            channel = self._alive(fd)
            channel.requests.append((asked, bytes(argument)))
            if asked in channel.lacks:
                raise oserror(errno.ENOTTY)
            self._channel(channel, asked, argument)

    # --- behind it --------------------------------------------------------------------------------------------------

    def _alive(self, fd: int) -> FakeChannel:
        channel = self.fds[fd]
        if channel is None:
            raise oserror(errno.ENOSYS)
        if not channel.present:
            raise oserror(errno.ENODEV)
        return channel

    def _specify(self, fd: int, number: int) -> None:
        channel = self.channels.get(number)
        if channel is None or not channel.present:
            raise oserror(errno.EINVAL)
        if not channel.sigtype:
            raise oserror(errno.ENXIO)
        if channel.open:
            raise oserror(errno.EBUSY)
        channel.open = True
        channel.muted_ms = RING_DEBOUNCE_MS
        self.fds[fd] = channel

    def _control(self, asked: Ioctl, argument: bytearray) -> None:
        match asked:
            case Ioctl.GETVERSION:
                argument[:7] = b"fake-1\0"
            case Ioctl.SPANSTAT:
                if abi.value_of(argument) != 1:
                    raise oserror(errno.ENODEV)
                counts = abi.SPANINFO_COUNTS.pack(3, 0, len(self.channels), len(self.channels), 1)
                abi.SPANINFO.pack_into(argument, 0, 1, b"fake/1", b"fake span", 0)
                argument[abi.SPANINFO_COUNTS_AT : abi.SPANINFO_COUNTS_AT + len(counts)] = counts
            case Ioctl.GET_PARAMS:
                if (channel := self.channels.get(abi.value_of(argument))) is None:
                    raise oserror(errno.EINVAL)
                argument[:] = params_of(channel)
            case Ioctl.LOADZONE:
                self.zones += 1
                if self.zones > 1:
                    raise oserror(errno.EINVAL)
            case Ioctl.DEFAULTZONE | Ioctl.ATTACH_ECHOCAN:
                pass
            case _:
                raise oserror(errno.ENOTTY)

    def _channel(self, channel: FakeChannel, asked: Ioctl, argument: bytearray) -> None:
        value = abi.value_of(argument)
        match asked:
            case Ioctl.GETEVENT:
                argument[:] = abi.integer(channel.events.popleft() if channel.events else 0)
            case Ioctl.GET_PARAMS:
                argument[:] = params_of(channel)
            case Ioctl.HOOK:
                self._hook(channel, HookOperation(value))
            case Ioctl.SET_BUFINFO:
                channel.buffers = abi.BUFFERINFO.unpack(argument)[2]
            case Ioctl.FLUSH if value & abi.Flush.WRITE:
                channel.tx.clear()
            case Ioctl.DIAL:
                channel.dialling_ms = 200 * len(abi.text(abi.DIAL_OPERATION.unpack(argument)[1])[1:])
            case Ioctl.GETRXBITS:
                argument[:] = abi.integer(channel.rxbits)
            case Ioctl.SETTXBITS:
                if channel.sigtype != Signalling.CAS:
                    raise oserror(errno.EINVAL)
                channel.txbits = value
            case Ioctl.WCTDM_GET_STATS:
                argument[:] = struct.pack("=3i", 48_000, 48_000, 48_000)
            case _:
                pass

    def _hook(self, channel: FakeChannel, operation: HookOperation) -> None:
        if channel.sigtype == Signalling.CAS:
            raise oserror(errno.EINVAL)
        if operation in channel.busy:
            raise oserror(errno.EBUSY)
        channel.hooks.append(operation)
        match operation:
            case HookOperation.ONHOOK:
                channel.muted_ms = RING_DEBOUNCE_MS
                channel.off_hook = False
                channel.hang_up()
            case HookOperation.RINGOFF:
                channel.off_hook = False
            case HookOperation.OFFHOOK:
                channel.off_hook = True
            case HookOperation.FLASH | HookOperation.RING:
                raise oserror(errno.EINPROGRESS)


def params_of(channel: FakeChannel) -> bytes:
    times = (50, 50, 150, 750, 1500, 300, 1250, 600, 50, 50, 750)
    return abi.PARAMS.pack(
        channel.number,
        1,
        channel.number,
        channel.sigtype,
        channel.sigtype,
        int(channel.rxhook == RxHook.RING),
        channel.rxbits,
        channel.txbits,
        int(channel.off_hook),
        channel.rxhook,
        channel.law,
        0,
        f"fake/1/{channel.number}".encode(),
        *times,
        channel.alarms,
    )
