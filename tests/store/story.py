"""Hops of a morning at the switch: one call served by an agent, one that still rings, with recordings."""

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from cti_core.call_control.clock import Instant, after
from cti_core.call_control.events import (
    AnswerCall,
    CallerIdHeard,
    DigitHeard,
    Event,
    LogOn,
    LoopDropped,
    RecordingClosed,
    RingHeard,
    SetCallData,
    SetReady,
)
from cti_core.call_control.ids import CallId, RecordingId
from cti_core.call_control.privacy import PhoneNumber
from cti_core.call_control.trace import Hop
from cti_core.store.journal import Journal
from machines.plans import ANNA, L1, L2, SERVICE, new_switch
from store.hops import BEGAN

NUMBER = "13812345678"
FIRST, SECOND = CallId("t-1"), CallId("t-2")
SHA = "a" * 64

MORNING: tuple[tuple[float, Event], ...] = (
    (1.0, LogOn(ANNA, (SERVICE,))),
    (2.0, SetReady(ANNA)),
    (10.0, RingHeard(L1)),
    (12.0, CallerIdHeard(line=L1, number=PhoneNumber(NUMBER))),
    (15.0, RingHeard(L1)),
    (20.0, DigitHeard(line=L1, digit="0")),
    (24.0, AnswerCall(ANNA, FIRST)),
    (30.0, SetCallData(call=FIRST, data=(("card", "A1"), ("dept", "眼科")), by="agent")),
    (40.0, RingHeard(L2)),
    (45.0, RingHeard(L2)),
    (60.0, LoopDropped(L1)),
    (60.1, RecordingClosed(recording=RecordingId(FIRST), seconds=45.0, sha256=SHA)),
)


def morning(until_s: float = 3600.0) -> list[Hop]:
    """All hops up to that second; the second call is still going on after the last."""
    switch = new_switch()
    hops: list[Hop] = []
    for second, event in MORNING:
        if second > until_s:
            break
        now = after(Instant(0), second)
        hops += _expired(switch, now)
        hops += switch.handle(event, now)
    return hops


def _expired(switch, now):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    while (due := switch.next_deadline()) is not None and due <= now:
        yield from switch.expire(due)


def journal_of(
    folder: Path, hops: Iterable[Hop], *, stream: str = "t", began: datetime = BEGAN, closed: bool = False
) -> Path:
    """A journal on disk with these hops; not closed: as a killed node leaves it."""
    journal = Journal(folder, node="n1", stream=stream, began=began, threaded=False)
    journal.append(hops)
    if closed:
        journal.close()
    return journal.path
