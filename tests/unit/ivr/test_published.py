"""A menu is published for new calls; a call keeps the one it began with."""

import pytest

from cti_core.call_control.clock import Instant
from cti_core.call_control.dialogue import Began, Entered
from ivr.parse import parse
from ivr.published import Menus, diff
from unit.ivr.menus import MENU, small


def edited(*changes: tuple[str, str]) -> str:
    text = MENU
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    return text


def test_a_call_keeps_the_version_it_began_with() -> None:
    """A-IVR-5."""
    menus = Menus(small())
    under_way = menus.factory()
    menus.publish(parse(edited(("version: v1", "version: v2"), ("start: hello", "start: urgent")), "small.yaml"))
    new = menus.factory()
    assert (under_way.script, new.script) == ("small@v1", "small@v2")
    assert under_way.step(Began(), Instant(0))[0] == Entered("hello")
    assert new.step(Began(), Instant(0))[0] == Entered("urgent")


def test_the_same_menu_has_no_difference() -> None:
    assert diff(small(), parse(MENU + "# a comment\n", "small.yaml")) == ()


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("start: hello", "start: urgent", "start: hello -> urgent"),
        ("agent: agent", "keys: {agent: '5'}\nagent: agent", "keys changed"),
        ("say: urgent", "say: hello", "node urgent: says something else"),
        ("next: urgent", "next: top", "node notice: next leads to top"),
        ("{1: deep, 9: urgent}", "{1: deep}", "node sub: key 9 is gone"),
        ("{1: deep, 9: urgent}", "{1: deep, 9: urgent, 7: top}", "node sub: key 7 leads to top"),
        ("barge_in: false, next: urgent", "next: urgent", "node notice: barge_in"),
        ("no_input_s: 3", "no_input_s: 4", "node sub: no_input_s"),
        ("request: now", "request: today", "node hours: request"),
        ("queue: service", "queue: other", "node agent: queue"),
        (
            "full: {kind: announcement, say: full, next: bye}",
            "full: {kind: hang_up, say: full}",
            "node full: is of another kind",
        ),
    ],
)
def test_a_change_is_told_in_words(old: str, new: str, told: str) -> None:
    assert diff(small(), parse(edited((old, new)), "small.yaml")) == (told,)


def test_new_and_lost_nodes_are_told() -> None:
    text = edited(("full: {kind", "crowded: {kind"), ("queueFull: full", "queueFull: crowded"))
    assert Menus(small()).publish(parse(text, "small.yaml")) == (
        "node full is gone",
        "node crowded is new",
        "node agent: queueFull leads to crowded",
    )
