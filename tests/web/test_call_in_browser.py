"""Whole calls between two browsers and the daemon: rung on /phone, answered on /agent, recorded and compared with what was
said; or answered on a telephone of the house.

Each browser is a process of its own, because Chromium's fake microphone belongs to the process. The daemon is the real
one with the simulated board, found by the addresses it prints.
"""

import io
import json
import queue
import re
import shutil
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray
from playwright.sync_api import Browser, Page, Playwright, sync_playwright
from scipy import signal

pytestmark = pytest.mark.browser

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


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """The daemon on a free port with an empty data folder."""
    data = tmp_path_factory.mktemp("data")
    command = [sys.executable, "-m", "cti_core.cli", "serve", "--config", str(ROOT / "config" / "demo.toml")]
    log = data / "daemon.log"
    with (
        log.open("wb") as errors,
        subprocess.Popen(
            [*command, "--port", "0", "--data-dir", str(data)], cwd=ROOT, stdout=subprocess.PIPE, stderr=errors
        ) as daemon,
    ):
        try:
            yield _addresses(daemon, log)
        finally:
            daemon.terminate()
            daemon.communicate(timeout=20)


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


@pytest.fixture(scope="session")
def speech(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """What each side says, over and over: a WAV of espeak-ng for the fake microphone."""
    folder = tmp_path_factory.mktemp("speech")
    for who, (voice, text) in SAID.items():
        subprocess.run(["espeak-ng", "-v", voice, "-w", str(folder / f"{who}.wav"), text], check=True, timeout=60)
    return {who: folder / f"{who}.wav" for who in SAID}


@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    """Ends with the module: the synchronous API keeps an event loop in this thread."""
    with sync_playwright() as driver:
        yield driver


@pytest.fixture
def browser(playwright: Playwright) -> Iterator[Callable[..., Browser]]:
    """Starts Chromium with this file as its microphone."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        pytest.fail("Chromium is not installed (apt install chromium)")
    opened: list[Browser] = []

    def launch(microphone: Path | None = None, *more: str) -> Browser:
        args = [*FLAGS, *more]
        if microphone is not None:
            args.append(f"--use-file-for-fake-audio-capture={microphone}")
        opened.append(playwright.chromium.launch(executable_path=chromium, args=args))
        return opened[-1]

    yield launch
    for one in opened:
        one.close()


def _page(browser: Browser, address: str) -> Page:
    """A page that fails the test when it logs an error."""
    page = browser.new_context(locale="zh-CN").new_page()
    page.on("pageerror", lambda error: pytest.fail(f"{address}: {error}"))
    page.on("dialog", lambda dialog: dialog.accept())
    page.goto(address)
    return page


def _wait(page: Page, condition: str, within_s: float = STEP_S) -> None:
    page.wait_for_function(f"() => {condition}", timeout=within_s * 1000, polling=100)


def _log_on(page: Page) -> None:
    page.check("input[value=demo-agent-1001]")
    page.click("#enter")
    _wait(page, "__agent.link() === 'live' && __agent.leg() === 'on'")
    page.click("#ready")
    _wait(page, _mine("ready"))


def _log_off(page: Page) -> None:
    page.click("#log-off")
    page.wait_for_selector("#logon", state="visible")


def _mine(state: str) -> str:
    return f"__agent.house().agents.some(a => a.agent === '1001' && a.state === '{state}')"


def _my_call(state: str) -> str:
    return f"__agent.house()?.calls.some(c => c.agent === '1001' && c.state === '{state}')"


def _ask_for_a_person(phone: Page, agent: Page) -> None:
    """Press 0 until the menu takes it: keys during the greeting, which allows no barge-in, are dropped."""
    end = time.monotonic() + MENU_S
    while time.monotonic() < end:
        phone.locator("[data-key='0']").click(delay=150)
        phone.wait_for_timeout(1500)
        if agent.evaluate(f"() => {_my_call('delivered')}"):
            return
    pytest.fail(f"key 0 never reached the queue: {agent.evaluate('__agent.house()')}")


def _ring_through(phone: Page, agent: Page) -> None:
    """From the click on "call" to the agent's answer."""
    phone.click("#call")
    _wait(phone, "__phone.state().caller === 'talking'")
    phone.evaluate("__audio.peak()")  # forget the ring-back tone
    _wait(phone, "__audio.peak() > 0.1")  # the greeting
    _ask_for_a_person(phone, agent)
    agent.click("#answer")
    _wait(agent, _my_call("talking"))


def _recording(house: House, ident: str) -> tuple[NDArray[np.float64], int]:
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


def _loop_ms(said: Path) -> int:
    return int(soundfile.info(said).duration * 1000)


def _pick(views: list[dict[str, Any]], *names: str) -> list[dict[str, Any]]:
    return [{name: view.get(name) for name in names} for view in views]


def _expect_the_servers_picture(house: House, agent: Page) -> None:
    """The fold of events on the screen equals the snapshot the server would send now."""
    told = json.loads(house.get("/api/v1/snapshot"))
    shown = agent.evaluate("__agent.house()")
    assert _pick(shown["calls"], "call", "state", "line", "agent", "queue", "node", "caller") == _pick(
        told["calls"], "call", "state", "line", "agent", "queue", "node", "caller"
    )
    assert _pick(shown["agents"], "agent", "state", "reason", "call", "queues") == _pick(
        told["agents"], "agent", "state", "reason", "call", "queues"
    )
    assert _pick(shown["queues"], "queue", "waiting", "agents") == _pick(told["queues"], "queue", "waiting", "agents")
    assert _pick(shown["lines"], "line", "state", "call") == _pick(told["lines"], "line", "state", "call")


def test_a_caller_hears_the_greeting_reaches_an_agent_and_both_are_recorded_as_they_spoke(
    house: House, browser: Callable[..., Browser], speech: dict[str, Path]
) -> None:
    """Done-when 1: each channel of the recording correlates above 0.9 with what that side said."""
    agent = _page(browser(speech["agent"]), f"{house.agent}?audio=raw")
    _log_on(agent)
    phone = _page(browser(speech["caller"]), f"{house.phone}?line=1&audio=raw")
    _ring_through(phone, agent)

    assert "1 号线" in agent.inner_text("#call-facts")
    _expect_the_servers_picture(house, agent)
    recording = agent.evaluate("__agent.house().calls.find(c => c.agent === '1001').recording")
    assert recording
    for page in (phone, agent):
        page.evaluate("__audio.peak()")
    longest = max(_loop_ms(path) for path in speech.values())
    phone.wait_for_timeout(2 * longest + 1500)  # wherever the loops stand, each text is heard whole once
    assert phone.evaluate("__audio.peak()") > 0.1
    assert agent.evaluate("__audio.peak()") > 0.1

    phone.click("#hangup")
    _wait(phone, "__phone.state().caller === 'idle'")
    _wait(agent, _mine("workingAfterCall"))
    agent.click("#finish")
    _wait(agent, _mine("ready"))
    assert "已接" in agent.inner_text("#history")
    _expect_the_servers_picture(house, agent)
    _log_off(agent)

    samples, rate = _recording(house, recording)
    assert rate == RATE
    assert likeness(samples[:, 0], speech["caller"]) > 0.9
    assert likeness(samples[:, 1], speech["agent"]) > 0.9


def test_an_agents_page_that_is_reloaded_in_a_call_shows_the_call_and_gets_its_sound_back(
    house: House, browser: Callable[..., Browser], speech: dict[str, Path]
) -> None:
    """The token lives in the tab, the truth on the server; sound needs one click, as browsers demand."""
    agent = _page(browser(speech["agent"]), f"{house.agent}?audio=raw")
    _log_on(agent)
    phone = _page(browser(speech["caller"]), f"{house.phone}?line=2&audio=raw")
    _ring_through(phone, agent)

    agent.reload()
    _wait(agent, f"window.__agent?.link() === 'live' && {_my_call('talking')}")
    agent.click("#wake-button")
    _wait(agent, "__agent.leg() === 'on'")
    agent.evaluate("__audio.peak()")
    _wait(agent, "__audio.peak() > 0.1")
    _expect_the_servers_picture(house, agent)

    agent.keyboard.press("Alt+KeyX")
    _wait(agent, _mine("workingAfterCall"))
    _log_off(agent)


def test_a_page_from_an_insecure_address_says_why_there_is_no_microphone_and_its_keys_still_work(
    house: House, browser: Callable[..., Browser]
) -> None:
    """Plain http from another machine: no microphone, no worklet; the call and the keys go through all the same."""
    port = house.base.rsplit(":", 1)[1]
    lan = browser(None, "--host-resolver-rules=MAP cti.hospital.lan 127.0.0.1")
    phone = _page(lan, f"http://cti.hospital.lan:{port}/phone?line=3")
    assert phone.evaluate("isSecureContext") is False
    assert "https" in phone.inner_text("#mic-text")
    phone.click("#call")
    _wait(phone, "__phone.state().caller === 'talking'")
    phone.keyboard.press("0", delay=120)
    assert phone.inner_text("#pressed") == "0"
    phone.click("#hangup")
    _wait(phone, "__phone.state().caller === 'idle'")


ON_DUTY = """() => new Promise((done, failed) => {
  const socket = new WebSocket(`ws://${location.host}/api/v1/ws?token=demo-agent-1003`);
  const asks = [['agent.logOn', {queues: ['service']}], ['agent.setState', {state: 'ready'}]];
  const ask = (id) => socket.send(JSON.stringify({jsonrpc: '2.0', id, method: asks[id][0], params: asks[id][1]}));
  globalThis.leave = () => socket.send(JSON.stringify({jsonrpc: '2.0', id: 2, method: 'agent.logOff', params: {}}));
  socket.onopen = () => ask(0);
  socket.onmessage = ({data}) => {
    const {id, error} = JSON.parse(data);
    if (error) failed(JSON.stringify(error));
    else if (id === 0) ask(1);
    else if (id === 1) done(true);
  };
})"""


def _agent_of(house: House, name: str) -> dict[str, Any]:
    told = json.loads(house.get("/api/v1/snapshot"))
    return next(agent for agent in told["agents"] if agent["agent"] == name)


def _becomes(house: House, name: str, state: str, phone: Page) -> None:
    end = time.monotonic() + STEP_S
    while _agent_of(house, name)["state"] != state:
        assert time.monotonic() < end, _agent_of(house, name)
        phone.wait_for_timeout(100)


def test_an_agent_answers_on_a_telephone_of_the_house_in_another_browser(
    house: House, browser: Callable[..., Browser], speech: dict[str, Path]
) -> None:
    """It rings, is lifted, both hear each other; a flash holds and takes back, putting down ends the call."""
    phone = _page(browser(speech["caller"]), f"{house.phone}?line=4&audio=raw")
    desk = _page(browser(speech["agent"]), f"{house.phone}?extension=801&audio=raw")
    desk.click("#call")
    desk.wait_for_selector("[data-telephone=onHook]")
    assert desk.evaluate(ON_DUTY)
    phone.click("#call")
    _wait(phone, "__phone.state().caller === 'talking'")
    end = time.monotonic() + MENU_S
    while desk.evaluate("__phone.state().telephone") != "ringing":
        assert time.monotonic() < end, "key 0 never reached the queue"
        phone.locator("[data-key='0']").click(delay=150)
        phone.wait_for_timeout(1500)
    desk.click("#call")
    desk.wait_for_selector("[data-telephone=lifted]")
    _becomes(house, "1003", "busy", phone)
    phone.wait_for_timeout(500)
    for page in (phone, desk):
        page.evaluate("__audio.peak()")
        _wait(page, "__audio.peak() > 0.1")
    desk.click("#flash")
    desk.wait_for_timeout(1000)
    desk.evaluate("__audio.peak()")
    desk.wait_for_timeout(1500)
    assert desk.evaluate("__audio.peak()") < 0.05  # on hold nobody is heard
    desk.click("#flash")
    _wait(desk, "__audio.peak() > 0.1")
    desk.click("#hangup")
    _wait(phone, "__phone.state().caller === 'far-end-cleared'")
    _becomes(house, "1003", "workingAfterCall", phone)
    phone.click("#hangup")
    desk.evaluate("leave()")
    _becomes(house, "1003", "loggedOff", phone)
