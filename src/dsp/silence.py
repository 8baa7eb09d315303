"""Rows on which nothing is heard for too long: the last resort against a far end that has gone without a sign.

A sound is three loud ticks in a row: louder than a floor, than the line's own noise, which is followed quickly downwards and
slowly upwards, and than what may be left of our own echo. A click is none. Whatever is loud counts: voices, music, tones.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from dsp.detections import Silence
from dsp.goertzel import Bank
from dsp.levels import RATE_HZ, TICK_SAMPLES, power

FOREVER: Final = 1 << 62


@dataclass(frozen=True, slots=True, kw_only=True)
class SilenceLimits:
    floor_dbm0: float = -45.0  # assumed: below, nothing is a sound: line noise lies at -65 to -40
    above_noise_db: float = 9.0  # assumed
    noise_dbm0_max: float = -40.0  # the same: what goes on and on above it is no noise, but a modem or music
    rise_db_per_s: float = 6.0  # assumed: how fast the estimate of the noise follows a line that became louder
    below_sent_db: float = (
        14.0  # measured: left of speech 30; of hummed prompts 17 at 8 dB return loss, where a note begins
    )
    sent_fall_db: float = 1.0  # assumed: a tick; an echo may come 80 ms late
    sound_ticks: int = 3


class SilenceClock:
    """State per row is arrays; only those armed cost anything."""

    def __init__(self, lines: int, limits: SilenceLimits | None = None) -> None:
        self.limits: Final = limits or SilenceLimits()
        tick = [power(level) * TICK_SAMPLES for level in (self.limits.floor_dbm0, self.limits.noise_dbm0_max)]
        self._floor, self._noise_max = tick
        self._ratio: Final = 10 ** (self.limits.above_noise_db / 10)
        self._rise: Final = 10 ** (self.limits.rise_db_per_s * TICK_SAMPLES / RATE_HZ / 10)
        self._of_sent: Final = 10 ** (-self.limits.below_sent_db / 10)
        self._fall: Final = 10 ** (-self.limits.sent_fall_db / 10)
        self.armed = False  # any row: else there is no need to ask
        self._rows: NDArray[np.intp] = np.zeros(0, np.intp)  # those armed
        self._seconds: Final = np.zeros(lines)
        self._until: Final = np.full(lines, FOREVER, np.int64)  # then it is told; FOREVER: told, or not armed
        self._noise: Final = np.full(lines, self._floor)
        self._sent: Final = np.zeros(lines)
        self._loud_ticks: Final = np.zeros(lines, np.int64)

    def arm(self, row: int, seconds: float, now: int) -> None:
        """Tell when nothing was heard for so long from `now` on. 0 switches it off."""
        self._rows = np.union1d(self._rows, [row]) if seconds > 0 else np.setdiff1d(self._rows, [row])
        self.armed = bool(self._rows.size)
        self._seconds[row] = seconds
        self.reset([row], now)

    def reset(self, rows: Iterable[int], now: int) -> None:
        """A new call on these rows; they stay armed."""
        which = np.array(list(rows), np.intp)
        armed = self._seconds[which] > 0
        self._until[which] = np.where(armed, now + self._length(which), FOREVER)
        self._noise[which] = self._floor
        self._sent[which] = 0
        self._loud_ticks[which] = 0

    def hear(self, bank: Bank, aside: int, sent: NDArray[np.int16] | None = None) -> list[Silence]:
        """What the newest tick tells. `aside`: bin of DC, which is no sound. `sent`: (lines, 160), what went out meanwhile."""
        rows = self._rows
        energy = (bank.tick_energy[rows] - bank.tick_power[aside, rows]).astype(np.float64)
        noise = self._noise[rows]
        loud = (energy > self._floor) & (energy > self._ratio * noise) & (energy > self._echo(rows, sent))
        self._noise[rows] = np.clip(energy, 1, np.minimum(noise * self._rise, self._noise_max))
        self._loud_ticks[rows] = ticks = np.where(loud, self._loud_ticks[rows] + 1, 0)
        heard = rows[ticks >= self.limits.sound_ticks]
        self._until[heard] = bank.now + self._length(heard)
        silent = rows[self._until[rows] <= bank.now]
        self._until[silent] = FOREVER
        return [Silence(row=row, seconds=float(self._seconds[row])) for row in silent.tolist()]

    def _length(self, rows: NDArray[np.intp]) -> NDArray[np.int64]:
        return np.rint(self._seconds[rows] * RATE_HZ).astype(np.int64)

    def _echo(self, rows: NDArray[np.intp], sent: NDArray[np.int16] | None) -> NDArray[np.float64]:
        """What may be left of our own echo, energy of a tick."""
        self._sent[rows] *= self._fall
        if sent is not None:
            wave = sent[rows].astype(np.float64)
            self._sent[rows] = np.maximum(self._sent[rows], np.vecdot(wave, wave))
        return np.asarray(self._sent[rows] * self._of_sent)
