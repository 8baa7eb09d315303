"""Recordings: what is known of them, and their audio in the ranges a player asks for."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import structlog
from aiohttp import hdrs, web

from cti_core.api.auth import Principal
from cti_core.api.gate import Gate, answer, guarded, read_page
from cti_core.api.house import Records
from cti_core.call_control.errors import ErrorCategory, RequestRejected
from cti_core.call_control.ids import RecordingId
from cti_core.store.rows import RecordingRow
from cti_core.wire import JsonObject, JsonValue, to_json

log = structlog.get_logger(__name__)

_HIDDEN: Final = "path"  # of a row: the disk's business


class Recordings:
    def __init__(self, records: Records, gate: Gate) -> None:
        self._records = records
        self._gate = gate

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/api/v1/recordings", guarded(self._gate, "recordings.read", self._list)),
            web.get("/api/v1/recordings/{recording}", guarded(self._gate, "recordings.read", self._one)),
            web.get("/api/v1/recordings/{recording}/audio", guarded(self._gate, "recordings.read", self._audio)),
            web.get("/api/v1/recordings/{recording}/onhook", guarded(self._gate, "recordings.read", self._onhook)),
        ]

    async def _list(self, request: web.Request, _who: Principal) -> web.StreamResponse:
        limit, before = read_page(request)
        rows = await self._records.recordings(limit, RecordingId(before) if before else None)
        following = rows[-1].recording if len(rows) == limit else None
        return answer({"recordings": await asyncio.to_thread(self._shown, rows), "next": following})

    async def _one(self, request: web.Request, _who: Principal) -> web.StreamResponse:
        return answer((await asyncio.to_thread(self._shown, [await self._known(request)]))[0])

    async def _audio(self, request: web.Request, who: Principal) -> web.StreamResponse:
        """The WAV, whole or the range that is asked for (RFC 9110 §14). One that still runs is as long as it is now."""
        row = await self._known(request)
        return await _played(row, self._records.audio(row), who)

    async def _onhook(self, request: web.Request, who: Principal) -> web.StreamResponse:
        """What the line heard before we answered, where that was kept."""
        row = await self._known(request)
        return await _played(row, self._beside(row), who)

    def _beside(self, row: RecordingRow) -> Path:
        return self._records.audio(row).with_name(f"{row.call}.onhook.wav")

    def _shown(self, rows: Sequence[RecordingRow]) -> list[JsonValue]:
        """Looks at the disk."""
        return [{**_told(row), "onhook": self._beside(row).is_file()} for row in rows]

    async def _known(self, request: web.Request) -> RecordingRow:
        ident = RecordingId(request.match_info["recording"])
        row = await self._records.recording(ident)
        if row is None:
            raise _unknown(ident)
        return row


async def _played(row: RecordingRow, path: Path, who: Principal) -> web.StreamResponse:
    if not await asyncio.to_thread(path.is_file):
        raise _unknown(row.recording)
    log.info("recording_fetched", recording=row.recording, call=row.call, file=path.name, by=who.name)  # R-REC
    name = f'inline; filename="{path.name}"'
    return web.FileResponse(path, headers={hdrs.CONTENT_TYPE: "audio/wav", hdrs.CONTENT_DISPOSITION: name})


def _told(row: RecordingRow) -> JsonObject:
    told = to_json(row)
    told.pop(_HIDDEN)
    return told


def _unknown(ident: RecordingId) -> RequestRejected:
    return RequestRejected("unknownRecording", ErrorCategory.OPERATION, recording=ident)
