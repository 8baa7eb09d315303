"""Half a duplex: who may speak now. Sans I/O.

A modem of this kind either records or plays. The house speaks a frame every tick, mostly silence; what is loud asks for
the turn and waits in a bounded queue until the modem plays; when it has been quiet for a while the turn goes back. What
does not fit the queue is dropped, oldest first, and counted: never a silent loss.
"""

from collections import deque
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from drivers.base import TICK_SAMPLES

TICK_MS: Final = 20
CUT_MS: Final = 200  # assumed: a dialogue that a key cuts short falls silent within some ticks


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnPlan:
    """When to change between listening and speaking."""

    quiet_peak: int = 100  # assumed: an open microphone at rest, -50 dBm0; louder is speech
    hang_ms: int = 400  # assumed: pauses between words are shorter; a menu waits for keys longer
    queue_ms: int = 3000  # assumed: one forced pause and two changes of turn
    lead_ms: int = 250  # what the modem must have in hand, else it clicks (DLE u)
    speak_max_ms: int = 20_000  # assumed: then the caller is listened to, or a caller who hung up is never noticed
    listen_ms: int = 2200  # three bursts of Chinese busy tone, 350/350


class Mouth:
    """Frames on their way to one modem."""

    def __init__(self, plan: TurnPlan) -> None:
        self._plan: Final = plan
        self._queue: Final[deque[NDArray[np.int16]]] = deque()
        self._quiet_ms = 0  # since the last loud frame
        self._loud_waiting = 0
        self._spoken_ms = 0  # of this turn
        self._ahead = 0  # samples the modem has in hand
        self._cut_ms = 0  # for so long silence means that a key cut the speech short
        self._stopping = False
        self._speaking = False
        self.frames_dropped = 0
        """Loud frames that found no room."""

    @property
    def waits(self) -> bool:
        """Something loud wants to be spoken."""
        return self._loud_waiting > 0

    @property
    def must_pause(self) -> bool:
        """The turn has lasted long enough."""
        return self._spoken_ms >= self._plan.speak_max_ms

    @property
    def has_finished(self) -> bool:
        """Nothing loud waits, nor was anything loud for the hang time; or the caller cut it short."""
        return self._stopping or (not self._loud_waiting and self._quiet_ms >= self._plan.hang_ms)

    @property
    def was_cut(self) -> bool:
        """What the modem still has in hand is to be thrown away."""
        return self._stopping

    def push(self, frame: NDArray[np.int16]) -> None:
        """(160,): what the house says in this tick."""
        loud = self._loud(frame)
        self._quiet_ms = 0 if loud else self._quiet_ms + TICK_MS
        self._cut_ms -= TICK_MS
        if not loud and self._cut_ms > 0:
            self.clear()
            self._stopping = True
            return
        if loud:
            self._stopping = False
        elif (not self._queue and not self._speaking) or self._backlog_ms() > self._plan.lead_ms:
            return  # silence is not worth a delay
        self._queue.append(frame)
        self._loud_waiting += loud
        if self._backlog_ms() > self._plan.queue_ms:
            self.frames_dropped += self._loud(self._pop())

    def key_heard(self) -> None:
        """While we speak: if the house falls silent right now, it means it at once (barge-in)."""
        self._cut_ms = CUT_MS

    def begin(self) -> NDArray[np.int16]:
        """The modem plays from now on: (n,) samples of silence that fill its hand."""
        self._spoken_ms = 0
        self._cut_ms = 0
        self._stopping = False
        self._speaking = True
        lead = max(self._plan.lead_ms - self._backlog_ms(), 0) * TICK_SAMPLES // TICK_MS
        self._ahead = lead
        return np.zeros(lead, np.int16)

    def next(self) -> NDArray[np.int16]:
        """A tick went by: (n,) samples that keep the modem ahead, n a multiple of 160."""
        self._spoken_ms += TICK_MS
        self._ahead = max(self._ahead - TICK_SAMPLES, 0)
        lead = self._plan.lead_ms * TICK_SAMPLES // TICK_MS
        parts = []
        while self._ahead < lead:
            parts.append(self._pop() if self._queue else np.zeros(TICK_SAMPLES, np.int16))
            self._ahead += TICK_SAMPLES
        return np.concatenate(parts) if parts else np.zeros(0, np.int16)

    def end(self) -> None:
        """The turn is over; what waits waits on."""
        self._cut_ms = 0
        self._speaking = self._stopping = False

    def clear(self) -> None:
        """What waits is forgotten."""
        self._queue.clear()
        self._loud_waiting = 0
        self._quiet_ms = self._plan.hang_ms
        self._cut_ms = 0
        self._stopping = False

    def _pop(self) -> NDArray[np.int16]:
        frame = self._queue.popleft()
        self._loud_waiting -= self._loud(frame)
        return frame

    def _backlog_ms(self) -> int:
        return len(self._queue) * TICK_MS

    def _loud(self, frame: NDArray[np.int16]) -> bool:
        return bool(frame.max() > self._plan.quiet_peak or frame.min() < -self._plan.quiet_peak)
