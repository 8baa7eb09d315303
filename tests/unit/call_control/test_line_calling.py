"""One line while a call of ours goes out on it: dial tone, glare, and everybody who may end it."""

from dataclasses import replace

import pytest

from cti_core.call_control.actions import DialDigits, GoOffHook, GoOnHook, StopPlaying
from cti_core.call_control.clock import after
from cti_core.call_control.csta import Cause
from cti_core.call_control.events import (
    AlarmNoticed,
    AlarmOver,
    CallerIdHeard,
    DialFinished,
    LineFailed,
    LoopDropped,
    RingHeard,
    SetLineService,
    Tone,
    ToneHeard,
    VoiceHeard,
)
from cti_core.call_control.line import Event
from cti_core.call_control.line_states import (
    Announced,
    Clearing,
    Connected,
    Dialling,
    Failed,
    Idle,
    Invited,
    OutOfService,
    Proceeding,
    Reserved,
    Ringing,
    Seizing,
)
from cti_core.call_control.notes import (
    DeadlinePassed,
    LineAnswered,
    LineCleared,
    LineDialled,
    LineLost,
    LineRang,
    ReleaseLine,
)
from cti_core.call_control.privacy import PhoneNumber
from unit.call_control.copper import (
    ALERTING,
    DIALLED,
    DIALLING,
    EN_BLOC,
    INVITED,
    L1,
    NUMBER,
    ON_THE_WAY,
    OURS,
    PLAN,
    RESERVED,
    SEIZED,
    STATES,
    T0,
    THEIRS,
    Copper,
    alarms,
    lived,
    to,
)


def test_dial_tone_is_waited_for_and_the_exchange_gets_a_moment_before_the_digits() -> None:
    state, said = lived(*INVITED)
    assert isinstance(state, Invited)
    assert state.until == after(T0, 2.8)
    assert GoOffHook(L1) in said
    state, said = lived((2.8, DeadlinePassed()), state=state)
    assert isinstance(state, Dialling)
    assert said[0] == DialDigits(line=L1, number=NUMBER, pulse=False)
    state, said = lived((4.5, DialFinished(L1)), state=state)
    assert isinstance(state, Proceeding)
    assert to(OURS, said) == [LineDialled(L1)]


def test_special_dial_tone_is_as_good() -> None:
    state, _ = lived(*SEIZED, (2.5, ToneHeard(L1, Tone.SPECIAL_DIAL)))
    assert isinstance(state, Invited)


def test_a_board_that_sends_en_bloc_gets_the_number_with_the_seizure() -> None:
    state, said = lived(*SEIZED, plan=EN_BLOC)
    assert isinstance(state, Dialling)
    assert [out for out in said if isinstance(out, GoOffHook | DialDigits)] == [
        GoOffHook(L1),
        DialDigits(line=L1, number=NUMBER, pulse=False),
    ]


def test_the_prefix_of_a_pbx_stands_before_the_number_with_its_comma() -> None:
    _, said = lived(*DIALLING, plan=replace(PLAN, prefix="9,", pulse=True))
    assert said[-2] == DialDigits(line=L1, number=PhoneNumber("9,88001234"), pulse=True)


def test_no_number_is_readable_in_a_state_or_an_action() -> None:
    for story in STATES.values():
        state, said = lived(*story)
        assert NUMBER.reveal() not in repr(state)
        assert NUMBER.reveal() not in repr(said)


def test_no_dial_tone_gives_the_line_up_and_raises_an_alarm_that_the_next_dial_tone_clears() -> None:
    state, said = lived(*SEIZED, (6.0, DeadlinePassed()))
    assert isinstance(state, Clearing)
    assert GoOnHook(L1) in said
    assert to(OURS, said)[-1] == LineLost(L1, "noDialTone")
    assert [type(alarm) for alarm in alarms(said)] == [AlarmNoticed]
    _, said = lived(*INVITED)
    assert alarms(said) == [AlarmOver(alarm="noDialTone", line=L1)]


@pytest.mark.parametrize("tone", [Tone.BUSY, Tone.CONGESTION])
def test_a_line_that_gives_busy_tone_instead_of_dial_tone_is_given_up_without_an_alarm(tone: Tone) -> None:
    state, said = lived(*SEIZED, (3.0, ToneHeard(L1, tone)))
    assert isinstance(state, Clearing)
    assert to(OURS, said)[-1] == LineLost(L1, "busy")
    assert not alarms(said)


def test_a_loop_that_opens_while_dialling_is_a_fault_of_the_line() -> None:
    for story in (SEIZED, INVITED, DIALLING):
        state, said = lived(*story, (4.0, LoopDropped(L1)))
        assert isinstance(state, Clearing)
        assert to(OURS, said)[-1] == LineLost(L1, "fault")


def test_a_board_that_never_finishes_dialling_does_not_keep_the_line() -> None:
    state, said = lived(*DIALLING, (62.8, DeadlinePassed()))
    assert isinstance(state, Clearing)
    assert to(OURS, said)[-1] == LineLost(L1, "fault")


def test_a_reservation_that_nobody_uses_ends() -> None:
    state, said = lived(RESERVED, (120.0, DeadlinePassed()))
    assert state == Idle()
    assert to(OURS, said) == [LineLost(L1, "fault")]
    assert GoOnHook(L1) not in said


def test_a_ring_on_a_reserved_line_is_a_caller_like_any_other() -> None:
    state, said = lived(RESERVED, (1.0, RingHeard(L1)))
    assert isinstance(state, Ringing)
    assert state.call == THEIRS
    assert to(THEIRS, said) == [LineRang(L1)]
    assert to(OURS, said) == [LineLost(L1, "glare")]
    state, _ = lived((6.0, RingHeard(L1)), state=state)
    assert isinstance(state, Connected)


def test_a_reserved_line_that_answers_the_first_ring_answers_it() -> None:
    state, said = lived(RESERVED, (1.0, RingHeard(L1)), plan=replace(PLAN, answer_on_ring=1))
    assert isinstance(state, Connected)
    assert GoOffHook(L1) in said
    assert to(THEIRS, said) == [LineRang(L1), LineAnswered(L1)]
    assert to(OURS, said) == [LineLost(L1, "glare")]


def test_a_number_told_on_a_reserved_line_announces_a_caller() -> None:
    heard = CallerIdHeard(line=L1, number=PhoneNumber("13812345678"))
    state, said = lived(RESERVED, (1.0, heard))
    assert isinstance(state, Announced)
    assert to(OURS, said) == [LineLost(L1, "glare")]
    _, said = lived((2.0, RingHeard(L1)), state=state)
    assert to(THEIRS, said) == [LineRang(L1), heard]


@pytest.mark.parametrize("story", [SEIZED, INVITED])
def test_a_ring_while_seizing_has_been_answered_by_our_going_off_hook(story: tuple[Copper, ...]) -> None:
    state, said = lived(*story, (2.6, RingHeard(L1)))
    assert isinstance(state, Connected)
    assert state.call == THEIRS
    assert to(THEIRS, said) == [LineRang(L1), LineAnswered(L1)]
    assert to(OURS, said)[-1] == LineLost(L1, "glare")
    assert GoOnHook(L1) not in said


def test_a_number_told_while_seizing_goes_with_the_caller_it_belongs_to() -> None:
    heard = CallerIdHeard(line=L1, number=PhoneNumber("13812345678"))
    _, said = lived(*SEIZED, (1.2, heard))
    assert to(THEIRS, said) == [LineRang(L1), heard, LineAnswered(L1)]


def test_somebody_who_speaks_instead_of_dial_tone_is_a_caller() -> None:
    state, said = lived(*SEIZED, (2.0, VoiceHeard(L1)))
    assert isinstance(state, Seizing)
    state, said = lived((6.0, DeadlinePassed()), state=state)
    assert isinstance(state, Connected)
    assert to(THEIRS, said) == [LineRang(L1), LineAnswered(L1)]
    assert to(OURS, said) == [LineLost(L1, "glare")]
    assert not alarms(said)


def test_a_voice_before_the_dial_tone_is_crosstalk() -> None:
    state, _ = lived(*SEIZED, (2.0, VoiceHeard(L1)), (3.0, ToneHeard(L1, Tone.DIAL)))
    assert isinstance(state, Invited)


def test_a_board_that_refuses_while_it_takes_the_number_was_taken_by_a_caller() -> None:
    """Before its `DialFinished` no network can have said no."""
    state, said = lived(*SEIZED, (1.0, ToneHeard(L1, Tone.CONGESTION)), plan=EN_BLOC)
    assert isinstance(state, Clearing)
    assert to(OURS, said)[-1] == LineLost(L1, "glare")


@pytest.mark.parametrize(("name", "story"), ON_THE_WAY)
def test_the_agent_hangs_up_and_so_does_the_line(name: type, story: tuple[Copper, ...]) -> None:
    before, _ = lived(*story)
    assert isinstance(before, name)
    state, said = lived((5.0, ReleaseLine(Cause.CALL_CANCELLED)), state=before)
    assert isinstance(state, Clearing)
    assert GoOnHook(L1) in said
    assert to(OURS, said) == [LineCleared(L1, Cause.CALL_CANCELLED)]


def test_the_agent_hangs_up_before_the_line_is_taken() -> None:
    state, said = lived(RESERVED, (5.0, ReleaseLine(Cause.CALL_CANCELLED)))
    assert state == Idle()
    assert to(OURS, said) == [LineCleared(L1, Cause.CALL_CANCELLED)]
    assert GoOnHook(L1) not in said


@pytest.mark.parametrize(
    "end",
    [ReleaseLine(Cause.CALL_CANCELLED), LineFailed(L1, "cut"), LoopDropped(L1), DeadlinePassed()],
    ids=lambda end: type(end).__name__,
)
def test_digits_that_are_not_out_yet_are_not_sent_into_the_next_call(end: Event) -> None:
    _, said = lived(*DIALLING, (3.5, end))
    assert StopPlaying(L1) in said


def test_what_was_dialled_needs_no_stopping() -> None:
    _, said = lived(*DIALLED, (9.0, ReleaseLine(Cause.CALL_CANCELLED)))
    assert StopPlaying(L1) not in said


@pytest.mark.parametrize(("name", "story"), STATES.items())
def test_a_line_that_fails_before_the_number_is_out_is_lost_and_after_it_the_call_is(
    name: type, story: tuple[Copper, ...]
) -> None:
    state, said = lived(*story, (5.0, LineFailed(L1, "no battery")))
    assert state == Failed("no battery")
    over = LineCleared(L1, Cause.LINE_LOST) if name is Proceeding else LineLost(L1, "fault")
    assert to(OURS, said)[-1] == over
    assert (GoOnHook(L1) in said) is (name is not Reserved)


@pytest.mark.parametrize(("name", "story"), STATES.items())
def test_an_operator_who_takes_the_line_away_lets_the_call_finish(name: type, story: tuple[Copper, ...]) -> None:
    state, _ = lived(*story, (5.0, SetLineService(L1, in_service=False)))
    assert isinstance(state, name)
    state, _ = lived((6.0, ReleaseLine(Cause.CALL_CANCELLED)), (8.0, DeadlinePassed()), state=state)
    assert state == OutOfService("operator")


@pytest.mark.parametrize(("name", "story"), STATES.items())
def test_an_operator_who_gives_it_back_meanwhile_has_it_in_service(name: type, story: tuple[Copper, ...]) -> None:
    away, back = SetLineService(L1, in_service=False), SetLineService(L1, in_service=True)
    state, _ = lived(*story, (5.0, away), (5.5, back))
    assert isinstance(state, name)
    state, _ = lived((6.0, ReleaseLine(Cause.CALL_CANCELLED)), (8.0, DeadlinePassed()), state=state)
    assert state == Idle()


def test_out_of_service_is_kept_through_glare_and_through_an_answer() -> None:
    away = (1.1, SetLineService(L1, in_service=False))
    for story in ((RESERVED, away), (*SEIZED, away)):
        state, _ = lived(*story, (1.2, RingHeard(L1)))
        assert isinstance(state, Ringing | Connected)
        assert state.then == OutOfService("operator")
    state, _ = lived(*ALERTING, away, (9.0, VoiceHeard(L1)))
    assert isinstance(state, Connected)
    assert state.then == OutOfService("operator")
