"""kill -9 of a process that writes a journal; then recovery, projection, and the same answer from both databases."""

import asyncio
import signal
import sys
from pathlib import Path

from cti_core.call_control.clock import RATE_HZ
from cti_core.media import wav
from cti_core.store.database import engine_for
from cti_core.store.journal_file import path_of, read
from cti_core.store.projector import Projector
from cti_core.store.recovery import recover
from cti_core.store.repository import Repository
from cti_core.store.rows import RecordingState
from store.story import FIRST, SECOND, journal_of, morning

WRITER = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from cti_core.call_control.ids import Seq
from cti_core.store.journal import Journal
from dataclasses import replace
sys.path[:0] = {paths}
from store.story import morning
hops = morning()
last = [0]
journal = Journal(Path({folder!r}), node="n1", stream="k", began=datetime(2026, 11, 24, tzinfo=UTC),
                  on_written=lambda: print(last[0], flush=True))
seq = 0
while True:
    for hop in hops:
        seq += 1
        journal.append([replace(hop, seq=Seq(seq))])
        last[0] = seq
    journal._stop.wait(0.002)
"""


async def test_a_killed_writer_leaves_every_hop_it_reported_as_written(tmp_path: Path) -> None:
    program = WRITER.format(paths=sys.path, folder=str(tmp_path))
    writer = await asyncio.create_subprocess_exec(sys.executable, "-c", program, stdout=asyncio.subprocess.PIPE)
    assert writer.stdout is not None
    reported = [await writer.stdout.readline() for _ in range(4)]
    writer.send_signal(signal.SIGKILL)
    await writer.wait()
    del reported[-1]  # it counts appended hops; those of the batch before are surely written

    seqs = [entry.what.seq for entry in read(path_of(tmp_path, "k"))]  # type: ignore[union-attr]

    assert seqs == list(range(1, len(seqs) + 1))
    assert len(seqs) >= int(reported[-1])


async def test_after_a_cut_calls_and_recordings_are_consistent_and_marked(url: str, tmp_path: Path) -> None:
    """The projector was half way when the node died, and goes on with what recovery said."""
    journal_of(tmp_path / "j", morning())
    projector = Projector(url, tmp_path / "j", live="t")
    assert await projector.catch_up()
    await projector.close()
    samples = 14 * RATE_HZ
    (tmp_path / f"{SECOND}.wav").write_bytes(wav.header(samples // 2) + bytes([wav.SILENCE]) * (2 * samples))

    await asyncio.to_thread(recover, tmp_path / "j", tmp_path, wav.repair, live="next")
    projector = Projector(url, tmp_path / "j", live="next")
    assert await projector.catch_up()
    await projector.close()

    engine = engine_for(url)
    repository = Repository(engine, tmp_path / "j")
    calls = await repository.calls()
    assert [(row.call, row.cause) for row in calls] == [(SECOND, "systemFailure"), (FIRST, "normalClearing")]
    assert all(row.ended for row in calls)
    assert all(stay.ended for stay in await repository.connections(SECOND))
    second, first = await repository.recordings()
    assert (first.state, second.state, second.seconds) == (RecordingState.CLOSED, RecordingState.CUT, 14)
    assert second.sha256
    assert second.lost_s is not None
    assert 1 < second.lost_s < 1.2
    await engine.dispose()


async def test_a_recording_of_which_nothing_is_left_is_lost(url: str, tmp_path: Path) -> None:
    journal_of(tmp_path / "j", morning())
    await asyncio.to_thread(recover, tmp_path / "j", tmp_path, wav.repair)
    projector = Projector(url, tmp_path / "j")
    assert await projector.catch_up()
    await projector.close()

    engine = engine_for(url)
    (second, _) = await Repository(engine, tmp_path / "j").recordings()
    assert (second.state, second.reason) == (RecordingState.LOST, "the file is missing")
    await engine.dispose()
