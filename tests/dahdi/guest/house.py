"""The whole daemon (`cti serve`, SQLite) on the virtual card: eight trunks and a telephone; the world outside is ours."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from time import monotonic
from typing import Any, TypeVar

import structlog
from aiohttp import ClientSession

from cti_core.call_control.csta import Digits, FlowStep, Offered, RecordingReady, Report
from cti_core.daemon.start import Node, running
from cti_core.furnish import read_texts
from cti_core.settings import Settings
from cti_core.settings_reader import load
from dahdi.guest import virtual
from dahdi.guest.exchange import FarEnd
from drivers.base import RATE_HZ
from drivers.dahdi.abi import HookOperation
from drivers.dahdi.kernel import LinuxKernel
from dsp import wav
from dsp.tones import Segment, render
from ivr.rendering import entries

ROOT = virtual.ROOT
HERE = Path("/mnt/daemon")
TRUNKS = 8
EXTENSION, AGENT = "801", "1001"
POLARITY_LINES = (5, 6)
PROMPT_S = 1.0
WAIT_S = 30.0  # guest time; a bound, no pause
SETTINGS = f"""
node = "guest"
data_dir = "{HERE}/data"
hospital = "{ROOT}/config/hospital.toml"
[log]
level = "warning"
[api]
port = 0
[[api.tokens]]
token = "token-op"
name = "Op"
role = "operator"
[[api.tokens]]
token = "token-{AGENT}"
role = "agent"
agent = "{AGENT}"
[board]
name = "dahdi"
lines = {TRUNKS}
[board.settings]
channels = "1-{TRUNKS}"
extensions = "{virtual.WIRES}"
[desk]
wrap_up_s = 0
[ivr]
folder = "{ROOT}/config/ivr"
prompts = "{HERE}/prompts"
[[queues]]
name = "service"
[[extensions]]
extension = "{EXTENSION}"
[[agents]]
agent = "{AGENT}"
extension = "{EXTENSION}"
""" + "".join(f"[[lines]]\nline = {line}\npolarity = true\npolarity_answers = true\n" for line in POLARITY_LINES)

R = TypeVar("R")

structlog.configure(wrapper_class=structlog.make_filtering_bound_logger("warning"))


class World:
    """The exchange's eight line circuits and the agent's telephone, which move with their own sample clock."""

    def __init__(self) -> None:
        virtual.loaded()
        self.lines = [FarEnd(virtual.WIRES + 1 + trunk) for trunk in range(TRUNKS)]
        self.telephone = FarEnd(2 * virtual.WIRES)
        self._by_fd = {end.fd: end for end in (*self.lines, self.telephone)}
        self._kernel = LinuxKernel()
        for end in self._by_fd.values():
            end.align()
        for fd in self._by_fd:
            self._kernel.watch(fd)

    async def run(self) -> None:
        while True:
            for fd, _ in await self._kernel.ready():
                self._by_fd[fd].step()

    def close(self) -> None:
        for end in self._by_fd.values():
            self._kernel.forget(end.fd)
            end.close()

    def line(self, number: int) -> FarEnd:
        """As the house counts them."""
        return self.lines[number - 1]

    def ring(self, lines: Iterable[int]) -> None:
        for line in lines:
            assert self.line(line).hook(HookOperation.RING), line


async def until(what: str, done: Callable[[], object], limit_s: float = WAIT_S) -> None:
    """Something outside of the house, looked at every 10 ms."""
    deadline_s = monotonic() + limit_s
    while not done():
        assert monotonic() < deadline_s, f"{what}: not within {limit_s:g} s"
        await asyncio.sleep(0.01)


class Story:
    """What the daemon reports while the test goes on."""

    def __init__(self, node: Node, http: ClientSession | None = None) -> None:
        self.node = node
        self.reports: list[tuple[float, Report]] = []
        self._http = http
        self._woken = asyncio.Event()
        subscription = node.bus.subscribe(self._woken.set)
        assert not hasattr(subscription, "oldest")
        self._subscription = subscription

    async def until(self, what: str, done: Callable[[], object]) -> None:
        deadline_s = monotonic() + WAIT_S
        while True:
            self._woken.clear()
            self.reports += [(monotonic(), event.report) for event in self._subscription.take(10_000)]
            if done():
                return
            if monotonic() > deadline_s:
                tail = "\n".join(f"  {report}" for _, report in self.reports[-40:])
                raise AssertionError(f"{what}: not within {WAIT_S:g} s; last reports\n{tail}")
            with suppress(TimeoutError):
                await asyncio.wait_for(self._woken.wait(), 0.1)

    def forget(self) -> None:
        """What was told so far."""
        self.reports.clear()

    @property
    def now(self) -> int:
        """To be given as `since`."""
        return len(self.reports)

    def told(self, kind: type[R], since: int = 0, **wanted: object) -> list[tuple[float, R]]:
        """Reports of this kind, and when they came."""
        return [
            (at, report)
            for at, report in self.reports[since:]
            if isinstance(report, kind) and all(getattr(report, key) == value for key, value in wanted.items())
        ]

    async def first(self, kind: type[R], since: int = 0, **wanted: object) -> tuple[float, R]:
        await self.until(f"{kind.__name__} {wanted}", lambda: self.told(kind, since, **wanted))
        return self.told(kind, since, **wanted)[0]

    def lines(self, kind: type) -> set[int]:
        return {int(report.line) for _, report in self.reports if isinstance(report, kind)}

    def count(self, kind: type) -> int:
        return sum(isinstance(report, kind) for _, report in self.reports)

    def is_alarmed(self, alarm: str) -> bool:
        return any(raised.alarm == alarm for raised in self.node.bus.alarms)

    def line_of(self, call: object) -> int:
        return next(int(r.line) for _, r in self.reports if isinstance(r, Offered) and r.call == call)

    def at_node(self, name: str) -> set[int]:
        return {self.line_of(r.call) for _, r in self.reports if isinstance(r, FlowStep) and r.node == name}

    def pressed(self) -> set[int]:
        return {self.line_of(r.call) for _, r in self.reports if isinstance(r, Digits)}

    async def ask(self, method: str, **params: Any) -> Any:
        """The agent's desktop."""
        assert self._http is not None, "no desktop"
        order = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
        headers = {"Authorization": f"Bearer token-{AGENT}"}
        address = f"{self.node.address}/api/v1/rpc"
        async with self._http.post(address, json=order, headers=headers) as response:
            answer = await response.json()
        assert "result" in answer, answer
        return answer["result"]


def settings_of() -> Settings:
    is_new = not HERE.exists()
    (HERE / "prompts").mkdir(parents=True, exist_ok=True)
    (HERE / "cti.toml").write_text(SETTINGS, encoding="utf-8")
    settings = load(HERE / "cti.toml")
    if is_new:
        for number, (language, prompt, _) in enumerate(entries(read_texts(settings).catalogue)):
            folder = HERE / "prompts" / language
            folder.mkdir(parents=True, exist_ok=True)
            # a chord each: no key, no tone of an exchange
            chord = render([Segment(round(PROMPT_S * RATE_HZ), ((520.0 + 3 * number, -12.0), (1840.0, -15.0)))])
            (folder / f"{prompt}.wav").write_bytes(wav.encode(chord))
    return settings


@asynccontextmanager
async def outside() -> AsyncIterator[World]:
    """The world moves by itself."""
    world = World()
    moving = asyncio.create_task(world.run())
    try:
        yield world
    finally:
        moving.cancel()
        with suppress(asyncio.CancelledError):
            await moving
        world.close()


@asynccontextmanager
async def house() -> AsyncIterator[tuple[Story, World]]:
    settings = settings_of()
    async with outside() as world, running(settings) as node, ClientSession() as http:
        story = Story(node, http)
        await asyncio.sleep(2.2)  # the kernel's deaf time after opening
        yield story, world


async def agent_is_ready(story: Story) -> None:
    await story.ask("agent.logOn")
    await story.ask("agent.setState", state="ready")


def files_of(story: Story) -> list[Path]:
    """The recordings that are ready, none of them lost a sample."""
    ready = [report for _, report in story.told(RecordingReady)]
    assert all(report.lost_s == 0 for report in ready), ready
    return [HERE / "data" / "recordings" / f"{report.recording}.wav" for report in ready]
