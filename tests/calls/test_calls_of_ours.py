"""Calls that agents make and somebody answers: by guess and by polarity, to the end."""

from calls.outside import NOBODY, POLARITY, SOMEBODY, Tell, calling, lived, words
from simulator.line_model import LineModel


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
             0.00  |                    |                    |<-MakeCall ****1234 by 1001-----------------------------------|
             0.00  |                    |                    |--serviceInitiated ****1234---------------------------------->|
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
             1.80  |<-dial ****1234-----|                    |                    |                    |                    |
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
             0.00  |                    |                    |<-MakeCall ****1234 by 1001-----------------------------------|
             0.00  |                    |                    |--serviceInitiated ****1234---------------------------------->|
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
             1.80  |<-dial ****1234-----|                    |                    |                    |                    |
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


def test_held_and_retrieved(tell: Tell) -> None:
    story = tell(POLARITY, [LineModel(polarity_reversal=True)] * 8)
    calling(story, SOMEBODY)
    story.agent("1001").at(20.0).holds()
    story.agent("1001").at(25.0).retrieves()
    story.agent("1001").at(30.0).clears()
    lived(story, 60.0, SOMEBODY)
    story.expect("""
                   caller               line                 call                 agent                recorder             api
             0.00  |                    |                    |<-MakeCall ****1234 by 1001-----------------------------------|
             0.00  |                    |                    |--serviceInitiated ****1234---------------------------------->|
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
             1.80  |<-dial ****1234-----|                    |                    |                    |                    |
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
