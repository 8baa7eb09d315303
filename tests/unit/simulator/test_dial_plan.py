"""Numbers and their fates."""

import pytest

from simulator.dial_plan import CITY, VACANT, DialPlan, Fate, Route, plan_from


@pytest.mark.parametrize(
    ("digits", "fate"),
    [
        ("6001", Fate.BUSY),
        ("80012345", Fate.ANSWER),
        ("13912345678", Fate.ANSWER),
        ("01012345678", Fate.ANSWER),
        ("7", Fate.VACANT),
        ("6009", Fate.VACANT),
        ("8001234*", Fate.ANSWER),
    ],
)
def test_a_whole_number_has_a_fate_and_so_has_one_that_cannot_become_whole(digits: str, fate: Fate) -> None:
    route = CITY.route(digits)
    assert route is not None
    assert route.fate is fate


@pytest.mark.parametrize("digits", ["6", "600", "8001234", "1391234567"])
def test_more_digits_are_wanted_while_some_pattern_fits(digits: str) -> None:
    assert CITY.route(digits) is None


def test_the_first_pattern_wins_so_special_numbers_stand_first() -> None:
    plan = DialPlan((("110", Route(fate=Fate.BUSY)), ("1xx", Route(fate=Fate.ANSWER))))
    assert plan.route("110") == Route(fate=Fate.BUSY)
    assert plan.route("119") == Route(fate=Fate.ANSWER)
    assert plan.route("2") == VACANT


def test_a_plan_is_read_from_words() -> None:
    plan = plan_from({"8xxx": "answer 3", "9": "no answer", "802": "line 2", "5": "answer"}, lines=2)
    assert plan.routes == (
        ("8xxx", Route(fate=Fate.ANSWER, rings=3)),
        ("9", Route(fate=Fate.NO_ANSWER)),
        ("802", Route(fate=Fate.LINE, line=2)),
        ("5", Route(fate=Fate.ANSWER)),
    )


def test_all_faults_of_a_plan_are_told_each_with_its_pattern() -> None:
    wrong = {"": "busy", "8y": "busy", "1": "gone", "2": "busy 3", "3": "line 9", "4": "line", "5": 7}
    with pytest.raises(ValueError) as refusal:
        plan_from(wrong, lines=2)
    faults = str(refusal.value).splitlines()
    assert len(faults) == len(wrong)
    for pattern, fault in zip(wrong, faults, strict=True):
        assert fault.startswith(f"'{pattern}':" if pattern in {"", "8y"} else f"{pattern}:")
