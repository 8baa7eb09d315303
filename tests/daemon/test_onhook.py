"""The exchange told nobody's number: what the line heard is there to be listened to, if the settings say so."""

from pathlib import Path

import numpy as np

from daemon.node import change, house, until
from dsp import wav


async def test_a_call_without_a_number_leaves_what_the_line_heard_before_the_answer(file: Path) -> None:
    """Line 1 has no caller id; on line 2 the exchange sends it before the ring, and nothing is kept of it."""
    change(
        file,
        ('node = "n1"', 'node = "n1"\nonhook_evidence = true'),
        ("[supervision]", '[board.settings.line_2]\ncaller_id = "dtmf"\n[supervision]'),
    )
    async with house(file) as here, here.client() as op:
        await until(lambda: here.exchange.now >= 4000)
        here.dial(1, 2)
        calls = [(await op.until("call.established", line=line))["callId"] for line in (1, 2)]
        path = here.settings.recordings_dir / f"{calls[0]}.onhook.wav"
        await until(path.exists)
        row = await here.row(f"/api/v1/recordings/{calls[0]}", lambda row: row["onhook"])
        assert row["call"] == calls[0]
        assert not (await here.row(f"/api/v1/recordings/{calls[1]}", lambda row: row["call"]))["onhook"]
        here.hang_up(1, 2)
        for call in calls:
            await op.until("recording.ready", callId=call)
    heard = wav.read(path).samples
    assert 4000 <= heard.size <= 24_000
    assert 0 < np.abs(heard).max() < 200  # the noise of an idle line: no prompt, no caller
    assert [each.name for each in path.parent.glob("*.onhook.wav")] == [path.name]


async def test_nothing_is_kept_unless_it_was_asked_for(file: Path) -> None:
    async with house(file) as here, here.client() as op:
        here.dial(1)
        call = (await op.until("call.established", line=1))["callId"]
        here.hang_up(1)
        await op.until("recording.ready", callId=call)
        assert not (await here.row(f"/api/v1/recordings/{call}", lambda row: row["ended"]))["onhook"]
    assert not list(here.settings.recordings_dir.glob("*.onhook.wav"))
