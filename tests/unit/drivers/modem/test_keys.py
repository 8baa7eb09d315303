"""One key is one key, marked or not."""

from drivers.base import DtmfDown, DtmfUp
from drivers.modem.keys import Keys

MS = 8


def test_a_marked_key_is_one_key_however_often_it_is_repeated() -> None:
    keys = Keys(0)
    facts = [
        fact
        for ms, char in ((0, "/"), (1, "5"), (70, "5"), (300, "5"), (320, "~"))
        for fact in keys.code(char, ms * MS)
    ]
    assert facts == [DtmfDown(0, 8, "5"), DtmfUp(0, 320 * MS, "5", 319)]


def test_an_unmarked_key_ends_when_it_is_not_repeated() -> None:
    keys = Keys(0)
    assert keys.code("5", 0) == [DtmfDown(0, 0, "5")]
    assert keys.code("5", 70 * MS) == []
    assert keys.expire(100 * MS) == []
    assert keys.expire(171 * MS) == [DtmfUp(0, 171 * MS, "5", 70)]
    assert keys.code("5", 400 * MS) == [DtmfDown(0, 400 * MS, "5")]


def test_another_key_ends_the_one_before() -> None:
    keys = Keys(3)
    keys.code("1", 0)
    assert keys.code("2", 50 * MS) == [DtmfUp(3, 50 * MS, "1", 50), DtmfDown(3, 50 * MS, "2")]


def test_a_key_whose_end_was_lost_does_not_last_for_ever() -> None:
    keys = Keys(0)
    keys.code("/", 0)
    keys.code("9", 0)
    assert keys.expire(9 * 8000) == []
    assert [type(fact) for fact in keys.expire(11 * 8000)] == [DtmfUp]


def test_codes_that_are_no_keys_are_none() -> None:
    assert Keys(0).code("b", 0) == []
