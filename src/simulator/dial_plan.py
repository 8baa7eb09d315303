"""What becomes of the numbers that the house dials: patterns and fates, as data."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

ANY: Final = "x"  # one digit, whichever
RINGS: Final = 2


class Fate(StrEnum):
    """How the called number is."""

    ANSWER = "answer"  # after so many rings
    NO_ANSWER = "no answer"
    BUSY = "busy"
    CONGESTION = "congestion"
    VACANT = "vacant"
    ANNOUNCEMENT = "announcement"  # a voice, then busy tone: no such number, switched off, barred
    LINE = "line"  # another line of the same exchange


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    fate: Fate
    rings: int = RINGS  # ANSWER: before it is lifted; 0: at once
    talk_s: float | None = None  # ANSWER: the called party hangs up by itself after so long
    line: int = 0  # LINE: 1-based, as on the wall


VACANT: Final = Route(fate=Fate.VACANT)
INCOMPLETE: Final = Route(fate=Fate.BUSY)  # assumed: busy tone for a number that stops half way


@dataclass(frozen=True, slots=True)
class DialPlan:
    """The first pattern that fits the whole number wins, so short special numbers stand before long ones."""

    routes: tuple[tuple[str, Route], ...]

    def route(self, digits: str) -> Route | None:
        """Where to; None: more digits are wanted."""
        for pattern, route in self.routes:
            if len(pattern) == len(digits) and _begins(pattern, digits):
                return route
        wanted = any(len(pattern) > len(digits) and _begins(pattern, digits) for pattern, _ in self.routes)
        return None if wanted else VACANT


def plan_from(settings: Mapping[str, object], lines: int) -> DialPlan:
    """`{"8xxxxxxx": "answer 2", "6001": "busy", "802": "line 2"}`. Raises ValueError with every fault on its own line."""
    faults: list[str] = []
    routes = []
    for pattern, words in settings.items():
        if not pattern or pattern.strip("0123456789*#ABCD" + ANY):
            faults.append(f"{pattern!r}: a pattern has digits, and {ANY} for any digit")
        try:
            routes.append((pattern, _route(words, lines)))
        except ValueError as fault:
            faults.append(f"{pattern}: {fault}")
    if faults:
        raise ValueError("\n".join(faults))
    return DialPlan(tuple(routes))


def _route(words: object, lines: int) -> Route:
    """`answer`, `answer 3`, `line 2`, and the other fates as they are."""
    name, _, count = str(words).rpartition(" ")
    if not count.isdecimal():
        name, count = str(words), ""
    if name not in list(Fate) or (count and name not in {Fate.ANSWER, Fate.LINE}):
        raise ValueError(f"{words!r} is none of {', '.join(Fate)}; only answer and line take a number")
    if name == Fate.LINE:
        if not count or not 1 <= int(count) <= lines:
            raise ValueError(f"{words!r}: there are lines 1 to {lines}")
        return Route(fate=Fate.LINE, line=int(count))
    return Route(fate=Fate(name), rings=int(count) if count else RINGS)


def _begins(pattern: str, digits: str) -> bool:
    return all(want in {ANY, got} for want, got in zip(pattern, digits, strict=False))


CITY: Final = DialPlan(
    (
        ("6001", Route(fate=Fate.BUSY)),
        ("6002", Route(fate=Fate.CONGESTION)),
        ("6003", Route(fate=Fate.VACANT)),
        ("6004", Route(fate=Fate.ANNOUNCEMENT)),
        ("6005", Route(fate=Fate.NO_ANSWER)),
        ("8xxxxxxx", Route(fate=Fate.ANSWER)),
        ("1xxxxxxxxxx", Route(fate=Fate.ANSWER)),
        ("01xxxxxxxxx", Route(fate=Fate.ANSWER)),
        ("02xxxxxxxxx", Route(fate=Fate.ANSWER)),
        ("0xxxxxxxxxxx", Route(fate=Fate.ANSWER)),
    )
)
"""A city with numbers of eight digits: subscribers and mobile telephones answer, 6001 to 6005 tell the other fates."""
