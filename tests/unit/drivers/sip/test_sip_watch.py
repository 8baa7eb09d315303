"""Gateways and registrars that go away are told, and found again."""

from drivers.sip.message import Request
from drivers.sip.states import PortPlan
from unit.drivers.sip.sip_wire import OURS, THEIRS, Wire, account, plan


def calling() -> Wire:
    """Two of our lines call by their gateway, the third takes calls only."""
    lines = [PortPlan(port=port, user=str(port), gateway=THEIRS if port < 2 else None) for port in range(3)]
    return Wire(plan(*lines), plan(PortPlan(port=0), host=THEIRS[0]))


def test_a_gateway_is_asked_now_and_then_once_for_all_its_lines() -> None:
    wire = calling()
    wire.run(70)
    asked = [m for m in wire.said if isinstance(m, Request)]
    assert [m.method for m in asked] == ["OPTIONS"] * 3
    assert wire.ours.away() == {}


def test_a_gateway_that_is_away_takes_its_lines_out_and_brings_them_back() -> None:
    wire = calling()
    wire.passes = lambda _: False
    wire.run(14)
    assert wire.ours.away() == dict.fromkeys((0, 1), "the gateway 127.0.0.2:5060 does not answer")
    wire.passes = lambda _: True
    wire.run(40)
    assert wire.ours.away() == {}
    wire.run(100)
    assert wire.ours.busy == 0


def test_what_it_answers_is_all_the_same() -> None:
    wire = calling()
    wire.passes = lambda data: not data.startswith(b"OPTIONS")
    wire.run(5.1)
    asked = next(m for m in wire.said if isinstance(m, Request))
    wire.inject(
        f"SIP/2.0 405 No\nVia: {asked.first('via')}\nFrom: {asked.first('from')}\nTo: {asked.first('to')}\n"
        f"Call-ID: {asked.call_id}\nCSeq: {asked.first('cseq')}\n\n"
    )
    wire.run(20)
    assert wire.ours.away() == {}


def test_a_registrar_that_stays_away_is_told_as_soon_as_our_registration_is_over() -> None:
    phone = PortPlan(port=0, user="801", phone=True, account=account())
    own = PortPlan(port=0, user="801", account=account(), registrar=OURS, domain="127.0.0.1", expires_s=60)
    wire = Wire(plan(phone, peers=()), plan(own, host=THEIRS[0]))
    wire.run(1)
    wire.passes = lambda _: False
    wire.run(58)
    assert wire.theirs.away() == {}
    wire.run(2)
    assert wire.theirs.away() == {0: "the registrar 127.0.0.1:5060 does not answer"}


def test_a_telephone_that_is_not_heard_of_is_away_when_its_registration_is_over() -> None:
    phone = PortPlan(port=0, user="801", phone=True, account=account())
    own = PortPlan(port=0, user="801", account=account(), registrar=OURS, domain="127.0.0.1", expires_s=60)
    wire = Wire(plan(phone, peers=()), plan(own, host=THEIRS[0]))
    wire.run(1)
    wire.passes = lambda _: False
    wire.run(58)
    assert wire.ours.away() == {}
    wire.run(2)
    assert wire.ours.away() == {0: "the telephone 801 is not registered"}
    wire.passes = lambda _: True
    wire.run(40)
    assert wire.ours.away() == {}
