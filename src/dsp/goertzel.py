"""One bank for all lines: 20 ms of every line against every frequency in one matrix product.

Each tick is cut into two halves of 80 samples. `power[bin, half * lines + row]` is the energy that a sine at the bin's
frequency takes of the half's 80 samples, so a pure tone on its bin gives `power == energy` (noise: 2/80 of it).
Columns of both halves stand side by side so that every decision works on contiguous (bins, lines) arrays.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from dsp.levels import RATE_HZ, TICK_SAMPLES

HALF: Final = TICK_SAMPLES // 2
HISTORY_TICKS: Final = 8  # 160 ms kept of every line, for whoever must look closer

Samples = NDArray[np.float32]


class Bank:
    """Framing, history and spectra of all lines. Detectors read its arrays and must not write to them."""

    def __init__(self, lines: int, frequencies_hz: Sequence[float]) -> None:
        self.lines: Final = lines
        self.bins: Final = len(frequencies_hz)
        self.now = 0  # samples heard and skipped
        self.tick = -1  # index into the history of the newest tick
        self.history: Final[Samples] = np.zeros((HISTORY_TICKS, 2, lines, HALF), np.float32)
        self.real: Final = np.ones(HISTORY_TICKS, np.bool_)  # false where a tick was lost; silence was before the first
        # Cosine parts, then sine parts, of four halves: this tick and the one before, whichever comes first.
        self.ring: Final[Samples] = np.zeros((2 * self.bins, 4 * lines), np.float32)
        self.newest = 0  # number of the half with which this tick begins in the ring: 0 or 2
        self.parts: Samples = self.ring[:, : 2 * lines]  # of this tick
        self.before: Samples = self.ring[:, 2 * lines :]  # of the tick before
        self.power: Final[Samples] = np.zeros((self.bins, 2 * lines), np.float32)
        self.tick_power: Final[Samples] = np.zeros((self.bins, lines), np.float32)  # both halves of a line together
        self.energy: Samples = np.zeros(2 * lines, np.float32)  # of 80 samples
        self.tick_energy: Samples = np.zeros(lines, np.float32)
        self._basis: Final = tone_basis(frequencies_hz)
        self._squares: Final = np.zeros((2 * self.bins, 2 * lines), np.float32)
        self._both_parts: Final = self._squares[: self.bins], self._squares[self.bins :]
        self._both_halves: Final = self.power[:, :lines], self.power[:, lines:]

    def hear(self, frames: NDArray[np.int16]) -> None:
        """(lines, 160): the next tick."""
        self._turn(real=True)
        halves = self.history[self.tick]
        halves[:] = frames.reshape(self.lines, 2, HALF).transpose(1, 0, 2)
        wave = halves.reshape(2 * self.lines, HALF)
        self.before, self.parts, self.newest = self.parts, self.before, 2 - self.newest
        np.matmul(self._basis, wave.T, out=self.parts)
        np.multiply(self.parts, self.parts, out=self._squares)
        np.add(*self._both_parts, out=self.power)
        np.add(*self._both_halves, out=self.tick_power)
        self.energy = np.vecdot(wave, wave)
        self.tick_energy = self.energy[: self.lines] + self.energy[self.lines :]

    def skip(self, count: int) -> None:
        """`count` samples were lost on all lines."""
        for _ in range(min(-(-count // TICK_SAMPLES), HISTORY_TICKS)):
            self._turn(real=False)
            self.history[self.tick] = 0
        self.now += count - min(-(-count // TICK_SAMPLES), HISTORY_TICKS) * TICK_SAMPLES

    def last(self, ticks: int, rows: NDArray[np.intp]) -> Samples:
        """(rows, ticks * 160): the newest samples of some rows; zeros where ticks were lost."""
        order = np.asarray(np.arange(self.tick - ticks + 1, self.tick + 1) % HISTORY_TICKS)
        picked = self.history[order.reshape(-1, 1), :, rows.reshape(1, -1)]  # (ticks, rows, 2, 80)
        return picked.transpose(1, 0, 2, 3).reshape(rows.size, ticks * TICK_SAMPLES)

    def last_real(self, ticks: int) -> NDArray[np.bool_]:
        """(ticks,): which of the newest ticks were heard."""
        return self.real[np.arange(self.tick - ticks + 1, self.tick + 1) % HISTORY_TICKS]

    def _turn(self, *, real: bool) -> None:
        self.tick = (self.tick + 1) % HISTORY_TICKS
        self.real[self.tick] = real
        self.now += TICK_SAMPLES


def tone_basis(frequencies_hz: Sequence[float]) -> Samples:
    """(2 * bins, 80), scaled so that squares add up to energy. 0 Hz has a cosine only."""
    n = np.arange(HALF)
    hertz = np.array(frequencies_hz, np.float64).reshape(-1, 1)
    turns = 2 * np.pi * hertz * n / RATE_HZ
    scale = np.sqrt(np.where(hertz > 0, 2.0, 1.0) / HALF)
    return np.concatenate([scale * np.cos(turns), -scale * np.sin(turns)]).astype(np.float32)
