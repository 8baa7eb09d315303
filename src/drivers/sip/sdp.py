"""Session descriptions (RFC 4566) in offer and answer (RFC 3264): one audio stream in G.711, keys by RFC 4733."""

from dataclasses import dataclass
from enum import Enum
from ipaddress import IPv4Address
from typing import Final

from drivers.sip.message import Address, Malformed

LINES_MAX: Final = 200  # assumed: a telephone with video and 20 codecs has 60
STREAMS_MAX: Final = 8
DYNAMIC: Final = range(96, 128)  # RFC 3551 §3
EVENT_PAYLOAD: Final = 101  # what everybody uses; ours when we offer
PTIME_MS: Final = 20


class Law(Enum):
    """G.711; the value is the static payload type (RFC 3551 §6)."""

    PCMA = 8
    PCMU = 0


class Direction(Enum):
    SENDRECV = "sendrecv"
    SENDONLY = "sendonly"
    RECVONLY = "recvonly"
    INACTIVE = "inactive"


DIRECTIONS: Final = frozenset(direction.value for direction in Direction)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """One `m=` line."""

    kind: str  # audio, image, video ...
    port: int
    protocol: str
    formats: tuple[str, ...]
    names: tuple[tuple[str, str], ...]  # payload type -> name/rate, lower case
    address: str
    direction: Direction


@dataclass(frozen=True, slots=True, kw_only=True)
class Media:
    """What both sides agreed on."""

    remote: Address
    law: Law
    event_payload: int | None  # RFC 4733
    sending: bool  # we may send
    receiving: bool  # the other side sends


class NotAcceptable(Exception):
    """Nothing in the offer that we speak: 488. The message says what was offered."""


# --- reading ----------------------------------------------------------------------------------------------------------


def read(body: bytes) -> tuple[Stream, ...]:
    """All streams of a description. Raises Malformed."""
    try:
        lines = body.decode().splitlines()
    except UnicodeDecodeError:
        raise Malformed("a description that is not UTF-8") from None
    if len(lines) > LINES_MAX:
        raise Malformed("a description that is too long")
    sections: list[list[tuple[str, str]]] = [[]]
    for line in lines:
        key, equals, value = line.partition("=")
        if not equals:
            if line.strip():
                raise Malformed("a line without =")
            continue
        if key == "m":
            sections.append([])
        sections[-1].append((key, value.strip()))
    if len(sections) - 1 > STREAMS_MAX:
        raise Malformed("too many streams")
    session = sections[0]
    return tuple(_stream(session, section) for section in sections[1:])


def _stream(session: list[tuple[str, str]], section: list[tuple[str, str]]) -> Stream:
    kind, port, protocol, *formats = [*section[0][1].split(), "", "", ""][:64]
    number = port.partition("/")[0]
    if not (number.isascii() and number.isdecimal() and len(number) <= 5 and int(number) < 65536):
        raise Malformed("a stream without a port")
    names: list[tuple[str, str]] = []
    direction = Direction.SENDRECV
    for key, value in (*session, *section):
        if key != "a":
            continue
        if value in DIRECTIONS:
            direction = Direction(value)
        elif value.startswith("rtpmap:"):
            payload, _, name = value.removeprefix("rtpmap:").partition(" ")
            names.append((payload, name.strip().lower()))
    return Stream(
        kind=kind,
        port=int(number),
        protocol=protocol,
        formats=tuple(part for part in formats if part),
        names=tuple(names),
        address=_address(section) or _address(session),
        direction=direction,
    )


def _address(section: list[tuple[str, str]]) -> str:
    for key, value in section:
        if key == "c":
            network, _, host = value.rpartition(" ")
            if network != "IN IP4":
                return ""
            try:
                return str(IPv4Address(host.partition("/")[0]))
            except ValueError:
                raise Malformed("an address that is none") from None
    return ""


def agreed(streams: tuple[Stream, ...], laws: tuple[Law, ...], *, events: bool) -> tuple[int, Media]:
    """The stream we take, by its place, and what is spoken on it. Raises NotAcceptable."""
    for place, stream in enumerate(streams):
        if stream.kind != "audio" or not stream.port or stream.protocol not in {"RTP/AVP", "RTP/AVPF"}:
            continue
        law = _law(stream, laws)
        if law is None or not stream.address:
            continue
        held = stream.address == "0.0.0.0"  # noqa: S104  hold as RFC 2543 had it
        direction = Direction.INACTIVE if held else stream.direction
        return place, Media(
            remote=(stream.address, stream.port),
            law=law,
            event_payload=_events(stream) if events else None,
            sending=direction in {Direction.SENDRECV, Direction.RECVONLY},
            receiving=direction in {Direction.SENDRECV, Direction.SENDONLY},
        )
    offered = "; ".join(f"{s.kind} {s.protocol} {' '.join(_named(s, f) for f in s.formats[:8])}" for s in streams)
    raise NotAcceptable(offered or "nothing")


def _named(stream: Stream, payload: str) -> str:
    return dict(stream.names).get(payload, payload)


def _law(stream: Stream, laws: tuple[Law, ...]) -> Law | None:
    """Our first choice among what is offered, by its static number: nobody gives G.711 another."""
    return next((law for law in laws if str(law.value) in stream.formats), None)


def _events(stream: Stream) -> int | None:
    for payload, name in stream.names:
        if name == "telephone-event/8000" and payload in stream.formats and payload.isdecimal():
            number = int(payload)
            return number if number in DYNAMIC else None
    return None


# --- writing ----------------------------------------------------------------------------------------------------------


def offer(local: Address, laws: tuple[Law, ...], *, session: int, version: int, events: bool) -> bytes:
    """Ours."""
    return _written(local, session, version, [_audio(local[1], laws, EVENT_PAYLOAD if events else None, "sendrecv")])


def answer(
    local: Address, offered: tuple[Stream, ...], place: int, media: Media, *, session: int, version: int
) -> bytes:
    """To an offer that `agreed` took: as many streams in the same order, those we do not speak with port 0."""
    streams = [
        [f"m={stream.kind} 0 {stream.protocol} {' '.join(stream.formats) or '0'}"]
        if at != place
        else _audio(local[1], (media.law,), media.event_payload, _ours(media).value)
        for at, stream in enumerate(offered)
    ]
    return _written(local, session, version, streams)


def _ours(media: Media) -> Direction:
    if media.sending:
        return Direction.SENDRECV if media.receiving else Direction.SENDONLY
    return Direction.RECVONLY if media.receiving else Direction.INACTIVE


def _audio(port: int, laws: tuple[Law, ...], events: int | None, direction: str) -> list[str]:
    formats = [str(law.value) for law in laws] + ([str(events)] if events is not None else [])
    lines = [f"m=audio {port} RTP/AVP {' '.join(formats)}"]
    lines += [f"a=rtpmap:{law.value} {law.name}/8000" for law in laws]
    if events is not None:
        lines += [f"a=rtpmap:{events} telephone-event/8000", f"a=fmtp:{events} 0-16"]
    return [*lines, f"a=ptime:{PTIME_MS}", f"a={direction}"]


def _written(local: Address, session: int, version: int, streams: list[list[str]]) -> bytes:
    lines = ["v=0", f"o=- {session} {version} IN IP4 {local[0]}", "s=-", f"c=IN IP4 {local[0]}", "t=0 0"]
    for stream in streams:
        lines += stream
    return "\r\n".join([*lines, ""]).encode()
