"""One line, told as what the copper does."""

from dataclasses import replace

import pytest

from cti_core.call_control.actions import GoOffHook, GoOnHook
from cti_core.call_control.clock import Instant, after
from cti_core.call_control.csta import Cause
from cti_core.call_control.events import (
    CallerIdHeard,
    LineFailed,
    LineRestored,
    LoopDropped,
    PolarityReversed,
    RingHeard,
    SetLineService,
    Tone,
    ToneHeard,
)
from cti_core.call_control.ids import CallId, LineId
from cti_core.call_control.in_talk import Flash, FlashLine
from cti_core.call_control.line import (
    Clearing,
    Connected,
    Event,
    Failed,
    Idle,
    LinePlan,
    OutOfService,
    Ringing,
    State,
    step,
)
from cti_core.call_control.line_states import FLASH_DEAF_S
from cti_core.call_control.notes import DeadlinePassed, LineCleared, LineRang
from cti_core.call_control.privacy import PhoneNumber
from cti_core.call_control.trace import Out, Send

L1 = LineId(1)
PLAN = LinePlan(line=L1)
CALL = CallId("n-1")
T0 = Instant(0)


def lived(*events: tuple[float, Event], plan: LinePlan = PLAN, state: State | None = None) -> tuple[State, list[Out]]:
    """The line after these events, and all it said."""
    now_state: State = state or Idle()
    said: list[Out] = []
    for second, event in events:
        now_state, outs = step(now_state, event, after(T0, second), plan, CALL)
        said += outs
    return now_state, said


def causes(said: list[Out]) -> list[Cause]:
    return [out.note.cause for out in said if isinstance(out, Send) and isinstance(out.note, LineCleared)]


def test_the_second_ring_is_answered_so_that_the_number_can_come_before() -> None:
    state, said = lived((0.0, RingHeard(L1)), (5.0, RingHeard(L1)))
    assert isinstance(state, Connected)
    assert GoOffHook(L1) in said


def test_a_line_that_is_told_to_answers_the_first_ring() -> None:
    state, said = lived((0.0, RingHeard(L1)), plan=replace(PLAN, answer_on_ring=1))
    assert isinstance(state, Connected)
    assert GoOffHook(L1) in said


def test_a_caller_who_gives_up_is_noticed_by_the_silence_after_the_ring() -> None:
    state, said = lived((0.0, RingHeard(L1)), (6.0, DeadlinePassed()))
    assert state == Idle()
    assert causes(said) == [Cause.CALL_CANCELLED]
    assert GoOnHook(L1) not in said


def test_a_gateway_tells_at_once_that_the_caller_gave_up() -> None:
    state, said = lived((0.0, RingHeard(L1)), (2.0, LoopDropped(L1)))
    assert state == Idle()
    assert causes(said) == [Cause.CALL_CANCELLED]


@pytest.mark.parametrize("tone", [Tone.BUSY, Tone.CONGESTION, Tone.HOWLER, Tone.DIAL])
def test_a_tone_of_the_exchange_means_the_caller_is_gone(tone: Tone) -> None:
    state, said = lived((0.0, RingHeard(L1)), (5.0, RingHeard(L1)), (30.0, ToneHeard(L1, tone)))
    assert isinstance(state, Clearing)
    assert GoOnHook(L1) in said
    assert causes(said) == [Cause.NORMAL_CLEARING]


@pytest.mark.parametrize("tone", [Tone.RINGBACK, Tone.CALL_WAITING, Tone.TOLL_NOTICE])
def test_other_tones_are_not_a_hang_up(tone: Tone) -> None:
    state, _ = lived((0.0, RingHeard(L1)), (5.0, RingHeard(L1)), (30.0, ToneHeard(L1, tone)))
    assert isinstance(state, Connected)


@pytest.mark.parametrize(("clears", "gone"), [(False, Connected), (True, Clearing)])
def test_polarity_means_a_hang_up_only_where_it_was_ordered(*, clears: bool, gone: type) -> None:
    plan = replace(PLAN, polarity_clears=clears)
    state, _ = lived((0.0, RingHeard(L1)), (5.0, RingHeard(L1)), (9.0, PolarityReversed(L1)), plan=plan)
    assert isinstance(state, gone)


def test_the_reversal_at_our_own_answer_is_no_hang_up() -> None:
    """The exchange reverses when it sees our loop."""
    plan = replace(PLAN, polarity_clears=True)
    state, _ = lived((0.0, RingHeard(L1)), (5.0, RingHeard(L1)), (5.1, PolarityReversed(L1)), plan=plan)
    assert isinstance(state, Connected)
    state, _ = lived((9.0, PolarityReversed(L1)), plan=plan, state=state)
    assert isinstance(state, Clearing)


def test_a_number_that_comes_before_the_first_ring_goes_with_the_call() -> None:
    heard = CallerIdHeard(line=L1, number=PhoneNumber("13812345678"))
    state, said = lived((0.0, heard), (1.0, RingHeard(L1)))
    assert isinstance(state, Ringing)
    assert [out.note for out in said if isinstance(out, Send)] == [LineRang(L1), heard]
    state, _ = lived((0.0, heard), (6.0, DeadlinePassed()))
    assert state == Idle()


def test_a_ring_within_the_guard_time_is_the_tail_of_the_same_call() -> None:
    talking = ((0.0, RingHeard(L1)), (5.0, RingHeard(L1)), (9.0, LoopDropped(L1)))
    state, _ = lived(*talking, (10.0, RingHeard(L1)))
    assert isinstance(state, Clearing)
    state, _ = lived(*talking, (11.0, DeadlinePassed()), (11.5, RingHeard(L1)))
    assert isinstance(state, Ringing)


def test_a_stuck_trunk_is_hung_up_by_the_watchdog() -> None:
    state, said = lived((0.0, RingHeard(L1)), (5.0, RingHeard(L1)), (7205.0, DeadlinePassed()))
    assert isinstance(state, Clearing)
    assert causes(said) == [Cause.SYSTEM_FAILURE]


def test_taking_a_line_out_of_service_lets_its_call_finish() -> None:
    out = SetLineService(L1, in_service=False)
    state, said = lived((0.0, RingHeard(L1)), (5.0, RingHeard(L1)), (8.0, out))
    assert isinstance(state, Connected)
    state, _ = lived((9.0, LoopDropped(L1)), (11.0, DeadlinePassed()), state=state)
    assert state == OutOfService("operator")
    state, said = lived((20.0, RingHeard(L1)), state=state)
    assert state == OutOfService("operator")
    assert said


def test_a_cut_line_ends_its_call_and_returns_by_itself() -> None:
    state, said = lived((0.0, RingHeard(L1)), (5.0, RingHeard(L1)), (8.0, LineFailed(L1, "no battery")))
    assert state == Failed("no battery")
    assert causes(said) == [Cause.LINE_LOST]
    state, _ = lived((9.0, LineRestored(L1)), state=state)
    assert state == Idle()


BEHIND_A_PBX = replace(PLAN, flash_ms=300, polarity_clears=True)
TALKING = Connected(call=CALL, until=after(T0, 7200))


@pytest.mark.parametrize("tone", [Tone.DIAL, Tone.SPECIAL_DIAL, Tone.BUSY, Tone.CONGESTION])
def test_behind_a_flash_tones_are_the_pbx_s_answer_for_a_while(tone: Tone) -> None:
    """Dial tone, and busy tone of the extension that was dialled; then a tone means what it always means."""
    plan = replace(BEHIND_A_PBX, hang_up_tones=PLAN.hang_up_tones | {Tone.SPECIAL_DIAL})
    state, said = lived((10.0, Flash()), (11.0, ToneHeard(L1, tone)), (10 + FLASH_DEAF_S - 1, ToneHeard(L1, tone)),
                        plan=plan, state=TALKING)  # fmt: skip
    assert FlashLine(L1, 300) in said
    assert isinstance(state, Connected)
    state, said = lived((10 + FLASH_DEAF_S, ToneHeard(L1, tone)), plan=plan, state=state)
    assert causes(said) == [Cause.NORMAL_CLEARING]


def test_a_flash_is_no_reversal_of_the_far_end_and_an_open_loop_is_still_a_goodbye() -> None:
    state, said = lived((10.0, Flash()), (10.5, PolarityReversed(L1)), plan=BEHIND_A_PBX, state=TALKING)
    assert causes(said) == []
    _, said = lived((12.0, LoopDropped(L1)), plan=BEHIND_A_PBX, state=state)
    assert causes(said) == [Cause.NORMAL_CLEARING]


def test_a_port_that_cannot_flash_is_not_asked_to() -> None:
    state, said = lived((10.0, Flash()), state=TALKING)
    assert state == TALKING
    assert not any(isinstance(out, FlashLine) for out in said)
