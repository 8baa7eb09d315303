"""REST for integrators and `cti`: the same service layer as the socket, in resources."""

from dataclasses import fields
from math import isfinite
from typing import Final

from aiohttp import hdrs, web
from msgspec import DecodeError, json

from cti_core.api import rpc
from cti_core.api.auth import Principal
from cti_core.api.errors import invalid_params
from cti_core.api.gate import Gate, Work, answer, guarded, language_of, read_page
from cti_core.api.house import Figures
from cti_core.api.service import CLEARED, VERSION, Service
from cti_core.call_control.errors import ErrorCategory, RequestRejected
from cti_core.call_control.ids import CallId, LineId
from cti_core.call_control.view import CallView
from cti_core.store.rows import CallRow
from cti_core.wire import JsonObject, JsonValue, camel, to_json

STATUS_FIGURES: Final = tuple(f.name for f in fields(Figures) if not f.name.startswith(("work_", "lag_")))
LISTEN_S: Final = 10.0  # ten seconds hold five cycles of every tone but ringback
LISTEN_MAX_S: Final = 60.0
TO_A_CALL: Final = {"clear": "call.clear", "sendDigits": "call.sendDigits", "flash": "call.flash"}
_HIDDEN: Final = ("stream", "position")  # of a call's row: the journal's business


class Rest:
    def __init__(self, service: Service, gate: Gate) -> None:
        self._service = service
        self._house = service.house
        self._gate = gate

    def routes(self) -> list[web.RouteDef]:
        def get(path: str, what: str, work: Work) -> web.RouteDef:
            return web.get(f"/api/v1{path}", guarded(self._gate, what, work))

        return [
            get("/snapshot", "snapshot.get", self._snapshot),
            get("/lines", "snapshot.get", self._part("lines")),
            get("/agents", "snapshot.get", self._part("agents")),
            get("/queues", "queue.list", self._part("queues")),
            get("/extensions", "snapshot.get", self._part("extensions")),
            get("/calls", "calls.read", self._calls),
            get("/calls/{call}", "calls.read", self._call),
            get("/calls/{call}/ladder", "calls.read", self._ladder),
            get("/lines/{line}/audio", "line.listen", self._listen),
            get("/matrix", "matrix.read", self._matrix),
            get("/board", "status.read", self._board),
            get("/status", "status.read", self._status),
            web.post("/api/v1/reload", guarded(self._gate, "config.reload", self._reload)),
            web.post("/api/v1/calls", guarded(self._gate, "call.make", self._make)),
            *(
                web.post(f"/api/v1/calls/{{call}}:{verb}", guarded(self._gate, method, self._to_call(method)))
                for verb, method in TO_A_CALL.items()
            ),
            web.put("/api/v1/lines/{line}/service", guarded(self._gate, "line.setService", self._set_service)),
            web.post("/api/v1/rpc", guarded(self._gate, "stream.open", self._rpc)),
        ]

    async def _snapshot(self, _request: web.Request, _who: Principal) -> web.StreamResponse:
        return answer(self._service.snapshot())

    def _part(self, name: str) -> Work:
        async def work(_request: web.Request, _who: Principal) -> web.StreamResponse:
            return answer(self._service.part(name))

        return work

    async def _calls(self, request: web.Request, _who: Principal) -> web.StreamResponse:
        limit, before = read_page(request)
        rows = await self._house.records.calls(limit, CallId(before) if before else None)
        running = {view.call: view for view in self._house.desk.view().calls}
        known = {row.call for row in rows}
        fresh = [view for view in reversed(running.values()) if view.call not in known] if before is None else []
        calls = [self._begun(view) for view in fresh] + [self._kept(row, running.get(row.call)) for row in rows]
        following = rows[-1].call if len(rows) == limit else None
        return answer({"calls": calls, "next": following})  # type: ignore[dict-item]

    async def _call(self, request: web.Request, _who: Principal) -> web.StreamResponse:
        ident = CallId(request.match_info["call"])
        row = await self._house.records.call(ident)
        view = next((view for view in self._house.desk.view().calls if view.call == ident), None)
        if row is not None:
            return answer(self._kept(row, view))
        if view is None:
            raise _unknown_call(ident)
        return answer(self._begun(view))

    def _kept(self, row: CallRow, view: CallView | None) -> JsonObject:
        """A call out of the store; what runs is told as it is now. The store lags: what does not run is over."""
        told = to_json(row, self._house.wall.at)
        for name in _HIDDEN:
            told.pop(name)
        now = to_json(view, self._house.wall.at) if view else {"state": CLEARED, "version": None}
        return {**told, **now}

    def _begun(self, view: CallView) -> JsonObject:
        """A call that the store has not heard of yet."""
        told = to_json(view, self._house.wall.at)
        return {**told, "answered": None, "ended": None, "cause": None}

    async def _ladder(self, request: web.Request, _who: Principal) -> web.StreamResponse:
        ident = CallId(request.match_info["call"])
        ladder = await self._house.records.ladder(ident, language_of(request))
        if ladder is None:
            raise _unknown_call(ident)
        return web.Response(text=ladder, content_type="text/plain", charset="utf-8")

    async def _matrix(self, _request: web.Request, _who: Principal) -> web.StreamResponse:
        return answer({"gains": [to_json(gain) for gain in self._house.engine.gains()]})

    async def _board(self, _request: web.Request, _who: Principal) -> web.StreamResponse:
        told = self._house.engine.board()
        counters: JsonObject = {camel(name): count for name, count in told.counters.items()}
        ports: list[JsonValue] = [to_json(port) for port in told.ports]
        return answer({"name": told.name, "ports": ports, "alarms": [*told.alarms], "counters": counters})

    async def _status(self, _request: web.Request, _who: Principal) -> web.StreamResponse:
        figures = self._house.engine.figures()
        told: JsonObject = {camel(name): getattr(figures, name) for name in STATUS_FIGURES}
        work: JsonObject = {f"p{quantile * 100:g}": ms for quantile, ms in figures.work_ms.items()}
        missing: list[JsonValue] = [*self._house.engine.missing()]
        lag: JsonObject = {"max": figures.lag_max_ms, "buckets": [_bucket(*one) for one in figures.lag_buckets]}
        place = self._service.place()
        return answer({**place, "version": VERSION, "missing": missing, "workMs": work, "lagMs": lag, **told})

    async def _reload(self, _request: web.Request, who: Principal) -> web.StreamResponse:
        changed: list[JsonValue] = [*await self._house.engine.reload(who.name)]
        return answer({"changed": changed})

    async def _make(self, request: web.Request, who: Principal) -> web.StreamResponse:
        return answer(await self._service.call("call.make", with_headers(request, await read_body(request)), who))

    def _to_call(self, method: str) -> Work:
        async def work(request: web.Request, who: Principal) -> web.StreamResponse:
            params = {**await read_body(request), "call": request.match_info["call"]}
            return answer(await self._service.call(method, with_headers(request, params), who))

        return work

    async def _listen(self, request: web.Request, who: Principal) -> web.StreamResponse:
        try:
            seconds = float(request.query.get("seconds", LISTEN_S))
        except ValueError:
            raise invalid_params("seconds", "is a number") from None
        if not 0 < seconds <= LISTEN_MAX_S:
            raise invalid_params("seconds", f"lies between 0 and {LISTEN_MAX_S:g}")
        audio = await self._house.engine.listen(LineId(line_of(request)), seconds, who.name)
        return web.Response(body=audio, content_type="audio/wav")

    async def _set_service(self, request: web.Request, who: Principal) -> web.StreamResponse:
        params = {**await read_body(request), "line": line_of(request)}
        return answer(await self._service.call("line.setService", with_headers(request, params), who))

    async def _rpc(self, request: web.Request, who: Principal) -> web.StreamResponse:
        """One JSON-RPC request. A refusal is an answer too: the status is 200."""
        return answer(await rpc.answer(self._service, await request.read(), who, language_of(request)))


def _bucket(bound_ms: float, ticks: int) -> JsonObject:
    """JSON knows no infinity: what is longer than the last bound has none."""
    return {"upTo": bound_ms if isfinite(bound_ms) else None, "ticks": ticks}


def line_of(request: web.Request) -> int:
    """The line that the path names. Raises RequestRejected."""
    line = request.match_info["line"]
    if not (line.isascii() and line.isdigit() and len(line) < 10):
        raise RequestRejected("unknownLine", ErrorCategory.OPERATION, line=line)
    return int(line)


async def read_body(request: web.Request) -> dict[str, JsonValue]:
    """A JSON object, or nothing. Raises RequestRejected."""
    text = await request.read()
    try:
        body = json.decode(text) if text.strip() else {}
    except (DecodeError, UnicodeDecodeError) as fault:
        raise RequestRejected("parseError", ErrorCategory.OPERATION, reason=str(fault)) from None
    if not isinstance(body, dict):
        raise invalid_params("body", "is an object")
    return body


def with_headers(request: web.Request, params: dict[str, JsonValue]) -> dict[str, JsonValue]:
    """`Idempotency-Key` and `If-Match` (a call's version) are the parameters of the same meaning."""
    if key := request.headers.get("Idempotency-Key"):
        params = {"idempotencyKey": key, **params}
    if match := request.headers.get(hdrs.IF_MATCH):
        version = match.strip('" ')
        if not (version.isascii() and version.isdigit()):
            raise invalid_params("If-Match", "is the version of the call")
        params = {"version": int(version[:15]), **params}
    return params


def _unknown_call(ident: CallId) -> RequestRejected:
    return RequestRejected("unknownCall", ErrorCategory.OPERATION, call=ident)
