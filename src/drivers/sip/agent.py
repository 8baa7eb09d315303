"""The user agent of all ports: datagrams and commands in, datagrams and facts out. No I/O, no clock of its own.

Idle --INVITE--> Offered --answer (200)--> Talking --BYE, ours or theirs--> Idle
                 Offered --CANCEL (487), refuse (603)--> Idle
Idle --call (INVITE)--> Calling --200--> Talking         Calling --CANCEL, refusal, silence--> Idle
                                         Calling --INVITE of theirs for this port: ours is cancelled--> Offered
"""

from collections.abc import Callable
from typing import Final

from drivers.sip.core import Core
from drivers.sip.digest import Gate
from drivers.sip.message import Address, Malformed, Request, read, user_part
from drivers.sip.registration import Registrar, Registrations
from drivers.sip.states import Fact, Idle, Offered, Plan
from drivers.sip.uac import Client
from drivers.sip.uas import Server
from drivers.sip.watch import Watch


class Agent:
    """`local` is the address that others see; `rtp[port]` where a port wants its audio."""

    def __init__(self, plan: Plan, local: Address, rtp: list[Address], ids: Callable[[], str], secret: bytes) -> None:
        self._core: Final = Core(plan, local, ids)
        self._core.rtp = rtp
        self._client: Final = Client(self._core)
        self._server: Final = Server(self._core, Gate(plan.advertise, secret), self._client.hang_up)
        self._registrations: Final = Registrations(self._core)
        self._registrar: Final = Registrar(self._core, self._server)
        self._watch: Final = Watch(self._core)
        self.malformed = 0

    def away(self) -> dict[int, str]:
        """Ports whose registrar, gateway or telephone is away, and why."""
        return self._registrations.away() | self._registrar.away() | self._watch.away()

    @property
    def refused(self) -> int:
        """Requests to us that led to no call."""
        return self._server.refused

    @property
    def busy(self) -> int:
        """Requests of ours and answers that are still waited for."""
        return len(self._core.transactions) + len(self._core.finals)

    def idle(self, port: int) -> bool:
        return isinstance(self._core.states[port], Idle)

    def offered(self, port: int) -> bool:
        return isinstance(self._core.states[port], Offered)

    def source(self, port: int) -> Address | None:
        """Where the signalling of the port's call comes from."""
        state = self._core.states[port]
        return None if isinstance(state, Idle) else state.dialog.source

    @property
    def reserved(self) -> set[int]:
        """Idle ports that somebody is about to call from: others are offered calls first."""
        return self._core.reserved

    # --- in ---------------------------------------------------------------------------------------------------------

    def receive(self, data: bytes, source: Address, now: float) -> None:
        """One datagram. What is not understood is counted; nothing is ever raised."""
        if len(data.strip()) == 0:
            return  # kept alive by empty lines (RFC 5626 §3.5.1)
        try:
            message = read(data)
            if not isinstance(message, Request):
                if not self._core.transactions.heard(message, now):
                    self._client.heard_again(message)
            elif message.method == "REGISTER":
                self._registrar.request(message, source, now)
            else:
                self._request(message, source, now)
        except Malformed:
            self.malformed += 1

    def _request(self, request: Request, source: Address, now: float) -> None:
        try:
            self._server.request(request, source, now)
        except Malformed:
            self.malformed += 1
            if request.method != "ACK":
                self._core.reply(request, source, 400)

    def expire(self, now: float) -> None:
        """Once a tick."""
        self._core.expire(now)
        self._client.expire(now)
        self._registrations.expire(now)
        self._registrar.expire(now)
        self._watch.expire(now)

    # --- commands ---------------------------------------------------------------------------------------------------

    def answer(self, port: int, now: float) -> None:
        self._server.answer(port, now)

    def hang_up(self, port: int, now: float) -> None:
        """End whatever is on the port."""
        if isinstance(self._core.states[port], Offered):
            self._server.refuse(port, now)
        else:
            self._client.hang_up(port, now)

    def call(self, port: int, user: str, now: float) -> str:
        """Call `user` by the port's gateway or registrar, or the port's own telephone. Says why it cannot; empty: it does."""
        plan = self._core.plan.ports[port]
        if not self.idle(port):
            return f"port {port} is busy"
        if plan.phone:
            binding = self._registrar.binding(port)
            if binding is None:
                return f"the telephone {plan.user} of port {port} is not registered"
            self._client.call(port, binding.contact, binding.source, now)
            return ""
        to = plan.gateway or plan.registrar
        if to is None:
            return f"port {port} has neither a gateway nor a registrar to call by"
        host = plan.domain or f"{to[0]}:{to[1]}"
        self._client.call(port, f"sip:{user_part(user)}@{host}", to, now)
        return ""

    def leave(self, now: float) -> None:
        """End all calls, take all registrations away."""
        for port in range(len(self._core.states)):
            self.hang_up(port, now)
        self._registrations.leave(now)

    # --- out --------------------------------------------------------------------------------------------------------

    def take_outbox(self) -> list[tuple[bytes, Address]]:
        taken = self._core.outbox.copy()
        self._core.outbox.clear()
        return taken

    def take_facts(self) -> list[Fact]:
        taken = self._core.facts.copy()
        self._core.facts.clear()
        return taken
