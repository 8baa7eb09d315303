"""Calls between two user agents, with and without losses; strangers, floods and other people's mistakes."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from drivers.sip.message import Request, Response
from drivers.sip.sdp import Law
from drivers.sip.states import (
    CallOffered,
    CallRefused,
    FarEndAnswers,
    FarEndCleared,
    FarEndRings,
    KeyByInfo,
    Keys,
    Lifted,
    MediaSet,
    OfferWithdrawn,
    PortPlan,
)
from unit.drivers.sip.sip_wire import INVITE, OURS, THEIRS, Wire, account, plan


def statuses(said: list[Request | Response]) -> list[int]:
    return [message.status for message in said if isinstance(message, Response)]


def within(wire: Wire, method: str, cseq: int, body: str = "", extra: str = "") -> list[Request | Response]:
    """A request of theirs in the call that INVITE began."""
    tag = next(m.to_tag for m in wire.said if isinstance(m, Response) and m.status == 200)
    head = (
        INVITE.partition("Content-Type")[0]
        .replace("INVITE sip", f"{method} sip")
        .replace("1 INVITE", f"{cseq} {method}")
    )
    head = head.replace("<sip:100@127.0.0.1>\n", f"<sip:100@127.0.0.1>;tag={tag}\n").replace(
        "bKone", f"bK{method}{cseq}"
    )
    return wire.inject(head + extra + "\n" + body)


def answered(text: str = INVITE) -> Wire:
    """A call of nobody's, answered and acknowledged."""
    wire = Wire()
    wire.said += wire.inject(text)
    wire.ours.answer(0, wire.now)
    wire.said += wire.inject("")
    within(wire, "ACK", 1)
    wire.facts += wire.ours.take_facts()
    return wire


SDP = INVITE.partition("\n\n")[2]
TYPE = "Content-Type: application/sdp\n"

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


def test_a_port_that_is_seized_is_not_offered_a_call() -> None:
    wire = Wire(plan(PortPlan(port=0)))
    wire.ours.reserved.add(0)
    assert statuses(wire.inject(INVITE)) == [486]


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


# --- in a call ------------------------------------------------------------------------------------------------------


def test_hold_and_retrieve_by_invite_in_the_call() -> None:
    wire = answered()
    held = within(wire, "INVITE", 2, SDP + "a=sendonly\n", TYPE)
    assert statuses(held) == [200]
    assert b"a=recvonly" in held[0].body
    (fact,) = wire.ours.take_facts()
    assert isinstance(fact, MediaSet)
    assert (fact.media.sending, fact.media.receiving, fact.fresh) == (False, True, False)
    within(wire, "ACK", 2)
    within(wire, "INVITE", 3, SDP.replace("30000", "30002"), TYPE)
    (fact,) = wire.ours.take_facts()
    assert isinstance(fact, MediaSet)
    assert fact.media.remote == ("127.0.0.2", 30002)
    assert fact.media.sending


def test_an_old_way_to_hold_is_understood_too() -> None:
    wire = answered()
    within(wire, "INVITE", 2, SDP.replace("c=IN IP4 127.0.0.2", "c=IN IP4 0.0.0.0"), TYPE)
    (fact,) = wire.ours.take_facts()
    assert isinstance(fact, MediaSet)
    assert not fact.media.sending


@pytest.mark.parametrize(
    "body", [SDP.replace("m=audio 30000 RTP/AVP 8 0 101", "m=image 30000 udptl t38"), SDP.replace("8 0 101", "18 101")]
)
def test_fax_over_t38_and_unknown_codecs_are_refused_and_the_call_goes_on(body: str) -> None:
    wire = answered()
    assert statuses(within(wire, "INVITE", 2, body, TYPE)) == [488]
    assert wire.ours.take_facts() == []
    assert not wire.ours.idle(0)
    fresh = Wire()
    assert statuses(fresh.inject(INVITE.replace(SDP, body))) == [488]
    assert fresh.ours.take_facts() == []


def test_a_request_that_comes_twice_is_answered_twice_and_done_once() -> None:
    wire = answered()
    first = within(wire, "UPDATE", 2, SDP + "a=inactive\n", TYPE)
    again = within(wire, "UPDATE", 2, SDP + "a=inactive\n", TYPE)
    assert [m.to_bytes() for m in first] == [m.to_bytes() for m in again]
    assert len(wire.ours.take_facts()) == 1
    assert statuses(within(wire, "UPDATE", 1, SDP, TYPE)) == [500]


def test_requests_for_no_call_of_ours_change_nothing() -> None:
    wire = answered()
    stranger = INVITE.replace("INVITE", "BYE").replace("one@", "two@").partition("Content-Type")[0] + "\n"
    assert statuses(wire.inject(stranger)) == [481]
    wrong_tag = stranger.replace("two@", "one@").replace("<sip:100@127.0.0.1>\n", "<sip:100@127.0.0.1>;tag=guess\n")
    assert statuses(wire.inject(wrong_tag)) == [481]
    assert not wire.ours.idle(0)


def test_transfer_options_and_unknown_methods_get_their_answers() -> None:
    wire = answered()
    assert statuses(within(wire, "REFER", 2)) == [603]
    (options,) = within(wire, "OPTIONS", 3)
    assert statuses([options]) == [200]
    assert "INVITE" in options.first("allow")
    assert statuses(within(wire, "SUBSCRIBE", 4)) == [405]
    assert not wire.ours.idle(0)


def test_an_invite_without_an_offer_gets_ours() -> None:
    head = INVITE.partition("Content-Type")[0] + "\n"
    wire = Wire()
    wire.said += wire.inject(head)
    wire.ours.answer(0, wire.now)
    (ok,) = wire.inject("")
    assert b"m=audio" in ok.body
    wire.said.append(ok)
    within(wire, "ACK", 1, SDP, TYPE)
    assert isinstance(wire.ours.take_facts()[-1], MediaSet)


def test_keys_by_info_are_keys_when_that_was_set() -> None:
    wire = Wire(plan(PortPlan(port=0), keys=Keys.INFO))
    wire.said += wire.inject(INVITE)
    wire.ours.answer(0, wire.now)
    wire.said += wire.inject("")
    wire.ours.take_facts()
    assert statuses(within(wire, "INFO", 2, "Signal=5\nDuration=120\n", "Content-Type: application/dtmf-relay\n")) == [
        200
    ]
    assert wire.ours.take_facts() == [KeyByInfo(0, "5", 120)]


@pytest.mark.parametrize(
    ("change", "status"),
    [
        (("Max-Forwards: 70", "Max-Forwards: 0"), 483),
        (("Max-Forwards: 70", "Max-Forwards: 70\nRequire: 100rel"), 420),
        (("application/sdp", "text/plain"), 415),
        (("Max-Forwards: 70", "Max-Forwards: 70\nSession-Expires: 30"), 422),
        ((";tag=t1", ""), 400),
        (("m=audio 30000", "m=audio x"), 400),
        (("m=audio 30000", "m=audio 0"), 488),
    ],
)
def test_a_call_that_cannot_be_is_refused_with_its_reason(change: tuple[str, str], status: int) -> None:
    wire = Wire()
    assert statuses(wire.inject(INVITE.replace(*change))) == [status]
    assert wire.ours.take_facts() == []
    assert wire.ours.busy == 0


# --- session timers -------------------------------------------------------------------------------------------------


def test_a_session_is_refreshed_and_one_that_is_not_ends() -> None:
    wire = Wire()
    wire.talk()
    wire.run(2000)
    assert wire.words().count("UPDATE") == 2
    assert not wire.ours.idle(0)
    wire.passes = lambda _: False
    wire.run(1800)
    assert isinstance(wire.facts[-1], FarEndCleared)
    assert wire.facts[-1].reason == "session expired"
    assert isinstance(wire.their_facts[-1], FarEndCleared)


# --- strangers ------------------------------------------------------------------------------------------------------


def test_strangers_do_not_get_in() -> None:
    wire = Wire(plan(peers=()))
    assert statuses(wire.inject(INVITE)) == [403]
    assert wire.ours.take_facts() == []


def test_a_thousand_invites_leave_nothing_behind() -> None:
    wire = Wire()
    for number in range(1000):
        wire.inject(INVITE.replace("one@", f"{number}@"))
    offered = [fact for fact in wire.ours.take_facts() if isinstance(fact, CallOffered)]
    assert len(offered) == 2  # the ports there are
    assert wire.ours.busy == 0
    assert wire.ours.refused == 998


# --- registrations --------------------------------------------------------------------------------------------------

PHONE = PortPlan(port=0, user="801", phone=True, account=account())


def phones() -> Wire:
    """Our first port is for their telephone."""
    telephone = PortPlan(port=0, user="801", account=account(), registrar=OURS, domain="127.0.0.1")
    return Wire(plan(PHONE, peers=()), plan(telephone, host=THEIRS[0]))


def test_a_telephone_logs_on_with_its_password_and_is_there() -> None:
    wire = phones()
    assert wire.ours.away() == {0: "the telephone 801 is not registered"}
    wire.run(0.2)
    assert wire.words() == ["REGISTER", "401", "REGISTER", "200"]
    assert wire.ours.away() == {}
    wire.run(1000)  # it is kept
    assert wire.ours.away() == {}
    wire.theirs.leave(wire.now)
    wire.run(0.2)
    assert wire.ours.away() != {}


def test_our_telephone_is_called_and_calls() -> None:
    wire = phones()
    wire.run(0.2)
    assert wire.ours.call(0, "", wire.now) == ""
    wire.run(0.1)
    wire.theirs.answer(0, wire.now)
    wire.run(0.1)
    assert [type(fact) for fact in wire.facts] == [FarEndRings, FarEndAnswers, MediaSet]
    wire.theirs.hang_up(0, wire.now)
    wire.run(0.1)
    wire.facts.clear()
    assert wire.theirs.call(0, "1002", wire.now) == ""
    wire.run(0.2)
    assert wire.facts[0] == Lifted(0, "1002")
    assert wire.words()[-4:] == ["401", "ACK", "INVITE", "200"] or wire.words()[-5:-1] == [
        "401",
        "ACK",
        "INVITE",
        "200",
    ]


def test_a_wrong_password_opens_nothing() -> None:
    wrong = PortPlan(port=0, user="801", account=account("x"), registrar=OURS, domain="127.0.0.1")
    wire = Wire(plan(PHONE, peers=()), plan(wrong, host=THEIRS[0]))
    wire.run(1)
    assert wire.ours.away() != {}
    assert "refuses 801: 401" in wire.theirs.away()[0]


def test_a_registrar_that_is_away_is_told_and_found_again() -> None:
    wire = phones()
    wire.passes = lambda _: False
    wire.run(33)
    assert "does not answer" in wire.theirs.away()[0]
    wire.passes = lambda _: True
    wire.run(40)
    assert wire.theirs.away() == {}


# --- nonsense -------------------------------------------------------------------------------------------------------

SOME = st.sampled_from(INVITE.encode().split(b"\n"))


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_no_packet_ever_raises(data: st.DataObject) -> None:
    """Random bytes, and INVITEs with pieces cut, doubled and replaced, into a user agent in any state."""
    wire = Wire()
    stage = data.draw(st.integers(0, 2))
    if stage:
        wire.said += wire.inject(INVITE)
    if stage == 2:
        wire.ours.answer(0, wire.now)
    for _ in range(data.draw(st.integers(1, 4))):
        if data.draw(st.booleans()):
            packet = data.draw(st.binary(max_size=200))
        else:
            lines = data.draw(st.lists(SOME, max_size=25))
            at = data.draw(st.integers(0, len(lines)))
            junk = data.draw(st.binary(max_size=20))
            packet = b"\r\n".join([*lines[:at], junk, *lines[at:]])
            method = data.draw(st.sampled_from([b"INVITE", b"BYE", b"ACK", b"REGISTER", b"SIP/2.0 200", b"UPDATE"]))
            packet = packet.replace(b"INVITE", method)
        wire.ours.receive(packet, THEIRS, wire.now)
        wire.run(0.04)
    wire.run(0.1)


@settings(max_examples=300, deadline=None)
@given(
    st.integers(0, len(INVITE) - 1), st.integers(0, 40), st.binary(max_size=8), st.sampled_from(["INVITE", "UPDATE"])
)
def test_no_damaged_call_ever_raises(at: int, cut: int, junk: bytes, method: str) -> None:
    wire = answered()
    raw = INVITE.replace("INVITE", method).replace("\n", "\r\n").encode()
    wire.ours.receive(raw[:at] + junk + raw[at + cut :], THEIRS, wire.now)
    wire.run(0.1)
