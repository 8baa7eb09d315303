"""A real node for the tests of this room: settings on disk, a daemon of this process, clients by loopback."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Self

from aiohttp import ClientSession, ClientWebSocketResponse, WSMsgType

from cti_core.daemon.start import Node, running
from cti_core.places import config_folder
from cti_core.settings import Settings
from cti_core.settings_reader import load
from drivers.base import Hook
from simulator.board import SimulatedBoard

WAIT_S = 10.0  # a bound, not a pause: whatever is waited for comes within a second on a quiet machine
MENU = """
name: story
start: welcome
main: welcome
agent: to_agent
closing: goodbye
nodes:
  welcome: {kind: menu, say: menu.main, keys: {1: hours, 2: again, "#": goodbye}}
  hours: {kind: ask, service: opening_hours, request: now, outcomes: {open: again, closed: again}, failed: again}
  again: {kind: announcement, say: hours.to, next: welcome}
  to_agent: {kind: transfer, queue: service, returned: welcome}
  goodbye: {kind: hang_up, say: system.goodbye}
"""
SETTINGS = """
node = "n1"
data_dir = "data"
hospital = "@CONFIG@/hospital.toml"
[api]
port = 0
[[api.tokens]]
token = "token-op"
name = "Op"
role = "operator"
[[api.tokens]]
token = "token-1001"
role = "agent"
agent = "1001"
[[api.tokens]]
token = "token-1002"
role = "agent"
agent = "1002"
[board]
lines = 8
[board.settings]
seed = 7
ring_on_s = 0.2
ring_off_s = 0.4
loop_drop_ms = 400
[supervision]
answer_on_ring = 1
guard_s = 0.2
[desk]
grace_s = 0.5
wrap_up_s = 0
[ivr]
cache = "@CACHE@"
[[queues]]
name = "service"
[[agents]]
agent = "1001"
[[agents]]
agent = "1002"
"""


def furnish(folder: Path, cache: Path, *, store: str = "", menu: str = MENU) -> Path:
    """Everything `cti serve --config` reads, in a folder of its own. Rings are short, one is enough to answer."""
    (folder / "ivr").mkdir(parents=True, exist_ok=True)
    (folder / "ivr" / "main.yaml").write_text(menu, encoding="utf-8")
    prompts = (config_folder() / "ivr" / "prompts.yaml").read_text(encoding="utf-8")
    (folder / "ivr" / "prompts.yaml").write_text(prompts, encoding="utf-8")
    text = SETTINGS.replace("@CONFIG@", str(config_folder())).replace("@CACHE@", str(cache))
    file = folder / "cti.toml"
    file.write_text(text + (f'[store]\nurl = "{store}"\n' if store else ""), encoding="utf-8")
    return file


def change(file: Path, *pairs: tuple[str, str]) -> str:
    """Edit a file as a person would: each old text must be there. Returns the whole of it."""
    text = file.read_text(encoding="utf-8")
    for old, new in pairs:
        assert old in text, f"{file} has no {old!r}"
        text = text.replace(old, new)
    file.write_text(text, encoding="utf-8")
    return text


async def until(true: Callable[[], object], limit_s: float = WAIT_S) -> None:
    """The condition is looked at after each round of the loop."""
    async with asyncio.timeout(limit_s):
        while not true():  # noqa: ASYNC110  what is waited for is the real thing, which signals nobody
            await asyncio.sleep(0.005)


class Client:
    """A client on the CTI socket. Each event is found once; those nobody waited for stay for later."""

    def __init__(self, ws: ClientWebSocketResponse) -> None:
        self.ws = ws
        self.events: list[dict[str, Any]] = []  # all, in order
        self._taken: set[int] = set()
        self._answers: dict[int, dict[str, Any]] = {}
        self._last = 0

    async def opened(self) -> Self:
        """Nothing that happens from now on is missed."""
        await self._read()
        return self

    async def until(self, kind: str, limit_s: float = WAIT_S, **wanted: object) -> dict[str, Any]:
        """The next event of this type whose envelope or data hold all that is wanted."""
        try:
            async with asyncio.timeout(limit_s):
                while (found := self._find(kind, wanted)) is None:
                    await self._read()
        except TimeoutError:
            heard = "\n".join(f"{e['time'][14:-1]} {e['type']} {e['callId']} {e['data']}" for e in self.events)
            raise AssertionError(f"no {kind} {wanted} within {limit_s:g} s, but\n{heard}") from None
        return found

    def _find(self, kind: str, wanted: dict[str, object]) -> dict[str, Any] | None:
        for index, event in enumerate(self.events):
            if index not in self._taken and event["type"] == kind and _holds(event, wanted):
                self._taken.add(index)
                return event
        return None

    async def ask(self, method: str, **params: Any) -> Any:
        """The result. An error fails the test."""
        answer = await self._asked(method, params)
        assert "result" in answer, answer
        return answer["result"]

    async def refused(self, method: str, **params: Any) -> tuple[str, str]:
        """The refusal's id and its sentence. A result fails the test."""
        answer = await self._asked(method, params)
        assert "error" in answer, answer
        return answer["error"]["data"]["errorId"], answer["error"]["message"]

    async def _asked(self, method: str, params: dict[str, Any]) -> dict[str, Any]:
        self._last += 1
        ident = self._last
        await self.ws.send_json({"jsonrpc": "2.0", "id": ident, "method": method, "params": params})
        async with asyncio.timeout(WAIT_S):
            while ident not in self._answers:
                await self._read()
        return self._answers.pop(ident)

    def types(self, **wanted: object) -> list[str]:
        return [event["type"] for event in self.events if _holds(event, wanted)]

    async def _read(self) -> None:
        message = await self.ws.receive()
        assert message.type is WSMsgType.TEXT, message
        said = json.loads(message.data)
        if said.get("method") == "event":
            self.events.append(said["params"])
        elif "id" in said:
            self._answers[said["id"]] = said


def _holds(event: dict[str, Any], wanted: dict[str, object]) -> bool:
    """In its data or, if the data have no such key, in its envelope."""
    return all(event["data"].get(key, event.get(key)) == value for key, value in wanted.items())


class House:
    """A node that runs, with telephones on its lines and clients at its door."""

    def __init__(self, node: Node, settings: Settings, http: ClientSession) -> None:
        assert isinstance(node.board, SimulatedBoard)
        self.node = node
        self.settings = settings
        self.board: SimulatedBoard = node.board
        self.exchange = node.board.exchange
        self._http = http

    # --- callers ----------------------------------------------------------------------------------------------------

    def dial(self, *lines: int) -> None:
        for line in lines:
            assert self.exchange.dial(line - 1), f"line {line} is occupied"

    def press(self, line: int, key: str) -> None:
        self.exchange.handset(line - 1).press(key)

    def hang_up(self, *lines: int) -> None:
        for line in lines:
            self.exchange.hang_up(self.exchange.handset(line - 1))

    def is_off_hook(self, line: int) -> bool:
        """Of the house's side."""
        return self.exchange.condition(line - 1).hook is Hook.OFF

    # --- clients ----------------------------------------------------------------------------------------------------

    @asynccontextmanager
    async def client(self, token: str = "token-op", **query: Any) -> AsyncIterator[Client]:
        params = {"token": token, **query}
        async with self._http.ws_connect(f"{self.node.address}/api/v1/ws", params=params) as ws:
            yield await Client(ws).opened()

    async def get(self, path: str) -> Any:
        return (await self.call("GET", path))[1]

    async def call(self, method: str, path: str, **more: Any) -> tuple[int, Any]:
        headers = {"Authorization": "Bearer token-op"}
        async with self._http.request(method, self.node.address + path, headers=headers, **more) as response:
            return response.status, await response.json()

    async def row(self, path: str, as_wished: Callable[[Any], object]) -> Any:
        """Something of the tables, once they have caught up."""
        async with asyncio.timeout(WAIT_S):
            while True:
                status, told = await self.call("GET", path)
                if status == 200 and as_wished(told):
                    return told
                await asyncio.sleep(0.01)

    async def recorded(self, call: str, seconds: float) -> None:
        """Wait until so much audio is on disk."""
        file = self.settings.recordings_dir / f"{call}.wav"
        await until(lambda: file.exists() and file.stat().st_size >= seconds * 16_000)

    async def alarms(self) -> set[str]:
        return {alarm["alarm"] for alarm in (await self.get("/api/v1/snapshot"))["alarms"]}


@asynccontextmanager
async def house(file: Path) -> AsyncIterator[House]:
    settings = load(file)
    async with running(settings) as node, ClientSession() as http:
        yield House(node, settings, http)
