"""One call's frame of reference (RFC 3261 §12), and the answers to a request within it or without."""

from dataclasses import dataclass
from ipaddress import IPv4Address
from typing import Final

from drivers.sip.message import (
    Address,
    Headers,
    Malformed,
    Request,
    Response,
    host_port,
    name_addr,
    uri,
    via,
)

AGENT: Final = "hospital-cti"
ALLOW: Final = "INVITE, ACK, BYE, CANCEL, OPTIONS, UPDATE, INFO"
REASONS: Final = {
    100: "Trying",
    180: "Ringing",
    200: "OK",
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    408: "Request Timeout",
    415: "Unsupported Media Type",
    420: "Bad Extension",
    422: "Session Interval Too Small",
    423: "Interval Too Brief",
    481: "Call/Transaction Does Not Exist",
    483: "Too Many Hops",
    486: "Busy Here",
    487: "Request Terminated",
    488: "Not Acceptable Here",
    491: "Request Pending",
    500: "Server Internal Error",
    503: "Service Unavailable",
    603: "Decline",
}


@dataclass(slots=True, kw_only=True)
class Dialog:
    """Ours and theirs. `source` is where their packets come from: in a LAN the address that works."""

    call_id: str
    local: str  # From of our requests, with our tag
    remote: str
    target: str  # Request-URI of our requests
    routes: tuple[str, ...]
    source: Address
    cseq: int
    remote_cseq: int = -1
    last_answer: bytes = b""  # to the newest request of theirs: said again when it comes again

    @property
    def hop(self) -> Address:
        """Where our requests go: the first route, else their contact, if it is an address; else back to the source."""
        try:
            where = name_addr(self.routes[0]).uri if self.routes else self.target
            found = uri(where)
            return str(IPv4Address(found.host)), found.port
        except ValueError:
            return self.source

    def request(self, method: str, branch_via: str, extra: Headers = (), body: bytes = b"", cseq: int = 0) -> Request:
        """The next request in this call; `cseq` that of the INVITE for its ACK."""
        if not cseq:
            self.cseq += 1
            cseq = self.cseq
        return Request(
            method=method,
            uri=self.target,
            headers=(
                ("via", branch_via),
                ("max-forwards", "70"),
                *(("route", route) for route in self.routes),
                ("from", self.local),
                ("to", self.remote),
                ("call-id", self.call_id),
                ("cseq", f"{cseq} {method}"),
                ("user-agent", AGENT),
                *extra,
            ),
            body=body,
        )


def dialog_of_invite(invite: Request, source: Address, tag: str) -> Dialog:
    """The called side's. Raises Malformed."""
    number, _ = invite.cseq
    return Dialog(
        call_id=invite.call_id,
        local=f"{invite.first('to')};tag={tag}",
        remote=invite.first("from"),
        target=name_addr(invite.first("contact")).uri,
        routes=invite.all("record-route"),
        source=source,
        cseq=0,
        remote_cseq=number,
    )


def same_dialog(dialog: Dialog, request: Request) -> bool:
    """Whether a request of theirs belongs to it: the tags must be the same (RFC 3261 §12.2.2)."""
    return (
        request.to_tag == name_addr(dialog.local).tag
        and request.from_tag == name_addr(dialog.remote).tag
        and bool(request.to_tag)
    )


def reply(
    request: Request, source: Address, status: int, tag: str, *, extra: Headers = (), body: bytes = b""
) -> tuple[Response, Address]:
    """An answer and where it goes (RFC 3261 §18.2.2, RFC 3581). Raises Malformed."""
    top, *others = request.all("via")
    seen = via(top)
    port = source[1] if seen.has("rport") else seen.port
    if seen.has("rport"):
        params = "".join(
            f";{name}={value}" if value else f";{name}"
            for name, value in seen.params
            if name not in {"rport", "received"}
        )
        top = f"SIP/2.0/UDP {seen.host}:{seen.port}{params};rport={source[1]};received={source[0]}"
    elif seen.host != source[0]:
        top += f";received={source[0]}"
    to = request.first("to")
    if status > 100 and not request.to_tag:
        to += f";tag={tag}"
    headers = (
        ("via", top),
        *(("via", other) for other in others),
        *(("record-route", route) for route in request.all("record-route")),
        ("from", request.first("from")),
        ("to", to),
        ("call-id", request.call_id),
        ("cseq", request.first("cseq")),
        ("server", AGENT),
        *extra,
    )
    return Response(status=status, reason=REASONS[status], headers=headers, body=body), (source[0], port)


def caller(invite: Request) -> tuple[str, str, str]:
    """Number, name, absence (`P` private, `O` unavailable): P-Asserted-Identity (RFC 3325), else From."""
    try:
        said = name_addr(invite.first("p-asserted-identity") or invite.first("from"))
        number = uri(said.uri).user
    except Malformed:
        return "", "", "O"
    hidden = "id" in invite.first("privacy") or number.lower() in {"anonymous", "restricted"}
    if hidden or "anonymous.invalid" in said.uri:
        return "", "", "P"
    if not number or number.lower() in {"unknown", "unavailable"}:
        return "", said.display[:64], "O"
    return number[:32], said.display[:64], ""


def called(request: Request) -> str:
    """The user in the Request-URI; empty if there is none."""
    try:
        return uri(request.uri).user
    except Malformed:
        return ""


def address(text: str) -> Address:
    """`192.168.1.10` or `192.168.1.10:5060`. Raises ValueError."""
    host, port = host_port(text)
    return str(IPv4Address(host)), port
