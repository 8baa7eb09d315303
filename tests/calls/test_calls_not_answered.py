"""Calls that agents make and nobody answers: busy, no such number, nobody at home, given up."""

from calls.outside import ANNOUNCED, BUSY, NOBODY, VACANT, Tell, calling, lived
from simulator.line_model import LineModel


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
