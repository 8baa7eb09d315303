"""The daemon and pages in Chromium, for tests of whole calls. Fixtures stand in `conftest`.

Each browser is a process of its own, because Chromium's fake microphone belongs to the process. The daemon is the real
one with the simulated board, found by the addresses it prints.
"""

import io
import json
import queue
import re
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray
from playwright.sync_api import Browser, Page
from scipy import signal

ROOT = Path(__file__).parents[2]
RATE = 8000
OPERATOR = "demo-operator"  # config/demo.toml
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
    "--autoplay-policy=no-user-gesture-required",
]
START_S = 90.0  # the first start renders its prompts
STEP_S = 20.0  # longest wait for one step of a call
MENU_S = 60.0  # a greeting without barge-in and a main menu, heard at their real speed
SAID = {
    "caller": ("cmn", "您好，我想预约明天上午的内科门诊，请问还有号吗？"),
    "agent": ("en", "Good morning, this is the service desk, how may I help you today?"),
}


@dataclass(frozen=True)
class House:
    phone: str
    agent: str

    @property
    def base(self) -> str:
        return self.agent.removesuffix("/agent")

    def get(self, path: str) -> bytes:
        request = urllib.request.Request(self.base + path, headers={"Authorization": f"Bearer {OPERATOR}"})
        with urllib.request.urlopen(request, timeout=10) as answer:
            body: bytes = answer.read()
        return body


@contextmanager
def daemon(config: Path, data: Path) -> Iterator[House]:
    """`cti serve` as a process of its own, on a free port."""
    command = [sys.executable, "-m", "cti_core.cli", "serve", "--config", str(config)]
    log = data / "daemon.log"
    with (
        log.open("wb") as errors,
        subprocess.Popen(
            [*command, "--port", "0", "--data-dir", str(data)], cwd=ROOT, stdout=subprocess.PIPE, stderr=errors
        ) as process,
    ):
        try:
            yield _addresses(process, log)
        finally:
            process.terminate()
            process.communicate(timeout=20)


def _addresses(daemon: subprocess.Popen[bytes], log: Path) -> House:
    lines: queue.Queue[str] = queue.Queue()
    threading.Thread(target=_read, args=(daemon, lines), daemon=True).start()
    found: dict[str, str] = {}
    end = time.monotonic() + START_S
    while len(found) < 2:
        try:
            line = lines.get(timeout=max(0.0, end - time.monotonic()))
        except queue.Empty:
            break
        if match := re.match(r"\s*(phone|agent):\s+(http\S+)", line):
            found[match[1]] = match[2]
    if len(found) < 2:
        pytest.fail(
            f"the daemon printed no addresses; it said:\n{log.read_text(errors='replace')[-4000:]}", pytrace=False
        )
    return House(**found)


def _read(daemon: subprocess.Popen[bytes], lines: queue.Queue[str]) -> None:
    assert daemon.stdout is not None
    while line := daemon.stdout.readline():  # goes on reading, so that the daemon never waits for us
        lines.put(line.decode(errors="replace"))


def open_page(browser: Browser, address: str, script: str = "") -> Page:
    """A page that fails the test when it logs an error. `script` runs before the page's own."""
    page = browser.new_context(locale="zh-CN").new_page()
    if script:
        page.add_init_script(script)
    page.on("pageerror", lambda error: pytest.fail(f"{address}: {error}"))
    page.on("dialog", lambda dialog: dialog.accept())
    page.goto(address)
    return page


def wait(page: Page, condition: str, within_s: float = STEP_S) -> None:
    page.wait_for_function(f"() => {condition}", timeout=within_s * 1000, polling=100)


def log_on(page: Page, agent: str = "1001", *, leg: str = "on") -> None:
    """To ready. `leg`: of the desktop's own audio; `off` for an agent with a telephone."""
    page.check(f"input[value=demo-agent-{agent}]")
    page.click("#enter")
    wait(page, f"__agent.link() === 'live' && __agent.leg() === '{leg}'")
    wait(page, mine("notReady"))
    page.click("#ready")
    wait(page, mine("ready"))


def log_off(page: Page) -> None:
    page.click("#log-off")
    page.wait_for_selector("#logon", state="visible")


def mine(state: str) -> str:
    return f"__agent.house().agents.some(a => a.agent === __agent.me() && a.state === '{state}')"


def my_call(state: str) -> str:
    return f"__agent.house()?.calls.some(c => c.agent === __agent.me() && c.state === '{state}')"


def ask_for_a_person(phone: Page, agent: Page) -> None:
    """Press 0 until the menu takes it: keys during the greeting, which allows no barge-in, are dropped."""
    end = time.monotonic() + MENU_S
    while time.monotonic() < end:
        phone.locator("[data-key='0']").click(delay=150)
        phone.wait_for_timeout(1500)
        if agent.evaluate(f"() => {my_call('delivered')}"):
            return
    pytest.fail(f"key 0 never reached the queue: {agent.evaluate('__agent.house()')}")


def ring_through(phone: Page, agent: Page) -> None:
    """From the click on "call" to the agent's answer."""
    phone.click("#call")
    wait(phone, "__phone.state().caller === 'talking'")
    phone.evaluate("__audio.peak()")  # forget the ring-back tone
    wait(phone, "__audio.peak() > 0.1")  # the greeting
    ask_for_a_person(phone, agent)
    agent.click("#answer")
    wait(agent, my_call("talking"))


def recording_of(house: House, ident: str) -> tuple[NDArray[np.float64], int]:
    """(n, 2) samples and rate of a finished recording."""
    end = time.monotonic() + STEP_S
    while True:
        try:
            body = house.get(f"/api/v1/recordings/{ident}/audio")
        except urllib.error.HTTPError:
            if time.monotonic() > end:
                raise
            time.sleep(0.2)
        else:
            samples, rate = soundfile.read(io.BytesIO(body), dtype="float64", always_2d=True)
            return samples, rate


def likeness(heard: NDArray[np.float64], said: Path, seconds: float = 2.5) -> float:
    """Largest normalised cross-correlation of the beginning of `said` with any part of `heard` (8 kHz)."""
    samples, rate = soundfile.read(said, dtype="float64")
    samples = signal.resample_poly(samples, RATE, rate)
    begins = int(np.argmax(np.abs(samples) > 0.05 * np.abs(samples).max()))
    wanted = samples[begins : begins + int(seconds * RATE)]
    wanted = wanted - wanted.mean()
    product = signal.correlate(heard, wanted, mode="valid", method="fft")
    power = signal.correlate(heard**2, np.ones(len(wanted)), mode="valid", method="fft")
    loud = np.maximum(power, 0.05 * power.max())  # a silent stretch is no match
    return float(np.max(product / np.sqrt(loud * np.sum(wanted**2))))


def loop_ms(said: Path) -> int:
    return int(soundfile.info(said).duration * 1000)


def _pick(views: list[dict[str, Any]], *names: str) -> list[dict[str, Any]]:
    return [{name: view.get(name) for name in names} for view in views]


SHOWN = {
    "calls": ("call", "state", "line", "agent", "queue", "node", "caller", "called", "estimated", "version"),
    "agents": ("agent", "state", "reason", "call", "queues", "extension"),
    "queues": ("queue", "waiting", "agents"),
    "lines": ("line", "state", "call"),
    "extensions": ("extension", "state", "reason", "agent"),
}


def expect_the_servers_picture(house: House, agent: Page) -> None:
    """The fold of events on the screen equals the snapshot the server would send now."""
    told = json.loads(house.get("/api/v1/snapshot"))
    shown = agent.evaluate("__agent.house()")
    for part, names in SHOWN.items():
        assert _pick(shown[part], *names) == _pick(told[part], *names), part
