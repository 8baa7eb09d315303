"""Call-progress tones of all lines: which pitches of a plan are on, since when, how purely; `cadence` names the tones.

For each half tick (10 ms) a pitch is on if its share of the half's energy says so; two halves in a row turn it on or off
(special dial tone has gaps of 40 ms).
A burst is pure if its phase turned evenly (one frequency, within the plan's tolerance) and its level stood still.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from dsp.cadence import NEVER, Began, Ended, Follower, Patterns, Stretch
from dsp.goertzel import HALF, HISTORY_TICKS, Bank
from dsp.levels import RATE_HZ, TICK_SAMPLES, power, samples
from dsp.plan import ToneSpec

VOICE_EARLIER: Final = samples(60)  # a voice is dated back to when it was clear
Pitch = tuple[float, ...]  # Hz, one or two at once


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgressLimits:
    """Thresholds of the tone receiver; frequencies, tolerances and cadences are the plan's."""

    begin_share: float = 0.74  # of a half's energy, and of what a tone at the edge of its tolerance has of it
    keep_share: float = 0.5  # assumed: hysteresis; noise 10 dB down leaves 0.91
    drop_share: float = 0.125  # of a burst's mean power: what falls 9 dB is over, though its echo lingers on the pitch
    floor_dbm0: float = -43.0  # GB/T 3380: -10 ± 3 dBm; 30 dB for the line and for a PBX
    evenness_min: float = 0.85  # measured: 0.97 at 10 dB SNR, speech below 0.8
    share_min: float = 0.7  # measured: mean over a burst at 10 dB SNR is 0.9
    unsteady_max: float = 0.12  # variance of a burst's power over its square: noise 0.01, ANSam's AM 0.08, music more
    unsteady_continuous_max: float = 0.03  # measured: 0.4 s of music that dies away has 0.07
    quieter_db: float = 3.0  # assumed: pauses than bursts; noise 10 dB down is let pass, somebody who talks on is not
    measuring_hz: float = 8.0  # added to a plan's tolerance


@dataclass(frozen=True, slots=True)
class Heard:
    """A tone of this row began or ended."""

    row: int
    what: Began | Ended


def pitches(specs: Sequence[ToneSpec]) -> tuple[Pitch, ...]:
    """The different pitches, in the order of the plan."""
    return tuple(dict.fromkeys(spec.frequencies_hz for spec in specs))


class ToneReceiver:
    """`bins[i]` are the bank's bins of the i-th pitch. Arrays are (pitches, lines); only cells that are on cost work."""

    def __init__(
        self, lines: int, specs: Sequence[ToneSpec], bins: Sequence[Sequence[int]], limits: ProgressLimits
    ) -> None:
        self.limits: Final = limits
        own = pitches(specs)
        shape = (len(own), lines)
        self._patterns: Final = [Patterns([s for s in specs if s.frequencies_hz == pitch]) for pitch in own]
        tolerance = [max(s.tolerance_hz for s in specs if s.frequencies_hz == pitch) for pitch in own]
        self._tolerance_hz: Final = np.array(tolerance) + limits.measuring_hz
        edge = np.sinc(np.array(tolerance)[:, None] * HALF / RATE_HZ) ** 2
        self._begin_share: Final = (limits.begin_share * edge).astype(np.float32)
        self._keep_share: Final = (limits.keep_share * edge).astype(np.float32)
        modulated = np.array([any(s.modulated for s in specs if s.frequencies_hz == pitch) for pitch in own])
        self._unsteady: Final = np.where(modulated, limits.unsteady_max, limits.unsteady_continuous_max)
        self._bins: Final = np.array([b[0] for b in bins], np.intp)
        first, last = int(self._bins[0]), int(self._bins[-1])
        in_order = np.array_equal(self._bins, np.arange(first, last + 1))
        self._cover: Final = slice(first, last + 1) if in_order else self._bins  # a view where it can be one
        self._seconds: Final = np.array([b[-1] for b in bins], np.intp) if any(len(b) > 1 for b in bins) else None
        self._is_dual: Final = np.array([len(b) > 1 for b in bins])[:, None]
        self._advance: Final = np.exp(-2j * np.pi * np.array([p[0] for p in own]) * HALF / RATE_HZ)
        self._floor: Final = np.float32(power(limits.floor_dbm0) * HALF)
        self.armed: Final = np.ones(shape, np.bool_)
        self._begun: NDArray[np.bool_] = np.zeros(shape, np.bool_)  # the last half was loud and pure enough
        self._on: Final = np.zeros(shape, np.bool_)
        self._on_count = 0
        self._since: Final = np.zeros(shape, np.int64)  # when the pitch went on or off
        self._against: Final = np.zeros(shape, np.int64)  # 1: the last half was without it
        self._flip: Final = np.zeros(shape, np.int64)  # when that one began
        self._sums: Final = np.zeros((7, *shape))  # over the burst: see _update
        self._wake: Final = np.full(shape, NEVER, np.int64)
        self._next_wake = NEVER
        self._followers: Final[dict[tuple[int, int], Follower]] = {}

    def reset(self, rows: NDArray[np.intp]) -> None:
        """Forget; a tone that is on now is heard anew."""
        self._on[:, rows] = False
        self._on_count = int(self._on.sum())
        self._begun[:, rows] = False
        self._wake[:, rows] = NEVER
        for key in [key for key in self._followers if key[1] in rows]:
            del self._followers[key]

    def hear(self, bank: Bank, aside: int) -> list[Heard]:
        """What the newest tick tells. `aside`: bin of DC, whose energy does not count."""
        level = self._level(bank)
        energy = bank.energy - bank.power[aside]
        begins = level > self._begin_share * energy
        any_begins = np.count_nonzero(begins)
        if any_begins:
            begins &= level > self._floor
        before, first, second = self._begun, begins[:, : bank.lines], begins[:, bank.lines :]
        self._begun = second
        found: list[Heard] = []
        if self._on_count or any_begins:
            starts = first & (before | second) & self.armed & ~self._on
            if np.count_nonzero(starts):
                late = starts & ~before  # in the second half of this tick
                found += self._start(starts & before, bank.now - 3 * HALF, bank)
                found += self._start(late, bank.now - 2 * HALF, bank)
            else:
                late = starts
            if self._on_count:
                found += self._update(bank, late, level, energy)
        if self._next_wake <= bank.now:
            found += self._waited(bank.now)
        return found

    def answered(self, row: int, start: int) -> list[Heard]:
        """Somebody speaks on this row since `start`: what pauses there will not go on, and what is on is the voice."""
        found: list[Heard] = []
        for pitch, at in [key for key in self._followers if key[1] == row]:
            if not self._on[pitch, at] or self._since[pitch, at] >= start - VOICE_EARLIER:
                found += [Heard(row, what) for what in self._followers[pitch, at].interrupt()]
        return found

    def _level(self, bank: Bank) -> NDArray[np.float32]:
        """(pitches, 2 * lines): energy of each half on the pitch."""
        level = bank.power[self._cover]
        if self._seconds is not None:
            level = level + np.where(self._is_dual, bank.power[self._seconds], np.float32(0))
        return level

    def _start(self, starts: NDArray[np.bool_], begin: int, bank: Bank) -> list[Heard]:
        self._sums[:, starts] = 0
        self._against[starts] = 0
        found: list[Heard] = []
        for pitch, row in np.argwhere(starts).tolist():
            found += self._edge(pitch, row, begin, begin + 2 * HALF, bank)
        return found

    def _update(
        self, bank: Bank, late: NDArray[np.bool_], level: NDArray[np.float32], energy: NDArray[np.float32]
    ) -> list[Heard]:
        """Both halves of all cells that are on: whether they keep on, and what they add to the measures of their bursts.

        Cells that are `late` began with the first half: only the second one counts. Arrays are (2, cells).
        """
        pitch, row = np.nonzero(self._on)
        columns = np.stack((row, row + bank.lines))
        own, rest = level[pitch, columns].astype(np.float64), energy[columns]
        keeps = (own > self._floor) & (own > self._keep_share[pitch, 0] * rest)
        level_sum, count_sum = self._sums[4, pitch, row], self._sums[6, pitch, row]
        keeps &= own * count_sum >= self.limits.drop_share * level_sum
        counts = keeps.astype(np.float64)
        counts[0, late[pitch, row]] = 0
        at, imaginary = self._bins[pitch], self._bins[pitch] + bank.bins
        phasors = np.stack(
            (
                bank.before[at, columns[1]] + 1j * bank.before[imaginary, columns[1]],
                bank.parts[at, columns[0]] + 1j * bank.parts[imaginary, columns[0]],
                bank.parts[at, columns[1]] + 1j * bank.parts[imaginary, columns[1]],
            )
        )
        turning = phasors[1:] * phasors[:2].conj() * (self._advance[pitch] * counts)
        counted = own * counts
        measures = (
            turning.real,
            turning.imag,
            np.abs(turning),
            counted / np.maximum(rest, 1),
            counted,
            counted * own,
            counts,
        )
        self._sums[:, pitch, row] += np.stack(measures).sum(axis=1)
        return self._count_halves(pitch, row, keeps | late[pitch, row], bank)

    def _count_halves(
        self, pitch: NDArray[np.intp], row: NDArray[np.intp], keeps: NDArray[np.bool_], bank: Bank
    ) -> list[Heard]:
        """Two halves in a row without the pitch end it, from the first of them on."""
        now = bank.now
        against = self._against[pitch, row] == 1
        ended = ~keeps[0] & (against | ~keeps[1])
        alone = keeps[0] & ~keeps[1]
        self._against[pitch, row] = alone
        self._flip[pitch[alone], row[alone]] = now - HALF
        found: list[Heard] = []
        for cell in np.flatnonzero(ended).tolist():
            p, r = int(pitch[cell]), int(row[cell])
            found += self._edge(p, r, int(self._flip[p, r]) if against[cell] else now - 2 * HALF, now, bank)
        return found

    def _edge(self, pitch: int, row: int, at: int, now: int, bank: Bank) -> list[Heard]:
        follower = self._followers.setdefault((pitch, row), Follower(self._patterns[pitch]))
        start, was_on = int(self._since[pitch, row]), bool(self._on[pitch, row])
        self._on[pitch, row] = not was_on
        self._on_count += -1 if was_on else 1
        self._since[pitch, row] = at
        told: list[Began | Ended] = []
        if was_on:
            pure, level_db = self._is_pure(pitch, row, self.limits.unsteady_max)
            told = follower.stretch(Stretch(was_on, start, at, pure=pure, level_db=level_db))
        elif not follower.idle:
            pure = _loudness_db(bank, row, start, at) <= follower.burst_db - self.limits.quieter_db
            told = follower.stretch(Stretch(was_on, start, at, pure=pure))
        self._set_wake(pitch, row, follower, now)
        return [Heard(row, what) for what in told]

    def _is_pure(self, pitch: int, row: int, unsteady_max: float) -> tuple[bool, float]:
        """Whether the burst was one steady tone on the pitch, and how strong (dB of energy a half)."""
        real, imaginary, strength, shares, level, squared, count = self._sums[:, pitch, row].tolist()
        if count < 1 or strength <= 0:
            return False, 0.0
        offset_hz = abs(math.atan2(imaginary, real)) * RATE_HZ / HALF / (2 * math.pi)
        loss = float(np.sinc(offset_hz * HALF / RATE_HZ)) ** 2  # of a half's power, by being off frequency
        pure = (
            offset_hz <= self._tolerance_hz[pitch]
            and math.hypot(real, imaginary) >= self.limits.evenness_min * strength
            and shares / count / loss >= self.limits.share_min
            and squared * count / level**2 - 1 <= unsteady_max
        )
        return bool(pure), 10 * math.log10(level / count)

    def _waited(self, now: int) -> list[Heard]:
        found: list[Heard] = []
        for pitch, row in np.argwhere(self._wake <= now).tolist():
            follower = self._followers[pitch, row]
            since, on = int(self._since[pitch, row]), bool(self._on[pitch, row])
            pure = on and self._is_pure(pitch, row, float(self._unsteady[pitch]))[0]
            found += [Heard(row, what) for what in follower.wait(on=on, since=since, now=now, pure=pure)]
            if on and not pure and not follower.active:
                self._sums[:, pitch, row] = 0  # measure anew until it is asked again
            if follower.idle and not on:
                del self._followers[pitch, row]
                self._wake[pitch, row] = NEVER
            else:
                self._set_wake(pitch, row, follower, now)
        self._next_wake = int(self._wake.min())
        return found

    def _set_wake(self, pitch: int, row: int, follower: Follower, now: int) -> None:
        wake = follower.deadline(on=bool(self._on[pitch, row]), since=int(self._since[pitch, row]), now=now)
        self._wake[pitch, row] = wake
        self._next_wake = min(self._next_wake, wake)


def _loudness_db(bank: Bank, row: int, start: int, end: int) -> float:
    """Energy of a half, in the last 140 ms at most of what was heard on this row from `start` to `end`; edges left out."""
    kept = HISTORY_TICKS * TICK_SAMPLES - (bank.now - end)
    first = max(kept - (end - start), 0) + HALF
    if first >= kept - HALF:
        return -math.inf
    wave = bank.last(HISTORY_TICKS, np.array([row]))[0, first : kept - HALF]
    return 10 * math.log10(float(np.vdot(wave, wave)) * HALF / wave.size + 1)
