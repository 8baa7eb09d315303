"""A telephone of the house in a page's hand, over a real socket; the test makes the ticks."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import numpy as np
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from numpy.typing import NDArray

from drivers.base import Hook, HookChanged, HookFlash, PulseDigit, Signal
from dsp.g711 import alaw_decode
from simulator.exchange import Exchange
from simulator.extension_model import ExtensionModel
from simulator.extensions import Extensions
from simulator.line_model import LineModel
from simulator.phone import add_phone_routes
from unit.simulator.phone_page import TONE, Phone, frame, level


class House:
    """A server with a line and two telephones, and the house's hand on them."""

    def __init__(
        self, client: "TestClient[web.Request, web.Application]", exchange: Exchange, extensions: Extensions
    ) -> None:
        self.client = client
        self.exchange = exchange
        self.extensions = extensions
        self.spoken = np.zeros((2, 160), np.int16)
        self.facts: list[Signal] = []

    def run(self, ticks: int) -> NDArray[np.int16]:
        """(160 * ticks,) heard from the first telephone."""
        heard = []
        for _ in range(ticks):
            self.exchange.step(np.zeros((1, 160), np.int16))
            frames, facts = self.extensions.step(self.spoken)
            heard.append(frames[0])
            self.facts += facts
        return np.concatenate(heard)

    async def phone(self, extension: str = "801") -> Phone:
        phone = Phone(await self.client.ws_connect(f"/phone/ws?extension={extension}"))
        start = await phone.text()
        assert (start["op"], start["extension"]) == ("start", extension)
        return phone

    async def lifted(self) -> Phone:
        phone = await self.phone()
        await phone.socket.send_json({"op": "lift"})
        await phone.state(handset="off")
        self.run(5)
        return phone


@asynccontextmanager
async def house_with() -> AsyncIterator[House]:
    exchange = Exchange([LineModel()], np.random.default_rng(1))
    model = ExtensionModel(noise_dbm0=-90.0, echo_return_loss_db=90.0)
    extensions = Extensions([model] * 2, np.random.default_rng(2), first=1)
    app = web.Application()
    add_phone_routes(app, exchange, extensions=extensions, numbers=("801", "802"))
    async with TestClient(TestServer(app)) as client:
        yield House(client, exchange, extensions)


@pytest.fixture
async def house() -> AsyncIterator[House]:
    async with house_with() as made:
        yield made


async def obeyed(phone: Phone, **order: object) -> None:
    """The order, and a nonsense behind it whose refusal says that the order was read."""
    await phone.socket.send_json(order)
    await phone.socket.send_json({"op": "nonsense"})
    while (await phone.text())["op"] != "error":
        pass


async def test_a_telephone_rings_and_is_lifted(house: House) -> None:
    phone = await house.phone()
    await phone.state(handset="on", ringing=False, port="on", battery_v=-48.0)
    house.extensions.ring(0, on=True)
    house.run(2)
    await phone.state(ringing=True)
    await phone.socket.send_json({"op": "lift"})
    await phone.state(handset="off")
    house.run(10)
    await phone.state(ringing=False, port="off", battery_v=-7.0)
    assert [type(fact) for fact in house.facts] == [HookChanged]


async def test_flash_disc_and_replacing_reach_the_port(house: House) -> None:
    phone = await house.lifted()
    await obeyed(phone, op="flash")
    house.run(20)
    await obeyed(phone, op="disc", d="3")
    house.run(60)
    await obeyed(phone, op="replace")
    house.run(40)
    assert [type(fact) for fact in house.facts] == [HookChanged, HookFlash, PulseDigit, HookChanged]


async def test_a_key_sounds_while_it_is_down(house: House) -> None:
    phone = await house.lifted()
    await obeyed(phone, op="key", d="5", down=True)
    assert level(house.run(20)) > -15
    await obeyed(phone, op="key", d="5", down=False)
    house.run(5)
    assert level(house.run(5)) < -60


async def test_voice_passes_both_ways(house: House) -> None:
    phone = await house.lifted()
    house.spoken[0] = TONE
    for sequence in range(4):
        await phone.socket.send_bytes(frame(TONE, sequence=sequence))
    await obeyed(phone, op="stats")
    assert level(house.run(4)) == pytest.approx(level(TONE) - 3, abs=0.3)
    payloads = [np.frombuffer((await phone.frame())[8:], np.uint8) for _ in range(9)]
    assert level(alaw_decode(payloads[-1])) == pytest.approx(level(TONE) - 3, abs=0.3)


async def test_a_page_that_goes_away_puts_the_handset_down(house: House) -> None:
    phone = await house.lifted()
    await phone.socket.close()
    await house.client.get("/phone/extensions")  # by now the server has noticed
    house.run(40)
    assert house.extensions.telephones[0].cradle is Hook.ON
    assert [type(fact) for fact in house.facts] == [HookChanged, HookChanged]


async def test_a_page_may_pull_the_plug(house: House) -> None:
    phone = await house.lifted()
    await obeyed(phone, op="unplug")
    house.run(40)
    await phone.state(plugged=False, port="on")
    await obeyed(phone, op="plug")
    house.run(5)
    assert [fact.position for fact in house.facts if isinstance(fact, HookChanged)] == [Hook.OFF, Hook.ON, Hook.OFF]


async def test_telephones_are_listed_and_one_page_holds_each(house: House) -> None:
    await house.phone("802")
    assert await (await house.client.get("/phone/extensions")).json() == [
        {"extension": "801", "free": True},
        {"extension": "802", "free": False},
    ]
    second = await house.client.get("/phone/ws?extension=802")
    assert second.status == 409
    assert "802" in (await second.json())["error"]


async def test_a_telephone_that_does_not_exist_is_refused_in_words(house: House) -> None:
    answer = await house.client.get("/phone/ws?extension=809")
    assert answer.status == 404
    assert "801" in (await answer.json())["error"]


async def test_an_order_that_is_none_is_refused_in_words(house: House) -> None:
    phone = await house.lifted()
    for order in ({"op": "fly"}, {"op": "key", "d": "x", "down": True}, {"op": "disc", "d": "#"}):
        await phone.socket.send_json(order)
        while (text := await phone.text())["op"] != "error":
            pass
        assert text["message"]
