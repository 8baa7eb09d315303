"""Telephones at the far end of a line: what the exchange asks of one, and a plain one with keys, a mouth and an ear."""

from collections import deque
from enum import StrEnum
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from drivers.base import TICK_SAMPLES
from simulator.keypad import Keypad
from simulator.line_model import LineModel

KEY_MS: Final = 100  # GB/T 15279: at least 40; a finger is slower

Frame = NDArray[np.int16]
"""(160,) linear PCM, 8 kHz."""


class CallerState(StrEnum):
    """What the person at the far telephone lives through."""

    IDLE = "idle"
    CALLING = "calling"
    TALKING = "talking"
    FAR_END_CLEARED = "far-end-cleared"  # the house hung up: busy tone
    RINGING = "ringing"  # called by the house: its bell rings
    BUSY = "busy"  # the line was occupied: busy tone


class Telephone(Protocol):
    """One telephone that calls a line or is called from it. The exchange asks it in each tick of a call."""

    number: str
    """What the exchange tells about it where the line has caller id; empty: withheld. Of a called one: its number."""

    def speak(self, at: int, /) -> Frame | None:
        """(160,) that begin at sample `at`, or None for silence; lost unless the caller is talking."""
        ...

    def hear(self, frame: Frame, at: int, /) -> None:
        """(160,) that began at sample `at`: tones of the exchange, or the house. The frame is the telephone's to keep."""
        ...

    def on_line_state(self, state: CallerState, at: int, /) -> None:
        """Told at each change. It may dial or hang up from here."""
        ...


class Handset:
    """A telephone without a person: it presses keys and says samples when told, and remembers the last frame it heard."""

    def __init__(self, model: LineModel | None = None, number: str = "") -> None:
        self.number = number
        self.state = CallerState.IDLE
        self.heard: Frame = np.zeros(TICK_SAMPLES, np.int16)
        self._keypad: Final = Keypad(model or LineModel())
        self._said: Final[deque[Frame]] = deque()
        self._said_at = 0  # samples of the first block that are gone

    # --- what a person does ---------------------------------------------------------------------------------------

    def press(self, digit: str, length_ms: int = KEY_MS) -> None:
        """Press and let go; keys sound one after the other, with a pause between. Raises ValueError for no key.

        On hook nothing happens, with keys and with speech.
        """
        if self._lifted:
            self._keypad.press(digit, length_ms)

    def key_down(self, digit: str) -> None:
        """It sounds until `key_up`, at least 80 ms. Raises ValueError for no key."""
        if self._lifted:
            self._keypad.down(digit)

    def key_up(self, digit: str | None = None) -> None:
        """Let go of this key, or of any; a key that is not held stays as it is."""
        self._keypad.up(digit)

    def say(self, samples: NDArray[np.int16]) -> None:
        """(n,) linear PCM, 8 kHz: behind what is being said; an open end of less than a frame is filled with silence."""
        if samples.size and self._lifted:
            self._said.append(samples)

    def hush(self) -> None:
        """Forget what was still to be said."""
        self._said.clear()
        self._said_at = 0

    @property
    def speaking(self) -> bool:
        """Something is still to be said or pressed."""
        return bool(self._said) or self._keypad.sounding

    # --- what the exchange asks -----------------------------------------------------------------------------------

    def speak(self, _at: int, /) -> Frame | None:
        if self._keypad.sounding:
            return self._keypad.sound()  # a telephone mutes its mouth while a key sounds
        return self._mouth()

    def hear(self, frame: Frame, _at: int, /) -> None:
        self.heard = frame

    def on_line_state(self, state: CallerState, _at: int, /) -> None:
        self.state = state
        if state is CallerState.IDLE:
            self.hush()
            self._keypad.release()
            self.heard = np.zeros(TICK_SAMPLES, np.int16)

    @property
    def _lifted(self) -> bool:
        return self.state not in {CallerState.IDLE, CallerState.RINGING}

    def _mouth(self) -> Frame | None:
        if not self._said:
            return None
        frame = np.zeros(TICK_SAMPLES, np.int16)
        filled = 0
        while self._said and filled < TICK_SAMPLES:
            block = self._said[0]
            part = block[self._said_at : self._said_at + TICK_SAMPLES - filled]
            frame[filled : filled + part.size] = part
            filled += part.size
            self._said_at += part.size
            if self._said_at >= block.size:
                self._said.popleft()
                self._said_at = 0
        return frame
