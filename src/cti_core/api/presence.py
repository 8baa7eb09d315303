"""Whether an agent's desktop is there: the first socket brings the agent back, the last one that closes takes it away."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from cti_core.api.house import Desk
from cti_core.call_control.csta import AgentState
from cti_core.call_control.events import AgentLost, AgentReturned
from cti_core.call_control.ids import AgentId


class Presence:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._sockets: Final[Counter[AgentId]] = Counter()

    @contextmanager
    def of(self, agent: AgentId | None) -> Iterator[None]:
        """A socket of this agent is open; of a person without a desk (None) nothing is said.

        An agent who logged off is not lost.
        """
        if agent is None:
            yield
            return
        self._sockets[agent] += 1
        if self._sockets[agent] == 1 and self._on_duty(agent):
            self._desk.post(AgentReturned(agent))
        try:
            yield
        finally:
            self._sockets[agent] -= 1
            if not self._sockets[agent]:
                del self._sockets[agent]
                if self._on_duty(agent):
                    self._desk.post(AgentLost(agent))

    def _on_duty(self, agent: AgentId) -> bool:
        return any(a.agent == agent and a.state is not AgentState.LOGGED_OFF for a in self._desk.view().agents)
