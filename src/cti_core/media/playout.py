"""What each line is played: a prompt once, or the music. One frame for all lines at a time, straight into the matrix."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from cti_core.call_control.actions import Item, Language
from cti_core.call_control.clock import TICK_SAMPLES
from cti_core.call_control.ids import LineId, PlayingId, line_port
from cti_core.media.matrix import Matrix, playout_port
from cti_core.ports import Voice

RAMP_SAMPLES: Final = 40  # 5 ms: short enough to feel instant, long enough not to click  # assumed: heard, not measured
FADE_OUT: Final[NDArray[np.float32]] = np.linspace(1, 0, RAMP_SAMPLES, endpoint=False, dtype=np.float32)
FADE_IN: Final[NDArray[np.float32]] = np.linspace(0, 1, RAMP_SAMPLES, endpoint=False, dtype=np.float32)


@dataclass(slots=True)
class _Prompt:
    playing: PlayingId
    samples: NDArray[np.int16]
    position: int = 0

    @property
    def heard(self) -> bool:
        return self.position > 0


@dataclass(slots=True)
class _Music:
    heard: bool = False  # its first frame fades in: the loop is joined anywhere


class Playout:
    """Owns the playout rows of the matrix; a row is connected to its line only while something plays."""

    def __init__(self, matrix: Matrix, voice: Voice) -> None:
        self._matrix = matrix
        self._voice = voice
        self._index: Final = {line: index for index, line in enumerate(matrix.lines)}
        self._now: Final[dict[int, _Prompt | _Music]] = {}
        self._tails: Final[dict[int, NDArray[np.int16]]] = {}  # the end of what was cut, faded out
        self._sounding: Final[set[int]] = set()
        self._music_position = 0

    def play(self, line: LineId, playing: PlayingId, items: Sequence[Item], language: Language) -> None:
        """From the next frame on; replaces what plays now."""
        self._begin(line, _Prompt(playing, self._voice.samples(items, language)))

    def music(self, line: LineId) -> None:
        """One loop for the whole house, joined where it is, so that an announcement does not restart it."""
        self._begin(line, _Music())

    def stop(self, line: LineId) -> None:
        """Silent after 5 ms of the next frame. Nothing is reported as finished."""
        index = self._index[line]
        what = self._now.pop(index, None)
        if what is not None and what.heard:
            self._tails[index] = self._tail(what)

    def playing(self, line: LineId) -> PlayingId | None:
        """The prompt that plays now; None for music and silence."""
        what = self._now.get(self._index[line])
        return what.playing if isinstance(what, _Prompt) else None

    def fill(self) -> tuple[tuple[LineId, PlayingId], ...]:
        """Fill the playout rows with the next frame; return prompts whose last sample is in it."""
        rows = self._matrix.playout_sources
        for index in sorted(self._sounding - self._now.keys() - self._tails.keys()):
            self._silence(index)
        music = self._music_frame()
        finished: list[tuple[LineId, PlayingId]] = []
        for index, what in list(self._now.items()):
            row = rows[index]
            if isinstance(what, _Music):
                row[:] = music
                if not what.heard:
                    row[:RAMP_SAMPLES] = row[:RAMP_SAMPLES] * FADE_IN
                    what.heard = True
            elif self._next_of(what, row):
                del self._now[index]
                finished.append((self._matrix.lines[index], what.playing))
        for index, tail in self._tails.items():
            self._add_tail(index, rows[index], tail)
        self._tails.clear()
        return tuple(finished)

    def _begin(self, line: LineId, what: _Prompt | _Music) -> None:
        self.stop(line)
        index = self._index[line]
        self._now[index] = what
        self._sounding.add(index)
        self._matrix.set(playout_port(line), line_port(line))

    def _silence(self, index: int) -> None:
        line = self._matrix.lines[index]
        self._sounding.discard(index)
        self._matrix.playout_sources[index] = 0
        self._matrix.set(playout_port(line), line_port(line), 0)

    @staticmethod
    def _next_of(prompt: _Prompt, row: NDArray[np.int16]) -> bool:
        """Move one frame on; True when the prompt has ended in it."""
        piece = prompt.samples[prompt.position : prompt.position + TICK_SAMPLES]
        row[: piece.size] = piece
        row[piece.size :] = 0
        prompt.position += piece.size
        return prompt.position >= prompt.samples.size

    def _add_tail(self, index: int, row: NDArray[np.int16], tail: NDArray[np.int16]) -> None:
        if index not in self._now:
            row[:] = 0
        summed = row[: tail.size].astype(np.int32) + tail
        row[: tail.size] = np.clip(summed, -32768, 32767)

    def _tail(self, what: _Prompt | _Music) -> NDArray[np.int16]:
        """What the caller would have heard next, fading out."""
        if isinstance(what, _Prompt):
            piece = what.samples[what.position : what.position + RAMP_SAMPLES]
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
