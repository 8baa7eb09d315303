"""Whether the gateways that our lines call by are there: OPTIONS now and then (RFC 3261 §11), and any answer is a yes."""

from dataclasses import dataclass
from typing import Final

from drivers.sip.core import Core
from drivers.sip.dialog import Dialog
from drivers.sip.message import Address, Response

FIRST_S: Final = 5.0  # assumed: when everything has come up after a power failure, a gateway mostly has too
MISSED_S: Final = 8.0  # assumed: an answer takes 10 ms in a LAN, and OPTIONS was said four times by then
AGAIN_S: Final = 5.0  # assumed: while it is away


@dataclass(slots=True, kw_only=True)
class _Gateway:
    """One address, of one line or many."""

    to: Address
    dialog: Dialog
    ports: tuple[int, ...]
    due: float = FIRST_S
    asked_at: float | None = None
    told: str = ""  # why it is away, while it is


class Watch:
    """Lines that register are watched by their registrations, and a line that only takes calls has nobody to ask."""

    def __init__(self, core: Core) -> None:
        self._core: Final = core
        self._every_s: Final = core.plan.options_s
        plans = [plan for plan in core.plan.ports if plan.gateway is not None and plan.registrar is None]
        gateways = sorted({plan.gateway for plan in plans if plan.gateway is not None})
        self._gateways: Final = [
            _Gateway(
                to=to,
                dialog=Dialog(
                    call_id=f"{core.ids()}@{core.local[0]}",
                    local=f"<sip:{core.local[0]}:{core.local[1]}>;tag={core.ids()}",
                    remote=f"<sip:{to[0]}:{to[1]}>",
                    target=f"sip:{to[0]}:{to[1]}",
                    routes=(),
                    source=to,
                    cseq=0,
                ),
                ports=tuple(plan.port for plan in plans if plan.gateway == to),
            )
            for to in (gateways if self._every_s else ())
        ]

    def away(self) -> dict[int, str]:
        """Ports whose gateway is away, and why."""
        return {port: gateway.told for gateway in self._gateways if gateway.told for port in gateway.ports}

    def expire(self, now: float) -> None:
        for gateway in self._gateways:
            if gateway.asked_at is None:
                if now >= gateway.due:
                    self._ask(gateway, now)
            elif now >= gateway.asked_at + MISSED_S:
                gateway.told = f"the gateway {gateway.to[0]}:{gateway.to[1]} does not answer"

    def _ask(self, gateway: _Gateway, now: float) -> None:
        core = self._core
        gateway.asked_at = now
        request = gateway.dialog.request("OPTIONS", core.via(), (core.contact(gateway.ports[0]),))

        def answered(response: Response | None, at: float) -> None:
            if response is not None and response.status < 200:
                return
            gateway.asked_at = None
            gateway.due = at + (self._every_s if response else AGAIN_S)
            if response is not None:
                gateway.told = ""

        core.ask(gateway.dialog, request, gateway.to, now, answered)
