"""What callers do with the menu: cut it short, say nothing, press the wrong key, press too early."""

from calls.story import Story


def test_a_key_cuts_the_menu_short(story: Story) -> None:
    """Barge-in: the digit stops the prompt, the opening hours are asked and read."""
    caller = story.caller(1)
    caller.at(1.0).dials()
    caller.at(26.0).presses("1")
    caller.at(45.0).hangs_up()
    story.run(60.0)
    story.expect("""
                   caller               line                 call                 dialogue             recorder             service              api
             0.00  |--ring------------->|                    |                    |                    |                    |                    |
             0.00  |                    |--rings------------>|                    |                    |                    |                    |
             0.00  |                    |                    |--offered------------------------------------------------------------------------->|
             5.00  |--ring------------->|                    |                    |                    |                    |                    |
             5.00  |<-off-hook----------|                    |                    |                    |                    |                    |
             5.00  |                    |--answered--------->|                    |                    |                    |                    |
             5.00  |                    |                    |--established ivr----------------------------------------------------------------->|
             5.00  |                    |                    |--record-------------------------------->|                    |                    |
             5.00  |                    |                    |--start------------>|                    |                    |                    |
             5.00  |                    |                    |                    |                    |* start
             5.00  |                    |                    |                    |                    |--recording.started--------------------->|
             5.00  |                    |                    |<-at greeting-------|                    |                    |                    |
             5.00  |<-play greeting.welcome---------------------------------------|                    |                    |                    |
             8.78  |--prompt finished-------------------------------------------->|                    |                    |                    |
             8.78  |                    |                    |<-at notice---------|                    |                    |                    |
             8.78  |<-play greeting.recorded--------------------------------------|                    |                    |                    |
            14.98  |--prompt finished-------------------------------------------->|                    |                    |                    |
            14.98  |                    |                    |<-at emergency------|                    |                    |                    |
            14.98  |<-play greeting.emergency-------------------------------------|                    |                    |                    |
            17.66  |--prompt finished-------------------------------------------->|                    |                    |                    |
            17.66  |                    |                    |<-at main_menu------|                    |                    |                    |
            17.66  |<-play menu.main----------------------------------------------|                    |                    |                    |
            25.04  |--digit 1---------------------------------------------------->|                    |                    |                    |
            25.04  |<-stop playing------------------------------------------------|                    |                    |                    |
            25.04  |                    |                    |<-at hours----------|                    |                    |                    |
            25.04  |                    |                    |                    |--ask opening_hours now----------------->|                    |
            25.14  |                    |                    |                    |<-answer open----------------------------|                    |
            25.14  |                    |                    |<-at hours_open-----|                    |                    |                    |
            25.14  |<-play hours.open [08:00] hours.to [17:30]--------------------|                    |                    |                    |
            30.20  |--prompt finished-------------------------------------------->|                    |                    |                    |
            30.20  |                    |                    |<-at main_menu------|                    |                    |                    |
            30.20  |<-play menu.main----------------------------------------------|                    |                    |                    |
            41.02  |--prompt finished-------------------------------------------->|                    |                    |                    |
            45.08  |--busy tone-------->|                    |                    |                    |                    |                    |
            45.08  |<-on-hook-----------|                    |                    |                    |                    |                    |
            45.08  |                    |--cleared---------->|                    |                    |                    |                    |
            45.08  |<-stop playing---------------------------|                    |                    |                    |                    |
            45.08  |                    |                    |--end----------------------------------->|                    |                    |
            45.08  |                    |                    |--connectionCleared L1 normalClearing--------------------------------------------->|
            45.08  |                    |                    |--cleared normalClearing---------------------------------------------------------->|
            45.08  |                    |                    |                    |                    |* stop
            45.10  |                    |                    |                    |                    |* closed
            45.10  |                    |                    |                    |                    |--recording.ready----------------------->|
        """)
    story.expect_rest()


def test_no_input_three_times_leads_to_an_agent(story: Story) -> None:
    """A short hint, a longer help, then a person (R-DLG-2); nobody is on duty, so the caller waits and gives up."""
    caller = story.caller(1)
    caller.at(1.0).dials()
    caller.at(150.0).hangs_up()
    story.run(170.0)
    story.expect("""
                   caller               line                 call                 dialogue             queue                recorder             api
             0.00  |--ring------------->|                    |                    |                    |                    |                    |
             0.00  |                    |--rings------------>|                    |                    |                    |                    |
             0.00  |                    |                    |--offered------------------------------------------------------------------------->|
             5.00  |--ring------------->|                    |                    |                    |                    |                    |
             5.00  |<-off-hook----------|                    |                    |                    |                    |                    |
             5.00  |                    |--answered--------->|                    |                    |                    |                    |
             5.00  |                    |                    |--established ivr----------------------------------------------------------------->|
             5.00  |                    |                    |--record----------------------------------------------------->|                    |
             5.00  |                    |                    |--start------------>|                    |                    |                    |
             5.00  |                    |                    |                    |                    |                    |* start
             5.00  |                    |                    |                    |                    |                    |--recording.started>|
             5.00  |                    |                    |<-at greeting-------|                    |                    |                    |
             5.00  |<-play greeting.welcome---------------------------------------|                    |                    |                    |
             8.78  |--prompt finished-------------------------------------------->|                    |                    |                    |
             8.78  |                    |                    |<-at notice---------|                    |                    |                    |
             8.78  |<-play greeting.recorded--------------------------------------|                    |                    |                    |
            14.98  |--prompt finished-------------------------------------------->|                    |                    |                    |
            14.98  |                    |                    |<-at emergency------|                    |                    |                    |
            14.98  |<-play greeting.emergency-------------------------------------|                    |                    |                    |
            17.66  |--prompt finished-------------------------------------------->|                    |                    |                    |
            17.66  |                    |                    |<-at main_menu------|                    |                    |                    |
            17.66  |<-play menu.main----------------------------------------------|                    |                    |                    |
            28.48  |--prompt finished-------------------------------------------->|                    |                    |                    |
            34.48  |                    |                    |                    |* time-out
            34.48  |<-play error.no_input menu.main-------------------------------|                    |                    |                    |
            47.38  |--prompt finished-------------------------------------------->|                    |                    |                    |
            53.38  |                    |                    |                    |* time-out
            53.38  |<-play error.no_input error.help menu.main--------------------|                    |                    |                    |
            75.20  |--prompt finished-------------------------------------------->|                    |                    |                    |
            81.20  |                    |                    |                    |* time-out
            81.20  |                    |                    |<-at giving_up------|                    |                    |                    |
            81.20  |<-play error.agent--------------------------------------------|                    |                    |                    |
            85.20  |--prompt finished-------------------------------------------->|                    |                    |                    |
            85.20  |                    |                    |<-at to_agent-------|                    |                    |                    |
            85.20  |                    |                    |<-to service--------|                    |                    |                    |
            85.20  |                    |                    |--join---------------------------------->|                    |                    |
            85.20  |                    |                    |                    |                    |--queued service 1---------------------->|
            85.20  |                    |                    |<-place 1--------------------------------|                    |                    |
            85.20  |<-play queue.place.before [1] queue.pla…-|                    |                    |                    |                    |
            90.96  |--prompt finished----------------------->|                    |                    |                    |                    |
            90.96  |<-music----------------------------------|                    |                    |                    |                    |
           115.20  |                    |                    |<-place 1--------------------------------|                    |                    |
           115.20  |<-play queue.place.before [1] queue.pla…-|                    |                    |                    |                    |
           120.96  |--prompt finished----------------------->|                    |                    |                    |                    |
           120.96  |<-music----------------------------------|                    |                    |                    |                    |
           145.20  |                    |                    |<-place 1--------------------------------|                    |                    |
           145.20  |<-play queue.place.before [1] queue.pla…-|                    |                    |                    |                    |
           150.08  |--busy tone-------->|                    |                    |                    |                    |                    |
           150.08  |<-on-hook-----------|                    |                    |                    |                    |                    |
           150.08  |                    |--cleared---------->|                    |                    |                    |                    |
           150.08  |                    |                    |--leave--------------------------------->|                    |                    |
           150.08  |<-stop playing---------------------------|                    |                    |                    |                    |
           150.08  |                    |                    |--end-------------------------------------------------------->|                    |
           150.08  |                    |                    |--connectionCleared L1 normalClearing--------------------------------------------->|
           150.08  |                    |                    |--cleared normalClearing---------------------------------------------------------->|
           150.08  |                    |                    |                    |                    |                    |* stop
           150.10  |                    |                    |                    |                    |                    |* closed
           150.10  |                    |                    |                    |                    |                    |--recording.ready-->|
        """)
    story.expect_rest()


def test_a_wrong_key_is_said_so_and_the_right_one_works(story: Story) -> None:
    caller = story.caller(1)
    caller.at(1.0).dials()
    caller.at(26.0).presses("5")
    caller.at(33.0).presses("#")
    story.run(60.0)
    story.expect("""
                   caller               line                 call                 dialogue             recorder             api
             0.00  |--ring------------->|                    |                    |                    |                    |
             0.00  |                    |--rings------------>|                    |                    |                    |
             0.00  |                    |                    |--offered---------------------------------------------------->|
             5.00  |--ring------------->|                    |                    |                    |                    |
             5.00  |<-off-hook----------|                    |                    |                    |                    |
             5.00  |                    |--answered--------->|                    |                    |                    |
             5.00  |                    |                    |--established ivr-------------------------------------------->|
             5.00  |                    |                    |--record-------------------------------->|                    |
             5.00  |                    |                    |--start------------>|                    |                    |
             5.00  |                    |                    |                    |                    |* start
             5.00  |                    |                    |                    |                    |--recording.started>|
             5.00  |                    |                    |<-at greeting-------|                    |                    |
             5.00  |<-play greeting.welcome---------------------------------------|                    |                    |
             8.78  |--prompt finished-------------------------------------------->|                    |                    |
             8.78  |                    |                    |<-at notice---------|                    |                    |
             8.78  |<-play greeting.recorded--------------------------------------|                    |                    |
            14.98  |--prompt finished-------------------------------------------->|                    |                    |
            14.98  |                    |                    |<-at emergency------|                    |                    |
            14.98  |<-play greeting.emergency-------------------------------------|                    |                    |
            17.66  |--prompt finished-------------------------------------------->|                    |                    |
            17.66  |                    |                    |<-at main_menu------|                    |                    |
            17.66  |<-play menu.main----------------------------------------------|                    |                    |
            25.04  |--digit 5---------------------------------------------------->|                    |                    |
            25.04  |<-stop playing------------------------------------------------|                    |                    |
            25.04  |<-play error.no_match menu.main-------------------------------|                    |                    |
            32.04  |--digit #---------------------------------------------------->|                    |                    |
            32.04  |<-stop playing------------------------------------------------|                    |                    |
            32.04  |                    |                    |<-at goodbye--------|                    |                    |
            32.04  |<-play system.goodbye-----------------------------------------|                    |                    |
            34.06  |--prompt finished-------------------------------------------->|                    |                    |
            34.06  |                    |                    |<-hang up-----------|                    |                    |
            34.06  |                    |<-release-----------|                    |                    |                    |
            34.06  |<-on-hook-----------|                    |                    |                    |                    |
            34.06  |                    |--cleared---------->|                    |                    |                    |
            34.06  |<-stop playing---------------------------|                    |                    |                    |
            34.06  |                    |                    |--end----------------------------------->|                    |
            34.06  |                    |                    |--connectionCleared L1 normalClearing------------------------>|
            34.06  |                    |                    |--cleared normalClearing------------------------------------->|
            34.06  |                    |                    |                    |                    |* stop
            34.08  |                    |                    |                    |                    |* closed
            34.08  |                    |                    |                    |                    |--recording.ready-->|
        """)
    story.expect_rest()


def test_a_key_in_the_recording_notice_is_dropped(story: Story) -> None:
    """R-DLG-1: the notice is heard to its end; the key is shown and does nothing."""
    caller = story.caller(1)
    caller.at(1.0).dials()
    caller.at(11.0).presses("1")
    caller.at(20.0).hangs_up()
    story.run(40.0)
    story.expect("""
                   caller               line                 call                 dialogue             recorder             api
             0.00  |--ring------------->|                    |                    |                    |                    |
             0.00  |                    |--rings------------>|                    |                    |                    |
             0.00  |                    |                    |--offered---------------------------------------------------->|
             5.00  |--ring------------->|                    |                    |                    |                    |
             5.00  |<-off-hook----------|                    |                    |                    |                    |
             5.00  |                    |--answered--------->|                    |                    |                    |
             5.00  |                    |                    |--established ivr-------------------------------------------->|
             5.00  |                    |                    |--record-------------------------------->|                    |
             5.00  |                    |                    |--start------------>|                    |                    |
             5.00  |                    |                    |                    |                    |* start
             5.00  |                    |                    |                    |                    |--recording.started>|
             5.00  |                    |                    |<-at greeting-------|                    |                    |
             5.00  |<-play greeting.welcome---------------------------------------|                    |                    |
             8.78  |--prompt finished-------------------------------------------->|                    |                    |
             8.78  |                    |                    |<-at notice---------|                    |                    |
             8.78  |<-play greeting.recorded--------------------------------------|                    |                    |
            10.04  |--digit 1---------------------------------------------------->|                    |                    |
            10.04  |                    |                    |                    |* key 1 dropped: this prompt is heard to its end
            14.98  |--prompt finished-------------------------------------------->|                    |                    |
            14.98  |                    |                    |<-at emergency------|                    |                    |
            14.98  |<-play greeting.emergency-------------------------------------|                    |                    |
            17.66  |--prompt finished-------------------------------------------->|                    |                    |
            17.66  |                    |                    |<-at main_menu------|                    |                    |
            17.66  |<-play menu.main----------------------------------------------|                    |                    |
            20.08  |--busy tone-------->|                    |                    |                    |                    |
            20.08  |<-on-hook-----------|                    |                    |                    |                    |
            20.08  |                    |--cleared---------->|                    |                    |                    |
            20.08  |<-stop playing---------------------------|                    |                    |                    |
            20.08  |                    |                    |--end----------------------------------->|                    |
            20.08  |                    |                    |--connectionCleared L1 normalClearing------------------------>|
            20.08  |                    |                    |--cleared normalClearing------------------------------------->|
            20.08  |                    |                    |                    |                    |* stop
            20.10  |                    |                    |                    |                    |* closed
            20.10  |                    |                    |                    |                    |--recording.ready-->|
        """)
    story.expect_rest()
