"""Hours of calls: nothing grows. SOAK_MINUTES says how long; without it, twenty."""

import asyncio
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from aiohttp import ClientSession, WSMsgType

from cti_core.bus import REPLAY_MAX
from sip.programs import Daemon, daemon, running, sipp
from sip.wire import by_events, write_pcap

LINES = 8
HOLD_S = 4.0
KEYS = "1*3"
WARM_CALLS = 5 * LINES  # everything has been touched: allocator, caches, tables
FILES_MORE = 2
MEMORY_KB_MORE = 8_000  # assumed: what the allocator and SQLite's caches come and go by
EVENT_KB = 2  # measured: 1.1 an event; so many are kept for clients that come back, and then no more
AT_REST = ("recordings", "recordingBlocksWaiting", "legs")
FAULTS = ("recordingBlocksDropped", "switchFaults", "actionsFailed", "boardLosses")
BACKLOG_MAX = 100  # of the journal: written ten times a second

pytestmark = pytest.mark.usefixtures("programs")


@pytest.mark.long
async def test_minutes_of_calls_leave_files_queues_and_memory_as_they_were(
    tmp_path: Path, prompts: Path, record_property: Callable[[str, object], None]
) -> None:
    """Measured from the first half to the second: by then what is kept, and bounded, is full."""
    minutes = float(os.environ.get("SOAK_MINUTES", "20"))
    pcap = write_pcap(tmp_path / "keys.pcap", by_events(KEYS, lead_s=0.5, every_s=1.0))
    half = max(round(minutes * 30 / HOLD_S), 1) * LINES
    with daemon(tmp_path, prompts, lines=LINES, rtp_timeout_s=3.0) as node:  # sipp that says nothing is told apart
        events = await _calls(node, tmp_path, "warm", pcap, WARM_CALLS)
        sizes = [_size(node)]
        events += await _calls(node, tmp_path, "first", pcap, half)
        sizes.append(_size(node))
        await _calls(node, tmp_path, "second", pcap, half)
        sizes.append(_size(node))
        heard = list(node.keys().values())
    growth = "; ".join(f"{name} {' -> '.join(str(size[name]) for size in sizes)}" for name in sizes[0])
    figures = f"{minutes:g} minutes, {2 * half} calls: {growth}"
    record_property("figures", figures)
    sys.stdout.write(figures + "\n")
    _, before, after = sizes
    assert heard == [KEYS] * (WARM_CALLS + 2 * half)
    assert after["files"] <= before["files"] + FILES_MORE
    assert after["threads"] == before["threads"]
    assert after["memoryKb"] <= before["memoryKb"] + MEMORY_KB_MORE + EVENT_KB * max(REPLAY_MAX - events, 0)
    assert after["journalBacklog"] <= BACKLOG_MAX
    assert {name: after[name] for name in (*AT_REST, *FAULTS)} == dict.fromkeys((*AT_REST, *FAULTS), 0)


def _size(node: Daemon) -> dict[str, int]:
    """Of a daemon that rests."""
    status = node.status()
    names = (*AT_REST, *FAULTS, "journalBacklog", "ticksLost")
    counted = {name: count for name in names if isinstance(count := status[name], int)}
    sizes = {"files": node.files(), "threads": node.threads(), "memoryKb": node.memory_kb()}
    return {**sizes, "cpuSeconds": round(node.cpu_s()), **counted}


async def _calls(node: Daemon, folder: Path, name: str, pcap: Path, calls: int) -> int:
    """Eight at a time, the next one as soon as one is over, until the last recording is closed; how many events it made."""
    command = sipp(folder, name, node.sip, pcap, calls=calls, hold_s=HOLD_S, events=True)
    limit_s = calls / LINES * HOLD_S * 1.5 + 60
    command[command.index("-l") + 1] = str(LINES)
    command[command.index("-timeout") + 1] = f"{round(limit_s)}s"
    log = folder / f"{name}.log"
    events = closed = 0
    async with (
        ClientSession() as http,
        http.ws_connect(f"{node.address}/api/v1/ws", params={"token": "sip-test-operator"}) as ws,
    ):
        with running(command, log, folder) as process:
            async with asyncio.timeout(limit_s + 30):
                while closed < calls:
                    message = await ws.receive()
                    assert message.type is WSMsgType.TEXT, message
                    events += 1
                    told = json.loads(message.data).get("params", {})
                    closed += told.get("type") == "recording.ready"
                    assert told.get("data", {}).get("state") != "outOfService", told
            assert await asyncio.to_thread(process.wait, 30) == 0, log.read_text()[-3000:]
    return events
