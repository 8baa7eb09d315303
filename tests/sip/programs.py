"""Programs of others and ours, each in a process of its own, on the loopback and bounded in time."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from urllib.request import Request, urlopen

from cti_core.call_control.actions import PlayPrompt, Spoken
from cti_core.call_control.events import DigitHeard
from cti_core.call_control.trace import Hop
from cti_core.places import config_folder
from cti_core.store.journal_file import read

UP_S = 120.0  # prompts are rendered once
MEDIA_FIRST = 10_000
_media = count()
SCENARIO = Path(__file__).parent / "caller.xml"


def free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def media_port() -> int:
    """For sipp's audio: call n takes 4 n more. Below what the kernel gives away, where the daemon's own audio is."""
    first = MEDIA_FIRST + 2000 * next(_media) % 8000 + 4 * (os.getpid() % 200)
    for port in range(first, first + 800, 8):
        try:
            with ExitStack() as both:
                for each in (port, port + 2):
                    both.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)).bind(("127.0.0.1", each))
        except OSError:
            continue
        return port
    raise AssertionError("no ports for audio are free")


@contextmanager
def running(command: list[str], log: Path, folder: Path | None = None) -> Iterator[subprocess.Popen[bytes]]:
    """Ended with the block: SIGTERM, and SIGKILL if that is not enough."""
    with log.open("wb") as out:
        process = subprocess.Popen(command, stdout=out, stderr=out, stdin=subprocess.DEVNULL, cwd=folder)
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(10)


def wait_for(log: Path, word: str, process: subprocess.Popen[bytes], limit_s: float) -> None:
    """Until the program has said it."""
    end = time.monotonic() + limit_s
    while word not in (said := log.read_text(errors="replace")):
        assert process.poll() is None, said
        assert time.monotonic() < end, f"no {word!r} within {limit_s} s: {said[-2000:]}"
        time.sleep(0.1)


# --- the daemon -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Daemon:
    """`cti serve` with config/sip-test.toml."""

    pid: int
    folder: Path
    sip: tuple[str, int]

    def cpu_s(self) -> float:
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def memory_kb(self) -> int:
        return int(Path(f"/proc/{self.pid}/statm").read_text().split()[1]) * 4

    def threads(self) -> int:
        return len(list(Path(f"/proc/{self.pid}/task").iterdir()))

    def files(self) -> int:
        return len(list(Path(f"/proc/{self.pid}/fd").iterdir()))

    @property
    def address(self) -> str:
        """Of its API."""
        return str(json.loads((self.folder / "data" / "daemon.json").read_text())["url"])

    def status(self) -> dict[str, object]:
        return self._get("/api/v1/status")

    def line(self, line: int) -> str:
        """Its state."""
        lines = self._get("/api/v1/snapshot")["lines"]
        assert isinstance(lines, list)
        return str(next(view["state"] for view in lines if view["line"] == line))

    def _get(self, path: str) -> dict[str, object]:
        asked = Request(self.address + path, headers={"Authorization": "Bearer sip-test-operator"})
        with urlopen(asked, timeout=5) as answer:
            return json.load(answer)

    def hops(self) -> list[Hop]:
        """Everything that was said in the house so far."""
        journals = sorted((self.folder / "data" / "journal").glob("*.journal"))
        return [entry.what for file in journals for entry in read(file) if isinstance(entry.what, Hop)]

    def keys(self) -> dict[str, str]:
        """Of each call, the keys that were heard."""
        found: dict[str, str] = {}
        for hop in self.hops():
            if hop.call and isinstance(hop.what, DigitHeard):
                found[hop.call] = found.get(hop.call, "") + hop.what.digit
        return found

    def said_back(self) -> dict[str, str]:
        """Of each call, the keys that the menu answered by saying them."""
        found: dict[str, str] = {}
        for hop in self.hops():
            if hop.call and isinstance(hop.what, PlayPrompt):
                said = "".join(item.value for item in hop.what.items if isinstance(item, Spoken))
                found[hop.call] = found.get(hop.call, "") + said
        return found

    def recordings(self) -> list[Path]:
        return sorted((self.folder / "data" / "recordings").rglob("*.wav"))


@contextmanager
def daemon(
    folder: Path,
    prompts: Path,
    *,
    lines: int,
    board: str = "",
    rtp_timeout_s: float = 60.0,
    menu: str = "keytest",
    tables: str = "",
    menus: Path | None = None,
    change: tuple[str, str] = ("", ""),
) -> Iterator[Daemon]:
    """config/sip-test.toml with ports and folders of the test's own, and one more `change`."""
    folder.mkdir(parents=True, exist_ok=True)
    port = free_port()
    text = (config_folder() / "sip-test.toml").read_text(encoding="utf-8")
    for old, new in (
        ('data_dir = "../var/sip-test"', 'data_dir = "data"'),
        change,
        ("port = 8085", "port = 0"),
        ("port = 5070", f"port = {port}\n{board}"),
        ("lines = 8", f"lines = {lines}"),
        ("rtp_timeout_s = 30.0", f"rtp_timeout_s = {rtp_timeout_s}"),
        ('folder = "ivr"', f'folder = "{menus or config_folder() / "ivr"}"\ncache = "{prompts}"'),
        ('main = "keytest"', f'main = "{menu}"'),
        ('data_dir = "data"', f'data_dir = "data"\nhospital = "{config_folder() / "hospital.toml"}"'),
    ):
        assert old in text, old
        text = text.replace(old, new, 1)
    file = folder / "cti.toml"
    file.write_text(text + tables, encoding="utf-8")
    log = folder / "daemon.log"
    command = [sys.executable, "-m", "cti_core.cli", "serve", "--config", str(file)]
    with running(command, log, folder) as process:
        wait_for(log, "api:", process, UP_S)
        yield Daemon(process.pid, folder, ("127.0.0.1", port))


# --- sipp -----------------------------------------------------------------------------------------------------------


def sipp(
    folder: Path, name: str, target: tuple[str, int], pcap: Path, *, calls: int, hold_s: float, events: bool
) -> list[str]:
    """The command of `calls` callers at once, ten more each second, that play `pcap` after the answer."""
    text = SCENARIO.read_text(encoding="utf-8")
    text = text.replace("@PCAP@", str(pcap)).replace("@HOLD_MS@", str(round(hold_s * 1000)))
    text = text.replace("@FORMATS@", "8 101" if events else "8")
    text = text.replace("@EVENTS@", "a=rtpmap:101 telephone-event/8000\n" if events else "")
    scenario = folder / f"{name}.xml"
    scenario.write_text(text, encoding="utf-8")
    return [
        "sipp",
        f"{target[0]}:{target[1]}",
        *("-sf", str(scenario)),
        *("-i", "127.0.0.1", "-mi", "127.0.0.1", "-p", str(free_port()), "-mp", str(media_port())),
        *("-m", str(calls), "-l", str(calls), "-r", "10"),
        *("-timeout", f"{round(hold_s + calls / 10 + 30)}s", "-timeout_error"),
        *("-watchdog_interval", "0"),  # it would give up on a machine that is busy
        *("-nostdin", "-trace_rtt", "-rtt_freq", "1", "-trace_err", "-error_file", str(folder / f"{name}.err")),
    ]


def set_up_ms(folder: Path, name: str) -> list[float]:
    """From INVITE to 200 OK of each call, as sipp measured it."""
    file = next(folder.glob(f"{name}_*_rtt.csv"))
    return sorted(float(line.split(";")[1]) for line in file.read_text().splitlines()[1:])
