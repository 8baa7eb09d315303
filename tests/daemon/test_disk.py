"""The disk takes no more in the middle of a recorded call: the call goes on, the hole is marked and told."""

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from cti_core.daemon import troubles
from daemon.node import Client, House, change, house

ROOM = 300 << 10


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 300 kB of its own."""
    folder = tmp_path / "small"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={ROOM}", "tmpfs", folder], check=False, capture_output=True
    )
    if mounted.returncode != 0:
        pytest.skip(f"a disk can be mounted by root only: {mounted.stderr.decode().strip()}")
    yield folder
    subprocess.run(["umount", folder], check=True)


def expect_a_hole(file: Path, told: dict[str, Any]) -> None:
    """As long as the call, with silence where the loss is, and speech before and behind it."""
    audio, rate = soundfile.read(file, dtype="int16", always_2d=True)
    assert len(audio) / rate == pytest.approx(told["seconds"], abs=0.001)
    blocks = np.abs(audio[: len(audio) // 800 * 800, 1].astype(int)).reshape(-1, 800).max(axis=1) > 100
    assert blocks[:5].any(), "nothing was heard before"
    assert blocks[-5:].any(), "nothing was heard behind"
    assert f"lost {round(told['lostS'] * rate)}".encode() in file.read_bytes()


async def speaks_on(here: House, op: Client, call: str) -> None:
    """Keys work and prompts play."""
    here.press(1, "2")
    await op.until("call.flowStep", callId=call, node="again")
    await op.until("call.flowStep", callId=call, node="welcome")


async def test_a_full_disk_costs_audio_and_no_call(
    file: Path, small_disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Alarm and event at once; with room again the recording goes on by itself, and is whole in length."""
    monkeypatch.setattr(troubles, "FREE_BYTES_MIN", 0)  # the recorder itself must notice, not who looks at the meter
    change(file, ('data_dir = "data"', f'data_dir = "data"\nrecordings_dir = "{small_disk}"'))
    ballast = small_disk / "ballast"
    async with house(file) as here, here.client() as op:
        here.dial(1)
        call = (await op.until("call.flowStep", node="welcome"))["callId"]
        await here.recorded(call, 0.5)
        fill(ballast)
        lost = await op.until("recording.lost", callId=call)
        assert lost["data"]["reason"] == "No space left on device"
        alarm = await op.until("system.alarmRaised", alarm="diskFull")
        assert "No space left" in alarm["data"]["detail"]
        assert (await here.call("GET", "/readyz"))[0] == 503
        await speaks_on(here, op, call)

        ballast.unlink()
        await op.until("system.alarmCleared", alarm="diskFull")
        await speaks_on(here, op, call)
        here.hang_up(1)
        assert (await op.until("call.cleared", callId=call))["cause"] == "normalClearing"
        ready = (await op.until("recording.ready", callId=call))["data"]
        assert ready["lostS"] > 0.5
        expect_a_hole(small_disk / f"{call}.wav", ready)
        row = await here.row(f"/api/v1/recordings/{call}", lambda row: row["state"] == "closed")
        assert row["lostS"] == ready["lostS"]


async def test_a_folder_of_recordings_that_vanishes_costs_audio_and_no_call(file: Path) -> None:
    """A disk that was unmounted: the next call has no file until it is back."""
    folder = file.parent / "data" / "recordings"
    async with house(file) as here, here.client() as op:
        folder.rename(folder.with_name("elsewhere"))
        here.dial(1)
        call = (await op.until("call.flowStep", node="welcome"))["callId"]
        assert (await op.until("recording.lost", callId=call))["data"]["reason"] == "No such file or directory"
        await op.until("system.alarmRaised", alarm="recordingFailing")
        await speaks_on(here, op, call)
        folder.with_name("elsewhere").rename(folder)
        await op.until("system.alarmCleared", alarm="recordingFailing")
        await speaks_on(here, op, call)
        here.hang_up(1)
        ready = (await op.until("recording.ready", callId=call))["data"]
        assert ready["lostS"] > 0.5
        assert soundfile.info(folder / f"{call}.wav").duration == pytest.approx(ready["seconds"], abs=0.001)


def fill(ballast: Path) -> None:
    """Until nothing more fits."""
    with ballast.open("wb", buffering=0) as heavy:
        try:
            while heavy.write(bytes(1024)):
                pass
        except OSError:
            return
