"""What a line test found, for people and programs. Sentences are in the language that was asked for."""

from dataclasses import dataclass
from enum import StrEnum

from cti_core.call_control.ids import LineId


class Verdict(StrEnum):
    GOOD = "good"
    BAD = "bad"
    UNKNOWN = "unknown"  # this board cannot tell, or the test did not come so far


class Outcome(StrEnum):
    DONE = "done"
    CALLER_CAME = "callerCame"  # the line has a call now: it comes first
    LINE_LOST = "lineLost"  # the line or its board failed
    TAKEN_AWAY = "takenAway"  # somebody ended the test, or it took too long


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One figure, its limits and where these come from; what to do when it is outside of them."""

    name: str  # stable id: `returnLoss`
    title: str
    text: str  # value and unit as they are read
    verdict: Verdict
    value: float | None = None
    unit: str = ""
    low: float | None = None
    high: float | None = None
    source: str = ""  # of the limits
    advice: str = ""  # empty when there is nothing to do


@dataclass(frozen=True, slots=True, kw_only=True)
class LineReport:
    """`verdict` is the worst that was found; `said` is the whole in a sentence."""

    line: LineId
    outcome: Outcome
    verdict: Verdict
    said: str
    seconds: float  # of the line's time
    findings: tuple[Finding, ...]
