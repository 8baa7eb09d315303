"""A real server on a loopback port in front of a small house; anything that blocks the loop fails the test."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession, ClientWebSocketResponse, WSMsgType
from blockbuster import blockbuster_ctx
from structlog.testing import capture_logs

from api.small_house import SmallHouse
from cti_core.api.app import make_app
from cti_core.api.binding import serving
from cti_core.api.sockets import Patience
from cti_core.settings import Settings
from cti_core.settings_reader import parse

TOML = """
node = "n1"
[api]
port = 0
allowed_origins = ["https://cti.hospital.lan"]
[[api.tokens]]
token = "token-anna"
name = "Anna"
role = "agent"
agent = "1001"
[[api.tokens]]
token = "token-bo"
name = "Bo"
role = "agent"
agent = "1002"
[[api.tokens]]
token = "token-op"
name = "Op"
role = "operator"
[[api.tokens]]
token = "token-his"
name = "HIS"
role = "integrator"
[[queues]]
name = "service"
[[agents]]
agent = "1001"
[[agents]]
agent = "1002"
"""


async def until(true: Callable[[], object]) -> None:
    """The server is a few steps of the loop behind."""
    async with asyncio.timeout(2):
        while not true():  # noqa: ASYNC110  a fake that signalled would be less like the house
            await asyncio.sleep(0)


class Desktop:
    """A client on the CTI socket. Events are kept apart from answers, and the order of both is remembered."""

    def __init__(self, ws: ClientWebSocketResponse) -> None:
        self.ws = ws
        self.heard: list[dict[str, Any]] = []
        self._last = 0

    async def next(self) -> dict[str, Any]:
        async with asyncio.timeout(2):
            message = await self.ws.receive()
        assert message.type is WSMsgType.TEXT, message
        said: dict[str, Any] = json.loads(message.data)
        self.heard.append(said)
        return said

    async def until(self, method: str) -> dict[str, Any]:
        async with asyncio.timeout(5):
            while (said := await self.next()).get("method") != method:
                pass
        params: dict[str, Any] = said["params"]
        return params

    async def events(self, count: int) -> list[dict[str, Any]]:
        return [await self.until("event") for _ in range(count)]

    async def ask(self, method: str, **params: Any) -> dict[str, Any]:
        """The answer, whole."""
        self._last += 1
        return await self.say({"jsonrpc": "2.0", "id": self._last, "method": method, "params": params})

    async def say(self, message: Any) -> dict[str, Any]:
        text = message if isinstance(message, str) else json.dumps(message)
        await self.ws.send_str(text)
        async with asyncio.timeout(5):
            while "method" in (said := await self.next()):
                pass
        return said

    async def closed(self) -> int | None:
        """Everything that was still under way, then the code of the close."""
        async with asyncio.timeout(2):
            while (await self.ws.receive()).type is WSMsgType.TEXT:
                pass
        return self.ws.close_code


class Server:
    """One server, and clients to it."""

    def __init__(self, house: SmallHouse, address: str, http: ClientSession) -> None:
        self.house = house
        self.address = address
        self.http = http

    @asynccontextmanager
    async def desktop(self, token: str = "token-anna", **query: Any) -> AsyncIterator[Desktop]:
        async with self.http.ws_connect(f"{self.address}/api/v1/ws", params={"token": token, **query}) as ws:
            yield Desktop(ws)

    async def call(self, method: str, path: str, token: str = "token-op", **more: Any) -> tuple[int, Any]:
        """Status and parsed JSON."""
        headers = {"Authorization": f"Bearer {token}", **more.pop("headers", {})}
        async with self.http.request(method, self.address + path, headers=headers, **more) as response:
            return response.status, await response.json()


@pytest.fixture(autouse=True)
def logs() -> Iterator[list[Any]]:
    with capture_logs() as entries:
        yield entries


@pytest.fixture(autouse=True)
def nothing_blocks() -> Iterator[None]:
    with blockbuster_ctx():
        yield


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    (tmp_path / "ivr").mkdir()
    return parse(TOML, tmp_path / "test.toml")


@pytest.fixture
def house(tmp_path: Path) -> SmallHouse:
    return SmallHouse(tmp_path)


@pytest.fixture
async def server(house: SmallHouse, settings: Settings) -> AsyncIterator[Server]:
    app = make_app(house.doors(), house.bus, settings.api, patience=Patience(heartbeat_s=0.05, close_s=0.1))
    async with serving(app, settings) as address, ClientSession() as http:
        yield Server(house, address, http)
