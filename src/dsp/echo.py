"""Echo canceller for all lines we speak to: what we sent, as the line gives it back, is taken out of what we hear.

A partitioned block frequency-domain Kalman filter (Enzner and Vary 2006, Kuech et al. 2014): blocks of one tick, so no
delay is added. Each bin of each partition knows how uncertain its coefficient is, and each bin how strong the caller is;
together they set the step. So it learns fast while it knows nothing, and stands still while the caller talks or a key is
down: double talk needs no detector. The first partition takes sound heard in the tick it was sent, so a board's delay
only has to lie inside the partitions, or be given in whole ticks, for all lines or for each.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import fft

from dsp.levels import TICK_SAMPLES, power

Spectrum = NDArray[np.complex64]
FFT: Final = 2 * TICK_SAMPLES
BINS: Final = FFT // 2 + 1


@dataclass(frozen=True, slots=True, kw_only=True)
class EchoLimits:
    """How the canceller learns and forgets."""

    partitions: int = 4  # of 20 ms: hybrid 16 to 32 ms (G.168), one or two ticks of board delay
    forget: float = 0.9999  # assumed: a tick; a hybrid changes when somebody lifts a second telephone
    gain_at_first: float = 0.3  # assumed: uncertainty of a coefficient, amplitude: return loss is 6 to 20 dB
    certainty: float = 0.1  # measured: theory says 0.5, but speech does not excite all bins alike
    sent_memory: float = 0.5  # measured: a tick; one block's spectrum has holes that must not be divided by
    near_memory: float = 0.8  # a tick: how long the caller's spectrum is remembered
    quiet_dbm0: float = -60.0  # sent audio below this has no echo that matters
    noise_dbm0: float = -60.0  # of a line, at the least: from a digital one's silence nothing is to be learnt
    worse: float = 4.0  # measured: more energy left than was heard, so many times, and the filter has gone astray
    worse_share: float = 0.3  # of a tick in the mean of both: 60 ms
    worse_dbm0: float = -50.0  # ... and this more


class EchoCanceller:
    """State per line: coefficients, their uncertainty, the last blocks sent, the caller's spectrum.

    `delay_ticks`: no more than the board's delay, of all lines or of each; the partitions cover 80 ms from there on.
    """

    def __init__(self, lines: int, limits: EchoLimits | None = None, delay_ticks: int | Sequence[int] = 0) -> None:
        self._limits: Final = limits or EchoLimits()
        count = self._limits.partitions
        self._delays: Final = np.broadcast_to(np.asarray(delay_ticks, np.intp), (lines,))
        assert np.all(self._delays >= 0)
        self._rows: Final = np.arange(lines)
        self._past: Final = np.zeros((int(self._delays.max(initial=0)) + 1, lines, TICK_SAMPLES), np.float32)
        self._newest = 0  # its place in `_past`, which is a ring
        self._block: Final = np.zeros((lines, FFT), np.float32)
        self._sent: Final[Spectrum] = np.zeros((lines, count, BINS), np.complex64)
        self._strength: Final = np.zeros((lines, count, BINS), np.float32)  # of what was sent, smoothed
        self._path: Final[Spectrum] = np.zeros((lines, count, BINS), np.complex64)
        self._unsure: Final = np.full((lines, count, BINS), self._limits.gain_at_first**2, np.float32)
        self._near: Final = np.zeros((lines, BINS), np.float32)
        self._loud_for: Final = np.zeros(lines, np.int64)  # ticks until the last loud block has left the partitions
        self._floor: Final = np.float32(power(self._limits.quiet_dbm0) * TICK_SAMPLES)
        self._noise: Final = np.float32(power(self._limits.noise_dbm0) * TICK_SAMPLES)  # of a bin
        self._astray: Final = np.float32(power(self._limits.worse_dbm0) * TICK_SAMPLES)
        self._powers: Final = np.zeros((2, lines), np.float32)  # what was left, and what was heard: means
        self._turn = 0

    def reset(self, rows: NDArray[np.intp]) -> None:
        """Another circuit is on these lines: what was learned is void."""
        self._path[rows] = 0
        self._unsure[rows] = self._limits.gain_at_first**2
        self._near[rows] = 0
        self._powers[:, rows] = 0

    def cancel(self, heard: NDArray[np.int16], sent: NDArray[np.int16]) -> NDArray[np.int16]:
        """(lines, 160) both, of the same 20 ms: what is left of `heard` without the echo of `sent` and of what was before."""
        self._newest = (self._newest + 1) % len(self._past)
        self._past[self._newest] = sent
        delayed = self._past[(self._newest - self._delays) % len(self._past), self._rows]
        loud = np.vecdot(delayed, delayed) > self._floor
        self._loud_for[:] = np.where(loud, self._limits.partitions, np.maximum(self._loud_for - 1, 0))
        self._block[:, :TICK_SAMPLES] = self._block[:, TICK_SAMPLES:]
        self._block[:, TICK_SAMPLES:] = delayed
        rows = np.flatnonzero(self._loud_for)
        if not rows.size:
            self._sent[:] = 0
            self._strength[:] = 0
            return heard
        left = heard.copy()
        left[rows] = self._cancel(heard[rows], rows)
        return left

    def skip(self) -> None:
        """Ticks were lost: what was sent before them is not what is heard after."""
        self._sent[:] = 0
        self._strength[:] = 0
        self._past[:] = 0
        self._block[:] = 0

    def _cancel(self, heard: NDArray[np.int16], rows: NDArray[np.intp]) -> NDArray[np.int16]:
        sent, strength = self._shift(rows)
        path, unsure = self._path[rows], self._unsure[rows]
        echo = fft.irfft((path * sent).sum(axis=1), FFT)[:, TICK_SAMPLES:]
        came = heard.astype(np.float32)
        left = came - echo
        wild = self._adds(left, came, rows)
        if wild.any():  # better no filter than one that makes an echo
            left[wild], path[wild], unsure[wild] = heard[wild], 0, self._limits.gain_at_first**2
        error = np.zeros((rows.size, FFT), np.float32)
        error[:, TICK_SAMPLES:] = left
        spectrum = fft.rfft(error)
        expected = (strength * unsure).sum(axis=1)
        now = spectrum.real**2 + spectrum.imag**2
        near = self._near[rows] * self._limits.near_memory + now * (1 - self._limits.near_memory)
        self._near[rows] = near
        step = unsure / (expected + np.maximum(near, now) + self._noise)[:, None, :]
        path += step * sent.conj() * spectrum[:, None, :]
        kept = self._limits.forget**2
        unsure *= kept * (1 - np.minimum(self._limits.certainty * step * strength, 1))
        unsure += (1 - kept) * (path.real**2 + path.imag**2)
        turn = self._turn % path.shape[1]
        self._turn += 1
        path[:, turn] = self._causal(path[:, turn])
        self._path[rows] = path
        self._unsure[rows] = unsure
        return np.asarray(np.clip(np.rint(left), -32768, 32767), np.int16)

    def _adds(self, left: NDArray[np.float32], heard: NDArray[np.float32], rows: NDArray[np.intp]) -> NDArray[np.bool_]:
        """(rows,): there is much more left than was heard, and has been for a while."""
        powers = np.stack([np.vecdot(left, left), np.vecdot(heard, heard)])
        means = self._powers[:, rows]
        means += (powers - means) * self._limits.worse_share
        wild: NDArray[np.bool_] = means[0] > self._limits.worse * means[1] + self._astray
        means[:, wild] = 0
        self._powers[:, rows] = means
        return wild

    def _shift(self, rows: NDArray[np.intp]) -> tuple[Spectrum, NDArray[np.float32]]:
        """(rows, partitions, bins): spectra of the last blocks sent, the newest first, and how strong they are."""
        sent = np.roll(self._sent[rows], 1, axis=1)
        sent[:, 0] = newest = fft.rfft(self._block[rows])
        self._sent[rows] = sent
        now = newest.real**2 + newest.imag**2
        memory = self._limits.sent_memory
        strength = np.roll(self._strength[rows], 1, axis=1)
        strength[:, 0] = np.maximum(memory * strength[:, 1 % strength.shape[1]] + (1 - memory) * now, now)
        self._strength[rows] = strength
        return sent, strength

    def _causal(self, path: Spectrum) -> Spectrum:
        """A partition has 160 taps: what a circular product put behind them is taken away, of one partition a tick."""
        taps = fft.irfft(path, FFT)
        taps[:, TICK_SAMPLES:] = 0
        return np.asarray(fft.rfft(taps), np.complex64)
