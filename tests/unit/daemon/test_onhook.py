"""Evidence of what a line heard on hook, of callers of whom the exchange told nothing."""

from pathlib import Path

import numpy as np
import pytest

from cti_core.call_control import trace
from cti_core.call_control.clock import Instant
from cti_core.call_control.csta import Cause
from cti_core.call_control.events import CallerIdHeard
from cti_core.call_control.ids import CallId, LineId, Seq
from cti_core.call_control.notes import LineAnswered, LineCleared, LineRang, Note
from cti_core.call_control.privacy import PhoneNumber
from cti_core.call_control.trace import Hop, Party
from cti_core.daemon.onhook import KEPT_TICKS, OnHookEvidence
from dsp import wav

L1, L2 = LineId(1), LineId(2)
CALL = CallId("n1-1-7")


@pytest.fixture
def evidence(tmp_path: Path) -> OnHookEvidence:
    return OnHookEvidence({L1: 0, L2: 1}, tmp_path)


def to_call(what: Note, call: CallId = CALL) -> Hop:
    return hop(what, trace.call(call))


def hop(what: Note, target: Party) -> Hop:
    return Hop(seq=Seq(1), at=Instant(0), because=None, source=trace.line(L1), target=target, what=what, call=CALL)


def hear(evidence: OnHookEvidence, *values: int) -> None:
    """A tick each; line 2 hears the negative."""
    for value in values:
        evidence.take(np.stack([np.full(160, value, np.int16), np.full(160, -value, np.int16)]), None)


def names(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


async def kept(evidence: OnHookEvidence, folder: Path, call: CallId = CALL) -> list[int] | None:
    """The first sample of each tick; None: there is no file."""
    await evidence.close()
    path = folder / f"{call}.onhook.wav"
    return [int(value) for value in wav.read(path).samples[::160]] if path.exists() else None


async def test_the_last_three_seconds_before_the_answer_are_kept(evidence: OnHookEvidence, tmp_path: Path) -> None:
    hear(evidence, *range(1, 201))
    evidence.note([to_call(LineRang(L2))])
    hear(evidence, 500)
    evidence.note([to_call(LineAnswered(L2))])
    hear(evidence, 600)
    values = await kept(evidence, tmp_path)
    assert values is not None
    assert len(values) == KEPT_TICKS == 150
    assert values == [*range(-52, -201, -1), -500]


async def test_where_the_exchange_told_something_nothing_is_kept(evidence: OnHookEvidence, tmp_path: Path) -> None:
    """A number, or that there is none to be shown: it was heard."""
    hear(evidence, 1)
    for call, heard in (
        (CallId("a"), CallerIdHeard(line=L1, number=PhoneNumber("13812345678"))),
        (CallId("b"), CallerIdHeard(line=L1, number=None, absence="P")),
    ):
        evidence.note([to_call(LineRang(L1), call), to_call(heard, call)])
        evidence.note([to_call(LineAnswered(L1), call)])
        assert await kept(evidence, tmp_path, call) is None


async def test_what_was_told_to_the_line_before_another_caller_rang_says_nothing_of_this_one(
    evidence: OnHookEvidence, tmp_path: Path
) -> None:
    hear(evidence, 1)
    evidence.note([hop(CallerIdHeard(line=L1, number=PhoneNumber("13812345678")), trace.line(L1))])
    evidence.note([to_call(LineRang(L1)), to_call(LineAnswered(L1))])
    assert await kept(evidence, tmp_path) == [1]


async def test_a_caller_who_gives_up_a_call_of_ours_and_a_line_deaf_on_hook_leave_nothing(
    evidence: OnHookEvidence, tmp_path: Path
) -> None:
    hear(evidence, 1)
    evidence.note([to_call(LineRang(L1)), to_call(LineCleared(L1, Cause.CALL_CANCELLED)), to_call(LineAnswered(L1))])
    evidence.note([to_call(LineAnswered(L2, estimated=True), CallId("ours"))])
    evidence.note([to_call(LineRang(LineId(3)), CallId("deaf")), to_call(LineAnswered(LineId(3)), CallId("deaf"))])
    await evidence.close()
    assert names(tmp_path) == []


async def test_what_was_lost_is_silence_in_its_place(evidence: OnHookEvidence, tmp_path: Path) -> None:
    hear(evidence, 7)
    evidence.skip(161)
    hear(evidence, 8)
    evidence.note([to_call(LineRang(L1)), to_call(LineAnswered(L1))])
    assert await kept(evidence, tmp_path) == [7, 0, 0, 8]
    evidence.skip(10**9)
    assert len(evidence) == KEPT_TICKS


async def test_a_disk_that_refuses_costs_no_call(tmp_path: Path) -> None:
    evidence = OnHookEvidence({L1: 0}, tmp_path / "gone")
    hear(evidence, 1)
    evidence.note([to_call(LineRang(L1)), to_call(LineAnswered(L1))])
    await evidence.close()
    assert names(tmp_path) == []
