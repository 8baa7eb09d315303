"""Questions to the tables and the journals, for the API and the command line. Nothing here writes."""

import asyncio
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Select, Table, select, tuple_
from sqlalchemy.ext.asyncio import AsyncEngine

from cti_core.call_control.ids import AgentId, CallId, LineId, RecordingId
from cti_core.call_control.trace import Hop
from cti_core.store.journal_file import Stream, hops_of, streams
from cti_core.store.reading import call_row, connection_row, recording_row
from cti_core.store.rows import CallRow, ConnectionRow, RecordingRow
from cti_core.store.tables import calls, connections, events, recordings
from cti_core.wire import JsonObject

PAGE: Final = 50
PAGE_MAX: Final = 500  # rule 13: no client gets the whole table at once


class Repository:
    """Reads through an engine of `store.database`; `journals` is the folder of journals.

    The tables lag the events by a batch; the hops come from the journals and lag by 100 ms. Raises what SQLAlchemy
    raises when the database is away; `hops` needs no database.
    """

    def __init__(self, engine: AsyncEngine, journals: Path) -> None:
        self._engine = engine
        self._journals = journals

    async def calls(
        self,
        *,
        limit: int = PAGE,
        before: CallId | None = None,
        line: LineId | None = None,
        agent: AgentId | None = None,
    ) -> tuple[CallRow, ...]:
        """Newest first, running ones too. `before` is the last call of the page before; unknown: an empty page."""
        query = _page(select(calls), calls, "call", limit, before)
        if line is not None:
            query = query.where(calls.c.line == line)
        if agent is not None:
            query = query.where(calls.c.agent == agent)
        return tuple(call_row(row) for row in await self._all(query))

    async def call(self, call: CallId) -> CallRow | None:
        found = await self._all(select(calls).where(calls.c.call == call))
        return call_row(found[0]) if found else None

    async def connections(self, call: CallId) -> tuple[ConnectionRow, ...]:
        """In the order they joined; the caller is first."""
        query = select(connections).where(connections.c.call == call).order_by(connections.c.number)
        return tuple(connection_row(row) for row in await self._all(query))

    async def recordings(
        self, *, limit: int = PAGE, before: RecordingId | None = None, call: CallId | None = None
    ) -> tuple[RecordingRow, ...]:
        """Newest first; paged as `calls`."""
        query = _page(select(recordings), recordings, "recording", limit, before)
        if call is not None:
            query = query.where(recordings.c.call == call)
        return tuple(recording_row(row) for row in await self._all(query))

    async def recording(self, recording: RecordingId) -> RecordingRow | None:
        found = await self._all(select(recordings).where(recordings.c.recording == recording))
        return recording_row(found[0]) if found else None

    async def events_of(self, call: CallId) -> tuple[JsonObject, ...]:
        """The envelopes of a call, as clients got them, in order."""
        query = select(events.c.payload).where(events.c.call == call).order_by(events.c.at, events.c.seq)
        return tuple(row.payload for row in await self._all(query))

    async def events_after(self, stream: str, seq: int, *, limit: int = PAGE_MAX) -> tuple[JsonObject, ...]:
        """Envelopes of a stream behind a number, in order: for whoever was away longer than the bus remembers."""
        query = (
            select(events.c.payload)
            .where(events.c.stream == stream, events.c.seq > seq)
            .order_by(events.c.seq)
            .limit(_bounded(limit))
        )
        return tuple(row.payload for row in await self._all(query))

    async def hops(self, call: CallId) -> tuple[Hop, ...]:
        """The whole trace of a call, running or over, from the journals; () when nobody knows it."""
        return await asyncio.to_thread(hops_of, self._journals, call)

    async def streams(self) -> tuple[Stream, ...]:
        """All starts of the node, oldest first."""
        return await asyncio.to_thread(streams, self._journals)

    async def _all(self, query: Select[Any]) -> list[Any]:
        async with self._engine.connect() as connection:
            return list((await connection.execute(query)).all())


def _page(query: Select[Any], table: Table, key: str, limit: int, before: str | None) -> Select[Any]:
    """Newest first by `began`, behind a row of the same table. Ids break ties."""
    ident = table.c[key]
    if before is not None:
        there = select(table.c.began, ident).where(ident == before).subquery()
        query = query.where(tuple_(table.c.began, ident) < select(there.c.began, there.c[key]).scalar_subquery())
    return query.order_by(table.c.began.desc(), ident.desc()).limit(_bounded(limit))


def _bounded(limit: int) -> int:
    return max(1, min(limit, PAGE_MAX))
