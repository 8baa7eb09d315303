"""The exchange's tones for many lines at once: every line in its own phase, all in one gather."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from dsp.levels import TICK_SAMPLES, samples
from dsp.tones import Segment, render


class LineTone(IntEnum):
    """What the exchange puts on a line."""

    NONE = 0
    DIAL = 1
    RINGBACK = 2
    BUSY = 3
    SPECIAL_DIAL = 4
    CONGESTION = 5
    VACANT = 6
    HOWLER = 7


HZ: Final = 450.0  # GB/T 3380: 450 ± 25 Hz, -10 dBm0; cadences ± 10 %
LEVEL_DBM0: Final = -10.0
HOWLER_HZ: Final = 950.0
HOWLER_DBM0: Final = 0.0  # the last of its rising levels; a codec knows none above
CONTINUOUS_MS: Final = 1000  # whole periods of any whole frequency

CADENCES_MS: Final[Mapping[LineTone, Sequence[int]]] = {
    LineTone.RINGBACK: (1000, 4000),
    LineTone.BUSY: (350, 350),
    LineTone.SPECIAL_DIAL: (400, 40),
    LineTone.CONGESTION: (700, 700),
    LineTone.VACANT: (100, 100, 100, 100, 100, 100, 400, 400),
}
"""On, off, on, off … The outside does not read our plan."""


@dataclass(frozen=True, slots=True)
class Manner:
    """How far an exchange is off."""

    offset_hz: int = 0
    cadence: float = 1.0  # of all durations


def cycle(tone: LineTone, manner: Manner) -> list[Segment]:
    """One cycle; it joins itself."""
    if tone is LineTone.NONE:
        return [Segment(TICK_SAMPLES)]
    if tone is LineTone.HOWLER:
        return [Segment(samples(CONTINUOUS_MS), ((HOWLER_HZ + manner.offset_hz, HOWLER_DBM0),))]
    sine = ((HZ + manner.offset_hz, LEVEL_DBM0),)
    if tone is LineTone.DIAL:
        return [Segment(samples(CONTINUOUS_MS), sine)]
    lengths = [samples(ms * manner.cadence) for ms in CADENCES_MS[tone]]
    return [Segment(length, () if number % 2 else sine) for number, length in enumerate(lengths)]


class ToneRows:
    """Every tone in every manner, ready made."""

    def __init__(self, lines: Sequence[Manner] = (Manner(),)) -> None:
        """`lines`: the manner of each."""
        manners = list(dict.fromkeys(lines)) or [Manner()]
        cycles = [render(cycle(tone, manner)).astype(np.float32) for manner in manners for tone in LineTone]
        lengths = np.array([c.size for c in cycles])
        wrapped = [np.resize(c, c.size + TICK_SAMPLES) for c in cycles]
        self._base: Final = np.array([manners.index(manner) * len(LineTone) for manner in lines], np.intp)
        self._length: Final[NDArray[np.intp]] = lengths
        self._first: Final[NDArray[np.intp]] = np.concatenate(([0], np.cumsum([w.size for w in wrapped])[:-1]))
        self._windows: Final[NDArray[np.float32]] = np.lib.stride_tricks.sliding_window_view(
            np.concatenate(wrapped), TICK_SAMPLES
        )

    def rows(
        self, lines: NDArray[np.intp], tones: NDArray[np.intp], began: NDArray[np.int64], at: int
    ) -> NDArray[np.float32]:
        """(lines, 160) that begin at sample `at`, of tones that began at theirs."""
        which: NDArray[np.intp] = self._base[lines] + tones
        return self._windows[self._first[which] + (at - began) % self._length[which]]
