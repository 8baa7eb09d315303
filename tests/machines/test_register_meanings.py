"""China No.1: what each signal means, in each direction and group (GF002-9002, GB 3377)."""

import pytest

from cti_core.call_control import register as words
from cti_core.call_control import register_reading as reading
from cti_core.call_control.csta import Cause
from cti_core.call_control.privacy import PhoneNumber
from cti_core.call_control.register import Backward, Done, Failed, Failure, Forward, GroupA, Ka, Kd, LengthPlan, Result
from cti_core.call_control.register_outgoing import OutgoingCall
from cti_core.call_control.register_reading import Awaited, Caller, Collected, IncomingPlan

EIGHT = LengthPlan((("8", 8),))
LAST_BUT_ONE = "8765432"


def test_ten_is_the_digit_0() -> None:
    assert [words.digit_of(signal) for signal in words.FORWARD] == [*"1234567890", None, None, None, None, None]
    assert [words.signal_of(digit) for digit in "1234567890"] == list(range(1, 11))


@pytest.mark.parametrize("text", ["", "12", "#", "٣", "²", "a"])
def test_what_is_no_decimal_digit_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no digit"):
        words.signal_of(text)


def test_group_a_and_the_categories_have_the_standard_numbers() -> None:
    assert {a.name: a.value for a in GroupA} == {
        "SEND_NEXT": 1,
        "RESTART": 2,
        "CHANGE_TO_B": 3,
        "CONGESTION": 4,
        "VACANT": 5,
        "SEND_CALLER": 6,
    }
    assert [int(ka) for ka in Ka] == [1, 2, 3, 5, 8, 10, 13]
    assert [int(kd) for kd in Kd] == [1, 2, 3, 4, 5, 6]


TOLL = [Result.FREE, Result.BUSY, Result.BUSY_TOLL, Result.CONGESTION, Result.VACANT, None]
LOCAL = [Result.FREE, Result.BUSY, None, Result.CONGESTION, Result.VACANT, Result.FREE_CALLER_RELEASES]


@pytest.mark.parametrize(
    ("service", "expected"),
    [(Kd.TOLL_OPERATOR, TOLL), (Kd.TOLL_AUTOMATIC, TOLL), (Kd.TEST, TOLL), (Kd.LOCAL, LOCAL), (Kd.LOCAL_DATA, LOCAL)],
)
def test_group_b_reads_by_the_service_of_the_call(service: Kd, expected: list[Result | None]) -> None:
    kd = Forward(int(service))
    assert [words.result_of(b, kd) for b in words.BACKWARD] == expected


@pytest.mark.parametrize("service", list(Kd))
@pytest.mark.parametrize("result", list(Result))
def test_what_is_said_in_group_b_is_understood(service: Kd, result: Result) -> None:
    """A result that a service cannot tell is told by the nearest one."""
    kd = Forward(int(service))
    heard = words.result_of(words.group_b(result, kd), kd)
    near = {Result.FREE_CALLER_RELEASES: Result.FREE, Result.BUSY_TOLL: Result.BUSY}
    assert heard in (result, near.get(result))


CAUSES = [
    (Done(Result.FREE), None),
    (Done(Result.FREE_CALLER_RELEASES), None),
    (Done(Result.BUSY), Cause.BUSY),
    (Done(Result.BUSY_TOLL), Cause.BUSY),
    (Done(Result.CONGESTION), Cause.NETWORK_CONGESTION),
    (Failed(Failure.CONGESTION), Cause.NETWORK_CONGESTION),
    (Done(Result.VACANT), Cause.NUMBER_UNALLOCATED),
    (Failed(Failure.VACANT), Cause.NUMBER_UNALLOCATED),
    (Failed(Failure.RELEASED), Cause.CALL_CANCELLED),
    (Failed(Failure.NO_DECISION), Cause.SYSTEM_FAILURE),
    (Failed(Failure.NO_BACKWARD), Cause.NETWORK_SIGNAL),
    (Failed(Failure.MUTILATED), Cause.NETWORK_SIGNAL),
]


@pytest.mark.parametrize(("end", "cause"), CAUSES)
def test_each_end_has_a_cause_in_csta_words(end: words.Ended, cause: Cause | None) -> None:
    assert words.cause_of(end) == cause


@pytest.mark.parametrize("why", list(Failure))
def test_every_failure_has_a_cause(why: Failure) -> None:
    assert words.cause_of(Failed(why)) is not None


def test_the_longest_prefix_tells_the_length() -> None:
    plan = LengthPlan((("", 8), ("1", 3), ("12345", 5), ("13", 11), ("19", words.VACANT_LENGTH)))
    lengths = {number: plan.length_of(number) for number in ("6", "110", "12345", "139", "19")}
    assert lengths == {"6": 8, "110": 3, "12345": 5, "139": 11, "19": 0}
    assert LengthPlan().length_of("8") is None
    assert EIGHT.length_of("") is None


def got(**what: object) -> Collected:
    return Collected(**what)  # type: ignore[arg-type]


IN_CALLER = {"awaited": Awaited.CALLER, "caller_state": Caller.COMING}
PLAN = IncomingPlan(lengths=EIGHT, ask_caller_after=0)
SILENT = IncomingPlan(lengths=EIGHT)
ANSWERS = [
    ("a digit: the next one", got(), 8, SILENT, 1),
    ("the last digit: change to B", got(called=LAST_BUT_ONE), 1, SILENT, 3),
    ("the last digit: who calls?", got(called=LAST_BUT_ONE), 1, PLAN, 6),
    ("the third digit: who calls?", got(called="87"), 6, IncomingPlan(lengths=EIGHT, ask_caller_after=3), 6),
    (
        "who calls was asked already",
        got(called="87", caller_state=Caller.WHOLE),
        6,
        IncomingPlan(ask_caller_after=3),
        1,
    ),
    ("no such number", got(called="1"), 9, IncomingPlan(lengths=LengthPlan((("19", 0),))), 5),
    ("a toll class before the first digit", got(), 11, SILENT, 1),
    ("a third mark", got(marks=(Forward(11), Forward(12))), 13, SILENT, 2),
    ("a mark between digits: once more", got(called="8"), 13, SILENT, 2),
    ("a mark between digits, too often", got(called="8", restarts=2), 13, SILENT, 4),
    ("a mark, and the far end knows no A2", got(called="8"), 13, IncomingPlan(restarts=0), 4),
    ("more digits than any number has", got(called="8" * 24), 8, IncomingPlan(), 4),
    ("KA: the caller's first digit", got(awaited=Awaited.CATEGORY), 1, PLAN, 1),
    ("a spare KA", got(awaited=Awaited.CATEGORY), 15, PLAN, 1),
    ("a digit of the caller", got(**IN_CALLER), 9, PLAN, 1),
    ("the caller's end, called digits missing", got(called="87", **IN_CALLER), 15, PLAN, 1),
    ("the caller's end, called number whole", got(called="87654321", **IN_CALLER), 15, PLAN, 3),
    ("restricted, called number whole", got(called="87654321", **IN_CALLER), 12, PLAN, 3),
    ("no digit of a caller", got(**IN_CALLER), 13, PLAN, 2),
    ("a caller without end", got(caller="1" * 20, **IN_CALLER), 1, PLAN, 4),
    ("refused: congestion", got(called="8", decided=Result.BUSY), 7, PLAN, 4),
    ("refused: vacant", got(called="8", decided=Result.VACANT), 7, PLAN, 5),
]


@pytest.mark.parametrize(("before", "signal", "plan", "answer"), [a[1:] for a in ANSWERS], ids=[a[0] for a in ANSWERS])
def test_each_forward_signal_has_its_answer(before: Collected, signal: int, plan: IncomingPlan, answer: int) -> None:
    _, said = reading.answer(before, Forward(signal), plan)
    assert said == answer


def test_a_restart_forgets_both_numbers() -> None:
    before = got(called="87", caller="1", awaited=Awaited.CALLER, reaction=640)
    after, said = reading.answer(before, Forward(13), PLAN)
    assert said == words.A2
    assert after == got(restarts=1, reaction=640)


def test_the_caller_is_told_whole_restricted_or_not_at_all() -> None:
    whole = got(called="8", caller="139", caller_state=Caller.WHOLE, service=Forward(3), category=Forward(1)).address()
    assert whole.caller == PhoneNumber("139")
    restricted = got(called="8", caller_state=Caller.RESTRICTED, service=Forward(3)).address()
    assert (restricted.caller, restricted.restricted) == (None, True)
    not_asked = got(called="8", service=Forward(3)).address()
    assert (not_asked.caller, not_asked.restricted, not_asked.category) == (None, False, None)


def test_no_number_stands_in_the_text_of_a_state() -> None:
    text = repr(got(called="87654321", caller="13912345678"))
    assert "8765" not in text
    assert "1391" not in text


@pytest.mark.parametrize("number", ["", "12a", "+86"])
def test_a_call_to_what_is_no_number_is_refused(number: str) -> None:
    with pytest.raises(ValueError, match=r"digit|called"):
        OutgoingCall(called=PhoneNumber(number))


def test_a_caller_who_is_no_number_is_refused() -> None:
    with pytest.raises(ValueError, match="digit"):
        OutgoingCall(called=PhoneNumber("1"), caller=PhoneNumber("anonymous"))


def test_signals_are_numbers_of_the_code() -> None:
    assert (len(words.FORWARD), len(words.BACKWARD)) == (15, 6)
    assert all(type(signal) is int for signal in (words.A1, words.A6, words.group_b(Result.FREE, Forward(3))))
    assert Backward(6) == words.A6
