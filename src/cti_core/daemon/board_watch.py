"""When a board's counters mean trouble: what a minute brought is held against what may be. Pure; time is an argument."""

from collections import deque
from collections.abc import Mapping
from dataclasses import asdict
from typing import Final

from cti_core.media.pulse import PulseView
from cti_core.settings import MonitorSettings
from drivers.base import Health

MINUTE_S: Final = 60.0
WORDS: Final = {
    "overruns": (
        "overruns",
        "what lines heard is missing, the machine was too busy or suspended: see what else runs on it",
    ),
    "underruns": ("underruns", "callers hear gaps, frames came too late for the board: take load off the machine"),
    "irq_misses": ("missed interrupts", "give the card an interrupt of its own, switch off C-states, share no USB hub"),
    "slips": ("slips", "clocks differ: a timing cable between the cards, or the trunk as master clock"),
    "late_ticks": ("late or lost ticks", "take load off the machine, switch off C-states"),
}
"""Of each counter: its name, and what to do."""

Counts = Mapping[str, int]


def counted(health: Health, pulse: PulseView) -> Counts:
    """By the names of `MonitorSettings`. Those of the board begin anew when it is opened again."""
    return {
        "overruns": health.overruns,
        "underruns": health.underruns,
        "irq_misses": health.irq_misses,
        "slips": health.clock_slips,
        "late_ticks": pulse.ticks_late + pulse.ticks_lost,
    }


class BoardWatch:
    """Looks at the counters once a second or so."""

    def __init__(self, limits: MonitorSettings) -> None:
        self._limits: Final[Counts] = asdict(limits)
        self._before: Counts | None = None
        self._grown: Final[deque[tuple[float, Counts]]] = deque()  # when, and by how much since the look before
        self._bad_s: float | None = None  # when a minute was over its limits last; None: nothing stands
        self._told = ""

    def look(self, counts: Counts, now_s: float) -> str:
        """The trouble that stands, with its figures and what to do; empty when there is none.

        It begins when the last minute brought more than may be, and is over a minute after the last look that said so.
        """
        if self._before is not None:  # what was there before we came is old
            grown = {name: _growth(self._before[name], count) for name, count in counts.items()}
            self._grown.append((now_s, grown))
        self._before = counts
        while self._grown and self._grown[0][0] <= now_s - MINUTE_S:
            self._grown.popleft()
        if told := self._over_limits():
            self._bad_s, self._told = now_s, told
        elif self._bad_s is not None and now_s - self._bad_s >= MINUTE_S:
            self._bad_s, self._told = None, ""
        return self._told

    def _over_limits(self) -> str:
        minute = {name: sum(grown[name] for _, grown in self._grown) for name in self._limits}
        over = [name for name, limit in self._limits.items() if minute[name] > limit]
        return "; ".join(f"{minute[name]} {WORDS[name][0]} in a minute: {WORDS[name][1]}" for name in over)


def _growth(before: int, count: int) -> int:
    """A counter that went back has begun anew."""
    return count - before if count >= before else count
