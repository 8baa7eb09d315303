"""What both halves of the user agent share: the ports' states, what goes out, what is told. No I/O; time is an argument."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from drivers.sip.dialog import ALLOW, Dialog, reply
from drivers.sip.digest import Account, challenge, credentials
from drivers.sip.message import Address, Headers, Malformed, Request, Response
from drivers.sip.sdp import Law, Media, answer, offer
from drivers.sip.states import Fact, FarEndCleared, Idle, Keys, Plan, State, Talking
from drivers.sip.transactions import GIVE_UP_S, T1_S, T2_S, Answered, Transactions

MIN_SE_S: Final = 90  # RFC 4028 §5
RECENT: Final = 256  # ended calls whose late packets begin nothing
OUTBOX_MAX: Final = 1000  # assumed: more in one tick is a fault of ours
AUTH_TRIES: Final = 2  # the second for a nonce that was too old


@dataclass(slots=True, kw_only=True)
class Unacknowledged:
    """A final answer to an INVITE that waits for its ACK (RFC 3261 §13.3.1.4, timers G and H)."""

    data: bytes
    to: Address
    resend_at: float
    interval_s: float
    gives_up_at: float


class Core:
    """One for a board. `ids` gives fresh random words."""

    def __init__(self, plan: Plan, local: Address, ids: Callable[[], str]) -> None:
        self.plan: Final = plan
        self.local: Final = local  # advertised address of our signalling
        self.ids: Final = ids
        self.rtp: list[Address] = [(plan.advertise, 0)] * len(plan.ports)  # advertised, by port
        self.states: Final[list[State]] = [Idle(0.0) for _ in plan.ports]
        self.reserved: Final[set[int]] = set()
        self.facts: Final[list[Fact]] = []
        self.outbox: Final[list[tuple[bytes, Address]]] = []
        self.outbox_dropped = 0
        self.recent: Final[deque[str]] = deque(maxlen=RECENT)
        self.finals: Final[dict[str, Unacknowledged]] = {}
        self.transactions: Final = Transactions(self.send, limit=8 * len(plan.ports) + 64)
        self._finals_max: Final = 4 * len(plan.ports) + 16

    # --- out --------------------------------------------------------------------------------------------------------

    def send(self, data: bytes, to: Address) -> None:
        if len(self.outbox) < OUTBOX_MAX:
            self.outbox.append((data, to))
        else:
            self.outbox_dropped += 1

    def reply(self, request: Request, source: Address, status: int, extra: Headers = (), body: bytes = b"") -> bytes:
        """The tag is made from the request, so that the same request gets the same answer without a table."""
        response, to = reply(request, source, status, self.tag(request), extra=extra, body=body)
        data = response.to_bytes()
        self.send(data, to)
        return data

    def tag(self, request: Request) -> str:
        return f"{abs(hash((request.call_id, request.from_tag, self.local))):x}"

    def final(
        self, request: Request, source: Address, status: int, now: float, *, extra: Headers = (), body: bytes = b""
    ) -> None:
        """A final answer to an INVITE, said until it is acknowledged."""
        response, to = reply(request, source, status, self.tag(request), extra=extra, body=body)
        if len(self.finals) >= self._finals_max:
            del self.finals[next(iter(self.finals))]
        data = response.to_bytes()
        self.finals[request.call_id] = Unacknowledged(
            data=data, to=to, resend_at=now + T1_S, interval_s=T1_S, gives_up_at=now + GIVE_UP_S
        )
        self.send(data, to)

    def via(self) -> str:
        return f"SIP/2.0/UDP {self.local[0]}:{self.local[1]};branch=z9hG4bK{self.ids()};rport"

    def contact(self, port: int) -> tuple[str, str]:
        user = self.plan.ports[port].user
        return "contact", f"<sip:{f'{user}@' if user else ''}{self.local[0]}:{self.local[1]}>"

    # --- asking -----------------------------------------------------------------------------------------------------

    def ask(
        self,
        dialog: Dialog,
        request: Request,
        to: Address,
        now: float,
        answered: Answered,
        *,
        account: Account | None = None,
        again: Callable[[Request], bool] = lambda _: True,
        tries: int = AUTH_TRIES,
    ) -> None:
        """Send it; a challenge is answered with the account's password.

        `again` hears of the request that would replace it, and says whether it is still wanted.
        """

        def heard(response: Response | None, at: float) -> None:
            if response is not None and response.status in {401, 407} and account is not None and tries:
                proven = self._proven(dialog, request, response, account, first=tries == AUTH_TRIES)
                if proven is not None and again(proven):
                    self.ask(dialog, proven, to, at, answered, account=account, again=again, tries=tries - 1)
                    return
            answered(response, at)

        self.transactions.ask(request, to, now, heard)

    def _proven(
        self, dialog: Dialog, request: Request, response: Response, account: Account, *, first: bool
    ) -> Request | None:
        header = "www-authenticate" if response.status == 401 else "proxy-authenticate"
        asked = next((found for value in response.all(header) if (found := challenge(value))), None)
        if asked is None or not (first or asked.stale):
            return None
        name = "authorization" if response.status == 401 else "proxy-authorization"
        proof = credentials(asked, account, request.method, request.uri, self.ids())
        dialog.cseq += 1
        kept = [(key, value) for key, value in request.headers[1:] if key not in {name, "cseq"}]
        headers = (("via", self.via()), *kept, ("cseq", f"{dialog.cseq} {request.method}"), (name, proof))
        return replace(request, headers=headers)

    # --- calls ------------------------------------------------------------------------------------------------------

    def port_of(self, call_id: str) -> int | None:
        """Linear: a node has some hundred ports and some messages in a second."""
        for port, state in enumerate(self.states):
            if not isinstance(state, Idle) and state.dialog.call_id == call_id:
                return port
        return None

    def idle(self, port: int, now: float) -> None:
        state = self.states[port]
        if not isinstance(state, Idle):
            self.recent.append(state.dialog.call_id)
            self.states[port] = Idle(now)

    def cleared(self, port: int, now: float, reason: str) -> None:
        self.idle(port, now)
        self.facts.append(FarEndCleared(port, reason))

    def bye(self, dialog: Dialog, now: float, account: Account | None) -> None:
        """Once; whether it is answered changes nothing any more."""
        self.ask(dialog, dialog.request("BYE", self.via()), dialog.hop, now, lambda _, __: None, account=account)

    def offer(self, port: int, version: int = 1) -> bytes:
        return offer(self.rtp[port], self.laws, session=self.session(port), version=version, events=self.events)

    def answer(self, port: int, talking: Talking, media: Media) -> bytes:
        return answer(
            self.rtp[port],
            talking.streams,
            talking.place,
            media,
            session=self.session(port),
            version=talking.version,
        )

    def session(self, port: int) -> int:
        return 1000 + port

    @property
    def laws(self) -> tuple[Law, ...]:
        return self.plan.laws

    @property
    def events(self) -> bool:
        return self.plan.keys in {Keys.AUTO, Keys.RFC4733}

    def common(self, port: int) -> Headers:
        return (self.contact(port), ("allow", ALLOW), ("supported", "timer"))

    def account(self, port: int) -> Account | None:
        return self.plan.ports[port].account

    def expire(self, now: float) -> None:
        """What is due: transactions, answers without ACK."""
        self.transactions.expire(now)
        for call_id, final in list(self.finals.items()):
            if now >= final.gives_up_at:
                del self.finals[call_id]
                port = self.port_of(call_id)
                if port is not None and isinstance(state := self.states[port], Talking):
                    self.bye(state.dialog, now, self.account(port))
                    self.cleared(port, now, "no ACK")
            elif now >= final.resend_at:
                self.send(final.data, final.to)
                final.interval_s = min(final.interval_s * 2, T2_S)
                final.resend_at = now + final.interval_s


def session_interval(message: Request | Response) -> tuple[int, str]:
    """Seconds and refresher of Session-Expires (RFC 4028 §4); 0 without one. Raises Malformed."""
    value, *params = message.first("session-expires").split(";")
    if not value.strip():
        return 0, ""
    if not (value.strip().isascii() and value.strip().isdecimal() and len(value) < 9):
        raise Malformed("Session-Expires is no number")
    refresher = next((text.partition("=")[2].strip().lower() for text in params if "refresher" in text.lower()), "")
    return int(value), refresher


def watch_session(talking: Talking, seconds: int, now: float, *, we_refresh: bool) -> None:
    """RFC 4028 §10: refresh at half; give up a third, at most 32 s, before the end."""
    talking.session_s = seconds
    talking.we_refresh = we_refresh
    talking.session_due = now + (seconds / 2 if we_refresh else seconds - min(32.0, seconds / 3))


__all__ = ["MIN_SE_S", "Core", "Unacknowledged", "session_interval", "watch_session"]
