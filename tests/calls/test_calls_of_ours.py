"""Calls that agents make: out on the last free line, answered or not, and what callers notice of it, who come first."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from calls.story import PLAN, Redraw, Story, audio_story, event_story, voice
from cti_core.call_control.actions import Language
from cti_core.call_control.agent import AgentPlan
from cti_core.call_control.extension import ExtensionPlan
from cti_core.call_control.ids import AgentId, ExtensionId, LineId, PromptId
from cti_core.call_control.machines import SwitchPlan
from simulator.announcement import announcement
from simulator.line_model import DialTone, LineModel

SOMEBODY, NOBODY = "88001234", "6005"  # of `simulator.dial_plan.CITY`: lifts in the second ring; only when told to
BUSY, VACANT, ANNOUNCED = "6001", "6003", "6004"
LAST = 8  # the line that calls of ours take first
POLARITY = replace(PLAN, lines=tuple(replace(plan, polarity_answers=True, polarity_clears=True) for plan in PLAN.lines))
DESK = replace(
    PLAN,
    agents=(AgentPlan(agent=AgentId("1001"), extension=ExtensionId("801")),),
    extensions=(ExtensionPlan(extension=ExtensionId("801"), agent=AgentId("1001")),),
)

Tell = Callable[..., Story]


def with_last(model: LineModel) -> tuple[LineModel, ...]:
    """All lines are ordinary but the last one."""
    return tuple(model if plan.line == LineId(LAST) else LineModel() for plan in PLAN.lines)


@pytest.fixture(params=["event", "audio"])
def tell(request: pytest.FixtureRequest, redraw: Redraw | None, tmp_path: Path) -> Tell:
    """The house of a story, by event or by audio."""

    def house(plan: SwitchPlan = PLAN, models: Sequence[LineModel] | None = None) -> Story:
        by_event = request.param == "event"
        return event_story(redraw, plan, models) if by_event else audio_story(tmp_path, plan, models)

    return house


def words() -> NDArray[np.int16]:
    return voice().samples((PromptId("greeting.welcome"),), Language.ZH)


def calling(story: Story, number: str) -> None:
    agent = story.agent("1001")
    agent.at(0.0).logs_on()
    agent.at(1.0).calls(number)


def lived(story: Story, until_s: float, number: str) -> None:
    story.run(until_s)
    assert number not in repr(story.world.hops), "a number that nobody masked"


def test_a_person_answers_and_hangs_up(tell: Tell) -> None:
    """Nobody tells either: it is estimated by the voice behind the ringback, and known by busy tone."""
    story = tell()
    calling(story, NOBODY)
    story.called(NOBODY).at(12.0).answers()
    story.called(NOBODY).at(12.4).says(words())
    story.called(NOBODY).at(30.0).hangs_up()
    lived(story, 60.0, NOBODY)
    story.expect("""
                   caller               line                 call                 agent                recorder             api
             0.00  |                    |                    |<-MakeCall **05 by 1001---------------------------------------|
             0.00  |                    |                    |--serviceInitiated **05-------------------------------------->|
             0.00  |                    |<-reserve-----------|                    |                    |                    |
             0.00  |                    |                    |--your call-------->|                    |                    |
             0.00  |                    |                    |<-is there----------|                    |                    |
             0.00  |                    |                    |                    |--agent.busy---------------------------->|
             0.00  |                    |                    |--originated A1001------------------------------------------->|
             0.00  |                    |<-seize-------------|                    |                    |                    |
             0.00  |<-off-hook----------|                    |                    |                    |                    |
             0.00  |                    |--seized----------->|                    |                    |                    |
             0.00  |                    |                    |--hears L8--------->|                    |                    |
             1.50  |--dial tone-------->|                    |                    |                    |                    |
             1.80  |                    |* time-out
             1.80  |<-dial **05---------|                    |                    |                    |                    |
             2.60  |--dialled---------->|                    |                    |                    |                    |
             2.60  |                    |--dialled---------->|                    |                    |                    |
             2.60  |<-hears A1001----------------------------|                    |                    |                    |
             2.60  |                    |                    |--record-------------------------------->|                    |
             2.60  |                    |                    |--networkReached L8------------------------------------------>|
             2.60  |                    |                    |                    |                    |* start
             2.60  |                    |                    |                    |                    |--recording.started>|
             4.44  |--ringback tone---->|                    |                    |                    |                    |
             4.44  |                    |--ringback--------->|                    |                    |                    |
             4.44  |                    |                    |--farEndAlerting--------------------------------------------->|
            11.72  |--ringback tone en…>|                    |                    |                    |                    |
            11.72  |--voice------------>|                    |                    |                    |                    |
            11.72  |                    |--answered--------->|                    |                    |                    |
            11.72  |                    |                    |--established L8 estimated----------------------------------->|
            30.08  |--busy tone-------->|                    |                    |                    |                    |
            30.08  |<-on-hook-----------|                    |                    |                    |                    |
            30.08  |                    |--cleared---------->|                    |                    |                    |
            30.08  |                    |                    |--hears L8 no more->|                    |                    |
            30.08  |<-hears A1001 no more--------------------|                    |                    |                    |
            30.08  |                    |                    |--ended------------>|                    |                    |
            30.08  |<-stop playing---------------------------|                    |                    |                    |
            30.08  |                    |                    |--end----------------------------------->|                    |
            30.08  |                    |                    |--connectionCleared L8 normalClearing------------------------>|
            30.08  |                    |                    |--cleared normalClearing------------------------------------->|
            30.08  |                    |                    |                    |--agent.workingAfterCall---------------->|
            30.08  |                    |                    |                    |                    |* stop
            30.10  |                    |                    |                    |                    |* closed
            30.10  |                    |                    |                    |                    |--recording.ready-->|
        """)
    story.expect_rest()


def test_somebody_lifts_and_says_nothing(tell: Tell) -> None:
    """The ringback does not go on: 7 s after the answer it is taken for one."""
    story = tell()
    calling(story, SOMEBODY)
    story.agent("1001").at(30.0).clears()
    lived(story, 60.0, SOMEBODY)
    story.expect("""
                   caller               line                 call                 agent                recorder             api
             0.00  |                    |                    |<-MakeCall 880*1234 by 1001-----------------------------------|
             0.00  |                    |                    |--serviceInitiated 880*1234---------------------------------->|
             0.00  |                    |<-reserve-----------|                    |                    |                    |
             0.00  |                    |                    |--your call-------->|                    |                    |
             0.00  |                    |                    |<-is there----------|                    |                    |
             0.00  |                    |                    |                    |--agent.busy---------------------------->|
             0.00  |                    |                    |--originated A1001------------------------------------------->|
             0.00  |                    |<-seize-------------|                    |                    |                    |
             0.00  |<-off-hook----------|                    |                    |                    |                    |
             0.00  |                    |--seized----------->|                    |                    |                    |
             0.00  |                    |                    |--hears L8--------->|                    |                    |
             1.50  |--dial tone-------->|                    |                    |                    |                    |
             1.80  |                    |* time-out
             1.80  |<-dial 880*1234-----|                    |                    |                    |                    |
             3.40  |--dialled---------->|                    |                    |                    |                    |
             3.40  |                    |--dialled---------->|                    |                    |                    |
             3.40  |<-hears A1001----------------------------|                    |                    |                    |
             3.40  |                    |                    |--record-------------------------------->|                    |
             3.40  |                    |                    |--networkReached L8------------------------------------------>|
             3.40  |                    |                    |                    |                    |* start
             3.40  |                    |                    |                    |                    |--recording.started>|
             5.24  |--ringback tone---->|                    |                    |                    |                    |
             5.24  |                    |--ringback--------->|                    |                    |                    |
             5.24  |                    |                    |--farEndAlerting--------------------------------------------->|
            14.36  |--ringback tone en…>|                    |                    |                    |                    |
            17.36  |                    |* time-out
            17.36  |                    |--answered--------->|                    |                    |                    |
            17.36  |                    |                    |--established L8 estimated----------------------------------->|
            29.00  |                    |                    |<-ClearConnection by 1001-------------------------------------|
            29.00  |                    |<-release-----------|                    |                    |                    |
            29.00  |<-on-hook-----------|                    |                    |                    |                    |
            29.00  |                    |--cleared---------->|                    |                    |                    |
            29.00  |                    |                    |--hears L8 no more->|                    |                    |
            29.00  |<-hears A1001 no more--------------------|                    |                    |                    |
            29.00  |                    |                    |--ended------------>|                    |                    |
            29.00  |<-stop playing---------------------------|                    |                    |                    |
            29.00  |                    |                    |--end----------------------------------->|                    |
            29.00  |                    |                    |--connectionCleared L8 normalClearing------------------------>|
            29.00  |                    |                    |--cleared normalClearing------------------------------------->|
            29.00  |                    |                    |                    |--agent.workingAfterCall---------------->|
            29.00  |                    |                    |                    |                    |* stop
            29.02  |                    |                    |                    |                    |* closed
            29.02  |                    |                    |                    |                    |--recording.ready-->|
        """)
    story.expect_rest()


def test_a_line_with_polarity_tells_the_answer_and_the_end(tell: Tell) -> None:
    story = tell(POLARITY, [LineModel(polarity_reversal=True)] * 8)
    calling(story, SOMEBODY)
    story.called(SOMEBODY).at(30.0).hangs_up()
    lived(story, 60.0, SOMEBODY)
    story.expect("""
                   caller               line                 call                 agent                recorder             api
             0.00  |                    |                    |<-MakeCall 880*1234 by 1001-----------------------------------|
             0.00  |                    |                    |--serviceInitiated 880*1234---------------------------------->|
             0.00  |                    |<-reserve-----------|                    |                    |                    |
             0.00  |                    |                    |--your call-------->|                    |                    |
             0.00  |                    |                    |<-is there----------|                    |                    |
             0.00  |                    |                    |                    |--agent.busy---------------------------->|
             0.00  |                    |                    |--originated A1001------------------------------------------->|
             0.00  |                    |<-seize-------------|                    |                    |                    |
             0.00  |<-off-hook----------|                    |                    |                    |                    |
             0.00  |                    |--seized----------->|                    |                    |                    |
             0.00  |                    |                    |--hears L8--------->|                    |                    |
             1.50  |--dial tone-------->|                    |                    |                    |                    |
             1.80  |                    |* time-out
             1.80  |<-dial 880*1234-----|                    |                    |                    |                    |
             3.40  |--dialled---------->|                    |                    |                    |                    |
             3.40  |                    |--dialled---------->|                    |                    |                    |
             3.40  |<-hears A1001----------------------------|                    |                    |                    |
             3.40  |                    |                    |--record-------------------------------->|                    |
             3.40  |                    |                    |--networkReached L8------------------------------------------>|
             3.40  |                    |                    |                    |                    |* start
             3.40  |                    |                    |                    |                    |--recording.started>|
             5.24  |--ringback tone---->|                    |                    |                    |                    |
             5.24  |                    |--ringback--------->|                    |                    |                    |
             5.24  |                    |                    |--farEndAlerting--------------------------------------------->|
            10.34  |--polarity reversed>|                    |                    |                    |                    |
            10.34  |                    |--answered--------->|                    |                    |                    |
            10.34  |                    |                    |--established L8--------------------------------------------->|
            29.10  |--polarity reversed>|                    |                    |                    |                    |
            29.10  |<-on-hook-----------|                    |                    |                    |                    |
            29.10  |                    |--cleared---------->|                    |                    |                    |
            29.10  |                    |                    |--hears L8 no more->|                    |                    |
            29.10  |<-hears A1001 no more--------------------|                    |                    |                    |
            29.10  |                    |                    |--ended------------>|                    |                    |
            29.10  |<-stop playing---------------------------|                    |                    |                    |
            29.10  |                    |                    |--end----------------------------------->|                    |
            29.10  |                    |                    |--connectionCleared L8 normalClearing------------------------>|
            29.10  |                    |                    |--cleared normalClearing------------------------------------->|
            29.10  |                    |                    |                    |--agent.workingAfterCall---------------->|
            29.10  |                    |                    |                    |                    |* stop
            29.12  |                    |                    |                    |                    |* closed
            29.12  |                    |                    |                    |                    |--recording.ready-->|
        """)
    story.expect_rest()


def test_a_caller_on_a_line_with_polarity_is_served(tell: Tell) -> None:
    """The exchange reverses at our answer as well; that is no hang-up."""
    story = tell(POLARITY, [LineModel(polarity_reversal=True)] * 8)
    story.caller(1).at(1.0).dials()
    story.caller(1).at(20.0).hangs_up()
    story.run(40.0)
    ended = [row for row in story.world.ladder_rows(story.world.calls()[0]) if row.text.startswith("cleared ")]
    assert [row.at > 20.0 * 8000 for row in ended] == [True]
    story.expect_rest()


def test_the_number_is_busy(tell: Tell) -> None:
    story = tell()
    calling(story, BUSY)
    lived(story, 40.0, BUSY)
    story.expect("""
                   caller               line                 call                 agent                recorder             api
             0.00  |                    |                    |<-MakeCall **01 by 1001---------------------------------------|
             0.00  |                    |                    |--serviceInitiated **01-------------------------------------->|
             0.00  |                    |<-reserve-----------|                    |                    |                    |
             0.00  |                    |                    |--your call-------->|                    |                    |
             0.00  |                    |                    |<-is there----------|                    |                    |
             0.00  |                    |                    |                    |--agent.busy---------------------------->|
             0.00  |                    |                    |--originated A1001------------------------------------------->|
             0.00  |                    |<-seize-------------|                    |                    |                    |
             0.00  |<-off-hook----------|                    |                    |                    |                    |
             0.00  |                    |--seized----------->|                    |                    |                    |
             0.00  |                    |                    |--hears L8--------->|                    |                    |
             1.50  |--dial tone-------->|                    |                    |                    |                    |
             1.80  |                    |* time-out
             1.80  |<-dial **01---------|                    |                    |                    |                    |
             2.60  |--dialled---------->|                    |                    |                    |                    |
             2.60  |                    |--dialled---------->|                    |                    |                    |
             2.60  |<-hears A1001----------------------------|                    |                    |                    |
             2.60  |                    |                    |--record-------------------------------->|                    |
             2.60  |                    |                    |--networkReached L8------------------------------------------>|
             2.60  |                    |                    |                    |                    |* start
             2.60  |                    |                    |                    |                    |--recording.started>|
             4.02  |--busy tone-------->|                    |                    |                    |                    |
             4.02  |<-on-hook-----------|                    |                    |                    |                    |
             4.02  |                    |--cleared---------->|                    |                    |                    |
             4.02  |                    |                    |--hears L8 no more->|                    |                    |
             4.02  |<-hears A1001 no more--------------------|                    |                    |                    |
             4.02  |                    |                    |--ended------------>|                    |                    |
             4.02  |<-stop playing---------------------------|                    |                    |                    |
             4.02  |                    |                    |--end----------------------------------->|                    |
             4.02  |                    |                    |--connectionCleared L8 busy---------------------------------->|
             4.02  |                    |                    |--cleared busy----------------------------------------------->|
             4.02  |                    |                    |                    |--agent.workingAfterCall---------------->|
             4.02  |                    |                    |                    |                    |* stop
             4.04  |                    |                    |                    |                    |* closed
             4.04  |                    |                    |                    |                    |--recording.ready-->|
        """)
    story.expect_rest()


def test_nobody_answers(tell: Tell) -> None:
    story = tell(models=[LineModel(ringback_s=22.0)] * 8)
    calling(story, NOBODY)
    lived(story, 60.0, NOBODY)
    story.expect("""
                   caller               line                 call                 agent                recorder             api
             0.00  |                    |                    |<-MakeCall **05 by 1001---------------------------------------|
             0.00  |                    |                    |--serviceInitiated **05-------------------------------------->|
             0.00  |                    |<-reserve-----------|                    |                    |                    |
             0.00  |                    |                    |--your call-------->|                    |                    |
             0.00  |                    |                    |<-is there----------|                    |                    |
             0.00  |                    |                    |                    |--agent.busy---------------------------->|
             0.00  |                    |                    |--originated A1001------------------------------------------->|
             0.00  |                    |<-seize-------------|                    |                    |                    |
             0.00  |<-off-hook----------|                    |                    |                    |                    |
             0.00  |                    |--seized----------->|                    |                    |                    |
             0.00  |                    |                    |--hears L8--------->|                    |                    |
             1.50  |--dial tone-------->|                    |                    |                    |                    |
             1.80  |                    |* time-out
             1.80  |<-dial **05---------|                    |                    |                    |                    |
             2.60  |--dialled---------->|                    |                    |                    |                    |
             2.60  |                    |--dialled---------->|                    |                    |                    |
             2.60  |<-hears A1001----------------------------|                    |                    |                    |
             2.60  |                    |                    |--record-------------------------------->|                    |
             2.60  |                    |                    |--networkReached L8------------------------------------------>|
             2.60  |                    |                    |                    |                    |* start
             2.60  |                    |                    |                    |                    |--recording.started>|
             4.44  |--ringback tone---->|                    |                    |                    |                    |
             4.44  |                    |--ringback--------->|                    |                    |                    |
             4.44  |                    |                    |--farEndAlerting--------------------------------------------->|
            25.32  |--ringback tone en…>|                    |                    |                    |                    |
            26.02  |--busy tone-------->|                    |                    |                    |                    |
            26.02  |<-on-hook-----------|                    |                    |                    |                    |
            26.02  |                    |--cleared---------->|                    |                    |                    |
            26.02  |                    |                    |--hears L8 no more->|                    |                    |
            26.02  |<-hears A1001 no more--------------------|                    |                    |                    |
            26.02  |                    |                    |--ended------------>|                    |                    |
            26.02  |<-stop playing---------------------------|                    |                    |                    |
            26.02  |                    |                    |--end----------------------------------->|                    |
            26.02  |                    |                    |--connectionCleared L8 noAnswer------------------------------>|
            26.02  |                    |                    |--cleared noAnswer------------------------------------------->|
            26.02  |                    |                    |                    |--agent.workingAfterCall---------------->|
            26.02  |                    |                    |                    |                    |* stop
            26.04  |                    |                    |                    |                    |* closed
            26.04  |                    |                    |                    |                    |--recording.ready-->|
        """)
    story.expect_rest()


def test_there_is_no_such_number(tell: Tell) -> None:
    story = tell()
    calling(story, VACANT)
    lived(story, 40.0, VACANT)
    story.expect("""
                   caller               line                 call                 agent                recorder             api
             0.00  |                    |                    |<-MakeCall **03 by 1001---------------------------------------|
             0.00  |                    |                    |--serviceInitiated **03-------------------------------------->|
             0.00  |                    |<-reserve-----------|                    |                    |                    |
             0.00  |                    |                    |--your call-------->|                    |                    |
             0.00  |                    |                    |<-is there----------|                    |                    |
             0.00  |                    |                    |                    |--agent.busy---------------------------->|
             0.00  |                    |                    |--originated A1001------------------------------------------->|
             0.00  |                    |<-seize-------------|                    |                    |                    |
             0.00  |<-off-hook----------|                    |                    |                    |                    |
             0.00  |                    |--seized----------->|                    |                    |                    |
             0.00  |                    |                    |--hears L8--------->|                    |                    |
             1.50  |--dial tone-------->|                    |                    |                    |                    |
             1.80  |                    |* time-out
             1.80  |<-dial **03---------|                    |                    |                    |                    |
             2.60  |--dialled---------->|                    |                    |                    |                    |
             2.60  |                    |--dialled---------->|                    |                    |                    |
             2.60  |<-hears A1001----------------------------|                    |                    |                    |
             2.60  |                    |                    |--record-------------------------------->|                    |
             2.60  |                    |                    |--networkReached L8------------------------------------------>|
             2.60  |                    |                    |                    |                    |* start
             2.60  |                    |                    |                    |                    |--recording.started>|
             3.96  |--vacant tone------>|                    |                    |                    |                    |
             3.96  |<-on-hook-----------|                    |                    |                    |                    |
             3.96  |                    |--cleared---------->|                    |                    |                    |
             3.96  |                    |                    |--hears L8 no more->|                    |                    |
             3.96  |<-hears A1001 no more--------------------|                    |                    |                    |
             3.96  |                    |                    |--ended------------>|                    |                    |
             3.96  |<-stop playing---------------------------|                    |                    |                    |
             3.96  |                    |                    |--end----------------------------------->|                    |
             3.96  |                    |                    |--connectionCleared L8 numberUnallocated--------------------->|
             3.96  |                    |                    |--cleared numberUnallocated---------------------------------->|
             3.96  |                    |                    |                    |--agent.workingAfterCall---------------->|
             3.96  |                    |                    |                    |                    |* stop
             3.98  |                    |                    |                    |                    |* closed
             3.98  |                    |                    |                    |                    |--recording.ready-->|
        """)
    story.expect_rest()


def test_an_announcement_says_so(tell: Tell) -> None:
    """A voice before any ringback is no answer while busy tone may follow."""
    story = tell()
    calling(story, ANNOUNCED)
    lived(story, 40.0, ANNOUNCED)
    story.expect("""
                   caller               line                 call                 agent                recorder             api
             0.00  |                    |                    |<-MakeCall **04 by 1001---------------------------------------|
             0.00  |                    |                    |--serviceInitiated **04-------------------------------------->|
             0.00  |                    |<-reserve-----------|                    |                    |                    |
             0.00  |                    |                    |--your call-------->|                    |                    |
             0.00  |                    |                    |<-is there----------|                    |                    |
             0.00  |                    |                    |                    |--agent.busy---------------------------->|
             0.00  |                    |                    |--originated A1001------------------------------------------->|
             0.00  |                    |<-seize-------------|                    |                    |                    |
             0.00  |<-off-hook----------|                    |                    |                    |                    |
             0.00  |                    |--seized----------->|                    |                    |                    |
             0.00  |                    |                    |--hears L8--------->|                    |                    |
             1.50  |--dial tone-------->|                    |                    |                    |                    |
             1.80  |                    |* time-out
             1.80  |<-dial **04---------|                    |                    |                    |                    |
             2.60  |--dialled---------->|                    |                    |                    |                    |
             2.60  |                    |--dialled---------->|                    |                    |                    |
             2.60  |<-hears A1001----------------------------|                    |                    |                    |
             2.60  |                    |                    |--record-------------------------------->|                    |
             2.60  |                    |                    |--networkReached L8------------------------------------------>|
             2.60  |                    |                    |                    |                    |* start
             2.60  |                    |                    |                    |                    |--recording.started>|
             3.02  |--voice------------>|                    |                    |                    |                    |
             4.38  |--voice------------>|                    |                    |                    |                    |
             4.38  |                    |* VoiceHeard disregarded: Proceeding
             5.98  |--voice------------>|                    |                    |                    |                    |
             5.98  |                    |* VoiceHeard disregarded: Proceeding
             8.02  |--busy tone-------->|                    |                    |                    |                    |
             8.02  |<-on-hook-----------|                    |                    |                    |                    |
             8.02  |                    |--cleared---------->|                    |                    |                    |
             8.02  |                    |                    |--hears L8 no more->|                    |                    |
             8.02  |<-hears A1001 no more--------------------|                    |                    |                    |
             8.02  |                    |                    |--ended------------>|                    |                    |
             8.02  |<-stop playing---------------------------|                    |                    |                    |
             8.02  |                    |                    |--end----------------------------------->|                    |
             8.02  |                    |                    |--connectionCleared L8 busy---------------------------------->|
             8.02  |                    |                    |--cleared busy----------------------------------------------->|
             8.02  |                    |                    |                    |--agent.workingAfterCall---------------->|
             8.02  |                    |                    |                    |                    |* stop
             8.04  |                    |                    |                    |                    |* closed
             8.04  |                    |                    |                    |                    |--recording.ready-->|
        """)
    story.expect_rest()


def test_the_agent_hangs_up_while_it_rings(tell: Tell) -> None:
    story = tell()
    calling(story, NOBODY)
    story.agent("1001").at(10.0).clears()
    lived(story, 40.0, NOBODY)
    story.expect("""
                   caller               line                 call                 agent                recorder             api
             0.00  |                    |                    |<-MakeCall **05 by 1001---------------------------------------|
             0.00  |                    |                    |--serviceInitiated **05-------------------------------------->|
             0.00  |                    |<-reserve-----------|                    |                    |                    |
             0.00  |                    |                    |--your call-------->|                    |                    |
             0.00  |                    |                    |<-is there----------|                    |                    |
             0.00  |                    |                    |                    |--agent.busy---------------------------->|
             0.00  |                    |                    |--originated A1001------------------------------------------->|
             0.00  |                    |<-seize-------------|                    |                    |                    |
             0.00  |<-off-hook----------|                    |                    |                    |                    |
             0.00  |                    |--seized----------->|                    |                    |                    |
             0.00  |                    |                    |--hears L8--------->|                    |                    |
             1.50  |--dial tone-------->|                    |                    |                    |                    |
             1.80  |                    |* time-out
             1.80  |<-dial **05---------|                    |                    |                    |                    |
             2.60  |--dialled---------->|                    |                    |                    |                    |
             2.60  |                    |--dialled---------->|                    |                    |                    |
             2.60  |<-hears A1001----------------------------|                    |                    |                    |
             2.60  |                    |                    |--record-------------------------------->|                    |
             2.60  |                    |                    |--networkReached L8------------------------------------------>|
             2.60  |                    |                    |                    |                    |* start
             2.60  |                    |                    |                    |                    |--recording.started>|
             4.44  |--ringback tone---->|                    |                    |                    |                    |
             4.44  |                    |--ringback--------->|                    |                    |                    |
             4.44  |                    |                    |--farEndAlerting--------------------------------------------->|
             9.00  |                    |                    |<-ClearConnection by 1001-------------------------------------|
             9.00  |                    |<-release-----------|                    |                    |                    |
             9.00  |<-on-hook-----------|                    |                    |                    |                    |
             9.00  |                    |--cleared---------->|                    |                    |                    |
             9.00  |                    |                    |--hears L8 no more->|                    |                    |
             9.00  |<-hears A1001 no more--------------------|                    |                    |                    |
             9.00  |                    |                    |--ended------------>|                    |                    |
             9.00  |<-stop playing---------------------------|                    |                    |                    |
             9.00  |                    |                    |--end----------------------------------->|                    |
             9.00  |                    |                    |--connectionCleared L8 callCancelled------------------------->|
             9.00  |                    |                    |--cleared callCancelled-------------------------------------->|
             9.00  |                    |                    |                    |--agent.workingAfterCall---------------->|
             9.00  |                    |                    |                    |                    |* stop
             9.02  |                    |                    |                    |                    |* closed
             9.02  |                    |                    |                    |                    |--recording.ready-->|
        """)
    story.expect_rest()


def test_the_agent_hangs_up_while_it_dials_and_the_next_number_is_dialled_clean(tell: Tell) -> None:
    """What was left of the first number does not go into the second call on the same line."""
    story = tell()
    calling(story, "1" * 30)
    story.agent("1001").at(3.0).clears()
    story.agent("1001").at(5.5).calls(BUSY)
    lived(story, 40.0, BUSY)
    story.expect(
        """
                   caller               line                 call                 agent                recorder             api
             0.00  |                    |                    |<-MakeCall **01 by 1001---------------------------------------|
             0.00  |                    |                    |--serviceInitiated **01-------------------------------------->|
             0.00  |                    |<-reserve-----------|                    |                    |                    |
             0.00  |                    |                    |--your call-------->|                    |                    |
             0.00  |                    |                    |<-is there----------|                    |                    |
             0.00  |                    |                    |                    |--agent.busy---------------------------->|
             0.00  |                    |                    |--originated A1001------------------------------------------->|
             0.00  |                    |<-seize-------------|                    |                    |                    |
             0.00  |<-off-hook----------|                    |                    |                    |                    |
             0.00  |                    |--seized----------->|                    |                    |                    |
             0.00  |                    |                    |--hears L8--------->|                    |                    |
             1.50  |--dial tone-------->|                    |                    |                    |                    |
             1.80  |                    |* time-out
             1.80  |<-dial **01---------|                    |                    |                    |                    |
             2.60  |--dialled---------->|                    |                    |                    |                    |
             2.60  |                    |--dialled---------->|                    |                    |                    |
             2.60  |<-hears A1001----------------------------|                    |                    |                    |
             2.60  |                    |                    |--record-------------------------------->|                    |
             2.60  |                    |                    |--networkReached L8------------------------------------------>|
             2.60  |                    |                    |                    |                    |* start
             2.60  |                    |                    |                    |                    |--recording.started>|
             4.02  |--busy tone-------->|                    |                    |                    |                    |
             4.02  |<-on-hook-----------|                    |                    |                    |                    |
             4.02  |                    |--cleared---------->|                    |                    |                    |
             4.02  |                    |                    |--hears L8 no more->|                    |                    |
             4.02  |<-hears A1001 no more--------------------|                    |                    |                    |
             4.02  |                    |                    |--ended------------>|                    |                    |
             4.02  |<-stop playing---------------------------|                    |                    |                    |
             4.02  |                    |                    |--end----------------------------------->|                    |
             4.02  |                    |                    |--connectionCleared L8 busy---------------------------------->|
             4.02  |                    |                    |--cleared busy----------------------------------------------->|
             4.02  |                    |                    |                    |--agent.workingAfterCall---------------->|
             4.02  |                    |                    |                    |                    |* stop
             4.04  |                    |                    |                    |                    |* closed
             4.04  |                    |                    |                    |                    |--recording.ready-->|
        """,
        call=2,
    )
    story.expect_rest()


def test_there_is_no_dial_tone_on_the_first_line(tell: Tell) -> None:
    """The next one is taken; the operators get an alarm."""
    story = tell(models=with_last(LineModel(dial_tone=DialTone.NONE)))
    calling(story, BUSY)
    lived(story, 40.0, BUSY)
    story.expect("""
                   caller               line                 call                 agent                recorder             house                api
             0.00  |                    |                    |<-MakeCall **01 by 1001------------------------------------------------------------|
             0.00  |                    |                    |--serviceInitiated **01----------------------------------------------------------->|
             0.00  |                    |<-reserve-----------|                    |                    |                    |                    |
             0.00  |                    |                    |--your call-------->|                    |                    |                    |
             0.00  |                    |                    |<-is there----------|                    |                    |                    |
             0.00  |                    |                    |                    |--agent.busy------------------------------------------------->|
             0.00  |                    |                    |--originated A1001---------------------------------------------------------------->|
             0.00  |                    |<-seize-------------|                    |                    |                    |                    |
             0.00  |<-off-hook----------|                    |                    |                    |                    |                    |
             0.00  |                    |--seized----------->|                    |                    |                    |                    |
             0.00  |                    |                    |--hears L8--------->|                    |                    |                    |
             5.00  |                    |* time-out
             5.00  |<-on-hook-----------|                    |                    |                    |                    |                    |
             5.00  |                    |--lost: noDialTone->|                    |                    |                    |                    |
             5.00  |                    |                    |                    |                    |                    |--alarm noDialTone->|
             5.00  |                    |                    |--hears L8 no more->|                    |                    |                    |
             5.00  |                    |                    |--another line----------------------------------------------->|                    |
             5.00  |                    |                    |<-line 7------------------------------------------------------|                    |
             5.00  |                    |                    |--lineHunted 7 noDialTone--------------------------------------------------------->|
             5.00  |                    |<-reserve-----------|                    |                    |                    |                    |
             5.00  |                    |<-seize-------------|                    |                    |                    |                    |
             5.00  |<-off-hook----------|                    |                    |                    |                    |                    |
             5.00  |                    |--seized----------->|                    |                    |                    |                    |
             5.00  |                    |                    |--hears L7--------->|                    |                    |                    |
             6.50  |--dial tone-------->|                    |                    |                    |                    |                    |
             6.80  |                    |* time-out
             6.80  |<-dial **01---------|                    |                    |                    |                    |                    |
             7.60  |--dialled---------->|                    |                    |                    |                    |                    |
             7.60  |                    |--dialled---------->|                    |                    |                    |                    |
             7.60  |<-hears A1001----------------------------|                    |                    |                    |                    |
             7.60  |                    |                    |--record-------------------------------->|                    |                    |
             7.60  |                    |                    |--networkReached L7--------------------------------------------------------------->|
             7.60  |                    |                    |                    |                    |* start
             7.60  |                    |                    |                    |                    |--recording.started--------------------->|
             9.02  |--busy tone-------->|                    |                    |                    |                    |                    |
             9.02  |<-on-hook-----------|                    |                    |                    |                    |                    |
             9.02  |                    |--cleared---------->|                    |                    |                    |                    |
             9.02  |                    |                    |--hears L7 no more->|                    |                    |                    |
             9.02  |<-hears A1001 no more--------------------|                    |                    |                    |                    |
             9.02  |                    |                    |--ended------------>|                    |                    |                    |
             9.02  |<-stop playing---------------------------|                    |                    |                    |                    |
             9.02  |                    |                    |--end----------------------------------->|                    |                    |
             9.02  |                    |                    |--connectionCleared L7 busy------------------------------------------------------->|
             9.02  |                    |                    |--cleared busy-------------------------------------------------------------------->|
             9.02  |                    |                    |                    |--agent.workingAfterCall------------------------------------->|
             9.02  |                    |                    |                    |                    |* stop
             9.04  |                    |                    |                    |                    |* closed
             9.04  |                    |                    |                    |                    |--recording.ready----------------------->|
        """)
    story.expect_rest()


def test_a_caller_is_a_moment_quicker(tell: Tell) -> None:
    """The caller is in the menu, and our call is out on the next line."""
    story = tell(models=with_last(LineModel(seize_ms=300)))
    calling(story, SOMEBODY)
    story.caller(LAST).at(1.1).dials()
    story.caller(LAST).at(16.0).hangs_up()
    story.agent("1001").at(20.0).clears()
    lived(story, 50.0, SOMEBODY)
    story.expect(
        """
                   caller               line                 call                 agent                recorder             house                api
             0.00  |                    |                    |<-MakeCall 880*1234 by 1001--------------------------------------------------------|
             0.00  |                    |                    |--serviceInitiated 880*1234------------------------------------------------------->|
             0.00  |                    |<-reserve-----------|                    |                    |                    |                    |
             0.00  |                    |                    |--your call-------->|                    |                    |                    |
             0.00  |                    |                    |<-is there----------|                    |                    |                    |
             0.00  |                    |                    |                    |--agent.busy------------------------------------------------->|
             0.00  |                    |                    |--originated A1001---------------------------------------------------------------->|
             0.00  |                    |<-seize-------------|                    |                    |                    |                    |
             0.00  |<-off-hook----------|                    |                    |                    |                    |                    |
             0.00  |                    |--seized----------->|                    |                    |                    |                    |
             0.00  |                    |                    |--hears L8--------->|                    |                    |                    |
             0.10  |--ring------------->|                    |                    |                    |                    |                    |
             0.10  |                    |--lost: glare------>|                    |                    |                    |                    |
             0.10  |                    |                    |--hears L8 no more->|                    |                    |                    |
             0.10  |                    |                    |--another line----------------------------------------------->|                    |
             0.10  |                    |                    |<-line 7------------------------------------------------------|                    |
             0.10  |                    |                    |--lineHunted 7 glare-------------------------------------------------------------->|
             0.10  |                    |<-reserve-----------|                    |                    |                    |                    |
             0.10  |                    |<-seize-------------|                    |                    |                    |                    |
             0.10  |<-off-hook----------|                    |                    |                    |                    |                    |
             0.10  |                    |--seized----------->|                    |                    |                    |                    |
             0.10  |                    |                    |--hears L7--------->|                    |                    |                    |
             1.60  |--dial tone-------->|                    |                    |                    |                    |                    |
             1.90  |                    |* time-out
             1.90  |<-dial 880*1234-----|                    |                    |                    |                    |                    |
             3.50  |--dialled---------->|                    |                    |                    |                    |                    |
             3.50  |                    |--dialled---------->|                    |                    |                    |                    |
             3.50  |<-hears A1001----------------------------|                    |                    |                    |                    |
             3.50  |                    |                    |--record-------------------------------->|                    |                    |
             3.50  |                    |                    |--networkReached L7--------------------------------------------------------------->|
             3.50  |                    |                    |                    |                    |* start
             3.50  |                    |                    |                    |                    |--recording.started--------------------->|
             5.34  |--ringback tone---->|                    |                    |                    |                    |                    |
             5.34  |                    |--ringback--------->|                    |                    |                    |                    |
             5.34  |                    |                    |--farEndAlerting------------------------------------------------------------------>|
            14.46  |--ringback tone en…>|                    |                    |                    |                    |                    |
            17.46  |                    |* time-out
            17.46  |                    |--answered--------->|                    |                    |                    |                    |
            17.46  |                    |                    |--established L7 estimated-------------------------------------------------------->|
            19.00  |                    |                    |<-ClearConnection by 1001----------------------------------------------------------|
            19.00  |                    |<-release-----------|                    |                    |                    |                    |
            19.00  |<-on-hook-----------|                    |                    |                    |                    |                    |
            19.00  |                    |--cleared---------->|                    |                    |                    |                    |
            19.00  |                    |                    |--hears L7 no more->|                    |                    |                    |
            19.00  |<-hears A1001 no more--------------------|                    |                    |                    |                    |
            19.00  |                    |                    |--ended------------>|                    |                    |                    |
            19.00  |<-stop playing---------------------------|                    |                    |                    |                    |
            19.00  |                    |                    |--end----------------------------------->|                    |                    |
            19.00  |                    |                    |--connectionCleared L7 normalClearing--------------------------------------------->|
            19.00  |                    |                    |--cleared normalClearing---------------------------------------------------------->|
            19.00  |                    |                    |                    |--agent.workingAfterCall------------------------------------->|
            19.00  |                    |                    |                    |                    |* stop
            19.02  |                    |                    |                    |                    |* closed
            19.02  |                    |                    |                    |                    |--recording.ready----------------------->|
        """,
        call=1,
    )
    story.expect(
        """
                   caller               line                 call                 dialogue             recorder             api
             0.00  |                    |--rings------------>|                    |                    |                    |
             0.00  |                    |--answered--------->|                    |                    |                    |
             0.00  |                    |                    |--offered---------------------------------------------------->|
             0.00  |                    |                    |--established ivr-------------------------------------------->|
             0.00  |                    |                    |--record-------------------------------->|                    |
             0.00  |                    |                    |--start------------>|                    |                    |
             0.00  |                    |                    |                    |                    |* start
             0.00  |                    |                    |                    |                    |--recording.started>|
             0.00  |                    |                    |<-at greeting-------|                    |                    |
             0.00  |<-play greeting.welcome---------------------------------------|                    |                    |
             3.78  |--prompt finished-------------------------------------------->|                    |                    |
             3.78  |                    |                    |<-at notice---------|                    |                    |
             3.78  |<-play greeting.recorded--------------------------------------|                    |                    |
             9.98  |--prompt finished-------------------------------------------->|                    |                    |
             9.98  |                    |                    |<-at emergency------|                    |                    |
             9.98  |<-play greeting.emergency-------------------------------------|                    |                    |
            12.66  |--prompt finished-------------------------------------------->|                    |                    |
            12.66  |                    |                    |<-at main_menu------|                    |                    |
            12.66  |<-play menu.main----------------------------------------------|                    |                    |
            15.98  |--busy tone-------->|                    |                    |                    |                    |
            15.98  |<-on-hook-----------|                    |                    |                    |                    |
            15.98  |                    |--cleared---------->|                    |                    |                    |
            15.98  |<-stop playing---------------------------|                    |                    |                    |
            15.98  |                    |                    |--end----------------------------------->|                    |
            15.98  |                    |                    |--connectionCleared L8 normalClearing------------------------>|
            15.98  |                    |                    |--cleared normalClearing------------------------------------->|
            15.98  |                    |                    |                    |                    |* stop
            16.00  |                    |                    |                    |                    |* closed
            16.00  |                    |                    |                    |                    |--recording.ready-->|
        """,
        call=2,
    )
    story.expect_rest()


def test_held_and_retrieved(tell: Tell) -> None:
    story = tell(POLARITY, [LineModel(polarity_reversal=True)] * 8)
    calling(story, SOMEBODY)
    story.agent("1001").at(20.0).holds()
    story.agent("1001").at(25.0).retrieves()
    story.agent("1001").at(30.0).clears()
    lived(story, 60.0, SOMEBODY)
    story.expect("""
                   caller               line                 call                 agent                recorder             api
             0.00  |                    |                    |<-MakeCall 880*1234 by 1001-----------------------------------|
             0.00  |                    |                    |--serviceInitiated 880*1234---------------------------------->|
             0.00  |                    |<-reserve-----------|                    |                    |                    |
             0.00  |                    |                    |--your call-------->|                    |                    |
             0.00  |                    |                    |<-is there----------|                    |                    |
             0.00  |                    |                    |                    |--agent.busy---------------------------->|
             0.00  |                    |                    |--originated A1001------------------------------------------->|
             0.00  |                    |<-seize-------------|                    |                    |                    |
             0.00  |<-off-hook----------|                    |                    |                    |                    |
             0.00  |                    |--seized----------->|                    |                    |                    |
             0.00  |                    |                    |--hears L8--------->|                    |                    |
             1.50  |--dial tone-------->|                    |                    |                    |                    |
             1.80  |                    |* time-out
             1.80  |<-dial 880*1234-----|                    |                    |                    |                    |
             3.40  |--dialled---------->|                    |                    |                    |                    |
             3.40  |                    |--dialled---------->|                    |                    |                    |
             3.40  |<-hears A1001----------------------------|                    |                    |                    |
             3.40  |                    |                    |--record-------------------------------->|                    |
             3.40  |                    |                    |--networkReached L8------------------------------------------>|
             3.40  |                    |                    |                    |                    |* start
             3.40  |                    |                    |                    |                    |--recording.started>|
             5.24  |--ringback tone---->|                    |                    |                    |                    |
             5.24  |                    |--ringback--------->|                    |                    |                    |
             5.24  |                    |                    |--farEndAlerting--------------------------------------------->|
            10.34  |--polarity reversed>|                    |                    |                    |                    |
            10.34  |                    |--answered--------->|                    |                    |                    |
            10.34  |                    |                    |--established L8--------------------------------------------->|
            19.00  |                    |                    |<-HoldCall by 1001--------------------------------------------|
            19.00  |                    |                    |--hears L8 no more->|                    |                    |
            19.00  |<-hears A1001 no more--------------------|                    |                    |                    |
            19.00  |<-music----------------------------------|                    |                    |                    |
            19.00  |                    |                    |--held------------------------------------------------------->|
            24.00  |                    |                    |<-RetrieveCall by 1001----------------------------------------|
            24.00  |<-stop playing---------------------------|                    |                    |                    |
            24.00  |                    |                    |--hears L8--------->|                    |                    |
            24.00  |<-hears A1001----------------------------|                    |                    |                    |
            24.00  |                    |                    |--retrieved-------------------------------------------------->|
            29.00  |                    |                    |<-ClearConnection by 1001-------------------------------------|
            29.00  |                    |<-release-----------|                    |                    |                    |
            29.00  |<-on-hook-----------|                    |                    |                    |                    |
            29.00  |                    |--cleared---------->|                    |                    |                    |
            29.00  |                    |                    |--hears L8 no more->|                    |                    |
            29.00  |<-hears A1001 no more--------------------|                    |                    |                    |
            29.00  |                    |                    |--ended------------>|                    |                    |
            29.00  |<-stop playing---------------------------|                    |                    |                    |
            29.00  |                    |                    |--end----------------------------------->|                    |
            29.00  |                    |                    |--connectionCleared L8 normalClearing------------------------>|
            29.00  |                    |                    |--cleared normalClearing------------------------------------->|
            29.00  |                    |                    |                    |--agent.workingAfterCall---------------->|
            29.00  |                    |                    |                    |                    |* stop
            29.02  |                    |                    |                    |                    |* closed
            29.02  |                    |                    |                    |                    |--recording.ready-->|
        """)
    story.expect_rest()


def test_the_recording_has_both_voices_from_the_last_digit_on(tmp_path: Path) -> None:
    """On its left what comes from the line, with the ringback; on its right the agent. No digit of the number is in it."""
    story = audio_story(tmp_path, DESK)
    calling(story, NOBODY)
    agent, called = story.extension("801"), story.called(NOBODY)
    agent.at(2.0).lifts()
    agent.at(8.0).says(words()[:8000])  # to nobody: it rings
    called.at(12.0).answers()
    called.at(13.0).says(words()[:8000])
    agent.at(15.0).says(words()[:8000])
    agent.at(20.0).replaces()
    story.run(40.0)
    assert NOBODY not in repr(story.world.hops)
    (path,) = tmp_path.glob("*.wav")
    heard, rate_hz = soundfile.read(path, dtype="float64")
    rows = {row.text: row.at / 8000 for row in story.world.ladder_rows(story.world.calls()[0])}
    began_s = rows["stop"] - len(heard) / rate_hz
    assert began_s == pytest.approx(rows["networkReached L8"], abs=0.05)
    assert rows["established L8 estimated"] == pytest.approx(13.3, abs=0.1)

    def loud(from_s: float, to_s: float) -> list[bool]:
        piece = heard[round((from_s - began_s) * rate_hz) : round((to_s - began_s) * rate_hz)]
        return [bool(level > 0.02) for level in np.sqrt(np.mean(piece**2, axis=0))]

    assert loud(began_s, began_s + 0.3) == [False, False]
    assert loud(5.2, 5.5) == [True, False]  # ringback
    assert loud(8.2, 8.6) == [False, True]
    assert loud(13.3, 13.7) == [True, False]
    assert loud(15.3, 15.7) == [False, True]
    story.expect_rest()


@pytest.mark.parametrize("return_loss_db", [6.0, 14.0])
def test_an_agent_who_speaks_while_it_rings_has_answered_nothing(tmp_path: Path, return_loss_db: float) -> None:
    """The own echo is no called party; who then lifts is heard at once."""
    story = audio_story(tmp_path, DESK, [LineModel(echo_return_loss_db=return_loss_db)] * 8)
    calling(story, NOBODY)
    agent, called = story.extension("801"), story.called(NOBODY)
    agent.at(2.0).lifts()
    for second in (3.0, 10.0):
        agent.at(second).says(announcement())
    called.at(17.0).answers()
    called.at(17.5).says(words())
    agent.at(25.0).replaces()
    story.run(30.0)
    rows = {row.text: row.at / 8000 for row in story.world.ladder_rows(story.world.calls()[0])}
    assert rows["established L8 estimated"] == pytest.approx(17.8, abs=0.2)


def test_the_agent_s_telephone_rings_first(tell: Tell) -> None:
    story = tell(DESK)
    calling(story, BUSY)
    story.extension("801").at(5.0).lifts()
    story.extension("801").at(15.0).replaces()
    lived(story, 40.0, BUSY)
    story.expect("""
                   caller               line                 call                 agent                extension            telephone            recorder             api
             0.00  |                    |                    |<-MakeCall **01 by 1001---------------------------------------------------------------------------------|
             0.00  |                    |                    |--serviceInitiated **01-------------------------------------------------------------------------------->|
             0.00  |                    |<-reserve-----------|                    |                    |                    |                    |                    |
             0.00  |                    |                    |--your call-------->|                    |                    |                    |                    |
             0.00  |                    |                    |                    |--take it---------->|                    |                    |                    |
             0.00  |                    |                    |                    |--agent.busy---------------------------------------------------------------------->|
             0.00  |                    |                    |                    |                    |--ring------------->|                    |                    |
             4.02  |                    |                    |                    |                    |<-lifted------------|                    |                    |
             4.02  |                    |                    |                    |                    |--stop ringing----->|                    |                    |
             4.02  |                    |                    |                    |<-lifted------------|                    |                    |                    |
             4.02  |                    |                    |<-is there----------|                    |                    |                    |                    |
             4.02  |                    |                    |--originated X801-------------------------------------------------------------------------------------->|
             4.02  |                    |<-seize-------------|                    |                    |                    |                    |                    |
             4.02  |<-off-hook----------|                    |                    |                    |                    |                    |                    |
             4.02  |                    |--seized----------->|                    |                    |                    |                    |                    |
             4.02  |                    |                    |--hears L8--------------------------------------------------->|                    |                    |
             5.52  |--dial tone-------->|                    |                    |                    |                    |                    |                    |
             5.82  |                    |* time-out
             5.82  |<-dial **01---------|                    |                    |                    |                    |                    |                    |
             6.62  |--dialled---------->|                    |                    |                    |                    |                    |                    |
             6.62  |                    |--dialled---------->|                    |                    |                    |                    |                    |
             6.62  |<-hears X801-----------------------------|                    |                    |                    |                    |                    |
             6.62  |                    |                    |--record-------------------------------------------------------------------------->|                    |
             6.62  |                    |                    |--networkReached L8------------------------------------------------------------------------------------>|
             6.62  |                    |                    |                    |                    |                    |                    |* start
             6.62  |                    |                    |                    |                    |                    |                    |--recording.started>|
             8.04  |--busy tone-------->|                    |                    |                    |                    |                    |                    |
             8.04  |<-on-hook-----------|                    |                    |                    |                    |                    |                    |
             8.04  |                    |--cleared---------->|                    |                    |                    |                    |                    |
             8.04  |                    |                    |--hears L8 no more------------------------------------------->|                    |                    |
             8.04  |<-hears X801 no more---------------------|                    |                    |                    |                    |                    |
             8.04  |                    |                    |--ended------------>|                    |                    |                    |                    |
             8.04  |<-stop playing---------------------------|                    |                    |                    |                    |                    |
             8.04  |                    |                    |--end----------------------------------------------------------------------------->|                    |
             8.04  |                    |                    |--connectionCleared L8 busy---------------------------------------------------------------------------->|
             8.04  |                    |                    |--cleared busy----------------------------------------------------------------------------------------->|
             8.04  |                    |                    |                    |--free------------->|                    |                    |                    |
             8.04  |                    |                    |                    |--agent.workingAfterCall---------------------------------------------------------->|
             8.04  |                    |                    |                    |                    |                    |                    |* stop
             8.04  |                    |                    |                    |                    |--busy tone-------->|                    |                    |
             8.06  |                    |                    |                    |                    |                    |                    |* closed
             8.06  |                    |                    |                    |                    |                    |                    |--recording.ready-->|
            14.82  |                    |                    |                    |                    |<-replaced----------|                    |                    |
            14.82  |                    |                    |                    |                    |--no tone---------->|                    |                    |
        """)
    story.expect_rest()


def test_nobody_lifts_the_agent_s_telephone(tell: Tell) -> None:
    """Nothing was seized, nobody was disturbed."""
    story = tell(DESK)
    calling(story, BUSY)
    lived(story, 60.0, BUSY)
    story.expect("""
                   line                 call                 agent                extension            telephone            api
             0.00  |                    |<-MakeCall **01 by 1001------------------------------------------------------------|
             0.00  |                    |--serviceInitiated **01----------------------------------------------------------->|
             0.00  |<-reserve-----------|                    |                    |                    |                    |
             0.00  |                    |--your call-------->|                    |                    |                    |
             0.00  |                    |                    |--take it---------->|                    |                    |
             0.00  |                    |                    |--agent.busy------------------------------------------------->|
             0.00  |                    |                    |                    |--ring------------->|                    |
            30.00  |                    |                    |                    |* time-out
            30.00  |                    |                    |                    |--stop ringing----->|                    |
            30.00  |                    |                    |<-nobody lifted-----|                    |                    |
            30.00  |                    |<-vanished----------|                    |                    |                    |
            30.00  |                    |                    |--free------------->|                    |                    |
            30.00  |                    |                    |--agent.notReady noAnswer------------------------------------>|
            30.00  |<-release-----------|                    |                    |                    |                    |
            30.00  |--cleared---------->|                    |                    |                    |                    |
            30.00  |                    |--ended------------>|                    |                    |                    |
            30.00  |                    |--connectionCleared L8 noAnswer--------------------------------------------------->|
            30.00  |                    |--cleared noAnswer---------------------------------------------------------------->|
            30.00  |                    |                    |* CallEnded disregarded: NotReady
        """)
    story.expect_rest()
