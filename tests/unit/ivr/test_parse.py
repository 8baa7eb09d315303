"""A menu file becomes a script, or all its faults are told at once as `file:line:key: message`."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cti_core.call_control.actions import Language, Reader
from cti_core.call_control.dialogue import ReturnCause
from cti_core.faults import ConfigError
from ivr.parse import ScriptError, load, parse
from ivr.script import Announcement, GlobalKeys, Menu, NodeId, PromptNamed, Retries, Text, TransferNode, ValueSpoken
from unit.ivr.menus import MENU

CONFIG = Path(__file__).parents[3] / "config" / "ivr"

FRAME = """name: x
start: a
main: m
closing: bye
nodes:
  a: {kind: announcement, say: hello, next: m}
  m: {kind: menu, say: m, keys: {1: a}}
  bye: {kind: hang_up}
"""


def faults(text: str) -> list[str]:
    with pytest.raises(ScriptError) as wrong:
        parse(text, "x.yaml")
    return [str(fault) for fault in wrong.value.faults]


def node(text: str) -> str:
    """The frame with one more node, in line 9."""
    return f"{FRAME}  n: {text}\n"


def test_what_a_file_does_not_say_is_as_the_hospital_talks() -> None:
    """R-DLG: 0 agent, * back, 9 again, 8 language; 6 s; three tries."""
    script = parse(FRAME, "x.yaml")
    assert script.keys == GlobalKeys(agent="0", back="*", replay="9", language="8")
    assert script.retries == Retries()
    assert (script.retries.no_input_s, script.retries.tries) == (6.0, 3)
    assert script.language is Language.ZH
    assert script.give_up == "bye"


def test_prompts_and_values_are_pieces_of_a_text() -> None:
    script = parse(node('{kind: announcement, say: [a.b, "{n:cardinal}", "day.{d}"], next: m}'), "x.yaml")
    announcement = script.nodes[NodeId("n")]
    assert isinstance(announcement, Announcement)
    pieces = ("a.b", ValueSpoken("n", Reader.CARDINAL), PromptNamed("day.", "d", ""))
    assert announcement.say == Text(pieces, pieces)
    assert announcement.say.values() == {"n", "d"}


def test_languages_may_differ_in_the_order_of_words() -> None:
    script = parse(node('{kind: announcement, say: {zh: [p, "{n:digits}"], en: ["{n:digits}", p]}, next: m}'), "x.yaml")
    announcement = script.nodes[NodeId("n")]
    assert isinstance(announcement, Announcement)
    assert announcement.say.zh == announcement.say.en[::-1]


def test_one_target_may_stand_for_all_ways_back_from_a_queue() -> None:
    script = parse(node("{kind: transfer, queue: q, returned: m}"), "x.yaml")
    transfer = script.nodes[NodeId("n")]
    assert isinstance(transfer, TransferNode)
    assert {transfer.target(cause) for cause in ReturnCause} == {"m"}


def test_keys_that_work_everywhere_can_be_changed_and_switched_off() -> None:
    script = parse("keys: {agent: '#', back: null}\n" + FRAME, "x.yaml")
    assert script.keys == GlobalKeys(agent="#", back="")


def test_retries_and_limits_can_be_set_for_all_and_for_one_menu() -> None:
    text = "retries: {no_input_s: 10, tries: 2, give_up: a}\nlimits: {steps: 5}\n" + node(
        "{kind: menu, say: [], keys: {any: m}, no_input_s: 3.5, tries: 1, give_up: bye, help: h}"
    )
    script = parse(text, "x.yaml")
    assert (script.retries.no_input_s, script.retries.tries, script.give_up, script.limits.steps) == (10, 2, "a", 5)
    menu = script.nodes[NodeId("n")]
    assert isinstance(menu, Menu)
    assert (menu.no_input_s, menu.tries, menu.give_up, menu.target("7")) == (3.5, 1, "bye", "m")


def test_the_version_is_declared_or_told_by_the_content() -> None:
    assert parse(MENU, "x.yaml").ident == "small@v1"
    first, again, other = (parse(text, "x.yaml").ident for text in (FRAME, FRAME, FRAME + "# edited\n"))
    assert first == again != other


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{kind: announcement, say: p}", "x.yaml:9:nodes.n.next: is missing"),
        ("{kind: announcement, next: m}", "x.yaml:9:nodes.n.say: is missing"),
        ("{kind: announcement, say: [], next: m}", "x.yaml:9:nodes.n.say: says nothing"),
        ("{kind: announcement, say: p, next: mm}", 'x.yaml:9:nodes.n.next: there is no node "mm"'),
        ("{kind: announcement, say: p, next: [m]}", "x.yaml:9:nodes.n.next: must be a text"),
        ("{kind: announcement, say: p, next: m, loud: 1}", "x.yaml:9:nodes.n.loud: is unknown here"),
        ("{kind: announcement, say: p, next: m, barge_in: yes}", "x.yaml:9:nodes.n.barge_in: must be true or false"),
        ("{kind: announcement, say: 您好, next: m}", 'x.yaml:9:nodes.n.say: "您好" is neither a prompt nor a value'),
        ('{kind: announcement, say: [p, "{n:money}"], next: m}', 'x.yaml:9:nodes.n.say[1]: there is no reader "money"'),
        (
            '{kind: announcement, say: "{n}", next: m}',
            "x.yaml:9:nodes.n.say: say how the value is read, as in {n:digits}",
        ),
        ("{kind: announcement, say: {zh: p}, next: m}", "x.yaml:9:nodes.n.say.en: is missing"),
        ("{kind: announcement, say: {zh: p, en: p, fr: p}, next: m}", "x.yaml:9:nodes.n.say.fr: is unknown here"),
        ("{kind: menu, say: p}", "x.yaml:9:nodes.n.keys: is missing"),
        ("{kind: menu, say: p, keys: {}}", "x.yaml:9:nodes.n.keys: names no key"),
        ("{kind: menu, say: p, keys: {12: m}}", 'x.yaml:9:nodes.n.keys.12: "12" is no key of a telephone'),
        ("{kind: menu, say: p, keys: {1: m, 1: a}}", "x.yaml:9:nodes.n.keys.1: stands here twice, first in line 9"),
        ("{kind: menu, say: p, keys: {1: m}, tries: 0}", "x.yaml:9:nodes.n.tries: must be a whole number from 1 to 5"),
        ("{kind: menu, say: p, keys: {1: m}, tries: 1.5}", "x.yaml:9:nodes.n.tries: must be a whole number"),
        ("{kind: menu, say: p, keys: {1: m}, no_input_s: .nan}", "x.yaml:9:nodes.n.no_input_s: must be a number"),
        ("{kind: menu, say: p, keys: {1: m}, no_input_s: soon}", "x.yaml:9:nodes.n.no_input_s: must be a number"),
        ("{kind: ask, service: s, request: r, failed: m}", "x.yaml:9:nodes.n.outcomes: is missing"),
        ("{kind: ask, service: s, request: r, failed: m, outcomes: {}}", "x.yaml:9:nodes.n.outcomes: names no outcome"),
        ("{kind: ask, service: s, request: r, failed: m, outcomes: 1}", "x.yaml:9:nodes.n.outcomes: must be keys and"),
        ("{kind: transfer, queue: q}", "x.yaml:9:nodes.n.returned: is missing"),
        ("{kind: transfer, queue: q q, returned: m}", 'x.yaml:9:nodes.n.queue: "q q" is no name'),
        ("{kind: transfer, queue: q, returned: {queueFull: m}}", "x.yaml:9:nodes.n.returned.noAgents: is missing"),
        ("{kind: language, to: fr, next: m}", "x.yaml:9:nodes.n.to: must be one of zh, en"),
        ("{kind: hang_up, say: 1 2}", 'x.yaml:9:nodes.n.say: "1 2" is neither'),
        ("{kind: hangup}", 'x.yaml:9:nodes.n.kind: there is no kind "hangup" (did you mean "hang_up"?)'),
        ("{say: p}", "x.yaml:9:nodes.n.kind: is missing"),
        ("hang_up", "x.yaml:9:nodes.n: must be keys and values"),
    ],
)
def test_a_fault_in_a_node_is_told_where_it_stands(text: str, message: str) -> None:
    told = faults(node(text))
    assert any(fault.startswith(message) for fault in told), told


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("nodes: {}\n", "x.yaml:1:name: is missing"),
        (FRAME.replace("main: m", "main: a"), 'x.yaml:3:main: "a" must be a node of the kind menu, not announcement'),
        (
            FRAME.replace("closing: bye", "closing: m"),
            'x.yaml:4:closing: "m" must be a node of the kind hang_up, not menu',
        ),
        (FRAME + "agent: m\n", 'x.yaml:9:agent: "m" must be a node of the kind transfer, not menu'),
        (FRAME.replace("start: a", "start: b"), 'x.yaml:2:start: there is no node "b"'),
        (FRAME.replace("name: x", "name: 名"), 'x.yaml:1:name: "名" is no name'),
        (FRAME + "language: fr\n", "x.yaml:9:language: must be one of zh, en"),
        (FRAME + "keys: {agent: 00}\n", 'x.yaml:9:keys.agent: "00" is no key of a telephone'),
        (FRAME + "keys: {agent: 9}\n", "x.yaml:9:keys: key 9 has two meanings"),
        (FRAME + "name: y\n", "x.yaml:9:name: stands here twice, first in line 1"),
        (FRAME + "  [1, 2]: {kind: hang_up}\n", "x.yaml:9:nodes: a key must be a single word"),
        (FRAME + "limits: {steps: -1}\n", "x.yaml:9:limits.steps: must be a whole number from 1 to 1000"),
        (FRAME + "retries: [1]\n", "x.yaml:9:retries: must be keys and values"),
    ],
)
def test_a_fault_of_the_whole_is_told_where_it_stands(text: str, message: str) -> None:
    told = faults(text)
    assert any(fault.startswith(message) for fault in told), told


def test_all_faults_are_told_at_once_in_the_order_of_lines() -> None:
    text = FRAME.replace("next: m", "nxt: m").replace("keys: {1: a}", "keys: {1: aa, x: a}") + "colour: red\n"
    assert [fault.split(": ")[0] for fault in faults(text)] == [
        "x.yaml:6:nodes.a.next",
        "x.yaml:6:nodes.a.nxt",
        "x.yaml:7:nodes.m.keys.1",
        "x.yaml:7:nodes.m.keys.x",
        "x.yaml:9:colour",
    ]


def test_a_node_with_a_fault_of_its_own_is_not_also_missed_by_those_who_lead_to_it() -> None:
    assert faults(FRAME.replace("kind: menu", "kind: mnu")) == [
        'x.yaml:7:nodes.m.kind: there is no kind "mnu" (did you mean "menu"?)'
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "x.yaml: holds no keys"),
        ("- a\n", "x.yaml: is no mapping"),
        ("a: [1\n", "x.yaml:2: "),
        ("a: b: c\n", "x.yaml:1: mapping values are not allowed here"),
        ("keys:\n  *: top\n", "x.yaml:2: found undefined alias ':'; a key like * or # stands in quotes"),
        ("a: 1\n---\nb: 2\n", "x.yaml:2: but found another document"),
        ("a: '\0'\n", "x.yaml: unacceptable character"),
        ("a: " + "[" * 900, "x.yaml: is nested too deeply"),
    ],
)
def test_what_is_no_yaml_is_one_fault(text: str, message: str) -> None:
    (fault,) = faults(text)
    assert fault.startswith(message)


@pytest.mark.parametrize(
    ("content", "message"),
    [(None, "menu.yaml: cannot be read: No such file"), (b"name: x\nstart: \xff\n", "menu.yaml:2: is not UTF-8")],
)
def test_a_file_that_cannot_be_read_is_one_fault(tmp_path: Path, content: bytes | None, message: str) -> None:
    path = tmp_path / "menu.yaml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ScriptError, match=message):
        load(path)


def test_a_file_of_any_editor_is_read(tmp_path: Path) -> None:
    """Byte order mark and CRLF."""
    path = tmp_path / "menu.yaml"
    path.write_bytes(b"\xef\xbb\xbf" + FRAME.replace("\n", "\r\n").encode())
    assert load(path).name == "x"


@pytest.mark.parametrize("name", ["main", "keytest"])
def test_the_menus_that_ship_have_no_fault(name: str) -> None:
    assert load(CONFIG / f"{name}.yaml").name == name


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_no_damage_to_a_file_raises_anything_but_its_faults(data: st.DataObject) -> None:
    """A byte deleted, doubled or replaced anywhere; what remains is a script or faults with a file in front."""
    at = data.draw(st.integers(0, len(MENU) - 1))
    put = data.draw(st.text(alphabet="{}[]:,*&!|>%@`#-?'\"\\\n\t 19ax\u4e00", max_size=3))
    cut = data.draw(st.integers(0, 12))
    told = told_of(MENU[:at] + put + MENU[at + cut :])
    assert all(fault.startswith("x.yaml:") for fault in told)


def told_of(text: str) -> list[str]:
    """Faults, or none; a refusal without a fault would be one too."""
    try:
        parse(text, "x.yaml")
    except ConfigError as wrong:
        return [str(fault) for fault in wrong.faults] or ["refused for nothing"]
    return []
