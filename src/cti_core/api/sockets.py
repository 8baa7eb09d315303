"""What both kinds of WebSocket need: several activities of one socket, of which the first that ends ends all."""

import asyncio
import socket
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Final

from aiohttp import web

GOING_AWAY: Final = 1001  # RFC 6455 §7.4.1
UNSUPPORTED: Final = 1003
SLOW_CONSUMER: Final = 4008  # wire contract
REPLACED: Final = 4009


@dataclass(frozen=True, slots=True)
class Farewell:
    """How a socket is closed."""

    code: int = 1000
    reason: str = ""


Activity = Coroutine[None, None, Farewell]


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long is long, in seconds."""

    heartbeat_s: float = 10.0  # wire contract: a stream says something at least so often
    ping_s: float = 10.0  # a dead cable is noticed within 15 s: an agent who vanished must not get the next call
    close_s: float = 2.0  # assumed: a client that answers a close at all answers within a round trip


USUAL: Final = Patience()


class Sockets:
    """All sockets that are open."""

    def __init__(self, patience: Patience) -> None:
        self.patience: Final = patience
        self._open: Final[set[web.WebSocketResponse]] = set()

    def __len__(self) -> int:
        return len(self._open)

    @asynccontextmanager
    async def open(
        self, request: web.Request, size_max: int, protocols: tuple[str, ...] = ()
    ) -> AsyncIterator[web.WebSocketResponse]:
        """Accept one. Uncompressed: on A-law it is wasted work, and events are encoded once for all clients."""
        patience = self.patience
        ws = web.WebSocketResponse(
            compress=False,
            max_msg_size=size_max,
            heartbeat=patience.ping_s,
            timeout=patience.close_s,
            protocols=protocols,
        )
        await ws.prepare(request)
        self._open.add(ws)
        try:
            yield ws
        finally:
            self._open.discard(ws)

    async def attend(self, request: web.Request, ws: web.WebSocketResponse, *activities: Activity) -> Farewell:
        """Run all until the first ends, then close the socket as it says. No activity is left behind.

        A client that does not take the close in time is cut off.
        """
        tasks = [asyncio.create_task(activity) for activity in activities]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            farewell = next(_outcome(task) for task in tasks if task.done())
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        with suppress(TimeoutError, ConnectionError):
            async with asyncio.timeout(self.patience.close_s):
                await ws.close(code=farewell.code, message=farewell.reason.encode())
        if request.transport is not None and request.transport.get_write_buffer_size():
            request.transport.abort()
        return farewell

    async def close(self) -> None:
        """The house closes. Say that we are going away; the client comes back by itself."""
        goodbyes = (ws.close(code=GOING_AWAY, message=b"the server is closing") for ws in self._open.copy())
        await asyncio.gather(*goodbyes, return_exceptions=True)


def _outcome(task: asyncio.Task[Farewell]) -> Farewell:
    """Raises what is no failure of the network."""
    try:
        return task.result()
    except ConnectionError:
        return Farewell()


def limit_kernel_buffer(request: web.Request, size: int) -> None:
    """Let the kernel hold no more than `size` octets (it doubles the number) of what we send on this connection."""
    raw = request.transport.get_extra_info("socket") if request.transport is not None else None
    if raw is not None and raw.family in (socket.AF_INET, socket.AF_INET6):
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, size)
