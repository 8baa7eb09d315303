"""Registrations: ours with others (RFC 3261 §10.2), and those of telephones with us (§10.3)."""

from dataclasses import dataclass
from typing import Final

from drivers.sip.core import Core
from drivers.sip.dialog import Dialog
from drivers.sip.message import Address, Malformed, Request, Response, name_addr, uri
from drivers.sip.states import PortPlan
from drivers.sip.uas import Server

AGAIN_S: Final = (2.0, 5.0, 10.0, 20.0, 30.0)  # assumed: between attempts while a registrar is away; the last repeats
EXPIRES_MIN_S: Final = 60  # assumed: a telephone that wants less is told 423
EXPIRES_MAX_S: Final = 3600


@dataclass(slots=True, kw_only=True)
class _Ours:
    """One registration of ours."""

    plan: PortPlan
    dialog: Dialog
    to: Address
    expires_s: int
    due: float = 0.0
    good_until: float = 0.0
    failures: int = 0
    told: str = ""  # why it is away, while it is
    asking: bool = False


class Registrations:
    """Keeps our lines registered."""

    def __init__(self, core: Core) -> None:
        self._core: Final = core
        self._ours: Final = [
            _Ours(
                plan=plan,
                dialog=Dialog(
                    call_id=f"{core.ids()}@{core.local[0]}",
                    local=f"<sip:{plan.user}@{plan.domain_or_host}>;tag={core.ids()}",
                    remote=f"<sip:{plan.user}@{plan.domain_or_host}>",
                    target=f"sip:{plan.domain_or_host}",
                    routes=(),
                    source=plan.registrar,
                    cseq=0,
                ),
                to=plan.registrar,
                expires_s=plan.expires_s,
            )
            for plan in core.plan.ports
            if plan.registrar is not None
        ]

    def expire(self, now: float) -> None:
        for ours in self._ours:
            if now >= ours.due and not ours.asking:
                self._register(ours, now, ours.expires_s)
            if ours.asking and 0 < ours.good_until <= now and not ours.told:  # nobody can call us any more
                ours.told = f"the registrar {ours.to[0]}:{ours.to[1]} does not answer"

    def away(self) -> dict[int, str]:
        """Ports that are out of reach, and why."""
        return {ours.plan.port: ours.told for ours in self._ours if ours.told}

    def leave(self, now: float) -> None:
        """Take all bindings away; whether it is answered changes nothing any more."""
        for ours in self._ours:
            if ours.good_until > now:
                self._register(ours, now, 0)

    def _register(self, ours: _Ours, now: float, expires_s: int) -> None:
        core = self._core
        ours.asking = True
        extra = (core.contact(ours.plan.port), ("expires", str(expires_s)))
        request = ours.dialog.request("REGISTER", core.via(), extra)

        def answered(response: Response | None, at: float) -> None:
            self._answered(ours, response, at)

        core.ask(ours.dialog, request, ours.to, now, answered, account=ours.plan.account)

    def _answered(self, ours: _Ours, response: Response | None, now: float) -> None:
        if response is not None and response.status < 200:
            return
        ours.asking = False
        if response is not None and response.status < 300:
            granted = max(_granted(response, self._core.contact(ours.plan.port)[1], ours.expires_s), 1)
            ours.good_until = now + granted
            ours.due = now + granted * 0.8  # assumed: leaves time for two tries
            ours.failures = 0
            ours.told = ""
            return
        wanted = response.first("min-expires") if response is not None and response.status == 423 else ""
        if wanted.isascii() and wanted.isdecimal() and ours.expires_s < int(wanted[:6]) <= EXPIRES_MAX_S:
            ours.expires_s = int(wanted[:6])
            ours.due = now
            return
        ours.due = now + AGAIN_S[min(ours.failures, len(AGAIN_S) - 1)]
        ours.failures += 1
        if now >= ours.good_until or response is not None:
            where = f"{ours.to[0]}:{ours.to[1]}"
            said = f"refuses {ours.plan.user}: {response.status} {response.reason}" if response else "does not answer"
            ours.told = f"the registrar {where} {said}"


def _granted(response: Response, contact: str, asked: int) -> int:
    """RFC 3261 §10.2.4: of our own contact, else of all."""
    try:
        for value in response.all("contact"):
            found = name_addr(value)
            if f"<{found.uri}>" == contact and (text := found.param("expires")).isdecimal():
                return int(text[:6])
    except Malformed:
        pass
    text = response.first("expires")
    return int(text[:6]) if text.isascii() and text.isdecimal() else asked


@dataclass(frozen=True, slots=True)
class Binding:
    """Where a telephone is."""

    contact: str
    source: Address
    until: float


class Registrar:
    """Of our own telephones: one binding a port, by its password."""

    def __init__(self, core: Core, server: Server) -> None:
        self._core: Final = core
        self._server: Final = server
        self._bindings: Final[dict[int, Binding]] = {}
        self._phones: Final = [plan for plan in core.plan.ports if plan.phone]

    def binding(self, port: int) -> Binding | None:
        return self._bindings.get(port)

    def away(self) -> dict[int, str]:
        """Ports whose telephone is not there."""
        return {
            plan.port: f"the telephone {plan.user} is not registered"
            for plan in self._phones
            if plan.port not in self._bindings
        }

    def request(self, request: Request, source: Address, now: float) -> None:
        """REGISTER. Raises Malformed."""
        core = self._core
        user = uri(name_addr(request.first("to")).uri).user
        port = next((plan.port for plan in core.plan.ports if plan.phone and plan.user == user), None)
        if port is None:
            core.reply(request, source, 404)
            return
        if not self._server.proven(request, source, port, now):
            return
        contacts = request.all("contact")
        if not contacts:
            core.reply(request, source, 200, self._told(port, now))
            return
        found = name_addr(contacts[0])
        text = found.param("expires") or request.first("expires") or str(EXPIRES_MAX_S)
        expires_s = int(text[:6]) if text.isascii() and text.isdecimal() else EXPIRES_MAX_S
        if 0 < expires_s < EXPIRES_MIN_S:
            core.reply(request, source, 423, (("min-expires", str(EXPIRES_MIN_S)),))
            return
        if expires_s == 0 or found.uri == "*":
            self._bindings.pop(port, None)
            self._server.bound.pop(port, None)
        else:
            uri(found.uri)
            self._bindings[port] = Binding(found.uri, source, now + min(expires_s, EXPIRES_MAX_S))
            self._server.bound[port] = source
        core.reply(request, source, 200, self._told(port, now))

    def expire(self, now: float) -> None:
        for port, binding in list(self._bindings.items()):
            if now >= binding.until:
                del self._bindings[port]
                self._server.bound.pop(port, None)

    def _told(self, port: int, now: float) -> tuple[tuple[str, str], ...]:
        binding = self._bindings.get(port)
        return (("contact", f"<{binding.contact}>;expires={int(binding.until - now)}"),) if binding else ()
