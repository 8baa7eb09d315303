"""What the far end may ask in a call, and what is refused."""

import pytest

from drivers.sip.states import (
    FarEndCleared,
    KeyByInfo,
    Keys,
    MediaSet,
    PortPlan,
)
from unit.drivers.sip.sip_wire import INVITE, SDP, TYPE, Wire, answered, plan, statuses, within

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
