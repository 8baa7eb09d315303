"""What goes wrong outside, with the whole daemon: told in words, one line out, back by itself, and the others talk on."""

import asyncio
import os
import random
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import numpy as np
import pytest

from daemon.node import Client
from dsp import g711
from sip.baresip import telephone
from sip.desk import desk
from sip.kamailio import proxy, reachable
from sip.nonsense import pour, rtp_packet
from sip.programs import Daemon, daemon, free_port, running, sipp
from sip.wire import Listener, Packets, in_band, rtp, tone, write_pcap

KEYS = "159*37"
LEAD_S = 1.5
CALLS = 4
SEED = 20261124

pytestmark = pytest.mark.usefixtures("programs")


@contextmanager
def callers(node: Daemon, folder: Path, every_s: float = 1.0) -> Iterator[subprocess.Popen[bytes]]:
    """Four at once; each presses its keys, as sound, and is done."""
    pcap = write_pcap(folder / "keys.pcap", in_band(KEYS, lead_s=LEAD_S, every_s=every_s))
    hold_s = LEAD_S + every_s * len(KEYS) + 1.0
    command = sipp(folder, "talk", node.sip, pcap, calls=CALLS, hold_s=hold_s, events=False)
    with running(command, folder / "talk.log", folder) as process:
        yield process


async def talking(events: Client, calls: int = CALLS) -> None:
    for _ in range(calls):
        await events.until("line.stateChanged", state="connected")


async def all_was_well(node: Daemon, folder: Path, process: subprocess.Popen[bytes]) -> None:
    """Of the four callers."""
    assert await asyncio.to_thread(process.wait, 60) == 0, (folder / "talk.log").read_text()[-3000:]
    heard = [keys for keys in node.keys().values() if keys]
    assert heard.count(KEYS) == CALLS, heard
    status = node.status()
    assert (status["switchFaults"], status["actionsFailed"]) == (0, 0)


def rtp_range(lines: int) -> range:
    """Even ports below those that the kernel gives away."""
    first = 20_000 + os.getpid() % 400 * 24
    return range(first, first + 2 * lines, 2)


# --- nonsense and floods --------------------------------------------------------------------------------------------


async def test_nonsense_in_sip_and_rtp_does_not_touch_those_who_talk(tmp_path: Path, prompts: Path) -> None:
    """Some of it is understood as a call on a line that is free: nobody is there, and the line is back by itself."""
    ports = rtp_range(CALLS + 1)
    with daemon(tmp_path, prompts, lines=CALLS + 1, board=f"rtp_first = {ports.start}") as node:
        async with desk(node) as events:
            with callers(node, tmp_path) as process:
                await talking(events)
                await asyncio.to_thread(pour, node.sip, ports, SEED, 1500)
                await all_was_well(node, tmp_path, process)
            if node.line(CALLS + 1) != "idle":
                await events.until("line.stateChanged", 60.0, line=CALLS + 1, state="idle")
            with Listener(node.sip) as caller:
                await asyncio.to_thread(caller.call)
                await asyncio.to_thread(caller.hang_up)


async def test_floods_of_calls_are_bounded_and_those_who_talk_talk_on(tmp_path: Path, prompts: Path) -> None:
    """From a peer, who is told that all lines are busy, and from strangers, who are told that they may not."""
    with daemon(tmp_path, prompts, lines=CALLS) as node:
        async with desk(node) as events:
            with callers(node, tmp_path) as process:
                await talking(events)
                files, memory = node.files(), node.memory_kb()
                busy, forbidden = await asyncio.to_thread(_flood, node.sip, 3000)
                assert node.files() <= files + 2
                assert node.memory_kb() < memory + 20_000
                await all_was_well(node, tmp_path, process)
            assert min(busy, forbidden) > 300
            assert node.status()["ticksLost"] == 0


def _flood(target: tuple[str, int], count: int) -> tuple[int, int]:
    """How many were told 486, and how many 403; 2000 a second, more than is answered: the rest is lost in the kernel."""
    answers = []
    for host in ("127.0.0.1", "127.0.0.9"):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as out:
            out.bind((host, 0))
            out.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
            own = out.getsockname()[1]
            for number in range(count):
                text = (
                    f"INVITE sip:100@{target[0]} SIP/2.0\r\nVia: SIP/2.0/UDP {host}:{own};branch=z9hG4bK{number}\r\n"
                    f"From: <sip:x@{host}>;tag=f{number}\r\nTo: <sip:100@{host}>\r\nCall-ID: flood-{own}-{number}\r\n"
                    f"CSeq: 1 INVITE\r\nContact: <sip:x@{host}:{own}>\r\nContent-Length: 0\r\n\r\n"
                )
                out.sendto(text.encode(), target)
                if number % 20 == 0:
                    time.sleep(0.01)
            out.settimeout(1.0)
            answers.append(_count(out))
    return answers[0][486], answers[1][403]


def _count(out: socket.socket) -> dict[int, int]:
    told = {486: 0, 403: 0}
    while True:
        try:
            status = int(out.recv(4096)[8:11])
        except TimeoutError:
            return told
        told[status] = told.get(status, 0) + 1


# --- audio ----------------------------------------------------------------------------------------------------------


async def test_a_call_whose_audio_stops_is_ended_in_words_and_its_line_comes_back(
    tmp_path: Path, prompts: Path
) -> None:
    with daemon(tmp_path, prompts, lines=CALLS + 1, rtp_timeout_s=1.5) as node, Listener(node.sip) as mute:
        async with desk(node) as events:
            await asyncio.to_thread(mute.call)
            line = (await events.until("line.stateChanged", state="connected"))["line"]
            with callers(node, tmp_path) as process:
                await asyncio.to_thread(mute.say, in_band("1", lead_s=0.2, every_s=0.2))
                out = await events.until("line.stateChanged", state="outOfService")
                assert out["line"] == line
                assert "nothing was heard from 127.0.0.1" in out["data"]["reason"]
                alarm = await events.until("system.alarmRaised", alarm="boardFault")
                assert out["data"]["reason"] in alarm["data"]["detail"]
                await asyncio.to_thread(mute.hung_up)
                await events.until("line.stateChanged", line=line, state="idle")
                await events.until("system.alarmCleared", alarm="boardFault")
                await all_was_well(node, tmp_path, process)
            assert [event["line"] for event in events.events if event["data"].get("state") == "outOfService"] == [line]


async def test_damaged_packets_and_another_source_in_a_call_change_nothing_of_it(tmp_path: Path, prompts: Path) -> None:
    """Between a caller's own packets come those of another SSRC, with a key of theirs, and nonsense."""
    dice = random.Random(SEED)
    with daemon(tmp_path, prompts, lines=1) as node, Listener(node.sip) as caller:
        await asyncio.to_thread(caller.call)
        await asyncio.to_thread(caller.say, _mixed(dice))
        heard = await asyncio.to_thread(caller.hang_up)
        assert heard.sequence_holes == 0
        assert list(node.keys().values()) == [KEYS]
        assert list(node.said_back().values()) == [KEYS]


def _mixed(dice: random.Random) -> Packets:
    codes = g711.alaw_encode(tone("2", 160).astype(np.int16)).tobytes()
    mixed: Packets = []
    for number, (at_s, data) in enumerate(in_band(KEYS, lead_s=LEAD_S, every_s=0.8)):
        mixed += [(at_s, data), (at_s, rtp(8, number, number * 160, codes, ssrc=0xBAD)), (at_s, rtp_packet(dice))]
    return mixed


# --- registrar ------------------------------------------------------------------------------------------------------


LINES = """
[board.settings.line_1]
user = "900"
password = "secret-900"
registrar = "127.0.0.1:{port}"
[board.settings.line_2]
user = "901"
password = "secret-901"
registrar = "127.0.0.1:{port}"
"""


async def test_a_registrar_that_goes_away_takes_its_lines_out_but_no_call_until_it_is_back(
    tmp_path: Path, prompts: Path
) -> None:
    port = free_port()
    with daemon(tmp_path, prompts, lines=2, tables=LINES.format(port=port)) as node:
        async with desk(node) as events:
            with ExitStack() as first:
                first.enter_context(proxy(tmp_path, port, expires_s=4))
                for user in ("900", "901"):
                    await asyncio.to_thread(reachable, port, user)
                with telephone(tmp_path, user="801", password="secret-801", registrar=port) as phone:
                    await asyncio.to_thread(phone.until, "200 OK")
                    phone.dial(f"sip:900@127.0.0.1:{port}")
                    await events.until("line.stateChanged", line=1, state="connected")
                    await asyncio.to_thread(first.close)
                    out = await events.until("line.stateChanged", 20.0, state="outOfService")
                    assert out["line"] == 2
                    assert out["data"]["reason"] == f"the registrar 127.0.0.1:{port} does not answer"
                    alarm = await events.until("system.alarmRaised", alarm="boardFault")
                    assert out["data"]["reason"] in alarm["data"]["detail"]
                    phone.press("7")
                    await events.until("call.digits", digits="7")
                    with proxy(tmp_path, port, expires_s=4):
                        await events.until("line.stateChanged", 30.0, line=2, state="idle")
                        await events.until("system.alarmCleared", alarm="boardFault")
                        phone.hang_up()
                        await events.until("line.stateChanged", line=1, state="idle")
        assert list(node.keys().values()) == ["7"]
