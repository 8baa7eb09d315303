"""What callers send: RTP with keys in it, as pcap files that sipp plays, and a caller of our own that listens closely."""

import socket
import struct
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from threading import Event
from typing import Self

import numpy as np

from dsp import g711

KEYS = "0123456789*#"
LOW = (697, 770, 852, 941)
HIGH = (1209, 1336, 1477)
PAD = ("123", "456", "789", "*0#")
TICK_S = 0.02
SILENCE = bytes([0xD5]) * 160
EVENTS = 101  # payload type

Packets = list[tuple[float, bytes]]
"""Seconds from the answer, and the datagram."""


def rtp(kind: int, sequence: int, timestamp: int, payload: bytes, *, marker: bool = False, ssrc: int = 0x5EED) -> bytes:
    return struct.pack("!BBHII", 0x80, kind | (0x80 if marker else 0), sequence & 0xFFFF, timestamp, ssrc) + payload


def tone(key: str, samples: int) -> np.ndarray:
    """(samples,) of a key at -13 dBm0 a tone."""
    row = next(row for row, keys in enumerate(PAD) if key in keys)
    seconds = np.arange(samples) / 8000
    return sum(3300 * np.sin(2 * np.pi * hz * seconds) for hz in (LOW[row], HIGH[PAD[row].index(key)]))


def singing(hz: float, seconds: float, *, after: Packets | None = None) -> Packets:
    """A tone at -10 dBm0, behind other packets."""
    begun = len(after or ())
    samples = 5000 * np.sin(2 * np.pi * hz * np.arange(round(seconds / TICK_S) * 160) / 8000)
    codes = g711.alaw_encode(samples.astype(np.int16)).tobytes()
    return (after or []) + [
        ((begun + tick) * TICK_S, rtp(8, begun + tick, (begun + tick) * 160, codes[tick * 160 : tick * 160 + 160]))
        for tick in range(len(codes) // 160)
    ]


def in_band(keys: str, *, lead_s: float, every_s: float, on_s: float = 0.1) -> Packets:
    """Keys as sound in a quiet room."""
    count = round((lead_s + every_s * len(keys) + 0.5) / TICK_S) * 160
    samples = np.random.default_rng(7).normal(0, 20, count)
    for place, key in enumerate(keys):
        begin = round(8000 * (lead_s + every_s * place))
        samples[begin : begin + round(8000 * on_s)] += tone(key, round(8000 * on_s))
    codes = g711.alaw_encode(samples.astype(np.int16)).tobytes()
    return [
        (tick * TICK_S, rtp(8, tick, tick * 160, codes[tick * 160 : tick * 160 + 160], marker=tick == 0))
        for tick in range(count // 160)
    ]


def by_events(keys: str, *, lead_s: float, every_s: float, on_ticks: int = 5) -> Packets:
    """Keys by RFC 4733 in the pauses of silence, the last packet three times."""
    begins = {round((lead_s + every_s * place) / TICK_S): KEYS.index(key) for place, key in enumerate(keys)}
    packets: Packets = []
    begun, code = -on_ticks, 0
    for tick in range(round((lead_s + every_s * len(keys) + 0.5) / TICK_S)):
        if tick in begins:
            begun, code = tick, begins[tick]
        done = tick - begun + 1
        if done > on_ticks:
            packets.append((tick * TICK_S, rtp(8, len(packets), tick * 160, SILENCE)))
            continue
        last = done == on_ticks
        body = struct.pack("!BBH", code, 0x8A if last else 0x0A, done * 160)
        for again in range(3 if last else 1):
            packet = rtp(EVENTS, len(packets), begun * 160, body, marker=done == 1)
            packets.append((tick * TICK_S + again * 1e-4, packet))
    return packets


def write_pcap(file: Path, packets: Packets) -> Path:
    """As tcpdump would have caught them on an Ethernet."""
    blocks = [struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1)]
    for at_s, payload in packets:
        udp = struct.pack("!HHHH", 10000, 10002, 8 + len(payload), 0) + payload
        host = bytes([127, 0, 0, 1])
        ip = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(udp), 0, 0, 64, 17, 0, host, host) + udp
        frame = bytes(12) + b"\x08\x00" + ip
        blocks += [struct.pack("<IIII", int(at_s), int(at_s % 1 * 1e6), len(frame), len(frame)), frame]
    file.write_bytes(b"".join(blocks))
    return file


# --- a caller that listens closely -----------------------------------------------------------------------------------

SDP = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio {port} RTP/AVP 8\r\n"


@dataclass(frozen=True, slots=True)
class Heard:
    """What came by RTP, with the kernel's time of arrival."""

    gaps_ms: tuple[float, ...]  # between packets
    sequence_holes: int
    loud: int  # packets that are no silence
    codes: bytes  # all of it, A-law

    @property
    def samples(self) -> np.ndarray:
        return g711.alaw_decode(np.frombuffer(self.codes, np.uint8)).astype(float)

    @property
    def late(self) -> int:
        """Packets more than a whole tick behind their time."""
        return sum(gap > 40 for gap in self.gaps_ms)


class Listener:
    """One call by a few lines of SIP. The kernel stamps and keeps the packets, so this caller costs no processor time."""

    def __init__(self, board: tuple[str, int], user: str = "100") -> None:
        self._board = board
        self._user = user
        self._sip = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._rtp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        for made in (self._sip, self._rtp):
            made.bind(("127.0.0.1", 0))
            made.settimeout(4.0)  # a line that was not heard to ring rings again after 5 s
        self._rtp.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
        self._rtp.setsockopt(socket.SOL_SOCKET, 35, 1)  # SO_TIMESTAMPNS
        self._to = ""
        self._hushed = Event()
        self.rtp = ("", 0)  # where the board hears us

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._sip.close()
        self._rtp.close()

    def call(self) -> None:
        body = SDP.format(port=self._rtp.getsockname()[1])
        self._send("INVITE", 1, f"Content-Type: application/sdp\r\nContent-Length: {len(body)}\r\n\r\n{body}")
        self._answer()
        self._send("ACK", 1, "Content-Length: 0\r\n\r\n")

    def say(self, packets: Packets) -> None:
        """In their time, or until `hush`."""
        began = time.monotonic()
        for at_s, data in packets:
            if self._hushed.wait(max(began + at_s - time.monotonic(), 0)):
                return
            self._rtp.sendto(data, self.rtp)

    def hush(self) -> None:
        self._hushed.set()

    def hung_up(self, limit_s: float = 10.0) -> Heard:
        """Wait for their BYE and confirm it."""
        self._sip.settimeout(limit_s)
        while not (text := self._sip.recv(4096).decode()).startswith("BYE"):
            pass
        kept = [line for line in text.split("\r\n") if line.split(":")[0] in {"Via", "From", "To", "Call-ID", "CSeq"}]
        self._sip.sendto("\r\n".join(["SIP/2.0 200 OK", *kept, "Content-Length: 0", "", ""]).encode(), self._board)
        return self._heard()

    def hang_up(self) -> Heard:
        self._send("BYE", 2, "Content-Length: 0\r\n\r\n")
        self._answer()
        return self._heard()

    def _heard(self) -> Heard:
        self._rtp.settimeout(0.1)
        packets = list(self._packets())
        times = [at for at, _ in packets]
        numbers = [struct.unpack_from("!H", data, 2)[0] for _, data in packets]
        return Heard(
            gaps_ms=tuple((later - earlier) / 1e6 for earlier, later in pairwise(times)),
            sequence_holes=sum((b - a) % 65536 != 1 for a, b in pairwise(numbers)),
            loud=sum(len(set(data[12:])) > 8 for _, data in packets),
            codes=b"".join(data[12:] for _, data in packets),
        )

    def _packets(self) -> Iterator[tuple[int, bytes]]:
        while True:
            try:
                data, extra, _, _ = self._rtp.recvmsg(2048, 64)
            except TimeoutError:
                return
            seconds, nanoseconds = struct.unpack("qq", extra[0][2][:16])
            yield seconds * 1_000_000_000 + nanoseconds, data

    def _send(self, method: str, number: int, rest: str) -> None:
        host, port = self._sip.getsockname()
        head = (
            f"{method} sip:{self._user}@{self._board[0]}:{self._board[1]} SIP/2.0\r\n"
            f"Via: SIP/2.0/UDP {host}:{port};branch=z9hG4bKlisten{number}{method};rport\r\n"
            f"From: <sip:listener@127.0.0.1>;tag=l1\r\nTo: <sip:100@127.0.0.1>{self._to}\r\n"
            f"Call-ID: listener-{port}\r\nCSeq: {number} {method}\r\nContact: <sip:listener@{host}:{port}>\r\n"
            "Max-Forwards: 70\r\n"
        )
        self._sip.sendto((head + rest).encode(), self._board)

    def _answer(self) -> None:
        while True:
            text = self._sip.recv(4096).decode()
            if text.startswith("SIP/2.0 200"):
                line = next(line for line in text.splitlines() if line.lower().startswith("to:"))
                self._to = ";tag=" + line.partition("tag=")[2]
                if "m=audio " in text:
                    self.rtp = (self._board[0], int(text.partition("m=audio ")[2].split()[0]))
                return
            assert text.startswith("SIP/2.0 1"), text
