"""Numbers and times in English: usual numerals, 12-hour times (hospital-domain §9). Names of fragments in order."""

from typing import Final

_SMALL: Final = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
]
_TENS: Final = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]

FRAGMENTS: Final[dict[str, str]] = {
    **{f"number.{n}": word for n, word in enumerate(_SMALL)},
    **{f"number.{n}0": word for n, word in enumerate(_TENS, 2)},
    "number.100": "hundred",
    "number.1000": "thousand",
    "number.1000000": "million",
    "number.1000000000": "billion",
    **{f"digit.{letter.lower()}": letter for letter in "ABCD"},
    "digit.oh": "oh",
    "key.star": "star",
    "key.pound": "pound",
    "clock.am": "a.m.",
    "clock.pm": "p.m.",
}


def digits(row: str) -> list[str]:
    names = {"*": "key.star", "#": "key.pound"}
    return [names.get(key) or (f"number.{key}" if key.isdecimal() else f"digit.{key.lower()}") for key in row]


def cardinal(number: int) -> list[str]:
    if number == 0:
        return ["number.0"]
    words: list[str] = []
    for size in (10**9, 10**6, 1000, 1):
        group = number // size % 1000
        if group:
            words += [*_group(group), *([f"number.{size}"] if size > 1 else [])]
    return words


def _group(number: int) -> list[str]:
    """1 to 999."""
    hundreds, rest = divmod(number, 100)
    words = [f"number.{hundreds}", "number.100"] if hundreds else []
    if rest >= 20:
        words.append(f"number.{rest // 10 * 10}")
        rest %= 10
    return [*words, *([f"number.{rest}"] if rest else [])]


def clock(hour: int, minute: int) -> list[str]:
    """Eight thirty a.m., two oh five p.m., nine a.m.; 00:15 is twelve fifteen a.m."""
    said_minute = [*(["digit.oh"] if 0 < minute < 10 else []), *(cardinal(minute) if minute else [])]
    return [*cardinal(hour % 12 or 12), *said_minute, "clock.am" if hour < 12 else "clock.pm"]
