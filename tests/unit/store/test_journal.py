"""The writer: never in the way of the loop, loses nothing while the memory lasts, and says what it lost."""

import errno
from collections.abc import Callable
from pathlib import Path
from threading import Event

import pytest

from cti_core.call_control import csta
from cti_core.call_control.ids import CallId
from cti_core.store.journal import DiskFile, Journal, JournalTrouble, TroubleKind
from cti_core.store.journal_file import Loss, open_stream, read, record_bytes
from cti_core.wire import pack_hop
from store.hops import BEGAN, digit, mixed, offered, seqs, told

WAIT_S = 5.0  # a bound for a broken test; a good one waits milliseconds


class FullDisk:
    """A disk with `room` bytes left; more room is made by whoever holds it."""

    def __init__(self, room: int) -> None:
        self.room = room
        self.refused = Event()

    def open(self, path: Path) -> "FullFile":
        return FullFile(self, DiskFile(path))


class FullFile:
    def __init__(self, disk: FullDisk, file: DiskFile) -> None:
        self._disk, self._file = disk, file

    def write(self, data: bytes, position: int) -> int:
        fitting = data[: self._disk.room]
        if not fitting:
            self._disk.refused.set()
            raise OSError(errno.ENOSPC, "No space left on device")
        self._disk.room -= len(fitting)
        return self._file.write(fitting, position)

    def sync(self) -> None:
        self._file.sync()

    def close(self) -> None:
        self._file.close()


def journal(
    folder: Path,
    *,
    on_trouble: Callable[[JournalTrouble], None] = lambda _: None,
    on_written: Callable[[], None] = lambda: None,
    disk: FullDisk | None = None,
    memory_bytes: int = 1 << 20,
    threaded: bool = True,
) -> Journal:
    return Journal(
        folder,
        node="n1",
        stream="s1",
        began=BEGAN,
        on_trouble=on_trouble,
        on_written=on_written,
        open_file=disk.open if disk else DiskFile,
        memory_bytes=memory_bytes,
        flush_s=0.001,
        retry_s=0.001,
        threaded=threaded,
    )


@pytest.mark.parametrize("threaded", [True, False])
def test_hops_are_read_back_in_order_and_events_are_numbered(tmp_path: Path, threaded: bool) -> None:  # noqa: FBT001 - pytest hands it in
    j = journal(tmp_path, threaded=threaded)
    hops = mixed(9)
    for hop in hops:
        j.append([hop])
    j.close()

    entries = list(read(j.path))
    assert [entry.what for entry in entries] == hops
    assert [entry.event for entry in entries] == [0, 0, 1, 0, 0, 2, 0, 0, 3]
    assert j.view().events == 3
    assert j.view().waiting_bytes == 0


def test_a_stopped_stream_is_marked_closed_and_a_running_one_is_not(tmp_path: Path) -> None:
    j = journal(tmp_path, threaded=False)
    j.append(mixed(3))
    assert not open_stream(j.path).closed

    j.close()

    assert open_stream(j.path).closed
    assert len(list(read(j.path))) == 3


def test_a_running_journal_can_be_read(tmp_path: Path) -> None:
    written = Event()
    j = journal(tmp_path, on_written=written.set)
    j.append(mixed(4))
    while True:
        written.clear()
        if j.path.exists() and len(list(read(j.path))) == 4:
            break
        assert written.wait(WAIT_S)

    j.append(mixed(2, first=5))
    j.close()

    assert seqs(entry.what for entry in read(j.path)) == [1, 2, 3, 4, 5, 6]  # type: ignore[misc]


def test_a_full_disk_costs_nothing_while_the_memory_lasts(tmp_path: Path) -> None:
    """The disk has room for half a hop; later for all."""
    troubles: list[JournalTrouble] = []
    disk = FullDisk(room=150)
    j = journal(tmp_path, disk=disk, on_trouble=troubles.append)
    hops = mixed(50)
    j.append(hops)
    assert disk.refused.wait(WAIT_S)

    disk.room = 1 << 20
    j.close()

    assert [entry.what for entry in read(j.path)] == hops
    assert [t.kind for t in troubles] == [TroubleKind.FAILING, TroubleKind.RECOVERED]
    assert "No space left" in troubles[0].reason
    assert troubles[1].lost == 0


def test_hops_beyond_the_memory_are_lost_counted_and_marked_in_their_place(tmp_path: Path) -> None:
    troubles: list[JournalTrouble] = []
    disk = FullDisk(room=0)
    size = len(record_bytes(1, 0, pack_hop(digit(1))))
    j = journal(tmp_path, disk=disk, on_trouble=troubles.append, memory_bytes=10 * size, threaded=False)
    for seq in range(1, 21):
        j.append([digit(seq)])
    lost = j.view().lost

    disk.room = 1 << 20
    j.append([digit(21)])  # no room for it yet, but its turn writes what waits
    j.append([digit(22)])
    j.close()

    kept = 20 - lost
    whats = [entry.what for entry in read(j.path)]
    assert whats[:kept] == [digit(seq) for seq in range(1, kept + 1)]
    assert whats[kept] == Loss(hops=lost + 1, first=digit(kept + 1).seq, last=digit(21).seq)
    assert whats[kept + 1 :] == [digit(22)]
    assert [t.kind for t in troubles] == [TroubleKind.FAILING, TroubleKind.LOSING, TroubleKind.RECOVERED]
    assert troubles[-1].lost == lost + 1
    assert j.view().lost == lost + 1


def test_the_memory_stays_bounded_however_long_the_disk_is_full(tmp_path: Path) -> None:
    disk = FullDisk(room=0)
    j = journal(tmp_path, disk=disk, memory_bytes=2000, threaded=False)
    for seq in range(1, 1001):
        j.append([offered(seq)])
        assert j.view().waiting_bytes <= 2000

    assert j.view().hops == 1000
    assert j.view().events == 1000
    disk.room = 1 << 20
    j.close()
    *kept, mark = read(j.path)
    assert mark.what == Loss(hops=j.view().lost, first=offered(len(kept) + 1).seq, last=offered(1000).seq)


def test_events_that_are_lost_keep_their_numbers(tmp_path: Path) -> None:
    """A client has seen them; a number is never used twice."""
    disk = FullDisk(room=0)
    j = journal(tmp_path, disk=disk, memory_bytes=1000, threaded=False)
    j.append([offered(seq) for seq in range(1, 101)])
    disk.room = 1 << 20
    j.append([])
    j.append([offered(101)])
    j.close()

    assert list(read(j.path))[-1].event == 101


def test_a_folder_that_cannot_be_made_is_a_trouble_and_not_an_error(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    troubles: list[JournalTrouble] = []
    j = journal(blocked / "journal", on_trouble=troubles.append, threaded=False)
    j.append(mixed(3))

    blocked.unlink()
    j.append(mixed(1, first=4))
    j.close()

    assert len(list(read(j.path))) == 4
    assert [t.kind for t in troubles] == [TroubleKind.FAILING, TroubleKind.RECOVERED]


def test_a_stream_is_never_written_twice(tmp_path: Path) -> None:
    first = journal(tmp_path, threaded=False)
    first.append(mixed(3))
    first.close()
    troubles: list[JournalTrouble] = []

    second = journal(tmp_path, on_trouble=troubles.append, threaded=False)
    second.append(mixed(3))
    second.close()

    assert [t.kind for t in troubles] == [TroubleKind.FAILING]
    assert len(list(read(first.path))) == 3


def test_hops_after_the_close_are_counted_as_lost(tmp_path: Path) -> None:
    j = journal(tmp_path, threaded=False)
    j.close()
    j.append(mixed(2))

    assert j.view().lost == 2


def test_a_callback_that_fails_does_not_stop_the_writer(tmp_path: Path) -> None:
    calls = Event()

    def broken() -> None:
        calls.set()
        raise RuntimeError("a listener's fault")

    j = journal(tmp_path, on_written=broken)
    assert calls.wait(WAIT_S)
    j.append(mixed(3))
    j.close()

    assert len(list(read(j.path))) == 3


def test_a_hop_that_cannot_be_packed_is_lost_and_its_neighbours_are_not(tmp_path: Path) -> None:
    """A lone surrogate in an agent's data must not reach the tick as an exception."""
    j = journal(tmp_path, threaded=False)
    bad = told(2, csta.DataChanged(call=CallId("s1-1"), data=(("note", "\ud800"),)))
    j.append([digit(1), bad, digit(3)])
    j.close()

    assert [entry.what for entry in read(j.path)] == [digit(1), Loss(hops=1, first=bad.seq, last=bad.seq), digit(3)]
    assert j.view().lost == 1
