"""The keys of a telephone: real DTMF, sample by sample, as long as the key is held."""

from collections import deque
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from dsp.levels import TICK_SAMPLES, samples
from dsp.tones import FOREVER, FREQUENCIES_HZ, Generator, Segment
from simulator.line_model import LineModel

KEY_MS_MIN: Final = 80  # assumed: a quick tap on a screen still makes a whole digit
PAUSE_MS: Final = 80  # assumed: between two keys of one finger; at least 40 (GB/T 15279)
WAITING_MAX: Final = 64  # keys that wait to sound; more are dropped


@dataclass(slots=True)
class _Part:
    """A key, or a pause."""

    digit: str
    sound: Generator
    left: int  # samples
    held: bool = False
    sounded: int = 0


class Keypad:
    """`sound()` gives the next 20 ms; a key that begins inside a frame begins at its sample."""

    def __init__(self, model: LineModel) -> None:
        levels = model.dtmf_low_dbm0, model.dtmf_low_dbm0 + model.dtmf_twist_db
        self._keys: Final = {
            digit: Segment(
                FOREVER, tuple((hz * (1 + model.dtmf_offset), level) for hz, level in zip(pair, levels, strict=True))
            )
            for digit, pair in FREQUENCIES_HZ.items()
        }
        self._parts: Final[deque[_Part]] = deque()

    @property
    def sounding(self) -> bool:
        return bool(self._parts)

    def press(self, digit: str, length_ms: int) -> None:
        """Behind the keys before it. Raises ValueError for no key."""
        self._add(digit, samples(length_ms))

    def down(self, digit: str) -> None:
        """Until `up`; a key that is still held is let go. Raises ValueError for no key."""
        self.up()
        self._add(digit, FOREVER, held=True)

    def up(self, digit: str | None = None) -> None:
        """Let go of this key, or of any that is held, not before it has sounded `KEY_MS_MIN`."""
        for part in self._parts:
            if part.held and digit in {None, part.digit}:
                part.held = False
                part.left = max(0, samples(KEY_MS_MIN) - part.sounded)

    def release(self) -> None:
        """All keys at once, without a sound more."""
        self._parts.clear()

    def sound(self) -> NDArray[np.int16]:
        """(160,)."""
        frame = np.zeros(TICK_SAMPLES, np.int16)
        filled = 0
        while self._parts and filled < TICK_SAMPLES:
            part = self._parts[0]
            n = min(part.left, TICK_SAMPLES - filled)
            frame[filled : filled + n] = part.sound.pull(n)
            filled += n
            part.sounded += n
            part.left -= n
            if part.left <= 0:
                self._parts.popleft()
        return frame

    def _add(self, digit: str, length: int, *, held: bool = False) -> None:
        if digit not in self._keys:
            raise ValueError(f"{digit!r} is no key: a telephone has {' '.join(self._keys)}")
        if len(self._parts) < 2 * WAITING_MAX:
            self._parts.append(_Part(digit, Generator([self._keys[digit]]), length, held))
            self._parts.append(_Part("", Generator([]), samples(PAUSE_MS)))
