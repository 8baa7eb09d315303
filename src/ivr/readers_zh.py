"""Numbers and times in Mandarin (hospital-domain §9). Names of fragments in order; the vectors stand in the tests."""

from typing import Final

DIGITS: Final = "零一二三四五六七八九"
_KEYS: Final = {"*": "key.star", "#": "key.pound", "1": "digit.yao"}

FRAGMENTS: Final[dict[str, str]] = {
    **{f"digit.{n}": text for n, text in enumerate(DIGITS)},
    "digit.yao": "幺",  # 1 in rows of digits
    **{f"digit.{letter.lower()}": letter for letter in "ABCD"},
    "key.star": "星号键",
    "key.pound": "井号键",
    "number.2": "两",
    "number.10": "十",
    "number.100": "百",
    "number.1000": "千",
    "number.10000": "万",
    "number.100000000": "亿",
    "clock.night": "凌晨",
    "clock.morning": "上午",
    "clock.noon": "中午",
    "clock.afternoon": "下午",
    "clock.evening": "晚上",
    "clock.hour": "点",
    "clock.minute": "分",
    "clock.sharp": "整",
}


def digits(row: str) -> list[str]:
    """One by one; 1 is 幺."""
    return [_KEYS.get(digit, f"digit.{digit.lower()}") for digit in row]


def cardinal(number: int) -> list[str]:
    """万 and 亿 groups, one 零 for a gap, 两 in front of a leading 百, 千, 万, 亿; 十 without 一 at the head."""
    if number == 0:
        return ["digit.0"]
    words: list[str] = []
    for size in (10**8, 10**4, 1):
        group = number // size % 10**4
        if not group:
            continue
        if words and group < 1000:
            words.append("digit.0")
        words += ["number.2"] if group == 2 and size > 1 else _group(group, head=not words)
        words += [f"number.{size}"] if size > 1 else []
    return words


def _group(number: int, *, head: bool) -> list[str]:
    """1 to 9999. `head`: nothing stands before it."""
    words: list[str] = []
    gap = False
    for size in (1000, 100, 10, 1):
        digit = number // size % 10
        if not digit:
            gap = bool(words)
            continue
        if gap:
            words.append("digit.0")
            gap = False
        leading = not words
        if size == 10 and digit == 1 and head and leading:
            words.append("number.10")
            continue
        words.append("number.2" if digit == 2 and size >= 100 and leading else f"digit.{digit}")
        words += [f"number.{size}"] if size > 1 else []
    return words


def clock(hour: int, minute: int) -> list[str]:
    """凌晨 0-5, 上午 6-11, 中午 12, 下午 13-17, 晚上 18-23; 整 for :00, 零 for :01-:09, 三十分 and never 半."""
    if hour < 6:
        period = "night"
    elif hour < 12:
        period = "morning"
    elif hour == 12:
        period = "noon"
    else:
        period = "afternoon" if hour < 18 else "evening"
    shown = hour if hour <= 12 else hour - 12
    said_hour = ["number.2"] if shown == 2 else cardinal(shown)
    if minute == 0:
        said_minute = ["clock.sharp"]
    else:
        said_minute = [*(["digit.0"] if minute < 10 else []), *cardinal(minute), "clock.minute"]
    return [f"clock.{period}", *said_hour, "clock.hour", *said_minute]
