"""The commands of the API as one table: parameters, the request they become, the object the answer shows.

Who may call what stands in `auth.PERMISSIONS`. A new command is a row here, a row there and a sentence in docs/api.md.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Final, Literal, TypeVar

import msgspec
from msgspec import Meta, Struct

from cti_core.api.auth import Principal
from cti_core.api.errors import invalid_params
from cti_core.api.house import Desk
from cti_core.call_control.errors import ErrorCategory, RequestRejected
from cti_core.call_control.events import (
    AnswerCall,
    ClearCall,
    ClearConnection,
    FinishWrapUp,
    HoldCall,
    LogOff,
    LogOn,
    MakeCall,
    RejectCall,
    Request,
    RetrieveCall,
    SetCallData,
    SetLineService,
    SetNotReady,
    SetReady,
)
from cti_core.call_control.ids import AgentId, CallId, LineId, QueueId
from cti_core.call_control.in_talk import FlashCall, GenerateDigits
from cti_core.call_control.privacy import Keys, PhoneNumber
from cti_core.settings import Role

_Id = Annotated[str, Meta(min_length=1, max_length=64)]
_Key = Annotated[str, Meta(min_length=1, max_length=128)]
_Reason = Annotated[str, Meta(max_length=64)]
_Value = Annotated[str, Meta(max_length=1000)]
_Version = Annotated[int, Meta(ge=1)]
_Line = Annotated[int, Meta(ge=1, le=100_000)]


class Params(Struct, rename="camel", forbid_unknown_fields=True, kw_only=True, frozen=True):
    """What every command may carry."""

    idempotency_key: _Key | None = None


class OfAgent(Params, kw_only=True, frozen=True):
    """`agent`: for operators and supervisors, on behalf of; an agent's is the own."""

    agent: _Id | None = None


class LogOnParams(OfAgent, kw_only=True, frozen=True):
    queues: Annotated[list[_Id], Meta(max_length=50)] | None = None  # none: the agent's usual ones


class SetStateParams(OfAgent, kw_only=True, frozen=True):
    state: Literal["ready", "notReady"]
    reason: _Reason = ""


class OfCall(OfAgent, kw_only=True, frozen=True):
    call: _Id
    version: _Version | None = None  # the version of the call that was seen; refused with `staleVersion` if it moved on


class SetDataParams(OfCall, kw_only=True, frozen=True):
    data: Annotated[dict[_Id, _Value], Meta(max_length=50)]  # merged; an empty value removes a key


class MakeCallParams(OfAgent, kw_only=True, frozen=True):
    number: Annotated[str, Meta(min_length=1, max_length=32, pattern=r"^[0-9*#,]+$")]  # a comma waits a second
    line: _Line | None = None  # none: the house chooses a free one


class SendDigitsParams(OfCall, kw_only=True, frozen=True):
    digits: Annotated[str, Meta(min_length=1, max_length=32, pattern=r"^[0-9*#,]+$")]  # a comma waits a second


class SetServiceParams(Params, kw_only=True, frozen=True):
    line: _Line
    in_service: bool


class Shows(StrEnum):
    """The object whose new state is the answer."""

    AGENT = "AgentView"
    CALL = "CallView"
    LINE = "LineView"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A command that was read and understood."""

    request: Request
    key: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    params: type[Params]
    shows: Shows
    read: Callable[[object, Principal, Desk], Asked]


_P = TypeVar("_P", bound=Params)


def convert(params: object, to: type[_P]) -> _P:
    """Raises RequestRejected `invalidParams` with the field's path."""
    if not isinstance(params, dict):
        raise invalid_params("params", "are given by name: an object")
    try:
        return msgspec.convert(params, to)
    except msgspec.ValidationError as fault:
        reason, _, where = str(fault).partition(" - at ")
        path = where.rpartition("`$")[2].strip("`.")  # "`$.version`", "`key` in `$.data`"
        raise invalid_params(path or _named(reason), reason) from None


def _named(reason: str) -> str:
    """The field that msgspec names only in its sentence (a missing or unknown one)."""
    return reason.split("`")[1] if "field `" in reason else "params"


def _command(params: type[_P], make: Callable[[_P, Principal, Desk], Request], shows: Shows) -> Command:
    def read(given: object, who: Principal, desk: Desk) -> Asked:
        known = convert(given, params)
        return Asked(request=make(known, who, desk), key=known.idempotency_key)

    return Command(params=params, shows=shows, read=read)


def agent_of(params: OfAgent, who: Principal) -> AgentId:
    """The agent a command is for. Raises RequestRejected for another's, and when none is known."""
    if who.role is Role.AGENT:
        if params.agent not in (None, who.agent):
            raise RequestRejected("forbidden", ErrorCategory.SECURITY, what=f"as {params.agent}", role=who.role.value)
        assert who.agent is not None, "settings: a token with the role agent names one"
        return who.agent
    if params.agent is None:
        raise invalid_params("agent", f"is missing: the role {who.role.value} acts on behalf of an agent")
    return AgentId(params.agent)


def _log_on(p: LogOnParams, who: Principal, desk: Desk) -> Request:
    agent = agent_of(p, who)
    queues = desk.usual_queues(agent) if p.queues is None else tuple(QueueId(name) for name in p.queues)
    return LogOn(agent, queues)


def _set_state(p: SetStateParams, who: Principal, _: Desk) -> Request:
    agent = agent_of(p, who)
    return SetReady(agent) if p.state == "ready" else SetNotReady(agent, p.reason)


def _clear(p: OfCall, who: Principal, _: Desk) -> Request:
    """An agent hangs up; an operator ends the call, or hangs up on behalf of an agent."""
    if who.role is Role.AGENT or p.agent is not None:
        return ClearConnection(agent_of(p, who), CallId(p.call), p.version)
    return ClearCall(CallId(p.call), who.name, p.version)


def _make(p: MakeCallParams, who: Principal, _: Desk) -> Request:
    return MakeCall(agent_of(p, who), PhoneNumber(p.number), None if p.line is None else LineId(p.line))


def _send_digits(p: SendDigitsParams, who: Principal, _: Desk) -> Request:
    return GenerateDigits(agent=agent_of(p, who), call=CallId(p.call), digits=Keys(p.digits), version=p.version)


def _set_data(p: SetDataParams, who: Principal, desk: Desk) -> Request:
    call = CallId(p.call)
    if who.role is Role.AGENT:
        holder = next((c.agent for c in desk.view().calls if c.call == call), who.agent)  # a stranger: refused later
        if holder != who.agent:
            raise RequestRejected("notYourCall", ErrorCategory.SECURITY, call=call, agent=who.agent)
    return SetCallData(call, tuple(p.data.items()), who.name, p.version)


COMMANDS: Final[dict[str, Command]] = {
    "agent.logOn": _command(LogOnParams, _log_on, Shows.AGENT),
    "agent.logOff": _command(OfAgent, lambda p, who, _: LogOff(agent_of(p, who)), Shows.AGENT),
    "agent.setState": _command(SetStateParams, _set_state, Shows.AGENT),
    "agent.finishWrapUp": _command(OfAgent, lambda p, who, _: FinishWrapUp(agent_of(p, who)), Shows.AGENT),
    "call.answer": _command(
        OfCall, lambda p, who, _: AnswerCall(agent_of(p, who), CallId(p.call), p.version), Shows.CALL
    ),
    "call.reject": _command(
        OfCall, lambda p, who, _: RejectCall(agent_of(p, who), CallId(p.call), p.version), Shows.CALL
    ),
    "call.hold": _command(OfCall, lambda p, who, _: HoldCall(agent_of(p, who), CallId(p.call), p.version), Shows.CALL),
    "call.retrieve": _command(
        OfCall, lambda p, who, _: RetrieveCall(agent_of(p, who), CallId(p.call), p.version), Shows.CALL
    ),
    "call.clear": _command(OfCall, _clear, Shows.CALL),
    "call.setData": _command(SetDataParams, _set_data, Shows.CALL),
    "call.make": _command(MakeCallParams, _make, Shows.CALL),
    "call.sendDigits": _command(SendDigitsParams, _send_digits, Shows.CALL),
    "call.flash": _command(
        OfCall, lambda p, who, _: FlashCall(agent_of(p, who), CallId(p.call), p.version), Shows.CALL
    ),
    "line.setService": _command(
        SetServiceParams, lambda p, who, _: SetLineService(LineId(p.line), p.in_service, who.name), Shows.LINE
    ),
}

QUESTIONS: Final = ("snapshot.get", "queue.list", "audio.open")
"""Methods that change nothing in the house; they take no parameters but an ignored `idempotencyKey`."""
