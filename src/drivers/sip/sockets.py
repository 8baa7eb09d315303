"""The board's UDP sockets, read at the tick and bounded there: what floods in waits in the kernel, which drops it.

asyncio's datagram protocols would run Python for each packet of a flood between two ticks; here a tick takes so many
and no more, and a packet costs a system call and nothing else.
"""

import select
import socket
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from typing import Final

from drivers.base import BoardLost
from drivers.sip.message import SIZE_MAX, Address

SIGNALS_PER_TICK: Final = 24  # 1200 messages a second; measured: 2.3 ms for as many refused INVITEs
RTP_PER_TICK: Final = 512  # datagrams, and four a port: more than a flooded port's buffer holds (Linux: some 200)
RTP_SIZE_MAX: Final = 2048
FORGET_MAX: Final = 256
RTP_TRIES: Final = 50
RECEIVE_BUFFER: Final = 1 << 20  # bytes: INVITEs of 120 lines at once


class Sockets:
    """One for signalling, one a port for RTP, all open as long as the board is."""

    def __init__(self, host: str, sip_port: int, rtp_first: int, ports: int) -> None:
        """Raises BoardLost in words if an address is taken."""
        with ExitStack() as undo:
            self._signalling: Final = undo.enter_context(_bound(host, sip_port, "SIP"))
            with suppress(OSError):
                self._signalling.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
            self._rtp: Final = [
                undo.enter_context(_bound(host, rtp_first + 2 * port, "RTP") if rtp_first else _even(host))
                for port in range(ports)
            ]
            self._poll: Final = undo.enter_context(select.epoll())
            self._port_of: Final = {rtp.fileno(): port for port, rtp in enumerate(self._rtp)}
            for number in self._port_of:
                self._poll.register(number, select.EPOLLIN)
            self._closing: Final = undo.pop_all()
        self.send_failures = 0

    @property
    def sip_port(self) -> int:
        return int(self._signalling.getsockname()[1])

    def rtp_port(self, port: int) -> int:
        return int(self._rtp[port].getsockname()[1])

    def close(self) -> None:
        self._closing.close()

    def signals(self) -> Iterator[tuple[bytes, Address]]:
        """What has arrived for the user agent."""
        for _ in range(SIGNALS_PER_TICK):
            try:
                yield self._signalling.recvfrom(SIZE_MAX + 1)
            except BlockingIOError:
                return
            except OSError:  # an ICMP error of an earlier packet
                continue

    def packets(self) -> Iterator[tuple[int, bytes, Address]]:
        """What has arrived on the ports, one of each in turn: a port that is flooded delays no other."""
        left = RTP_PER_TICK + 4 * len(self._rtp)
        while left > 0 and (ready := self._poll.poll(0)):
            left -= len(ready)
            for number, _ in ready:
                port = self._port_of[number]
                with suppress(OSError):
                    data, source = self._rtp[port].recvfrom(RTP_SIZE_MAX)
                    yield port, data, source

    def forget(self, port: int) -> None:
        """What still waits on a port belongs to the call before."""
        for _ in range(FORGET_MAX):
            try:
                self._rtp[port].recvfrom(0)
            except OSError:
                return

    def send(self, data: bytes, to: Address) -> None:
        self._send(self._signalling, data, to)

    def send_rtp(self, port: int, data: bytes, to: Address) -> None:
        self._send(self._rtp[port], data, to)

    def _send(self, by: socket.socket, data: bytes, to: Address) -> None:
        try:
            by.sendto(data, to)
        except (OSError, OverflowError):
            self.send_failures += 1  # the network is away or full; RTP is lost, SIP comes again


def _bound(host: str, port: int, what: str) -> socket.socket:
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        made.setblocking(False)
        made.bind((host, port))
    except OSError as why:
        made.close()
        raise BoardLost(
            f"UDP {host}:{port} cannot be opened for {what}: {why.strerror}. Another program may have it, or the address "
            "is not of this machine"
        ) from why
    return made


def _even(host: str) -> socket.socket:
    """An even port that is free (RFC 3550 §11)."""
    odd: list[socket.socket] = []
    try:
        for _ in range(RTP_TRIES):
            made = _bound(host, 0, "RTP")
            if made.getsockname()[1] % 2 == 0:
                return made
            odd.append(made)
        raise BoardLost(f"no even UDP port is free on {host}")
    finally:
        for made in odd:
            made.close()
