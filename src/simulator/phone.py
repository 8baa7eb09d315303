"""Routes of the browser phone: a person as the caller on a simulated line. Only mounted with a simulated board.

`GET /phone/lines` says which lines are free. `GET /phone/ws?line=N` is one telephone: JSON text for its hook, its keys and
the state of the line, binary frames (8-byte header, 160 bytes of A-law) for its mouth and ear.
"""

import asyncio
from collections import deque
from collections.abc import Collection, Sequence
from contextlib import suppress
from http import HTTPStatus
from typing import Final, assert_never
from urllib.parse import urlsplit

import msgspec
from aiohttp import WSCloseCode, WSMsgType, web

from cti_core.api.audio import AUDIO, HEADER, PCMA
from dsp.levels import RATE_HZ, SILENCE_DBM0, TICK_SAMPLES
from simulator.browser_telephone import BrowserTelephone
from simulator.caller_id import number_of
from simulator.exchange import Exchange
from simulator.telephone import CallerState

PHONES_MAX: Final = 64  # assumed: sockets at a time; a demo has a handful
MESSAGE_BYTES_MAX: Final = 4096  # a frame has 168
HEARTBEAT_S: Final = 20.0
METER_TICKS: Final = 10  # 5 a second
TEXTS_MAX: Final = 100  # states waiting for a slow page; the oldest goes, the newest says all


_Json = dict[str, object]


class Dial(msgspec.Struct, tag_field="op", tag="dial", frozen=True): ...


class HangUp(msgspec.Struct, tag_field="op", tag="hangup", frozen=True): ...


class Key(msgspec.Struct, tag_field="op", tag="key", frozen=True):
    d: str
    down: bool


class Remark(msgspec.Struct, tag_field="op", tag="stats", frozen=True):
    """What the page measured; of no use here."""


_ORDERS: Final = msgspec.json.Decoder(Dial | HangUp | Key | Remark)


def add_phone_routes(
    app: web.Application,
    exchange: Exchange,
    lines: Sequence[int] | None = None,
    *,
    allowed_origins: Collection[str] = (),
) -> None:
    """`lines[port]` is the line on a port, 1, 2, 3 … by default; pages of `allowed_origins` may call beside our own."""
    booth = _Booth(exchange, tuple(lines or range(1, exchange.ports + 1)), frozenset(allowed_origins))
    app.router.add_get("/phone/lines", booth.lines)
    app.router.add_get("/phone/ws", booth.call)
    app.on_shutdown.append(booth.close)


class _Booth:
    """All telephones that browsers hold now."""

    def __init__(self, exchange: Exchange, lines: tuple[int, ...], allowed_origins: frozenset[str]) -> None:
        self._exchange: Final = exchange
        self._ports: Final = {line: port for port, line in enumerate(lines)}
        self._allowed_origins: Final = allowed_origins
        self._sockets: Final[set[web.WebSocketResponse]] = set()

    async def lines(self, _request: web.Request) -> web.Response:
        free = [
            {"line": line, "free": not self._exchange.condition(port).occupied} for line, port in self._ports.items()
        ]
        return web.json_response(free)

    async def call(self, request: web.Request) -> web.StreamResponse:
        if refusal := self._refusal(request):
            return refusal
        line = int(request.query["line"])
        socket = web.WebSocketResponse(compress=False, max_msg_size=MESSAGE_BYTES_MAX, heartbeat=HEARTBEAT_S)
        await socket.prepare(request)
        self._sockets.add(socket)
        try:
            await _Phone(self._exchange, line, self._ports[line], socket).run()
        finally:
            self._sockets.discard(socket)
        return socket

    async def close(self, _app: web.Application) -> None:
        for socket in tuple(self._sockets):
            await socket.close(code=WSCloseCode.GOING_AWAY, message=b"the daemon stops")

    def _refusal(self, request: web.Request) -> web.Response | None:
        origin = request.headers.get("Origin")
        if origin and urlsplit(origin).netloc != request.host and origin not in self._allowed_origins:
            return _refused(HTTPStatus.FORBIDDEN, f"pages of {origin} may not call from here")
        line = request.query.get("line", "")
        if not line.isdecimal() or int(line) not in self._ports:
            return _refused(
                HTTPStatus.NOT_FOUND, f"there is no line {line!r}; lines are {', '.join(map(str, self._ports))}"
            )
        if len(self._sockets) >= PHONES_MAX:
            return _refused(HTTPStatus.SERVICE_UNAVAILABLE, f"{PHONES_MAX} telephones are in use already")
        return None


class _Phone:
    """One socket and its telephone."""

    def __init__(self, exchange: Exchange, line: int, port: int, socket: web.WebSocketResponse) -> None:
        self._exchange: Final = exchange
        self._line: Final = line
        self._port: Final = port
        self._socket: Final = socket
        self._news: Final = asyncio.Event()
        self._texts: Final[deque[_Json]] = deque(maxlen=TEXTS_MAX)
        self._telephone: Final = BrowserTelephone(
            exchange.models[port], f"phone {line}", number_of(port), self._news.set
        )
        self._shown: _Json = {}
        self._levels = {"levelTx": SILENCE_DBM0, "levelRx": SILENCE_DBM0}
        self._ticks = 0

    async def run(self) -> None:
        """Until the page closes the socket; then the telephone is hung up."""
        self._tell({"op": "start", "line": self._line, "codec": "PCMA", "rate": RATE_HZ, "frame": TICK_SAMPLES})
        self._look()
        stop_watching = self._exchange.watch(self._tick)
        writer = asyncio.create_task(self._write(), name=f"phone {self._line} writer")
        try:
            async for message in self._socket:
                if message.type is WSMsgType.BINARY:
                    self._hear(message.data)
                elif message.type is WSMsgType.TEXT:
                    self._obey(message.data)
        finally:
            stop_watching()
            self._exchange.hang_up(self._telephone)
            writer.cancel()
            with suppress(asyncio.CancelledError):
                await writer

    # --- from the page --------------------------------------------------------------------------------------------

    def _hear(self, message: bytes) -> None:
        try:
            self._telephone.leg.push_alaw(_payload(message))
        except ValueError as fault:
            self._tell({"op": "error", "message": str(fault)})

    def _obey(self, message: str) -> None:
        try:
            match _ORDERS.decode(message):
                case Dial():
                    self._exchange.dial(self._port, self._telephone)
                case HangUp():
                    self._exchange.hang_up(self._telephone)
                case Key(d=digit, down=True):
                    self._telephone.key_down(digit)
                case Key(d=digit):
                    self._telephone.key_up(digit)
                case Remark():
                    pass
                case order:
                    assert_never(order)
        except (msgspec.DecodeError, ValueError) as fault:
            self._tell({"op": "error", "message": str(fault)})
        self._look()

    # --- to the page ----------------------------------------------------------------------------------------------

    def _tick(self, _at: int) -> None:
        """A change is told at once, levels five times a second while the telephone is in use."""
        self._ticks += 1
        if self._ticks % METER_TICKS == 0:
            self._levels = {"levelTx": self._telephone.sent.read(), "levelRx": self._telephone.received.read()}
            self._look(repeat=self._telephone.state is not CallerState.IDLE)
        else:
            self._look()

    def _look(self, *, repeat: bool = False) -> None:
        state, tone = self._exchange.caller(self._telephone)
        condition = self._exchange.condition(self._port)
        seen: _Json = {
            "op": "state",
            "line": self._line,
            "caller": state,
            "hook": condition.hook.value,
            "ringing": condition.ringing,
            "tone": tone.name.lower(),
            "battery_v": round(condition.battery_v, 1),
        }
        if repeat or seen != self._shown:
            self._shown = seen
            self._tell(seen | {name: round(level, 1) for name, level in self._levels.items()})

    def _tell(self, text: _Json) -> None:
        self._texts.append(text)
        self._news.set()

    async def _write(self) -> None:
        """The only one who sends; a slow page loses its oldest frames (`AudioLeg`), never holds up a tick."""
        out = self._telephone.leg.out
        with suppress(ConnectionError):
            while True:
                await self._news.wait()
                self._news.clear()
                while self._texts or out:
                    if self._texts:
                        await self._socket.send_json(self._texts.popleft())
                    else:
                        frame = out.popleft()
                        head = HEADER.pack(AUDIO, PCMA, frame.sequence, frame.at % (1 << 32))
                        await self._socket.send_bytes(head + frame.payload)


def _payload(message: bytes) -> bytes:
    """The samples of a frame. Raises ValueError for another kind of message."""
    if len(message) < HEADER.size:
        raise ValueError(f"a frame has a header of {HEADER.size} bytes, this message has {len(message)} in all")
    kind, codec, _, _ = HEADER.unpack_from(message)
    if (kind, codec) != (AUDIO, PCMA):
        raise ValueError(f"a frame is of type {AUDIO} and codec {PCMA}, not {kind} and {codec}")
    return message[HEADER.size :]


def _refused(status: HTTPStatus, why: str) -> web.Response:
    return web.json_response({"error": why}, status=status)
