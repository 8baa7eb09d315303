"""Whole register phases between our two ends, by event: the right numbers, in the time the compelled cycle takes."""

import pytest

from cti_core.call_control import register as words
from cti_core.call_control.privacy import PhoneNumber
from cti_core.call_control.register import Done, Failed, Failure, Ka, Kd, LengthPlan, PulseBackward, Result
from cti_core.call_control.register_outgoing import OutgoingCall
from cti_core.call_control.register_reading import IncomingPlan
from machines.register_pair import Pair, Path, Story, samples

EIGHT = LengthPlan((("", 8),))
CALLED, CALLER = "87654321", "13912345678"
ASKED = IncomingPlan(lengths=EIGHT, ask_caller_after=0)
SIGNALS = 22  # 8 called digits, KA, 11 of the caller, I-15, KD
TICK_S = 0.02


def dial(called: str = CALLED, caller: str | None = CALLER, **rest: object) -> OutgoingCall:
    number = None if caller is None else PhoneNumber(caller)
    return OutgoingCall(called=PhoneNumber(called), caller=number, **rest)  # type: ignore[arg-type]


def numbers(story: Story) -> tuple[str, str | None]:
    assert story.address is not None
    caller = story.address.caller
    return story.address.called.reveal(), None if caller is None else caller.reveal()


def test_called_and_caller_cross_in_22_signals() -> None:
    """A6 comes with the last called digit; A1 then means digits of the caller until I-15."""
    story = Pair(dial(category=Ka.PRIORITY_FREE, service=Kd.TOLL_AUTOMATIC), ASKED).run()
    assert numbers(story) == (CALLED, CALLER)
    assert story.address is not None
    assert (story.address.category, story.address.service) == (10, 2)
    assert story.forward == [8, 7, 6, 5, 4, 3, 2, 1, 10, 1, 3, 9, 1, 2, 3, 4, 5, 6, 7, 8, 15, 2]
    assert story.backward == [1] * 7 + [6] + [1] * 12 + [3, 1]
    assert (story.outgoing, story.incoming) == (Done(Result.FREE), Done(Result.FREE))
    assert story.disregarded == []


@pytest.mark.parametrize("delay_ms", [0, 5, 10, 20])
def test_a_call_with_caller_is_as_fast_as_the_compelled_cycle_at_20_ms_ticks(delay_ms: int) -> None:
    """Four beats a signal; a beat is the way and the receiver, in whole ticks: 1.76 s to 3.52 s, 4.4 s is the limit."""
    path = Path(delay_s=delay_ms / 1000, operate_s=0.016, release_s=0.016)
    story = Pair(dial(), ASKED, forward=path, backward=path).run()
    beat_ticks = -(-samples(path.delay_s + path.operate_s) // samples(TICK_S))
    assert story.took_s == pytest.approx(SIGNALS * 4 * beat_ticks * TICK_S)
    assert story.took_s <= 4.4
    assert (len(story.forward), numbers(story)) == (SIGNALS, (CALLED, CALLER))


@pytest.mark.parametrize("delay_ms", [0, 1, 7, 20, 60, 300])
def test_nothing_is_added_to_the_loop_at_any_delay(delay_ms: int) -> None:
    """1 ms ticks: the time is that of the loops. One exception, the first answer lasts 40 ms at least."""
    path = Path(delay_s=delay_ms / 1000, operate_s=0.016, release_s=0.016)
    story = Pair(dial(), ASKED, forward=path, backward=path, tick=8).run()
    whole_s = SIGNALS * 4 * (path.delay_s + 0.016)
    assert whole_s <= story.took_s <= whole_s + words.GUARD_FIRST_S


@pytest.mark.parametrize(("after", "first_a6"), [(1, 0), (3, 2), (8, 7), (0, 7)])
def test_after_the_callers_number_the_called_number_goes_on_where_it_was(after: int, first_a6: int) -> None:
    story = Pair(dial(), IncomingPlan(lengths=EIGHT, ask_caller_after=after)).run()
    assert numbers(story) == (CALLED, CALLER)
    assert story.backward.index(6) == first_a6
    assert len(story.forward) == SIGNALS


@pytest.mark.parametrize("called", ["1", "11", "1111111111", "8000000000"])
@pytest.mark.parametrize("caller", ["", "1", "11111111111"])
def test_equal_digits_are_counted(called: str, caller: str) -> None:
    plan = IncomingPlan(lengths=LengthPlan((("", len(called)),)), ask_caller_after=1)
    assert numbers(Pair(dial(called, caller), plan).run()) == (called, caller)


def test_a_restricted_caller_is_told_by_i_12() -> None:
    story = Pair(dial(caller=None), ASKED).run()
    assert story.address is not None
    assert (story.address.restricted, story.address.caller) == (True, None)
    assert 12 in story.forward
    assert 15 not in story.forward


def test_a_number_of_known_length_needs_no_timer() -> None:
    story = Pair(dial(), IncomingPlan(lengths=EIGHT)).run()
    assert numbers(story) == (CALLED, None)
    assert story.took_s < words.END_OF_NUMBER_S


def test_a_number_of_unknown_length_ends_with_an_a3_pulse() -> None:
    """2 s of silence, then 150 ms of A3 without a forward signal; KD is believed 300 ms later at the earliest."""
    story = Pair(dial(), IncomingPlan()).run()
    assert numbers(story) == (CALLED, None)
    pulses = [(at, action) for at, _, action in story.actions if isinstance(action, PulseBackward)]
    assert [action for _, action in pulses] == [PulseBackward(words.A3, 0.15)]
    began = pulses[0][0]
    silent_since = max(at for at, _, action in story.actions if action == words.StopBackward() and at < began)
    assert began - silent_since == pytest.approx(words.END_OF_NUMBER_S)
    told = next(at for at, _, action in story.actions if isinstance(action, words.AddressComplete))
    assert 0.3 <= told - began <= 0.4 + TICK_S


RESULTS = [
    (Kd.LOCAL, Result.FREE, Result.FREE),
    (Kd.LOCAL, Result.FREE_CALLER_RELEASES, Result.FREE_CALLER_RELEASES),
    (Kd.LOCAL, Result.BUSY_TOLL, Result.BUSY),
    (Kd.TOLL_AUTOMATIC, Result.BUSY_TOLL, Result.BUSY_TOLL),
    (Kd.TOLL_OPERATOR, Result.FREE_CALLER_RELEASES, Result.FREE),
    (Kd.TEST, Result.CONGESTION, Result.CONGESTION),
    (Kd.LOCAL_DATA, Result.VACANT, Result.VACANT),
]


@pytest.mark.parametrize(("service", "said", "heard"), RESULTS)
def test_the_state_of_the_called_party_is_told(service: Kd, said: Result, heard: Result) -> None:
    story = Pair(dial(service=service), ASKED, result=said, decide_s=1.0).run()
    assert (story.incoming, story.outgoing) == (Done(said), Done(heard))


def test_no_such_number_is_told_with_the_digit_that_shows_it() -> None:
    story = Pair(dial("1999"), IncomingPlan(lengths=LengthPlan((("19", 0),)))).run()
    assert story.backward == [1, 5]
    assert (story.incoming, story.outgoing) == (Failed(Failure.VACANT), Failed(Failure.VACANT))


@pytest.mark.parametrize(
    ("result", "signal", "why"),
    [(Result.VACANT, 5, Failure.VACANT), (Result.CONGESTION, 4, Failure.CONGESTION)],
)
def test_a_refusal_in_a_silence_is_a_pulse_100_ms_after_the_last_signal(
    result: Result, signal: int, why: Failure
) -> None:
    """The far end has sent all and waits; the house refuses before the 2 s are over."""
    story = Pair(dial("12"), IncomingPlan(), refused=(0.32, result)).run()
    began, pulse = next((at, a) for at, _, a in story.actions if isinstance(a, PulseBackward))
    last = max(at for at, _, action in story.actions if action == words.StopBackward())
    assert pulse == PulseBackward(words.Backward(signal), 0.15)
    assert began - last == pytest.approx(0.1)
    assert (story.incoming, story.outgoing) == (Failed(why), Failed(why))


def test_a_refusal_between_digits_is_the_answer_to_the_next_one() -> None:
    story = Pair(dial(), ASKED, refused=(0.30, Result.CONGESTION)).run()
    assert story.backward == [1, 1, 4]
    assert not any(isinstance(action, PulseBackward) for _, _, action in story.actions)


def test_a_trunk_that_answers_slowly_is_only_slow() -> None:
    """Both hosts are up to 160 ms late, ever differently: no signal is taken for another."""
    late_s = (0.0, 0.16, 0.03, 0.0, 0.11, 0.0, 0.07)
    assert numbers(Pair(dial("1112221"), IncomingPlan(ask_caller_after=2), late_s=late_s).run()) == ("1112221", CALLER)


def test_a_line_released_in_the_register_phase_ends_both() -> None:
    for at_s in (0.0, 0.06, 0.1, 0.2, 0.22, 0.3, 1.5):
        story = Pair(dial(), ASKED, released_s=at_s).run()
        assert (story.incoming, story.outgoing) == (Failed(Failure.RELEASED), Failed(Failure.RELEASED))
