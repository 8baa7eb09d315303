"""One line while a call of ours waits for its answer: what the network says, guesses, and what is certain."""

from dataclasses import replace

import pytest

from cti_core.call_control.actions import GoOnHook
from cti_core.call_control.clock import after
from cti_core.call_control.csta import Cause
from cti_core.call_control.events import (
    AnswerHeard,
    DialFinished,
    LoopDropped,
    PolarityReversed,
    Tone,
    ToneEnded,
    ToneHeard,
    VoiceHeard,
)
from cti_core.call_control.line_states import (
    Clearing,
    Connected,
    Proceeding,
)
from cti_core.call_control.notes import (
    DeadlinePassed,
    LineAlerting,
    LineAnswered,
    LineCleared,
)
from unit.call_control.copper import (
    ALERTING,
    DIALLED,
    DIALLING,
    EN_BLOC,
    INVITED,
    L1,
    OURS,
    PLAN,
    POLARITY,
    SEIZED,
    T0,
    lived,
    to,
)


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
