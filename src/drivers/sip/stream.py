"""The audio of one call on one port: who may speak (symmetric latch), in which order, and what was pressed."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from drivers.base import TICK_SAMPLES
from drivers.sip.buffer import JitterBuffer
from drivers.sip.message import Address
from drivers.sip.rtp import SEQUENCE, EventReader, KeyDown, KeyUp, Packet, Sender
from drivers.sip.sdp import Law, Media
from dsp import g711

CONCEALED_MAX: Final = 3  # lost frames that are made up; a longer hole is a pause of the sender
STRANGERS: Final = 3  # packets of another SSRC in a row until it is believed
RELATCH_TICKS: Final = 25  # assumed: 0.5 s without a packet, then another source may take over
PAYLOAD_MAX: Final = 8 * TICK_SAMPLES  # 160 ms in a packet

_DECODE: Final = {Law.PCMA: g711.alaw_decode, Law.PCMU: g711.ulaw_decode}


class Stream:
    """From the call's first packet to its last. `signalling` is the host that the call's signalling comes from."""

    def __init__(self, media: Media, signalling: str, sender: Sender) -> None:
        self.media = media
        self.sender: Final = sender
        self.remote = media.remote  # where we send: as the description says, until packets come from elsewhere
        self.jitter: Final = JitterBuffer()
        self.silent_ticks = 0  # since the last packet
        self.packets = 0
        self.lost = 0
        self.rejected = 0  # from strangers, or no audio we know
        self._hosts = {media.remote[0], signalling}
        self._latched: Address | None = None
        self._ssrc: int | None = None
        self._stranger = (0, 0)  # SSRC, packets in a row
        self._next = 0  # sequence
        self._rest = b""  # codes that do not fill a frame yet
        self._events = EventReader()

    def change(self, media: Media) -> None:
        """Hold, or another address: the latch is open again if the address is another."""
        if media.remote != self.media.remote:
            self.remote = media.remote
            self._hosts.add(media.remote[0])
            self._latched = None
        if media.law is not self.media.law:
            self._rest = b""
        self.media = media
        self.silent_ticks = 0

    def admits(self, source: Address) -> bool:
        """Packets are taken from one source: what the description says, else the first of an expected host.

        Another one must wait until it has been silent; the description's need not: what came before may be the tail of
        another call.
        """
        if source == self._latched:
            return True
        if source == self.media.remote:
            self._latch(source)
            return True
        if source[0] not in self._hosts or (self._latched is not None and self.silent_ticks < RELATCH_TICKS):
            self.rejected += 1
            return False
        self._latch(source)
        return True

    def _latch(self, source: Address) -> None:
        """Nothing of another source counts for this one: neither its numbers nor its keys."""
        if self._latched is not None:
            self._ssrc = None
            self._rest = b""
            self._events = EventReader()
        self._latched = self.remote = source

    def hear(self, packets: Sequence[Packet]) -> list[KeyDown | KeyUp]:
        """All packets of this tick, once a tick; the keys among them."""
        told: list[KeyDown | KeyUp] = []
        self.silent_ticks = 0 if packets else self.silent_ticks + 1
        if len(packets) > 1:
            base = self._next if self._ssrc is not None else packets[0].sequence
            packets = sorted(packets, key=lambda packet: (packet.sequence - base + 0x8000) % SEQUENCE)
        for packet in packets:
            self.packets += 1
            if packet.payload_type == self.media.law.value:
                self._audio(packet)
            elif packet.payload_type == self.media.event_payload:
                told += self._events.packet(packet)
            else:
                self.rejected += 1  # comfort noise, another codec
        return told + self._events.tick()

    def pull(self) -> NDArray[np.int16]:
        """(160,), not to be written to."""
        return self.jitter.pull()

    def _audio(self, packet: Packet) -> None:
        if packet.ssrc == self._ssrc:
            self._stranger = (0, 0)
        elif not self._believe(packet):
            self.rejected += 1
            return
        missing = (packet.sequence - self._next + 0x8000) % SEQUENCE - 0x8000
        if missing < 0 and missing > -100:
            return  # late, or twice
        self._next = (packet.sequence + 1) % SEQUENCE
        if 0 < missing <= CONCEALED_MAX:
            self.lost += missing
            self.jitter.push_lost(missing)
        codes = self._rest + packet.payload[:PAYLOAD_MAX]
        whole = len(codes) - len(codes) % TICK_SAMPLES
        self._rest = codes[whole:]
        if whole:
            decoded = _DECODE[self.media.law](np.frombuffer(codes, np.uint8, whole))
            for frame in decoded.reshape(-1, TICK_SAMPLES):
                self.jitter.push(frame)

    def _believe(self, packet: Packet) -> bool:
        """The first SSRC at once; another one when it has come some times in a row."""
        if self._ssrc is not None:
            ssrc, count = self._stranger
            self._stranger = (packet.ssrc, count + 1 if ssrc == packet.ssrc else 1)
            if self._stranger[1] < STRANGERS:
                return False
        self._ssrc = packet.ssrc
        self._stranger = (0, 0)
        self._next = packet.sequence
        self._rest = b""
        return True
