"""Every way a register phase can fail ends in a defined state with its reason; here each by a far end that does it."""

import pytest

from cti_core.call_control import register as words
from cti_core.call_control import register_incoming as incoming
from cti_core.call_control import register_outgoing as outgoing
from cti_core.call_control.clock import Instant, after, seconds
from cti_core.call_control.notes import DeadlinePassed
from cti_core.call_control.privacy import PhoneNumber
from cti_core.call_control.register import Backward, Done, Ended, Failed, Failure, Forward, LengthPlan, Result
from cti_core.call_control.register_outgoing import OutgoingCall
from cti_core.call_control.register_reading import IncomingPlan

LOOP_S = 0.08  # between two things the far end does
CALL = OutgoingCall(called=PhoneNumber("123"), caller=PhoneNumber("9"))
PLAN = IncomingPlan(lengths=LengthPlan((("1", 3), ("2", 30), ("3", 0))), ask_caller_after=0)
UNKNOWN = IncomingPlan()
OFF, GONE = "off", "gone"
Script = list[object]  # a signal, OFF, GONE, s to wait, what the house says; then time runs out


def play_out(script: Script, call: OutgoingCall = CALL) -> tuple[Ended, list[words.Out], float]:
    """An outgoing register against a scripted far end."""
    now = Instant(0)
    state, outs = outgoing.begin(call, now)
    for what in [*script, 1000.0]:
        until = after(now, what if isinstance(what, float) else LOOP_S)
        while (limit := outgoing.deadline(state)) is not None and limit <= until:
            now = limit
            state, more = outgoing.step(state, DeadlinePassed(), now, call)
            outs += more
        if isinstance(state, Ended):
            break
        now = until
        if not isinstance(what, float):
            events = {OFF: words.BackwardOff(), GONE: words.LineReleased()}
            event = events[what] if isinstance(what, str) else words.BackwardOn(Backward(what))  # type: ignore[arg-type]
            state, more = outgoing.step(state, event, now, call)
            outs += more
    assert isinstance(state, Ended)
    return state, outs, seconds(now)


def play_in(script: Script, plan: IncomingPlan = PLAN) -> tuple[Ended, list[words.Out], float]:
    """An incoming register against a scripted far end."""
    now = Instant(0)
    state, outs = incoming.begin(now), list[words.Out]()
    for what in [*script, 1000.0]:
        until = after(now, what if isinstance(what, float) else LOOP_S)
        while (limit := incoming.deadline(state)) is not None and limit <= until:
            now = limit
            state, more = incoming.step(state, DeadlinePassed(), now, plan)
            outs += more
        if isinstance(state, Ended):
            break
        now = until
        event: incoming.Event
        match what:
            case float():
                continue
            case Result():
                event = words.Decide(what)
            case "off":
                event = words.ForwardOff()
            case "gone":
                event = words.LineReleased()
            case int():
                event = words.ForwardOn(Forward(what))
            case _:
                raise AssertionError(what)
        state, more = incoming.step(state, event, now, plan)
        outs += more
    assert isinstance(state, Ended)
    return state, outs, seconds(now)


ALL_SENT: Script = [1, OFF, 1, OFF, 1, OFF]
AT_KD: Script = [1, OFF, 1, OFF, 3, OFF]
OUTGOING = [
    ("A4", [1, OFF, 4, OFF], Failure.CONGESTION),
    ("an A4 pulse when all is sent", [*ALL_SENT, 0.1, 4, 0.1, OFF], Failure.CONGESTION),
    ("A5", [5, OFF], Failure.VACANT),
    ("the line is released in a signal", [1, OFF, GONE], Failure.RELEASED),
    ("the line is released between signals", [1, GONE], Failure.RELEASED),
    ("the line is released when all is sent", [*ALL_SENT, GONE], Failure.RELEASED),
    ("nobody answers", [], Failure.NO_BACKWARD),
    ("nobody answers the second digit", [1, OFF], Failure.NO_BACKWARD),
    ("an answer that does not end", [1], Failure.BACKWARD_STUCK),
    ("a pulse that does not end", [*ALL_SENT, 3], Failure.BACKWARD_STUCK),
    ("nobody says A3", ALL_SENT, Failure.NO_COMPLETION),
    ("A6 in answer to KA", [6, OFF, 6, OFF], Failure.WRONG_SIGNAL),
    ("an answer that changes", [1, 2], Failure.WRONG_SIGNAL),
    ("a pulse that changes", [*ALL_SENT, 3, 4], Failure.WRONG_SIGNAL),
    ("a spare signal of group B", [*AT_KD, 3, OFF], Failure.WRONG_SIGNAL),
    ("A3 after one digit of three", [3, OFF], Failure.TOO_EARLY),
    ("A3 in the caller's number, called digits missing", [6, OFF, 1, OFF, 3, OFF], Failure.TOO_EARLY),
    ("an A3 pulse under a digit", [1, OFF, 2.0, 3, 0.05, OFF], Failure.NOT_REGISTERED),
    ("a late A3 that changes", [1, OFF, 2.0, 3, 4], Failure.WRONG_SIGNAL),
    ("A2 three times", [2, OFF] * 3, Failure.TOO_MANY_RESTARTS),
]


@pytest.mark.parametrize(("script", "why"), [row[1:] for row in OUTGOING], ids=[row[0] for row in OUTGOING])
def test_an_outgoing_register_fails_with_a_reason(script: Script, why: Failure) -> None:
    end, outs, _ = play_out(script)
    assert end == Failed(why)
    assert outs[-1] == words.RegisterFailed(why)
    assert sum(isinstance(out, words.SendForward) for out in outs) == outs.count(words.StopForward())


ADDRESSED: Script = [1, OFF, 2, OFF, 3, OFF, 1, OFF, 15, OFF, 3]  # called 123, KA 1, no caller digit, KD 3
INCOMING = [
    ("nothing comes", [], Failure.NO_FORWARD),
    ("the number stops in the middle", [1, OFF, 2, OFF], Failure.NO_FORWARD),
    ("KD does not come", [1, OFF, 2, OFF, 3, OFF, 1, OFF, 15, OFF], Failure.NO_FORWARD),
    ("a signal that does not end", [1], Failure.FORWARD_STUCK),
    ("KD that does not end", [*ADDRESSED, Result.FREE], Failure.FORWARD_STUCK),
    ("the house does not decide", [*ADDRESSED, 11.0, OFF], Failure.NO_DECISION),
    ("a mark between digits, three times", [1, OFF, 13, OFF, 1, OFF, 13, OFF, 1, OFF, 13, OFF], Failure.WRONG_SIGNAL),
    ("no KD where KD should be", [*ADDRESSED[:-1], 9, OFF], Failure.WRONG_SIGNAL),
    ("KD changes", [*ADDRESSED, 4, OFF], Failure.WRONG_SIGNAL),
    ("KD comes again as another", [*ADDRESSED, OFF, 4, OFF], Failure.WRONG_SIGNAL),
    ("a digit without end", [2, OFF] * 30 + [1, OFF], Failure.TOO_MANY_DIGITS),
    ("a digit crosses the A3 pulse", [1, OFF, 2.05, 2, OFF, 3, OFF], Failure.NOT_REGISTERED),
    ("a digit stays under the A3 pulse", [1, OFF, 2.05, 2, 0.4, OFF], Failure.NOT_REGISTERED),
    ("the line is released in a signal", [1, GONE], Failure.RELEASED),
    ("the line is released between signals", [1, OFF, GONE], Failure.RELEASED),
    ("the line is released at the house", [*ADDRESSED, GONE], Failure.RELEASED),
    ("the line is released before anything", [GONE], Failure.RELEASED),
    ("the house refuses at once", [Result.CONGESTION], Failure.CONGESTION),
    ("the house refuses between digits", [1, OFF, Result.BUSY, 1.0], Failure.CONGESTION),
    ("no such number", [3, OFF], Failure.VACANT),
]


@pytest.mark.parametrize(("script", "why"), [row[1:] for row in INCOMING], ids=[row[0] for row in INCOMING])
def test_an_incoming_register_fails_with_a_reason(script: Script, why: Failure) -> None:
    plan = UNKNOWN if why is Failure.NOT_REGISTERED else PLAN
    end, outs, _ = play_in(script, plan)
    assert end == Failed(why)
    assert outs[-1] == words.RegisterFailed(why)
    assert sum(isinstance(out, words.SendBackward) for out in outs) == outs.count(words.StopBackward())


def test_a_signal_that_may_be_one_or_two_begins_the_number_again() -> None:
    """The far end was slow to hear A1, and then its digit is there again: nobody can tell. A2, and at last A4."""
    doubtful: Script = [1, OFF, 2, OFF, 3, 0.5, OFF, 3, OFF]
    plan = IncomingPlan(lengths=LengthPlan((("", 6),)), restarts=1)
    end, outs, _ = play_in([*doubtful, *doubtful, 1.0], plan)
    answers = [out.signal for out in outs if isinstance(out, words.SendBackward)]
    assert answers == [1, 1, 1, 2, 1, 1, 1, 4]
    assert end == Failed(Failure.MUTILATED)


def test_a_late_signal_that_is_another_one_is_simply_the_next() -> None:
    script: Script = [1, OFF, 2, 0.5, OFF, 3, OFF, 1, OFF, 15, OFF, 3, Result.FREE, OFF]
    assert play_in(script)[0] == Done(Result.FREE)


TIMERS_OUT = [
    ("forward signal without an answer", [], words.FORWARD_ON_MAX_S),
    ("answer without end", [1], LOOP_S + words.FORWARD_OFF_MAX_S),
    ("all sent", ALL_SENT, 6 * LOOP_S + words.FORWARD_OFF_MAX_S),
]


@pytest.mark.parametrize(("script", "at_s"), [row[1:] for row in TIMERS_OUT], ids=[row[0] for row in TIMERS_OUT])
def test_the_timers_of_the_outgoing_register(script: Script, at_s: float) -> None:
    assert play_out(script)[2] == pytest.approx(at_s)


TIMERS_IN = [
    ("seized and silent", [], words.INCOMING_SILENCE_MAX_S),
    ("silent in the number", [1, OFF], 2 * LOOP_S + words.INCOMING_SILENCE_MAX_S + words.PULSE_S),
    ("a signal without end", [1], LOOP_S + words.INCOMING_TONE_MAX_S),
]


@pytest.mark.parametrize(("script", "at_s"), [row[1:] for row in TIMERS_IN], ids=[row[0] for row in TIMERS_IN])
def test_the_timers_of_the_incoming_register(script: Script, at_s: float) -> None:
    assert play_in(script)[2] == pytest.approx(at_s)


def test_the_timers_are_those_of_the_standard() -> None:
    """Q.442, Q.476: each with its tolerance."""
    assert 12 <= words.FORWARD_ON_MAX_S <= 18
    assert words.FORWARD_OFF_MAX_S <= 24
    assert 8 <= words.INCOMING_SILENCE_MAX_S <= 24
    assert 0.100 <= words.PULSE_S <= 0.200
    assert words.PULSE_AFTER_S >= 0.100
    assert 0.200 <= words.PULSE_DEAF_S <= 0.400


def test_silence_in_the_number_is_told_by_an_a4_pulse() -> None:
    _, outs, _ = play_in([1, OFF])
    assert words.PulseBackward(words.A4) in outs


def test_a_late_a3_that_stays_is_an_answer() -> None:
    """The incoming register needed two seconds for its decision; the digit is kept on until that is sure."""
    end, outs, _ = play_out([1, OFF, 1, OFF, 2.0, 3, 0.5, OFF, 1, OFF])
    assert end == Done(Result.FREE)
    assert [out.signal for out in outs if isinstance(out, words.SendForward)] == [1, 2, 3, 3]


def test_a_restart_sends_the_number_from_its_first_digit() -> None:
    end, outs, _ = play_out([1, OFF, 2, OFF, 1, OFF, 1, OFF, 3, OFF, 1, OFF])
    assert end == Done(Result.FREE)
    assert [out.signal for out in outs if isinstance(out, words.SendForward)] == [1, 2, 1, 2, 3, 3]


def test_a_restart_in_the_callers_number_goes_back_to_the_called_one() -> None:
    _, outs, _ = play_out([1, OFF, 6, OFF, 1, OFF, 2, OFF, 1, OFF, 5, OFF])
    assert [out.signal for out in outs if isinstance(out, words.SendForward)] == [1, 2, 1, 9, 1, 2]


def test_a_far_end_that_wants_fewer_digits_is_obeyed_if_the_trunk_says_so() -> None:
    call = OutgoingCall(called=PhoneNumber("123"), enough_is_enough=True)
    assert play_out([1, OFF, 3, OFF, 1, OFF], call)[0] == Done(Result.FREE)


def test_kd_interrupted_while_the_house_decides_is_the_same_kd() -> None:
    """The number is told once; the decision that came in the hole is not lost."""
    end, outs, _ = play_in([*ADDRESSED, OFF, Result.BUSY, 3, OFF])
    assert end == Done(Result.BUSY)
    assert sum(isinstance(out, words.AddressComplete) for out in outs) == 1
