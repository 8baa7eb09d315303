"""One line while a call of ours goes out on it, told as what the copper does."""

from dataclasses import replace

import pytest

from cti_core.call_control.actions import DialDigits, GoOffHook, GoOnHook, StopPlaying
from cti_core.call_control.clock import Instant, after
from cti_core.call_control.csta import Cause
from cti_core.call_control.events import (
    AlarmNoticed,
    AlarmOver,
    AnswerHeard,
    CallerIdHeard,
    DialFinished,
    LineFailed,
    LoopDropped,
    PolarityReversed,
    RingHeard,
    SetLineService,
    Tone,
    ToneEnded,
    ToneHeard,
    VoiceHeard,
)
from cti_core.call_control.ids import CallId, LineId
from cti_core.call_control.line import Event, LinePlan, State, step
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
    LineAlerting,
    LineAnswered,
    LineCleared,
    LineDialled,
    LineLost,
    LineRang,
    ReleaseLine,
    ReserveLine,
    SeizeLine,
)
from cti_core.call_control.privacy import PhoneNumber
from cti_core.call_control.trace import HOUSE, Out, Send, call

L1 = LineId(1)
PLAN = LinePlan(line=L1)
EN_BLOC = replace(PLAN, en_bloc=True)
POLARITY = replace(PLAN, polarity_answers=True, polarity_clears=True)
OURS, THEIRS = CallId("n-1"), CallId("n-2")  # our call, and the one that a caller would begin
NUMBER = PhoneNumber("88001234")
T0 = Instant(0)

Copper = tuple[float, Event]


def lived(*events: Copper, plan: LinePlan = PLAN, state: State | None = None) -> tuple[State, list[Out]]:
    """The line after these events, and all it said."""
    now_state: State = state or Idle()
    said: list[Out] = []
    for second, event in events:
        now_state, outs = step(now_state, event, after(T0, second), plan, THEIRS)
        said += outs
    return now_state, said


def to(ident: CallId, said: list[Out]) -> list[object]:
    """What a call was told."""
    return [out.note for out in said if isinstance(out, Send) and out.to == call(ident)]


def alarms(said: list[Out]) -> list[object]:
    return [out.note for out in said if isinstance(out, Send) and out.to == HOUSE]


RESERVED: Copper = (0.0, ReserveLine(OURS))
SEIZED: tuple[Copper, ...] = (RESERVED, (1.0, SeizeLine(NUMBER)))
INVITED: tuple[Copper, ...] = (*SEIZED, (2.5, ToneHeard(L1, Tone.DIAL)))
DIALLING: tuple[Copper, ...] = (*INVITED, (2.8, DeadlinePassed()))
DIALLED: tuple[Copper, ...] = (*DIALLING, (4.5, DialFinished(L1)))
ALERTING: tuple[Copper, ...] = (*DIALLED, (6.5, ToneHeard(L1, Tone.RINGBACK)))

STATES: dict[type, tuple[Copper, ...]] = {
    Reserved: (RESERVED,),
    Seizing: SEIZED,
    Invited: INVITED,
    Dialling: DIALLING,
    Proceeding: DIALLED,
}
ON_THE_WAY = [(name, story) for name, story in STATES.items() if name is not Reserved]  # off hook


# --- out it goes ----------------------------------------------------------------------------------------------------


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


# --- no way out -----------------------------------------------------------------------------------------------------


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


# --- glare ----------------------------------------------------------------------------------------------------------


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


# --- what the network says ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tone", "cause"),
    [
        (Tone.BUSY, Cause.BUSY),
        (Tone.CONGESTION, Cause.NETWORK_CONGESTION),
        (Tone.VACANT, Cause.NUMBER_UNALLOCATED),
        (Tone.DIAL, Cause.NETWORK_SIGNAL),
        (Tone.SPECIAL_DIAL, Cause.NETWORK_SIGNAL),
        (Tone.HOWLER, Cause.NETWORK_SIGNAL),
    ],
)
def test_a_tone_behind_the_number_says_why_not(tone: Tone, cause: Cause) -> None:
    state, said = lived(*DIALLED, (6.0, ToneHeard(L1, tone)))
    assert isinstance(state, Clearing)
    assert GoOnHook(L1) in said
    assert to(OURS, said)[-1] == LineCleared(L1, cause)


def test_busy_tone_behind_ringback_means_that_nobody_answered() -> None:
    state, said = lived(*ALERTING, (60.0, ToneEnded(L1, Tone.RINGBACK)), (61.0, ToneHeard(L1, Tone.BUSY)))
    assert isinstance(state, Clearing)
    assert to(OURS, said)[-2:] == [LineAlerting(L1), LineCleared(L1, Cause.NO_ANSWER)]


def test_ringback_that_never_ends_is_given_up() -> None:
    state, said = lived(*ALERTING, (66.5, DeadlinePassed()))
    assert isinstance(state, Clearing)
    assert to(OURS, said)[-1] == LineCleared(L1, Cause.NO_ANSWER)


def test_a_network_that_says_nothing_is_given_up() -> None:
    state, said = lived(*DIALLED, (44.5, DeadlinePassed()))
    assert isinstance(state, Clearing)
    assert to(OURS, said)[-1] == LineCleared(L1, Cause.NO_ANSWER)


def test_ringback_is_told_once() -> None:
    _, said = lived(*ALERTING, (12.0, ToneEnded(L1, Tone.RINGBACK)), (12.5, ToneHeard(L1, Tone.RINGBACK)))
    assert to(OURS, said).count(LineAlerting(L1)) == 1


def test_a_loop_that_opens_behind_the_number_ends_the_call() -> None:
    state, said = lived(*ALERTING, (9.0, LoopDropped(L1)))
    assert isinstance(state, Clearing)
    assert to(OURS, said)[-1] == LineCleared(L1, Cause.NETWORK_SIGNAL)


# --- answered, by guess ---------------------------------------------------------------------------------------------


def test_a_voice_behind_ringback_is_an_answer_by_estimate() -> None:
    state, said = lived(*ALERTING, (12.0, VoiceHeard(L1)))
    assert isinstance(state, Connected)
    assert to(OURS, said)[-1] == LineAnswered(L1, estimated=True)


def test_ringback_that_ends_and_nothing_after_it_is_somebody_who_says_nothing() -> None:
    state, said = lived(*ALERTING, (12.0, ToneEnded(L1, Tone.RINGBACK)))
    assert isinstance(state, Proceeding)
    state, said = lived((15.0, DeadlinePassed()), state=state)
    assert isinstance(state, Connected)
    assert to(OURS, said) == [LineAnswered(L1, estimated=True)]


def test_an_announcement_before_any_ringback_is_no_answer_when_busy_tone_follows() -> None:
    state, said = lived(*DIALLED, (6.0, VoiceHeard(L1)), (7.5, VoiceHeard(L1)), (11.0, ToneHeard(L1, Tone.BUSY)))
    assert isinstance(state, Clearing)
    assert to(OURS, said)[-1] == LineCleared(L1, Cause.BUSY)


def test_a_voice_that_no_tone_follows_is_an_answer_after_all() -> None:
    state, said = lived(*DIALLED, (6.0, VoiceHeard(L1)), (16.0, DeadlinePassed()))
    assert isinstance(state, Connected)
    assert to(OURS, said)[-1] == LineAnswered(L1, estimated=True)


def test_a_melody_and_then_ringback_is_still_ringing() -> None:
    state, said = lived(*DIALLED, (6.0, VoiceHeard(L1)), (9.0, ToneHeard(L1, Tone.RINGBACK)))
    assert isinstance(state, Proceeding)
    assert state.until == after(T0, 69.0)
    assert to(OURS, said)[-1] == LineAlerting(L1)


# --- answered, for certain ------------------------------------------------------------------------------------------


def test_a_reversal_is_a_certain_answer_where_it_was_ordered() -> None:
    for story in (DIALLED, ALERTING):
        state, said = lived(*story, (9.0, PolarityReversed(L1)), plan=POLARITY)
        assert isinstance(state, Connected)
        assert to(OURS, said)[-1] == LineAnswered(L1, estimated=False)
        state, said = lived((30.0, PolarityReversed(L1)), plan=POLARITY, state=state)
        assert isinstance(state, Clearing)
        assert to(OURS, said) == [LineCleared(L1, Cause.NORMAL_CLEARING)]


def test_a_reversal_is_nothing_where_it_was_not_ordered() -> None:
    state, _ = lived(*DIALLED, (9.0, PolarityReversed(L1)))
    assert isinstance(state, Proceeding)


def test_a_reversal_with_the_last_digit_is_the_exchange_switching() -> None:
    for second in (4.5, 5.0):
        state, _ = lived(*DIALLED, (second, PolarityReversed(L1)), plan=POLARITY)
        assert isinstance(state, Proceeding)
    state, _ = lived(*DIALLED, (5.1, PolarityReversed(L1)), plan=POLARITY)
    assert isinstance(state, Connected)


def test_a_reversal_while_seizing_or_dialling_means_nothing() -> None:
    for story in (SEIZED, INVITED, DIALLING):
        before, _ = lived(*story, plan=POLARITY)
        state, _ = lived((2.7, PolarityReversed(L1)), plan=POLARITY, state=before)
        assert state is before


def test_the_reversal_that_comes_behind_a_guessed_answer_does_not_clear_the_call() -> None:
    """A voice in the ringback was taken for the answer; then the called party really lifts."""
    guessed = (*ALERTING, (8.0, VoiceHeard(L1)))
    state, _ = lived(*guessed, (12.0, PolarityReversed(L1)), plan=POLARITY)
    assert isinstance(state, Connected)
    state, _ = lived((30.0, PolarityReversed(L1)), plan=POLARITY, state=state)
    assert isinstance(state, Clearing)


def test_an_answer_by_reversal_that_is_not_believed_is_still_counted() -> None:
    clears = replace(PLAN, polarity_clears=True)
    story = (*ALERTING, (8.0, PolarityReversed(L1)), (8.5, VoiceHeard(L1)))
    state, said = lived(*story, plan=clears)
    assert to(OURS, said)[-1] == LineAnswered(L1, estimated=True)
    state, _ = lived((30.0, PolarityReversed(L1)), plan=clears, state=state)
    assert isinstance(state, Clearing)


def test_a_network_that_says_so_is_believed_and_nothing_else_is() -> None:
    proceeding = (*SEIZED, (1.02, DialFinished(L1)), (2.0, ToneHeard(L1, Tone.RINGBACK)))
    state, _ = lived(*proceeding, (4.0, VoiceHeard(L1)), (5.0, ToneEnded(L1, Tone.RINGBACK)), plan=EN_BLOC)
    assert isinstance(state, Proceeding)
    state, said = lived((9.0, AnswerHeard(L1)), plan=EN_BLOC, state=state)
    assert isinstance(state, Connected)
    assert to(OURS, said) == [LineAnswered(L1, estimated=False)]


# --- somebody ends it -----------------------------------------------------------------------------------------------


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
