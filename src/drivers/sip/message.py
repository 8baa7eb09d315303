"""SIP messages as they stand on the wire (RFC 3261 §7), read strictly enough to be safe and leniently enough to work.

Whatever is not understood raises `Malformed`; nothing else is ever raised. Header names are lower case inside.
"""

from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, unquote

SIZE_MAX: Final = 8192  # assumed: no gateway's INVITE is half as long; a datagram that is longer is hostile
HEADERS_MAX: Final = 128  # assumed: four times what a call through three proxies has
PORT: Final = 5060  # RFC 3261 §19.1.2

COMPACT: Final = {  # RFC 3261 §7.3.3, RFC 4028 §4, RFC 3515 §2.1
    "i": "call-id",
    "m": "contact",
    "e": "content-encoding",
    "l": "content-length",
    "c": "content-type",
    "f": "from",
    "s": "subject",
    "k": "supported",
    "t": "to",
    "v": "via",
    "x": "session-expires",
    "r": "refer-to",
}
LISTS: Final = frozenset({"via", "route", "record-route", "contact", "allow", "supported", "require"})
SPELLING: Final = {"call-id": "Call-ID", "cseq": "CSeq", "www-authenticate": "WWW-Authenticate", "min-se": "Min-SE"}

Headers = tuple[tuple[str, str], ...]
Address = tuple[str, int]  # host (an IPv4 address) and UDP port
Params = tuple[tuple[str, str], ...]


class Malformed(ValueError):
    """No SIP message, or not one that can be answered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What requests and responses share."""

    headers: Headers
    body: bytes = b""

    def first(self, name: str) -> str:
        """The first value of a header; empty without one."""
        return next((value for key, value in self.headers if key == name), "")

    def all(self, name: str) -> tuple[str, ...]:
        return tuple(value for key, value in self.headers if key == name)

    @property
    def call_id(self) -> str:
        return self.first("call-id")

    @property
    def cseq(self) -> tuple[int, str]:
        """Number and method. Raises Malformed."""
        number, _, method = self.first("cseq").partition(" ")
        return _whole(number, "CSeq", 2**31), method.strip()

    @property
    def from_tag(self) -> str:
        return name_addr(self.first("from")).tag

    @property
    def to_tag(self) -> str:
        return name_addr(self.first("to")).tag

    @property
    def start_line(self) -> str:
        raise NotImplementedError

    def to_bytes(self) -> bytes:
        """With its length."""
        lines = [self.start_line]
        lines += [f"{spelled(name)}: {value}" for name, value in self.headers if name != "content-length"]
        lines += [f"Content-Length: {len(self.body)}", "", ""]
        return "\r\n".join(lines).encode() + self.body


@dataclass(frozen=True, slots=True, kw_only=True)
class Request(Message):
    method: str
    uri: str

    @property
    def start_line(self) -> str:
        return f"{self.method} {self.uri} SIP/2.0"

    @property
    def branch(self) -> str:
        return via(self.first("via")).param("branch")


@dataclass(frozen=True, slots=True, kw_only=True)
class Response(Message):
    status: int
    reason: str

    @property
    def start_line(self) -> str:
        return f"SIP/2.0 {self.status} {self.reason}"

    @property
    def branch(self) -> str:
        return via(self.first("via")).param("branch")


@dataclass(frozen=True, slots=True, kw_only=True)
class Uri:
    """`sip:user@host:port;params`; of `tel:` only the user."""

    user: str
    host: str
    port: int
    params: Params = ()

    def param(self, name: str) -> str | None:
        return next((value for key, value in self.params if key == name), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class NameAddr:
    """`"Name" <uri>;tag=...` of From, To, Contact and their like."""

    display: str
    uri: str
    params: Params

    @property
    def tag(self) -> str:
        return self.param("tag")

    def param(self, name: str) -> str:
        return next((value for key, value in self.params if key == name), "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Via:
    host: str
    port: int
    params: Params

    def param(self, name: str) -> str:
        return next((value for key, value in self.params if key == name), "")

    def has(self, name: str) -> bool:
        return any(key == name for key, _ in self.params)


# --- reading ----------------------------------------------------------------------------------------------------------


def read(data: bytes) -> Request | Response:
    """One datagram. Raises Malformed."""
    if len(data) > SIZE_MAX:
        raise Malformed(f"{len(data)} bytes are too many")
    head, blank, body = data.partition(b"\r\n\r\n")
    if not blank:
        head, _, body = data.partition(b"\n\n")
    try:
        lines = head.decode().replace("\r\n", "\n").split("\n")
    except UnicodeDecodeError:
        raise Malformed("the header is not UTF-8") from None
    headers = _headers(lines[1:])
    body = _body(headers, body)
    start = lines[0].split(" ", 2)
    if len(start) < 3:
        raise Malformed("the first line has not three parts")
    message: Request | Response
    if start[0] == "SIP/2.0":
        message = Response(status=_status(start[1]), reason=start[2], headers=headers, body=body)
    elif start[2].strip() == "SIP/2.0" and _is_token(start[0]):
        message = Request(method=start[0], uri=start[1], headers=headers, body=body)
    else:
        raise Malformed("neither a request nor a response of SIP/2.0")
    _check(message)
    return message


def _headers(lines: list[str]) -> Headers:
    joined: list[str] = []
    for line in lines:
        if line[:1] in {" ", "\t"} and joined:
            joined[-1] += " " + line.strip()
        elif line:
            joined.append(line)
    found: list[tuple[str, str]] = []
    for line in joined:
        name, colon, value = line.partition(":")
        key = name.strip().lower()
        if not colon or not _is_token(key):
            raise Malformed("a header without a name")
        if any(ord(letter) < 32 and letter != "\t" for letter in value):
            raise Malformed("control characters in a header")
        key = COMPACT.get(key, key)
        found += [(key, part) for part in split_list(value)] if key in LISTS else [(key, value.strip())]
        if len(found) > HEADERS_MAX:
            raise Malformed(f"more than {HEADERS_MAX} headers")
    return tuple(found)


def _body(headers: Headers, body: bytes) -> bytes:
    """RFC 3261 §18.3: what is longer than announced is cut, what is shorter is refused."""
    announced = next((value for name, value in headers if name == "content-length"), None)
    if announced is None:
        return body
    length = _whole(announced, "Content-Length", SIZE_MAX + 1)
    if length > len(body):
        raise Malformed("the body is cut off")
    return body[:length]


def _check(message: Request | Response) -> None:
    """What every answer needs (RFC 3261 §8.1.1)."""
    if not (message.call_id and message.first("via")):
        raise Malformed("no Call-ID or no Via")
    via(message.first("via"))
    name_addr(message.first("from"))
    name_addr(message.first("to"))
    _, method = message.cseq
    if isinstance(message, Request) and method != message.method:
        raise Malformed("CSeq names another method")


def _status(text: str) -> int:
    status = _whole(text, "status", 700)
    if status < 100:
        raise Malformed("no such status")
    return status


def _whole(text: str, what: str, limit: int) -> int:
    text = text.strip()
    if not (text.isascii() and text.isdecimal() and len(text) <= 10) or int(text) >= limit:
        raise Malformed(f"{what} is no number that fits")
    return int(text)


def _is_token(text: str) -> bool:
    return bool(text) and text.isascii() and all(letter.isalnum() or letter in "-.!%*_+`'~" for letter in text)


def split_list(value: str, separator: str = ",") -> list[str]:
    """Parts between separators that stand neither in quotes nor in angle brackets. Raises Malformed."""
    parts: list[str] = []
    begin = depth = 0
    quoted = escaped = False
    for at, letter in enumerate(value):
        if escaped:
            escaped = False
        elif quoted and letter == "\\":
            escaped = True
        elif letter == '"':
            quoted = not quoted
        elif quoted:
            continue
        elif letter == "<":
            depth += 1
        elif letter == ">":
            depth = max(depth - 1, 0)
        elif letter == separator and not depth:
            parts.append(value[begin:at].strip())
            begin = at + 1
    if quoted:
        raise Malformed("a quotation without its end")
    parts.append(value[begin:].strip())
    return [part for part in parts if part]


def _params(texts: list[str]) -> Params:
    pairs = (text.partition("=") for text in texts)
    return tuple((name.strip().lower(), value.strip().strip('"')) for name, _, value in pairs)


def name_addr(text: str) -> NameAddr:
    """From, To, Contact, Route. Raises Malformed."""
    parts = split_list(text, ";")
    if not parts:
        raise Malformed("an address is missing")
    head = parts[0]
    if "<" not in head:
        return NameAddr(display="", uri=head, params=_params(parts[1:]))
    display, _, rest = head.rpartition("<")
    if not rest.endswith(">"):
        raise Malformed("an address without its end")
    display = display.strip()
    if display.startswith('"') and display.endswith('"') and len(display) >= 2:
        display = display[1:-1].replace('\\"', '"').replace("\\\\", "\\")
    return NameAddr(display=display, uri=rest[:-1].strip(), params=_params(parts[1:]))


def uri(text: str) -> Uri:
    """`sip:`, `sips:` or `tel:`. Raises Malformed."""
    scheme, colon, rest = text.partition(":")
    scheme = scheme.lower()
    if not colon or scheme not in {"sip", "sips", "tel"}:
        raise Malformed("an address that is neither sip: nor tel:")
    rest, *params = rest.partition("?")[0].split(";")
    if scheme == "tel":
        return Uri(user=rest, host="", port=0, params=_params(params))
    user, at, hostport = rest.rpartition("@")
    if not at:
        user = ""
    host, port = host_port(hostport)
    user = unquote(user.partition(":")[0])
    if not user.isprintable():
        raise Malformed("control characters in an address")
    return Uri(user=user, host=host, port=port, params=_params(params))


def user_part(user: str) -> str:
    """As it stands in an address: `#` must not (RFC 3261 §25.1, `user`)."""
    return quote(user, safe="&=+$,;?/-_.!~*'()")


def host_port(text: str) -> Address:
    """`host` or `host:port`; brackets of IPv6 stay. Raises Malformed."""
    text = text.strip()
    host, colon, port = text.rpartition(":")
    if not colon or text.endswith("]"):
        host, port = text, str(PORT)
    if not host or not all(letter.isalnum() or letter in "-._[]:" for letter in host):
        raise Malformed("no host")
    return host, _whole(port, "port", 65536)


def via(text: str) -> Via:
    """Raises Malformed."""
    head, *params = split_list(text, ";") or [""]
    protocol, _, sent_by = head.strip().partition(" ")
    if protocol.upper() != "SIP/2.0/UDP":
        raise Malformed("a Via that is not SIP/2.0/UDP")
    host, port = host_port(sent_by)
    return Via(host=host, port=port, params=_params(params))


def spelled(name: str) -> str:
    """As people write it: `content-type` is `Content-Type`."""
    return SPELLING.get(name) or "-".join(part.capitalize() for part in name.split("-"))
