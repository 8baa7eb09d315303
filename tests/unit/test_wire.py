"""Every word a hop can carry survives the journal; clients see masked JSON in the contract's shape."""

import json
import types
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import Any, NewType, Union, get_args, get_origin, get_type_hints

import msgspec
import pytest

from cti_core import wire
from cti_core.call_control import csta, dialogue, events, notes
from cti_core.call_control.actions import Action, Language, PlayPrompt, Reader, Spoken, Tell
from cti_core.call_control.clock import Instant
from cti_core.call_control.csta import AgentChanged, AgentState, Cause, Connection, ConnectionState, Delivered
from cti_core.call_control.events import CallerIdHeard, DigitHeard, Event
from cti_core.call_control.ids import AgentId, CallId, LineId, PlayingId, PromptId, QueueId, Seq
from cti_core.call_control.notes import Note
from cti_core.call_control.privacy import PhoneNumber
from cti_core.call_control.trace import API, Hop, caller, line
from cti_core.call_control.view import AgentView, CallView, HouseView, LineView, QueueView

RAW = "13812345678"
BEGAN = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)


def wall(instant: Instant) -> datetime:
    return BEGAN + timedelta(seconds=instant / 8000)


def leaves(union: Any) -> Iterator[type]:
    for part in get_args(union):
        yield from leaves(part) if get_args(part) else (part,)


def example(hint: Any) -> Any:
    """A value of the type, the more telling one where there is a choice."""
    if isinstance(hint, NewType):
        return example(hint.__supertype__)
    origin, parts = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        return example(next(part for part in reversed(parts) if part is not type(None)))
    if origin is tuple:
        return tuple(example(part) for part in parts if part is not Ellipsis)
    if hint is PhoneNumber:
        return PhoneNumber(RAW)
    if is_dataclass(hint):
        hints = get_type_hints(hint)
        return hint(**{field.name: example(hints[field.name]) for field in fields(hint)})
    if issubclass(hint, Enum):
        return list(hint)[-1]
    return {str: "word", int: 7, float: 1.5, bool: True}[hint]


WORDS = sorted(
    {leaf for union in (Event, Action, Note, csta.Report) for leaf in leaves(union)} - {Tell}, key=lambda w: w.__name__
)


def hop(what: Any, *, seq: int = 3, call: str | None = "n1-s-1") -> Hop:
    return Hop(
        seq=Seq(seq),
        at=Instant(16_000),
        because=Seq(2),
        source=caller(LineId(1)),
        target=line(LineId(1)),
        what=what,
        call=None if call is None else CallId(call),
    )


@pytest.mark.parametrize("word", WORDS, ids=lambda w: w.__name__)
def test_every_word_comes_back_from_the_journal_as_it_went_in(word: type) -> None:
    """Exhaustive over Event, Action, Note and Report: a new class is tested the day it is added."""
    what = Tell(example(word)) if word in wire.REPORTS else example(word)

    assert wire.unpack_hop(wire.pack_hop(hop(what))) == hop(what)


def test_no_two_words_share_a_name() -> None:
    """The journal knows a class by its bare name."""
    assert len({word.__name__ for word in WORDS}) == len(WORDS) == len(wire.CLASSES)


def test_a_hop_without_cause_or_call_comes_back() -> None:
    bare = Hop(
        seq=Seq(1),
        at=Instant(0),
        because=None,
        source=API,
        target=API,
        what=events.RingHeard(LineId(1)),
        call=None,
    )
    assert wire.unpack_hop(wire.pack_hop(bare)) == bare


def test_a_prompt_keeps_fragments_and_spoken_values_in_order() -> None:
    items = (PromptId("place"), Spoken(Reader.CARDINAL, "3"))
    played = hop(PlayPrompt(line=LineId(1), playing=PlayingId(1), items=items, language=Language.ZH))

    assert wire.unpack_hop(wire.pack_hop(played)) == played


def test_the_journal_keeps_the_number_itself() -> None:
    back = wire.unpack_hop(wire.pack_hop(hop(CallerIdHeard(line=LineId(1), number=PhoneNumber(RAW)))))

    assert isinstance(back.what, CallerIdHeard)
    assert back.what.number is not None
    assert back.what.number.reveal() == RAW


def packed_as(**changes: object) -> bytes:
    """A packed hop with some of its places overwritten."""
    places = msgspec.msgpack.decode(wire.pack_hop(hop(DigitHeard(line=LineId(1), digit="5"))))
    for place, value in changes.items():
        places[{"target_kind": 5, "word": 8, "what": 9}[place]] = value
    return msgspec.msgpack.encode(places)


def test_a_word_of_a_newer_version_is_named_in_the_error() -> None:
    with pytest.raises(wire.UnreadableHop, match=r"hop 3 carries 'Teleported': written by a newer version\?"):
        wire.unpack_hop(packed_as(word="Teleported"))


@pytest.mark.parametrize(
    "damaged",
    [b"", b"\xc1", packed_as()[:-3], packed_as(what={"line": "x"}), packed_as(target_kind="moon")],
    ids=["nothing", "no msgpack", "cut", "wrong type", "unknown party"],
)
def test_damaged_bytes_are_an_unreadable_hop(damaged: bytes) -> None:
    with pytest.raises(wire.UnreadableHop):
        wire.unpack_hop(damaged)


def test_fields_added_by_a_newer_version_are_left_out() -> None:
    """A daemon that is rolled back still reads the journal of its successor."""
    newer = packed_as(what={"line": 1, "digit": "5", "confidence": 0.9})

    assert wire.unpack_hop(newer).what == DigitHeard(line=LineId(1), digit="5")


# --- clients --------------------------------------------------------------------------------------------------------


def delivered() -> Delivered:
    return Delivered(
        call=CallId("n1-s-1"),
        line=LineId(1),
        agent=AgentId("1001"),
        queue=QueueId("service"),
        caller=PhoneNumber(RAW),
        waited_s=1.5,
        data=(("reason", "booking"),),
    )


def test_an_envelope_has_the_shape_of_the_contract() -> None:
    shown = wire.envelope(
        delivered(), seq=123, stream="s1", node="n1", time=wall(Instant(160)), caused_by=Seq(9), version=4
    )
    assert shown == {
        "id": "s1-123",
        "node": "n1",
        "stream": "s1",
        "seq": 123,
        "type": "call.delivered",
        "time": "2026-11-24T03:00:00.020Z",
        "callId": "n1-s-1",
        "line": 1,
        "connection": "n1-s-1/A1001",
        "device": "A1001",
        "agent": "1001",
        "queue": "service",
        "cause": None,
        "version": 4,
        "data": {"caller": "138****5678", "waitedS": 1.5, "data": {"reason": "booking"}},
        "causedBy": 9,
    }


def test_an_agents_state_is_in_the_type_and_in_the_data() -> None:
    changed = AgentChanged(agent=AgentId("1001"), state=AgentState.NOT_READY, reason="lunch", by="agent")

    shown = wire.envelope(changed, seq=1, stream="s", node="n", time=BEGAN, caused_by=None)

    assert shown["type"] == "agent.notReady"
    assert shown["data"] == {"state": "notReady", "reason": "lunch", "by": "agent"}
    assert shown["cause"] is None
    assert shown["connection"] is None


@pytest.mark.parametrize("report", sorted(wire.REPORTS, key=lambda r: r.__name__), ids=lambda r: r.__name__)
def test_no_report_shows_a_number_and_every_report_is_json(report: type) -> None:
    shown = wire.envelope(example(report), seq=1, stream="s", node="n", time=BEGAN, caused_by=None)

    assert RAW not in json.dumps(shown)
    assert {"id", "seq", "callId", "line", "connection", "device", "agent", "queue", "cause", "version"} < set(shown)


def test_a_house_is_shown_with_wall_times_masked_numbers_and_objects() -> None:
    house = HouseView(
        at=Instant(8000),
        lines=(LineView(line=LineId(1), state="connected", call=CallId("c1")),),
        calls=(
            CallView(
                call=CallId("c1"),
                line=LineId(1),
                caller=PhoneNumber(RAW),
                state="dialogue",
                connections=(Connection("L1", ConnectionState.CONNECTED),),
                began=Instant(0),
                since=Instant(4000),
                version=2,
                data=(("card", "A1"),),
            ),
        ),
        agents=(AgentView(agent=AgentId("1001"), state=AgentState.READY, since=Instant(0), queues=(QueueId("q"),)),),
        queues=(QueueView(queue=QueueId("q"), waiting=(CallId("c1"),), agents=()),),
    )
    shown = wire.view_to_json(house, wall)

    assert list(shown) == ["time", "lines", "calls", "agents", "queues", "extensions"]
    assert shown["time"] == "2026-11-24T03:00:01.000Z"
    assert shown["calls"] == [
        {
            "call": "c1",
            "line": 1,
            "caller": "138****5678",
            "state": "dialogue",
            "connections": [{"device": "L1", "state": "connected"}],
            "began": "2026-11-24T03:00:00.000Z",
            "since": "2026-11-24T03:00:00.500Z",
            "version": 2,
            "data": {"card": "A1"},
            "queue": None,
            "agent": None,
            "node": "",
            "recording": None,
            "called": None,
            "estimated": False,
        }
    ]
    assert shown["queues"] == [{"queue": "q", "waiting": ["c1"], "agents": []}]


def test_an_instant_needs_a_wall_clock() -> None:
    with pytest.raises(TypeError, match="without a wall clock"):
        wire.to_json(AgentView(agent=AgentId("1"), state=AgentState.READY, since=Instant(0)))


def test_what_has_no_json_is_refused_by_name() -> None:
    with pytest.raises(TypeError, match="str is no dataclass"):
        wire.to_json("text")


def test_every_field_of_every_word_has_an_example() -> None:
    """The examples above fill optional fields too, so that nothing is tested as None only."""
    for word in WORDS:
        made = example(word)
        for field in fields(made):
            assert getattr(made, field.name) is not None, (word, field.name)


def test_causes_are_shown_as_the_words_of_csta() -> None:
    shown = wire.report_fields(
        csta.ConnectionCleared(call=CallId("c"), device="L1", cause=Cause.NETWORK_SIGNAL),
    )
    assert shown.placed["cause"] == "networkSignal"
    assert shown.data == {}


def test_notes_and_dialogue_share_the_journal() -> None:
    for what in (notes.PlaceTold(1), dialogue.Returned(dialogue.ReturnCause.NO_AGENTS)):
        assert wire.unpack_hop(wire.pack_hop(hop(what))).what == what
