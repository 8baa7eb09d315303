"""Recordings: what is known of them, and their audio in the ranges a player asks for."""

import asyncio
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
from cti_core.wire import JsonObject, to_json

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
        ]

    async def _list(self, request: web.Request, _who: Principal) -> web.StreamResponse:
        limit, before = read_page(request)
        rows = await self._records.recordings(limit, RecordingId(before) if before else None)
        following = rows[-1].recording if len(rows) == limit else None
        return answer({"recordings": [_shown(row) for row in rows], "next": following})

    async def _one(self, request: web.Request, _who: Principal) -> web.StreamResponse:
        return answer(_shown(await self._known(request)))

    async def _audio(self, request: web.Request, who: Principal) -> web.StreamResponse:
        """The WAV, whole or the range that is asked for (RFC 9110 §14). One that still runs is as long as it is now."""
        row = await self._known(request)
        path = self._records.audio(row)
        if not await asyncio.to_thread(Path.is_file, path):
            raise _unknown(row.recording)
        log.info("recording_fetched", recording=row.recording, call=row.call, by=who.name)  # R-REC: who listened
        name = f'inline; filename="{row.recording}.wav"'
        return web.FileResponse(path, headers={hdrs.CONTENT_TYPE: "audio/wav", hdrs.CONTENT_DISPOSITION: name})

    async def _known(self, request: web.Request) -> RecordingRow:
        ident = RecordingId(request.match_info["recording"])
        row = await self._records.recording(ident)
        if row is None:
            raise _unknown(ident)
        return row


def _shown(row: RecordingRow) -> JsonObject:
    told = to_json(row)
    told.pop(_HIDDEN)
    return told


def _unknown(ident: RecordingId) -> RequestRejected:
    return RequestRejected("unknownRecording", ErrorCategory.OPERATION, recording=ident)
