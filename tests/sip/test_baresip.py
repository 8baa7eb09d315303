"""A telephone program that many people use, behind a proxy that carriers use."""

import asyncio
import struct
import time
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest
from aiohttp import ClientSession, ClientWebSocketResponse, WSMsgType

from cti_core.places import config_folder
from drivers.base import DtmfDown, Hook, HookChanged, LineOk, Signal, Tick
from drivers.sip.board import SipBoard
from dsp import g711
from sip.baresip import SAYS_HZ, Telephone, telephone
from sip.desk import desk
from sip.hearing import of_wav, share
from sip.kamailio import proxy
from sip.programs import daemon

AGENT_HZ = 800

pytestmark = pytest.mark.usefixtures("programs")

LINE = """
[board.settings.line_1]
user = "900"
password = "secret-900"
registrar = "127.0.0.1:{port}"
"""


def test_a_telephone_registered_through_a_proxy_speaks_with_the_menu(tmp_path: Path, prompts: Path) -> None:
    """Our line and the telephone both log on with digest; keys by RFC 4733; the telephone hears the voice."""
    with (
        proxy(tmp_path) as port,
        daemon(tmp_path, prompts, lines=1, tables=LINE.format(port=port)) as node,
        telephone(tmp_path, user="801", password="secret-801", registrar=port) as phone,
    ):
        phone.until("200 OK")
        phone.dial(f"sip:900@127.0.0.1:{port}")
        phone.until("Call established")
        for key in "5#0":
            time.sleep(1.0)
            phone.press(key)
        time.sleep(1.5)
        phone.hang_up()
        time.sleep(1.0)
        assert list(node.keys().values()) == ["5#0"]
        assert list(node.said_back().values()) == ["5#0"]
        assert len(node.recordings()) == 1
        assert (of_wav(phone.hears) ** 2).mean() > 200**2


MENU = """
name: straight
start: to_agent
main: menu
agent: to_agent
closing: goodbye
nodes:
  to_agent: {kind: transfer, queue: service, returned: menu}
  menu: {kind: menu, say: menu.main, keys: {1: goodbye}}
  goodbye: {kind: hang_up, say: system.goodbye}
"""


async def test_a_telephone_and_an_agent_speak_with_each_other(tmp_path: Path, prompts: Path) -> None:
    menus = tmp_path / "ivr"
    menus.mkdir()
    (menus / "straight.yaml").write_text(MENU, encoding="utf-8")
    (menus / "prompts.yaml").write_text((config_folder() / "ivr" / "prompts.yaml").read_text(encoding="utf-8"))
    with (
        proxy(tmp_path) as port,
        daemon(tmp_path, prompts, lines=1, tables=LINE.format(port=port), menu="straight", menus=menus) as node,
        telephone(tmp_path, user="801", password="secret-801", registrar=port) as phone,
    ):
        async with ClientSession() as http, desk(node, "sip-test-agent-1001") as desktop:
            await desktop.ask("agent.logOn")
            await desktop.ask("agent.setState", state="ready")
            await asyncio.to_thread(phone.until, "200 OK")
            await asyncio.to_thread(phone.dial, f"sip:900@127.0.0.1:{port}")
            delivered = await desktop.until("call.delivered", 30.0)
            told = await desktop.ask("audio.open")
            async with http.ws_connect(node.address + told["url"]) as leg:
                await desktop.ask("call.answer", call=delivered["callId"])
                heard = await _talk(leg, 3.0)
            await asyncio.to_thread(_hang_up, phone)
        assert share(heard[8000:], SAYS_HZ) > 0.8
        assert share(of_wav(phone.hears)[-16000:-4000], AGENT_HZ) > 0.8


async def test_an_agent_calls_a_telephone_through_the_proxy(tmp_path: Path, prompts: Path) -> None:
    """Our INVITE is challenged; the telephone rings, is answered, and hangs up."""
    with (
        proxy(tmp_path) as port,
        daemon(tmp_path, prompts, lines=1, tables=LINE.format(port=port)) as node,
        telephone(tmp_path, user="801", password="secret-801", registrar=port) as phone,
    ):
        async with desk(node, "sip-test-agent-1001") as desktop:
            await desktop.ask("agent.logOn")
            await asyncio.to_thread(phone.until, "200 OK")
            made = await desktop.ask("call.make", number="801")
            await desktop.until("call.farEndAlerting", callId=made["call"])
            await asyncio.to_thread(phone.until, "Incoming call")
            phone.answer()
            talking = await desktop.until("call.established", callId=made["call"])
            assert talking["data"]["estimated"] is False
            phone.hang_up()
            await desktop.until("call.cleared", callId=made["call"], cause="normalClearing")


class Extension:
    """A board with one telephone, run in real time by a house that says a tone and keeps what it is told."""

    def __init__(self) -> None:
        phone = {"kind": "phone", "user": "801", "password": "secret-801"}
        self.board = SipBoard.from_settings({"lines": 1, "port": 0, "line_1": phone})
        self.facts: list[Signal] = []
        self.heard = np.zeros(0, np.int16)

    async def run(self, ticks: AsyncIterator[Tick]) -> None:
        tone = (4000 * np.sin(2 * np.pi * AGENT_HZ * np.arange(160) / 8000)).astype(np.int16)[np.newaxis]
        async for tick in ticks:
            self.board.speak(tone)
            self.facts += tick.signals
            self.heard = np.concatenate([self.heard, tick.heard[0]])[-16000:]

    async def until(self, kind: type[Signal]) -> Signal:
        """The next fact of this kind; those before it are forgotten."""
        async with asyncio.timeout(20):
            while True:
                while self.facts:
                    fact = self.facts.pop(0)
                    if isinstance(fact, kind):
                        return fact
                await asyncio.sleep(0.01)


async def test_a_telephone_is_an_extension_of_ours(tmp_path: Path) -> None:
    """It logs on with us, rings, is lifted and put down, and dials."""
    extension = Extension()
    async with extension.board.open() as ticks:
        house = asyncio.create_task(extension.run(ticks))
        port = extension.board.address[1]
        with telephone(tmp_path, user="801", password="secret-801", registrar=port) as phone:
            await extension.until(LineOk)
            extension.board.ring(0, on=True)
            await asyncio.to_thread(phone.until, "Incoming call")
            await asyncio.to_thread(phone.answer)
            assert (await extension.until(HookChanged)).position is Hook.OFF
            await asyncio.sleep(2.5)
            assert share(extension.heard.astype(float), SAYS_HZ) > 0.8
            phone.press("7")
            assert (await extension.until(DtmfDown)).digit == "7"
            await asyncio.to_thread(_hang_up, phone)
            assert (await extension.until(HookChanged)).position is Hook.ON
            assert share(of_wav(phone.hears)[8000:-2000], AGENT_HZ) > 0.8
            phone.dial(f"sip:1002@127.0.0.1:{port}")
            assert (await extension.until(HookChanged)).position is Hook.OFF
            assert (await extension.until(DtmfDown)).digit == "1"
            extension.board.hook(0, Hook.ON)
            await asyncio.to_thread(phone.until, "session closed")
        house.cancel()
        await asyncio.gather(house, return_exceptions=True)


async def _talk(leg: ClientWebSocketResponse, seconds: float) -> np.ndarray:
    """Say a tone, frame by frame as frames come, and keep what is heard."""
    heard: list[bytes] = []
    tone = g711.alaw_encode((4000 * np.sin(2 * np.pi * AGENT_HZ * np.arange(160) / 8000)).astype(np.int16)).tobytes()
    async for message in leg:
        if message.type is WSMsgType.BINARY:
            heard.append(message.data[8:])
            await leg.send_bytes(struct.pack(">BBHI", 1, 8, len(heard) & 0xFFFF, len(heard) * 160) + tone)
        if len(heard) >= seconds * 50:
            break
    return g711.alaw_decode(np.frombuffer(b"".join(heard), np.uint8)).astype(float)


def _hang_up(phone: Telephone) -> None:
    phone.hang_up()
    time.sleep(1.0)
