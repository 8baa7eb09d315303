"""Tone plans are data; what is wrong with one is told with its place, all at once."""

from pathlib import Path

import pytest

from cti_core.faults import ConfigError
from dsp.plan import load_plan, parse_plan

CHINA = Path(__file__).parents[3] / "config" / "tones" / "cn.toml"


def faults(text: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        parse_plan(text, "x.toml")
    return [str(fault) for fault in caught.value.faults]


def test_the_chinese_plan_is_gb_t_3380() -> None:
    plan = load_plan(CHINA)
    assert {t.name: t.cadence_ms for t in plan.tones if t.listen} == {
        "dial": (),
        "special_dial": (400, 40),
        "ringback": (1000, 4000),
        "busy": (350, 350),
        "congestion": (700, 700),
        "vacant": (100, 100, 100, 100, 100, 100, 400, 400),
        "toll_notice": (200, 200, 200, 600),
        "call_waiting": (400, 4000),
        "howler": (),
    }
    assert plan.tone("busy").frequencies_hz == (450.0,)
    assert plan.tone("howler").frequencies_hz == (950.0,)
    assert plan.tone("busy").title == "忙音"
    with pytest.raises(KeyError):
        plan.tone("engaged")


def test_all_faults_of_a_plan_are_told_at_once_with_line_and_key() -> None:
    text = """
[tone.busy]
frequency_hz = [450, 440, 480]
cadance_ms = [350, 350]
level_dbm0 = 40
[tone.dial]
frequency_hz = "450"
cadence_ms = [350]
"""
    assert faults(text) == [
        "x.toml:3:tone.busy.frequency_hz: one or two frequencies are expected",
        'x.toml:4:tone.busy.cadance_ms: unknown key (did you mean "cadence_ms"?)',
        "x.toml:5:tone.busy.level_dbm0: a number from -60 to 3 is expected",
        "x.toml:7:tone.dial.frequency_hz: a list of numbers above 0 and up to 3400 is expected",
        "x.toml:7:tone.dial.frequency_hz: one or two frequencies are expected",
        "x.toml:8:tone.dial.cadence_ms: each on needs its off: an even count of durations is expected",
    ]


def test_a_file_that_is_no_toml_names_its_line() -> None:
    (fault,) = faults("plan = 'cn'\n[tone.busy\n")
    assert fault.startswith("x.toml:2: ")


def test_a_plan_without_tones_or_without_a_file_is_a_fault() -> None:
    assert faults("plan = 'cn'") == ["x.toml:0:tone: a plan has at least one [tone.NAME]".replace(":0", "")]
    with pytest.raises(ConfigError, match=r"nowhere\.toml"):
        load_plan(Path("nowhere.toml"))
