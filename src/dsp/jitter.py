"""Jitter buffer of a browser's audio leg: frames come when the network likes, one is taken each tick."""

from collections import deque
from typing import Final

import numpy as np
from numpy.typing import NDArray

from dsp.levels import TICK_SAMPLES

START_FRAMES: Final = 2  # waiting before the first one is played (browser-audio measurements: 91 to 102 ms round trip)
CAP_FRAMES: Final = 6  # more is delay that nobody gets rid of again: the oldest goes

_SILENCE: Final[NDArray[np.int16]] = np.zeros(TICK_SAMPLES, np.int16)
_SILENCE.flags.writeable = False


class JitterBuffer:
    """Silence until `start` frames wait and again after it ran dry. Counts tell what a listener may have heard."""

    def __init__(self, start: int = START_FRAMES, cap: int = CAP_FRAMES) -> None:
        if not 1 <= start <= cap:
            raise ValueError(f"start ({start}) must lie between 1 and cap ({cap})")
        self._start: Final = start
        self._cap: Final = cap
        self._waiting: Final[deque[NDArray[np.int16]]] = deque()
        self._playing = False
        self.frames_in = 0
        self.frames_out = 0
        self.frames_dropped = 0  # pushed out by newer ones
        self.underruns = 0  # times it ran dry while playing

    def __len__(self) -> int:
        return len(self._waiting)

    def push(self, frame: NDArray[np.int16]) -> None:
        """(160,) int16, as it arrives; kept, not copied. Raises ValueError for another shape or type."""
        if frame.shape != (TICK_SAMPLES,) or frame.dtype != np.int16:
            raise ValueError(f"a frame is int16 (160,), not {frame.dtype} {frame.shape}")
        if len(self._waiting) >= self._cap:
            self._waiting.popleft()
            self.frames_dropped += 1
        self._waiting.append(frame)
        self.frames_in += 1

    def pull(self) -> NDArray[np.int16]:
        """(160,) int16 for this tick, not to be written to; silence when nothing may be played."""
        if not self._playing and len(self._waiting) >= self._start:
            self._playing = True
        if not self._playing:
            return _SILENCE
        if not self._waiting:
            self._playing = False
            self.underruns += 1
            return _SILENCE
        self.frames_out += 1
        return self._waiting.popleft()

    def flush(self) -> None:
        """Forget what waits, as after a hold; counts stay."""
        self._waiting.clear()
        self._playing = False
