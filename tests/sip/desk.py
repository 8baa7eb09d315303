"""Clients at the door of a daemon that runs as a process."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import ClientSession

from daemon.node import Client
from sip.programs import Daemon


@asynccontextmanager
async def desk(node: Daemon, token: str = "sip-test-operator") -> AsyncIterator[Client]:
    """Nothing that happens from now on is missed."""
    async with (
        ClientSession() as http,
        http.ws_connect(f"{node.address}/api/v1/ws", params={"token": token}) as ws,
    ):
        yield await Client(ws).opened()
