"""`/api/v1/audio`: an agent's microphone and headset on one WebSocket; 20 ms of A-law in each binary message.

    0        1      2           4                 8
    | type 1 | PCMA | sequence  | media time      | 160 bytes of A-law     big-endian (docs/api.md)

The tick puts frames into the leg and goes on; the socket's writer takes them from there. What a slow client cannot
take is dropped, and the gap in the sequence tells it.
"""

import asyncio
import struct
from dataclasses import dataclass, field
from typing import Final

import structlog
from aiohttp import WSMsgType, web
from msgspec import DecodeError, json

from cti_core.api.gate import Gate
from cti_core.api.house import Headsets, Leg
from cti_core.api.sockets import REPLACED, UNSUPPORTED, Farewell, Sockets, limit_kernel_buffer
from cti_core.api.tickets import Tickets
from cti_core.call_control.errors import ErrorCategory, RequestRejected
from cti_core.call_control.ids import AgentId

HEADER: Final = struct.Struct(">BBHI")
AUDIO, PCMA = 0x01, 8  # type of the message; RTP payload number (RFC 3551 §6)
FRAME_BYTES: Final = 160
MESSAGE_MAX: Final = 4096  # octets; control messages are small, frames smaller
HELD_MAX: Final = 25 * (HEADER.size + FRAME_BYTES + 4)  # 0.5 s of frames (browser-audio.md, server rules)
KERNEL_MAX: Final = 8192  # assumed: half a second more at worst, and enough for any LAN
START: Final = json.encode({"op": "start", "codec": "PCMA", "rate": 8000, "frame": FRAME_BYTES})

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Tally:
    """Of all legs since the start."""

    frames_in: int = 0
    frames_out: int = 0
    frames_held: int = 0  # dropped because the client's socket was full


@dataclass(slots=True, eq=False)
class _Desk:
    """The socket an agent speaks through now."""

    replaced: asyncio.Event = field(default_factory=asyncio.Event)


class AudioLegs:
    def __init__(self, headsets: Headsets, tickets: Tickets, gate: Gate, sockets: Sockets) -> None:
        self.tally: Final = Tally()
        self._headsets = headsets
        self._tickets = tickets
        self._gate = gate
        self._sockets = sockets
        self._desks: Final[dict[AgentId, _Desk]] = {}

    async def handle(self, request: web.Request) -> web.StreamResponse:
        self._gate.check_origin(request)
        agent = self._tickets.take(request.query.get("token", ""))
        if agent is None:
            raise RequestRejected("notAuthorised", ErrorCategory.SECURITY)
        async with self._sockets.open(request, MESSAGE_MAX) as ws:
            limit_kernel_buffer(request, KERNEL_MAX)
            await self._serve(request, ws, agent)
        return ws

    async def _serve(self, request: web.Request, ws: web.WebSocketResponse, agent: AgentId) -> None:
        wake = asyncio.Event()
        try:
            leg = self._headsets.attach(agent, wake.set)
        except RequestRejected as refusal:
            await ws.close(code=1013, message=refusal.error_id.encode())  # RFC 6455 registry: try again later
            return
        if before := self._desks.get(agent):
            before.replaced.set()
        desk = self._desks[agent] = _Desk()
        try:
            activities = self._read(ws, leg), self._write(request, ws, leg, wake), _replaced(desk)
            farewell = await self._sockets.attend(request, ws, *activities)
        finally:
            self._headsets.detach(agent, leg)
            if self._desks.get(agent) is desk:
                del self._desks[agent]
        log.info("leg_closed", agent=agent, code=ws.close_code, said=farewell.code)

    async def _read(self, ws: web.WebSocketResponse, leg: Leg) -> Farewell:
        async for message in ws:
            if message.type is WSMsgType.TEXT:
                if _operation(message.data) == "bye":
                    return Farewell()
            elif message.type is not WSMsgType.BINARY or not _is_frame(message.data):
                return Farewell(UNSUPPORTED, "a frame is 01 08, sequence, media time and 160 octets of A-law")
            else:
                leg.push_alaw(message.data[HEADER.size :])
                self.tally.frames_in += 1
        return Farewell()

    async def _write(self, request: web.Request, ws: web.WebSocketResponse, leg: Leg, wake: asyncio.Event) -> Farewell:
        await ws.send_frame(START, WSMsgType.TEXT)
        transport = request.transport
        while transport is not None:
            await wake.wait()
            wake.clear()
            while frame := leg.next_frame():
                if transport.get_write_buffer_size() > HELD_MAX:
                    self.tally.frames_held += 1
                    continue
                header = HEADER.pack(AUDIO, PCMA, frame.sequence & 0xFFFF, frame.at & 0xFFFF_FFFF)
                await ws.send_frame(header + frame.payload, WSMsgType.BINARY)
                self.tally.frames_out += 1
        return Farewell()


async def _replaced(desk: _Desk) -> Farewell:
    await desk.replaced.wait()
    return Farewell(REPLACED, "replaced")


def _is_frame(data: bytes) -> bool:
    return len(data) == HEADER.size + FRAME_BYTES and data[0] == AUDIO and data[1] == PCMA


def _operation(text: str) -> str:
    """The word of a control message; what is none is ignored: a newer client may say more."""
    try:
        said = json.decode(text)
    except DecodeError:
        return ""
    return str(said.get("op", "")) if isinstance(said, dict) else ""
