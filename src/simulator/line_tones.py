"""The exchange's tones for many lines at once: every line in its own phase, all in one gather."""

from collections.abc import Mapping, Sequence
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


_SINE: Final = ((450.0, -10.0),)  # GB/T 3380: 450 Hz, -10 dBm0


def _cycle(*on_off_ms: int) -> list[Segment]:
    return [Segment(samples(ms), () if number % 2 else _SINE) for number, ms in enumerate(on_off_ms)]


CHINA: Final[Mapping[LineTone, Sequence[Segment]]] = {
    LineTone.NONE: [Segment(TICK_SAMPLES)],
    LineTone.DIAL: _cycle(100),
    LineTone.RINGBACK: _cycle(1000, 4000),
    LineTone.BUSY: _cycle(350, 350),
    LineTone.SPECIAL_DIAL: _cycle(400, 40),
    LineTone.CONGESTION: _cycle(700, 700),
    LineTone.VACANT: _cycle(100, 100, 100, 100, 100, 100, 400, 400),
    LineTone.HOWLER: [Segment(samples(100), ((950.0, 0.0),))],  # the last of its levels; a codec knows none above
}
"""One cycle of each; a whole number of periods where the tone does not pause. The outside does not read our plan."""


class ToneRows:
    """Each tone's cycle, ready made; it joins itself."""

    def __init__(self, cycles: Mapping[LineTone, Sequence[Segment]] = CHINA) -> None:
        by_tone = [render(cycles[tone]).astype(np.float32) for tone in LineTone]
        lengths = np.array([p.size for p in by_tone])
        wrapped = [np.resize(p, p.size + TICK_SAMPLES) for p in by_tone]
        self._length: Final[NDArray[np.intp]] = lengths
        self._first: Final[NDArray[np.intp]] = np.concatenate(([0], np.cumsum([w.size for w in wrapped])[:-1]))
        self._windows: Final = np.lib.stride_tricks.sliding_window_view(np.concatenate(wrapped), TICK_SAMPLES)

    def rows(self, tones: NDArray[np.intp], began: NDArray[np.int64], at: int) -> NDArray[np.float32]:
        """(lines, 160) that begin at sample `at`, of tones that began at theirs."""
        return self._windows[self._first[tones] + (at - began) % self._length[tones]]
