"""Single-use tickets that open an audio socket: a browser can set no header on a WebSocket, and a URL is easily copied."""

import secrets
from collections import OrderedDict
from collections.abc import Callable
from time import monotonic
from typing import Final

from cti_core.call_control.ids import AgentId

VALID_S: Final = 30.0  # wire contract
KEPT_MAX: Final = 1000  # assumed: more than agents at one node; the oldest goes first


class Tickets:
    def __init__(self, *, valid_s: float = VALID_S, clock: Callable[[], float] = monotonic) -> None:
        self._valid_s = valid_s
        self._clock = clock
        self._open: Final[OrderedDict[str, tuple[AgentId, float]]] = OrderedDict()

    def issue(self, agent: AgentId) -> str:
        """192 random bits."""
        ticket = secrets.token_urlsafe(24)
        self._open[ticket] = (agent, self._clock() + self._valid_s)
        if len(self._open) > KEPT_MAX:
            self._open.popitem(last=False)
        return ticket

    def take(self, ticket: str) -> AgentId | None:
        """Whose it is, once and in time; then never again."""
        agent, until = self._open.pop(ticket, (None, 0.0))
        return agent if self._clock() <= until else None
