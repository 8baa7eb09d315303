"""The work of a tick in real time, with every line in a recorded call, while a client polls and menus are reloaded."""

import asyncio
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

from cti_core.call_control.ids import LineId
from cti_core.call_control.line import LinePlan
from cti_core.cli.options import settings_of
from cti_core.cli.serve import moved
from cti_core.daemon.start import Node, running
from cti_core.logs import configure_logging
from cti_core.settings import LineSettings, Role, Settings
from simulator.board import SimulatedBoard
from simulator.telephone import CallerState

SLOTS_A_SECOND = 50
KEY_EVERY_S = 15  # each caller asks for the opening hours again and again
FAREWELL_S = 30.0  # for the client to end by itself


def bench(lines: int, seconds: float) -> str:
    """One run; its figures as a line."""
    configure_logging("error")
    with tempfile.TemporaryDirectory(prefix="cti-bench-") as folder:
        return asyncio.run(_bench(_settings(lines, Path(folder)), seconds))


def _settings(lines: int, folder: Path) -> Settings:
    demo = moved(settings_of(None), folder)
    rows = tuple(
        LineSettings(plan=LinePlan(line=LineId(n), answer_on_ring=1), label=f"{n}", loop_drop_ms=250)
        for n in range(1, lines + 1)
    )
    return replace(
        demo,
        lines=rows,
        board=replace(demo.board, lines=lines),
        api=replace(demo.api, port=0),
        node="bench",
    )


async def _bench(settings: Settings, seconds: float) -> str:
    async with running(settings) as node:
        token = next(t.token for t in settings.api.tokens if t.role is Role.OPERATOR)
        client = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "cti_core.cli.bench_client",
            node.address,
            token,
            str(seconds),
            stdout=asyncio.subprocess.PIPE,
        )
        await _callers(node, seconds)
        told, _ = await asyncio.wait_for(client.communicate(), FAREWELL_S)
        stats = node.house.pump.stats()
        pulse = stats.pulse
        return (
            f"{len(settings.lines)} lines, {stats.recordings} recorded calls, {pulse.ticks} ticks: "
            f"work p50 {pulse.work_p50_ms:.2f} ms, p99 {pulse.work_p99_ms:.2f} ms, max {pulse.work_max_ms:.2f} ms; "
            f"late {pulse.ticks_late}, lost {pulse.ticks_lost}; {told.decode().strip()}"
        )


async def _callers(node: Node, seconds: float) -> None:
    """Keep every line in a call until the time is over; nobody dials or presses at the same instant as all others."""
    assert isinstance(node.board, SimulatedBoard)
    exchange = node.board.exchange
    for slot in range(round(seconds * SLOTS_A_SECOND)):
        second, part = divmod(slot, SLOTS_A_SECOND)
        for port in range(part, exchange.ports, SLOTS_A_SECOND):
            handset = exchange.handset(port)
            if handset.state in {CallerState.FAR_END_CLEARED, CallerState.BUSY}:
                exchange.hang_up(handset)
            elif handset.state is CallerState.IDLE:
                exchange.dial(port)
            elif handset.state is CallerState.TALKING and (second + port) % KEY_EVERY_S == 0:
                handset.press("1")
        await asyncio.sleep(1 / SLOTS_A_SECOND)
