"""A telephone on an FXS port, and the hands that hold it: cradle, disc, keys, mouth, ear and bell.

What hands do takes effect with the next tick's first sample, one thing after the other: a hand that flashes while the
disc still runs waits for it. `Handset` gives keys as real DTMF and speech; whoever holds it may be a browser.
"""

from collections import deque
from typing import Final

import numpy as np
from numpy.typing import NDArray

from drivers.base import RATE_HZ, Hook
from simulator.extension_model import ExtensionModel
from simulator.hook_switch import DISC_REST_S, Edge, dialled, flashed, moved
from simulator.telephone import KEY_MS, CallerState, Frame, Handset

FLASH_MS: Final = 300  # assumed: a finger on the cradle, or the R key
HAND_MS: Final = 20  # assumed: between two things a hand does at the cradle


class ExtensionTelephone:
    """`extensions` makes its time go on and lets it hear."""

    def __init__(self, model: ExtensionModel, rng: np.random.Generator) -> None:
        self.model: Final = model
        self.handset = Handset(model.wire())
        """Mouth, ear and keys. Who takes the telephone into another hand puts another one here, before it is lifted."""
        self.cradle = Hook.ON
        """Where the person has the handset. What the port believes comes later, and may be another thing."""
        self.plugged = True
        self.bell = False
        """It rings now."""
        self.now = 0
        self.edges: Final[deque[Edge]] = deque()
        """What the contacts will do to the loop."""
        self._rng: Final = rng
        self._busy_until = 0
        self._shunts: Final[deque[tuple[int, int]]] = deque()

    # --- hands ----------------------------------------------------------------------------------------------------

    def lift(self) -> None:
        if self.cradle is Hook.ON:
            self.cradle = Hook.OFF
            self._move(closed=True)
            self.handset.on_line_state(CallerState.TALKING, self.now)

    def replace(self) -> None:
        if self.cradle is Hook.OFF:
            self.cradle = Hook.ON
            self._move(closed=False)
            self.handset.on_line_state(CallerState.IDLE, self.now)

    def flash(self, length_ms: int = FLASH_MS) -> None:
        """Tap the cradle; on hook nothing happens."""
        if self.cradle is Hook.OFF:
            self._do(flashed(self._free_at(), length_ms, self.model, self._rng))

    def dial(self, digits: str) -> None:
        """With the disc; on hook nothing happens. Raises ValueError for what is not on a disc."""
        for digit in digits:
            begins = self._free_at()
            edges = dialled(digit, begins, self.model, self._rng)
            if self.cradle is Hook.OFF:
                self._do(edges)
                if self.plugged:
                    self._shunts.append((begins, self._busy_until))
                self._busy_until += round(DISC_REST_S * RATE_HZ)

    def press(self, digit: str, length_ms: int = KEY_MS) -> None:
        """A key, as real DTMF. Raises ValueError for no key."""
        self.handset.press(digit, length_ms)

    def say(self, samples: NDArray[np.int16]) -> None:
        """(n,) linear PCM, 8 kHz, into the mouthpiece."""
        self.handset.say(samples)

    @property
    def heard(self) -> Frame:
        """(160,): the last 20 ms in the person's ear."""
        return self.handset.heard

    def unplug(self) -> None:
        """Nothing hangs on the port any more: to the port, the loop opens."""
        if self.plugged:
            self.plugged = False
            self.edges.clear()
            self._shunts.clear()
            self._busy_until = self.now
            self.edges.append(Edge(self.now, closed=False))

    def plug(self) -> None:
        """Back into the socket, lifted or not."""
        if not self.plugged:
            self.plugged = True
            self._do(moved(self.now, self.model.bounce_ms, self._rng, closed=self.cradle is Hook.OFF))

    # --- what the wire asks ---------------------------------------------------------------------------------------

    def shunted(self, at: int) -> bool:
        """The disc is off its rest: mouth and ear are switched off."""
        while self._shunts and self._shunts[0][1] <= at:
            self._shunts.popleft()
        return bool(self._shunts) and self._shunts[0][0] <= at

    # --- contacts -------------------------------------------------------------------------------------------------

    def _free_at(self) -> int:
        return max(self.now, self._busy_until)

    def _move(self, *, closed: bool) -> None:
        self._do(moved(self._free_at(), self.model.bounce_ms, self._rng, closed=closed))

    def _do(self, edges: tuple[Edge, ...]) -> None:
        if self.plugged:
            self.edges.extend(edges)
            self._busy_until = edges[-1].at + HAND_MS * RATE_HZ // 1000
