"""Reports about what the house does on a line: calls of ours up to the answer, keys and flashes of an agent. The rest of a
call's life is told in the words of `csta`.
"""

from dataclasses import dataclass
from typing import ClassVar

from cti_core.call_control.ids import AgentId, CallId, LineId
from cti_core.call_control.privacy import PhoneNumber


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceInitiated:
    """A call of ours begins: the agent's telephone rings, or the agent is there already."""

    TYPE: ClassVar[str] = "call.serviceInitiated"
    call: CallId
    line: LineId
    device: str
    agent: AgentId
    called: PhoneNumber


@dataclass(frozen=True, slots=True, kw_only=True)
class Originated:
    """The agent is there: the house seizes a line. `line` may be another than before."""

    TYPE: ClassVar[str] = "call.originated"
    call: CallId
    line: LineId
    device: str
    agent: AgentId


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkReached:
    """The number is out on the line."""

    TYPE: ClassVar[str] = "call.networkReached"
    call: CallId
    line: LineId
    device: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FarEndAlerting:
    """Ringback is heard: the called party's telephone rings."""

    TYPE: ClassVar[str] = "call.farEndAlerting"
    call: CallId
    line: LineId


@dataclass(frozen=True, slots=True, kw_only=True)
class LineHunted:
    """The call goes out on another line than was tried."""

    TYPE: ClassVar[str] = "call.lineHunted"
    call: CallId
    line: LineId
    tried: LineId
    reason: str  # `glare` `noDialTone` `busy` `fault` `undialable`


@dataclass(frozen=True, slots=True, kw_only=True)
class DigitsGenerated:
    """The agent's keys go out on the line."""

    TYPE: ClassVar[str] = "call.digitsGenerated"
    call: CallId
    line: LineId
    agent: AgentId
    digits: str  # a `•` for each: they may be a secret of whoever is spoken to


@dataclass(frozen=True, slots=True, kw_only=True)
class Flashed:
    """The line was flashed towards a PBX; what the agent hears now is its answer."""

    TYPE: ClassVar[str] = "call.flashed"
    call: CallId
    line: LineId
    agent: AgentId
