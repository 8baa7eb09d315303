"""Strangers, floods, telephones with passwords, and nonsense."""

from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.sip.states import (
    CallOffered,
    FarEndAnswers,
    FarEndRings,
    Lifted,
    MediaSet,
    PortPlan,
)
from unit.drivers.sip.sip_wire import INVITE, OURS, THEIRS, Wire, account, answered, plan, statuses

# --- strangers ------------------------------------------------------------------------------------------------------


def test_strangers_do_not_get_in() -> None:
    wire = Wire(plan(peers=()))
    assert statuses(wire.inject(INVITE)) == [403]
    assert wire.ours.take_facts() == []


def test_a_caller_whose_number_is_that_of_a_telephone_of_ours_is_no_telephone() -> None:
    wire = Wire(plan(PortPlan(port=0, user="801", phone=True, account=account()), PortPlan(port=1)))
    wire.inject(INVITE.replace("sip:13900001111@", "sip:801@"))
    (fact,) = wire.ours.take_facts()
    assert isinstance(fact, CallOffered)
    assert fact.port == 1


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
