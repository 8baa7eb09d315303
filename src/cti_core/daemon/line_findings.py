"""Figures of a line test with their limits become findings in words."""

from typing import Final

from cti_core.api.line_report import Finding, Verdict
from cti_core.call_control.actions import Language
from cti_core.daemon.line_test_words import NO, NONE, NOTHING, WORDS, YES, Pair, in_language


class Findings:
    """In the order in which they were found; each name once."""

    def __init__(self, language: Language) -> None:
        self._language: Final = language
        self._found: Final[dict[str, Finding]] = {}

    def figure(
        self, name: str, value: float, *, low: float | None = None, high: float | None = None, digits: int = 1
    ) -> None:
        """A value that must lie within its limits."""
        value = round(value, digits)
        below, above = low is not None and value < low, high is not None and value > high
        words = WORDS[name]
        advice = words.low if below else words.high if above else NOTHING
        verdict = Verdict.BAD if below or above else Verdict.GOOD
        self._put(name, _with_unit(value, words.unit, digits), verdict, advice, value=value, low=low, high=high)

    def missing(self, name: str, *, high: float) -> None:
        """What should have come within `high` did not."""
        self._put(name, self._say(NONE), Verdict.BAD, WORDS[name].high, high=high)

    def fact(self, name: str, *, holds: bool, text: str | None = None) -> None:
        """Something that must be so."""
        words = WORDS[name]
        self._found[name] = Finding(
            name=name,
            title=self._say(words.title),
            text=text or self._say(YES if holds else NO),
            verdict=Verdict.GOOD if holds else Verdict.BAD,
            source=self._say(words.source),
            advice="" if holds else self._say(words.low),
        )

    def unknown(self, *names: str) -> None:
        """Could not be measured; `advice` says why."""
        for name in names:
            words = WORDS[name]
            self._found[name] = Finding(
                name=name,
                title=self._say(words.title),
                text="—",
                verdict=Verdict.UNKNOWN,
                unit=words.unit,
                advice=self._say(words.unknown),
            )

    def all(self) -> tuple[Finding, ...]:
        return tuple(self._found.values())

    def bad(self) -> int:
        """How many are out of their limits."""
        return sum(one.verdict is Verdict.BAD for one in self._found.values())

    def good(self) -> int:
        return sum(one.verdict is Verdict.GOOD for one in self._found.values())

    def _put(
        self,
        name: str,
        text: str,
        verdict: Verdict,
        advice: Pair,
        *,
        value: float | None = None,
        low: float | None = None,
        high: float | None = None,
    ) -> None:
        words = WORDS[name]
        limits = {"low": _with_unit(low, words.unit, 1), "high": _with_unit(high, words.unit, 1)}
        self._found[name] = Finding(
            name=name,
            title=self._say(words.title),
            text=text,
            verdict=verdict,
            value=value,
            unit=words.unit,
            low=low,
            high=high,
            source=self._say(words.source),
            advice=self._say(advice).format(**limits),
        )

    def _say(self, pair: Pair) -> str:
        return in_language(pair, self._language)


def _with_unit(value: float | None, unit: str, digits: int) -> str:
    return "" if value is None else f"{value:.{digits}f} {unit}".strip()
