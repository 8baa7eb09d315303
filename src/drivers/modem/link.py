"""The serial port of one modem: pyserial opens and sets it up in a thread, reading and writing never wait.

A modem that is not there, or goes, is words and another try. Missing modem-control lines (pseudo terminals, cheap
adapters) are borne: pyserial asks for them, we do not.
"""

import errno
import os
import select
import termios
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from typing import Final, Protocol

import serial  # type: ignore[import-untyped]  # it ships no types

WAITING_BYTES_MAX: Final = 4000  # assumed: half a second of audio; a modem that takes nothing for longer is stuck
READ_BYTES: Final = 4096  # the tty's own buffer
RETRY_POLLS: Final = 100  # 2 s of ticks between two attempts to open


class LinkLost(Exception):
    """The modem's port went away; the message says why and what to do."""


class Link(Protocol):
    """Bytes to and from one modem. Nothing waits."""

    def poll(self) -> bytes | None:
        """What came; None: the port is not open (yet, or again). Raises LinkLost once when it breaks."""
        ...

    def send(self, data: bytes) -> None:
        """Queue it; what does not go out now goes with the next poll."""
        ...

    @property
    def room(self) -> bool:
        """More audio may be sent."""
        ...

    def close(self) -> None:
        """Give the port back; blocks shortly at most."""
        ...


class SerialLink:
    """A real port, by its device path."""

    def __init__(self, device: str, baud: int, opener: ThreadPoolExecutor) -> None:
        self.device: Final = device
        self._baud: Final = baud
        self._opener: Final = opener
        self._port: serial.Serial | None = None
        self._opening: Future[serial.Serial] | None = None
        self._polls_to_retry = 0
        self._waiting: Final[deque[bytes]] = deque()
        self._waiting_bytes = 0
        self._readable = select.poll()

    @property
    def room(self) -> bool:
        return self._waiting_bytes < WAITING_BYTES_MAX

    def poll(self) -> bytes | None:
        if self._port is None:
            self._perhaps_open()
            return None
        try:
            self._flush()
            return self._read()
        except (OSError, termios.error) as why:
            self._drop()
            raise LinkLost(f"{self.device} went away ({_strerror(why)}): is the cable plugged in?") from why

    def send(self, data: bytes) -> None:
        if self._port is None or not data:
            return
        self._waiting.append(data)
        self._waiting_bytes += len(data)
        while self._waiting_bytes > 2 * WAITING_BYTES_MAX:  # nobody asked `room`
            self._waiting_bytes -= len(self._waiting.popleft())

    def close(self) -> None:
        if self._opening is not None:
            with suppress(Exception):
                self._port = self._opening.result(5)
            self._opening = None
        self._drop()

    # --- the port -------------------------------------------------------------------------------------------------

    def _perhaps_open(self) -> None:
        if self._opening is None:
            if self._polls_to_retry > 0:
                self._polls_to_retry -= 1
                return
            self._opening = self._opener.submit(_opened, self.device, self._baud)
            return
        if not self._opening.done():
            return
        opening, self._opening = self._opening, None
        self._polls_to_retry = RETRY_POLLS
        try:
            self._port = opening.result()
        except (OSError, ValueError) as why:  # SerialException is an OSError
            raise LinkLost(_in_words(self.device, why)) from why
        self._readable.register(self._port.fileno(), select.POLLIN)

    def _read(self) -> bytes:
        assert self._port is not None
        for _, events in self._readable.poll(0):
            if events & (select.POLLHUP | select.POLLERR | select.POLLNVAL):
                raise OSError(errno.EIO, "hung up")
            data = os.read(self._port.fileno(), READ_BYTES)
            if not data:
                raise OSError(errno.EIO, "end of file")
            return data
        return b""

    def _flush(self) -> None:
        assert self._port is not None
        while self._waiting:
            data = self._waiting.popleft()
            try:
                sent = os.write(self._port.fileno(), data)
            except BlockingIOError:
                sent = 0
            self._waiting_bytes -= sent
            if sent < len(data):
                self._waiting.appendleft(data[sent:])
                return

    def _drop(self) -> None:
        self._waiting.clear()
        self._waiting_bytes = 0
        port, self._port = self._port, None
        if port is None:
            return
        self._polls_to_retry = RETRY_POLLS
        with suppress(OSError, termios.error, ValueError, KeyError):
            self._readable.unregister(port.fileno())
        with suppress(OSError, termios.error):
            termios.tcflush(port.fileno(), termios.TCIOFLUSH)  # else closing waits for what a dead modem never takes
        with suppress(OSError, termios.error):
            port.close()


def _opened(device: str, baud: int) -> serial.Serial:
    """Exclusive, with hardware flow control, non-blocking. Raises OSError or ValueError."""
    return serial.Serial(device, baud, timeout=0, write_timeout=0, rtscts=True, exclusive=True)


def _in_words(device: str, why: Exception) -> str:
    match getattr(why, "errno", None):
        case errno.ENOENT | errno.ENODEV | errno.ENXIO:
            return f"{device} is not there: is the modem plugged in and switched on?"
        case errno.EACCES | errno.EPERM:
            return f"{device} may not be opened: add the daemon's user to the group that owns it (dialout on Debian)"
        case errno.EBUSY | errno.EAGAIN:
            return f"{device} is in use by another program: stop it (mgetty, ModemManager?)"
        case _:
            return f"{device} cannot be opened: {_strerror(why)}"


def _strerror(why: Exception) -> str:
    return getattr(why, "strerror", None) or str(why)
