"""The product of states and events for both registers: no raise, no silence, no forgotten deadline."""

import itertools
from typing import get_args

import pytest

from cti_core.call_control import register as words
from cti_core.call_control import register_incoming as incoming
from cti_core.call_control import register_outgoing as outgoing
from cti_core.call_control.clock import Instant
from cti_core.call_control.notes import DeadlinePassed, Disregarded
from cti_core.call_control.privacy import PhoneNumber
from cti_core.call_control.register import A1, A3, Backward, Done, Ended, Failed, Failure, Forward, LengthPlan, Result
from cti_core.call_control.register_outgoing import Kind, OutgoingCall, Progress
from cti_core.call_control.register_reading import Awaited, Caller, Collected, IncomingPlan

NOW, LATER = Instant(160_000), Instant(320_000)
JUST = Instant(NOW - 80)  # sooner than any loop
EARLIER = Instant(NOW - 2400)
CALL = OutgoingCall(called=PhoneNumber("87654321"), caller=PhoneNumber("139"))
ENDS = [Done(Result.FREE), Failed(Failure.RELEASED)]

PROGRESS = [
    Progress(kind=kind, called=called, restarts=restarts, answer=640)
    for kind in Kind
    for called, restarts in ((0, 0), (7, 2))
]
OUT_STATES = [
    state
    for at in PROGRESS
    for since in (JUST, EARLIER, Instant(0))
    for state in (
        outgoing.Sending(at=at, since=since, until=LATER),
        outgoing.Doubting(at=at, since=JUST, until=LATER, heard=A1, heard_at=JUST),
        outgoing.Confirming(at=at, until=LATER),
        outgoing.Ceasing(at=at, answer=A1, since=since, until=LATER),
        outgoing.Settling(at=at, answer=A3, since=since, until=LATER, ended=since),
        outgoing.AllSent(at=at, until=LATER),
        outgoing.Pulsed(at=at, pulse=A3, until=LATER),
    )
] + ENDS
OUT_EVENTS = [
    *(words.BackwardOn(signal) for signal in words.BACKWARD),
    words.BackwardOff(),
    words.LineReleased(),
    DeadlinePassed(),
]

PLANS = [IncomingPlan(lengths=LengthPlan((("8", 8),)), ask_caller_after=0), IncomingPlan(restarts=0)]
GOT = [
    Collected(),
    Collected(called="8765432", reaction=640),
    Collected(called="87654321", awaited=Awaited.CATEGORY, caller_state=Caller.COMING),
    Collected(called="87654321", awaited=Awaited.CALLER, caller_state=Caller.COMING),
    Collected(called="87654321", awaited=Awaited.SERVICE),
    Collected(called="87654321", awaited=Awaited.SERVICE, service=Forward(3), decided=Result.FREE),
    Collected(called="8", decided=Result.VACANT, in_pieces=True),
    Collected(called="8", end=Failed(Failure.WRONG_SIGNAL), in_pieces=True),
]
IN_STATES = [incoming.Seized(LATER), incoming.Refusing(Failed(Failure.VACANT), LATER), *ENDS] + [
    state
    for got in GOT
    for since in (JUST, EARLIER)
    for state in (
        incoming.Waiting(got=got, last=Forward(8), since=since, until=LATER),
        incoming.Doubting(got=got, last=Forward(8), since=JUST, until=LATER, heard=Forward(8), heard_at=JUST),
        incoming.Answering(got=got, forward=Forward(8), since=since, until=LATER),
        incoming.Holding(got=got, forward=Forward(8), since=since, until=LATER, heard=None),
        incoming.Holding(got=got, forward=Forward(8), since=since, until=LATER, heard=Forward(3)),
        incoming.Deciding(got=got, service=Forward(3), until=LATER),
        incoming.Pulsing(got=got, since=since, until=LATER, heard=None),
        incoming.Pulsing(got=got, since=since, until=LATER, heard=Forward(3)),
    )
]
IN_EVENTS = [
    *(words.ForwardOn(signal) for signal in words.FORWARD),
    words.ForwardOff(),
    *(words.Decide(result) for result in Result),
    words.LineReleased(),
    DeadlinePassed(),
]


def test_the_examples_name_every_state_and_event() -> None:
    """A state or event that is added to a machine is added here."""
    assert {type(state) for state in OUT_STATES} == set(get_args(outgoing.State))
    assert {type(event) for event in OUT_EVENTS} == set(get_args(outgoing.Event))
    assert {type(state) for state in IN_STATES} == set(get_args(incoming.State))
    assert {type(event) for event in IN_EVENTS} == set(get_args(incoming.Event))


SOUNDING = (outgoing.Sending, outgoing.Doubting, outgoing.Confirming)


def names(items: list[object]) -> list[str]:
    return sorted({type(item).__name__ for item in items})


@pytest.mark.parametrize("name", names(OUT_STATES))
def test_an_outgoing_register_answers_everything(name: str) -> None:
    states = [state for state in OUT_STATES if type(state).__name__ == name]
    for state, event in itertools.product(states, OUT_EVENTS):
        then, outs = outgoing.step(state, event, NOW, CALL)
        assert then != state or outs, (state, event)
        check(then, outs, outgoing.deadline(then))
        was_on, is_on = isinstance(state, SOUNDING), isinstance(then, SOUNDING)
        begins = any(isinstance(out, words.SendForward) for out in outs)
        ends = any(isinstance(out, words.StopForward) for out in outs)
        assert (begins, ends) == (is_on and not was_on, was_on and not is_on), (state, event)


@pytest.mark.parametrize("name", names(IN_STATES))
def test_an_incoming_register_answers_everything(name: str) -> None:
    states = [state for state in IN_STATES if type(state).__name__ == name]
    for plan, state, event in itertools.product(PLANS, states, IN_EVENTS):
        then, outs = incoming.step(state, event, NOW, plan)
        assert then != state or outs or isinstance(event, words.Decide), (state, event)  # a wish may be repeated
        check(then, outs, incoming.deadline(then))
        was_on = isinstance(state, incoming.Answering | incoming.Holding)
        is_on = isinstance(then, incoming.Answering | incoming.Holding)
        begins = any(isinstance(out, words.SendBackward) for out in outs)
        ends = any(isinstance(out, words.StopBackward) for out in outs)
        assert (begins, ends) == (is_on and not was_on, was_on and not is_on), (state, event)


def check(then: object, outs: list[words.Out], deadline: Instant | None) -> None:
    """A register that waits has a deadline, and the last word is said once, at the end."""
    assert (deadline is None) == isinstance(then, Ended)
    assert deadline is None or deadline >= NOW
    said = [out for out in outs if isinstance(out, words.RegisterDone | words.RegisterFailed)]
    if isinstance(then, Ended) and not any(isinstance(out, Disregarded) for out in outs):
        assert said == [words.ending(then)]
    else:
        assert said == []


def test_what_is_disregarded_is_said_so() -> None:
    _, outs = outgoing.step(Done(Result.FREE), words.BackwardOn(Backward(1)), NOW, CALL)
    assert outs == [Disregarded("BackwardOn", "Done")]
    _, outs = incoming.step(Failed(Failure.VACANT), words.ForwardOff(), NOW, PLANS[0])
    assert outs == [Disregarded("ForwardOff", "Failed")]
