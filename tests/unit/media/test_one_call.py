"""One call through the real switch: copper in, copper out, a file left behind."""

import asyncio
import hashlib
from pathlib import Path

import soundfile

from cti_core.call_control.actions import Tell
from cti_core.call_control.csta import Cleared, RecordingReady
from drivers.base import Hook, RingOn
from dsp.detections import DigitOn
from machines.plans import new_switch
from unit.media.fakes import LINES, TapeBoard, ToldEars, house, tick, ticks

SECOND = 50  # ticks


async def test_a_caller_is_answered_greeted_recorded_and_let_go(tmp_path: Path) -> None:
    second_ring = tick(160 * (5 * SECOND + 1), RingOn(0, 160 * 5 * SECOND))
    tape = [
        tick(160, RingOn(0, 0)),
        *ticks(5 * SECOND - 1, first=320),
        second_ring,
        *ticks(3 * SECOND, first=second_ring.at + 160),
    ]
    key_tick = 6 * SECOND
    ears = ToldEars({key_tick: [DigitOn(row=0, start=160 * key_tick, digit="#", level_dbm0=-9.0, twist_db=0.0)]})
    board = TapeBoard(tape)
    async with asyncio.TaskGroup() as group:
        it = house(tmp_path, group, board, new_switch(), ears=ears)
        await it.pump.run()
    assert board.hooks == [(0, Hook.OFF), (0, Hook.ON)]
    greeting = [n for n, frame in enumerate(board.spoken, 1) if frame[0].any()]
    assert greeting == [*range(5 * SECOND + 1, 5 * SECOND + 6)]
    reports = [hop.what.report for hop in it.published if isinstance(hop.what, Tell)]
    (ready,) = [report for report in reports if isinstance(report, RecordingReady)]
    path = it.room.recorder.path(ready.recording)
    assert ready.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert soundfile.info(path).duration == ready.seconds == (key_tick - 5 * SECOND - 1) * 0.02
    assert any(isinstance(report, Cleared) for report in reports)
    assert it.room.matrix.entries() == ()
    view = it.room.switch.view(it.pump.now)
    assert [line.state for line in view.lines] == ["idle" for _ in LINES]
