"""The browser phone's routes, over a real socket; the test makes the ticks."""

import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import numpy as np
import pytest
from aiohttp import WSMsgType, WSServerHandshakeError, web
from aiohttp.test_utils import TestClient, TestServer
from numpy.typing import NDArray

from drivers.base import Hook
from dsp.g711 import alaw_decode
from simulator.exchange import Exchange
from simulator.line_model import LineModel
from simulator.phone import add_phone_routes
from unit.simulator.phone_page import TONE, Phone, frame, level

CLEAN = LineModel(noise_dbm0=-90.0, echo_return_loss_db=90.0, companded=False)


class Booth:
    """A server with three lines, and the house's hand on them."""

    def __init__(self, client: "TestClient[web.Request, web.Application]", exchange: Exchange) -> None:
        self.client = client
        self.exchange = exchange
        self.spoken = np.zeros((exchange.ports, 160), np.int16)

    def run(self, ticks: int) -> NDArray[np.int16]:
        """(ports, 160 * ticks) heard by the house."""
        return np.concatenate([self.exchange.step(self.spoken)[0] for _ in range(ticks)], axis=1)

    async def phone(self, line: int = 1) -> Phone:
        phone = Phone(await self.client.ws_connect(f"/phone/ws?line={line}"))
        assert (await phone.text())["op"] == "start"
        assert (await phone.text())["caller"] == "idle"
        return phone

    async def talking(self) -> Phone:
        phone = await self.phone()
        await phone.socket.send_json({"op": "dial"})
        await phone.state(caller="calling")
        self.exchange.hook(0, Hook.OFF)
        self.run(1)
        await phone.state(caller="talking")
        await phone.frame()  # of the tick that answered
        return phone


@asynccontextmanager
async def booth_with(*, lines: list[int] | None = None) -> AsyncIterator[Booth]:
    exchange = Exchange([CLEAN] * 3, np.random.default_rng(1))
    app = web.Application()
    add_phone_routes(app, exchange, lines, allowed_origins=["http://desk.example"])
    async with TestClient(TestServer(app)) as client:
        yield Booth(client, exchange)


@pytest.fixture
async def booth() -> AsyncIterator[Booth]:
    async with booth_with() as made:
        yield made


async def test_free_lines_are_listed_by_their_numbers_on_the_wall() -> None:
    async with booth_with(lines=[11, 12, 13]) as booth:
        booth.exchange.dial(1)
        answer = await booth.client.get("/phone/lines")
        assert await answer.json() == [
            {"line": 11, "free": True},
            {"line": 12, "free": False},
            {"line": 13, "free": True},
        ]


async def test_a_call_is_told_step_by_step(booth: Booth) -> None:
    """Dial, ring, answer, the house hangs up, the caller hangs up."""
    phone = await booth.phone()
    await phone.socket.send_json({"op": "dial"})
    state = await phone.state(caller="calling")
    assert (state["ringing"], state["tone"], state["hook"], state["battery_v"]) == (True, "ringback", "on", -48.0)
    booth.run(51)
    await phone.state(caller="calling", ringing=False)
    booth.exchange.hook(0, Hook.OFF)
    booth.run(1)
    await phone.state(caller="talking", hook="off", tone="none", battery_v=-7.0)
    booth.exchange.hook(0, Hook.ON)
    booth.run(1)
    await phone.state(caller="far-end-cleared", tone="busy")
    await phone.socket.send_json({"op": "hangup"})
    await phone.state(caller="idle", tone="none")


async def test_what_the_house_says_arrives_as_numbered_frames(booth: Booth) -> None:
    phone = await booth.talking()
    booth.spoken[0] = TONE
    booth.run(3)
    first, second = await phone.frame(), await phone.frame()
    (kind, codec, sequence, at), payload = struct.unpack_from(">BBHI", first), first[8:]
    assert (kind, codec, len(payload)) == (1, 8, 160)
    assert struct.unpack_from(">BBHI", second) == (1, 8, sequence + 1, at + 160)
    assert level(alaw_decode(np.frombuffer(payload, np.uint8))) == pytest.approx(level(TONE) - 6, abs=0.2)


async def test_the_microphone_reaches_the_house_through_a_jitter_queue(booth: Booth) -> None:
    phone = await booth.talking()
    for sequence in range(4):
        await phone.socket.send_bytes(frame(TONE, sequence=sequence))
    await phone.socket.send_json({"op": "key", "d": "?", "down": True})
    assert "no key" in (await phone.text())["message"]  # by now the frames are there
    heard = booth.run(6)[0].reshape(6, 160)
    assert [level(part) > -20 for part in heard] == [True] * 4 + [False] * 2
    assert level(heard[1]) == pytest.approx(level(TONE) - 6, abs=0.2)


async def test_a_key_sounds_on_the_line_while_it_is_down(booth: Booth) -> None:
    phone = await booth.talking()
    await phone.socket.send_json({"op": "key", "d": "5", "down": True})
    await phone.socket.send_json({"op": "nonsense"})
    assert "nonsense" in (await phone.text())["message"]
    assert level(booth.run(20)[0]) > -15
    await phone.socket.send_json({"op": "key", "d": "5", "down": False})
    await phone.socket.send_json({"op": "nonsense"})
    await phone.state()
    while (await phone.text())["op"] != "error":
        pass
    assert level(booth.run(2)[0]) < -60


async def test_levels_of_both_directions_come_five_times_a_second(booth: Booth) -> None:
    phone = await booth.talking()
    booth.spoken[0] = TONE
    await phone.socket.send_json({"op": "key", "d": "5", "down": True})
    await phone.socket.send_json({"op": "nonsense"})
    await phone.text()
    booth.run(50)
    states = [await phone.state() for _ in range(5)]
    assert states[-1]["levelRx"] == pytest.approx(level(TONE) - 6, abs=0.3)
    assert states[-1]["levelTx"] == pytest.approx(-4.9, abs=0.3)  # -9 and -7 dBm0 together


async def test_a_second_caller_is_told_busy_and_hears_it(booth: Booth) -> None:
    await booth.talking()
    second = await booth.phone()
    await second.socket.send_json({"op": "dial"})
    await second.state(caller="busy", tone="busy")
    booth.run(1)
    assert level(alaw_decode(np.frombuffer((await second.frame())[8:], np.uint8))) > -20


async def test_a_page_that_goes_away_hangs_up(booth: Booth) -> None:
    phone = await booth.talking()
    await phone.socket.close()
    await booth.client.get("/phone/lines")  # by now the server has noticed
    booth.run(10)
    assert level(booth.run(10)[0]) > -20  # busy tone


async def test_a_page_that_does_not_read_loses_old_frames_and_holds_nobody_up(booth: Booth) -> None:
    """More than half a second of audio never waits for it."""
    phone = await booth.talking()
    booth.run(100)
    sequences = [struct.unpack_from(">BBHI", await phone.frame())[2] for _ in range(25)]
    assert sequences[-1] - sequences[0] == 24
    assert sequences[0] >= 75


@pytest.mark.parametrize(
    "message",
    [b"", b"\1", b"\1\10" + bytes(6), frame(TONE, kind=2), frame(TONE, codec=0), frame(TONE)[:-1]],
    ids=["empty", "short", "header only", "kind", "codec", "cut"],
)
async def test_a_frame_that_is_none_is_refused_in_words_and_the_call_goes_on(booth: Booth, message: bytes) -> None:
    phone = await booth.talking()
    await phone.socket.send_bytes(message)
    assert (await phone.text())["op"] == "error"
    await phone.socket.send_json({"op": "hangup"})
    await phone.state(caller="idle")


@pytest.mark.parametrize("message", ["", "{", "[]", '{"op":"key"}', '{"op":"key","d":5,"down":true}', '{"op":"fly"}'])
async def test_an_order_that_is_none_is_refused_in_words(booth: Booth, message: str) -> None:
    phone = await booth.phone()
    await phone.socket.send_str(message)
    error = await phone.text()
    assert error["op"] == "error"
    assert error["message"]


@pytest.mark.parametrize("query", ["", "?line=", "?line=4", "?line=-1", "?line=x", "?line=0"])
async def test_a_line_that_does_not_exist_is_refused_in_words(booth: Booth, query: str) -> None:
    answer = await booth.client.get(f"/phone/ws{query}")
    assert answer.status == 404
    assert "1, 2, 3" in (await answer.json())["error"]


@pytest.mark.parametrize(
    ("origin", "allowed"), [("http://elsewhere.example", False), ("http://desk.example", True), ("own", True)]
)
async def test_only_our_pages_may_call(booth: Booth, origin: str, *, allowed: bool) -> None:
    own = f"http://{booth.client.host}:{booth.client.port}"
    headers = {"Origin": own if origin == "own" else origin}
    if allowed:
        await (await booth.client.ws_connect("/phone/ws?line=1", headers=headers)).close()
    else:
        with pytest.raises(WSServerHandshakeError) as refusal:
            await booth.client.ws_connect("/phone/ws?line=1", headers=headers)
        assert refusal.value.status == 403


async def test_a_server_that_stops_says_goodbye() -> None:
    exchange = Exchange([CLEAN], np.random.default_rng(1))
    app = web.Application()
    add_phone_routes(app, exchange)
    async with TestClient(TestServer(app)) as client:
        socket = await client.ws_connect("/phone/ws?line=1")
        await app.shutdown()
        while (message := await socket.receive(timeout=5)).type is not WSMsgType.CLOSE:
            assert message.type is WSMsgType.TEXT
        assert message.data == 1001
