"""The slow half of the recorder: blocks of audio go to files, in a thread of its own (inline in virtual time).

Whatever was not delivered or could not be written is silence of the same length in the file, a cue mark and a figure;
the position in a file is always the time of the call.
"""

import hashlib
import os
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter
from typing import Final

import numpy as np
import structlog
from numpy.typing import NDArray

from cti_core.call_control.clock import RATE_HZ
from cti_core.call_control.events import RecordingClosed, RecordingFailed
from cti_core.call_control.ids import RecordingId
from cti_core.media import wav

SYNC_BLOCKS: Final = 10  # 5 s: what a power cut may cost
SYNC_BUDGET_S: Final = 0.1  # of each half second; a slow disk is synced less often rather than losing audio
MARKS_MAX: Final = 1000  # a recording with more holes than this is one hole; the sum is still counted
SLICE_BYTES: Final = 1 << 20  # hashing and filling give way to fresh audio after each slice
_SILENCE: Final = bytes([wav.SILENCE]) * SLICE_BYTES

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """What one recording gets from one block: sample pairs `begin` to `end` of the block's row."""

    recording: RecordingId
    row: int
    begin: int
    end: int
    position: int  # of `begin` in the recording, samples
    lost: tuple[tuple[int, int], ...] = ()  # silence in place of audio the board lost: position, samples
    last: bool = False  # the recording ends with it


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """Half a second of all recorded lines: A-law (lines, samples, 2), left is what the line says."""

    audio: NDArray[np.uint8]
    pieces: tuple[Piece, ...]


@dataclass(slots=True)
class _File:
    path: Path
    descriptor: int = -1  # -1: could not be opened yet
    written: int = 0  # sample pairs, without a hole
    lost: int = 0
    marks: list[tuple[int, int]] = field(default_factory=list)
    unsynced: int = 0  # blocks

    def open(self) -> None:
        """Make the file, unless that is done. Raises OSError."""
        if self.descriptor < 0:
            self.descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o640)
            self.write_header()

    def put(self, piece: Piece, audio: NDArray[np.uint8]) -> None:
        """Append; a hole before it becomes silence. Raises OSError; what fitted is kept and counted."""
        self.open()
        try:
            self.fill(piece.position)
            self._append(audio[piece.row, piece.begin : piece.end].reshape(-1).data)
        finally:
            self.write_header()
        for position, samples in piece.lost:
            self._mark(position, samples)
        self.unsynced += 1

    def fill(self, position: int) -> None:
        """Silence up to `position`, marked as lost. Raises OSError."""
        begin = self.written
        try:
            while self.written < position:
                self._append(memoryview(_SILENCE)[: (position - self.written) * wav.CHANNELS])
        finally:
            self._mark(begin, self.written - begin)

    def write_header(self, extra_bytes: int = 0) -> None:
        os.pwrite(self.descriptor, wav.header(self.written, extra_bytes), 0)

    def write_marks(self) -> None:
        if self.marks:
            chunks = wav.marks(self.marks)
            os.pwrite(self.descriptor, chunks, wav.HEADER_BYTES + self.written * wav.CHANNELS)
            self.write_header(len(chunks))

    def sync(self) -> None:
        os.fdatasync(self.descriptor)
        self.unsynced = 0

    def _append(self, data: memoryview) -> None:
        while data:
            count = os.pwrite(self.descriptor, data, wav.HEADER_BYTES + self.written * wav.CHANNELS)
            self.written += count // wav.CHANNELS
            if count < wav.CHANNELS:
                raise OSError("not even one sample pair fits")
            data = data[count - count % wav.CHANNELS :]

    def _mark(self, begin: int, samples: int) -> None:
        if not samples:
            return
        self.lost += samples
        if self.marks and sum(self.marks[-1]) == begin:
            first, length = self.marks.pop()
            begin, samples = first, length + samples
        if len(self.marks) < MARKS_MAX:
            self.marks.append((begin, samples))


@dataclass(slots=True)
class _Closing:
    """A recording that has ended: its hash is worked out slice by slice."""

    recording: RecordingId
    file: _File
    offset: int = 0
    digest: "hashlib._Hash" = field(default_factory=hashlib.sha256)


class Files:
    """Owns the open recording files. `emit` gets RecordingFailed once for a recording, RecordingClosed at its end."""

    def __init__(self, emit: Callable[[RecordingFailed | RecordingClosed], None], *, durable: bool = True) -> None:
        self._emit = emit
        self._durable = durable
        self._files: Final[dict[RecordingId, _File]] = {}
        self._closing: Final[deque[_Closing]] = deque()
        self._failed: Final[set[RecordingId]] = set()
        self.trouble: OSError | None = None
        """Why the last block could not be written whole; None when it was. Read by other threads."""

    @property
    def has_more_to_do(self) -> bool:
        return bool(self._closing)

    def begin(self, recording: RecordingId, path: Path) -> None:
        """Its pieces may come from now on. The file plays from here; if it cannot be made it is tried again with each."""
        file = self._files[recording] = _File(path)
        try:
            file.open()
        except OSError as error:
            self.trouble = error
            self.fail(recording, error.strerror or str(error))

    def write(self, block: Block) -> None:
        """Write all pieces; what fails is counted, said once, and tried again with the next block."""
        trouble: OSError | None = None
        for piece in block.pieces:
            file = self._files.get(piece.recording)
            if file is None:
                continue
            try:
                file.put(piece, block.audio)
            except OSError as error:
                trouble = error
                self.fail(piece.recording, error.strerror or str(error))
            if piece.last:
                self._end(piece, self._files.pop(piece.recording))
        self.trouble = trouble
        if self._durable:
            self._sync()

    def fail(self, recording: RecordingId, reason: str) -> None:
        """Audio of this recording is being lost; said once. May be called from any thread."""
        if recording not in self._failed:
            self._failed.add(recording)
            log.warning("recording_failed", recording=recording, reason=reason)
            self._emit(RecordingFailed(recording, reason))

    def do_some(self) -> None:
        """One slice of the work on recordings that have ended."""
        if not self._closing:
            return
        closing = self._closing[0]
        try:
            piece = os.pread(closing.file.descriptor, SLICE_BYTES, closing.offset) if closing.file.written else b""
        except OSError as error:
            self.fail(closing.recording, error.strerror or str(error))
            piece = b""
        closing.digest.update(piece)
        closing.offset += len(piece)
        if not piece:
            self._closing.popleft()
            self._closed(closing)

    def _end(self, piece: Piece, file: _File) -> None:
        whole = piece.position + piece.end - piece.begin
        try:
            if file.descriptor >= 0:
                file.fill(whole)
                file.write_header()
                file.write_marks()
                if self._durable:
                    file.sync()
        except OSError as error:
            self.fail(piece.recording, error.strerror or str(error))
        file.lost += whole - file.written
        self._closing.append(_Closing(piece.recording, file))

    def _closed(self, closing: _Closing) -> None:
        file = closing.file
        if file.descriptor >= 0:
            os.close(file.descriptor)
        self._failed.discard(closing.recording)
        self._emit(
            RecordingClosed(
                recording=closing.recording,
                seconds=file.written / RATE_HZ,
                sha256=closing.digest.hexdigest() if file.written else "",
                lost_s=file.lost / RATE_HZ,
            )
        )

    def _sync(self) -> None:
        """The longest unsynced first, for as long as the budget of this block lasts."""
        waiting = [file for file in self._files.values() if file.unsynced >= SYNC_BLOCKS]
        waiting.sort(key=lambda file: -file.unsynced)
        begun = perf_counter()
        for file in waiting:
            if perf_counter() - begun > SYNC_BUDGET_S:
                return
            try:
                file.sync()
            except OSError as error:
                file.unsynced = 0
                log.warning("recording_not_synced", file=file.path.name, reason=error.strerror)
