"""What both kinds of WebSocket need: several activities of one socket, of which the first that ends ends all."""

import asyncio
import socket
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Final

from aiohttp import web

GOING_AWAY: Final = 1001  # RFC 6455 §7.4.1
UNSUPPORTED: Final = 1003
SLOW_CONSUMER: Final = 4008  # wire contract
REPLACED: Final = 4009
CLOSE_S: Final = 2.0  # assumed: a client that answers a close at all answers within a round trip
PING_S: Final = 10.0  # a dead cable is noticed within 15 s: an agent who vanished must not get the next call


@dataclass(frozen=True, slots=True)
class Farewell:
    """How a socket is closed."""

    code: int = 1000
    reason: str = ""


Activity = Coroutine[None, None, Farewell]


def websocket(size_max: int, protocols: tuple[str, ...] = ()) -> web.WebSocketResponse:
    """Uncompressed: on A-law it is wasted work, and events are encoded once for all clients."""
    return web.WebSocketResponse(
        compress=False, max_msg_size=size_max, heartbeat=PING_S, timeout=CLOSE_S, protocols=protocols
    )


async def attend(request: web.Request, ws: web.WebSocketResponse, *activities: Activity) -> Farewell:
    """Run all until the first ends, then close the socket as it says. No activity is left behind.

    A client that is gone or does not take the close within CLOSE_S is cut off.
    """
    tasks = [asyncio.create_task(activity) for activity in activities]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        farewell = next(_outcome(task) for task in tasks if task.done())
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    try:
        async with asyncio.timeout(2 * CLOSE_S):
            await ws.close(code=farewell.code, message=farewell.reason.encode())
    except (TimeoutError, ConnectionError):
        if request.transport is not None:
            request.transport.abort()
    return farewell


def _outcome(task: asyncio.Task[Farewell]) -> Farewell:
    """Raises what is no failure of the network."""
    try:
        return task.result()
    except ConnectionError:
        return Farewell()


class Sockets:
    """All sockets that are open, to close them when the house closes."""

    def __init__(self) -> None:
        self._open: Final[set[web.WebSocketResponse]] = set()

    def __len__(self) -> int:
        return len(self._open)

    def add(self, ws: web.WebSocketResponse) -> None:
        self._open.add(ws)

    def discard(self, ws: web.WebSocketResponse) -> None:
        self._open.discard(ws)

    async def close(self) -> None:
        """Say that we are going away; the client comes back by itself."""
        goodbyes = (ws.close(code=GOING_AWAY, message=b"the server is closing") for ws in self._open.copy())
        await asyncio.gather(*goodbyes, return_exceptions=True)


def limit_kernel_buffer(request: web.Request, size: int) -> None:
    """Let the kernel hold no more than `size` octets (it doubles the number) of what we send on this connection."""
    raw = request.transport.get_extra_info("socket") if request.transport is not None else None
    if raw is not None and raw.family in (socket.AF_INET, socket.AF_INET6):
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, size)
