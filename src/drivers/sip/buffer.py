"""The jitter buffer of a call: what comes in bursts, or from a faster or slower clock, leaves a frame each tick.

Unlike `dsp.jitter`, which throws the oldest frame away above its cap, delay is taken back where it is quiet, so that a
key in a burst of packets is still whole. Gateways' crystals differ from ours by up to 100 ppm: a frame in 200 s.
"""

from collections import deque
from typing import Final

import numpy as np
from numpy.typing import NDArray

from drivers.base import TICK_SAMPLES

START_FRAMES: Final = 2  # 40 ms: a tick of jitter either way
SPARE_FRAMES: Final = 2  # above START: more is delay that the next quiet frame takes back
CAP_FRAMES: Final = 50  # 1 s: what a host that stood still finds waiting
QUIET: Final = 64  # assumed: peak of a line at rest, sample units, -54 dBm0

SILENCE: Final[NDArray[np.int16]] = np.zeros(TICK_SAMPLES, np.int16)
SILENCE.flags.writeable = False


class JitterBuffer:
    """Silence until START_FRAMES wait, and again after it ran dry."""

    def __init__(self) -> None:
        self._waiting: Final[deque[NDArray[np.int16]]] = deque()
        self._playing = False
        self.dropped = 0  # pushed out above the cap: somebody may have missed them
        self.slips = 0  # quiet frames left out
        self.underruns = 0

    def __len__(self) -> int:
        return len(self._waiting)

    def push(self, frame: NDArray[np.int16]) -> None:
        """(160,) int16; kept, not copied."""
        if len(self._waiting) >= CAP_FRAMES:
            self._waiting.popleft()
            self.dropped += 1
        self._waiting.append(frame)

    def pull(self) -> NDArray[np.int16]:
        """(160,) for this tick, not to be written to."""
        waiting = self._waiting
        if not self._playing:
            if len(waiting) < START_FRAMES:
                return SILENCE
            self._playing = True
        if not waiting:
            self._playing = False
            self.underruns += 1
            return SILENCE
        if len(waiting) > START_FRAMES + SPARE_FRAMES and _quiet(waiting[0]) and _quiet(waiting[1]):
            waiting.popleft()
            self.slips += 1
        return waiting.popleft()


def _quiet(frame: NDArray[np.int16]) -> bool:
    return bool(frame.min() >= -QUIET and frame.max() <= QUIET)
