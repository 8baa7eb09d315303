"""The dialogue, arrow by arrow (hospital-domain §4.4)."""

import pytest

from cti_core.call_control.actions import Language, Reader, Spoken
from cti_core.call_control.dialogue import (
    Answered,
    Ask,
    Began,
    DroppedKey,
    Entered,
    Expired,
    HangUp,
    Hush,
    KeyPressed,
    ReturnCause,
    Returned,
    Said,
    Transfer,
    Unanswered,
)
from ivr.dialog import BEING_ASKED, MUST_BE_HEARD, NO_CHOICE
from ivr.parse import parse
from unit.ivr.menus import MENU, Caller, says, small


@pytest.fixture
def caller() -> Caller:
    return Caller(small())


@pytest.fixture
def at_top(caller: Caller) -> Caller:
    """The main menu was said."""
    caller.meets(Began())
    caller.hears_out(4)
    assert caller.state == "Listening"
    return caller


def keys(row: str) -> list[KeyPressed]:
    return [KeyPressed(key) for key in row]


def test_the_first_word_is_said_at_once(caller: Caller) -> None:
    assert caller.meets(Began()) == (Entered("hello"), says("hello"))


def test_announcements_lead_to_the_menu_which_waits_six_seconds(caller: Caller) -> None:
    """R-DLG-2: the timer begins when the prompt has ended."""
    caller.meets(Began())
    assert caller.hears_out() == (Entered("notice"), says("notice"))
    assert caller.hears_out() == (Entered("urgent"), says("urgent"))
    assert caller.hears_out() == (Entered("top"), says("top"))
    assert caller.hears_out() == ()
    assert caller.waits_s == 6.0


def test_a_key_in_the_notice_is_dropped_and_named(caller: Caller) -> None:
    """R-DLG-1, A-DLG-2; also the operator key."""
    caller.meets(Began(), Said())
    assert caller.meets(KeyPressed("1")) == (DroppedKey("1", MUST_BE_HEARD),)
    assert caller.meets(KeyPressed("0")) == (DroppedKey("0", MUST_BE_HEARD),)
    assert caller.state == "Telling"


def test_a_key_in_a_menu_cuts_it_short(caller: Caller) -> None:
    caller.meets(Began(), Said(), Said(), Said())
    assert caller.meets(KeyPressed("1")) == (Hush(), Entered("sub"), says("sub"))


def test_a_key_in_an_announcement_is_taken_by_the_menu_behind_it(caller: Caller) -> None:
    """A-IVR-3."""
    caller.meets(Began(), Said(), Said())
    assert caller.meets(KeyPressed("1")) == (Hush(), Entered("top"), Entered("sub"), says("sub"))


def test_a_key_in_the_greeting_skips_it_but_not_the_notice(caller: Caller) -> None:
    """A-IVR-3."""
    caller.meets(Began())
    assert caller.meets(KeyPressed("1")) == (Hush(), Entered("notice"), says("notice"))


def test_keys_typed_ahead_pass_several_menus(at_top: Caller) -> None:
    assert at_top.meets(*keys("11")) == (Hush(), Entered("deep"), says("deep"))


def test_no_input_gets_a_hint_then_help_then_an_agent(at_top: Caller) -> None:
    """R-DLG-2."""
    assert at_top.meets(Expired()) == (says("error.no_input", "top"),)
    assert at_top.meets(Said(), Expired()) == (says("error.no_input", "error.help", "top"),)
    assert at_top.meets(Said(), Expired()) == (Entered("agent"), Transfer("service", Language.ZH))


def test_wrong_keys_get_a_hint_then_help_then_an_agent(at_top: Caller) -> None:
    assert at_top.meets(KeyPressed("5")) == (says("error.no_match", "top"),)
    assert at_top.meets(KeyPressed("6")) == (Hush(), says("error.no_match", "error.help", "top"))
    assert at_top.meets(Said(), KeyPressed("7")) == (Entered("agent"), Transfer("service", Language.ZH))


def test_a_menu_may_have_its_own_patience_help_and_way_out(at_top: Caller) -> None:
    at_top.meets(KeyPressed("1"), Said())
    assert at_top.waits_s == 3.0
    assert at_top.meets(Expired()) == (says("error.no_input", "sub"),)
    assert at_top.meets(Said(), Expired()) == (Entered("bye"), says("bye"))


def test_tries_begin_anew_in_the_next_menu(at_top: Caller) -> None:
    at_top.meets(Expired(), Said(), Expired(), Said(), KeyPressed("1"), Said())
    assert at_top.meets(Expired()) == (says("error.no_input", "sub"),)


@pytest.mark.parametrize("path", ["", "1", "11", "4"])
def test_zero_leads_to_an_agent_from_every_menu(at_top: Caller, path: str) -> None:
    """R-DLG-6, A-DLG-1."""
    at_top.meets(*keys(path))
    at_top.meets(Said())
    assert at_top.meets(KeyPressed("0"))[-1] == Transfer("service", Language.ZH)


@pytest.mark.parametrize(
    ("path", "target"), [("", "top"), ("1", "top"), ("11", "sub"), ("11*", "top"), ("11**", "top"), ("4", "top")]
)
def test_star_goes_back_and_twice_to_the_main_menu(at_top: Caller, path: str, target: str) -> None:
    at_top.meets(*keys(path), Said())
    assert at_top.meets(KeyPressed("*"))[-2:] == (Entered(target), says(target))


@pytest.mark.parametrize(("path", "text"), [("", "top"), ("11", "deep"), ("4", "slow")])
def test_nine_says_the_menu_again(at_top: Caller, path: str, text: str) -> None:
    at_top.meets(*keys(path), Said())
    assert at_top.meets(KeyPressed("9"))[-1] == says(text)


def test_a_menus_own_key_wins_over_a_key_that_works_everywhere(at_top: Caller) -> None:
    at_top.meets(KeyPressed("1"), Said())
    assert at_top.meets(KeyPressed("9")) == (Entered("urgent"), says("urgent"))


def test_nine_says_an_announcement_again(caller: Caller) -> None:
    caller.meets(Began())
    assert caller.meets(KeyPressed("9")) == (Hush(), Entered("hello"), says("hello"))


def test_star_in_an_announcement_leads_to_the_menu_it_was_chosen_in(at_top: Caller) -> None:
    at_top.meets(*keys("19"))
    assert at_top.meets(KeyPressed("*")) == (Hush(), Entered("sub"), says("sub"))


def test_eight_switches_the_language_at_the_main_menu_and_back(at_top: Caller) -> None:
    """A-IVR-2: all later prompts."""
    assert at_top.meets(KeyPressed("8")) == (Entered("top"), says("top", language=Language.EN))
    assert at_top.meets(KeyPressed("1"))[-1] == says("sub", language=Language.EN)
    assert at_top.meets(*keys("*8"))[-1] == says("top")


def test_eight_is_no_language_key_elsewhere(at_top: Caller) -> None:
    at_top.meets(*keys("11"), Said())
    assert at_top.meets(KeyPressed("8")) == (says("error.no_match", "deep"),)


def test_a_language_node_goes_on_in_its_language(at_top: Caller) -> None:
    expected = (Entered("english"), Entered("top"), says("top", language=Language.EN))
    assert at_top.meets(KeyPressed("3")) == expected


def test_a_menu_without_barge_in_is_heard_first(at_top: Caller) -> None:
    assert at_top.meets(*keys("41")) == (DroppedKey("1", MUST_BE_HEARD),)
    assert at_top.meets(Said(), KeyPressed("1")) == (Entered("top"), says("top"))


def test_a_service_is_asked_with_what_is_known(at_top: Caller) -> None:
    assert at_top.meets(KeyPressed("2")) == (Entered("hours"), Ask("clock", "now", (("which", "2"),)))
    assert at_top.waits_s == 2.0


def test_an_answer_is_spoken_by_readers(at_top: Caller) -> None:
    at_top.meets(KeyPressed("2"))
    answer = Answered("open", (("opens", "08:30"), ("day", "monday")))
    assert at_top.meets(answer) == (Entered("is_open"), says("opens", Spoken(Reader.CLOCK, "08:30"), "day.monday"))


@pytest.mark.parametrize(
    "answer",
    [
        Unanswered("away"),
        Answered("something else"),
        Answered("silent"),
        Answered("open", (("opens", "08:30"),)),
    ],
)
def test_no_answer_or_half_an_answer_is_said_so(at_top: Caller, answer: Answered | Unanswered) -> None:
    at_top.meets(KeyPressed("2"))
    assert at_top.meets(answer) == (Entered("sorry"), says("sorry"))


def test_keys_while_a_service_is_asked_are_dropped_and_named(at_top: Caller) -> None:
    assert at_top.meets(*keys("25")) == (DroppedKey("5", BEING_ASKED),)


def test_a_slow_service_is_excused_and_its_answer_waits_for_the_end_of_the_excuse(at_top: Caller) -> None:
    """R-TTS-2: silence for 2 s, then `one moment please`."""
    assert at_top.meets(KeyPressed("2"), Expired()) == (says("system.wait"),)
    assert at_top.meets(Answered("open", (("opens", "08:30"), ("day", "monday")))) == ()
    assert at_top.meets(Said())[0] == Entered("is_open")


def test_a_lost_answer_ends_after_twenty_seconds(at_top: Caller) -> None:
    at_top.meets(KeyPressed("2"))
    at_top.meets(Expired(), Said(), seconds=2.0)
    assert at_top.waits_s == 6.0
    assert at_top.meets(Expired(), seconds=6.0) == (says("system.wait"),)
    assert at_top.meets(Said(), Expired(), seconds=6.0) == (Entered("sorry"), says("sorry"))


@pytest.mark.parametrize(
    ("cause", "node"),
    [
        (ReturnCause.QUEUE_FULL, "full"),
        (ReturnCause.QUEUE_TIMEOUT, "top"),
        (ReturnCause.NO_AGENTS, "bye"),
        (ReturnCause.CHOSE_MENU, "top"),
    ],
)
def test_who_comes_back_from_the_queue_goes_on_where_the_menu_says(
    at_top: Caller, cause: ReturnCause, node: str
) -> None:
    at_top.meets(KeyPressed("0"))
    assert at_top.waits_s is None
    assert at_top.meets(Returned(cause)) == (Entered(node), says(node))


def test_goodbye_is_said_before_the_house_hangs_up(at_top: Caller) -> None:
    assert at_top.meets(KeyPressed("#")) == (Entered("bye"), says("bye"))
    assert at_top.meets(KeyPressed("5")) == (DroppedKey("5", NO_CHOICE),)
    assert at_top.meets(Said()) == (HangUp(),)
    assert at_top.meets(KeyPressed("0")) == (DroppedKey("0", NO_CHOICE),)


def test_zero_in_the_goodbye_still_reaches_a_person(at_top: Caller) -> None:
    assert at_top.meets(*keys("#0"))[-1] == Transfer("service", Language.ZH)


def test_a_prompt_whose_end_is_lost_is_no_dead_end(caller: Caller) -> None:
    caller.meets(Began())
    assert caller.waits_s == 180.0
    assert caller.meets(Expired()) == (Entered("notice"), says("notice"))


def test_sixty_steps_lead_to_an_agent_and_then_to_the_end(at_top: Caller) -> None:
    """R-DLG-5."""
    actions = at_top.meets(*keys("9" * 56))
    assert actions[-1] == says("top")
    assert at_top.meets(KeyPressed("9")) == (Hush(), Entered("agent"), Transfer("service", Language.ZH))
    assert at_top.meets(Returned(ReturnCause.CHOSE_MENU)) == (Entered("bye"), says("bye"))
    assert at_top.meets(Said()) == (HangUp(),)


def test_twenty_minutes_lead_to_an_agent_but_waiting_for_one_does_not_count(at_top: Caller) -> None:
    """R-DLG-5."""
    at_top.meets(KeyPressed("0"))
    assert at_top.meets(Returned(ReturnCause.CHOSE_MENU), seconds=3600)[0] == Entered("top")
    assert at_top.meets(KeyPressed("9"), seconds=1201)[1:] == (Entered("agent"), Transfer("service", Language.ZH))


def test_a_script_without_agent_ends_at_its_limits() -> None:
    text = "name: loop\nstart: a\nmain: m\nclosing: end\nnodes:\n"
    text += "  a: {kind: language, to: en, next: a}\n  m: {kind: menu, say: m, keys: {1: m}}\n  end: {kind: hang_up}\n"
    actions = Caller(parse(text, "loop.yaml")).meets(Began())
    assert actions == (*[Entered("a")] * 60, Entered("end"), HangUp())


def test_the_call_keeps_name_and_version_of_its_menu(caller: Caller) -> None:
    assert caller.dialogue.script == "small@v1"
    other = parse(MENU.replace("version: v1\n", ""), "small.yaml")
    assert other.ident.startswith("small@")
    assert len(other.version) == 8
