"""A node that died leaves calls and recordings open; the next start closes them, once."""

import hashlib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cti_core.call_control.clock import Instant
from cti_core.call_control.csta import Cause, Cleared, RecordingLost, RecordingReady
from cti_core.store.fold import CUT
from cti_core.store.journal_file import end_of, open_stream, read
from cti_core.store.recovery import UNWRITTEN_EVENTS, closing_hops, look, recover
from store.story import FIRST, SECOND, journal_of, morning

MORNING = morning()


def mended(path: Path) -> float:
    """Stands for media.wav.repair: a second for each byte."""
    return float(path.stat().st_size)


def reports(path: Path) -> list[object]:
    return [entry.what.what.report for entry in read(path, events_only=True)]  # type: ignore[union-attr]


def test_a_running_call_is_cleared_with_system_failure_and_the_time_it_spent(tmp_path: Path) -> None:
    """Answered at 45 s, in the dialogue until the last that is known, 60.1 s."""
    path = journal_of(tmp_path, MORNING)

    (cut,) = recover(tmp_path, tmp_path, mended)

    (cleared,) = [r for r in reports(path) if isinstance(r, Cleared) and r.call == SECOND]
    assert cleared.cause is Cause.SYSTEM_FAILURE
    assert (cleared.line, cleared.ringing_s, cleared.dialogue_s) == (2, 5.0, pytest.approx(15.1))
    assert [c.call for c in cut.calls] == [SECOND]
    assert open_stream(path).settled


def test_a_call_that_talked_keeps_its_queue_its_agent_and_its_phases(tmp_path: Path) -> None:
    journal_of(tmp_path, morning(until_s=50))

    (cut,) = recover(tmp_path, tmp_path, mended)

    first = next(r for r in (hop.what.report for hop in closing_hops(cut)) if r.call == FIRST)  # type: ignore[union-attr]
    assert isinstance(first, Cleared)
    assert (first.queue, first.agent) == ("service", "1001")
    assert (first.ringing_s, first.dialogue_s, first.waiting_s, first.talking_s) == (5, 5, 4, 21)


def test_an_open_recording_is_repaired_hashed_and_said_to_be_cut(tmp_path: Path) -> None:
    path = journal_of(tmp_path, MORNING)
    audio = b"x" * 14  # 14 s of the 15.1 s
    (tmp_path / f"{SECOND}.wav").write_bytes(audio)

    recover(tmp_path, tmp_path, mended)

    lost, ready = reports(path)[-2:]
    assert lost == RecordingLost(call=SECOND, recording=SECOND, reason=CUT)  # type: ignore[arg-type]
    assert isinstance(ready, RecordingReady)
    assert (ready.seconds, ready.sha256) == (14, hashlib.sha256(audio).hexdigest())
    assert ready.lost_s == pytest.approx(1.1)


def test_audio_beyond_the_journal_tells_how_long_the_call_went_on(tmp_path: Path) -> None:
    """Nothing happened for an hour while two people spoke."""
    journal_of(tmp_path, MORNING)
    (tmp_path / f"{SECOND}.wav").write_bytes(b"x" * 3600)

    (cut,) = recover(tmp_path, tmp_path, mended)

    assert cut.at == (45 + 3600) * 8000
    assert cut.recordings[0].seconds == 3600


@pytest.mark.parametrize(
    ("fault", "reason"),
    [(FileNotFoundError(), "the file is missing"), (ValueError("is no recording of ours"), "is no recording of ours")],
)
def test_a_recording_that_cannot_be_repaired_is_lost_in_words(tmp_path: Path, fault: Exception, reason: str) -> None:
    path = journal_of(tmp_path, MORNING)

    def fails(_: Path) -> float:
        raise fault

    recover(tmp_path, tmp_path, fails)

    lost, ready = reports(path)[-2:]
    assert isinstance(lost, RecordingLost)
    assert lost.reason == reason
    assert isinstance(ready, RecordingReady)
    assert (ready.seconds, ready.sha256, ready.lost_s) == (0, "", pytest.approx(15.1))


def test_a_recording_whose_call_was_over_is_only_closed(tmp_path: Path) -> None:
    """Killed while the hash was being worked out: nothing of it is lost."""
    path = journal_of(
        tmp_path, [hop for hop in MORNING if not isinstance(getattr(hop.what, "report", 0), RecordingReady)]
    )
    for call in (FIRST, SECOND):
        (tmp_path / f"{call}.wav").write_bytes(b"x" * 15)

    (cut,) = recover(tmp_path, tmp_path, mended)

    first = next(r for r in cut.recordings if r.call == FIRST)
    assert first.ended
    (ready,) = [r for r in reports(path) if isinstance(r, RecordingReady) and r.call == FIRST]
    assert ready.lost_s == 0


def test_recovering_twice_changes_nothing(tmp_path: Path) -> None:
    path = journal_of(tmp_path, MORNING)
    recover(tmp_path, tmp_path, mended)
    once = path.read_bytes()

    assert recover(tmp_path, tmp_path, mended) == ()
    assert path.read_bytes() == once


def test_the_live_stream_is_left_alone(tmp_path: Path) -> None:
    path = journal_of(tmp_path, MORNING, stream="b")
    before = path.read_bytes()

    assert recover(tmp_path, tmp_path, mended, live="b") == ()
    assert path.read_bytes() == before


def test_a_node_that_was_stopped_in_the_middle_of_a_call_leaves_no_open_call(tmp_path: Path) -> None:
    """Its journal was closed; its call was not."""
    path = journal_of(tmp_path, MORNING, closed=True)

    (cut,) = recover(tmp_path, tmp_path, mended)

    assert [c.call for c in cut.calls] == [SECOND]
    assert any(isinstance(r, Cleared) and r.call == SECOND for r in reports(path))


def test_a_node_that_was_stopped_at_rest_left_nothing(tmp_path: Path) -> None:
    path = journal_of(tmp_path, morning(until_s=5), closed=True)
    before = list(read(path))

    assert recover(tmp_path, tmp_path, mended) == ()
    assert list(read(path)) == before
    assert open_stream(path).settled


def test_every_stream_that_was_cut_is_closed_also_when_several_were(tmp_path: Path) -> None:
    """The node died again before it could recover."""
    for stream in ("a", "b"):
        journal_of(tmp_path, MORNING, stream=stream)

    assert [cut.stream.stream for cut in recover(tmp_path, tmp_path, mended)] == ["a", "b"]


def test_new_hops_and_events_never_take_a_number_that_may_have_been_used(tmp_path: Path) -> None:
    path = journal_of(tmp_path, MORNING)
    before = list(read(path))
    recover(tmp_path, tmp_path, mended)

    after = list(read(path))[len(before) :]

    assert [entry.what.seq for entry in after] == [78, 79, 80]  # type: ignore[union-attr]
    assert after[0].event == max(entry.event for entry in before) + UNWRITTEN_EVENTS
    assert [entry.event - after[0].event for entry in after] == [0, 1, 2]


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None, max_examples=50)
@given(data=st.data())
def test_a_journal_torn_at_any_byte_is_closed_without_an_open_call(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("torn")
    path = journal_of(folder, MORNING)
    whole = path.read_bytes()
    cut_at = data.draw(st.integers(open_stream(path).first, len(whole)))
    path.write_bytes(whole[:cut_at])
    end = end_of(path)

    recover(folder, folder, mended)

    assert look(open_stream(path), folder, mended).calls == ()
    assert look(open_stream(path), folder, mended).recordings == ()
    first = open_stream(path).first
    assert path.read_bytes()[first:end] == whole[first:end]
    assert end_of(path) == len(path.read_bytes())
    torn = path.with_suffix(".torn")
    assert (torn.read_bytes() if torn.exists() else b"") == whole[end:cut_at]


def test_an_empty_journal_is_closed(tmp_path: Path) -> None:
    path = journal_of(tmp_path, [])

    (cut,) = recover(tmp_path, tmp_path, mended)

    assert (cut.calls, cut.recordings, cut.at) == ((), (), Instant(0))
    assert open_stream(path).settled


def test_a_journal_that_cannot_be_written_is_left_for_the_next_start(tmp_path: Path) -> None:
    """A folder in the place where the torn tail is kept: the tail is not thrown away."""
    path = journal_of(tmp_path, MORNING)
    path.write_bytes(path.read_bytes() + b"torn")
    path.with_suffix(".torn").mkdir()

    assert len(recover(tmp_path, tmp_path, mended)) == 1
    assert not open_stream(path).settled
    path.with_suffix(".torn").rmdir()
    assert len(recover(tmp_path, tmp_path, mended)) == 1
    assert open_stream(path).settled
