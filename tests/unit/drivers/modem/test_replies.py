"""Result codes, callers' numbers and codings in the forms that brands use."""

import pytest

from drivers.modem.codings import Coding
from drivers.modem.families import FAMILIES, family_of, named
from drivers.modem.plan import ModemPlan
from drivers.modem.replies import Result, caller_field, coding_of, number_of, result_of
from drivers.modem.setting_up import best_coding, voice_orders


@pytest.mark.parametrize(
    ("line", "result"),
    [
        ("OK", Result.OK),
        ("NO DIAL TONE", Result.NO_DIALTONE),
        ("NO DIALTONE", Result.NO_DIALTONE),
        ("+FCERROR", Result.ERROR),
        ("RING A", Result.RING),
        ("ring", Result.RING),
        ("RINGING", Result.RINGING),
        ("56000", None),
        ("OKAY", None),
    ],
)
def test_a_line_is_a_result_or_none(line: str, result: Result | None) -> None:
    assert result_of(line) is result


@pytest.mark.parametrize(
    ("line", "field"),
    [
        ("NMBR=13800138000", ("number", "13800138000")),
        ("NMBR = 13800138000", ("number", "13800138000")),
        ("nmbr=13800138000", ("number", "13800138000")),
        ("NBR=114", ("number", "114")),
        ("CALLER NUMBER: 114", ("number", "114")),
        ("FM:114", ("number", "114")),
        ("RING;114", ("number", "114")),
        ("NAME=WANG", ("name", "WANG")),
        ("DATE=1124", ("date", "1124")),
        ("TIME = 0915", ("time", "0915")),
    ],
)
def test_every_form_of_a_callers_number_is_read(line: str, field: tuple[str, str]) -> None:
    assert caller_field(line) == field


@pytest.mark.parametrize("line", ["RING", "OK", "CONNECT", "56000"])
def test_what_is_no_part_of_a_number_is_none(line: str) -> None:
    assert caller_field(line) is None


@pytest.mark.parametrize(
    ("value", "number", "absence"),
    [("138 0013 8000", "13800138000", ""), ("P", "", "P"), ("O", "", "O"), ("PRIVATE", "", "P"), ("", "", "O")],
)
def test_a_number_that_is_withheld_is_not_a_number(value: str, number: str, absence: str) -> None:
    assert number_of(value) == (number, absence)


@pytest.mark.parametrize(
    ("line", "coding"),
    [
        ('1,"UNSIGNED PCM",8,0,(8000),(0),(0)', (1, "UNSIGNED PCM", (8000,))),
        ('+VSM: 132,"A-LAW",8,0,(7200,8000,11025),(0),(0)', (132, "A-LAW", (7200, 8000, 11025))),
        ('128,"8-BIT LINEAR",(7200,8000,11025)', (128, "8-BIT LINEAR", (7200, 8000, 11025))),
        ('4,"G.711U",8,0,(8000),(0)', (4, "G.711U", (8000,))),
        ("OK", None),
    ],
)
def test_a_line_of_the_list_of_codings(line: str, coding: tuple[int, str, tuple[int, ...]] | None) -> None:
    assert coding_of(line) == coding


def test_a_law_is_preferred_to_linear_and_adpcm_is_none() -> None:
    lines = [
        '1,"UNSIGNED PCM",8,0,(8000)',
        '129,"IMA ADPCM",4,0,(8000)',
        '131,"U-LAW",8,0,(8000)',
        '132,"A-LAW",8,0,(8000)',
    ]
    assert best_coding(named("v253"), lines) == (132, Coding.ALAW)
    assert best_coding(named("v253"), lines[:2]) == (1, Coding.UNSIGNED_8)


def test_a_coding_at_another_rate_only_is_none() -> None:
    assert best_coding(named("v253"), ['132,"A-LAW",8,0,(7200)', '1,"UNSIGNED PCM",8,0,(7200,11025)']) == (
        1,
        Coding.UNSIGNED_8,
    )


@pytest.mark.parametrize(
    ("ident", "name"),
    [
        ("56000\nCX93001-EIS_V0.2013-V92", "conexant"),
        ("5601\nU.S. Robotics 56K FAX USB V1.2.23", "usrobotics"),
        ("Si2457", "silabs"),
        ("LT V.92 1.0 MT5634ZBAV-V92 Serial Data/Fax/Voice Modem", "agere"),
        ("RCV336DPFSP Rev 44BC", "rockwell"),
        ("something new", "v253"),
    ],
)
def test_a_modem_is_known_by_what_it_says_of_itself(ident: str, name: str) -> None:
    assert family_of(ident).name == name


def test_every_family_has_orders_without_a_gap() -> None:
    for family in FAMILIES:
        orders = voice_orders(family, ModemPlan(name="m", silence_ms=5000))
        assert orders[0].words == f"AT{family.enter_voice}"
        assert all("{" not in order.words for order in orders)
        assert all(order.data.endswith(b"\r") for order in orders)
        assert sum(not order.may_fail for order in orders) == 1
