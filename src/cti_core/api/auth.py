"""Who comes in, and what they may do. Tokens out of the settings for now; users with passwords come in by the same door."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from hmac import compare_digest
from typing import Final, Protocol

from cti_core.call_control.errors import ErrorCategory, RequestRejected
from cti_core.call_control.ids import AgentId
from cti_core.settings import Role, Token


@dataclass(frozen=True, slots=True)
class Principal:
    """Whoever asks. `agent` is known for the role agent only."""

    name: str
    role: Role
    agent: AgentId | None = None


class Authenticator(Protocol):
    """The seam for users, roles and passwords."""

    async def principal(self, token: str) -> Principal | None:
        """None for a token nobody has; says nothing about how near it was."""
        ...


class TokenAuthenticator:
    """Fixed tokens. Every one is compared, whatever matched before, so that time tells nothing."""

    def __init__(self, tokens: Sequence[Token]) -> None:
        self._known: Final = tuple(
            (sha256(token.token.encode()).digest(), Principal(token.name, token.role, token.agent))
            for token in tokens
            if token.token
        )

    async def principal(self, token: str) -> Principal | None:
        offered = sha256(token.encode()).digest()
        matches = [who for known, who in self._known if compare_digest(known, offered)]
        return matches[0] if matches else None


EVERYBODY: Final = frozenset(Role)
AGENTS: Final = frozenset({Role.AGENT})
WHO_WORK_CALLS: Final = frozenset({Role.AGENT, Role.SUPERVISOR, Role.OPERATOR})
WHO_OVERSEE: Final = frozenset({Role.SUPERVISOR, Role.OPERATOR})
WHO_LISTEN_LATER: Final = frozenset({Role.SUPERVISOR, Role.OPERATOR, Role.INTEGRATOR})
OPERATORS: Final = frozenset({Role.OPERATOR})

PERMISSIONS: Final[dict[str, frozenset[Role]]] = {
    # JSON-RPC methods
    "agent.logOn": WHO_WORK_CALLS,
    "agent.logOff": WHO_WORK_CALLS,
    "agent.setState": WHO_WORK_CALLS,
    "agent.finishWrapUp": WHO_WORK_CALLS,
    "call.answer": WHO_WORK_CALLS,
    "call.reject": WHO_WORK_CALLS,
    "call.hold": WHO_WORK_CALLS,
    "call.retrieve": WHO_WORK_CALLS,
    "call.clear": WHO_WORK_CALLS,
    "call.make": WHO_WORK_CALLS,
    "call.sendDigits": WHO_WORK_CALLS,
    "call.flash": WHO_WORK_CALLS,
    "call.setData": EVERYBODY,  # an agent: of the own call only
    "line.setService": OPERATORS,
    "audio.open": AGENTS,
    "snapshot.get": EVERYBODY,
    "queue.list": EVERYBODY,
    # the rest of REST and the stream
    "stream.open": EVERYBODY,
    "calls.read": EVERYBODY,
    "recordings.read": WHO_LISTEN_LATER,
    "matrix.read": WHO_OVERSEE,
    "status.read": WHO_OVERSEE,
    "metrics.read": WHO_LISTEN_LATER,
    "config.reload": OPERATORS,
    "line.test": OPERATORS,
    "line.listen": OPERATORS,  # what a line hears may be a patient: each time is logged
}
"""Who may do what. What does not stand here nobody may do."""


def permit(who: Principal, what: str) -> None:
    """Raises RequestRejected `forbidden`."""
    if who.role not in PERMISSIONS.get(what, frozenset()):
        raise RequestRejected("forbidden", ErrorCategory.SECURITY, what=what, role=who.role.value)
