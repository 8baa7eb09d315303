"""A gateway that answers by hand, on real sockets of the loopback."""

import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager

from drivers.sip.board import SipBoard
from drivers.sip.message import Request, read
from unit.drivers.sip.sip_wire import INVITE, SDP


class Gateway:
    """It is asked to make one call."""

    def __init__(self, sip: socket.socket, rtp: socket.socket) -> None:
        self._sip, self._rtp = sip, rtp
        self._sequence = 0
        self._to = ("", 0)
        self.invite: Request | None = None

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self._sip.getsockname()[1]}"

    def take(self) -> None:
        """The call that it is asked to make."""
        data, self._to = self._sip.recvfrom(8192)
        found = read(data)
        assert isinstance(found, Request)
        assert found.method == "INVITE"
        self.invite = found

    def answer(self, status: int, *, sounds: bool = False) -> None:
        """To that INVITE."""
        asked = self.invite
        assert asked is not None
        text = (
            f"SIP/2.0 {status} x\nVia: {asked.first('via')}\nFrom: {asked.first('from')}\nTo: {asked.first('to')};tag=g"
            f"\nCall-ID: {asked.call_id}\nCSeq: {asked.first('cseq')}\nContact: <sip:g@{self.address}>\n"
            f"Content-Type: application/sdp\n\n{self._description() if sounds else ''}"
        )
        self._send(text, self._to)

    def say(self, code: int) -> None:
        """One packet of PCMA."""
        assert self.invite is not None
        port = int(self.invite.body.split(b"m=audio ")[1].split()[0])
        self._sequence += 1
        head = struct.pack("!BBHII", 0x80, 8, self._sequence, 160 * self._sequence, 7)
        self._rtp.sendto(head + bytes([code]) * 160, ("127.0.0.1", port))

    def call(self, board: SipBoard) -> None:
        """A call of its own, to line 100."""
        text = INVITE.replace(SDP, self._description()).replace("127.0.0.2:5060", self.address)
        self._send(text, board.address)

    def said(self) -> list[bytes]:
        """What the board has sent since, the beginning of each; ACKs aside."""
        self._sip.setblocking(False)
        said: list[bytes] = []
        while True:
            try:
                said.append(self._sip.recv(8192))
            except BlockingIOError:
                return [
                    text[:11] if text.startswith(b"SIP") else text.split()[0] for text in said if text[:3] != b"ACK"
                ]

    def _description(self) -> str:
        return SDP.replace("127.0.0.2", "127.0.0.1").replace("30000", str(self._rtp.getsockname()[1]))

    def _send(self, text: str, to: tuple[str, int]) -> None:
        self._sip.sendto(text.replace("\n", "\r\n").encode(), to)


@contextmanager
def gateway() -> Iterator[Gateway]:
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sip,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as rtp,
    ):
        for made in (sip, rtp):
            made.bind(("127.0.0.1", 0))
            made.settimeout(5)
        yield Gateway(sip, rtp)
