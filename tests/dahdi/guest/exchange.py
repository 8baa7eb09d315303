"""The far ends of the wires in the guest: the exchange's line circuits and a telephone, by DAHDI's own ioctls.

They move with the board's ticks: `step` once for each of them.
"""

import errno
import os
from collections import deque
from collections.abc import Callable
from time import monotonic

import numpy as np
from numpy.typing import NDArray

from drivers.base import RATE_HZ, TICK_SAMPLES
from drivers.dahdi import abi, zone
from drivers.dahdi.abi import HookOperation, Ioctl, KernelEvent, RxHook, Signalling
from drivers.dahdi.kernel import LinuxKernel

KERNEL = LinuxKernel()
DEAF_MS = 2000  # the kernel swallows bursts for so long after opening and hanging up
FRAME = 2 * TICK_SAMPLES
SILENCE = bytes(FRAME)
FRAME_S = TICK_SAMPLES / RATE_HZ
CATCH_UP_S, HELD_UP_S = 2e-5, 0.1  # we look late at times, never early; after a hold-up frames may be lost


def control(request: Ioctl, argument: bytearray) -> bytearray:
    """One ioctl on /dev/dahdi/ctl."""
    fd = KERNEL.open("/dev/dahdi/ctl")
    try:
        KERNEL.ioctl(fd, request, argument)
    finally:
        KERNEL.close(fd)
    return argument


def configure(channel: int, signalling: Signalling) -> None:
    control(Ioctl.CHANCONFIG, bytearray(abi.CHANNEL_CONFIG.pack(channel, b"", signalling, abi.Law.A, 0, 9, b"")))


def start_span(span: int, *, digital: bool) -> None:
    config = abi.LineConfig.ESF | abi.LineConfig.B8ZS if digital else 0
    control(Ioctl.SPANCONFIG, bytearray(abi.LINE_CONFIG.pack(span, b"", 0, config, 0)))
    control(Ioctl.STARTUP, abi.integer(span))


class FarEnd:
    """One channel of ours. Says frames, hears frames, knows what the other end does."""

    def __init__(self, channel: int) -> None:
        zone.load_if_missing(KERNEL)
        self.channel = channel
        self.fd = KERNEL.open("/dev/dahdi/channel")
        self._int(Ioctl.SPECIFY, channel)
        buffers = abi.BUFFERINFO.pack(abi.POLICY_IMMEDIATE, abi.POLICY_IMMEDIATE, 8, TICK_SAMPLES, 0, 0)
        KERNEL.ioctl(self.fd, Ioctl.SET_BUFINFO, bytearray(buffers))
        self._int(Ioctl.SETLINEAR, 1)
        self._int(Ioctl.FLUSH, abi.Flush.ALL)
        self.events: list[int] = []
        self.heard: NDArray[np.int16] = np.zeros(TICK_SAMPLES, np.int16)
        self.heard_at_s = 0.0  # when its newest sample was there
        self.said_at_s = 0.0  # when the first sample of what is being said is on the copper
        self.record: list[NDArray[np.int16]] | None = None
        self.ear: Callable[[NDArray[np.int16]], object] | None = None
        self.answered = False
        self._say: deque[bytes] = deque()
        self._queued = False

    def close(self) -> None:
        KERNEL.close(self.fd)

    def step(self) -> None:
        while True:
            try:
                frame = np.frombuffer(KERNEL.read(self.fd, FRAME), np.int16)
            except OSError as why:
                if why.errno == abi.ELAST:  # an event waits
                    self._events()
                    continue
                if why.errno == errno.EAGAIN:
                    break
                raise
            self.heard = frame
            now_s, due_s = monotonic(), self.heard_at_s + FRAME_S
            self.heard_at_s = min(due_s + CATCH_UP_S, now_s) if now_s < due_s + HELD_UP_S else now_s
            if self.ear is not None:
                self.ear(frame)
            if self.record is not None:
                self.record.append(frame)
            self._speak()

    def _speak(self) -> None:
        """One frame for each that was heard."""
        if not self._say:
            self._queued = False
            return
        if not self._queued:
            self._write(SILENCE)
            self._queued = True
            self.said_at_s = monotonic() + FRAME_S
        self._write(self._say.popleft())

    def say(self, samples: NDArray[np.int16]) -> None:
        padded = np.pad(samples, (0, -samples.size % TICK_SAMPLES)).astype(np.int16)
        self._say.extend(frame.tobytes() for frame in padded.reshape(-1, TICK_SAMPLES))

    def align(self) -> None:
        """Its frames begin now: ends that are aligned one after the other have theirs ready at the same time."""
        self._int(Ioctl.FLUSH, abi.Flush.READ)

    def hush(self) -> None:
        self._say.clear()

    def hook(self, operation: HookOperation) -> bool:
        """Whether the state allowed it."""
        try:
            self._int(Ioctl.HOOK, operation)
        except OSError as why:
            if why.errno not in {errno.EINPROGRESS, errno.EBUSY}:
                raise
            return why.errno == errno.EINPROGRESS
        return True

    def polarity(self, *, reversed_: bool) -> None:
        self._int(Ioctl.SETPOLARITY, int(reversed_))

    def cas(self, bits: int) -> None:
        self._int(Ioctl.SETTXBITS, bits)

    def dial(self, digits: str) -> None:
        raw = abi.DIAL_OPERATION.pack(abi.DIAL_REPLACE, digits.encode())
        KERNEL.ioctl(self.fd, Ioctl.DIAL, bytearray(raw))

    def params(self) -> abi.Params:
        raw = bytearray(abi.PARAMS.size)
        KERNEL.ioctl(self.fd, Ioctl.GET_PARAMS, raw)
        return abi.params_from(raw)

    @property
    def rings(self) -> bool:
        """Of a telephone: its bell, now; the kernel's events are silent for 2 s after it was replaced."""
        return self.params().rxhooksig == RxHook.RING

    def house_is_off_hook(self) -> bool:
        return self.params().rxhooksig == RxHook.OFFHOOK

    def _events(self) -> None:
        while True:
            raw = abi.integer()
            KERNEL.ioctl(self.fd, Ioctl.GETEVENT, raw)
            if not (event := abi.value_of(raw)):
                return
            self.events.append(event)
            self._react(event)

    def _react(self, event: int) -> None:
        """As an exchange's line circuit does."""
        if not self.params().sigtype & abi.FXO_SIGNALLING:
            return
        if event == KernelEvent.RINGOFFHOOK:
            self.answered = True
            self.hook(HookOperation.OFFHOOK)
        elif event == KernelEvent.ONHOOK:
            self.answered = False
            self.hook(HookOperation.ONHOOK)

    def _write(self, frame: bytes) -> None:
        for _ in range(100):
            try:
                os.write(self.fd, frame)
            except OSError as why:
                if why.errno != abi.ELAST:
                    raise
                self._events()
            else:
                return

    def _int(self, request: Ioctl, value: int) -> None:
        KERNEL.ioctl(self.fd, request, abi.integer(value))


# --- benches --------------------------------------------------------------------------------------------------------


def local_spans(channels: int) -> tuple[int, int]:
    """Two crossed spans; the first channel of each."""
    firsts = []
    known = _channels()
    for end in (0, 1):
        raw = bytearray(abi.DYNAMIC_SPAN.pack(b"loc", f"1:{end}".encode(), channels, 0, 0))
        control(Ioctl.DYNAMIC_CREATE, raw)
        span = abi.DYNAMIC_SPAN.unpack(raw)[4]
        firsts.append(known + 1)
        known += channels
        start_span(span, digital=True)
    return firsts[0], firsts[1]


def _channels() -> int:
    number = 0
    while True:
        raw = bytearray(abi.PARAMS.size)
        raw[:4] = abi.integer(number + 1)
        try:
            control(Ioctl.GET_PARAMS, raw)
        except OSError:
            return number
        number += 1
