"""How a journal is read: from anywhere, while it grows, and with a torn tail."""

from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cti_core.call_control.clock import Instant
from cti_core.call_control.ids import CallId, Seq
from cti_core.call_control.trace import Hop
from cti_core.store import journal_file
from cti_core.store.journal_file import (
    HOP,
    Loss,
    NotAJournal,
    Unreadable,
    end_of,
    header_bytes,
    hops_of,
    loss_bytes,
    open_stream,
    path_of,
    read,
    read_batch,
    record_bytes,
    streams,
)
from cti_core.wire import pack_hop
from store.hops import BEGAN, digit, mixed, offered, seqs

HOPS = mixed(9)
RECORDS = [record_bytes(HOP, n // 3 if n % 3 == 0 else 0, pack_hop(hop)) for n, hop in enumerate(HOPS, 1)]
HEADER = header_bytes("n1", "s1", BEGAN)
WHOLE = HEADER + b"".join(RECORDS)


def written(folder: Path, data: bytes, stream: str = "s1") -> Path:
    path = path_of(folder, stream)
    path.write_bytes(data)
    return path


def test_what_was_written_is_read_in_order_with_event_numbers(tmp_path: Path) -> None:
    entries = list(read(written(tmp_path, WHOLE)))

    assert [entry.what for entry in entries] == HOPS
    assert [entry.event for entry in entries] == [0, 0, 1, 0, 0, 2, 0, 0, 3]
    assert entries[-1].position == len(WHOLE)


def test_reading_goes_on_behind_any_entry(tmp_path: Path) -> None:
    path = written(tmp_path, WHOLE)
    entries = list(read(path))

    for number, entry in enumerate(entries, 1):
        assert list(read(path, entry.position)) == entries[number:]


def test_events_alone_are_found_without_the_rest(tmp_path: Path) -> None:
    events = list(read(written(tmp_path, WHOLE), events_only=True))

    assert [(entry.event, entry.what) for entry in events] == [(1, HOPS[2]), (2, HOPS[5]), (3, HOPS[8])]


def test_a_batch_is_bounded_and_says_how_far_it_looked(tmp_path: Path) -> None:
    path = written(tmp_path, WHOLE)

    first = read_batch(path, entries_max=1, events_only=True)
    second = read_batch(path, first.position, events_only=True)

    assert [entry.event for entry in (*first.entries, *second.entries)] == [1, 2, 3]
    assert first.position == len(HEADER) + sum(map(len, RECORDS[:3]))
    assert second.position == len(WHOLE)


@given(cut=st.integers(len(HEADER), len(WHOLE)))
@example(cut=len(HEADER))
@example(cut=len(WHOLE) - 1)
def test_a_journal_cut_at_any_byte_yields_every_whole_hop(tmp_path_factory: pytest.TempPathFactory, cut: int) -> None:
    path = written(tmp_path_factory.mktemp("cut"), WHOLE[:cut])
    ends = [len(HEADER) + sum(map(len, RECORDS[:n])) for n in range(len(RECORDS) + 1)]
    whole = max(n for n, end in enumerate(ends) if end <= cut)

    assert [entry.what for entry in read(path)] == HOPS[:whole]
    assert end_of(path) == ends[whole]


@given(cut=st.integers(len(HEADER), len(WHOLE) - 1), junk=st.sampled_from([b"\0" * 4096, b"\xff" * 64, WHOLE]))
def test_what_a_power_cut_leaves_behind_the_tear_is_never_a_hop(
    tmp_path_factory: pytest.TempPathFactory, cut: int, junk: bytes
) -> None:
    """File systems leave zeros, or old blocks."""
    path = written(tmp_path_factory.mktemp("junk"), WHOLE[:cut] + junk)

    read_back = [entry.what for entry in read(path)]

    assert read_back == HOPS[: len(read_back)]


@given(place=st.integers(len(HEADER), len(WHOLE) - 1), bit=st.integers(0, 7))
def test_a_flipped_bit_is_never_read_as_something_else(
    tmp_path_factory: pytest.TempPathFactory, place: int, bit: int
) -> None:
    damaged = bytearray(WHOLE)
    damaged[place] ^= 1 << bit
    read_back = list(read(written(tmp_path_factory.mktemp("bit"), bytes(damaged))))

    whole = [entry for entry in read_back if entry.what in HOPS]
    assert len(read_back) - len(whole) == 0
    assert [entry.what for entry in whole] == HOPS[: len(whole)]


@given(cut=st.integers(0, len(HEADER) - 1))
def test_a_file_with_a_torn_header_is_no_stream(tmp_path_factory: pytest.TempPathFactory, cut: int) -> None:
    folder = tmp_path_factory.mktemp("head")
    path = written(folder, HEADER[:cut])

    assert streams(folder) == ()
    with pytest.raises(NotAJournal):
        open_stream(path)


def test_a_journal_of_a_newer_format_is_refused_in_words(tmp_path: Path) -> None:
    newer = bytearray(HEADER)
    newer[8] = 2
    with pytest.raises(NotAJournal, match="has version 2; this program knows 1"):
        open_stream(written(tmp_path, bytes(newer)))


def test_a_record_of_an_unknown_kind_is_passed_over_in_its_place(tmp_path: Path) -> None:
    data = HEADER + RECORDS[0] + record_bytes(9, 0, b"later") + RECORDS[1]

    first, strange, second = read(written(tmp_path, data))

    assert (first.what, second.what) == (HOPS[0], HOPS[1])
    assert isinstance(strange.what, Unreadable)
    assert "kind 9" in strange.what.reason


def test_a_loss_is_read_in_its_place(tmp_path: Path) -> None:
    loss = Loss(hops=4, first=Seq(2), last=Seq(5))

    entries = list(read(written(tmp_path, HEADER + RECORDS[0] + loss_bytes(loss) + RECORDS[5])))

    assert [entry.what for entry in entries] == [HOPS[0], loss, HOPS[5]]


def test_a_hop_longer_than_a_chunk_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal_file, "CHUNK_BYTES", 64)

    assert [entry.what for entry in read(written(tmp_path, WHOLE))] == HOPS


def test_streams_come_oldest_first_by_the_time_they_began(tmp_path: Path) -> None:
    written(tmp_path, header_bytes("n1", "a", BEGAN + timedelta(hours=1)), "a")
    written(tmp_path, header_bytes("n1", "b", BEGAN), "b")

    assert [stream.stream for stream in streams(tmp_path)] == ["b", "a"]


def test_a_stream_maps_samples_to_wall_time(tmp_path: Path) -> None:
    stream = open_stream(written(tmp_path, HEADER))

    assert stream.time(Instant(12_000)) == BEGAN + timedelta(seconds=1.5)
    assert (stream.node, stream.stream, stream.closed) == ("n1", "s1", False)


@pytest.mark.parametrize("name", ["", "../s1", "a/b", "/etc/passwd"])
def test_a_stream_cannot_lead_out_of_the_folder(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="cannot be the name of a file"):
        path_of(tmp_path, name)


def test_the_hops_of_a_call_are_found_among_those_of_others(tmp_path: Path) -> None:
    hops = [offered(1, "s1-1"), offered(2, "s1-12"), digit(3, "s1-1"), digit(4, "s1-12")]
    data = HEADER + b"".join(record_bytes(HOP, 0, pack_hop(hop)) for hop in hops)
    written(tmp_path, data)

    assert seqs(hops_of(tmp_path, CallId("s1-1"))) == [1, 3]
    assert seqs(hops_of(tmp_path, CallId("s1-12"))) == [2, 4]
    assert hops_of(tmp_path, CallId("s1-2")) == ()


def test_a_call_whose_id_names_no_stream_is_looked_for_everywhere(tmp_path: Path) -> None:
    for number, stream in enumerate(("a", "b")):
        head = header_bytes("n1", stream, BEGAN + timedelta(hours=number))
        written(tmp_path, head + record_bytes(HOP, 0, pack_hop(digit(1, f"odd{number}"))), stream)

    assert seqs(hops_of(tmp_path, CallId("odd0"))) == [1]
    assert seqs(hops_of(tmp_path, CallId("odd1"))) == [1]


def test_a_growing_file_is_read_as_it_grows(tmp_path: Path) -> None:
    path = written(tmp_path, HEADER)
    position = 0
    got: list[object] = []
    for end in range(len(HEADER), len(WHOLE) + 1, 7):
        path.write_bytes(WHOLE[:end])
        batch = read_batch(path, position)
        position = batch.position
        got += [entry.what for entry in batch.entries]
    got += [entry.what for entry in read(path, position)]
    path.write_bytes(WHOLE)
    got += [entry.what for entry in read(path, end_of(path))]

    assert all(isinstance(what, Hop) for what in got)
    assert got == HOPS[: len(got)]
    assert len(got) >= len(HOPS) - 1
