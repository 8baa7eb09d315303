"""Agents' audio legs, without their sockets: frames in through a jitter buffer, frames out through a short queue.

The socket's side calls `push` and takes from `out`; the tick calls `Legs.fill` and `Legs.deliver` and waits for nobody.
"""

from collections import deque
from collections.abc import Callable
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cti_core.call_control.clock import Instant
from cti_core.call_control.ids import AgentId, agent_port
from cti_core.media.matrix import Matrix
from dsp import g711
from dsp.jitter import JitterBuffer

OUT_FRAMES_MAX: Final = 25  # 0.5 s waiting for a slow client; older audio helps nobody (browser-audio.md, server rules)
SEQUENCE_MODULUS: Final = 1 << 16


class OutFrame(NamedTuple):
    """20 ms for the client. A gap in `sequence` means that frames were dropped."""

    sequence: int  # wraps at 2^16
    at: Instant  # media time of the newest sample
    payload: bytes  # 160 bytes of A-law


class AudioLeg:
    """One agent's microphone and headset, as one socket carries them. Used in the loop only.

    The socket's writer leaves frames in `out` while its transport holds more than it can send.
    """

    def __init__(self, agent: AgentId, wake: Callable[[], None] = lambda: None) -> None:
        self.agent: Final = agent
        self.out: Final[deque[OutFrame]] = deque()
        self.jitter: Final = JitterBuffer()
        self.frames_out = 0
        self.frames_dropped = 0  # on the way out; `jitter` counts the way in
        self._wake = wake

    def push(self, frame: NDArray[np.int16]) -> None:
        """(160,) from the client, as it arrives. Raises ValueError for another shape."""
        self.jitter.push(frame)

    def push_alaw(self, payload: bytes) -> None:
        """160 bytes of A-law from the client. Raises ValueError for another length."""
        self.push(g711.alaw_decode(np.frombuffer(payload, np.uint8)))

    def pull(self) -> NDArray[np.int16]:
        """(160,) for this tick; silence when nothing came."""
        return self.jitter.pull()

    def send(self, at: Instant, payload: bytes) -> None:
        """Queue a frame for the client and wake its writer; the oldest goes when 0.5 s wait."""
        if len(self.out) >= OUT_FRAMES_MAX:
            self.out.popleft()
            self.frames_dropped += 1
        self.out.append(OutFrame(self.frames_out % SEQUENCE_MODULUS, at, payload))
        self.frames_out += 1
        self._wake()


class Legs:
    """All legs that are attached now, one an agent."""

    def __init__(self, matrix: Matrix) -> None:
        self._matrix = matrix
        self._legs: Final[dict[AgentId, AudioLeg]] = {}
        self._rows: NDArray[np.intp] = np.zeros(0, np.intp)

    def __len__(self) -> int:
        return len(self._legs)

    def attach(self, agent: AgentId, leg: AudioLeg) -> AudioLeg | None:
        """From the next tick on. Returns the leg it replaced, to be closed by its owner. Raises MatrixFull."""
        self._matrix.open(agent_port(agent))
        replaced = self._legs.get(agent)
        self._legs[agent] = leg
        self._find_rows()
        return replaced

    def detach(self, agent: AgentId, leg: AudioLeg) -> None:
        """The leg's socket is gone. A leg that was replaced meanwhile is not the agent's any more: nothing happens."""
        if self._legs.get(agent) is leg:
            del self._legs[agent]
            self._matrix.close(agent_port(agent))
            self._find_rows()

    def fill(self) -> None:
        """What the agents say goes into the matrix."""
        for row, leg in zip(self._rows, self._legs.values(), strict=True):
            self._matrix.sources[row] = leg.pull()

    def deliver(self, mixed: NDArray[np.int16], at: Instant) -> None:
        """(ports, 160): what the agents hear goes to their clients."""
        if not self._legs:
            return
        for leg, payload in zip(self._legs.values(), g711.alaw_encode(mixed[self._rows]), strict=True):
            leg.send(at, payload.tobytes())

    def _find_rows(self) -> None:
        self._rows = np.array([self._matrix.open(agent_port(agent)) for agent in self._legs], np.intp)
