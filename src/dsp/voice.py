"""Voice activity on all lines, and what tells an answering machine from a person: bursts of speech with their times.

A tick is voice when it is clearly louder than the line's own noise, which is followed quickly downwards and slowly
upwards. A burst begins with two such ticks and ends when there was none for 300 ms. People answer with a short word and
wait; machines greet for seconds without a pause (the usual thresholds of outbound diallers).
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from dsp.goertzel import Bank
from dsp.levels import TICK_SAMPLES, power, samples


@dataclass(frozen=True, slots=True, kw_only=True)
class VoiceLimits:
    """All assumed, as outbound diallers set them; a site tunes them on its own lines."""

    above_noise_db: float = 9.0
    floor_dbm0: float = -45.0  # below, nothing is voice: line noise lies at -65 to -40
    rise_db_per_s: float = 6.0  # how fast the estimate of the noise follows a line that became louder
    begin_ticks: int = 2
    end_ticks: int = 15  # 300 ms: pauses between words are shorter
    machine_greeting_ms: int = 2500  # a burst that long is a machine's greeting
    person_greeting_ms: int = 1500  # a burst shorter than that, and then
    person_pause_ms: int = 800  # ... so long a silence, is a person who waits


@dataclass(frozen=True, slots=True, kw_only=True)
class VoiceOn:
    row: int
    start: int


@dataclass(frozen=True, slots=True, kw_only=True)
class VoiceOff:
    row: int
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AnsweredBy:
    """Once after `expect_answer`: `person` or `machine`, at sample `at`."""

    row: int
    who: str
    at: int


class VoiceActivity:
    """Reads the bank that the ears fill; state per line is arrays."""

    def __init__(self, lines: int, limits: VoiceLimits | None = None) -> None:
        self.limits: Final = limits or VoiceLimits()
        self._noise: Final = np.full(lines, power(self.limits.floor_dbm0) * TICK_SAMPLES)
        self._ratio: Final = 10 ** (self.limits.above_noise_db / 10)
        self._rise: Final = 10 ** (self.limits.rise_db_per_s * TICK_SAMPLES / 8000 / 10)
        self._floor: Final = power(self.limits.floor_dbm0) * TICK_SAMPLES
        self._loud_ticks: Final = np.zeros(lines, np.int64)
        self._quiet_ticks: Final = np.zeros(lines, np.int64)
        self._talking: Final = np.zeros(lines, np.bool_)
        self._start: Final = np.zeros(lines, np.int64)
        self._last_loud: Final = np.zeros(lines, np.int64)
        self._asked: Final = np.zeros(lines, np.bool_)  # who answered?
        self._first: Final = np.full(lines, -1, np.int64)  # length of the first burst, once it is over

    def expect_answer(self, row: int) -> None:
        """The called party has just answered: tell once who it is."""
        self._asked[row] = True
        self._first[row] = -1

    def hear(self, bank: Bank) -> list[VoiceOn | VoiceOff | AnsweredBy]:
        """What the newest tick tells."""
        energy = bank.tick_energy
        loud = (energy > self._ratio * self._noise) & (energy > self._floor)
        np.minimum(np.maximum(energy, 1), self._noise * self._rise, out=self._noise)
        self._loud_ticks[:] = np.where(loud, self._loud_ticks + 1, 0)
        self._quiet_ticks[:] = np.where(loud, 0, self._quiet_ticks + 1)
        self._last_loud[loud] = bank.now
        begins = ~self._talking & (self._loud_ticks >= self.limits.begin_ticks)
        ends = self._talking & (self._quiet_ticks >= self.limits.end_ticks)
        found: list[VoiceOn | VoiceOff | AnsweredBy] = []
        for row in np.flatnonzero(begins).tolist():
            self._talking[row] = True
            self._start[row] = bank.now - self.limits.begin_ticks * TICK_SAMPLES
            found.append(VoiceOn(row=row, start=int(self._start[row])))
        for row in np.flatnonzero(ends).tolist():
            self._talking[row] = False
            found.append(VoiceOff(row=row, start=int(self._start[row]), end=int(self._last_loud[row])))
            if self._first[row] < 0:
                self._first[row] = self._last_loud[row] - self._start[row]
        if np.count_nonzero(self._asked):
            found += self._who(bank.now)
        return found

    def _who(self, now: int) -> list[AnsweredBy]:
        limits = self.limits
        long_since = self._talking & (now - self._start >= samples(limits.machine_greeting_ms))
        was_long = self._first >= samples(limits.machine_greeting_ms)
        short = (self._first >= 0) & (self._first < samples(limits.person_greeting_ms)) & ~self._talking
        waits = short & (now - self._last_loud >= samples(limits.person_pause_ms))
        told: NDArray[np.bool_] = self._asked & (long_since | was_long | waits)
        self._asked[told] = False
        return [
            AnsweredBy(row=row, who="person" if waits[row] else "machine", at=now)
            for row in np.flatnonzero(told).tolist()
        ]
