"""Call-progress tones of all lines: which pitches of a plan are on, since when, how purely; `cadence` names the tones.

For each half tick (10 ms) a pitch is on if its share of the half's energy says so; two halves in a row turn it on or off.
A burst is pure if its phase turned evenly (one frequency, within the plan's tolerance) and its level stood still.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dsp.cadence import NEVER, Began, Ended, Follower, Patterns, Stretch
from dsp.goertzel import HALF, Bank
from dsp.levels import RATE_HZ, power
from dsp.plan import ToneSpec

Pitch = tuple[float, ...]  # Hz, one or two at once


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgressLimits:
    """Thresholds of the tone receiver; frequencies, tolerances and cadences are the plan's."""

    begin_share: float = 0.74  # of a half's energy, and of what a tone at the edge of its tolerance has of it
    keep_share: float = 0.5  # assumed: hysteresis; noise 10 dB down leaves 0.91
    floor_dbm0: float = -43.0  # GB/T 3380: -10 ± 3 dBm; 30 dB for the line and for a PBX
    halves_min: int = 2  # 20 ms: special dial tone's gap has 40
    evenness_min: float = 0.85  # measured: 0.97 at 10 dB SNR, speech below 0.8
    share_min: float = 0.7  # measured: mean over a burst at 10 dB SNR is 0.9
    unsteady_max: float = 0.12  # variance of a burst's power over its square: noise 0.01, ANSam's AM 0.08, music more
    unsteady_continuous_max: float = 0.03  # measured: 0.4 s of music that dies away has 0.07
    measuring_hz: float = 8.0  # added to a plan's tolerance


class _Half(NamedTuple):
    """(pitches, lines) each: what 10 ms say."""

    begins: NDArray[np.bool_]  # loud and pure enough to begin
    keeps: NDArray[np.bool_]  # enough to go on
    phasor: NDArray[np.complex64]
    share: NDArray[np.float32]  # of the energy
    level: NDArray[np.float64]  # energy


@dataclass(frozen=True, slots=True)
class Heard:
    """A tone of this row began or ended."""

    row: int
    what: Began | Ended


def pitches(specs: Sequence[ToneSpec]) -> tuple[Pitch, ...]:
    """The different pitches, in the order of the plan."""
    return tuple(dict.fromkeys(spec.frequencies_hz for spec in specs))


class ToneReceiver:
    """`bins[i]` are the bank's bins of the i-th pitch. Arrays are (pitches, lines)."""

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
        self._first: Final = np.array([b[0] for b in bins], np.intp)
        self._second: Final = np.array([b[-1] for b in bins], np.intp)
        self._is_dual: Final = np.array([len(b) > 1 for b in bins])[:, None]
        self._advance: Final = np.exp(-2j * np.pi * np.array([p[0] for p in own]) * HALF / RATE_HZ)[:, None]
        self._floor: Final = np.float32(power(limits.floor_dbm0) * HALF)
        self.armed: Final = np.ones(shape, np.bool_)
        self._on: Final = np.zeros(shape, np.bool_)
        self._against: Final = np.zeros(shape, np.int64)  # halves in a row that say the opposite
        self._since: Final = np.zeros(shape, np.int64)
        self._flip: Final = np.zeros(shape, np.int64)  # when the opposite began
        self._before: Final = np.zeros(shape, np.complex128)  # phasor of the last half
        self._turned: Final = np.zeros(shape, np.complex128)  # sums over the burst
        self._strength: Final = np.zeros(shape)
        self._count: Final = np.zeros(shape, np.int64)  # halves summed
        self._share: Final = np.zeros(shape)
        self._level: Final = np.zeros(shape)
        self._level_squared: Final = np.zeros(shape)
        self._sums: Final = (
            *(self._turned, self._strength, self._share),
            *(self._level, self._level_squared, self._count),
        )
        self._wake: Final = np.full(shape, NEVER, np.int64)
        self._next_wake = NEVER
        self._followers: Final[dict[tuple[int, int], Follower]] = {}

    def reset(self, rows: NDArray[np.intp]) -> None:
        """Forget; a tone that is on now is heard anew."""
        for array in (self._on, self._against):
            array[:, rows] = 0
        self._wake[:, rows] = NEVER
        for key in [key for key in self._followers if key[1] in rows]:
            del self._followers[key]

    def hear(self, bank: Bank, aside: int) -> list[Heard]:
        """What the newest tick tells. `aside`: bin of DC, whose energy does not count."""
        lines = bank.lines
        level = bank.power[self._first]
        if self._is_dual.any():
            level = level + np.where(self._is_dual, bank.power[self._second], 0)
        energy = bank.energy - bank.power[aside]
        loud = level > self._floor
        keeps = loud & (level > self._keep_share * energy)
        begins = loud & (level > self._begin_share * energy)
        found: list[Heard] = []
        if begins.any() or self._on.any():
            phasor = bank.parts[self._first] + 1j * bank.parts[self._first + bank.bins]
            share = level / np.maximum(energy, 1)
            energies = level.astype(np.float64)
            for half in (0, 1):
                at = slice(half * lines, (half + 1) * lines)
                begin = bank.now - (2 - half) * HALF
                half_of = _Half(begins[:, at] & self.armed, keeps[:, at], phasor[:, at], share[:, at], energies[:, at])
                found += self._half(begin, half_of)
        if self._next_wake <= bank.now:
            found += self._waited(bank.now)
        return found

    def _half(self, begin: int, half: _Half) -> list[Heard]:
        heard = np.where(self._on, half.keeps, half.begins)
        opposed = heard != self._on
        self._against[:] = np.where(opposed, self._against + 1, 0)
        first = opposed & (self._against == 1)
        self._flip[first] = begin
        fresh = first & ~self._on
        turning = half.phasor * (self._before * self._advance.conj()).conj()
        adds = heard & ~fresh
        values = (turning, np.abs(turning), half.share, half.level, half.level * half.level, 1)
        for total, value in zip(self._sums, values, strict=True):
            total[fresh] = 0
            np.add(total, value * adds, out=total)
        self._before[:] = half.phasor
        flips = self._against >= self.limits.halves_min
        if not flips.any():
            return []
        found: list[Heard] = []
        for pitch, row in np.argwhere(flips).tolist():
            found += self._edge(pitch, row, begin + HALF)
        return found

    def _edge(self, pitch: int, row: int, now: int) -> list[Heard]:
        follower = self._followers.setdefault((pitch, row), Follower(self._patterns[pitch]))
        start, end = int(self._since[pitch, row]), int(self._flip[pitch, row])
        was_on = bool(self._on[pitch, row])
        self._on[pitch, row] = not was_on
        self._against[pitch, row] = 0
        self._since[pitch, row] = end
        told: list[Began | Ended] = []
        if was_on or not follower.idle:
            level_db = 10 * float(np.log10(max(self._level[pitch, row] / max(self._count[pitch, row], 1), 1.0)))
            pure = not was_on or self._is_pure(pitch, row, self.limits.unsteady_max)
            told = follower.stretch(Stretch(was_on, start, end, pure=pure, level_db=level_db))
        self._set_wake(pitch, row, follower, now)
        return [Heard(row, what) for what in told]

    def _measure_anew(self, pitch: int, row: int) -> None:
        for total in self._sums:
            total[pitch, row] = 0

    def _is_pure(self, pitch: int, row: int, unsteady_max: float) -> bool:
        count, strength = int(self._count[pitch, row]), float(self._strength[pitch, row])
        if count < 1 or strength <= 0:
            return False
        turned = complex(self._turned[pitch, row])
        offset_hz = abs(float(np.angle(turned))) * RATE_HZ / HALF / (2 * np.pi)
        loss = float(np.sinc(offset_hz * HALF / RATE_HZ)) ** 2  # of a half's power, by being off frequency
        share = float(self._share[pitch, row]) / count / loss
        unsteady = float(self._level_squared[pitch, row]) * count / max(float(self._level[pitch, row]) ** 2, 1.0) - 1
        return bool(
            offset_hz <= self._tolerance_hz[pitch]
            and abs(turned) >= self.limits.evenness_min * strength
            and share >= self.limits.share_min
            and unsteady <= unsteady_max
        )

    def _waited(self, now: int) -> list[Heard]:
        found: list[Heard] = []
        for pitch, row in np.argwhere(self._wake <= now).tolist():
            follower = self._followers[pitch, row]
            since, on = int(self._since[pitch, row]), bool(self._on[pitch, row])
            pure = on and self._is_pure(pitch, row, float(self._unsteady[pitch]))
            found += [Heard(row, what) for what in follower.wait(on=on, since=since, now=now, pure=pure)]
            if on and not pure and not follower.active:
                self._measure_anew(pitch, row)
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
