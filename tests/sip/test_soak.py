"""Hours of calls: nothing grows."""

import time
from pathlib import Path

import pytest

from sip.programs import daemon, running, sipp
from sip.wire import by_events, write_pcap

MINUTES = 20
LINES = 8
HOLD_S = 4.0
EACH_S = HOLD_S + 1.5  # a line's call and its rest

pytestmark = pytest.mark.usefixtures("programs")


@pytest.mark.long
def test_twenty_minutes_of_calls_leave_files_and_memory_as_they_were(tmp_path: Path, prompts: Path) -> None:
    soak(tmp_path, prompts, MINUTES)


def soak(folder: Path, prompts: Path, minutes: float) -> None:
    pcap = write_pcap(folder / "keys.pcap", by_events("1*3", lead_s=0.5, every_s=1.0))
    with daemon(folder, prompts, lines=LINES) as node:
        _calls(node.sip, folder, "first", pcap, 3 * LINES)  # everything has been touched once
        files, memory = node.files(), node.memory_kb()
        rounds = max(round(minutes * 60 / EACH_S), 1)
        _calls(node.sip, folder, "long", pcap, rounds * LINES)
        time.sleep(3.0)  # the last recordings are closed
        status = node.status()
        assert node.files() <= files + 2
        assert node.memory_kb() <= memory + 20_000 + 2_000 * rounds // 100  # views of finished calls, bounded elsewhere
        assert (status["switchFaults"], status["actionsFailed"], status["recordings"]) == (0, 0, 0)
        assert set(node.keys().values()) == {"1*3"}
        assert len(node.keys()) == (3 + rounds) * LINES


def _calls(target: tuple[str, int], folder: Path, name: str, pcap: Path, calls: int) -> None:
    command = sipp(folder, name, target, pcap, calls=calls, hold_s=HOLD_S, events=True)
    at = command.index("-l")
    command[at + 1] = str(LINES - 1)  # one line always rests, so that its guard time is over
    command[command.index("-timeout") + 1] = f"{round(calls / (LINES - 1) * EACH_S * 2 + 60)}s"
    log = folder / f"{name}.log"
    with running(command, log, folder) as process:
        assert process.wait(calls / (LINES - 1) * EACH_S * 2 + 90) == 0, log.read_text()[-3000:]
