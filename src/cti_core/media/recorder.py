"""Records lines while calls run: left what the line says, right what is sent to it, both from the same tick.

The tick only encodes into a block of half a second that all recordings share; files are the writer's business, in a
thread behind a bounded queue. In virtual time (`threaded=False`) the writer works inside the tick: the clock stands
still meanwhile and the same seed gives the same events.

    pump --tick--> block (lines, 4000, 2) --half a second--> queue --> writer --> <folder>/<recording>.wav
"""

import queue
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from threading import Thread
from typing import Final

import numpy as np
import structlog
from numpy.typing import NDArray

from cti_core.call_control.clock import TICK_SAMPLES
from cti_core.call_control.events import RecordingClosed, RecordingFailed
from cti_core.call_control.ids import LineId, PortOwner, RecordingId
from cti_core.media import wav
from cti_core.media.recording_files import Block, Files, Piece
from dsp import g711

BLOCK_SAMPLES: Final = 25 * TICK_SAMPLES  # 0.5 s: together with the queue less than 1 s is in memory
QUEUE_BLOCKS: Final = 20  # 10 s: a disk may stall that long before audio is lost
LEFT, RIGHT = 0, 1

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class _Track:
    """A recording that runs."""

    row: int
    begin: int = 0  # where its piece begins in the block
    position: int = 0  # of `begin` in the recording
    paused: bool = False
    lost: list[tuple[int, int]] = field(default_factory=list)  # in this piece: position in the recording, samples


@dataclass(frozen=True, slots=True)
class _Begin:
    recording: RecordingId
    path: Path


_Job = _Begin | Block | None  # None: stop


class Recorder:
    """All recordings of one node. Methods are called between ticks by one owner and never wait, except `close`."""

    def __init__(
        self,
        owners: Sequence[PortOwner],
        folder: Path,
        emit: Callable[[RecordingFailed | RecordingClosed], None],
        *,
        threaded: bool = True,
    ) -> None:
        self.folder: Final = folder
        self.blocks_dropped = 0
        self._rows: Final = {owner: row for row, owner in enumerate(owners)}
        self._files: Final = Files(emit, durable=threaded)
        self._tracks: Final[dict[RecordingId, _Track]] = {}
        self._pieces: Final[list[Piece]] = []  # of recordings that ended in this block
        self._audible: NDArray[np.intp] = np.zeros(0, np.intp)
        self._spare: Final[deque[NDArray[np.uint8]]] = deque()
        self._block = self._fresh_block()
        self._filled = 0
        self._jobs: Final[queue.Queue[_Job]] = queue.Queue()  # bounded in `_flush`: beginnings are never dropped
        self._thread = Thread(target=self._work, name="recorder", daemon=True) if threaded else None
        if self._thread:
            self._thread.start()

    @property
    def running(self) -> int:
        return len(self._tracks)

    @property
    def blocks_waiting(self) -> int:
        return self._jobs.qsize()

    @property
    def trouble(self) -> OSError | None:
        """Why the last block could not be written whole; it stands until one could."""
        return self._files.trouble

    def path(self, recording: RecordingId) -> Path:
        """Where the recording is or will be."""
        if Path(recording).name != recording:
            raise ValueError(f"{recording!r} cannot be the name of a file")
        return self.folder / f"{recording}.wav"

    def start(self, recording: RecordingId, line: LineId) -> None:
        """Audio from the next tick on."""
        self._submit(_Begin(recording, self.path(recording)))
        self._tracks[recording] = _Track(self._rows[line], begin=self._filled)
        self._choose_rows()

    def pause(self, recording: RecordingId) -> None:
        """Silence on both channels from the next tick on; the length goes on."""
        self._set_paused(recording, paused=True)

    def resume(self, recording: RecordingId) -> None:
        self._set_paused(recording, paused=False)

    def stop(self, recording: RecordingId) -> None:
        """Ends with the last tick. RecordingClosed follows when the file is whole; unknown recordings are ignored."""
        track = self._tracks.pop(recording, None)
        if track is None:
            return
        self._pieces.append(self._piece(recording, track, last=True))
        self._choose_rows()
        if self._thread is None:  # in virtual time the disk answers at once, not at the end of the block
            self._flush()

    def tick(self, said: NDArray[np.int16], sent: NDArray[np.int16]) -> None:
        """20 ms of all lines, before mixing and after: (lines or more, 160) each, rows in the order of `lines`."""
        begin, end = self._filled, self._filled + TICK_SAMPLES
        if self._audible.size:
            self._block[self._audible, begin:end, LEFT] = g711.alaw_encode(said[self._audible])
            self._block[self._audible, begin:end, RIGHT] = g711.alaw_encode(sent[self._audible])
        self._filled = end
        if end == BLOCK_SAMPLES:
            self._flush()

    def gap(self, samples: int) -> None:
        """Ticks were lost: silence of the same length, marked, so that time stays right."""
        if self._filled + samples < BLOCK_SAMPLES:
            for track in self._tracks.values():
                self._lose(track, samples)
            self._filled += samples
            return
        self._flush()
        for track in self._tracks.values():
            track.position += samples  # the writer finds the hole, fills and marks it

    def overrun(self, row: int, samples: int) -> None:
        """The line in this row lost samples; the next tick holds silence in their place."""
        for track in self._tracks.values():
            if track.row == row:
                self._lose(track, samples)

    def close(self) -> None:
        """End all recordings and wait until their files are whole. Blocks: call it from a thread."""
        for recording in list(self._tracks):
            self.stop(recording)
        self._flush()
        self._submit(None)
        if self._thread:
            self._thread.join()

    def _set_paused(self, recording: RecordingId, *, paused: bool) -> None:
        if track := self._tracks.get(recording):
            track.paused = paused
            self._choose_rows()

    def _lose(self, track: _Track, samples: int) -> None:
        track.lost.append((track.position + self._filled - track.begin, samples))

    def _choose_rows(self) -> None:
        self._audible = np.array([track.row for track in self._tracks.values() if not track.paused], np.intp)

    def _piece(self, recording: RecordingId, track: _Track, *, last: bool = False) -> Piece:
        return Piece(
            recording=recording,
            row=track.row,
            begin=track.begin,
            end=self._filled,
            position=track.position,
            lost=tuple(track.lost),
            last=last,
        )

    def _flush(self) -> None:
        """Hand the block over. A writer that is 10 s behind gets no more audio, only the ends of recordings."""
        pieces = [*self._pieces, *(self._piece(recording, track) for recording, track in self._tracks.items())]
        for track in self._tracks.values():
            track.position += self._filled - track.begin
            track.begin = 0
            track.lost.clear()
        filled, self._filled = self._filled, 0
        self._pieces.clear()
        if not pieces:
            return
        if filled and self._jobs.qsize() >= QUEUE_BLOCKS:
            self._drop(pieces)
        else:
            self._submit(Block(self._block, tuple(pieces)))
            self._block = self._fresh_block()

    def _drop(self, pieces: list[Piece]) -> None:
        self.blocks_dropped += 1
        self._block[:] = wav.SILENCE
        for piece in pieces:
            self._files.fail(piece.recording, "the disk is too slow")
        ends = [
            Piece(
                recording=piece.recording,
                row=piece.row,
                begin=0,
                end=0,
                position=piece.position + piece.end - piece.begin,
                last=True,
            )
            for piece in pieces
            if piece.last
        ]
        if ends:
            self._submit(Block(self._block[:, :0], tuple(ends)))

    def _fresh_block(self) -> NDArray[np.uint8]:
        block = self._spare.popleft() if self._spare else np.empty((len(self._rows), BLOCK_SAMPLES, 2), np.uint8)
        block[:] = wav.SILENCE
        return block

    def _submit(self, job: _Job) -> None:
        if self._thread:
            self._jobs.put(job)
            return
        self._perform(job)
        while self._files.has_more_to_do:
            self._files.do_some()

    def _perform(self, job: _Job) -> None:
        match job:
            case _Begin(recording, path):
                self._files.begin(recording, path)
            case Block(audio):
                self._files.write(job)
                if audio.shape[1] and len(self._spare) < QUEUE_BLOCKS:
                    self._spare.append(audio)
            case None:
                pass

    def _work(self) -> None:
        """The writer's thread: fresh audio first, hashes of ended recordings in between."""
        while True:
            try:
                job = self._jobs.get(block=not self._files.has_more_to_do)
            except queue.Empty:
                self._files.do_some()
                continue
            if job is None:
                break
            try:
                self._perform(job)
            except Exception:
                log.exception("recorder_fault")
        while self._files.has_more_to_do:
            self._files.do_some()
