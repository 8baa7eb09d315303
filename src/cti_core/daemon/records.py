"""The door to what is kept: rows of the tables for the API, ladders out of the journals."""

import asyncio
from collections.abc import Awaitable, Sequence
from pathlib import Path
from typing import TypeVar
from zoneinfo import ZoneInfo

from sqlalchemy.exc import SQLAlchemyError

from cti_core.call_control.actions import Language
from cti_core.call_control.errors import ErrorCategory, RequestRejected
from cti_core.call_control.ids import CallId, RecordingId
from cti_core.daemon.ladders import ladder_of
from cti_core.store.repository import Repository
from cti_core.store.rows import CallRow, RecordingRow

T = TypeVar("T")


class RecordsDoor:
    """Raises RequestRejected `storeAway` while the database is away; ladders need no database."""

    def __init__(self, repository: Repository, recordings: Path, zone: ZoneInfo) -> None:
        self._repository = repository
        self._recordings = recordings
        self._zone = zone

    async def calls(self, limit: int, before: CallId | None) -> Sequence[CallRow]:
        return await _reached(self._repository.calls(limit=limit, before=before))

    async def call(self, call: CallId) -> CallRow | None:
        return await _reached(self._repository.call(call))

    async def recordings(self, limit: int, before: RecordingId | None) -> Sequence[RecordingRow]:
        return await _reached(self._repository.recordings(limit=limit, before=before))

    async def recording(self, recording: RecordingId) -> RecordingRow | None:
        return await _reached(self._repository.recording(recording))

    def audio(self, row: RecordingRow) -> Path:
        return self._recordings / row.path

    async def ladder(self, call: CallId, language: Language) -> str | None:
        streams = await self._repository.streams()
        hops = await self._repository.hops(call)
        return await asyncio.to_thread(ladder_of, hops, call, streams, self._zone, language) if hops else None


async def _reached(question: Awaitable[T]) -> T:
    try:
        return await question
    except (SQLAlchemyError, OSError) as away:
        raise RequestRejected("storeAway", ErrorCategory.SYSTEM_RESOURCE, why=type(away).__name__) from away
