"""Values become words; the vectors are those of hospital-domain §9."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cti_core.call_control.actions import Language, Reader
from ivr.readers import FRAGMENTS, PAUSE, Unreadable, read, spoken

CARDINALS = """0 零; 2 二; 12 十二; 20 二十; 110 一百一十; 101 一百零一; 200 两百; 222 两百二十二; 1010 一千零一十;
2002 两千零二; 2222 两千二百二十二; 10010 一万零一十; 10200 一万零两百; 22000 两万两千; 100001 十万零一;
10000200 一千万零两百; 102000000 一亿零两百万; 10 十; 19 十九; 100000012 一亿零一十二; 20000 两万; 220000 二十二万;
120000 十二万; 100120000 一亿零一十二万; 200000000 两亿; 1000000 一百万; 105000 十万五千"""
TIMES = """08:30 上午八点三十分; 14:05 下午两点零五分; 09:00 上午九点整; 00:15 凌晨零点十五分; 12:00 中午十二点整;
02:00 凌晨两点整; 18:00 晚上六点整; 23:59 晚上十一点五十九分; 22:22 晚上十点二十二分; 8:01 上午八点零一分"""
ROWS = "10086001 幺零零八 六零零幺; 120 幺二零; 13800138000 幺三八 零零幺三 八零零零; 9* 九星号键; # 井号键; 12345 幺二 三四五"


def vectors(text: str) -> list[list[str]]:
    return [vector.strip().split(maxsplit=1) for vector in text.split(";")]


@pytest.mark.parametrize(("value", "words"), vectors(CARDINALS))
def test_a_cardinal_is_read_as_people_count(value: str, words: str) -> None:
    assert spoken(Reader.CARDINAL, value, Language.ZH) == words


@pytest.mark.parametrize(("value", "words"), vectors(TIMES))
def test_a_time_names_the_part_of_the_day(value: str, words: str) -> None:
    assert spoken(Reader.CLOCK, value, Language.ZH) == words


@pytest.mark.parametrize(("value", "words"), vectors(ROWS))
def test_digits_are_read_one_by_one_in_groups(value: str, words: str) -> None:
    assert spoken(Reader.DIGITS, value, Language.ZH) == words


@pytest.mark.parametrize(
    ("reader", "value", "words"),
    [
        (Reader.CARDINAL, "0", "zero"),
        (Reader.CARDINAL, "19", "nineteen"),
        (Reader.CARDINAL, "342", "three hundred forty two"),
        (Reader.CARDINAL, "1002003", "one million two thousand three"),
        (Reader.CLOCK, "08:30", "eight thirty a.m."),
        (Reader.CLOCK, "14:05", "two oh five p.m."),
        (Reader.CLOCK, "00:15", "twelve fifteen a.m."),
        (Reader.CLOCK, "12:00", "twelve p.m."),
        (Reader.DIGITS, "120", "one two zero"),
        (Reader.DIGITS, "7*A", "seven star A"),
    ],
)
def test_english_reads_usual_numerals_and_twelve_hours(reader: Reader, value: str, words: str) -> None:
    assert spoken(reader, value, Language.EN) == words


def understood(words: str) -> int:
    """What a Chinese listener makes of a cardinal."""
    units = {"十": 10, "百": 100, "千": 1000}
    total = group = digit = 0
    for word in words:
        if word in "万亿":
            total += (group + digit) * (10**4 if word == "万" else 10**8)
            group = digit = 0
        elif word in units:
            group += (digit or 1) * units[word]
            digit = 0
        else:
            digit = "零一二三四五六七八九".index(word.replace("两", "二"))
    return total + group + digit


@given(st.integers(0, 10**12 - 1))
def test_a_listener_understands_every_cardinal(number: int) -> None:
    """A-RDR-2; 亿 and 万 in one number need no bracket below 10^12."""
    assert understood(spoken(Reader.CARDINAL, str(number), Language.ZH)) == number


@given(
    st.sampled_from(Reader),
    st.sampled_from(Language),
    st.from_regex(r"\d{1,11}|[0-9*#A-D]{1,40}|\d\d?:\d\d", fullmatch=True),
)
def test_readers_emit_only_fragments_of_their_list(reader: Reader, language: Language, value: str) -> None:
    """A-RDR-4; the list is what is recorded."""
    try:
        names = read(reader, value, language)
    except Unreadable:
        return
    assert set(names) <= {*FRAGMENTS[language], PAUSE}


def test_fragments_hold_no_digit() -> None:
    """A-RDR-3: nothing is left for a speech engine to guess."""
    assert not any(any(c.isdecimal() for c in text) for texts in FRAGMENTS.values() for text in texts.values())


@pytest.mark.parametrize(
    ("reader", "value"),
    [
        (Reader.CARDINAL, ""),
        (Reader.CARDINAL, "-1"),
        (Reader.CARDINAL, "1.5"),
        (Reader.CARDINAL, "²"),
        (Reader.CARDINAL, "1000000000000"),
        (Reader.CLOCK, "24:00"),
        (Reader.CLOCK, "8:60"),
        (Reader.CLOCK, "half past"),
        (Reader.DIGITS, ""),
        (Reader.DIGITS, "12a"),
        (Reader.DIGITS, "1" * 41),
    ],
)
def test_a_value_of_another_type_is_refused(reader: Reader, value: str) -> None:
    with pytest.raises(Unreadable, match="is no"):
        read(reader, value, Language.ZH)
