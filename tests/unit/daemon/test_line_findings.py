"""Figures with limits become findings that say what to do, in both languages."""

from string import Formatter

import pytest

from cti_core.api.line_report import Verdict
from cti_core.call_control.actions import Language
from cti_core.daemon.line_findings import Findings
from cti_core.daemon.line_test_words import SAID, WORDS, Words


def only(findings: Findings) -> tuple[str, Verdict, str]:
    (found,) = findings.all()
    return found.text, found.verdict, found.advice


@pytest.mark.parametrize(
    ("value", "verdict", "advice"),
    [
        (449.96, Verdict.GOOD, ""),
        (424.9, Verdict.BAD, "not the plan's dial tone: teach it with cti teach-tone."),
        (475.2, Verdict.BAD, "not the plan's dial tone: teach it with cti teach-tone."),
    ],
)
def test_a_figure_is_judged_as_it_is_shown(value: float, verdict: Verdict, advice: str) -> None:
    findings = Findings(Language.EN)
    findings.figure("dialToneHz", value, low=425, high=475)
    assert only(findings) == (f"{value:.1f} Hz", verdict, advice)


def test_what_never_came_names_how_long_it_was_waited_for() -> None:
    findings = Findings(Language.ZH)
    findings.missing("dialToneDelay", high=5.0)
    assert only(findings) == ("无", Verdict.BAD, "没有拨号音：线缆，或交换机需要多于 5.0 s。")
    assert (findings.bad(), findings.good()) == (1, 0)


def test_what_cannot_be_told_is_no_fault_and_says_why() -> None:
    findings = Findings(Language.EN)
    findings.unknown("battery")
    assert only(findings) == ("—", Verdict.UNKNOWN, "this board cannot see battery")
    assert (findings.bad(), findings.good()) == (0, 0)


def test_a_fact_that_does_not_hold_has_advice() -> None:
    findings = Findings(Language.EN)
    findings.fact("digitRead", holds=False, text="3")
    text, verdict, advice = only(findings)
    assert (text, verdict) == ("3", Verdict.BAD)
    assert advice


@pytest.mark.parametrize("name", WORDS)
def test_every_figure_has_words_in_both_languages(name: str) -> None:
    """And holes for nothing but its limits."""
    words: Words = WORDS[name]
    assert all(words.title)
    for pair in (words.source, words.low, words.high, words.unknown):
        assert bool(pair[0]) == bool(pair[1])
        for text in pair:
            assert {hole for _, hole, _, _ in Formatter().parse(text) if hole} <= {"low", "high"}
    assert words.low != ("", "") or words.high != ("", "")


def test_every_outcome_has_a_sentence() -> None:
    assert all(zh and en for zh, en in SAID.values())
