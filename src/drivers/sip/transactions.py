"""Requests of ours until they are answered, over a network that loses packets (RFC 3261 §17.1). Time is an argument."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from drivers.sip.message import Address, Request, Response

T1_S: Final = 0.5  # RFC 3261 §17.1.1.1
T2_S: Final = 4.0
GIVE_UP_S: Final = 64 * T1_S  # timers B, F, H
RINGING_MAX_S: Final = 180.0  # RFC 3261 §16.6 timer C: longer than any telephone rings

Answered = Callable[[Response | None, float], None]
"""Called for each response, None for silence; never again after a final one."""


@dataclass(slots=True, kw_only=True)
class Asking:
    """One request that waits for its answer."""

    request: Request
    to: Address
    answered: Answered
    resend_at: float
    interval_s: float
    gives_up_at: float
    proceeding: bool = False
    ack: bytes = b""  # of an INVITE that was refused: said again when the refusal comes again
    done: bool = field(default=False)


class Transactions:
    """All of them, by branch and method; at most `limit`, the oldest is given up for a new one."""

    def __init__(self, send: Callable[[bytes, Address], None], limit: int) -> None:
        self._send: Final = send
        self._limit: Final = limit
        self._asking: Final[dict[tuple[str, str], Asking]] = {}

    def __len__(self) -> int:
        return len(self._asking)

    def ask(self, request: Request, to: Address, now: float, answered: Answered) -> None:
        """Send it, and again until an answer comes."""
        if len(self._asking) >= self._limit:
            oldest = self._asking.pop(next(iter(self._asking)))
            if not oldest.done:
                oldest.answered(None, now)
        self._asking[request.branch, request.method] = Asking(
            request=request,
            to=to,
            answered=answered,
            resend_at=now + T1_S,
            interval_s=T1_S,
            gives_up_at=now + GIVE_UP_S,
        )
        self._send(request.to_bytes(), to)

    def give_up_soon(self, request: Request, now: float) -> None:
        """It was cancelled: its answer is waited for no longer than that of any request (RFC 3261 §9.1)."""
        asking = self._asking.get((request.branch, request.method))
        if asking is not None:
            asking.gives_up_at = min(asking.gives_up_at, now + GIVE_UP_S)

    def heard(self, response: Response, now: float) -> bool:
        """Whether it answers one of ours."""
        key = (response.branch, response.cseq[1])
        asking = self._asking.get(key)
        if asking is None:
            return False
        if asking.done:  # a refusal that was not acknowledged in time
            self._send(asking.ack, asking.to)
            return True
        if response.status < 200:
            if not asking.proceeding and asking.request.method == "INVITE":
                asking.gives_up_at = now + RINGING_MAX_S
            asking.proceeding = True
            asking.interval_s = T2_S
        elif asking.request.method == "INVITE" and response.status >= 300:
            asking.done = True
            asking.gives_up_at = now + GIVE_UP_S  # timer D
            asking.ack = _refusal_ack(asking.request, response).to_bytes()
            self._send(asking.ack, asking.to)
        else:
            del self._asking[key]
        asking.answered(response, now)
        return True

    def expire(self, now: float) -> None:
        """Send again what is due, give up what nobody answers."""
        for key, asking in list(self._asking.items()):
            if now >= asking.gives_up_at:
                self._asking.pop(key, None)
                if not asking.done:
                    asking.answered(None, now)
            elif not asking.done and now >= asking.resend_at:
                is_invite = asking.request.method == "INVITE"
                if not (is_invite and asking.proceeding):
                    self._send(asking.request.to_bytes(), asking.to)
                asking.interval_s = asking.interval_s * 2 if is_invite else min(asking.interval_s * 2, T2_S)
                asking.resend_at = now + asking.interval_s


def _refusal_ack(invite: Request, response: Response) -> Request:
    """RFC 3261 §17.1.1.3: same branch, To of the response."""
    number, _ = invite.cseq
    kept = [(name, value) for name, value in invite.headers if name in {"from", "call-id", "route", "max-forwards"}]
    return Request(
        method="ACK",
        uri=invite.uri,
        headers=(
            ("via", invite.first("via")),
            *kept,
            ("to", response.first("to")),
            ("cseq", f"{number} ACK"),
        ),
    )
