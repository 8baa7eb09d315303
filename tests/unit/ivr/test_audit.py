"""What is allowed in a menu and still disappoints a caller."""

from pathlib import Path

import pytest

from cti_core.call_control.actions import Language
from hospital.services import load_services
from ivr.audit import Finding, Severity, Surroundings, audit, keys_spoken, unused_prompts
from ivr.library import humming_library
from ivr.parse import load, parse
from ivr.prompts import HOUSE_PROMPTS, Catalogue, load_prompts, parse_prompts
from unit.ivr.menus import MENU, small

CONFIG = Path(__file__).parents[3] / "config" / "ivr"

FRAME = """name: x
start: m
main: m
closing: bye
nodes:
  m: {kind: menu, say: m, keys: {1: a, 2: bye}}
  a: {kind: announcement, say: hello, next: m}
  bye: {kind: hang_up}
"""
TEXTS = """
m: {zh: 问候请按1，结束请按2。, en: For a greeting press 1. To end press 2.}
hello: {zh: 您好。, en: Hello.}
error.no_input: {zh: 没有按键。, en: No key.}
error.no_match: {zh: 有误。, en: Not valid.}
error.help: {zh: 请按键。, en: Please choose.}
"""


def catalogue(texts: str = TEXTS) -> Catalogue:
    house = "".join(f"{prompt}: {{zh: 请稍候。, en: Wait.}}\n" for prompt in HOUSE_PROMPTS)
    return parse_prompts(texts + house, "prompts.yaml")


def found(menu: str = FRAME, texts: str = TEXTS) -> list[str]:
    return [str(finding) for finding in audit(parse(menu, "x.yaml"), catalogue(texts))]


def test_a_menu_that_is_right_has_no_finding() -> None:
    assert found() == []


@pytest.mark.parametrize("name", ["main", "keytest"])
def test_the_menus_that_ship_have_no_finding(name: str) -> None:
    texts = load_prompts(CONFIG / "prompts.yaml")
    hospital = load_services(CONFIG.parent / "hospital.toml")
    house = Surroundings(queues=["service"], services=hospital.names, vocabulary=hospital.vocabulary)
    assert audit(load(CONFIG / f"{name}.yaml"), texts, humming_library(texts), house) == ()


def test_every_prompt_that_ships_is_said_by_somebody() -> None:
    """A-PRM-2."""
    scripts = [load(CONFIG / f"{name}.yaml") for name in ("main", "keytest")]
    assert unused_prompts(scripts, load_prompts(CONFIG / "prompts.yaml")) == ()


def test_a_prompt_nobody_says_is_named() -> None:
    texts = catalogue(TEXTS + "old: {zh: 旧。, en: Old.}\nsystem.wait: {zh: 请稍候。, en: Wait.}\n")
    assert unused_prompts([parse(FRAME, "x.yaml")], texts, others=[]) == ("old", "system.wait")


def test_a_node_nobody_comes_to_is_named() -> None:
    lonely = "  lonely: {kind: announcement, say: hello, next: m}\n"
    assert found(FRAME + lonely) == ["warning: lonely: nobody comes here"]


def test_a_circle_of_announcements_is_a_dead_end() -> None:
    circle = FRAME.replace("next: m", "next: b") + "  b: {kind: announcement, say: hello, next: a}\n"
    dead = "dead end: no way leads to an agent or to the end of the call"
    assert found(circle) == [f"error: a: {dead}", f"error: b: {dead}"]


def test_a_menu_that_only_silence_leaves_is_told() -> None:
    menu = FRAME.replace("2: bye", "2: a")
    only = "dead end: only who presses nothing comes to an agent or to the end of the call"
    assert found(menu) == [f"warning: m: {only}", f"warning: a: {only}"]


@pytest.mark.parametrize(("language", "text"), [("zh", "m: {en: Press 1 or press 2.}"), ("en", "m: {zh: 按1，按2。}")])
def test_a_prompt_without_text_in_a_language_is_told(language: str, text: str) -> None:
    texts = "\n".join(line if not line.startswith("m:") else text for line in TEXTS.splitlines()) + "\n"
    assert f'error: m: prompt "m" has no text in {language}' in found(texts=texts)


def test_a_prompt_of_the_house_that_is_missing_is_told() -> None:
    findings = audit(parse(FRAME, "x.yaml"), parse_prompts(TEXTS, "prompts.yaml"))
    missing = [f for f in findings if f.where == "house"]
    assert len(missing) == 2 * len(HOUSE_PROMPTS)
    assert {f.severity for f in missing} == {Severity.ERROR}


def test_a_name_that_no_prompt_has_is_told() -> None:
    menu = FRAME.replace("say: hello", 'say: "day.{d}"')
    assert found(menu) == [f'error: a: no prompt is named "day.{{d}}" in {language}' for language in Language]


def test_a_word_of_a_service_that_no_prompt_speaks_is_told() -> None:
    menu = parse(FRAME.replace("say: hello", 'say: "day.{day}"'), "x.yaml")
    texts = catalogue(TEXTS + "day.today: {zh: 今天, en: today}\nday.monday: {zh: 星期一}\n")
    house = Surroundings(queues=[], services=[], vocabulary={"day": ("today", "monday")})
    told = [f.message for f in audit(menu, texts, surroundings=house)]
    assert told == ['prompt "day.monday" has no text in en']


def test_a_queue_or_a_service_that_is_not_there_is_told() -> None:
    house = Surroundings(queues=["services"], services=["clock"], vocabulary={})
    findings = audit(small(), parse_prompts(TEXTS, "prompts.yaml"), surroundings=house)
    assert [str(f) for f in findings if "there is no" in f.message] == [
        'error: agent: there is no queue "service" (did you mean "services"?)'
    ]
    nothing = Surroundings(queues=["service"], services=[], vocabulary={})
    findings = audit(small(), parse_prompts(TEXTS, "prompts.yaml"), surroundings=nothing)
    assert [str(f) for f in findings if "there is no" in f.message] == ['error: hours: there is no service "clock"']


def test_a_key_spoken_in_an_announcement_must_work_there() -> None:
    """Key 2 is taken by the menu behind it, key 0 by nobody."""
    assert found(texts=TEXTS.replace("您好。", "请按2。")) == []
    assert found(texts=TEXTS.replace("您好。", "请按0。")) == ["error: a: key 0 is spoken in zh and not handled"]


def test_a_key_that_is_spoken_and_not_handled_is_told_in_its_language() -> None:
    """A-PRM-1."""
    assert found(texts=TEXTS.replace("请按2。", "请按2，其他请按3。")) == [
        "error: m: key 3 is spoken in zh and not handled"
    ]
    assert found(texts=TEXTS.replace("press 2.", "press 2. To win press pound.")) == [
        "error: m: key # is spoken in en and not handled"
    ]


def test_a_key_that_is_handled_and_not_spoken_is_told_in_its_language() -> None:
    """A-PRM-1."""
    assert found(texts=TEXTS.replace("To end press 2.", "")) == ["warning: m: key 2 is handled and not spoken in en"]


def test_keys_in_the_help_must_be_handled_too() -> None:
    assert found(texts=TEXTS.replace("请按键。", "请按0。")) == ["error: m: key 0 is spoken in zh and not handled"]


def test_a_menu_longer_than_twenty_seconds_is_told() -> None:
    """A-PRM-4."""
    texts = catalogue(TEXTS.replace("问候请按1", "问候" * 45 + "请按1"))
    findings = audit(parse(FRAME, "x.yaml"), texts, humming_library(texts))
    assert [f.message for f in findings] == ["takes 22 s in zh, more than 20 s"]


def test_prompts_without_audio_are_counted() -> None:
    texts = catalogue()
    library = humming_library(texts)
    library.audio = {key: audio for key, audio in library.audio.items() if key[1] != "hello"}
    findings = audit(parse(FRAME, "x.yaml"), texts, library)
    assert findings == tuple(
        Finding(severity=Severity.WARNING, where="voice", message=f"prompts without audio in {language}: hello")
        for language in Language
    )


@pytest.mark.parametrize(
    ("text", "language", "keys"),
    [
        ("患者请按1，返回请按星号键，结束请按井号键。", Language.ZH, "1*#"),
        ("任何时候按0转人工服务", Language.ZH, "0"),
        ("危急情况请挂机拨打120。", Language.ZH, ""),
        ("请按19800102", Language.ZH, ""),
        ("For hours press 1, to go back press star, to end Press pound.", Language.EN, "1*#"),
        ("Please dial 120 or press 120", Language.EN, ""),
        ("an express 1", Language.EN, ""),
    ],
)
def test_keys_are_found_in_what_is_spoken(text: str, language: Language, keys: str) -> None:
    assert keys_spoken(text, language) == set(keys)


def test_the_small_menu_of_the_tests_shows_all_kinds_of_findings() -> None:
    """Nothing in it has a text: the audit goes on to the end."""
    findings = audit(parse(MENU, "small.yaml"), parse_prompts("x: {zh: 好, en: good}", "prompts.yaml"))
    assert len({f.where for f in findings}) > 5
