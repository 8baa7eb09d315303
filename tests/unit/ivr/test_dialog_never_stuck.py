"""Every state meets every event, and no row of keys and silences ever gets a caller stuck."""

from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from cti_core.call_control.clock import Instant
from cti_core.call_control.dialogue import (
    Answered,
    Began,
    DialogueAction,
    DialogueEvent,
    DroppedKey,
    Entered,
    Expired,
    HangUp,
    KeyPressed,
    ReturnCause,
    Returned,
    Said,
    Transfer,
    Unanswered,
)
from ivr.dialog import MenuDialogue, step
from ivr.dialog_states import Informed, InQueue, New, Over, Soothing, State
from ivr.parse import load
from ivr.script import KEYS, Script
from unit.ivr.menus import Caller, small

CONFIG = Path(__file__).parents[3] / "config" / "ivr"
SMALL, MAIN, KEYTEST = small(), load(CONFIG / "main.yaml"), load(CONFIG / "keytest.yaml")
SPOKEN = (("hours_open", "08:00"), ("hours_close", "12:00"), ("day", "monday"), ("opens", "08:00"))
SPEAKING = {"Telling", "Announcing", "Prompting", "Soothing", "Informed"}

EVENTS: tuple[DialogueEvent, ...] = (
    Began(),
    *(KeyPressed(key) for key in KEYS),
    Said(),
    Answered("open", SPOKEN),
    Answered("nonsense"),
    Unanswered("away"),
    Expired(),
    *(Returned(cause) for cause in ReturnCause),
)

WAYS: dict[str, list[DialogueEvent]] = {
    "New": [],
    "Announcing": [Began()],
    "Telling": [Began(), Said()],
    "Prompting": [Began(), Said(), Said(), Said()],
    "Listening": [Began(), Said(), Said(), Said(), Said()],
    "Asking": [Began(), Said(), Said(), Said(), KeyPressed("2")],
    "Soothing": [Began(), Said(), Said(), Said(), KeyPressed("2"), Expired()],
    "Informed": [Began(), Said(), Said(), Said(), KeyPressed("2"), Expired(), Unanswered("away")],
    "InQueue": [Began(), Said(), Said(), Said(), KeyPressed("0")],
    "Over": [Began(), Said(), Said(), Said(), KeyPressed("#"), Said()],
}


def test_the_ways_lead_to_every_state_there_is() -> None:
    assert set(WAYS) == {state.__name__ for state in State.__args__}


@pytest.mark.parametrize("event", EVENTS, ids=str)
@pytest.mark.parametrize("name", WAYS)
def test_every_state_meets_every_event(name: str, event: DialogueEvent) -> None:
    """It moves on, or stands still without a word; a key is never ignored in silence."""
    caller = Caller(SMALL)
    caller.meets(*WAYS[name])
    assert caller.state == name
    before = caller.dialogue.state
    actions = caller.meets(event)
    if isinstance(event, KeyPressed):
        assert actions or caller.state == "Listening"
    elif caller.dialogue.state == before:
        assert actions == ()
    check(caller.dialogue, actions)


def check(dialogue: MenuDialogue, actions: tuple[DialogueAction, ...]) -> None:
    """What must hold after each step."""
    sleeping = isinstance(dialogue.state, New | InQueue | Over)
    assert (dialogue.until is None) == sleeping
    assert sum(isinstance(action, HangUp | Transfer) for action in actions) <= 1
    assert isinstance(dialogue.state, InQueue) or not any(isinstance(action, Transfer) for action in actions)
    assert isinstance(dialogue.state, Over) or HangUp() not in actions
    assert len(actions) <= 64


def next_of_a_silent_caller(state: State) -> DialogueEvent:
    """What happens by itself: prompts end, services fail, nobody presses anything."""
    return Said() if type(state).__name__ in SPEAKING else Expired()


# a row of (event, seconds before it)
rows = st.lists(st.tuples(st.sampled_from(EVENTS), st.sampled_from([0.02, 1.0, 7.0, 300.0])), max_size=80)


@pytest.mark.parametrize("script", [SMALL, MAIN], ids=["small", "main"])
@settings(max_examples=60, deadline=None)
@given(row=rows)
@example(row=[(Began(), 1.0), *[(KeyPressed("9"), 1.0)] * 80])
@example(
    row=[(Began(), 1.0), (Said(), 1.0), (Said(), 1.0), (KeyPressed("2"), 1.0), (Expired(), 1.0), (Expired(), 300.0)]
)
def test_a_caller_who_falls_silent_always_comes_to_an_agent_or_to_the_end(
    script: Script, row: list[tuple[DialogueEvent, float]]
) -> None:
    """From wherever keys and time have led: a bounded number of prompts and timers further on."""
    caller = Caller(script)
    for event, seconds in row:
        check(caller.dialogue, caller.meets(event, seconds=seconds))
    for _ in range(60):
        if isinstance(caller.dialogue.state, New | InQueue | Over):
            break
        check(caller.dialogue, caller.meets(next_of_a_silent_caller(caller.dialogue.state), seconds=6.0))
    assert isinstance(caller.dialogue.state, New | InQueue | Over)


@settings(max_examples=40, deadline=None)
@given(row=rows)
def test_the_key_test_names_every_key_until_nobody_presses_any(row: list[tuple[DialogueEvent, float]]) -> None:
    caller = Caller(KEYTEST)
    caller.meets(Began())
    for event, seconds in row:
        was = caller.dialogue.state
        actions = caller.meets(event, seconds=seconds)
        pressed = isinstance(event, KeyPressed) and not isinstance(was, Over)
        if pressed and not any(isinstance(a, DroppedKey) for a in actions):
            assert Entered("pressed") in actions or Entered("goodbye") in actions
    for _ in range(60):
        if isinstance(caller.dialogue.state, Over):
            break
        caller.meets(next_of_a_silent_caller(caller.dialogue.state), seconds=10.0)
    assert caller.state == "Over"


def test_a_step_is_a_function_of_its_arguments() -> None:
    """The same state, event and time: the same state and actions, and nothing else is touched."""
    state: State = New()
    for event in WAYS["Informed"]:
        first, second = (step(SMALL, state, event, Instant(8000)) for _ in range(2))
        assert first == second
        state = first[0]
    assert isinstance(state, Informed)
    assert not isinstance(state, Soothing)
