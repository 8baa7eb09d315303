"""Our two ends against each other over lossy, delayed lines: never stuck, and no wrong number is ever told as whole.

What is promised: faults of any length and number in one direction at a time, and in the other one those that its receiver
bridges, neither double a digit nor skip one. Outages that hit both directions in the same instant can: then a digit whose
answer was lost and the next equal one look the same. There only an end of both registers is promised.
"""

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from cti_core.call_control.privacy import PhoneNumber
from cti_core.call_control.register import Done, Failed, Kd, LengthPlan, Result
from cti_core.call_control.register_outgoing import OutgoingCall
from cti_core.call_control.register_reading import IncomingPlan
from machines.register_pair import Pair, Path, Story

digits = st.one_of(st.text("0123456789", max_size=11), st.text("1", max_size=11), st.text("12", max_size=11))
delays_s = st.sampled_from([0.0, 0.005, 0.02, 0.05, 0.15, 0.3])
operate_s = st.sampled_from([0.008, 0.016, 0.020, 0.032])
starts_s = st.floats(0.0, 8.0)
lengths_s = st.one_of(st.floats(0.002, 0.1), st.floats(0.1, 4.0))
holes = st.lists(st.tuples(starts_s, lengths_s).map(lambda hole: (hole[0], hole[0] + hole[1])), max_size=5).map(tuple)
longest_s = st.one_of(st.just(float("inf")), st.floats(0.01, 0.5))
ticks = st.sampled_from([8, 40, 80, 160])
quick = settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.too_slow])


@st.composite
def calls(draw: st.DrawFn) -> tuple[OutgoingCall, IncomingPlan]:
    called = draw(digits.filter(bool))
    caller = draw(st.none() | digits)
    lengths = LengthPlan((("", len(called)),)) if draw(st.booleans()) else LengthPlan()
    number = None if caller is None else PhoneNumber(caller)
    call = OutgoingCall(called=PhoneNumber(called), caller=number, service=draw(st.sampled_from(Kd)))
    return call, IncomingPlan(lengths=lengths, ask_caller_after=draw(st.sampled_from([None, 0, 1, 3])))


@st.composite
def paths(draw: st.DrawFn) -> tuple[Path, Path]:
    """The same way there and back, faults in the first."""
    delay, operate, release = draw(delays_s), draw(operate_s), draw(operate_s)
    whole = Path(delay_s=delay, operate_s=operate, release_s=release, doubled=draw(st.booleans()))
    bad = Path(
        delay_s=delay,
        operate_s=operate,
        release_s=release,
        doubled=draw(st.booleans()),
        holes=draw(holes),
        longest_s=draw(longest_s),
    )
    return bad, whole


def knowing(plan: IncomingPlan, path: Path) -> IncomingPlan:
    """The trunk's loop is in the plan: without it the first digit has less protection."""
    return IncomingPlan(
        lengths=plan.lengths,
        ask_caller_after=plan.ask_caller_after,
        loop_s=2 * path.delay_s + path.operate_s + path.release_s,
    )


def never_wrong(story: Story, call: OutgoingCall) -> None:
    if story.address is None:
        assert isinstance(story.incoming, Failed)
        return
    assert story.address.called == call.called
    assert story.address.caller in (None, call.caller)
    assert not (story.address.restricted and call.caller is not None)


@quick
@given(call=calls(), path=paths(), tick=ticks, result=st.sampled_from(Result))
def test_faults_of_the_forward_direction_never_give_a_wrong_number(
    call: tuple[OutgoingCall, IncomingPlan], path: tuple[Path, Path], tick: int, result: Result
) -> None:
    bad, whole = path
    plan = knowing(call[1], bad)
    never_wrong(Pair(call[0], plan, forward=bad, backward=whole, tick=tick, result=result).run(), call[0])


@quick
@given(call=calls(), path=paths(), tick=ticks, result=st.sampled_from(Result))
def test_faults_of_the_backward_direction_never_give_a_wrong_number(
    call: tuple[OutgoingCall, IncomingPlan], path: tuple[Path, Path], tick: int, result: Result
) -> None:
    bad, whole = path
    plan = knowing(call[1], bad)
    never_wrong(Pair(call[0], plan, forward=whole, backward=bad, tick=tick, result=result).run(), call[0])


@quick
@given(call=calls(), path=paths(), other=holes, tick=ticks)
@example(  # the number of unknown length stops in an outage of both directions
    call=(OutgoingCall(called=PhoneNumber("11"), caller=None), IncomingPlan()),
    path=(Path(holes=((0.1, 4.0),)), Path()),
    other=((0.1, 4.0),),
    tick=160,
)
def test_whatever_happens_in_both_directions_both_ends_come_to_an_end(
    call: tuple[OutgoingCall, IncomingPlan], path: tuple[Path, Path], other: tuple[tuple[float, float], ...], tick: int
) -> None:
    """`Pair.run` fails if a register is stuck; each end has a result or a reason."""
    bad, whole = path
    worse = Path(delay_s=whole.delay_s, operate_s=whole.operate_s, release_s=whole.release_s, holes=other)
    story = Pair(call[0], call[1], forward=bad, backward=worse, tick=tick).run()
    assert isinstance(story.outgoing, Done | Failed)
    assert isinstance(story.incoming, Done | Failed)


@quick
@given(
    call=calls(),
    delay_s=delays_s,
    tick=ticks,
    late_s=st.lists(st.floats(0.0, 0.08), min_size=1, max_size=9).map(tuple),
)
def test_hosts_that_are_late_never_change_a_number_and_never_fail_a_call(
    call: tuple[OutgoingCall, IncomingPlan], delay_s: float, tick: int, late_s: tuple[float, ...]
) -> None:
    path = Path(delay_s=delay_s)
    story = Pair(call[0], call[1], forward=path, backward=path, tick=tick, late_s=late_s).run()
    never_wrong(story, call[0])
    assert (story.outgoing, story.incoming) == (Done(Result.FREE), Done(Result.FREE))


def test_a_dropout_anywhere_in_a_call_leaves_the_number_right() -> None:
    """30 ms (more than a receiver bridges) and 300 ms (more than a cycle), in each direction, every 30 ms of the call."""
    call = OutgoingCall(called=PhoneNumber("11221122"), caller=PhoneNumber("112"))
    plan = IncomingPlan(lengths=LengthPlan((("", 8),)), ask_caller_after=3)
    whole = 0
    for length_s in (0.03, 0.3):
        for start in range(80):
            broken = Path(delay_s=0.01, holes=((start * 0.03, start * 0.03 + length_s),))
            good = Path(delay_s=0.01)
            for forward, backward in ((broken, good), (good, broken)):
                story = Pair(call, plan, forward=forward, backward=backward).run()
                never_wrong(story, call)
                whole += story.incoming == Done(Result.FREE)
    assert whole == 320
