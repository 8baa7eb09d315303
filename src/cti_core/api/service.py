"""The one layer under JSON-RPC and REST: a method, its parameters and who asks go in, plain JSON or a refusal comes out.

Order: an answer shows the state after the command; on the socket that asked, it stands behind every event from before
the command and before every event that the command caused (`stream.py` sees to it).
"""

from dataclasses import replace
from importlib.metadata import version
from typing import Final, assert_never

import msgspec
import structlog

from cti_core.api.auth import Principal, permit
from cti_core.api.house import House
from cti_core.api.methods import COMMANDS, QUESTIONS, Asked, Command, Params, Shows, convert
from cti_core.api.once import Once
from cti_core.api.tickets import Tickets
from cti_core.bus import Bus
from cti_core.call_control.errors import ErrorCategory, RequestRejected
from cti_core.call_control.events import MakeCall
from cti_core.call_control.ids import CallId
from cti_core.call_control.view import CallView, HouseView
from cti_core.wire import JsonObject, JsonValue, to_json, view_to_json

VERSION: Final = version("hospital-cti")
CLEARED: Final = "cleared"  # the state shown of a call that the command ended

log = structlog.get_logger(__name__)


class Service:
    """Stateless but for the answers it keeps (`once`) and the tickets for audio sockets."""

    def __init__(self, house: House, bus: Bus, *, once: Once | None = None, tickets: Tickets | None = None) -> None:
        self.house: Final = house
        self.bus: Final = bus
        self.once: Final = once or Once()
        self.tickets: Final = tickets or Tickets()

    async def call(self, method: str, params: object, who: Principal) -> JsonValue:
        """Raises RequestRejected: unknown method, not permitted, wrong parameters, or the house's own refusal."""
        command = COMMANDS.get(method)
        if command is None and method not in QUESTIONS:
            raise RequestRejected("unknownMethod", ErrorCategory.OPERATION, method=method)
        permit(who, method)
        if command is None:
            convert(params, Params)
            return self._answer(method, who)
        asked = command.read(params, who, self.house.desk)
        fingerprint = msgspec.json.encode([method, params], order="deterministic")
        return await self.once.do(who, asked.key, fingerprint, lambda: self._obey(method, command, asked, who))

    def place(self) -> JsonObject:
        """Where in the stream something that is read now belongs."""
        return {"node": self.bus.node, "stream": self.bus.stream, "seq": self.bus.seq}

    def snapshot(self) -> JsonObject:
        """SNAPSHOT of the wire contract; read in one step of the loop, so that it fits its `seq`."""
        shown = view_to_json(self.house.desk.view(), self.house.wall.at)
        return {**self.place(), **shown, "alarms": [to_json(alarm) for alarm in self.bus.alarms]}

    def part(self, name: str) -> JsonObject:
        """One list of the snapshot, with its place in the stream."""
        shown = self.snapshot()
        return {key: shown[key] for key in ("node", "stream", "seq", "time", name)}

    def _answer(self, question: str, who: Principal) -> JsonValue:
        match question:
            case "snapshot.get":
                return self.snapshot()
            case "queue.list":
                return self.part("queues")
            case "audio.open":
                assert who.agent is not None, "auth.PERMISSIONS: for agents only"
                ticket = self.tickets.issue(who.agent)
                return {"token": ticket, "url": f"/api/v1/audio?token={ticket}"}
            case _:
                raise AssertionError(question)

    async def _obey(self, method: str, command: Command, asked: Asked, who: Principal) -> JsonValue:
        before = self.house.desk.view()
        try:
            await self.house.desk.request(asked.request)
        except RequestRejected as refusal:
            log.info("command_refused", method=method, by=who.name, refusal=str(refusal))
            raise
        log.info("command", method=method, by=who.name)
        return self._shown(command.shows, asked, before, self.house.desk.view())

    def _shown(self, shows: Shows, asked: Asked, before: HouseView, after: HouseView) -> JsonValue:
        request, wall = asked.request, self.house.wall.at
        match shows:
            case Shows.AGENT:
                return to_json(next(a for a in after.agents if a.agent == getattr(request, "agent", None)), wall)
            case Shows.LINE:
                return to_json(next(one for one in after.lines if one.line == getattr(request, "line", None)), wall)
            case Shows.CALL if isinstance(request, MakeCall):
                return to_json(_made(request, after), wall)
            case Shows.CALL:
                return to_json(_call(CallId(getattr(request, "call", "")), before, after), wall)
            case _:
                assert_never(shows)


def _made(request: MakeCall, after: HouseView) -> CallView:
    """The call that the agent is in now."""
    return next(call for call in after.calls if call.agent == request.agent)


def _call(ident: CallId, before: HouseView, after: HouseView) -> CallView:
    """The call now; one that the command ended as it was, but cleared and without connections."""
    for call in after.calls:
        if call.call == ident:
            return call
    ended = next(call for call in before.calls if call.call == ident)
    return replace(ended, state=CLEARED, connections=(), version=ended.version + 1, since=after.at)
