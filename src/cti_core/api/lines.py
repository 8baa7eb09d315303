"""What operators see of lines: live meters, and a line that is tested."""

from aiohttp import web

from cti_core.api.auth import Principal
from cti_core.api.gate import Gate, answer, guarded, language_of
from cti_core.api.rest import line_of
from cti_core.api.service import Service
from cti_core.call_control.ids import LineId
from cti_core.wire import JsonValue, to_json


class Lines:
    def __init__(self, service: Service, gate: Gate) -> None:
        self._service = service
        self._house = service.house
        self._gate = gate

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/api/v1/lines/levels", guarded(self._gate, "status.read", self._levels)),
            web.post("/api/v1/lines/{line}:test", guarded(self._gate, "line.test", self._test)),
        ]

    async def _levels(self, _request: web.Request, _who: Principal) -> web.StreamResponse:
        """Each line with its state: a meter on an idle line shows the noise of the copper."""
        states = {view.line: view for view in self._house.desk.view().lines}
        levels: list[JsonValue] = []
        for level in self._house.engine.levels():
            view = states[level.line]
            levels.append({**to_json(level), "state": view.state, "call": view.call})
        return answer({**self._service.place(), "levels": levels})

    async def _test(self, request: web.Request, who: Principal) -> web.StreamResponse:
        """A client that goes away meanwhile changes nothing: the line is given back in time all the same."""
        report = await self._house.engine.test_line(LineId(line_of(request)), who.name, language_of(request))
        return answer(to_json(report))
