"""Writes the journal: everything the house heard, decided and told, append-only, on disk before anything else.

    event loop --append--> bounded memory --each 100 ms--> writer's thread --> <folder>/<stream>.journal

`append` packs and never waits. A disk that is full or gone costs nothing as long as the memory lasts: the writer keeps
trying and loses nothing. After that the newest hops are lost, counted, and marked in their place.
"""

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from threading import Event, Lock, Thread
from time import monotonic, sleep
from typing import Final, Protocol

import structlog

from cti_core.call_control.actions import Tell
from cti_core.call_control.csta import RecordingStarted
from cti_core.call_control.ids import Seq
from cti_core.call_control.trace import Hop
from cti_core.store.journal_file import (
    CLOSED,
    HOP,
    MARK_AT,
    RECORD_BYTES_MAX,
    Loss,
    header_bytes,
    loss_bytes,
    path_of,
    record_bytes,
)
from cti_core.wire import pack_hop

FLUSH_S: Final = 0.1  # what a killed process may cost
SYNC_S: Final = 1.0  # what a power cut may cost
RETRY_S: Final = 1.0  # assumed: a disk that was full is looked at again each second
CLOSE_S: Final = 5.0  # assumed: a stop must not hang on a dead disk
MEMORY_BYTES: Final = 32 << 20  # about 150 000 hops: hours of eight busy lines

log = structlog.get_logger(__name__)


class JournalFile(Protocol):
    """What the writer needs of a file. Everything may raise OSError."""

    def write(self, data: bytes, position: int) -> int:
        """Write at a position; return how many bytes fitted."""
        ...

    def sync(self) -> None: ...

    def close(self) -> None: ...


class DiskFile:
    """A new file. Raises FileExistsError: a stream is written once."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o640)

    def write(self, data: bytes, position: int) -> int:
        return os.pwrite(self._descriptor, data, position)

    def sync(self) -> None:
        os.fdatasync(self._descriptor)

    def close(self) -> None:
        os.close(self._descriptor)


class TroubleKind(StrEnum):
    FAILING = "failing"  # the disk refuses; nothing is lost yet
    LOSING = "losing"  # the memory is full: hops are being lost
    RECOVERED = "recovered"  # written again


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalTrouble:
    """Said once at each change. `lost` counts hops since the trouble began."""

    kind: TroubleKind
    reason: str
    lost: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalView:
    """Figures for metrics."""

    events: int  # number of the newest event
    hops: int  # appended
    lost: int  # never written, since the stream began
    waiting_bytes: int
    written_bytes: int


class Journal:
    """One stream's journal. `append` belongs to the event loop; the rest may be called from anywhere.

    Events are numbered here, 1, 2, 3 in the order of `append`; the bus numbers the same hops in the same order.
    `on_trouble` and `on_written` are called in the writer's thread (`LOSING` in the thread of `append`).
    `threaded=False` writes inside `append`: for virtual time.
    """

    def __init__(
        self,
        folder: Path,
        *,
        node: str,
        stream: str,
        began: datetime,
        on_trouble: Callable[[JournalTrouble], None] = lambda _: None,
        on_written: Callable[[], None] = lambda: None,
        open_file: Callable[[Path], JournalFile] = DiskFile,
        memory_bytes: int = MEMORY_BYTES,
        flush_s: float = FLUSH_S,
        sync_s: float = SYNC_S,
        retry_s: float = RETRY_S,
        threaded: bool = True,
    ) -> None:
        self.path: Final = path_of(folder, stream)
        self._on_trouble = on_trouble
        self._on_written = on_written
        self._open_file = open_file
        self._memory_bytes = memory_bytes
        self._flush_s, self._sync_s, self._retry_s = flush_s, sync_s, retry_s
        self._lock = Lock()  # over the next seven, held for moments only
        self._waiting: list[bytes] = [header_bytes(node, stream, began)]
        self._waiting_bytes = len(self._waiting[0])
        self._events = 0
        self._hops = 0
        self._lost = 0
        self._loss: Loss | None = None  # since the last hop that was kept
        self._is_losing = False
        self._file: JournalFile | None = None  # the rest is the writer's
        self._rest = b""  # what is being written
        self._end = 0
        self._failing_since_lost: int | None = None  # `lost` when the trouble began
        self._synced_at = monotonic()
        self._unsynced = False
        self._closed = False
        self._wake = Event()
        self._hurry = Event()
        self._stop = Event()
        self._thread = Thread(target=self._work, name="journal", daemon=True) if threaded else None
        self._wake.set()  # the header
        if self._thread:
            self._thread.start()
        else:
            self._write()

    def append(self, hops: Iterable[Hop]) -> None:
        """Never waits and never raises for the disk's sake. After `close` hops are counted as lost."""
        with self._lock:
            was_losing = self._is_losing
            for hop in hops:
                self._hops += 1
                told = isinstance(hop.what, Tell)
                self._events += told
                try:
                    packed = pack_hop(hop)
                except (TypeError, ValueError):  # text that is no Unicode got in from outside
                    log.exception("journal_hop_not_packed", path=self.path.name, seq=hop.seq)
                    self._lose(hop.seq)
                    continue
                if isinstance(hop.what, Tell) and isinstance(hop.what.report, RecordingStarted):
                    self._hurry.set()
                if not self._keep(record_bytes(HOP, self._events if told else 0, packed)):
                    self._lose(hop.seq)
                    self._is_losing = True
            begins_to_lose = self._is_losing and not was_losing
        if begins_to_lose:
            log.error("journal_losing", path=self.path.name)
            self._say(TroubleKind.LOSING, "no memory is left for it", lost=1)
        if self._thread:
            self._wake.set()
        else:
            self._write()

    def close(self) -> None:
        """Write what is there and mark the stream as closed. Blocks, at most 5 s: call it from a thread."""
        self._stop.set()
        self._hurry.set()
        self._wake.set()
        if self._thread:
            self._thread.join()
        else:
            self._finish()

    def view(self) -> JournalView:
        with self._lock:
            return JournalView(
                events=self._events,
                hops=self._hops,
                lost=self._lost,
                waiting_bytes=self._waiting_bytes,
                written_bytes=self._end,
            )

    # --- memory ---------------------------------------------------------------------------------------------------

    def _keep(self, record: bytes) -> bool:
        """Behind the mark of a loss, if there was one. False: no room; once full there is room again at the half."""
        mark = loss_bytes(self._loss) if self._loss else b""
        size = len(mark) + len(record)
        room = self._memory_bytes // 2 if self._is_losing else self._memory_bytes
        if self._closed or len(record) > RECORD_BYTES_MAX or self._waiting_bytes + size > room:
            return False
        self._put(mark)
        self._put(record)
        self._loss = None
        self._is_losing = False
        return True

    def _put(self, record: bytes) -> None:
        self._waiting.append(record)
        self._waiting_bytes += len(record)

    def _lose(self, seq: Seq) -> None:
        self._lost += 1
        before = self._loss or Loss(hops=0, first=seq, last=seq)
        self._loss = Loss(hops=before.hops + 1, first=before.first, last=seq)

    def _mark_loss(self) -> None:
        """The loss is over, or the stream is: say it even if no hop follows."""
        with self._lock:
            if self._loss:
                self._put(loss_bytes(self._loss))
            self._loss = None
            self._is_losing = False

    # --- the writer -----------------------------------------------------------------------------------------------

    def _work(self) -> None:
        while not self._stop.is_set():
            due_s = max(self._synced_at + self._sync_s - monotonic(), 0) if self._unsynced else None
            self._wake.wait(due_s)
            self._hurry.wait(self._flush_s)  # gather a batch; no recording may lie on disk that no journal knows
            self._hurry.clear()
            self._wake.clear()
            if not self._write():
                self._wake.set()
                self._stop.wait(self._retry_s)
        self._finish()

    def _finish(self) -> None:
        self._mark_loss()
        give_up_at = monotonic() + (CLOSE_S if self._thread else 0)
        while not (written := self._write()) and monotonic() < give_up_at:
            sleep(min(self._retry_s, CLOSE_S / 10))
        with self._lock:
            self._closed = True
        if not written:
            log.error("journal_cut", path=self.path.name, bytes=self._waiting_bytes)
        try:
            if self._file and written:
                self._file.write(bytes([CLOSED]), MARK_AT)
                self._file.sync()
            if self._file:
                self._file.close()
        except OSError as error:
            log.warning("journal_not_closed", path=self.path.name, reason=error.strerror)

    def _write(self) -> bool:
        """Everything that waits goes to the file. False: the disk refused; it is kept for the next time."""
        try:
            self._file = self._file or self._open_file(self.path)
            wrote = self._write_waiting(self._file)
            if self._unsynced and monotonic() - self._synced_at >= self._sync_s:
                self._file.sync()
                self._synced_at, self._unsynced = monotonic(), False
        except OSError as error:
            self._fail(error.strerror or str(error))
            return False
        if self._failing_since_lost is not None:
            self._recover()
        if wrote:
            self._call(self._on_written)
        return True

    def _write_waiting(self, file: JournalFile) -> bool:
        wrote = False
        while True:
            if not self._rest:
                with self._lock:
                    self._rest = b"".join(self._waiting)
                    self._waiting.clear()
            if not self._rest:
                return wrote
            count = file.write(self._rest, self._end)
            self._rest = self._rest[count:]
            self._end += count
            with self._lock:
                self._waiting_bytes -= count
            if not self._unsynced:
                self._unsynced, self._synced_at = True, monotonic()
            wrote = True
            if count == 0:
                raise OSError("nothing fits any more")

    def _fail(self, reason: str) -> None:
        if self._failing_since_lost is not None:
            return
        self._failing_since_lost = self._lost
        log.error("journal_failing", path=self.path.name, reason=reason)
        self._say(TroubleKind.FAILING, reason)

    def _recover(self) -> None:
        self._mark_loss()
        self._wake.set()
        lost = self._lost - (self._failing_since_lost or 0)
        self._failing_since_lost = None
        log.warning("journal_recovered", path=self.path.name, lost=lost)
        self._say(TroubleKind.RECOVERED, "written again", lost=lost)

    def _say(self, kind: TroubleKind, reason: str, *, lost: int = 0) -> None:
        self._call(lambda: self._on_trouble(JournalTrouble(kind=kind, reason=reason, lost=lost)))

    def _call(self, listener: Callable[[], None]) -> None:
        """A listener's fault must not stop the writer."""
        try:
            listener()
        except Exception:
            log.exception("journal_listener_fault", path=self.path.name)
