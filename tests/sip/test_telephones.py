"""Telephones of agents that are SIP telephones, with the whole daemon: the switch does not care which."""

import asyncio
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from cti_core.places import config_folder
from daemon.node import Client
from sip.baresip import SAYS_HZ, Telephone, telephone
from sip.desk import desk
from sip.hearing import of_recording, of_wav, seconds_of
from sip.programs import Daemon, daemon
from sip.wire import Listener, in_band, singing

CALLER_HZ = 650
EXTENSION = """extension = "801"

[[extensions]]
extension = "801"

[board.settings.line_2]
kind = "phone"
user = "801"
password = "secret-801"
"""
MENU = """
name: zero
start: menu
main: menu
agent: to_agent
closing: goodbye
nodes:
  menu: {kind: menu, say: menu.main, keys: {1: goodbye}}
  to_agent: {kind: transfer, queue: service, returned: menu}
  goodbye: {kind: hang_up, say: system.goodbye}
"""

pytestmark = pytest.mark.usefixtures("programs")


@contextmanager
def house(folder: Path, prompts: Path) -> Iterator[Daemon]:
    """One trunk, one telephone, which is agent 1001's."""
    menus = folder / "ivr"
    menus.mkdir()
    (menus / "zero.yaml").write_text(MENU, encoding="utf-8")
    (menus / "prompts.yaml").write_text((config_folder() / "ivr" / "prompts.yaml").read_text(encoding="utf-8"))
    with daemon(folder, prompts, lines=1, tables=EXTENSION, menu="zero", menus=menus) as node:
        yield node


def phone_of(node: Daemon, folder: Path) -> AbstractContextManager[Telephone]:
    return telephone(folder, user="801", password="secret-801", registrar=node.sip[1])


async def on_duty(desktop: Client) -> None:
    await desktop.until("extension.stateChanged", extension="801", state="onHook")
    await desktop.ask("agent.logOn")
    await desktop.ask("agent.setState", state="ready")


async def test_an_agent_answers_talks_holds_and_hangs_up_with_a_sip_telephone(tmp_path: Path, prompts: Path) -> None:
    """A caller presses 0; both hear each other; hold by the desktop and by the telephone's own key."""
    with house(tmp_path, prompts) as node, Listener(node.sip) as caller:
        async with desk(node, "sip-test-agent-1001") as desktop:
            with phone_of(node, tmp_path) as phone:
                await on_duty(desktop)
                await asyncio.to_thread(caller.call)
                words = singing(CALLER_HZ, 60.0, after=in_band("0", lead_s=0.5, every_s=0.5))
                saying = asyncio.create_task(asyncio.to_thread(caller.say, words))
                await desktop.until("call.delivered", device="X801")
                await desktop.until("extension.stateChanged", state="ringing")
                await asyncio.to_thread(phone.until, "Incoming call")
                phone.answer()
                talking = await desktop.until("call.established", device="X801")
                call = talking["callId"]
                await _until_recorded(node, 3.0)
                await desktop.ask("call.hold", call=call)
                await desktop.until("call.held")
                await desktop.ask("call.retrieve", call=call)
                await desktop.until("call.retrieved")
                phone.hold()
                await desktop.until("call.held")
                phone.resume()
                await desktop.until("call.retrieved")
                await _until_recorded(node, 2.0)
                phone.hang_up()
                await desktop.until("call.cleared", callId=call)
                heard = await asyncio.to_thread(caller.hung_up)
                caller.hush()
                await saying
                await desktop.until("recording.ready")
            assert seconds_of(of_wav(phone.hears), CALLER_HZ) > 1  # since it took the call back
            assert seconds_of(heard.samples, SAYS_HZ) > 2
            line, to_line = of_recording(node.recordings()[0])
            assert seconds_of(line, CALLER_HZ) > 3
            assert seconds_of(to_line, SAYS_HZ) > 3
            assert (node.status()["switchFaults"], node.status()["actionsFailed"]) == (0, 0)


async def _until_recorded(node: Daemon, more_s: float) -> None:
    """So much more of the call is on disk."""
    file = node.recordings()[0]
    wanted = file.stat().st_size + more_s * 16_000
    async with asyncio.timeout(more_s + 20):
        while file.stat().st_size < wanted:  # noqa: ASYNC110  the disk signals nobody
            await asyncio.sleep(0.05)


async def test_a_caller_who_hangs_up_leaves_busy_tone_to_the_telephone(tmp_path: Path, prompts: Path) -> None:
    with house(tmp_path, prompts) as node, Listener(node.sip) as caller:
        async with desk(node, "sip-test-agent-1001") as desktop:
            with phone_of(node, tmp_path) as phone:
                await on_duty(desktop)
                await asyncio.to_thread(caller.call)
                await asyncio.to_thread(caller.say, in_band("0", lead_s=0.5, every_s=0.5))
                await asyncio.to_thread(phone.until, "Incoming call")
                phone.answer()
                await desktop.until("call.established", device="X801")
                await asyncio.to_thread(caller.hang_up)
                await desktop.until("extension.stateChanged", state="offHook")
                phone.hang_up()
                await desktop.until("extension.stateChanged", state="onHook")


async def test_a_telephone_that_is_gone_is_told_and_its_agent_is_back_with_it(tmp_path: Path, prompts: Path) -> None:
    with house(tmp_path, prompts) as node:
        async with desk(node, "sip-test-agent-1001") as desktop, desk(node) as operator:
            with phone_of(node, tmp_path):
                await on_duty(desktop)
                await desktop.until("agent.ready")
            out = await desktop.until("extension.stateChanged", state="outOfService")
            assert out["data"]["reason"] == "the telephone 801 is not registered"
            await desktop.until("agent.notReady", reason="deviceLost")
            alarm = await operator.until("system.alarmRaised", alarm="boardFault")
            assert "the telephone 801 is not registered" in alarm["data"]["detail"]
            (tmp_path / "baresip-801").rename(tmp_path / "before")
            with phone_of(node, tmp_path):
                await desktop.until("extension.stateChanged", state="onHook")
                await desktop.until("agent.ready")
                await operator.until("system.alarmCleared", alarm="boardFault")
