"""Calls of ours, step by step: challenged, heard before the answer, refused, given up, and met by a call of theirs."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from drivers.sip.message import Request, Response
from drivers.sip.states import (
    CallOffered,
    CallRefused,
    FarEndAnswers,
    FarEndRings,
    MediaSet,
    PortPlan,
)
from unit.drivers.sip.sip_wire import INVITE, SDP, THEIRS, TYPE, Wire, account, plan, statuses

CHALLENGE = 'Proxy-Authenticate: Digest realm="r", nonce="{}", algorithm=MD5, qop="auth"\n'


class Caller:
    """We call by a gateway that is played by the test."""

    def __init__(self) -> None:
        port = PortPlan(port=0, user="line1", gateway=THEIRS, account=account("line1"))
        self.wire = Wire(plan(port, PortPlan(port=1)))
        self.agent = self.wire.ours
        assert self.agent.call(0, "13900001111", 0.0) == ""
        self.said: list[Request | Response] = self.wire.inject("")
        self.invite = self.newest("INVITE")

    def newest(self, method: str) -> Request:
        return next(m for m in reversed(self.said) if isinstance(m, Request) and m.method == method)

    def methods(self) -> list[str]:
        return [m.method for m in self.said if isinstance(m, Request)]

    def answer(self, status: int, more: str = "", body: str = "", *, to: Request | None = None) -> None:
        """By default to the newest INVITE."""
        asked = to or self.newest("INVITE")
        text = (
            f"SIP/2.0 {status} x\nVia: {asked.first('via')}\nFrom: {asked.first('from')}\n"
            f"To: {asked.first('to')}{';tag=far' if status > 100 else ''}\nCall-ID: {asked.call_id}\n"
            f"CSeq: {asked.first('cseq')}\nContact: <sip:far@127.0.0.2:5060>\n{more}\n{body}"
        )
        self.said += self.wire.inject(text)

    def hang_up(self) -> None:
        self.agent.hang_up(0, self.wire.now)
        self.said += self.wire.inject("")

    def facts(self) -> list[object]:
        return list(self.agent.take_facts())


# --- before the answer ----------------------------------------------------------------------------------------------


def test_what_sounds_before_the_answer_is_heard_and_goes_on_after_it() -> None:
    caller = Caller()
    caller.answer(183, TYPE, SDP)
    (early,) = caller.facts()
    assert isinstance(early, MediaSet)
    assert (early.fresh, early.early) == (True, True)
    caller.answer(200, TYPE, SDP)
    answered, media = caller.facts()
    assert answered == FarEndAnswers(0)
    assert isinstance(media, MediaSet)
    assert (media.media, media.fresh, media.early) == (early.media, False, False)


def test_an_answer_without_a_description_keeps_the_one_that_came_before_it() -> None:
    caller = Caller()
    caller.answer(183, TYPE, SDP)
    caller.answer(200)
    assert FarEndAnswers(0) in caller.facts()
    without = Caller()
    without.answer(200)
    assert without.facts() == [CallRefused(0, 488)]
    assert without.methods()[-2:] == ["ACK", "BYE"]


def test_ringing_is_told_and_progress_without_sound_is_not() -> None:
    caller = Caller()
    caller.answer(100)
    caller.answer(183)
    assert caller.facts() == []
    caller.answer(180)
    assert caller.facts() == [FarEndRings(0)]


def test_a_description_before_the_answer_that_we_cannot_speak_ends_nothing() -> None:
    caller = Caller()
    caller.answer(183, TYPE, SDP.replace("8 0 101", "18"))
    caller.answer(180, TYPE, "nonsense")
    assert caller.facts() == [FarEndRings(0)]


@pytest.mark.parametrize("more", ["Session-Expires: soon\n", "Record-Route: <sip:nowhere\n", "Contact: nobody\n"])
def test_an_answer_with_a_damaged_header_is_an_answer(more: str) -> None:
    caller = Caller()
    caller.answer(200, more + TYPE, SDP)
    assert FarEndAnswers(0) in caller.facts()
    caller.hang_up()
    assert caller.methods() == ["INVITE", "ACK", "BYE"]


def test_a_challenge_that_cannot_be_read_is_a_refusal() -> None:
    caller = Caller()
    caller.answer(407, 'Proxy-Authenticate: Digest realm="r\n')
    assert caller.facts() == [CallRefused(0, 407)]


# --- refused --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [302, 404, 480, 484, 486, 500, 503, 600, 603, 604])
def test_a_refusal_is_acknowledged_and_told_and_a_redirection_is_a_refusal(status: int) -> None:
    caller = Caller()
    caller.answer(100)
    caller.answer(status, "")
    assert caller.facts() == [CallRefused(0, status)]
    assert caller.methods() == ["INVITE", "ACK"]
    assert caller.agent.idle(0)
    caller.answer(status, "", to=caller.invite)  # their copy: our ACK was lost
    assert caller.methods() == ["INVITE", "ACK", "ACK"]
    assert caller.facts() == []


def test_a_challenge_is_answered_once_with_the_password() -> None:
    caller = Caller()
    caller.answer(407, CHALLENGE.format("one"))
    assert caller.methods() == ["INVITE", "ACK", "INVITE"]
    proven = caller.newest("INVITE")
    assert 'username="line1"' in proven.first("proxy-authorization")
    assert proven.cseq == (2, "INVITE")
    assert proven.call_id == caller.invite.call_id
    assert proven.body == caller.invite.body
    caller.answer(407, CHALLENGE.format("two"))
    assert caller.facts() == [CallRefused(0, 407)]
    assert caller.methods().count("INVITE") == 2


def test_a_call_that_rings_for_ever_is_cancelled() -> None:
    caller = Caller()
    caller.answer(180)
    caller.facts()
    caller.wire.run(181)
    assert "CANCEL" in caller.wire.words()
    assert caller.wire.facts == [CallRefused(0, 0)]


# --- given up by us -------------------------------------------------------------------------------------------------


def test_before_any_response_the_cancel_waits_for_one() -> None:
    caller = Caller()
    caller.hang_up()
    assert caller.methods() == ["INVITE"]
    assert caller.agent.idle(0)
    caller.answer(100)
    assert caller.methods() == ["INVITE", "CANCEL"]
    assert caller.newest("CANCEL").branch == caller.invite.branch
    caller.answer(200, to=caller.newest("CANCEL"))
    caller.answer(487)
    assert caller.methods() == ["INVITE", "CANCEL", "ACK"]
    assert caller.facts() == []


@pytest.mark.parametrize("status", [100, 180, 183])
def test_while_it_proceeds_it_is_cancelled_at_once(status: int) -> None:
    caller = Caller()
    caller.answer(status)
    caller.hang_up()
    assert caller.methods() == ["INVITE", "CANCEL"]
    caller.wire.run(40)
    assert caller.agent.busy == 0  # whether they answer or not


def test_an_answer_that_crosses_the_cancel_is_acknowledged_and_ended() -> None:
    caller = Caller()
    caller.answer(180)
    caller.hang_up()
    caller.facts()
    caller.answer(200, TYPE, SDP)
    assert caller.methods()[-2:] == ["ACK", "BYE"]
    assert caller.facts() == []


def test_a_call_that_was_given_up_is_not_begun_again_by_a_challenge() -> None:
    caller = Caller()
    caller.answer(100)
    caller.hang_up()
    caller.answer(407, CHALLENGE.format("one"))
    assert caller.methods() == ["INVITE", "CANCEL", "ACK"]


def test_after_a_challenge_the_cancel_waits_again_for_a_response() -> None:
    """A 100 to the INVITE before it is none to this one: a CANCEL now would find no call."""
    caller = Caller()
    caller.answer(100)
    caller.answer(407, CHALLENGE.format("one"))
    caller.hang_up()
    assert "CANCEL" not in caller.methods()
    caller.answer(180)
    assert caller.newest("CANCEL").branch == caller.newest("INVITE").branch


# --- glare ----------------------------------------------------------------------------------------------------------

THEIR_CALL = INVITE.replace("INVITE sip:100@", "INVITE sip:line1@")


@pytest.mark.parametrize("heard", [(), (100,), (100, 180)])
def test_their_call_to_a_port_that_calls_goes_before_ours(heard: tuple[int, ...]) -> None:
    caller = Caller()
    for status in heard:
        caller.answer(status)
    caller.facts()
    caller.said += caller.wire.inject(THEIR_CALL)
    assert statuses(caller.said)[-1] == 180
    assert caller.methods().count("CANCEL") == (1 if heard else 0)
    refused, offered = caller.facts()
    assert refused == CallRefused(0, 491)
    assert isinstance(offered, CallOffered)
    caller.answer(486 if not heard else 487)
    assert caller.facts() == []  # ours is not told of any more
    assert caller.agent.offered(0)


def test_their_call_to_a_port_whose_call_was_answered_is_told_busy() -> None:
    caller = Caller()
    caller.answer(200, TYPE, SDP)
    assert statuses(caller.wire.inject(THEIR_CALL)) == [486]


def test_their_call_to_a_port_that_is_only_seized_is_offered() -> None:
    wire = Wire(plan(PortPlan(port=0)))
    wire.ours.reserved.add(0)
    assert statuses(wire.inject(INVITE)) == [180]
    assert wire.ours.reserved == set()


def test_lines_that_hunt_take_a_port_nobody_has_seized_first() -> None:
    wire = Wire(plan(PortPlan(port=0), PortPlan(port=1)))
    wire.ours.reserved.add(0)
    wire.inject(INVITE)
    (offered,) = wire.ours.take_facts()
    assert offered.port == 1


def test_our_own_call_that_comes_back_is_no_call() -> None:
    caller = Caller()
    back = caller.invite.to_bytes().decode().replace("\r\n", "\n")
    assert statuses(caller.wire.inject(back)) == [486]
    assert caller.facts() == []


def test_a_number_with_a_square_in_it_is_written_as_an_address_wants_it() -> None:
    port = PortPlan(port=0, gateway=THEIRS)
    wire = Wire(plan(port))
    wire.ours.call(0, "*21*139#", 0.0)
    (invite,) = wire.inject("")
    assert isinstance(invite, Request)
    assert invite.uri == "sip:*21*139%23@127.0.0.2:5060"


# --- nonsense -------------------------------------------------------------------------------------------------------


@settings(max_examples=300, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from([100, 180, 183, 200, 202, 302, 401, 407, 422, 486, 503, 699]),
            st.sampled_from(["", TYPE, "Session-Expires: x\n", "Record-Route: <sip:a;lr>,\n", CHALLENGE.format("n")]),
            st.sampled_from(["", SDP, SDP[:60], SDP.replace("8 0 101", "18"), SDP.replace("30000", "x"), "v\n"]),
            st.integers(0, 600),
            st.text('\0\r<>;:,"=\u00e9 ', max_size=3),
        ),
        max_size=5,
    ),
    st.integers(0, 5),
)
@example([(100, "", "", 0, ""), (100, "", "", 168, '"')], 2)
def test_no_answer_to_our_call_ever_raises(answers: list[tuple[int, str, str, int, str]], gives_up_after: int) -> None:
    caller = Caller()
    for number, (status, more, body, at, junk) in enumerate(answers):
        if number == gives_up_after:
            caller.hang_up()
        caller.answer(status, more, body)
        text = caller.newest("INVITE").to_bytes().decode()
        caller.wire.inject((text[:at] + junk + text[at:]).replace("\r\n", "\n"))
    caller.hang_up()
    caller.wire.run(40)
    assert caller.agent.busy == 0
