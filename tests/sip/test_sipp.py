"""Many callers at once, half of them with keys as sound, half with RFC 4733: every key is acted upon."""

import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import pytest

from sip.programs import Daemon, daemon, running, set_up_ms, sipp
from sip.wire import Listener, by_events, in_band, write_pcap

KEYS = "159*37"
LEAD_S = 1.5
EVERY_S = 1.0
HOLD_S = LEAD_S + EVERY_S * len(KEYS) + 1.0

pytestmark = pytest.mark.usefixtures("programs")


@pytest.mark.parametrize("calls", [8, 30, *(pytest.param(n, marks=pytest.mark.long) for n in (60, 120))])
def test_all_keys_of_all_callers_are_acted_upon_and_recorded(
    calls: int, tmp_path: Path, prompts: Path, record_property: Callable[[str, object], None]
) -> None:
    with daemon(tmp_path, prompts, lines=calls + 1) as node:
        figures = _load(node, calls, tmp_path)
        record_property("figures", figures)
        sys.stdout.write(figures + "\n")
        heard, said = node.keys(), node.said_back()
        assert len(heard) == calls
        assert set(heard.values()) == {KEYS}
        assert [said[call] for call in heard] == [KEYS] * calls
        _all_recorded(node, calls + 1)


def test_a_flood_of_calls_leaves_those_who_talk_alone(tmp_path: Path, prompts: Path) -> None:
    """Eight talk on eight lines; a thousand more want to, and as many packets of nonsense come."""
    pcap = write_pcap(tmp_path / "keys.pcap", in_band(KEYS, lead_s=LEAD_S, every_s=EVERY_S))
    with daemon(tmp_path, prompts, lines=8) as node:
        command = sipp(tmp_path, "talk", node.sip, pcap, calls=8, hold_s=HOLD_S, events=False)
        with running(command, tmp_path / "talk.log", tmp_path) as process:
            time.sleep(1.5)
            refused = _flood(node.sip, seconds=4.0, each_s=0.008)
            assert process.wait(60) == 0, (tmp_path / "talk.log").read_text()[-3000:]
        assert refused > 300
        assert list(node.keys().values()) == [KEYS] * 8
        assert node.status()["ticksLost"] == 0


def _flood(target: tuple[str, int], seconds: float, each_s: float) -> int:
    """How many were told that all lines are busy."""
    sent = 0
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as flood:
        flood.bind(("127.0.0.1", 0))
        flood.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
        host, port = flood.getsockname()
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            text = (
                f"INVITE sip:100@{target[0]} SIP/2.0\r\nVia: SIP/2.0/UDP {host}:{port};branch=z9hG4bK{sent}\r\n"
                f"From: <sip:x@{host}>;tag=f{sent}\r\nTo: <sip:100@{host}>\r\nCall-ID: flood-{sent}\r\n"
                f"CSeq: 1 INVITE\r\nContact: <sip:x@{host}:{port}>\r\n\r\n"
            )
            flood.sendto(text.encode(), target)
            flood.sendto(text.encode()[: 7 * (sent % 60)] + b"\0\xff", target)
            sent += 1
            time.sleep(each_s)
        flood.settimeout(0.5)
        busy = 0
        while True:
            try:
                busy += flood.recv(4096).startswith(b"SIP/2.0 486")
            except TimeoutError:
                return busy


def _load(node: Daemon, calls: int, folder: Path) -> str:
    """Half and half, with one caller more that measures what is heard."""
    packets = {"sound": in_band, "events": by_events}
    half = {"sound": calls // 2, "events": calls - calls // 2}
    listener = Listener(node.sip)
    listener.call()
    before, began = node.cpu_s(), time.monotonic()
    with ExitStack() as stack:
        started: list[subprocess.Popen[bytes]] = []
        for name, made in packets.items():
            pcap = write_pcap(folder / f"{name}.pcap", made(KEYS, lead_s=LEAD_S, every_s=EVERY_S))
            command = sipp(folder, name, node.sip, pcap, calls=half[name], hold_s=HOLD_S, events=name == "events")
            started.append(stack.enter_context(running(command, folder / f"{name}.log", folder)))
        for name, process in zip(packets, started, strict=True):
            assert process.wait(HOLD_S + calls / 10 + 60) == 0, (folder / f"{name}.log").read_text()[-3000:]
    seconds, cpu = time.monotonic() - began, node.cpu_s() - before
    heard = listener.hang_up()
    assert heard.sequence_holes == 0
    assert heard.loud > 50
    up = sorted(set_up_ms(folder, "sound") + set_up_ms(folder, "events"))
    talked = calls * HOLD_S
    return (
        f"{calls} calls: {cpu / seconds:.1%} of a core in all, {cpu / (talked + seconds):.2%} per call; "
        f"set-up {up[len(up) // 2]:.0f} ms median, {up[-1]:.0f} ms max; "
        f"RTP gaps {max(heard.gaps_ms):.1f} ms max, {heard.late} of {len(heard.gaps_ms)} packets late; "
        f"status {node.status()}"
    )


def _all_recorded(node: Daemon, calls: int) -> None:
    files = node.recordings()
    assert len(files) == calls
    for file in files:
        assert file.stat().st_size > HOLD_S * 8000  # two channels of A-law: half of what the call lasted, at least
