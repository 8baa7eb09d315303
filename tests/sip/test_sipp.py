"""Many callers at once, half of them with keys as sound, half with RFC 4733: every key is acted upon."""

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


def _load(node: Daemon, calls: int, folder: Path) -> str:
    """Half and half, with one caller more that measures what is heard."""
    packets = {"sound": in_band, "events": by_events}
    half = {"sound": calls // 2, "events": calls - calls // 2}
    with ExitStack() as stack:
        listener = stack.enter_context(Listener(node.sip))
        listener.call()
        before, began = node.cpu_s(), time.monotonic()
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
