"""Core types <-> bytes and JSON. Two tongues, because they have different readers.

`pack_hop`, `unpack_hop`: msgpack for the journal. Nothing is hidden there: a replay needs the caller's number.
`to_json`, `envelope`, `view_to_json`: what clients, screens and the event table get. Keys in camelCase, patient data
masked, instants as wall time, pairs as objects.
"""

from collections.abc import Callable
from dataclasses import dataclass, fields, is_dataclass
from datetime import UTC, datetime
from enum import Enum
from functools import cache
from types import NoneType, UnionType
from typing import Any, Final, NewType, Union, get_args, get_origin, get_type_hints

import msgspec

from cti_core.call_control.actions import Action, Tell
from cti_core.call_control.clock import Instant
from cti_core.call_control.csta import Delivered, Diverted, Held, Report, Retrieved, type_of
from cti_core.call_control.events import Event
from cti_core.call_control.ids import CallId, Seq, agent_port
from cti_core.call_control.notes import Note
from cti_core.call_control.privacy import PhoneNumber
from cti_core.call_control.trace import Hop, Party, PartyKind
from cti_core.call_control.view import HouseView

JsonValue = None | bool | int | float | str | list["JsonValue"] | dict[str, "JsonValue"]
JsonObject = dict[str, JsonValue]
WallTime = Callable[[Instant], datetime]
"""Aware, UTC; `ports.WallClock.at` is one."""


class UnreadableHop(ValueError):
    """Bytes that are no hop this version knows; the message says what is wrong with them."""


# --- journal --------------------------------------------------------------------------------------------------------


class _Packed(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """A hop on disk. `word` is the name of the class of `what`; the name of a report means Tell of that report."""

    seq: int
    at: int
    because: int | None
    source_kind: str
    source: str
    target_kind: str
    target: str
    call: str | None
    word: str
    what: msgspec.Raw


def _members(union: object) -> tuple[type, ...]:
    """Leaf classes of a union of unions."""
    parts = get_args(union)
    return tuple(leaf for part in parts for leaf in _members(part)) if parts else (union,)  # type: ignore[return-value]


REPORTS: Final[frozenset[type]] = frozenset(_members(Report))
CLASSES: Final[dict[str, type]] = {
    word.__name__: word for union in (Event, Action, Note, Report) for word in _members(union) if word is not Tell
}
"""Every word a hop can carry, by its name on disk. A class may gain fields with defaults; to rename it is to lose it."""

_encoder: Final = msgspec.msgpack.Encoder()
_packed_decoder: Final = msgspec.msgpack.Decoder(_Packed)
_parties: Final = {kind.value: kind for kind in PartyKind}


@cache
def _decoder(word: type) -> msgspec.msgpack.Decoder[Any]:
    return msgspec.msgpack.Decoder(word)


def pack_hop(hop: Hop) -> bytes:
    """One hop as msgpack, nothing masked: for the journal only."""
    what = hop.what.report if isinstance(hop.what, Tell) else hop.what
    packed = _Packed(
        seq=hop.seq,
        at=hop.at,
        because=hop.because,
        source_kind=hop.source.kind,
        source=hop.source.id,
        target_kind=hop.target.kind,
        target=hop.target.id,
        call=hop.call,
        word=type(what).__name__,
        what=msgspec.Raw(_encoder.encode(what)),
    )
    return _encoder.encode(packed)


def unpack_hop(data: bytes | memoryview) -> Hop:
    """The hop that was packed. Raises UnreadableHop: damaged, or written by a newer version."""
    try:
        packed = _packed_decoder.decode(data)
        word = CLASSES.get(packed.word)
        if word is None:
            raise UnreadableHop(f"hop {packed.seq} carries {packed.word!r}: written by a newer version?")
        what = _decoder(word).decode(packed.what)
        source, target = _parties.get(packed.source_kind), _parties.get(packed.target_kind)
        if source is None or target is None:
            raise UnreadableHop(f"hop {packed.seq} names an unknown party: written by a newer version?")
    except msgspec.MsgspecError as error:
        raise UnreadableHop(f"not a hop: {error}") from error
    return Hop(
        seq=Seq(packed.seq),
        at=Instant(packed.at),
        because=None if packed.because is None else Seq(packed.because),
        source=Party(source, packed.source),
        target=Party(target, packed.target),
        what=Tell(what) if word in REPORTS else what,
        call=None if packed.call is None else CallId(packed.call),
    )


# --- JSON for clients -----------------------------------------------------------------------------------------------

_Convert = Callable[[Any, WallTime], JsonValue]
_Field = tuple[str, str, _Convert]


def iso_time(time: datetime) -> str:
    """`2026-11-24T03:00:00.020Z`."""
    return time.astimezone(UTC).isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"


def camel(name: str) -> str:
    """`waited_s` -> `waitedS`."""
    head, *rest = name.split("_")
    return head + "".join(part.capitalize() for part in rest)


def to_json(value: object, wall: WallTime | None = None) -> JsonObject:
    """Any dataclass as plain JSON values. Raises TypeError when it holds an Instant and no `wall` is given."""
    owner: type = type(value)
    return {key: convert(getattr(value, name), wall or _no_wall) for name, key, convert in _plan(owner)}


def view_to_json(view: HouseView, wall: WallTime) -> JsonObject:
    """`time`, `lines`, `calls`, `agents`, `queues`; the API adds `node`, `stream`, `seq`, `alarms`."""
    shown = to_json(view, wall)
    return {"time": shown.pop("at"), **shown}


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportFields:
    """A report split into what the envelope has a place for and the rest."""

    placed: JsonObject
    data: JsonObject


_PLACES: Final = {"call": "callId"} | {name: name for name in ("line", "device", "agent", "queue", "cause")}


def report_fields(report: Report) -> ReportFields:
    """All fields as JSON: those of the envelope (every place present, null where the report has none), and `data`."""
    placed: JsonObject = dict.fromkeys(_PLACES.values())
    data: JsonObject = {}
    owner: type = type(report)
    for name, key, convert in _plan(owner):
        value = convert(getattr(report, name), _no_wall)
        if name in _PLACES:
            placed[_PLACES[name]] = value
        else:
            data[key] = value
    if isinstance(report, Delivered | Diverted | Held | Retrieved) and not report.device:
        placed["device"] = agent_port(report.agent)  # journals of versions that knew no telephones
    return ReportFields(placed=placed, data=data)


def envelope(
    report: Report,
    *,
    seq: int,
    stream: str,
    node: str,
    time: datetime,
    caused_by: Seq | None,
    version: int | None = None,
) -> JsonObject:
    """An event as it goes to clients. `seq` is its number in the stream, `caused_by` the hop that led to it."""
    split = report_fields(report)
    call, device = split.placed["callId"], split.placed["device"]
    return {
        "id": f"{stream}-{seq}",
        "node": node,
        "stream": stream,
        "seq": seq,
        "type": type_of(report),
        "time": iso_time(time),
        **split.placed,
        "connection": f"{call}/{device}" if call and device else None,
        "version": version,
        "data": split.data,
        "causedBy": caused_by,
    }


@cache
def _plan(owner: type) -> tuple[_Field, ...]:
    """How each field is shown, worked out once for a class."""
    if not is_dataclass(owner):
        raise TypeError(f"{owner.__name__} is no dataclass")
    hints = get_type_hints(owner)
    return tuple((field.name, camel(field.name), _converter(hints[field.name])) for field in fields(owner))


def _converter(hint: Any) -> _Convert:
    if hint is Instant:
        return lambda value, wall: iso_time(wall(value))
    if isinstance(hint, NewType):
        return _converter(hint.__supertype__)
    origin, parts = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        return _optional([part for part in parts if part is not NoneType])
    if origin is tuple:
        return _many(parts)
    if origin is dict:
        return lambda value, _: dict(value)
    return _single(hint)


def _optional(parts: list[Any]) -> _Convert:
    if len(parts) == 1:
        inner = _converter(parts[0])
        return lambda value, wall: None if value is None else inner(value, wall)
    return lambda value, wall: None if value is None else _converter(type(value))(value, wall)


def _many(parts: tuple[Any, ...]) -> _Convert:
    item = parts[0]
    if get_args(item) == (str, str):
        return lambda value, _: dict(value)
    inner = _converter(item)
    return lambda value, wall: [inner(one, wall) for one in value]


def _single(hint: Any) -> _Convert:
    if hint is PhoneNumber:
        return lambda value, _: value.masked()
    if hint is datetime:
        return lambda value, _: iso_time(value)
    if is_dataclass(hint):
        return to_json
    if isinstance(hint, type) and issubclass(hint, Enum):
        return lambda value, _: value.value
    if hint in (str, int, float, bool):
        return lambda value, _: value
    raise TypeError(f"no way to show {hint!r}")


def _no_wall(_: Instant) -> datetime:
    raise TypeError("an instant without a wall clock")
