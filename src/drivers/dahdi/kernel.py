"""The system calls of the driver: all of them non-blocking, and one place to wait.

asyncio's `add_reader` asks for EPOLLIN only, and DAHDI's events raise EPOLLPRI; so the channels sit in an epoll set of
our own, whose descriptor is itself readable (`epoll(7)`).
"""

import asyncio
import fcntl
import os
import select
from time import monotonic
from typing import Final, Protocol

READABLE: Final = select.EPOLLIN
EVENT: Final = select.EPOLLPRI
GONE: Final = select.EPOLLERR | select.EPOLLHUP


class Kernel(Protocol):
    """What the driver needs of an operating system; every call raises OSError as the system would."""

    def open(self, path: str) -> int:
        """For reading and writing, non-blocking."""
        ...

    def close(self, fd: int) -> None: ...

    def ioctl(self, fd: int, request: int, argument: bytearray) -> None:
        """`argument` is filled in place."""
        ...

    def read(self, fd: int, size: int) -> bytes: ...

    def write(self, fd: int, data: bytes) -> int: ...

    def watch(self, fd: int) -> None:
        """`ready` tells of its audio and events from now on."""
        ...

    def forget(self, fd: int) -> None: ...

    async def ready(self) -> list[tuple[int, int]]:
        """Descriptors with something to do, at least one, each with its EPOLL mask."""
        ...

    def now_s(self) -> float:
        """Monotonic."""
        ...


class LinuxKernel:
    """The real one."""

    def __init__(self) -> None:
        self._epoll: select.epoll | None = None
        self._watched = 0

    def open(self, path: str) -> int:
        return os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)

    def close(self, fd: int) -> None:
        os.close(fd)

    def ioctl(self, fd: int, request: int, argument: bytearray) -> None:
        fcntl.ioctl(fd, request, argument, True)

    def read(self, fd: int, size: int) -> bytes:
        return os.read(fd, size)

    def write(self, fd: int, data: bytes) -> int:
        return os.write(fd, data)

    def watch(self, fd: int) -> None:
        if self._epoll is None:
            self._epoll = select.epoll()
        self._epoll.register(fd, READABLE | EVENT)
        self._watched += 1

    def forget(self, fd: int) -> None:
        if self._epoll is None:
            return
        self._epoll.unregister(fd)
        self._watched -= 1
        if not self._watched:
            self._epoll.close()
            self._epoll = None

    async def ready(self) -> list[tuple[int, int]]:
        await asyncio.sleep(0)  # others get their turn even when we are always behind
        while not (found := self._look()):
            await self._wait()
        return found

    def now_s(self) -> float:
        return monotonic()

    def _look(self) -> list[tuple[int, int]]:
        assert self._epoll is not None, "nothing is watched: nothing will ever be ready"
        return self._epoll.poll(0)

    async def _wait(self) -> None:
        assert self._epoll is not None
        loop = asyncio.get_running_loop()
        woken = asyncio.Event()
        descriptor = self._epoll.fileno()
        loop.add_reader(descriptor, woken.set)
        try:
            await woken.wait()
        finally:
            loop.remove_reader(descriptor)
