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
FADING: Final = (
    0,
    0,
    1,
    2,
)  # bits less at each repetition: 40 ms as it was, -6 dB, -12 dB, silence (G.711 appendix I: 60)
QUIET: Final = 64  # assumed: peak of a line at rest, sample units, -54 dBm0

SILENCE: Final[NDArray[np.int16]] = np.zeros(TICK_SAMPLES, np.int16)
SILENCE.flags.writeable = False


class JitterBuffer:
    """Silence until START_FRAMES wait. When it runs dry, and where frames were lost, what was heard last is repeated.

    A repeated frame fades within 80 ms, so that speech does not stutter and a hole in a key does not make two of it.
    """

    def __init__(self) -> None:
        self._waiting: Final[deque[NDArray[np.int16]]] = deque()
        self._playing = False
        self._pulled = SILENCE  # the newest frame that was really heard
        self._pushed = SILENCE
        self._dry_ticks = 0
        self.dropped = 0  # pushed out above the cap: somebody may have missed them
        self.slips = 0  # quiet frames left out
        self.concealed = 0  # ticks that repeat another

    def __len__(self) -> int:
        return len(self._waiting)

    def push(self, frame: NDArray[np.int16]) -> None:
        """(160,) int16; kept, not copied."""
        if len(self._waiting) >= CAP_FRAMES:
            self._waiting.popleft()
            self.dropped += 1
        self._waiting.append(frame)
        self._pushed = frame

    def push_lost(self, frames: int) -> None:
        """So many did not come, and what comes next is behind them."""
        last = self._pushed
        for place in range(frames):
            self.push(_faded(last, place))
        self._pushed = last

    def pull(self) -> NDArray[np.int16]:
        """(160,) for this tick, not to be written to."""
        waiting = self._waiting
        if not self._playing and len(waiting) < START_FRAMES:
            return self._dry()
        if not waiting:
            self._playing = False
            return self._dry()
        self._playing = True
        self._dry_ticks = 0
        if len(waiting) > START_FRAMES + SPARE_FRAMES and _quiet(waiting[0]) and _quiet(waiting[1]):
            waiting.popleft()
            self.slips += 1
        self._pulled = waiting.popleft()
        return self._pulled

    def _dry(self) -> NDArray[np.int16]:
        if self._pulled is SILENCE or self._dry_ticks >= len(FADING):
            return SILENCE
        self._dry_ticks += 1
        self.concealed += 1
        return _faded(self._pulled, self._dry_ticks - 1)


def _faded(frame: NDArray[np.int16], place: int) -> NDArray[np.int16]:
    """The frame as it is repeated for the so-many-th time."""
    if place >= len(FADING):
        return SILENCE
    return frame >> FADING[place]


def _quiet(frame: NDArray[np.int16]) -> bool:
    return bool(frame.min() >= -QUIET and frame.max() <= QUIET)
