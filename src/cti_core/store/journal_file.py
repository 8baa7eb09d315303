"""The journal on disk: how its bytes lie, and how they are read, also while it is being written.

    header   magic 8 | version u16 | mark u8 | - | length u32 | crc u32 | msgpack {node, stream, began_us}
    record   crc u32 | length u32 | event u64 | kind u8 | - - - | payload         all little-endian

`event` is the number of the event in the stream (the hop is a Tell), 0 for all other hops. The crc (CRC-32, ITU-T V.42)
covers the rest of the record, so neither a torn tail nor a tail of zeros can pass for a record. The mark is outside the
header's crc: it is set in place, when the writer closes and when `store.recovery` has settled what was left open.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from struct import Struct
from typing import Final
from zlib import crc32

import msgspec

from cti_core.call_control.clock import RATE_HZ, Instant
from cti_core.call_control.ids import CallId, Seq
from cti_core.call_control.trace import Hop
from cti_core.wire import UnreadableHop, unpack_hop

SUFFIX: Final = ".journal"
MAGIC: Final = b"CTIHOPS\n"
VERSION: Final = 1
RECORD_BYTES_MAX: Final = 4 << 20  # assumed: a hop takes about 150 bytes; what claims more than this is damage
CHUNK_BYTES: Final = 256 << 10  # measured: bigger reads are not faster
MARK_AT: Final = len(MAGIC) + 2  # offset of the mark
OPEN, CLOSED, SETTLED = range(3)  # marks
_HEADER: Final = Struct("<8sHBxII")
_RECORD: Final = Struct("<IIQBxxx")
_CRC_BYTES: Final = 4
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)

HOP, LOSS = 1, 2  # kinds of record


class NotAJournal(ValueError):
    """The file does not begin as a journal does, or was written by a newer version; the message says which file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """One start of a node, and the file that holds it."""

    path: Path
    node: str
    stream: str
    began: datetime  # wall time of sample 0, UTC
    closed: bool  # by its writer: nothing is torn
    settled: bool  # nothing in it is left open
    first: int  # position of the first record

    def time(self, at: Instant) -> datetime:
        """Wall time of an instant of this stream."""
        return self.began + timedelta(seconds=at / RATE_HZ)


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """Hops that were never written (disk full for too long), in their place. Events may have been among them."""

    hops: int
    first: Seq
    last: Seq


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A record that is whole but means nothing to this version."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One record. `position` is behind it: reading goes on from there."""

    position: int
    event: int  # number of the event in the stream; 0: not an event
    what: Hop | Loss | Unreadable


@dataclass(frozen=True, slots=True)
class Batch:
    """Some entries and the position behind everything that was looked at."""

    entries: tuple[Entry, ...]
    position: int


# --- writing --------------------------------------------------------------------------------------------------------


def header_bytes(node: str, stream: str, began: datetime) -> bytes:
    """What a journal begins with."""
    began_us = (began - _EPOCH) // timedelta(microseconds=1)
    body = msgspec.msgpack.encode({"node": node, "stream": stream, "began_us": began_us})
    return _HEADER.pack(MAGIC, VERSION, 0, len(body), crc32(body)) + body


def record_bytes(kind: int, event: int, payload: bytes) -> bytes:
    head = _RECORD.pack(0, len(payload), event, kind)[_CRC_BYTES:]
    return crc32(payload, crc32(head)).to_bytes(_CRC_BYTES, "little") + head + payload


def loss_bytes(loss: Loss) -> bytes:
    return record_bytes(LOSS, 0, msgspec.msgpack.encode(loss))


# --- reading --------------------------------------------------------------------------------------------------------


def path_of(folder: Path, stream: str) -> Path:
    """Where the journal of a stream lies."""
    if not stream or Path(stream).name != stream:
        raise ValueError(f"{stream!r} cannot be the name of a file")
    return folder / f"{stream}{SUFFIX}"


def open_stream(path: Path) -> Stream:
    """Read the header. Raises NotAJournal, OSError."""
    with path.open("rb") as file:
        head = file.read(_HEADER.size)
        if len(head) < _HEADER.size or head[: len(MAGIC)] != MAGIC:
            raise NotAJournal(f"{path} is no journal")
        _, version, mark, length, crc = _HEADER.unpack(head)
        if version != VERSION:
            raise NotAJournal(f"{path} has version {version}; this program knows {VERSION}")
        body = file.read(min(length, CHUNK_BYTES))
    if len(body) != length or crc32(body) != crc:
        raise NotAJournal(f"{path} has a damaged header")
    told = msgspec.msgpack.decode(body)
    return Stream(
        path=path,
        node=told["node"],
        stream=told["stream"],
        began=_EPOCH + timedelta(microseconds=told["began_us"]),
        closed=mark != OPEN,
        settled=mark == SETTLED,
        first=_HEADER.size + length,
    )


def streams(folder: Path) -> tuple[Stream, ...]:
    """All journals of a folder, oldest first. Files that are none (a header torn by a power cut) are left out."""
    found = []
    for path in folder.glob(f"*{SUFFIX}"):
        try:
            found.append(open_stream(path))
        except NotAJournal:
            continue
    return tuple(sorted(found, key=lambda stream: (stream.began, stream.stream)))


def read(path: Path, from_position: int = 0, *, events_only: bool = False) -> Iterator[Entry]:
    """All entries behind a position (0: from the beginning), up to the end or the torn tail. Blocks on the disk."""
    position = from_position
    while True:
        batch = read_batch(path, position, events_only=events_only)
        yield from batch.entries
        if batch.position == position:
            return
        position = batch.position


def read_batch(
    path: Path,
    position: int = 0,
    *,
    entries_max: int = 1000,
    events_only: bool = False,
    mentioning: bytes = b"",
) -> Batch:
    """One chunk's worth of entries. Nothing new at the end: the same position comes back.

    `events_only` leaves out hops that are no event, `mentioning` those without these bytes; both without decoding them.
    """
    position = position or open_stream(path).first
    chunk = _chunk_at(path, position)
    entries: list[Entry] = []
    offset = 0
    while len(entries) < entries_max and (record := _record_at(chunk, offset)):
        kind, event, payload = record
        offset += _RECORD.size + len(payload)
        if (events_only and kind == HOP and not event) or (mentioning and mentioning not in payload):
            continue
        entries.append(Entry(position=position + offset, event=event, what=_decoded(kind, payload)))
    return Batch(tuple(entries), position + offset)


def hops_of(folder: Path, call: CallId, from_position: int = 0) -> tuple[Hop, ...]:
    """The hops of a call, running or over, oldest first; () when no journal knows it. Blocks on the disk.

    `from_position` (of the journal of its stream) saves reading what came before the call.
    """
    for stream in _likely(folder, call):
        found: list[Hop] = []
        position = from_position if call.startswith(f"{stream.stream}-") else 0
        while True:
            batch = read_batch(stream.path, position, mentioning=call.encode())
            found += (e.what for e in batch.entries if isinstance(e.what, Hop) and e.what.call == call)
            if batch.position == position:
                break
            position = batch.position
        if found:
            return tuple(found)
    return ()


def end_of(path: Path) -> int:
    """Position behind the last whole record: what lies behind it is a torn tail."""
    position = 0
    while (batch := read_batch(path, position, events_only=True)).position != position:
        position = batch.position
    return position


def _likely(folder: Path, call: CallId) -> Iterator[Stream]:
    """The stream that is named in the call's id, or all, newest first."""
    known = streams(folder)
    named = [s for s in known if call.rpartition("-")[0] in (s.stream, f"{s.node}-{s.stream}")]
    return iter(named or reversed(known))


def _chunk_at(path: Path, position: int) -> bytes:
    """At least one whole record, if there is one."""
    with path.open("rb") as file:
        file.seek(position)
        chunk = file.read(CHUNK_BYTES)
        if len(chunk) == CHUNK_BYTES:
            length = _RECORD.unpack_from(chunk)[1] + _RECORD.size
            if CHUNK_BYTES < length <= RECORD_BYTES_MAX:
                chunk += file.read(length - CHUNK_BYTES)
    return chunk


def _record_at(chunk: bytes, offset: int) -> tuple[int, int, bytes] | None:
    """Kind, event and payload; None: not whole, damaged, or the end."""
    begin = offset + _RECORD.size
    if begin > len(chunk):
        return None
    crc, length, event, kind = _RECORD.unpack_from(chunk, offset)
    payload = chunk[begin : begin + length]
    if len(payload) != length or length + _RECORD.size > RECORD_BYTES_MAX:
        return None
    if crc32(payload, crc32(chunk[offset + _CRC_BYTES : begin])) != crc:
        return None
    return kind, event, payload


def _decoded(kind: int, payload: bytes) -> Hop | Loss | Unreadable:
    try:
        if kind == HOP:
            return unpack_hop(payload)
        if kind == LOSS:
            return msgspec.msgpack.decode(payload, type=Loss)
    except (UnreadableHop, msgspec.MsgspecError) as error:
        return Unreadable(str(error))
    return Unreadable(f"a record of kind {kind}: written by a newer version?")
