"""Routes of the browser phone: a person as the caller on a simulated line. Only mounted with a simulated board.

`GET /phone/lines` says which lines are free. `GET /phone/ws?line=N` is one telephone: JSON text for its hook, its keys and
the state of the line, binary frames (8-byte header, 160 bytes of A-law) for its mouth and ear. `?extension=801` instead of
a line is a telephone of the house (`extension_phone`); `GET /phone/extensions` says which there are.
"""

from collections.abc import Collection, Sequence
from http import HTTPStatus
from typing import Final, assert_never
from urllib.parse import urlsplit

import msgspec
import numpy as np
from aiohttp import WSCloseCode, web

from simulator.browser_telephone import BrowserTelephone
from simulator.caller_id import number_of
from simulator.exchange import Exchange
from simulator.extension_phone import ExtensionPhone
from simulator.extensions import Extensions
from simulator.page_socket import Levels, PageSocket
from simulator.telephone import CallerState

PHONES_MAX: Final = 64  # assumed: sockets at a time; a demo has a handful
MESSAGE_BYTES_MAX: Final = 4096  # a frame has 168
HEARTBEAT_S: Final = 20.0


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
    extensions: Extensions | None = None,
    numbers: Sequence[str] = (),
    allowed_origins: Collection[str] = (),
) -> None:
    """`lines[port]` is the line on a port, 1, 2, 3 … by default; `numbers` are those of the `extensions`, in their order;
    pages of `allowed_origins` may call beside our own.
    """
    booth = _Booth(exchange, tuple(lines or range(1, exchange.ports + 1)), frozenset(allowed_origins))
    if extensions is not None:
        booth.telephones = extensions, {name: number for number, name in enumerate(numbers)}
    app.router.add_get("/phone/lines", booth.lines)
    app.router.add_get("/phone/extensions", booth.extensions)
    app.router.add_get("/phone/ws", booth.call)
    app.on_shutdown.append(booth.close)


class _Booth:
    """All telephones that browsers hold now."""

    def __init__(self, exchange: Exchange, lines: tuple[int, ...], allowed_origins: frozenset[str]) -> None:
        self.telephones: tuple[Extensions, dict[str, int]] = Extensions((), np.random.default_rng(0)), {}
        """Those of the house, and which is which by its number."""
        self._exchange: Final = exchange
        self._ports: Final = {line: port for port, line in enumerate(lines)}
        self._allowed_origins: Final = allowed_origins
        self._sockets: Final[set[web.WebSocketResponse]] = set()
        self._held: Final[set[str]] = set()  # telephones of the house, each in one page's hand

    async def lines(self, _request: web.Request) -> web.Response:
        free = [
            {"line": line, "free": not self._exchange.condition(port).occupied} for line, port in self._ports.items()
        ]
        return web.json_response(free)

    async def extensions(self, _request: web.Request) -> web.Response:
        return web.json_response([{"extension": name, "free": name not in self._held} for name in self.telephones[1]])

    async def call(self, request: web.Request) -> web.StreamResponse:
        if refusal := self._refusal(request):
            return refusal
        extension = request.query.get("extension")
        if extension is not None:
            self._held.add(extension)
        socket = web.WebSocketResponse(compress=False, max_msg_size=MESSAGE_BYTES_MAX, heartbeat=HEARTBEAT_S)
        try:
            await socket.prepare(request)
            self._sockets.add(socket)
            if extension is not None:
                extensions, numbers = self.telephones
                await ExtensionPhone(self._exchange, extensions, extension, numbers[extension], socket).run()
            else:
                line = int(request.query["line"])
                await _Phone(self._exchange, line, self._ports[line], socket).run()
        finally:
            self._sockets.discard(socket)
            if extension is not None:
                self._held.discard(extension)
        return socket

    async def close(self, _app: web.Application) -> None:
        for socket in tuple(self._sockets):
            await socket.close(code=WSCloseCode.GOING_AWAY, message=b"the daemon stops")

    def _refusal(self, request: web.Request) -> web.Response | None:
        origin = request.headers.get("Origin")
        if origin and urlsplit(origin).netloc != request.host and origin not in self._allowed_origins:
            return _refused(HTTPStatus.FORBIDDEN, f"pages of {origin} may not call from here")
        if (extension := request.query.get("extension")) is not None:
            if refusal := self._refusal_of(extension):
                return refusal
        elif not (line := request.query.get("line", "")).isdecimal() or int(line) not in self._ports:
            return _refused(
                HTTPStatus.NOT_FOUND, f"there is no line {line!r}; lines are {', '.join(map(str, self._ports))}"
            )
        if len(self._sockets) >= PHONES_MAX:
            return _refused(HTTPStatus.SERVICE_UNAVAILABLE, f"{PHONES_MAX} telephones are in use already")
        return None

    def _refusal_of(self, extension: str) -> web.Response | None:
        names = self.telephones[1]
        if extension not in names:
            there_are = f"there are {', '.join(names)}" if names else "the house has none"
            return _refused(HTTPStatus.NOT_FOUND, f"there is no telephone {extension!r}; {there_are}")
        if extension in self._held:
            return _refused(HTTPStatus.CONFLICT, f"telephone {extension} is in another page's hand already")
        return None


class _Phone:
    """One socket and its telephone."""

    def __init__(self, exchange: Exchange, line: int, port: int, socket: web.WebSocketResponse) -> None:
        self._exchange: Final = exchange
        self._line: Final = line
        self._port: Final = port
        self._page: Final = PageSocket(socket, f"phone {line}")
        self._telephone: Final = BrowserTelephone(
            exchange.models[port], f"phone {line}", number_of(port), self._page.wake
        )
        self._levels: Final = Levels()

    async def run(self) -> None:
        """Until the page closes the socket; then the telephone is hung up."""
        self._page.start(line=self._line)
        self._look()
        stop_watching = self._exchange.watch(self._tick)
        try:
            await self._page.run(self._telephone.leg, self._obey)
        finally:
            stop_watching()
            self._exchange.hang_up(self._telephone)

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
        finally:
            self._look()

    def _tick(self, _at: int) -> None:
        """A change is told at once, levels five times a second while the telephone is in use."""
        self._look(repeat=self._levels.tick(self._telephone) and self._telephone.state is not CallerState.IDLE)

    def _look(self, *, repeat: bool = False) -> None:
        state, tone = self._exchange.caller(self._telephone)
        condition = self._exchange.condition(self._port)
        self._page.show(
            {
                "op": "state",
                "line": self._line,
                "caller": state,
                "hook": condition.hook.value,
                "ringing": condition.ringing,
                "tone": tone.name.lower(),
                "battery_v": round(condition.battery_v, 1),
            },
            self._levels.read,
            repeat=repeat,
        )


def _refused(status: HTTPStatus, why: str) -> web.Response:
    return web.json_response({"error": why}, status=status)
