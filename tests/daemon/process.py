"""A node as a process: what it prints, how it ends, telephones and clients from outside."""

import asyncio
import os
import struct
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from math import inf
from pathlib import Path
from time import monotonic
from typing import Any

from aiohttp import ClientSession, ClientWebSocketResponse, WSMsgType

from daemon.node import Client

START_S = 30.0
HEADER = struct.Struct(">BBHI")  # type, codec, sequence, media time
FRAME, RATE_HZ = 160, 8000  # samples; samples a second


async def cti(*arguments: str | Path) -> tuple[int, str, str]:
    """`cti ...` to its end: exit code, stdout, stderr."""
    child = await _started(*arguments)
    async with asyncio.timeout(START_S):
        out, wrong = await child.communicate()
    assert child.returncode is not None
    return child.returncode, out.decode(), wrong.decode()


async def _started(*arguments: str | Path) -> Process:
    command = [sys.executable, "-m", "cti_core.cli", *map(str, arguments)]
    return await asyncio.create_subprocess_exec(
        *command, stdout=PIPE, stderr=PIPE, env={**os.environ, "COLUMNS": "200"}
    )


class Phone:
    """Far end of a line. `heard_to` is the board's sample clock as its newest frame tells it."""

    def __init__(self, ws: ClientWebSocketResponse) -> None:
        self._ws = ws
        self._news = asyncio.Event()
        self.heard_to = 0
        self.behind_s = inf  # our clock minus the board's, the least that was seen: without what lay in queues

    async def listen(self) -> None:
        """Until the socket is closed."""
        async for message in self._ws:
            if message.type is WSMsgType.BINARY:
                self.heard_to = HEADER.unpack_from(message.data)[3] + FRAME
                self.behind_s = min(self.behind_s, monotonic() - self.heard_to / RATE_HZ)
                self._news.set()

    async def hears(self, sample: int) -> None:
        """Wait until the clock is there."""
        async with asyncio.timeout(START_S):
            while self.heard_to < sample:
                self._news.clear()
                await self._news.wait()


class Daemon:
    """`cti serve`, running. `started_s` is from its exec to the line that says where the API is."""

    def __init__(self, child: Process, address: str, started_s: float, http: ClientSession) -> None:
        self.child = child
        self.address = address
        self.started_s = started_s
        self._http = http

    async def get(self, path: str) -> Any:
        async with self._http.get(self.address + path, headers={"Authorization": "Bearer token-op"}) as answer:
            assert answer.status == 200, await answer.text()
            return await answer.json()

    @asynccontextmanager
    async def client(self, token: str = "token-op", **query: Any) -> AsyncIterator[Client]:
        params = {"token": token, **query}
        async with self._http.ws_connect(f"{self.address}/api/v1/ws", params=params) as ws:
            yield await Client(ws).opened()

    @asynccontextmanager
    async def phone(self, line: int) -> AsyncIterator[Phone]:
        """A browser's telephone that calls the line; leaving it hangs up."""
        async with self._http.ws_connect(f"{self.address}/phone/ws", params={"line": line}) as ws:
            await ws.send_json({"op": "dial"})
            phone = Phone(ws)
            listening = asyncio.create_task(phone.listen())
            try:
                yield phone
            finally:
                listening.cancel()

    async def kill(self) -> None:
        """At once, without a word."""
        self.child.kill()
        await self.child.wait()


@asynccontextmanager
async def served(file: Path, data: Path) -> AsyncIterator[Daemon]:
    """Started and told to stop at the end, unless it was killed before."""
    began = monotonic()
    child = await _started("serve", "--config", file, "--port", "0", "--data-dir", data)
    assert child.stdout is not None
    try:
        async with asyncio.timeout(START_S):
            while not (line := (await child.stdout.readline()).decode()).startswith("api:"):
                if not line:
                    wrong = (await child.stderr.read()).decode() if child.stderr else ""
                    raise AssertionError(f"the daemon ended with {await child.wait()}: {wrong}")
        started_s = monotonic() - began
        address = line.split()[1].removesuffix("/api/v1/snapshot")
        async with ClientSession() as http:
            yield Daemon(child, address, started_s, http)
    finally:
        if child.returncode is None:
            child.terminate()
            async with asyncio.timeout(START_S):
                await child.wait()
