"""What each port is played: a prompt once, digits once, the music, a tone. One frame for all at a time, straight into the matrix."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from cti_core.call_control.actions import Item, Language
from cti_core.call_control.cas_words import Mfc
from cti_core.call_control.clock import RATE_HZ, TICK_SAMPLES
from cti_core.call_control.events import DialFinished, PromptFinished, Tone
from cti_core.call_control.ids import ExtensionId, LineId, PlayingId, PortOwner, owner_port
from cti_core.media.matrix import Matrix, playout_port
from cti_core.media.tones import digits, register_signal
from cti_core.ports import Voice

RAMP_SAMPLES: Final = 40  # 5 ms: short enough to feel instant, long enough not to click  # assumed: heard, not measured
FADE_OUT: Final[NDArray[np.float32]] = np.linspace(1, 0, RAMP_SAMPLES, endpoint=False, dtype=np.float32)
FADE_IN: Final[NDArray[np.float32]] = np.linspace(0, 1, RAMP_SAMPLES, endpoint=False, dtype=np.float32)


@dataclass(slots=True)
class _Once:
    """`done` is posted when its last sample is in a frame; `playing` is the prompt's, None: digits."""

    samples: NDArray[np.int16]
    done: PromptFinished | DialFinished
    playing: PlayingId | None = None
    position: int = 0

    @property
    def heard(self) -> bool:
        return self.position > 0


@dataclass(slots=True)
class _Music:
    heard: bool = False  # its first frame fades in: the loop is joined anywhere


@dataclass(slots=True)
class _Tone:
    loop: NDArray[np.int16]
    position: int = 0
    heard: bool = False


@dataclass(slots=True)
class _Signal:
    """Of a register: it ends without a fade, after `left` samples if that is not None."""

    loop: NDArray[np.int16]
    left: int | None
    position: int = 0
    heard: bool = False


_Playing = _Once | _Music | _Tone | _Signal


class Playout:
    """Owns the playout rows of the matrix; a row is connected to its line only while something plays."""

    def __init__(self, matrix: Matrix, voice: Voice, tones: Mapping[Tone, NDArray[np.int16]] | None = None) -> None:
        self._matrix = matrix
        self._voice = voice
        self._tones: Final = tones or {}
        self._index: Final = {owner: index for index, owner in enumerate(matrix.owners)}
        self._now: Final[dict[int, _Playing]] = {}
        self._tails: Final[dict[int, NDArray[np.int16]]] = {}  # the end of what was cut, faded out
        self._sounding: Final[set[int]] = set()
        self._music_position = 0

    def play(self, line: LineId, playing: PlayingId, items: Sequence[Item], language: Language) -> None:
        """From the next frame on; replaces what plays now."""
        samples = self._voice.samples(items, language)
        self._begin(line, _Once(samples, PromptFinished(line, playing), playing))

    def dial(self, line: LineId, number: str) -> None:
        """DTMF, a second of silence for a comma; `DialFinished` follows. Raises ValueError for what is no key."""
        self._begin(line, _Once(digits(number), DialFinished(line)))

    def send(self, line: LineId, keys: str) -> None:
        """As `dial`, but behind digits that still go out: an agent presses faster than a key is long."""
        now = self._now.get(self._index[line])
        if isinstance(now, _Once) and isinstance(now.done, DialFinished):
            now.samples = np.concatenate((now.samples, digits(keys)))
        else:
            self.dial(line, keys)

    def tone(self, extension: ExtensionId, tone: Tone) -> None:
        """In its cadence, until it is stopped. Raises KeyError for a tone that the plan does not have."""
        self._begin(extension, _Tone(self._tones[tone]))

    def signal(self, line: LineId, signal: Mfc, length_s: float | None = None) -> None:
        """Until it is stopped or replaced, or for so long. Raises KeyError for a signal that its direction does not have."""
        left = None if length_s is None else round(length_s * RATE_HZ)
        self._begin(line, _Signal(register_signal(signal), left))

    def music(self, line: LineId) -> None:
        """One loop for the whole house, joined where it is, so that an announcement does not restart it."""
        self._begin(line, _Music())

    def stop(self, owner: PortOwner) -> None:
        """Silent after 5 ms of the next frame. Nothing is reported as finished."""
        index = self._index[owner]
        what = self._now.pop(index, None)
        if what is not None and what.heard and not isinstance(what, _Signal):
            self._tails[index] = self._tail(what)

    def playing(self, line: LineId) -> PlayingId | None:
        """The prompt that plays now; None for everything else."""
        what = self._now.get(self._index[line])
        return what.playing if isinstance(what, _Once) else None

    def fill(self) -> tuple[PromptFinished | DialFinished, ...]:
        """Fill the playout rows with the next frame; return what has its last sample in it."""
        rows = self._matrix.playout_sources
        for index in sorted(self._sounding - self._now.keys() - self._tails.keys()):
            self._silence(index)
        music = self._music_frame()
        finished: list[PromptFinished | DialFinished] = []
        for index, what in list(self._now.items()):
            row = rows[index]
            if isinstance(what, _Music):
                row[:] = music
                if not what.heard:
                    row[:RAMP_SAMPLES] = row[:RAMP_SAMPLES] * FADE_IN
                    what.heard = True
            elif isinstance(what, _Tone):
                row[:] = self._piece_of(what, TICK_SAMPLES)
                what.position, what.heard = what.position + TICK_SAMPLES, True
            elif isinstance(what, _Signal):
                if self._signal_is_over(what, row):
                    del self._now[index]
            elif self._next_of(what, row):
                del self._now[index]
                finished.append(what.done)
        for index, tail in self._tails.items():
            self._add_tail(index, rows[index], tail)
        self._tails.clear()
        return tuple(finished)

    def _begin(self, owner: PortOwner, what: _Playing) -> None:
        self.stop(owner)
        index = self._index[owner]
        self._now[index] = what
        self._sounding.add(index)
        self._matrix.set(playout_port(owner), owner_port(owner))

    def _silence(self, index: int) -> None:
        owner = self._matrix.owners[index]
        self._sounding.discard(index)
        self._matrix.playout_sources[index] = 0
        self._matrix.set(playout_port(owner), owner_port(owner), 0)

    @staticmethod
    def _next_of(once: _Once, row: NDArray[np.int16]) -> bool:
        """Move one frame on; True when it has ended in it."""
        piece = once.samples[once.position : once.position + TICK_SAMPLES]
        row[: piece.size] = piece
        row[piece.size :] = 0
        once.position += piece.size
        return once.position >= once.samples.size

    def _signal_is_over(self, signal: _Signal, row: NDArray[np.int16]) -> bool:
        """Move one frame on; True when it has ended in it."""
        length = TICK_SAMPLES if signal.left is None else min(signal.left, TICK_SAMPLES)
        row[:length] = self._piece_of(signal, length)
        row[length:] = 0
        signal.position, signal.heard = signal.position + length, True
        if signal.left is not None:
            signal.left -= length
        return signal.left == 0

    @staticmethod
    def _piece_of(tone: _Tone | _Signal, samples: int) -> NDArray[np.int16]:
        return np.take(tone.loop, np.arange(tone.position, tone.position + samples), mode="wrap")

    def _add_tail(self, index: int, row: NDArray[np.int16], tail: NDArray[np.int16]) -> None:
        if index not in self._now:
            row[:] = 0
        summed = row[: tail.size].astype(np.int32) + tail
        row[: tail.size] = np.clip(summed, -32768, 32767)

    def _tail(self, what: _Once | _Music | _Tone) -> NDArray[np.int16]:
        """What would have been heard next, fading out."""
        if isinstance(what, _Once):
            piece = what.samples[what.position : what.position + RAMP_SAMPLES]
        elif isinstance(what, _Tone):
            piece = self._piece_of(what, RAMP_SAMPLES)
        else:
            piece = self._loop(RAMP_SAMPLES)
        return (piece * FADE_OUT[: piece.size]).astype(np.int16)

    def _music_frame(self) -> NDArray[np.int16]:
        """The loop runs on whether somebody listens or not."""
        frame = self._loop(TICK_SAMPLES)
        self._music_position += TICK_SAMPLES
        return frame

    def _loop(self, samples: int) -> NDArray[np.int16]:
        loop = self._voice.music()
        if not loop.size:
            return np.zeros(samples, np.int16)
        return np.take(loop, np.arange(self._music_position, self._music_position + samples), mode="wrap")
