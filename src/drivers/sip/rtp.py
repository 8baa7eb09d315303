"""RTP packets (RFC 3550 §5.1) and keys as events in them (RFC 4733 §2.3). Bytes in, values out; no sockets."""

from dataclasses import dataclass
from struct import Struct
from typing import Final, NamedTuple

from drivers.base import TICK_SAMPLES

HEADER: Final = Struct("!BBHII")
EVENT: Final = Struct("!BBH")
VERSION: Final = 0x80
MARKER: Final = 0x80
END: Final = 0x80  # of an event
VOLUME_DBM0: Final = 10  # of our events: -10 dBm0
END_PACKETS: Final = 3  # RFC 4733 §2.5.1.4: the last one is said three times
EVENT_LOST_TICKS: Final = 10  # assumed: an event without a packet for 200 ms is over; senders repeat each 20 to 50 ms
KEYS: Final = "0123456789*#ABCD"  # by event code
FLASH: Final = 16
SEQUENCE: Final = 1 << 16
TIMESTAMP: Final = 1 << 32


class Packet(NamedTuple):
    payload_type: int
    marker: bool
    sequence: int
    timestamp: int
    ssrc: int
    payload: bytes


def read(data: bytes) -> Packet | None:
    """One datagram; None if it is no RTP."""
    if len(data) < HEADER.size or data[0] & 0xC0 != VERSION:
        return None
    first, second, sequence, timestamp, ssrc = HEADER.unpack_from(data)
    begin = HEADER.size + 4 * (first & 0x0F)
    if first & 0x10:  # an extension
        if len(data) < begin + 4:
            return None
        begin += 4 + 4 * int.from_bytes(data[begin + 2 : begin + 4], "big")
    end = len(data)
    if first & 0x20:  # padding
        end -= data[-1]
    if begin > end:
        return None
    return Packet(second & 0x7F, bool(second & MARKER), sequence, timestamp, ssrc, data[begin:end])


@dataclass(frozen=True, slots=True)
class KeyDown:
    code: int


@dataclass(frozen=True, slots=True)
class KeyUp:
    code: int
    length_ms: int


class EventReader:
    """Keys out of the event packets of one call: each is told once, whatever is repeated or lost."""

    def __init__(self) -> None:
        self._timestamp = -1  # of the newest event: what tells events apart
        self._code = 0
        self._length = 0  # samples
        self._down = False
        self._idle_ticks = 0

    def packet(self, packet: Packet) -> list[KeyDown | KeyUp]:
        if len(packet.payload) < EVENT.size:
            return []
        code, flags, length = EVENT.unpack_from(packet.payload)
        if code > FLASH:
            return []
        told: list[KeyDown | KeyUp] = []
        if packet.timestamp != self._timestamp:
            if self._timestamp >= 0 and (self._timestamp - packet.timestamp) % TIMESTAMP < TIMESTAMP // 8:
                return []  # a late packet of an event before
            told += self.over()
            self._timestamp, self._code, self._down, self._length = packet.timestamp, code, True, 0
            told.append(KeyDown(code))
        self._length = max(self._length, length)
        self._idle_ticks = 0
        if flags & END:
            told += self.over()
        return told

    def tick(self) -> list[KeyDown | KeyUp]:
        """Once a tick: an event whose end was lost is over."""
        if not self._down:
            return []
        self._idle_ticks += 1
        return self.over() if self._idle_ticks > EVENT_LOST_TICKS else []

    def over(self) -> list[KeyDown | KeyUp]:
        if not self._down:
            return []
        self._down = False
        return [KeyUp(self._code, self._length // 8)]


class Sender:
    """Our packets of one call: sequence and time rise through speech, silence and keys alike."""

    def __init__(self, ssrc: int, sequence: int, timestamp: int) -> None:
        self._ssrc: Final = ssrc
        self._sequence = sequence
        self._timestamp = timestamp
        self._marker = True
        self._events: Final[list[tuple[int, int, int]]] = []  # code, ticks on, ticks of rest after it
        self._on = 0  # ticks of the current event so far

    def skip(self, ticks: int = 1) -> None:
        """Nothing is sent for so long."""
        self._timestamp = (self._timestamp + ticks * TICK_SAMPLES) % TIMESTAMP
        self._marker = True

    def audio(self, payload_type: int, payload: bytes) -> bytes:
        """The packet of this tick."""
        data = self._header(payload_type, self._timestamp, marker=self._marker) + payload
        self._marker = False
        self._timestamp = (self._timestamp + TICK_SAMPLES) % TIMESTAMP
        return data

    def press(self, code: int, on_ticks: int, rest_ticks: int) -> None:
        self._events.append((code, on_ticks, rest_ticks))

    @property
    def pressing(self) -> bool:
        """An event takes the place of speech in this tick."""
        return bool(self._events)

    def event(self, payload_type: int) -> list[bytes]:
        """The packets of this tick while `pressing`; in the rest after a key there are none."""
        code, on_ticks, rest_ticks = self._events[0]
        self._on += 1
        packets: list[bytes] = []
        if self._on <= on_ticks:
            begun = (self._timestamp - (self._on - 1) * TICK_SAMPLES) % TIMESTAMP
            last = self._on == on_ticks
            body = EVENT.pack(code, (END if last else 0) | VOLUME_DBM0, min(self._on * TICK_SAMPLES, 0xFFFF))
            packets = [
                self._header(payload_type, begun, marker=self._on == 1) + body
                for _ in range(END_PACKETS if last else 1)
            ]
        if self._on >= on_ticks + rest_ticks:
            del self._events[0]
            self._on = 0
        self.skip()
        return packets

    def _header(self, payload_type: int, timestamp: int, *, marker: bool) -> bytes:
        self._sequence = (self._sequence + 1) % SEQUENCE
        return HEADER.pack(VERSION, payload_type | (MARKER if marker else 0), self._sequence, timestamp, self._ssrc)
