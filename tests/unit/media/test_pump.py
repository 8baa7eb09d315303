"""The heart: one order of inputs, one round a tick, and a beat that goes on whatever happens."""

import asyncio
import time
from pathlib import Path

import numpy as np
import pytest
import soundfile

from cti_core.call_control.actions import (
    AskService,
    Connect,
    GoOffHook,
    GoOnHook,
    Language,
    PlayPrompt,
    StartRecording,
    StopRecording,
    Tell,
)
from cti_core.call_control.csta import Offered
from cti_core.call_control.errors import RequestRejected
from cti_core.call_control.events import (
    DigitHeard,
    LineFailed,
    LineRestored,
    LogOff,
    LogOn,
    PromptFinished,
    RecordingClosed,
    RingHeard,
    ServiceAnswered,
)
from cti_core.call_control.ids import (
    AgentId,
    AskId,
    CallId,
    PlayingId,
    PromptId,
    RecordingId,
    agent_port,
    line_port,
)
from cti_core.media.legs import AudioLeg
from drivers.base import BoardLost, Hook, LoopClosed, LoopOpen, RingOn
from dsp.detections import DigitOn
from unit.media.fakes import LINES, Desk, House, TapeBoard, ToldEars, ToldSwitch, house, tick, ticks

L1, L2 = LINES
ANNA = AgentId("1001")


def prompt(samples: int, playing: int = 1) -> PlayPrompt:
    return PlayPrompt(line=L1, playing=PlayingId(playing), items=(PromptId(str(samples)),), language=Language.ZH)


async def run(folder: Path, board: TapeBoard, switch: ToldSwitch | None = None, **more: object) -> House:
    async with asyncio.TaskGroup() as group:
        it = house(folder, group, board, switch, **more)
        await it.pump.run()
    return it


async def test_a_ring_becomes_an_event_and_the_answer_lifts_the_receiver(tmp_path: Path) -> None:
    switch = ToldSwitch(RingHeard=(GoOffHook(L2),))
    it = await run(tmp_path, TapeBoard([tick(160), tick(320, RingOn(1, 200))]), switch)
    assert switch.handled == [(RingHeard(L2), 320)]
    assert it.board.hooks == [(1, Hook.OFF)]


async def test_the_ears_forget_the_last_call_when_the_next_one_is_answered(tmp_path: Path) -> None:
    it = await run(tmp_path, TapeBoard([tick(160, RingOn(1, 0))]), ToldSwitch(RingHeard=(GoOffHook(L2),)))
    assert it.ears.forgot == [1]


async def test_each_tick_is_answered_with_one_frame(tmp_path: Path) -> None:
    it = await run(tmp_path, TapeBoard(ticks(7)))
    assert len(it.board.spoken) == 7
    assert it.pump.stats().pulse.ticks == 7
    assert it.pump.now == 7 * 160


async def test_what_was_posted_enters_before_what_this_tick_hears(tmp_path: Path) -> None:
    board = TapeBoard([tick(160, RingOn(0, 0))])
    ears = ToldEars({1: [DigitOn(row=0, start=160, digit="5", level_dbm0=-10.0, twist_db=1.0)]})
    async with asyncio.TaskGroup() as group:
        it = house(tmp_path, group, board, ears=ears)
        it.pump.post(LineRestored(L2))
        await it.pump.run()
    digit = DigitHeard(line=L1, digit="5", level_dbm0=-10.0, twist_db=1.0)
    assert it.switch.events == [LineRestored(L2), RingHeard(L1), digit]


async def test_a_prompt_is_spoken_and_its_end_enters_with_the_next_tick(tmp_path: Path) -> None:
    switch = ToldSwitch(RingHeard=(prompt(200),))
    it = await run(tmp_path, TapeBoard([tick(160, RingOn(0, 0)), *ticks(3, first=320)]), switch)
    assert np.concatenate([frame[0] for frame in it.board.spoken]).tolist() == [500] * 200 + [0] * 440
    assert switch.handled[-1] == (PromptFinished(L1, PlayingId(1)), 480)


async def test_a_request_enters_at_once_with_the_time_of_the_last_tick(tmp_path: Path) -> None:
    answers: list[object] = []

    def click() -> None:
        it.pump.post(LineRestored(L1))
        answers.extend(hop.what for hop in it.pump.request(LogOn(ANNA, ())).result())

    async with asyncio.TaskGroup() as group:
        it = house(tmp_path, group, TapeBoard([tick(160), click, tick(320)]))
        await it.pump.run()
    assert answers == [LogOn(ANNA, ())]
    assert it.switch.handled == [(LineRestored(L1), 160), (LogOn(ANNA, ()), 160)]


async def test_what_is_posted_while_an_event_is_handled_enters_with_the_next_tick(tmp_path: Path) -> None:
    async with asyncio.TaskGroup() as group:
        it = house(tmp_path, group, TapeBoard([tick(160, RingOn(0, 0)), tick(320)]))
        it.switch.breaks = lambda event: it.pump.post(LineRestored(L2)) if event == RingHeard(L1) else None
        await it.pump.run()
    assert it.switch.handled == [(RingHeard(L1), 160), (LineRestored(L2), 320)]


async def test_a_refused_request_tells_its_asker_and_nothing_is_performed(tmp_path: Path) -> None:
    async with asyncio.TaskGroup() as group:
        it = house(tmp_path, group, TapeBoard([]))
        with pytest.raises(RequestRejected, match="wrongState"):
            await it.pump.request(LogOff(ANNA))
    assert it.hops == []


async def test_hops_are_handed_over_before_their_reports_are_published(tmp_path: Path) -> None:
    report = Tell(Offered(call=CallId("c"), line=L1))
    switch = ToldSwitch(RingHeard=(report,))
    it = await run(tmp_path, TapeBoard([tick(160, RingOn(0, 0))]), switch)
    assert [[hop.what for hop in hops] for hops in it.hops] == [[RingHeard(L1), report]]
    assert it.published == [it.hops[0][1]]


async def test_a_deadline_is_taken_in_the_first_tick_that_reaches_it(tmp_path: Path) -> None:
    switch = ToldSwitch()
    switch.deadline = 400
    switch.at_deadline = (GoOnHook(L1),)
    it = await run(tmp_path, TapeBoard(ticks(4)), switch)
    assert switch.expired == [480]
    assert it.board.hooks == [(0, Hook.ON)]


async def test_lost_ticks_are_counted_skipped_by_the_ears_and_silent_in_the_recording(tmp_path: Path) -> None:
    switch = ToldSwitch(RingHeard=(StartRecording(recording=RecordingId("r"), call=CallId("c"), line=L1),))
    it = await run(tmp_path, TapeBoard([tick(160, RingOn(0, 0)), tick(160 * 5), tick(160 * 6)]), switch)
    it.room.recorder.close()
    assert it.pump.stats().pulse.ticks_lost == 3
    assert it.ears.skipped == [480]
    assert soundfile.info(it.room.recorder.path(RecordingId("r"))).frames == 6 * 160


async def test_two_who_are_connected_hear_each_other(tmp_path: Path) -> None:
    both = (Connect(line_port(L1), agent_port(ANNA)), Connect(agent_port(ANNA), line_port(L1)))
    switch = ToldSwitch(RingHeard=both)
    leg = AudioLeg(ANNA)
    async with asyncio.TaskGroup() as group:
        board = TapeBoard([tick(160, RingOn(0, 0), value=800), *[tick(160 * n, value=800) for n in range(2, 9)]])
        it = house(tmp_path, group, board, switch)
        it.room.legs.attach(ANNA, leg)
        for _ in range(6):
            leg.push(np.full(160, -400, np.int16))
        await it.pump.run()
    assert -400 in {int(frame[0, 0]) for frame in board.spoken}
    assert len(leg.out) == 8


async def test_a_service_is_asked_at_wall_time_and_answers_after_its_virtual_delay(tmp_path: Path) -> None:
    desk = Desk()
    question = AskService(ask=AskId(3), call=CallId("c"), service="hours", request="now")
    switch = ToldSwitch(RingHeard=(question,))
    await run(tmp_path, TapeBoard([tick(160, RingOn(0, 0)), *ticks(10, first=320)]), switch, desk=desk)
    answer = ServiceAnswered(ask=AskId(3), outcome="yes", values=(("name", "value"),))
    assert switch.handled[1] == (answer, 960)
    assert desk.asked[0][1].microsecond == 20_000


async def test_the_end_of_a_recording_comes_back_as_an_event_of_the_next_tick(tmp_path: Path) -> None:
    switch = ToldSwitch(
        RingHeard=(StartRecording(recording=RecordingId("r"), call=CallId("c"), line=L1),),
        LoopDropped=(StopRecording(RecordingId("r")),),
    )
    drop = tick(160 * 10, LoopOpen(0, 0), LoopClosed(0, 1600, 300))
    tape = [tick(160, RingOn(0, 0)), *ticks(8, first=320), drop, tick(160 * 11)]
    await run(tmp_path, TapeBoard(tape), switch)
    (closed, at) = switch.handled[-1]
    assert isinstance(closed, RecordingClosed)
    assert closed.seconds == 9 * 0.02
    assert at == 160 * 11


async def test_a_step_that_raises_takes_its_line_out_and_the_others_go_on(tmp_path: Path) -> None:
    switch = ToldSwitch(RingHeard=(GoOffHook(L2),))
    switch.breaks = lambda event: event == RingHeard(L1)
    it = await run(tmp_path, TapeBoard([tick(160, RingOn(0, 0), RingOn(1, 0)), *ticks(2, first=320)]), switch)
    assert switch.events == [LineFailed(L1, "a fault of ours"), RingHeard(L2)]
    assert it.board.hooks == [(1, Hook.OFF)]
    assert it.pump.stats().switch_faults == 1
    assert it.pump.stats().lines_resting == (L1,)
    assert [(alarm.kind, alarm.line) for alarm in it.alarms] == [("switchFault", L1)]


async def test_a_line_that_cannot_even_fail_is_hung_up_by_hand(tmp_path: Path) -> None:
    switch = ToldSwitch()
    switch.breaks = lambda event: True
    it = await run(tmp_path, TapeBoard([tick(160, RingOn(0, 0))]), switch)
    assert it.board.hooks == [(0, Hook.ON)]


async def test_a_line_that_rested_is_tried_again_after_a_minute(tmp_path: Path) -> None:
    switch = ToldSwitch()
    switch.breaks = lambda event: event == RingHeard(L1)
    it = await run(tmp_path, TapeBoard([tick(160, RingOn(0, 0)), tick(160 + 60 * 8000)]), switch)
    assert switch.events[-1] == LineRestored(L1)
    assert it.pump.stats().lines_resting == ()


async def test_an_action_that_fails_does_not_stop_the_ones_behind_it(tmp_path: Path) -> None:
    nowhere = StartRecording(recording=RecordingId("../x"), call=CallId("c"), line=L1)
    switch = ToldSwitch(RingHeard=(nowhere, GoOffHook(L1)))
    it = await run(tmp_path, TapeBoard([tick(160, RingOn(0, 0))]), switch)
    assert it.board.hooks == [(0, Hook.OFF)]
    assert it.pump.stats().actions_failed == 1
    assert it.alarms[0].kind == "actionFailed"


async def test_a_lost_board_fails_all_lines_and_restores_them_when_it_is_back(tmp_path: Path) -> None:
    board = TapeBoard([*ticks(3), BoardLost("cable")], [BoardLost("still no cable")], ticks(2))
    it = await run(tmp_path, board)
    assert it.switch.events == [
        LineFailed(L1, "cable"),
        LineFailed(L2, "cable"),
        LineRestored(L1),
        LineRestored(L2),
    ]
    assert it.pump.stats().board_losses == 1
    assert not it.pump.stats().board_is_lost
    assert [alarm.kind for alarm in it.alarms] == ["boardLost"]


async def test_time_goes_on_without_a_board_and_never_back(tmp_path: Path) -> None:
    switch = ToldSwitch()
    switch.deadline = 160 * 10
    board = TapeBoard([*ticks(3), BoardLost("cable")], ticks(2))
    it = await run(tmp_path, board, switch)
    assert switch.expired == [1600]
    assert it.ears.skipped == [25 * 160]
    assert it.pump.now == 160 * (3 + 25 + 2)
    assert it.pump.stats().pulse.ticks_lost == 0
    assert len(board.spoken) == 5


async def test_a_clock_that_goes_back_is_a_lost_board(tmp_path: Path) -> None:
    board = TapeBoard([tick(160), tick(320), tick(160)], ticks(1))
    it = await run(tmp_path, board)
    assert it.pump.stats().board_losses == 1
    assert it.switch.events[0] == LineFailed(L1, "the board's clock went back to 160 samples")


async def test_a_tick_that_takes_long_raises_an_alarm_and_nothing_else(tmp_path: Path) -> None:
    switch = ToldSwitch()
    switch.breaks = lambda event: bool(time.sleep(0.011))
    it = await run(tmp_path, TapeBoard([tick(160, RingOn(0, 0)), tick(320)]), switch, real_time=True)
    assert {alarm.kind for alarm in it.alarms} == {"slowTick"}
    assert it.pump.stats().pulse.ticks_slow == len(it.alarms)
    assert len(it.board.spoken) == 2


async def test_a_board_that_falls_silent_in_real_time_is_lost_and_opened_again(tmp_path: Path) -> None:
    quick = {"real_time": True, "silence_s": 0.02, "back_off_s": (0.02,)}
    it = await run(tmp_path, TapeBoard([tick(160), None], [BoardLost("gone")], ticks(1)), **quick)
    assert it.switch.events[0] == LineFailed(L1, "the board was silent for 0.02 s")
    assert it.switch.events[-1] == LineRestored(L2)
    assert it.pump.now == 160 * (1 + 2 + 1)
    assert it.board.closed == 2
