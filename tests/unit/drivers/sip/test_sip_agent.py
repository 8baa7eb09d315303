"""Calls between two user agents, with and without losses."""

from hypothesis import example, given, settings
from hypothesis import strategies as st

from drivers.sip.sdp import Law
from drivers.sip.states import (
    CallOffered,
    CallRefused,
    FarEndAnswers,
    FarEndCleared,
    FarEndRings,
    MediaSet,
    OfferWithdrawn,
    PortPlan,
)
from unit.drivers.sip.sip_wire import INVITE, OURS, THEIRS, Wire, answered, plan, statuses, within

# --- calls ----------------------------------------------------------------------------------------------------------


def test_a_call_rings_is_answered_talks_and_is_ended_by_them() -> None:
    wire = Wire()
    wire.talk()
    wire.theirs.hang_up(0, wire.now)
    wire.run(0.1)
    assert wire.words() == ["INVITE", "180", "200", "ACK", "BYE", "200"]
    assert [type(fact) for fact in wire.facts] == [CallOffered, MediaSet, FarEndCleared]
    assert [type(fact) for fact in wire.their_facts] == [FarEndRings, FarEndAnswers, MediaSet]
    assert wire.ours.busy == wire.theirs.busy == 0


def test_both_sides_agree_on_audio_and_keys() -> None:
    wire = Wire()
    wire.talk()
    ours = next(fact.media for fact in wire.facts if isinstance(fact, MediaSet))
    theirs = next(fact.media for fact in wire.their_facts if isinstance(fact, MediaSet))
    assert ours.remote == (THEIRS[0], 20_000)
    assert theirs.remote == (OURS[0], 20_000)
    assert ours.law is theirs.law is Law.PCMA
    assert ours.event_payload == theirs.event_payload == 101


def test_we_hang_up() -> None:
    wire = Wire()
    wire.talk()
    wire.ours.hang_up(0, wire.now)
    wire.run(0.1)
    assert wire.words()[-2:] == ["BYE", "200"]
    assert wire.their_facts[-1] == FarEndCleared(0)


def test_they_give_up_while_it_rings() -> None:
    wire = Wire()
    wire.call()
    wire.theirs.hang_up(0, wire.now)
    wire.run(0.1)
    assert wire.facts[-1] == OfferWithdrawn(0)
    assert wire.words() == ["INVITE", "180", "CANCEL", "200", "487", "ACK"]
    wire.run(40)
    assert wire.ours.busy == wire.theirs.busy == 0


def test_we_refuse_what_is_offered() -> None:
    wire = Wire()
    wire.call()
    wire.ours.hang_up(0, wire.now)
    wire.run(0.1)
    assert wire.their_facts[-1] == CallRefused(0, 603)


def test_a_port_that_is_busy_says_so() -> None:
    wire = Wire(plan(PortPlan(port=0)))
    wire.talk()
    assert statuses(wire.inject(INVITE)) == [486]
    named = Wire(plan(PortPlan(port=0, user="100"), PortPlan(port=1)))
    named.talk()
    assert statuses(named.inject(INVITE)) == [486]  # a free port that is not meant does not help


def test_calls_go_to_the_port_that_has_rested_longest() -> None:
    wire = Wire()
    wire.talk()
    wire.theirs.hang_up(0, wire.now)
    wire.run(1.0)
    wire.call()
    assert [fact.port for fact in wire.facts if isinstance(fact, CallOffered)] == [0, 1]


def test_nobody_answers_our_call() -> None:
    wire = Wire()
    wire.passes = lambda _: False
    wire.call()
    wire.run(40)
    assert wire.their_facts == [CallRefused(0, 0)]
    assert wire.words().count("INVITE") == 7  # RFC 3261 §17.1.1.2: 0, 0.5, 1.5, 3.5 ... 31.5 s
    assert wire.theirs.busy == 0


# --- losses ---------------------------------------------------------------------------------------------------------


@settings(max_examples=60, deadline=None)
@given(st.lists(st.booleans(), max_size=24).filter(lambda fates: fates.count(False) <= 5))
@example([False] * 5)
@example([True, False, False, False, False, True, False])
@example([True, True, False, False, False])
def test_whatever_is_lost_both_sides_end_up_agreed(fates: list[bool]) -> None:
    """Up to five packets are lost (an INVITE is said seven times): the call is up on both sides, and then down on both."""
    wire = Wire()
    drawn = iter(fates)
    wire.passes = lambda _: next(drawn, True)
    wire.theirs.call(0, "100", wire.now)
    for _ in range(1600):
        wire.run(0.02)
        if wire.ours.offered(0):
            break
    wire.ours.answer(0, wire.now)
    wire.run(40)
    up = [fact for fact in wire.their_facts if isinstance(fact, FarEndAnswers)]
    assert len(up) == 1
    assert len([fact for fact in wire.facts if isinstance(fact, MediaSet)]) == 1
    wire.ours.hang_up(0, wire.now)
    wire.run(40)
    assert wire.theirs.idle(0)
    assert wire.ours.busy == wire.theirs.busy == 0


def test_a_call_that_is_never_acknowledged_is_given_up() -> None:
    wire = Wire()
    wire.call()
    wire.passes = lambda data: not data.startswith(b"ACK")
    wire.ours.answer(0, wire.now)
    wire.run(33)
    assert wire.facts[-1] == FarEndCleared(0, "no ACK")
    assert wire.theirs.idle(0)


def test_a_late_copy_of_an_ended_call_s_invite_begins_nothing() -> None:
    wire = answered()
    within(wire, "BYE", 2)
    wire.ours.take_facts()
    wire.inject(INVITE)
    assert wire.ours.take_facts() == []


def test_a_call_that_was_cancelled_too_late_is_ended() -> None:
    """Our 200 and their CANCEL cross."""
    wire = Wire()
    wire.call()
    wire.theirs.hang_up(0, wire.now)
    wire.ours.answer(0, wire.now)
    wire.run(1.0)
    assert wire.ours.idle(0)
    assert wire.theirs.idle(0)
    assert "BYE" in wire.words()
