"""`kill -9` in the middle of eight recorded calls: every recording plays, at most a second is missing, nothing is open."""

import asyncio
import subprocess
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from random import Random
from time import monotonic
from typing import Any

import pytest
import soundfile

from cti_core.store.journal_file import streams
from daemon.process import RATE_HZ, Daemon, cti, served

LINES = range(1, 9)
LOST_MAX_S = 1.0  # design.md, numbers to reach
RESTART_MAX_S = 3.0  # same, on a machine that does nothing else


@dataclass(frozen=True, slots=True)
class Killed:
    """A node that died. `clock_s` is how far its board was by the shortest way that any frame took to us."""

    stream: str
    clock_s: float
    began: dict[str, datetime]  # of each recording


async def killed_after(daemon: Daemon, seconds: float) -> Killed:
    """Eight callers; all are recorded for so many seconds of audio, then the daemon is gone."""
    async with daemon.client() as op, AsyncExitStack() as stack:
        phones = [await stack.enter_async_context(daemon.phone(line)) for line in LINES]
        started = [await op.until("recording.started") for _ in LINES]
        clock = max(phone.heard_to for phone in phones)
        await asyncio.gather(*(phone.hears(clock + round(seconds * RATE_HZ)) for phone in phones))
        died = monotonic()
        await daemon.kill()
        began = {event["data"]["recording"]: datetime.fromisoformat(event["time"]) for event in started}
        clock_s = died - min(phone.behind_s for phone in phones)
        return Killed(started[0]["id"].rpartition("-")[0], clock_s, began)


def lost_s(dead: Killed, data: Path) -> dict[str, float]:
    """What each recording lacks up to the kill, as it lies there; two independent readers must play all of it."""
    stream = next(s for s in streams(data / "journal") if s.stream == dead.stream)
    lost = {}
    for recording, began in dead.began.items():
        file = data / "recordings" / f"{recording}.wav"
        audio, rate = soundfile.read(file, dtype="int16", always_2d=True)
        assert (rate, audio.shape[1]) == (RATE_HZ, 2)
        decoded = run("ffmpeg", "-v", "error", "-i", file, "-f", "s16le", "-")
        assert decoded == audio.tobytes(), f"ffmpeg and soundfile hear different things in {file}"
        assert run("soxi", "-s", file).split() == [str(len(audio)).encode()]
        lost[recording] = dead.clock_s - (began - stream.began).total_seconds() - len(audio) / RATE_HZ
    return lost


def run(*command: str | Path) -> bytes:
    done = subprocess.run(command, check=False, capture_output=True)
    assert (done.returncode, done.stderr) == (0, b""), done.stderr
    return done.stdout


async def settled(daemon: Daemon, dead: Killed) -> list[dict[str, Any]]:
    """The dead node's recordings as REST tells them, once the tables have caught up."""
    async with asyncio.timeout(10):
        while True:
            told = (await daemon.get("/api/v1/recordings?limit=500"))["recordings"]
            rows = [row for row in told if row["recording"] in dead.began]
            if len(rows) == len(dead.began) and all(row["ended"] for row in rows):
                return rows
            await asyncio.sleep(0.02)


async def expect_order(daemon: Daemon, dead: Killed, data: Path) -> None:
    """Calls are over for a fault of ours, recordings are marked as cut and play, lines wait for callers."""
    rows = await settled(daemon, dead)
    assert {row["state"] for row in rows} == {"cut"}
    for row in rows:
        assert soundfile.info(data / "recordings" / f"{row['recording']}.wav").frames == round(row["seconds"] * RATE_HZ)
    calls = {row["call"]: row for row in (await daemon.get("/api/v1/calls?limit=500"))["calls"]}
    cut = [calls[row["call"]] for row in rows]
    assert {(call["state"], call["cause"]) for call in cut} == {("cleared", "systemFailure")}
    assert sorted(call["line"] for call in cut) == list(LINES)
    assert {line["state"] for line in (await daemon.get("/api/v1/lines"))["lines"]} == {"idle"}


@pytest.mark.parametrize("seconds", [0.04, 1.73])
async def test_killed_in_eight_recorded_calls(file: Path, tmp_path: Path, seconds: float) -> None:
    """Right at the beginning and in the middle; the next start answers calls again."""
    data = tmp_path / "d"
    async with served(file, data) as daemon:
        dead = await killed_after(daemon, seconds)
    assert max(lost_s(dead, data).values()) <= LOST_MAX_S
    async with served(file, data) as again:
        await expect_order(again, dead, data)
        code, told, _ = await cti("calls", "--server", again.address, "--token", "token-op", "--json")
        assert code == 0
        assert told.count('"systemFailure"') == len(LINES)
        async with again.client() as op, again.phone(1):
            await op.until("call.established", line=1)


@pytest.mark.long
async def test_killed_at_ten_random_moments(file: Path, tmp_path: Path) -> None:
    """One data folder through all of it. The figures are printed."""
    data, dice = tmp_path / "d", Random(5)
    lost: list[float] = []
    starts: list[float] = []
    dead: list[Killed] = []
    for _ in range(10):
        async with served(file, data) as daemon:
            if dead:
                starts.append(daemon.started_s)
                await expect_order(daemon, dead[-1], data)
            dead.append(await killed_after(daemon, dice.uniform(0.0, 8.0)))
        lost += lost_s(dead[-1], data).values()
    async with served(file, data) as daemon:
        starts.append(daemon.started_s)
        for one in dead:
            await expect_order(daemon, one, data)
    print(f"lost: max {max(lost):.2f} s, mean {sum(lost) / len(lost):.2f} s of {len(lost)} recordings")  # noqa: T201  what a long run is run for
    print(f"start after a kill: max {max(starts):.2f} s, mean {sum(starts) / len(starts):.2f} s")  # noqa: T201  same
    assert max(lost) <= LOST_MAX_S
    assert min(starts) <= RESTART_MAX_S
