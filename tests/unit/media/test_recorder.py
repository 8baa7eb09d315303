"""Recordings: both directions, to the sample, whatever the disk does."""

import hashlib
import resource
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from cti_core.call_control.events import RecordingClosed, RecordingFailed
from cti_core.call_control.ids import LineId, RecordingId
from cti_core.media import wav
from cti_core.media.recorder import BLOCK_SAMPLES, QUEUE_BLOCKS, Recorder

LINES = [LineId(1), LineId(2)]
A, B = RecordingId("call-a"), RecordingId("call-b")
BLOCK_TICKS = BLOCK_SAMPLES // 160
QUIET = 8  # A-law has no zero: its smallest step


class Studio:
    """A recorder without a thread; line n says 1000 * n, and is sent 100 * n, in every sample."""

    def __init__(self, folder: Path) -> None:
        self.told: list[RecordingFailed | RecordingClosed] = []
        self.recorder = Recorder(LINES, folder, self.told.append, threaded=False)

    def run(self, ticks: int) -> None:
        said = np.repeat(np.array([[1000], [2000]], np.int16), 160, axis=1)
        for _ in range(ticks):
            self.recorder.tick(said, said // 10)

    def run_to_block_end(self) -> None:
        self.run(BLOCK_TICKS)

    def closed(self) -> RecordingClosed:
        (closed,) = [event for event in self.told if isinstance(event, RecordingClosed)]
        return closed

    def failures(self) -> list[RecordingFailed]:
        return [event for event in self.told if isinstance(event, RecordingFailed)]


def audio(path: Path) -> tuple[NDArray[np.int16], NDArray[np.int16]]:
    """Left and right."""
    samples, rate = soundfile.read(path, dtype="int16")
    assert rate == 8000
    return samples[:, 0], samples[:, 1]


def near(samples: NDArray[np.int16], value: int) -> bool:
    return bool((np.abs(samples.astype(int) - value) <= max(abs(value) / 32, QUIET)).all())


@contextmanager
def room_on_disk(size: int) -> Iterator[None]:
    """Files cannot grow beyond `size` bytes meanwhile: what a full disk looks like to a writer."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_left_is_what_the_line_says_and_right_is_what_it_is_sent(tmp_path: Path) -> None:
    studio = Studio(tmp_path)
    studio.recorder.start(A, LineId(2))
    studio.run(30)
    studio.recorder.close()
    left, right = audio(studio.recorder.path(A))
    assert near(left, 2000)
    assert near(right, 200)
    assert len(left) == len(right) == 30 * 160


def test_a_recording_that_runs_is_a_whole_file_each_half_second(tmp_path: Path) -> None:
    studio = Studio(tmp_path)
    studio.recorder.start(A, LineId(1))
    for blocks in (1, 2, 3):
        studio.run_to_block_end()
        assert soundfile.info(studio.recorder.path(A)).frames == blocks * BLOCK_SAMPLES


def test_recordings_begin_and_end_with_their_own_ticks(tmp_path: Path) -> None:
    studio = Studio(tmp_path)
    studio.recorder.start(A, LineId(1))
    studio.run(7)
    studio.recorder.start(B, LineId(2))
    studio.run(40)
    studio.recorder.stop(A)
    studio.run(4)
    studio.recorder.stop(B)
    studio.run_to_block_end()
    assert [len(audio(studio.recorder.path(r))[0]) for r in (A, B)] == [47 * 160, 44 * 160]


def test_one_call_after_another_on_one_line_are_two_recordings(tmp_path: Path) -> None:
    recorder = Recorder(LINES, tmp_path, lambda _: None)  # both end in one block
    for recording, value in ((A, 1000), (B, 2000)):
        recorder.start(recording, LineId(1))
        for _ in range(5):
            recorder.tick(*[np.full((2, 160), value, np.int16)] * 2)
        recorder.stop(recording)
    recorder.close()
    for recording, value in ((A, 1000), (B, 2000)):
        left, _ = audio(recorder.path(recording))
        assert len(left) == 800
        assert near(left, value)


def test_closing_tells_length_and_hash_of_the_file_on_disk(tmp_path: Path) -> None:
    studio = Studio(tmp_path)
    studio.recorder.start(A, LineId(1))
    studio.run(75)
    studio.recorder.stop(A)
    studio.run_to_block_end()
    content = studio.recorder.path(A).read_bytes()
    assert studio.told == [
        RecordingClosed(recording=A, seconds=1.5, sha256=hashlib.sha256(content).hexdigest(), lost_s=0.0)
    ]


def test_a_pause_is_silence_on_both_channels_and_the_length_goes_on(tmp_path: Path) -> None:
    studio = Studio(tmp_path)
    studio.recorder.start(A, LineId(1))
    studio.run(10)
    studio.recorder.pause(A)
    studio.run(10)
    studio.recorder.resume(A)
    studio.run(10)
    studio.recorder.close()
    for channel, value in zip(audio(studio.recorder.path(A)), (1000, 100), strict=True):
        assert near(channel[:1600], value)
        assert near(channel[1600:3200], 0)
        assert near(channel[3200:], value)


def test_ticks_that_never_came_are_silence_so_that_time_stays_right(tmp_path: Path) -> None:
    studio = Studio(tmp_path)
    studio.recorder.start(A, LineId(1))
    studio.run(10)
    studio.recorder.gap(480)
    studio.run(10)
    studio.recorder.close()
    left, right = audio(studio.recorder.path(A))
    assert len(left) == len(right) == 3680
    assert near(left[1600:2080], 0)
    assert near(left[2080:], 1000)
    assert studio.closed().lost_s == 0.06
    assert b"lost 480" in studio.recorder.path(A).read_bytes()
    assert studio.failures() == []


def test_a_long_gap_costs_its_length_and_nothing_else(tmp_path: Path) -> None:
    studio = Studio(tmp_path)
    studio.recorder.start(A, LineId(1))
    studio.run(10)
    studio.recorder.gap(80_000)
    studio.run(10)
    studio.recorder.close()
    left, _ = audio(studio.recorder.path(A))
    assert len(left) == 83_200
    assert near(left[1600:81_600], 0)
    assert near(left[81_600:], 1000)
    assert studio.closed().lost_s == 10


def test_samples_that_one_port_lost_are_marked_in_its_recording_only(tmp_path: Path) -> None:
    studio = Studio(tmp_path)
    studio.recorder.start(A, LineId(1))
    studio.recorder.start(B, LineId(2))
    studio.run(2)
    studio.recorder.overrun(1, 100)
    studio.run(2)
    studio.recorder.close()
    lost = {event.recording: event.lost_s for event in studio.told if isinstance(event, RecordingClosed)}
    assert lost == {A: 0.0, B: 100 / 8000}
    assert b"lost 100" in studio.recorder.path(B).read_bytes()


def test_a_full_disk_is_said_once_and_recording_goes_on_when_there_is_room(tmp_path: Path) -> None:
    studio = Studio(tmp_path)
    studio.recorder.start(A, LineId(1))
    studio.run_to_block_end()
    with room_on_disk(wav.HEADER_BYTES + 2 * BLOCK_SAMPLES + 2 * 1000):
        studio.run_to_block_end()
        studio.run_to_block_end()
        assert [event.recording for event in studio.failures()] == [A]
        assert soundfile.info(studio.recorder.path(A)).frames >= BLOCK_SAMPLES
    studio.run_to_block_end()
    studio.recorder.close()
    left, _ = audio(studio.recorder.path(A))
    assert len(left) == 4 * BLOCK_SAMPLES
    assert near(left[: BLOCK_SAMPLES + 1000], 1000)
    assert near(left[BLOCK_SAMPLES + 1000 : 3 * BLOCK_SAMPLES], 0)
    assert near(left[3 * BLOCK_SAMPLES :], 1000)
    assert len(studio.failures()) == 1
    assert studio.closed().lost_s == (2 * BLOCK_SAMPLES - 1000) / 8000
    assert f"lost {2 * BLOCK_SAMPLES - 1000}".encode() in studio.recorder.path(A).read_bytes()


def test_a_call_that_ends_on_a_full_disk_still_closes_and_tells_the_loss(tmp_path: Path) -> None:
    studio = Studio(tmp_path)
    studio.recorder.start(A, LineId(1))
    with room_on_disk(wav.HEADER_BYTES + 2 * 1000):
        studio.run_to_block_end()
        studio.recorder.close()
    assert studio.closed().seconds == 1000 / 8000
    assert studio.closed().lost_s == (BLOCK_SAMPLES - 1000) / 8000
    assert soundfile.info(studio.recorder.path(A)).frames == 1000


def test_a_folder_that_comes_late_gets_a_file_of_the_full_length(tmp_path: Path) -> None:
    folder = tmp_path / "later"
    studio = Studio(folder)
    studio.recorder.start(A, LineId(1))
    studio.run_to_block_end()
    folder.mkdir()
    studio.run_to_block_end()
    studio.recorder.close()
    left, _ = audio(studio.recorder.path(A))
    assert len(left) == 2 * BLOCK_SAMPLES
    assert near(left[:BLOCK_SAMPLES], 0)
    assert studio.failures() == [RecordingFailed(A, "No such file or directory")]
    assert studio.closed().lost_s == 0.5


def test_without_a_folder_the_recording_is_closed_as_lost(tmp_path: Path) -> None:
    studio = Studio(tmp_path / "never")
    studio.recorder.start(A, LineId(1))
    studio.run(50)
    studio.recorder.close()
    assert studio.closed() == RecordingClosed(recording=A, seconds=0.0, sha256="", lost_s=1.0)


def test_a_file_of_another_call_is_never_written_over(tmp_path: Path) -> None:
    studio = Studio(tmp_path)
    studio.recorder.path(A).write_bytes(b"evidence")
    studio.recorder.start(A, LineId(1))
    studio.run_to_block_end()
    studio.recorder.close()
    assert studio.recorder.path(A).read_bytes() == b"evidence"
    assert studio.failures() == [RecordingFailed(A, "File exists")]


def test_a_disk_that_stalls_for_long_costs_audio_but_no_recording_and_no_tick(tmp_path: Path) -> None:
    """The writer is held up in its first report; the tick goes on, drops blocks, and every recording closes."""
    told: list[RecordingFailed | RecordingClosed] = []
    disk_works = threading.Event()

    def tell_slowly(event: RecordingFailed | RecordingClosed) -> None:
        told.append(event)
        if threading.current_thread() is not threading.main_thread():
            disk_works.wait(10)

    folder = tmp_path / "later"
    recorder = Recorder(LINES, folder, tell_slowly)
    recorder.start(A, LineId(1))
    recorder.start(B, LineId(2))
    frame = np.full((2, 160), 1000, np.int16)
    for _ in range((QUEUE_BLOCKS + 3) * BLOCK_TICKS):
        recorder.tick(frame, frame)
    recorder.stop(A)
    recorder.stop(B)
    folder.mkdir()
    disk_works.set()
    recorder.close()
    assert recorder.blocks_dropped >= 1
    closed = [event for event in told if isinstance(event, RecordingClosed)]
    assert [event.recording for event in closed] == [A, B]
    for event in closed:
        assert event.seconds == (QUEUE_BLOCKS + 3) * BLOCK_SAMPLES / 8000
        assert event.lost_s >= recorder.blocks_dropped * BLOCK_SAMPLES / 8000
    assert sum(isinstance(event, RecordingFailed) for event in told) == 2


def test_a_name_that_leaves_the_folder_is_refused(tmp_path: Path) -> None:
    studio = Studio(tmp_path)
    with pytest.raises(ValueError, match="cannot be the name of a file"):
        studio.recorder.start(RecordingId("../elsewhere"), LineId(1))
    assert studio.recorder.running == 0
