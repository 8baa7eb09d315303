"""Writes the tables: a batch of changes and the position it reaches, in one transaction or not at all."""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Table, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from cti_core.call_control.ids import CallId
from cti_core.call_control.privacy import PhoneNumber
from cti_core.store.fold import Books, Changes
from cti_core.store.journal_file import Stream
from cti_core.store.reading import call_row, connection_row, recording_row
from cti_core.store.rows import CallRow, ConnectionRow, RecordingRow
from cti_core.store.tables import calls, connections, events, recordings, streams
from cti_core.wire import JsonObject

NUL_SHOWN: Final = "\ufffd"  # PostgreSQL stores no NUL in text; a caller ID with a bit error may have one


class OutOfStep(Exception):
    """Somebody else moved the position of this stream; nothing was written. Open the books again."""


class Ledger:
    """One writer for each stream. Everything may raise what the database raises."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def open(self, stream: Stream) -> tuple[Books, int]:
        """The open rows of a stream and the position up to which the tables hold it; a new stream is entered."""
        async with self._engine.begin() as connection:
            await _put(connection, streams, [_new_stream(stream)], overwrite=False)
            found = select(streams.c.position).where(streams.c.stream == stream.stream)
            position = (await connection.execute(found)).scalar_one()
            books = Books(stream)
            mine = calls.c.stream == stream.stream
            is_open = calls.c.ended.is_(None)
            for row in await connection.execute(select(calls).where(mine, is_open)):
                books.calls[CallId(row.call)] = call_row(row)
            joined = select(connections).join(calls).where(mine, is_open)
            for row in await connection.execute(joined.order_by(connections.c.call, connections.c.number)):
                books.connections.setdefault(CallId(row.call), []).append(connection_row(row))
            for row in await connection.execute(
                select(recordings).join(calls).where(mine, recordings.c.ended.is_(None))
            ):
                recording = recording_row(row)
                books.recordings[recording.recording] = recording
        return books, position

    async def commit(self, stream: Stream, changes: Changes, *, before: int, after: int) -> None:
        """Write the changes and move the position. Raises OutOfStep when it is not at `before`."""
        async with self._engine.begin() as connection:
            await _move(connection, stream, before, position=after)
            await _put(connection, calls, [_call(row) for row in changes.calls])
            await _put(connection, connections, [_plain(row) for row in changes.connections])
            await _put(connection, recordings, [_plain(row) for row in changes.recordings])
            await _put(connection, events, [_event(told) for told in changes.events])

    async def skip(self, stream: Stream, *, before: int, after: int) -> None:
        """Pass over an event that the database refuses; the journal keeps it."""
        async with self._engine.begin() as connection:
            await _move(connection, stream, before, position=after, skipped=streams.c.skipped + 1)


async def _move(connection: AsyncConnection, stream: Stream, before: int, **values: Any) -> None:
    here = (streams.c.stream == stream.stream) & (streams.c.position == before)
    moved = await connection.execute(update(streams).where(here).values(values))
    if moved.rowcount != 1:
        raise OutOfStep(stream.stream)


async def _put(
    connection: AsyncConnection, table: Table, rows: Sequence[Mapping[str, Any]], *, overwrite: bool = True
) -> None:
    """Insert; a row that is there already is replaced, or left alone."""
    if not rows:
        return
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    statement = insert(table)
    keys = [column.name for column in table.primary_key]
    others = {c.name: statement.excluded[c.name] for c in table.columns if c.name not in keys}
    if overwrite and table is not events:
        statement = statement.on_conflict_do_update(index_elements=keys, set_=others)
    elif table is not events:
        statement = statement.on_conflict_do_nothing(index_elements=keys)
    await connection.execute(statement, rows)


def _new_stream(stream: Stream) -> dict[str, Any]:
    return {"stream": stream.stream, "node": stream.node, "began": stream.began, "position": 0, "skipped": 0}


def _call(row: CallRow) -> dict[str, Any]:
    numbers = {"caller": row.caller, "called": row.called}
    whole = {name: _text(number.reveal() if number else None) for name, number in numbers.items()}
    return _plain(row) | whole | {"data": {_text(k): _text(v) for k, v in row.data}}


def _plain(row: CallRow | ConnectionRow | RecordingRow) -> dict[str, Any]:
    values = ((field.name, getattr(row, field.name)) for field in fields(row))
    return {name: _text(value) for name, value in values if not isinstance(value, PhoneNumber | tuple)}


def _event(told: JsonObject) -> dict[str, Any]:
    return {
        "stream": told["stream"],
        "seq": told["seq"],
        "type": told["type"],
        "at": datetime.fromisoformat(str(told["time"])),
        "call": told["callId"],
        "line": told["line"],
        "agent": told["agent"],
        "payload": _text(told),
    }


def _text(value: Any) -> Any:
    """Without NUL, however deep it sits."""
    if isinstance(value, str):
        return value.replace("\0", NUL_SHOWN)
    if isinstance(value, dict):
        return {_text(key): _text(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_text(inner) for inner in value]
    return value
