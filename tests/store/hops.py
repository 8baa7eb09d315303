"""Hops for the tests of the store."""

from collections.abc import Iterable
from datetime import UTC, datetime

from cti_core.call_control import csta
from cti_core.call_control.actions import Tell
from cti_core.call_control.clock import Instant
from cti_core.call_control.events import DigitHeard
from cti_core.call_control.ids import CallId, LineId, Seq
from cti_core.call_control.trace import API, Hop, call, caller, line

BEGAN = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
LINE = LineId(1)


def digit(seq: int, on: str = "s1-1") -> Hop:
    """A hop that is no event."""
    return Hop(
        seq=Seq(seq),
        at=Instant(seq * 160),
        because=None,
        source=caller(LINE),
        target=line(LINE),
        what=DigitHeard(line=LINE, digit="5"),
        call=CallId(on),
    )


def told(seq: int, report: csta.Report, *, at: int | None = None) -> Hop:
    """A hop that is an event."""
    on = getattr(report, "call", None)
    return Hop(
        seq=Seq(seq),
        at=Instant(seq * 160 if at is None else at),
        because=Seq(max(seq - 1, 1)),
        source=call(CallId(on or "")),
        target=API,
        what=Tell(report),
        call=on,
    )


def offered(seq: int, on: str = "s1-1") -> Hop:
    return told(seq, csta.Offered(call=CallId(on), line=LINE))


def mixed(count: int, first: int = 1) -> list[Hop]:
    """Every third is an event."""
    return [offered(n) if n % 3 == 0 else digit(n) for n in range(first, first + count)]


def seqs(hops: Iterable[Hop]) -> list[int]:
    return [hop.seq for hop in hops]
