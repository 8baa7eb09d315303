"""A bounded buffer between two clocks: what comes too fast is dropped, what is missing is silence, and both are counted.

Two crystals differ by some 50 ppm (100 with a sound card): a sample every second or two. Where there is silence a few
samples are dropped or inserted before anything is lost that can be heard.
"""

from collections import deque
from typing import Final

import numpy as np
from numpy.typing import NDArray

from drivers.base import TICK_SAMPLES

QUIET: Final = 64  # assumed: peak of a line at rest, sample units, -54 dBm0
TRIM_SAMPLES: Final = 8  # assumed: 1 ms at a time, four times what 100 ppm make of a second


class Elastic:
    """(rows, samples) int16 in pieces of any length, out by ticks of (rows, 160).

    Nothing comes out until `target` samples wait; then a tick comes out as long as something waits. Above `target` +
    one tick, quiet ticks are shortened; above `most` the oldest is dropped down to the target.
    """

    def __init__(self, rows: int, *, target: int, most: int) -> None:
        assert 0 <= target < most
        self._rows: Final = rows
        self._target: Final = target
        self._most: Final = most
        self._pieces: Final[deque[NDArray[np.int16]]] = deque()
        self._waiting = 0
        self._flowing = False
        self.dropped = 0
        """Samples that came too fast."""
        self.missed = 0
        """Samples that were not there in time, once the stream flowed."""
        self.trimmed = 0
        """Samples dropped or doubled where it was quiet: nobody heard it."""

    def __len__(self) -> int:
        return self._waiting

    def push(self, samples: NDArray[np.int16]) -> None:
        """(rows, n)."""
        assert samples.shape[0] == self._rows
        self._pieces.append(samples)
        self._waiting += samples.shape[1]
        if self._waiting > self._most:
            spare = self._waiting - self._target
            self._take(spare)
            self.dropped += spare

    def pop(self) -> NDArray[np.int16]:
        """(rows, 160): the next tick; silence where nothing waits."""
        if not self._flowing:
            if self._waiting < max(self._target, 1):
                return np.zeros((self._rows, TICK_SAMPLES), np.int16)
            self._flowing = True
        if self._waiting < TICK_SAMPLES:
            self.missed += TICK_SAMPLES - self._waiting
            self._flowing = False
            return self._padded(self._take(self._waiting))
        tick = self._take(TICK_SAMPLES)
        if self._waiting > self._target + TICK_SAMPLES and _quiet(tick):
            self._take(TRIM_SAMPLES)
            self.trimmed += TRIM_SAMPLES
        elif self._waiting < self._target // 2 and _quiet(tick):
            self._pieces.appendleft(tick[:, -TRIM_SAMPLES:])
            self._waiting += TRIM_SAMPLES
            self.trimmed += TRIM_SAMPLES
        return tick

    def clear(self) -> None:
        """Another stream begins."""
        self._pieces.clear()
        self._waiting = 0
        self._flowing = False

    def _take(self, count: int) -> NDArray[np.int16]:
        taken: list[NDArray[np.int16]] = []
        self._waiting -= count
        while count:
            piece = self._pieces.popleft()
            if piece.shape[1] > count:
                self._pieces.appendleft(piece[:, count:])
                piece = piece[:, :count]
            taken.append(piece)
            count -= piece.shape[1]
        if not taken:
            return np.zeros((self._rows, 0), np.int16)
        return taken[0] if len(taken) == 1 else np.concatenate(taken, axis=1)

    def _padded(self, samples: NDArray[np.int16]) -> NDArray[np.int16]:
        tick = np.zeros((self._rows, TICK_SAMPLES), np.int16)
        tick[:, : samples.shape[1]] = samples
        return tick


def _quiet(samples: NDArray[np.int16]) -> bool:
    return bool(samples.max(initial=0) <= QUIET and samples.min(initial=0) >= -QUIET)
