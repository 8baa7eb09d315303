"""`/api/v1/ws`: one socket for what happens and what is asked. Wire contract: docs/api.md.

Everything leaves in one order. An answer stands where its command was accepted: every older event goes before it,
every event that the command caused after it. A client that does not keep up is closed with 4008 and comes back with
`from=`; it slows nobody.
"""

import asyncio
from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

import structlog
from aiohttp import WSMsgType, web
from msgspec import json

from cti_core.api import rpc
from cti_core.api.auth import Principal
from cti_core.api.errors import invalid_params
from cti_core.api.gate import Gate, language_of
from cti_core.api.presence import Presence
from cti_core.api.service import VERSION, Service
from cti_core.api.sockets import SLOW_CONSUMER, UNSUPPORTED, Farewell, Sockets
from cti_core.bus import Gap, Published, StreamSeq, Subscription
from cti_core.call_control.actions import Language
from cti_core.wire import JsonObject, envelope

BATCH: Final = 64  # events between two looks at what else there is to say
ENCODED_MAX: Final = 2048  # more than the longest queue of a client: each event is encoded once for all
MESSAGE_MAX: Final = 64 * 1024  # octets of a command
TOPICS: Final = frozenset({"call", "agent", "line", "extension", "recording", "queue", "system"})

log = structlog.get_logger(__name__)


def notification(method: str, params: JsonObject) -> bytes:
    return json.encode({"jsonrpc": "2.0", "method": method, "params": params})


class Encoded:
    """Events as text, each worked out for the first client that wants it."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._texts: Final[OrderedDict[StreamSeq, bytes]] = OrderedDict()

    def of(self, event: Published) -> bytes:
        text = self._texts.get(event.seq)
        if text is None:
            bus, wall = self._service.bus, self._service.house.wall
            params = envelope(
                event.report,
                seq=event.seq,
                stream=bus.stream,
                node=bus.node,
                time=wall.at(event.at),
                caused_by=event.because,
                version=event.version,
            )
            text = self._texts[event.seq] = notification("event", params)
            if len(self._texts) > ENCODED_MAX:
                self._texts.popitem(last=False)
        return text


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a client wants to hear."""

    after: StreamSeq | None  # None: from now on
    stream: str | None
    topics: frozenset[str] | None  # None: all


def read_wish(request: web.Request) -> Wish:
    """Raises RequestRejected `invalidParams`."""
    query = request.query
    after = query.get("from")
    if after is not None and not (after.isascii() and after.isdigit() and len(after) < 16):
        raise invalid_params("from", "is the number of an event")
    topics = frozenset(query["topics"].split(",")) if query.get("topics") else None
    if topics is not None and (unknown := sorted(topics - TOPICS)):
        raise invalid_params("topics", f"there is no topic {unknown[0]}; known are {', '.join(sorted(TOPICS))}")
    return Wish(after=None if after is None else StreamSeq(int(after)), stream=query.get("stream"), topics=topics)


class Streams:
    """Opens a session for each socket."""

    def __init__(self, service: Service, gate: Gate, sockets: Sockets) -> None:
        self.service: Final = service
        self.encoded: Final = Encoded(service)
        self._gate = gate
        self.sockets: Final = sockets
        self._presence = Presence(service.house.desk)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        who, protocols = await self._gate.enter_socket(request, "stream.open")
        wish = read_wish(request)
        async with self.sockets.open(request, MESSAGE_MAX, protocols) as ws:
            with self._presence.of(who.agent):
                await Session(self, ws, who, language_of(request)).run(request, wish)
        return ws


class Session:
    """One client on one socket. The reader takes one command at a time; only the writer writes."""

    def __init__(self, streams: "Streams", ws: web.WebSocketResponse, who: Principal, language: Language) -> None:
        self._service = streams.service
        self._encoded = streams.encoded
        self._sockets = streams.sockets
        self._ws = ws
        self._who = who
        self._language = language
        self._wake = asyncio.Event()
        self._cut = asyncio.Event()
        self._bar: StreamSeq | None = None  # a command is being obeyed: events behind this number wait for its answer
        self._answer: bytes | None = None
        self._answered = asyncio.Event()

    async def run(self, request: web.Request, wish: Wish) -> None:
        greeting, subscription = self._begin(wish)
        self._subscription = subscription
        try:
            farewell = await self._sockets.attend(request, self._ws, self._read(), self._write(greeting), self._watch())
        finally:
            subscription.close()
        log.info("stream_closed", by=self._who.name, code=self._ws.close_code, said=farewell.code)

    def _begin(self, wish: Wish) -> tuple[list[bytes], Subscription]:
        """What the client hears first, and all that is behind it. One step of the loop: nothing slips in between."""
        bus = self._service.bus
        opened: JsonObject = {
            **self._service.place(),
            "principal": {"name": self._who.name, "role": self._who.role.value, "agent": self._who.agent},
            "version": VERSION,
        }
        greeting = [notification("stream.opened", opened)]
        if wish.after is not None:
            known = wish.stream in (None, bus.stream)
            resumed = bus.subscribe(self._nudge, after=wish.after, topics=wish.topics) if known else Gap(bus.oldest)
            if isinstance(resumed, Subscription):
                return greeting, resumed
            gap: JsonObject = {"from": wish.after, "oldest": resumed.oldest, "stream": bus.stream}
            greeting.append(notification("stream.gap", gap))
        greeting.append(notification("snapshot", self._service.snapshot()))
        fresh = bus.subscribe(self._nudge, topics=wish.topics)
        assert isinstance(fresh, Subscription)
        return greeting, fresh

    def _nudge(self) -> None:
        """From the bus, in `publish`."""
        self._wake.set()
        if self._subscription.cut:
            self._cut.set()

    async def _read(self) -> Farewell:
        async for message in self._ws:
            if message.type is not WSMsgType.TEXT:
                return Farewell(UNSUPPORTED, "commands are text")
            self._answered.clear()
            self._bar = self._service.bus.seq
            self._answer = json.encode(await rpc.answer(self._service, message.data, self._who, self._language))
            self._wake.set()
            await self._answered.wait()
        return Farewell()

    async def _write(self, greeting: list[bytes]) -> Farewell:
        for text in greeting:
            await self._send(text)
        while True:
            self._wake.clear()
            if events := self._subscription.take(BATCH, self._bar):
                for event in events:
                    await self._send(self._encoded.of(event))
            elif self._answer is not None:
                text, self._answer, self._bar = self._answer, None, None
                await self._send(text)
                self._answered.set()
            else:
                await self._rest()

    async def _rest(self) -> None:
        """Until there is something to say; a heartbeat when there was nothing for a while."""
        try:
            async with asyncio.timeout(self._sockets.patience.heartbeat_s):
                await self._wake.wait()
        except TimeoutError:
            if self._bar is None:
                await self._send(notification("stream.heartbeat", {"seq": self._subscription.position}))

    async def _watch(self) -> Farewell:
        """The writer of a slow client is stuck; somebody else must close."""
        await self._cut.wait()
        log.warning("stream_cut", by=self._who.name)
        return Farewell(SLOW_CONSUMER, "slow consumer")

    async def _send(self, text: bytes) -> None:
        await self._ws.send_frame(text, WSMsgType.TEXT)
