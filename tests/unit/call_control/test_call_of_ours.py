"""A call of ours from the request to its end, with all machines of the house, told as what copper and hands do."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from cti_core.call_control.actions import Connect, DialDigits, Disconnect, GoOffHook, GoOnHook, PlayPrompt
from cti_core.call_control.agent import RECALL_S
from cti_core.call_control.csta import AlarmCleared, AlarmRaised, Cause, Cleared, Established, RecordingStarted
from cti_core.call_control.csta_calling import LineHunted, Originated
from cti_core.call_control.events import (
    AgentLost,
    AgentReturned,
    ClearCall,
    ClearConnection,
    DialFinished,
    DigitHeard,
    ExtensionFailed,
    HandsetLifted,
    HandsetReplaced,
    HoldCall,
    LineFailed,
    LogOff,
    LogOn,
    MakeCall,
    PromptFinished,
    RetrieveCall,
    RingHeard,
    SetLineService,
    SetReady,
    Tone,
    ToneEnded,
    ToneHeard,
    VoiceHeard,
)
from cti_core.call_control.ids import AgentId, LineId
from cti_core.call_control.privacy import PhoneNumber
from machines.plans import ANNA, BO, CAI, L1, L2, PLAN, SERVICE, X801
from unit.call_control.calling_house import (
    NUMBER,
    OURS,
    THEIRS,
    House,
    alerting,
    dialling,
    proceeding,
    seizing,
    talking,
)


def test_from_the_request_to_the_wrap_up() -> None:
    house = talking().at(30.0, ToneHeard(L2, Tone.BUSY))
    assert house.told() == [
        "serviceInitiated",
        "originated",
        "networkReached",
        "farEndAlerting",
        "established",
        "connectionCleared",
        "cleared",
    ]
    assert house.reports(Established)[0].estimated
    assert house.cause() is Cause.NORMAL_CLEARING
    assert house.agent(ANNA) == ("workingAfterCall", "")
    (cleared,) = house.reports(Cleared)
    assert (cleared.ringing_s, cleared.talking_s) == (11.0, 18.0)


def test_calls_of_ours_go_out_from_the_other_end_of_the_exchange_s_hunting() -> None:
    house = seizing()
    assert house.lines() == {L1: "idle", L2: "seizing"}
    house.at(1.5, MakeCall(BO, NUMBER))
    assert house.lines() == {L1: "seizing", L2: "seizing"}


def test_the_agent_hears_the_line_from_the_seizure_and_is_heard_when_the_number_is_out() -> None:
    house = dialling()
    assert house.did(Connect) == [Connect("L2", "A1001")]
    house.at(4.5, DialFinished(L2))
    assert house.did(Connect)[1:] == [Connect("A1001", "L2")]
    house.at(5.0, ClearConnection(ANNA, OURS))
    assert house.did(Disconnect) == [Disconnect("L2", "A1001"), Disconnect("A1001", "L2")]


def test_it_is_recorded_from_the_last_digit_on() -> None:
    assert not dialling().reports(RecordingStarted)
    assert [started.line for started in proceeding().reports(RecordingStarted)] == [L2]


def test_hold_and_retrieve() -> None:
    house = talking().at(15.0, HoldCall(ANNA, OURS)).at(18.0, RetrieveCall(ANNA, OURS))
    assert house.told()[-2:] == ["held", "retrieved"]


def test_the_desktop_is_away_for_a_moment_in_the_call_and_the_answer_stays_a_guess() -> None:
    house = talking().at(15.0, AgentLost(ANNA)).at(18.0, AgentReturned(ANNA))
    assert house.told()[-2:] == ["failed", "established"]
    assert [told.estimated for told in house.reports(Established)] == [True, True]


def test_who_was_called_is_let_go_when_the_desktop_does_not_come_back() -> None:
    house = talking().at(15.0, AgentLost(ANNA))
    house.wait_until(30.0)
    assert house.cause() is Cause.DEVICE_LOST
    assert house.lines()[L2] == "idle"


def test_keys_of_the_called_party_are_told_but_not_what_the_line_gives_back_of_our_own_number() -> None:
    house = dialling().at(3.0, DigitHeard(line=L2, digit="8"))
    assert "digits" not in house.told()
    assert [heard.digit for heard in house.did(DigitHeard)] == ["•"]
    house.at(4.5, DialFinished(L2)).at(6.0, VoiceHeard(L2)).at(9.0, DigitHeard(line=L2, digit="1"))
    assert house.told()[-1] == "digits"


@pytest.mark.parametrize("begun", [seizing, dialling, proceeding, alerting])
def test_the_agent_hangs_up_before_anybody_answers(begun: Callable[[], House]) -> None:
    house = begun().at(7.0 if begun is alerting else 4.6, ClearConnection(ANNA, OURS))
    assert house.cause() is Cause.CALL_CANCELLED
    assert house.agent(ANNA) == ("workingAfterCall", "")
    house.wait_until(60.0)
    assert set(house.lines().values()) == {"idle"}
    assert not house.switch.view(house.now).calls


@pytest.mark.parametrize("begun", [seizing, dialling, proceeding, alerting])
def test_the_desktop_dies_before_anybody_answers(begun: Callable[[], House]) -> None:
    """A call that nobody listens to is not made."""
    house = begun().at(7.0 if begun is alerting else 4.6, AgentLost(ANNA))
    assert house.cause() is Cause.DEVICE_LOST
    house.wait_until(60.0)
    assert house.agent(ANNA) == ("loggedOff", "")
    assert set(house.lines().values()) == {"idle"}


def test_an_operator_ends_it() -> None:
    house = alerting().at(9.0, ClearCall(OURS))
    assert house.cause() is Cause.NORMAL_CLEARING


def test_no_dial_tone_takes_the_next_line_and_raises_an_alarm_until_dial_tone_is_back() -> None:
    house = seizing()
    house.wait_until(6.0)
    assert [(hunted.tried, hunted.line, hunted.reason) for hunted in house.reports(LineHunted)] == [
        (L2, L1, "noDialTone")
    ]
    assert [(raised.alarm, raised.line) for raised in house.reports(AlarmRaised)] == [("noDialTone", L2)]
    assert house.did(Connect) == [Connect("L2", "A1001"), Connect("L1", "A1001")]
    assert house.did(Disconnect) == [Disconnect("L2", "A1001")]
    house.at(7.0, ToneHeard(L1, Tone.DIAL))
    house.at(10.0, ClearConnection(ANNA, OURS))
    assert not house.reports(AlarmCleared)
    house.at(20.0, MakeCall(BO, NUMBER)).at(21.0, ToneHeard(L2, Tone.DIAL))
    assert [(cleared.alarm, cleared.line) for cleared in house.reports(AlarmCleared)] == [("noDialTone", L2)]


def test_no_dial_tone_anywhere_ends_the_call() -> None:
    house = seizing()
    house.wait_until(12.0)
    assert house.cause() is Cause.RESOURCES_NOT_AVAILABLE
    assert [raised.line for raised in house.reports(AlarmRaised)] == [L2, L1]


def test_a_line_that_fails_while_dialling_is_replaced_by_another() -> None:
    house = dialling().at(3.0, LineFailed(L2, "no battery"))
    assert [(hunted.line, hunted.reason) for hunted in house.reports(LineHunted)] == [(L1, "fault")]
    house.at(4.0, ToneHeard(L1, Tone.DIAL))
    house.wait_until(5.0)
    assert [dial.line for dial in house.did(DialDigits)] == [L2, L1]


def test_a_line_that_fails_behind_the_number_ends_the_call() -> None:
    for house in (proceeding(), alerting()):
        house.at(9.0, LineFailed(L2, "no battery"))
        assert house.cause() is Cause.LINE_LOST
        assert not house.reports(LineHunted)


def test_an_operator_who_takes_the_line_meanwhile_gets_it_after_the_call() -> None:
    house = dialling().at(3.0, SetLineService(L2, in_service=False)).at(4.5, DialFinished(L2))
    house.at(6.0, ToneHeard(L2, Tone.BUSY))
    assert house.cause() is Cause.BUSY
    house.wait_until(20.0)
    assert house.lines()[L2] == "outOfService"


@pytest.mark.parametrize(
    ("tone", "cause"),
    [
        (Tone.BUSY, Cause.BUSY),
        (Tone.CONGESTION, Cause.NETWORK_CONGESTION),
        (Tone.VACANT, Cause.NUMBER_UNALLOCATED),
    ],
)
def test_a_refusal_ends_the_call_with_its_cause(tone: Tone, cause: Cause) -> None:
    house = proceeding().at(6.0, ToneHeard(L2, tone))
    assert house.cause() is cause
    assert "established" not in house.told()


def test_nobody_answers() -> None:
    house = alerting().at(60.0, ToneEnded(L2, Tone.RINGBACK)).at(60.5, ToneHeard(L2, Tone.BUSY))
    assert house.cause() is Cause.NO_ANSWER


def test_a_caller_who_is_quicker_is_served_and_our_call_goes_out_on_another_line() -> None:
    house = seizing().at(1.1, RingHeard(L2))
    assert house.told(THEIRS)[:2] == ["offered", "established"]
    assert [(hunted.line, hunted.reason) for hunted in house.reports(LineHunted)] == [(L1, "glare")]
    assert house.lines() == {L1: "seizing", L2: "connected"}
    house.at(2.0, ToneHeard(L1, Tone.DIAL)).at(4.0, DialFinished(L1)).at(5.0, ToneHeard(L1, Tone.RINGBACK))
    house.at(8.0, VoiceHeard(L1))
    assert house.told()[-1] == "established"


def test_the_caller_s_greeting_goes_on_when_our_call_finds_no_other_line() -> None:
    house = House().at(0.5, SetLineService(L1, in_service=False)).at(1.0, MakeCall(ANNA, NUMBER))
    house.at(1.1, RingHeard(L2))
    assert house.cause() is Cause.RESOURCES_NOT_AVAILABLE
    (greeting,) = house.did(PlayPrompt)
    house.at(4.0, PromptFinished(L2, greeting.playing))
    house.wait_until(11.0)  # the toy's patience ends behind its greeting: it noticed that it was over
    assert house.cause(THEIRS) is Cause.NORMAL_CLEARING


def test_a_caller_who_rings_while_the_agent_s_telephone_does_is_served() -> None:
    house = House().at(1.0, MakeCall(CAI, NUMBER)).at(3.0, RingHeard(L2))
    assert [(hunted.line, hunted.reason) for hunted in house.reports(LineHunted)] == [(L1, "glare")]
    assert house.lines() == {L1: "reserved", L2: "ringing"}
    house.at(5.0, HandsetLifted(X801))
    assert [(told.line, told.device) for told in house.reports(Originated)] == [(L1, "X801")]
    assert house.lines()[L1] == "seizing"


def test_the_only_line_goes_to_the_caller_and_the_agent_s_telephone_stops_ringing() -> None:
    house = House().at(0.5, SetLineService(L1, in_service=False)).at(1.0, MakeCall(CAI, NUMBER))
    house.at(3.0, RingHeard(L2))
    assert house.cause() is Cause.RESOURCES_NOT_AVAILABLE
    assert house.extension() == "onHook"


def test_the_telephone_rings_first_and_nothing_is_seized_before_it_is_lifted() -> None:
    house = seizing(CAI)
    assert (house.extension(), house.lines()[L2]) == ("ringing", "reserved")
    assert not house.did(GoOffHook)
    house.at(4.0, HandsetLifted(X801))
    assert house.did(GoOffHook) == [GoOffHook(L2)]
    assert house.did(Connect) == [Connect("L2", "X801")]


def test_a_telephone_that_is_not_lifted_ends_the_call_and_takes_the_agent_from_duty() -> None:
    house = House().at(0.5, SetReady(CAI)).at(1.0, MakeCall(CAI, NUMBER))
    house.wait_until(1.0 + RECALL_S)
    assert house.cause() is Cause.NO_ANSWER
    assert house.agent(CAI) == ("notReady", "noAnswer")
    assert (house.extension(), house.lines()[L2]) == ("onHook", "idle")
    assert not house.did(GoOnHook)


def test_a_telephone_that_is_in_hand_already_is_not_rung() -> None:
    house = House().at(0.5, HandsetLifted(X801)).at(1.0, MakeCall(CAI, NUMBER))
    assert house.extension() == "inUse"
    assert house.lines()[L2] == "seizing"


@pytest.mark.parametrize("second", [4.2, 5.0, 6.5, 9.0])
def test_putting_the_handset_down_ends_the_call(second: float) -> None:
    house = seizing(CAI).at(4.0, HandsetLifted(X801))
    story = [(4.5, ToneHeard(L2, Tone.DIAL)), (6.0, DialFinished(L2)), (8.0, ToneHeard(L2, Tone.RINGBACK))]
    for at, event in story:
        if at < second:
            house.at(at, event)
    house.at(second, HandsetReplaced(X801))
    assert house.cause() is Cause.CALL_CANCELLED
    assert house.extension() == "onHook"


def test_a_telephone_that_is_pulled_out_ends_the_call() -> None:
    house = seizing(CAI).at(4.0, HandsetLifted(X801)).at(5.0, ExtensionFailed(X801, "unplugged"))
    assert house.cause() is Cause.DEVICE_LOST
    house.wait_until(30.0)
    assert house.agent(CAI)[0] != "busy"


@pytest.mark.parametrize("number", ["", ",,", "114a", "+8613800000000", "1" * 33])
def test_what_nobody_can_dial_is_refused(number: str) -> None:
    assert House().refusal(MakeCall(ANNA, PhoneNumber(number))) == "undialable"


def test_an_agent_who_is_in_a_call_or_not_there_makes_none() -> None:
    house = alerting()
    assert house.refusal(MakeCall(ANNA, NUMBER)) == "wrongState"
    house.at(9.0, AgentLost(BO))
    assert house.refusal(MakeCall(BO, NUMBER)) == "wrongState"
    assert house.refusal(MakeCall(AgentId("nobody"), NUMBER)) == "unknownAgent"


def test_an_agent_whose_telephone_is_away_makes_none() -> None:
    house = House().at(1.0, ExtensionFailed(X801, "not registered"), LogOff(CAI), LogOn(CAI, (SERVICE,)))
    assert house.refusal(MakeCall(CAI, NUMBER)) == "telephoneOut"


def test_no_line_is_free() -> None:
    house = alerting().at(7.0, RingHeard(L1))
    assert house.refusal(MakeCall(BO, NUMBER)) == "noFreeLine"
    assert house.refusal(MakeCall(BO, NUMBER, L1)) == "lineBusy"
    assert house.refusal(MakeCall(BO, NUMBER, LineId(7))) == "unknownLine"


def test_a_line_that_takes_only_callers_is_neither_hunted_nor_to_be_asked_for() -> None:
    lines = tuple(replace(plan, outgoing=plan.line == L1) for plan in PLAN.lines)
    house = House(replace(PLAN, lines=lines)).at(1.0, MakeCall(ANNA, NUMBER))
    assert house.lines() == {L1: "seizing", L2: "idle"}
    assert house.refusal(MakeCall(BO, NUMBER)) == "noFreeLine"
    assert house.refusal(MakeCall(BO, NUMBER, L2)) == "lineForCallersOnly"
    house.wait_until(7.0)
    assert house.cause() is Cause.RESOURCES_NOT_AVAILABLE


def test_the_whole_number_stands_in_no_hop() -> None:
    house = talking().at(30.0, ToneHeard(L2, Tone.BUSY))
    assert NUMBER.reveal() not in repr(house.hops)
