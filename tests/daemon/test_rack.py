"""Two boards in one daemon: simulated trunks that give the beat, and a voice modem on a terminal that is pulled out."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import numpy as np
from aiohttp import ClientSession

from cti_core.daemon.start import Node, running
from cti_core.settings_reader import load
from daemon.node import Client, change, until
from drivers.base import Hook
from drivers.rack import Rack
from modem.pty_modem import PtyModem
from simulator.board import SimulatedBoard

RACK = """
[board]
name = "rack"
lines = 3
[board.settings]
clock = "trunks"
[[board.settings.boards]]
name = "simulated"
called = "trunks"
lines = 2
settings = { seed = 7, ring_on_s = 0.2, ring_off_s = 0.4 }
[[board.settings.boards]]
name = "modem"
lines = 1
settings = { line_1 = { device = "@DEVICE@" } }
[supervision]
"""


def with_rack(file: Path, device: str) -> None:
    text = file.read_text(encoding="utf-8")
    board = text[text.index("[board]") : text.index("[supervision]")] + "[supervision]\n"
    change(file, (board, RACK.replace("@DEVICE@", device)))


@asynccontextmanager
async def client_of(node: Node) -> AsyncIterator[tuple[Client, ClientSession]]:
    async with (
        ClientSession(headers={"Authorization": "Bearer token-op"}) as http,
        http.ws_connect(f"{node.address}/api/v1/ws", params={"token": "token-op"}) as ws,
    ):
        yield await Client(ws).opened(), http


async def test_trunks_and_a_modem_are_one_board_and_the_modem_may_go_and_come(file: Path, tmp_path: Path) -> None:
    device = tmp_path / "modem"
    with PtyModem() as modem:
        device.symlink_to(modem.path)
        with_rack(file, str(device))
        async with running(await asyncio.to_thread(load, file)) as node, client_of(node) as (op, http):
            assert isinstance(node.board, Rack)
            trunks = node.board.members[0].board
            assert isinstance(trunks, SimulatedBoard)

            await until(lambda: "+VIT=0" in modem.modem.commands)
            with modem.lock:
                modem.modem.ring("13812345678")
            call = (await op.until("call.established", line=3))["callId"]
            await until(lambda: np.any(modem.modem.heard))  # the menu speaks through the modem
            with modem.lock:
                modem.modem.key("1")
            await op.until("call.flowStep", callId=call, node="hours")
            with modem.lock:
                modem.modem.busy()
            assert (await op.until("call.cleared", callId=call))["cause"] == "normalClearing"
            await until(lambda: not modem.modem.off_hook)

            async with http.get(f"{node.address}/api/v1/board") as answer:
                told = await answer.json()
            assert [port["line"] for port in told["ports"]] == [1, 2, 3]
            assert "hear while it speaks" in told["ports"][2]["cannot"]
            assert told["alarms"] == []

            words = ["lines", "--capabilities", "--server", node.address, "--token", "token-op"]
            said = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "cti_core.cli", *words, stdout=asyncio.subprocess.PIPE
            )
            text = " ".join((await said.communicate())[0].decode().split())
            assert said.returncode == 0
            assert "line 1, line 2 (FXO)" in text
            assert "cannot hear while it speaks" in text[text.index("line 3 (FXO)") :]

            device.unlink()
            modem.unplug()
            state = await op.until("line.stateChanged", line=3, state="outOfService")
            assert "is the cable plugged in" in state["data"]["reason"]
            alarm = await op.until("system.alarmRaised", alarm="boardFault")
            assert "is the cable plugged in" in alarm["data"]["detail"]
            trunks.exchange.dial(0)
            await op.until("call.established", line=1)  # the others talk on
            assert trunks.exchange.condition(0).hook is Hook.OFF
            with PtyModem() as another:
                device.symlink_to(another.path)
                await op.until("line.stateChanged", line=3, state="idle", limit_s=20)
                await op.until("system.alarmCleared", alarm="boardFault")
