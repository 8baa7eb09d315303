"""Calls over a trunk of China No.1: bits of a time slot, and numbers in compelled tones. By event and by audio."""

from dataclasses import replace
from pathlib import Path

import pytest

from calls.story import PLAN, Redraw, Story, audio_story, event_story
from cti_core.call_control.actions import Tell
from cti_core.call_control.cas_states import CasPlan
from cti_core.call_control.csta import Cleared, Delivered, Report
from cti_core.call_control.csta_calling import LineHunted
from cti_core.call_control.ids import LineId
from cti_core.call_control.line import LinePlan
from cti_core.call_control.privacy import PhoneNumber
from simulator.trunk_circuit import TrunkCircuit

L1, TRUNK = LineId(1), LineId(2)
TRUNKED = replace(PLAN, lines=(LinePlan(line=L1), CasPlan(line=TRUNK, number=PhoneNumber("62265000"))))


@pytest.fixture(params=["event", "audio"])
def story(request: pytest.FixtureRequest, redraw: Redraw | None, tmp_path: Path) -> Story:
    return event_story(redraw, TRUNKED) if request.param == "event" else audio_story(tmp_path, TRUNKED)


def reports(story: Story, kind: type[Report]) -> list[Report]:
    told = (hop.what.report for hop in story.world.hops if isinstance(hop.what, Tell))
    return [report for report in told if isinstance(report, kind)]


def line_state(story: Story, line: LineId = TRUNK) -> tuple[str, str]:
    view = story.world.switch.view(story.world.now)
    return next((one.state, one.reason) for one in view.lines if one.line == line)


class Look:
    """The line as it is at that second: when the world has ended, no call goes on."""

    def __init__(self, story: Story, second: float, line: LineId = TRUNK) -> None:
        self.seen = ("", "")
        story.world.at(second, lambda: self._look(story, line))

    def _look(self, story: Story, line: LineId) -> None:
        self.seen = line_state(story, line)


def at_desk(story: Story, name: str = "1001") -> None:
    story.agent(name).at(0.0).logs_on()
    story.agent(name).at(0.1).is_ready()


def test_a_call_comes_with_8_and_11_digits_and_is_answered_by_menu_and_agent(story: Story) -> None:
    """1.9 s from the seizure to our answer; the screen pop has both numbers; the caller hangs up."""
    at_desk(story)
    caller = story.caller(TRUNK)
    caller.at(1.0).dials()
    caller.at(20.0).presses("0")
    story.agent("1001").at(25.0).answers()
    caller.at(30.0).hangs_up()
    story.run(60.0)
    (delivered,) = reports(story, Delivered)
    assert isinstance(delivered, Delivered)
    assert delivered.caller is not None
    assert delivered.caller.reveal() == "13900000002"
    assert dict(delivered.data)["called"] == "62265000"
    story.expect("""
                   caller               line                 call                 dialogue             queue                agent                recorder             api
             0.00  |--bits 0011-------->|                    |                    |                    |                    |                    |                    |
             0.00  |                    |--rings------------>|                    |                    |                    |                    |                    |
             0.00  |<-bits 1111---------|                    |                    |                    |                    |                    |                    |
             0.00  |                    |                    |--offered---------------------------------------------------------------------------------------------->|
             0.04  |--forward •-------->|                    |                    |                    |                    |                    |                    |
             0.04  |<-backward 1--------|                    |                    |                    |                    |                    |                    |
             0.12  |--forward •-------->|                    |                    |                    |                    |                    |                    |
             0.12  |<-backward 1--------|                    |                    |                    |                    |                    |                    |
             0.20  |--forward •-------->|                    |                    |                    |                    |                    |                    |
             0.20  |<-backward 1--------|                    |                    |                    |                    |                    |                    |
             0.28  |--forward •-------->|                    |                    |                    |                    |                    |                    |
             0.28  |<-backward 1--------|                    |                    |                    |                    |                    |                    |
             0.36  |--forward •-------->|                    |                    |                    |                    |                    |                    |
             0.36  |<-backward 1--------|                    |                    |                    |                    |                    |                    |
             0.44  |--forward •-------->|                    |                    |                    |                    |                    |                    |
             0.44  |<-backward 1--------|                    |                    |                    |                    |                    |                    |
             0.52  |--forward •-------->|                    |                    |                    |                    |                    |                    |
             0.52  |<-backward 1--------|                    |                    |                    |                    |                    |                    |
             0.60  |--forward •-------->|                    |                    |                    |                    |                    |                    |
             0.60  |<-backward 6--------|                    |                    |                    |                    |                    |                    |
             0.68  |--forward •-------->|                    |                    |                    |                    |                    |                    |
             0.68  |<-backward 1--------|                    |                    |                    |                    |                    |                    |
             0.76  |--forward •-------->|                    |                    |                    |                    |                    |                    |
             0.76  |<-backward 1--------|                    |                    |                    |                    |                    |                    |
             0.84  |--forward •-------->|                    |                    |                    |                    |                    |                    |
             0.84  |<-backward 1--------|                    |                    |                    |                    |                    |                    |
             0.92  |--forward •-------->|                    |                    |                    |                    |                    |                    |
             0.92  |<-backward 1--------|                    |                    |                    |                    |                    |                    |
             1.00  |--forward •-------->|                    |                    |                    |                    |                    |                    |
             1.00  |<-backward 1--------|                    |                    |                    |                    |                    |                    |
             1.08  |--forward •-------->|                    |                    |                    |                    |                    |                    |
             1.08  |<-backward 1--------|                    |                    |                    |                    |                    |                    |
             1.16  |--forward •-------->|                    |                    |                    |                    |                    |                    |
             1.16  |<-backward 1--------|                    |                    |                    |                    |                    |                    |
             1.24  |--forward •-------->|                    |                    |                    |                    |                    |                    |
             1.24  |<-backward 1--------|                    |                    |                    |                    |                    |                    |
             1.32  |--forward •-------->|                    |                    |                    |                    |                    |                    |
             1.32  |<-backward 1--------|                    |                    |                    |                    |                    |                    |
             1.40  |--forward •-------->|                    |                    |                    |                    |                    |                    |
             1.40  |<-backward 1--------|                    |                    |                    |                    |                    |                    |
             1.48  |--forward •-------->|                    |                    |                    |                    |                    |                    |
             1.48  |<-backward 1--------|                    |                    |                    |                    |                    |                    |
             1.56  |--forward •-------->|                    |                    |                    |                    |                    |                    |
             1.56  |<-backward 1--------|                    |                    |                    |                    |                    |                    |
             1.64  |--forward 15------->|                    |                    |                    |                    |                    |                    |
             1.64  |<-backward 3--------|                    |                    |                    |                    |                    |                    |
             1.72  |--forward •-------->|                    |                    |                    |                    |                    |                    |
             1.72  |                    |--called ****5000-->|                    |                    |                    |                    |                    |
             1.72  |                    |--id 139****0002--->|                    |                    |                    |                    |                    |
             1.72  |<-backward 1--------|                    |                    |                    |                    |                    |                    |
             1.72  |                    |                    |--dataChanged------------------------------------------------------------------------------------------>|
             1.72  |                    |                    |--callerIdReceived------------------------------------------------------------------------------------->|
             1.92  |                    |* time-out
             1.92  |<-bits 0111---------|                    |                    |                    |                    |                    |                    |
             1.92  |                    |--answered--------->|                    |                    |                    |                    |                    |
             1.92  |                    |                    |--established ivr-------------------------------------------------------------------------------------->|
             1.92  |                    |                    |--record-------------------------------------------------------------------------->|                    |
             1.92  |                    |                    |--start------------>|                    |                    |                    |                    |
             1.92  |                    |                    |                    |                    |                    |                    |* start
             1.92  |                    |                    |                    |                    |                    |                    |--recording.started>|
             1.92  |                    |                    |<-at greeting-------|                    |                    |                    |                    |
             1.92  |<-play greeting.welcome---------------------------------------|                    |                    |                    |                    |
             5.70  |--prompt finished-------------------------------------------->|                    |                    |                    |                    |
             5.70  |                    |                    |<-at notice---------|                    |                    |                    |                    |
             5.70  |<-play greeting.recorded--------------------------------------|                    |                    |                    |                    |
            11.90  |--prompt finished-------------------------------------------->|                    |                    |                    |                    |
            11.90  |                    |                    |<-at emergency------|                    |                    |                    |                    |
            11.90  |<-play greeting.emergency-------------------------------------|                    |                    |                    |                    |
            14.58  |--prompt finished-------------------------------------------->|                    |                    |                    |                    |
            14.58  |                    |                    |<-at main_menu------|                    |                    |                    |                    |
            14.58  |<-play menu.main----------------------------------------------|                    |                    |                    |                    |
            19.04  |--digit 0---------------------------------------------------->|                    |                    |                    |                    |
            19.04  |<-stop playing------------------------------------------------|                    |                    |                    |                    |
            19.04  |                    |                    |<-at to_agent-------|                    |                    |                    |                    |
            19.04  |                    |                    |<-to service--------|                    |                    |                    |                    |
            19.04  |                    |                    |--join---------------------------------->|                    |                    |                    |
            19.04  |                    |                    |                    |                    |--queued service 1------------------------------------------->|
            19.04  |                    |                    |                    |                    |--routed 1001------------------------------------------------>|
            19.04  |                    |                    |<-agent 1001-----------------------------|                    |                    |                    |
            19.04  |                    |                    |--offer------------------------------------------------------>|                    |                    |
            19.04  |                    |                    |--delivered 1001--------------------------------------------------------------------------------------->|
            19.04  |<-play queue.connecting------------------|                    |                    |                    |                    |                    |
            19.04  |                    |                    |                    |                    |                    |--agent.busy alerting------------------->|
            22.16  |--prompt finished----------------------->|                    |                    |                    |                    |                    |
            22.16  |<-music----------------------------------|                    |                    |                    |                    |                    |
            24.00  |                    |                    |                    |                    |                    |<-AnswerCall by 1001---------------------|
            24.00  |                    |                    |<-answered----------------------------------------------------|                    |                    |
            24.00  |                    |                    |                    |                    |                    |--agent.busy---------------------------->|
            24.00  |<-stop playing---------------------------|                    |                    |                    |                    |                    |
            24.00  |                    |                    |--hears L2--------------------------------------------------->|                    |                    |
            24.00  |<-hears A1001----------------------------|                    |                    |                    |                    |                    |
            24.00  |                    |                    |--established A1001------------------------------------------------------------------------------------>|
            29.00  |--bits 1011-------->|                    |                    |                    |                    |                    |                    |
            29.00  |<-bits 1011---------|                    |                    |                    |                    |                    |                    |
            29.00  |                    |--cleared---------->|                    |                    |                    |                    |                    |
            29.00  |                    |                    |--hears L2 no more------------------------------------------->|                    |                    |
            29.00  |<-hears A1001 no more--------------------|                    |                    |                    |                    |                    |
            29.00  |                    |                    |--ended------------------------------------------------------>|                    |                    |
            29.00  |<-stop playing---------------------------|                    |                    |                    |                    |                    |
            29.00  |                    |                    |--end----------------------------------------------------------------------------->|                    |
            29.00  |                    |                    |--connectionCleared L2 normalClearing------------------------------------------------------------------>|
            29.00  |                    |                    |--cleared normalClearing------------------------------------------------------------------------------->|
            29.00  |                    |                    |                    |                    |                    |--agent.workingAfterCall---------------->|
            29.00  |                    |                    |                    |                    |                    |                    |* stop
            29.02  |                    |                    |                    |                    |                    |                    |* closed
            29.02  |                    |                    |                    |                    |                    |                    |--recording.ready-->|
        """)
    story.expect_rest()


def test_a_call_of_ours_is_answered_for_sure_and_cleared_by_who_was_called(story: Story) -> None:
    """The agent hears the trunk from the ringback on, and never a register signal."""
    at_desk(story)
    story.agent("1001").at(1.0).calls("80012345")
    story.called("80012345").at(12.0).hangs_up()
    story.run(40.0)
    story.expect("""
                   caller               line                 call                 agent                recorder             api
             0.00  |                    |                    |<-MakeCall ****2345 by 1001-----------------------------------|
             0.00  |                    |                    |--serviceInitiated ****2345---------------------------------->|
             0.00  |                    |<-reserve-----------|                    |                    |                    |
             0.00  |                    |                    |--your call-------->|                    |                    |
             0.00  |                    |                    |<-is there----------|                    |                    |
             0.00  |                    |                    |                    |--agent.busy---------------------------->|
             0.00  |                    |                    |--originated A1001------------------------------------------->|
             0.00  |                    |<-seize-------------|                    |                    |                    |
             0.00  |<-bits 0011---------|                    |                    |                    |                    |
             0.02  |--bits 1111-------->|                    |                    |                    |                    |
             0.02  |<-forward •---------|                    |                    |                    |                    |
             0.06  |--backward 1------->|                    |                    |                    |                    |
             0.10  |<-forward •---------|                    |                    |                    |                    |
             0.14  |--backward 1------->|                    |                    |                    |                    |
             0.18  |<-forward •---------|                    |                    |                    |                    |
             0.22  |--backward 1------->|                    |                    |                    |                    |
             0.26  |<-forward •---------|                    |                    |                    |                    |
             0.30  |--backward 1------->|                    |                    |                    |                    |
             0.34  |<-forward •---------|                    |                    |                    |                    |
             0.38  |--backward 1------->|                    |                    |                    |                    |
             0.42  |<-forward •---------|                    |                    |                    |                    |
             0.46  |--backward 1------->|                    |                    |                    |                    |
             0.50  |<-forward •---------|                    |                    |                    |                    |
             0.54  |--backward 1------->|                    |                    |                    |                    |
             0.58  |<-forward •---------|                    |                    |                    |                    |
             0.62  |--backward 6------->|                    |                    |                    |                    |
             0.66  |<-forward •---------|                    |                    |                    |                    |
             0.70  |--backward 1------->|                    |                    |                    |                    |
             0.74  |<-forward •---------|                    |                    |                    |                    |
             0.78  |--backward 1------->|                    |                    |                    |                    |
             0.82  |<-forward •---------|                    |                    |                    |                    |
             0.86  |--backward 1------->|                    |                    |                    |                    |
             0.90  |<-forward •---------|                    |                    |                    |                    |
             0.94  |--backward 1------->|                    |                    |                    |                    |
             0.98  |<-forward •---------|                    |                    |                    |                    |
             1.02  |--backward 1------->|                    |                    |                    |                    |
             1.06  |<-forward •---------|                    |                    |                    |                    |
             1.10  |--backward 1------->|                    |                    |                    |                    |
             1.14  |<-forward •---------|                    |                    |                    |                    |
             1.18  |--backward 1------->|                    |                    |                    |                    |
             1.22  |<-forward •---------|                    |                    |                    |                    |
             1.26  |--backward 1------->|                    |                    |                    |                    |
             1.30  |<-forward •---------|                    |                    |                    |                    |
             1.34  |--backward 1------->|                    |                    |                    |                    |
             1.38  |<-forward 15--------|                    |                    |                    |                    |
             1.42  |--backward 3------->|                    |                    |                    |                    |
             1.46  |<-forward •---------|                    |                    |                    |                    |
             1.50  |--backward 1------->|                    |                    |                    |                    |
             1.54  |                    |--seized----------->|                    |                    |                    |
             1.54  |                    |--dialled---------->|                    |                    |                    |
             1.54  |                    |--ringback--------->|                    |                    |                    |
             1.54  |                    |                    |--hears L2--------->|                    |                    |
             1.54  |<-hears A1001----------------------------|                    |                    |                    |
             1.54  |                    |                    |--record-------------------------------->|                    |
             1.54  |                    |                    |--networkReached L2------------------------------------------>|
             1.54  |                    |                    |--farEndAlerting--------------------------------------------->|
             1.54  |                    |                    |                    |                    |* start
             1.54  |                    |                    |                    |                    |--recording.started>|
             3.02  |--ringback tone---->|                    |                    |                    |                    |
             8.02  |--bits 0111-------->|                    |                    |                    |                    |
             8.02  |                    |--answered--------->|                    |                    |                    |
             8.02  |                    |                    |--established L2--------------------------------------------->|
            11.00  |--bits 1111-------->|                    |                    |                    |                    |
            11.00  |<-bits 1011---------|                    |                    |                    |                    |
            11.00  |                    |--cleared---------->|                    |                    |                    |
            11.00  |                    |                    |--hears L2 no more->|                    |                    |
            11.00  |<-hears A1001 no more--------------------|                    |                    |                    |
            11.00  |                    |                    |--ended------------>|                    |                    |
            11.00  |<-stop playing---------------------------|                    |                    |                    |
            11.00  |                    |                    |--end----------------------------------->|                    |
            11.00  |                    |                    |--connectionCleared L2 normalClearing------------------------>|
            11.00  |                    |                    |--cleared normalClearing------------------------------------->|
            11.00  |                    |                    |                    |--agent.workingAfterCall---------------->|
            11.00  |                    |                    |                    |                    |* stop
            11.02  |                    |                    |                    |                    |* closed
            11.02  |                    |                    |                    |                    |--recording.ready-->|
        """)
    story.expect_rest()


@pytest.mark.parametrize(
    ("number", "cause"), [("6001", "busy"), ("6002", "networkCongestion"), ("6003", "numberUnallocated")]
)
def test_a_number_that_is_refused_says_why_within_two_seconds(story: Story, number: str, cause: str) -> None:
    """In the register, not in tones."""
    at_desk(story)
    story.agent("1001").at(1.0).calls(number)
    story.run(10.0)
    (cleared,) = reports(story, Cleared)
    assert isinstance(cleared, Cleared)
    assert cleared.cause == cause
    assert cleared.ringing_s < 2.0
    story.expect_rest()


def test_keys_of_the_agent_go_out_on_a_trunk_too_and_then_the_agent_is_heard_again(story: Story) -> None:
    at_desk(story)
    story.agent("1001").at(1.0).calls("80012345")
    story.agent("1001").at(12.0).sends("12")
    story.agent("1001").at(16.0).clears()
    story.run(30.0)
    rows = [row.text for row in story.world.ladder_rows(story.world.calls()[0])]
    sent = rows.index("send ••")
    assert rows[sent - 1] == "hears A1001 no more"
    assert rows[rows.index("dialled", sent) + 1] == "hears A1001"
    story.expect_rest()


def test_a_caller_hangs_up_in_the_middle_of_the_number(story: Story) -> None:
    """The call stands in the books, the trunk is free at once."""
    caller = story.caller(TRUNK)
    caller.at(1.0).dials()
    caller.at(1.5).hangs_up()
    caller.at(1.7).dials()
    look = Look(story, 4.5)
    story.run(5.0)
    first = reports(story, Cleared)[0]
    assert isinstance(first, Cleared)
    assert (first.cause, first.talking_s, first.dialogue_s) == ("callCancelled", 0.0, 0.0)
    assert look.seen == ("connected", "")


def test_registers_that_fall_silent_end_in_a_refusal_and_a_free_trunk(story: Story) -> None:
    """15 s without a signal, then an A4 pulse, which the exchange understands."""
    story.caller(TRUNK).at(1.0).dials()
    story.world.at(1.4, lambda: story.world.trunk(TRUNK, TrunkCircuit.fall_mute))
    story.run(25.0)
    (cleared,) = reports(story, Cleared)
    assert isinstance(cleared, Cleared)
    assert cleared.cause == "networkSignal"
    assert 15.0 < cleared.ringing_s < 16.0
    story.expect_rest()


def test_a_blocked_trunk_is_passed_over_and_comes_back_by_itself(story: Story) -> None:
    at_desk(story)
    story.world.at(1.0, lambda: block(story, on=True))
    story.agent("1001").at(2.0).calls("80012345")
    trunk, other = Look(story, 4.0), Look(story, 4.0, L1)
    story.run(5.0)
    assert trunk.seen == ("outOfService", "blocked by the far end")
    assert other.seen[0] in {"seizing", "dialling"}


def test_an_unblocked_trunk_takes_calls(story: Story) -> None:
    story.world.at(1.0, lambda: block(story, on=True))
    story.world.at(2.0, lambda: block(story, on=False))
    story.caller(TRUNK).at(3.0).dials()
    look = Look(story, 6.0)
    story.run(7.0)
    assert look.seen == ("connected", "")


def test_a_trunk_that_does_not_acknowledge_is_an_alarm_and_the_call_hunts_on(story: Story) -> None:
    at_desk(story)
    story.world.at(0.5, lambda: story.world.trunk(TRUNK, deafen))
    story.agent("1001").at(1.0).calls("80012345")
    look = Look(story, 4.0)
    story.run(5.0)
    (hunted,) = reports(story, LineHunted)
    assert isinstance(hunted, LineHunted)
    assert (hunted.line, hunted.tried, hunted.reason) == (L1, TRUNK, "fault")
    assert look.seen == ("idle", "")


def test_both_ends_seize_both_yield_and_our_call_hunts_on(story: Story) -> None:
    """The caller hears busy tone, as everybody whose exchange finds no trunk."""
    at_desk(story)
    story.agent("1001").at(1.0).calls("80012345")
    story.caller(TRUNK).at(1.0).dials()
    look = Look(story, 4.0)
    story.run(5.0)
    (hunted,) = reports(story, LineHunted)
    assert isinstance(hunted, LineHunted)
    assert (hunted.line, hunted.reason) == (L1, "glare")
    assert look.seen == ("idle", "")


def test_the_house_hangs_up_first_and_the_trunk_is_free_when_the_caller_has_too(story: Story) -> None:
    at_desk(story)
    caller = story.caller(TRUNK)
    caller.at(1.0).dials()
    caller.at(20.0).presses("0")
    story.agent("1001").at(25.0).answers()
    story.agent("1001").at(30.0).clears()
    story.run(60.0)
    (cleared,) = reports(story, Cleared)
    assert isinstance(cleared, Cleared)
    assert cleared.cause == "normalClearing"
    story.expect_rest()


def block(story: Story, *, on: bool) -> None:
    story.world.trunk(TRUNK, lambda circuit: circuit.block(story.world.now, on=on))


def deafen(circuit: TrunkCircuit) -> None:
    circuit.deaf = True
