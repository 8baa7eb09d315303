"""Receivers for the register signals of China No.1 (MFC, derived from ITU-T R2: Q.441, Q.455) on all armed lines.

A signal is two of six frequencies forward, two of four backward. Windows of 20 ms each 10 ms, so that neighbours 120 Hz
apart stay 18 dB out of each other. A window bears a signal when two bins hold most of its energy; what the other
direction's bins hold is our own signal's echo and is left aside.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dsp.detections import MfcOff, MfcOn
from dsp.goertzel import HALF, Bank
from dsp.levels import RATE_HZ, TICK_SAMPLES, power

FORWARD_HZ: Final = (1380.0, 1500.0, 1620.0, 1740.0, 1860.0, 1980.0)  # GF002-9002; Q.441 table 1
BACKWARD_HZ: Final = (1140.0, 1020.0, 900.0, 780.0)  # 660 and 540 are not used in China
MFC_HZ: Final = (*FORWARD_HZ, *BACKWARD_HZ)
FORWARD: Final = slice(0, 6)
BACKWARD: Final = slice(6, 10)
DIRECTIONS: Final = ("forward", "backward")


def _signals(count: int) -> dict[tuple[int, int], int]:
    """Pair of frequency indices to signal number: by the higher index, then by the lower (Q.441 weights)."""
    pairs = sorted(combinations(range(count), 2), key=lambda pair: (pair[1], pair[0]))
    return {pair: number for number, pair in enumerate(pairs, 1)}


FORWARD_SIGNALS: Final = _signals(6)
BACKWARD_SIGNALS: Final = _signals(4)
NONE: Final = 0
KEEP: Final = np.float32(0.25)  # a signal that began may lose 6 dB of its weaker tone on its way out of a window


@dataclass(frozen=True, slots=True, kw_only=True)
class MfcLimits:
    """Q.455 with the figures of a PBX maker's card: ±10 Hz, 5 and 7 dB apart, 7 ms bursts and gaps ignored."""

    floor_dbm0: float = -37.0  # accept -35, refuse -38.5
    begin_share: float = 0.6  # of a window's energy: 12 ms of it; 7 ms have 0.35. 15 Hz off leaves 0.74
    half_share: float = 0.5  # of 10 ms: one half of a window that begins a signal has it
    keep_share: float = 0.4  # a gap of 7 ms leaves 0.65
    # Our own signal's echo may begin and end meanwhile, which spreads its energy: so it also goes on when
    keep_level: float = 0.25  # ... the pair has this of its own energy
    keep_band_share: float = 0.5  # ... and this of what is on the direction's bins
    apart_max_db: float = 9.0  # accept 7, refuse 20
    third_max_db: float = -4.0  # measured: leakage is 11 dB below the weaker tone at 7 dB apart


class _Window(NamedTuple):
    """20 ms of all lines, in one direction; `end` is a sample."""

    held: NDArray[np.float32]  # (bins, lines)
    pair: NDArray[np.float32]  # (lines,): on the two strongest bins
    rest: NDArray[np.float32]  # (lines,): in all but the other direction's bins
    echo: NDArray[np.float32]  # (lines,): on the other direction's bins
    end: int


class MfcReceiver:
    """State per line is arrays, one column a line, one row a direction."""

    def __init__(self, lines: int, limits: MfcLimits, first_bin: int) -> None:
        self.armed: Final = np.zeros((2, lines), np.bool_)
        self._limits: Final = limits
        self._bins: Final = slice(first_bin, first_bin + len(MFC_HZ))
        self._turn: Final = np.exp(-2j * np.pi * np.array(MFC_HZ) * HALF / RATE_HZ).astype(np.complex64)[:, None]
        self._floor: Final = np.float32(power(limits.floor_dbm0) * TICK_SAMPLES)
        self._least: Final = np.float32(10 ** (-limits.apart_max_db / 10))
        self._third: Final = np.float32(10 ** (limits.third_max_db / 10))
        self._last_energy: NDArray[np.float32] = np.zeros(lines, np.float32)  # of the last half before this tick
        self._last_seen = np.zeros(2, np.bool_)  # by direction: something was there in the tick before
        self._held_count = 0
        self._signal: Final = np.zeros((2, lines), np.int64)
        self._start: Final = np.zeros((2, lines), np.int64)
        self._candidate: Final = np.zeros((2, lines), np.int64)  # what the last window said
        self._level: Final = np.zeros((2, lines))  # the pair's energy in a window that it fills

    def reset(self, rows: NDArray[np.intp]) -> None:
        self._signal[:, rows] = NONE

    def hear(self, bank: Bank) -> list[MfcOn | MfcOff]:
        """What the newest tick tells; every tick must be shown, armed or not."""
        last_energy, self._last_energy = self._last_energy, bank.energy[bank.lines :]
        if not (self._held_count or np.count_nonzero(self.armed)):
            return []
        seen = self._may_begin(bank)
        worth_it, self._last_seen = seen | self._last_seen | self._signal.any(axis=1), seen
        if not np.count_nonzero(worth_it):
            return []
        held, energy = self._windows(bank, last_energy)
        found: list[MfcOn | MfcOff] = []
        for direction, (own, other) in enumerate(((FORWARD, BACKWARD), (BACKWARD, FORWARD))):
            if worth_it[direction]:
                found += self._direction(direction, held[own], held[other].sum(axis=0), energy, bank.now)
        self._held_count = int(np.count_nonzero(self._signal))
        return found

    def _may_begin(self, bank: Bank) -> NDArray[np.bool_]:
        """(2,): whether some half has its energy in the bins of the direction, so that a window can have."""
        bins = bank.power[self._bins]
        held = np.stack((bins[FORWARD].sum(axis=0), bins[BACKWARD].sum(axis=0)))
        rest = bank.energy - held[::-1]  # our own signal's echo is left aside
        loud = (held > self._limits.half_share * rest) & (held > self._floor / 2)
        return np.asarray(loud.any(axis=1) & self.armed.any(axis=1))

    def _windows(self, bank: Bank, last_energy: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """(bins, 2 * lines) energy on each frequency, (2 * lines,) in all, of the windows that end with each half."""
        lines, real, imaginary = (
            bank.lines,
            self._bins,
            slice(self._bins.start + bank.bins, self._bins.stop + bank.bins),
        )
        halves = np.empty((len(MFC_HZ), 3 * lines), np.complex64)
        halves[:, :lines].real, halves[:, :lines].imag = bank.before[real, lines:], bank.before[imaginary, lines:]
        halves[:, lines:].real, halves[:, lines:].imag = bank.parts[real], bank.parts[imaginary]
        window = halves[:, : 2 * lines] + halves[:, lines:] * self._turn
        held = (window.real**2 + window.imag**2) / 2
        halves_energy = np.concatenate([last_energy, bank.energy])
        energy = halves_energy[: 2 * lines] + halves_energy[lines:]
        if not bank.real[bank.tick - 1]:  # a lost tick is no gap
            held[:, :lines], energy[:lines] = held[:, lines:], energy[lines:]
        return held, energy

    def _direction(
        self,
        direction: int,
        held: NDArray[np.float32],
        echo: NDArray[np.float32],
        energy: NDArray[np.float32],
        now: int,
    ) -> list[MfcOn | MfcOff]:
        lines = self.armed.shape[1]
        ranked = np.sort(held, axis=0)
        strongest, weaker, third = ranked[-1], ranked[-2], ranked[-3]
        pair, rest = strongest + weaker, energy - echo
        good = (weaker > self._least * strongest) & (weaker > self._floor) & (third < self._third * weaker)
        begins = good & (pair > self._limits.begin_share * rest) & np.concatenate((self.armed[direction],) * 2)
        if not (np.count_nonzero(begins) or np.count_nonzero(self._signal[direction])):
            self._candidate[direction] = NONE
            return []
        fills = pair > self._limits.keep_share * rest
        stands_out = pair > self._limits.keep_band_share * held.sum(axis=0)
        apart = weaker > KEEP * self._least * strongest
        found: list[MfcOn | MfcOff] = []
        for half in (0, 1):
            columns = slice(half * lines, (half + 1) * lines)
            signal = self._signal[direction]
            on_level = pair[columns] >= self._limits.keep_level * self._level[direction]
            keeps = apart[columns] & (fills[columns] | (stands_out[columns] & on_level))
            window = _Window(held[:, columns], pair[columns], rest[columns], echo[columns], now - (1 - half) * HALF)
            active = np.flatnonzero(begins[columns] | (signal != NONE))
            self._candidate[direction, ~begins[columns]] = NONE
            for row in active.tolist():
                found += self._row(direction, row, window, begins=bool(begins[columns][row]), keeps=bool(keeps[row]))
        return found

    def _row(self, direction: int, row: int, window: _Window, *, begins: bool, keeps: bool) -> Iterator[MfcOn | MfcOff]:
        """One window of a line on which a signal is, or begins."""
        signal = int(self._signal[direction, row])
        heard = _signal_of(window.held[:, row], direction) if begins or keeps else NONE
        covered = round(min(float(window.pair[row] / max(window.rest[row], 1)), 1.0) * TICK_SAMPLES)
        if signal not in (NONE, heard):
            yield self._off(direction, row, window.end - TICK_SAMPLES + covered)
            signal = NONE
        if signal == NONE and begins:
            doubtful = window.echo[row] > window.pair[row] and self._candidate[direction, row] != heard
            self._candidate[direction, row] = heard
            if doubtful:
                return
            self._signal[direction, row] = signal = heard
            self._level[direction, row] = 0
            self._start[direction, row] = start = window.end - covered
            yield MfcOn(row=row, direction=DIRECTIONS[direction], signal=heard, start=start)
        if signal != NONE:
            self._level[direction, row] = max(self._level[direction, row], window.pair[row])

    def _off(self, direction: int, row: int, end: int) -> MfcOff:
        signal, start = int(self._signal[direction, row]), int(self._start[direction, row])
        self._signal[direction, row] = NONE
        return MfcOff(row=row, direction=DIRECTIONS[direction], signal=signal, start=start, end=max(end, start))


def _signal_of(held: NDArray[np.float32], direction: int) -> int:
    first, second = sorted(np.argsort(held)[-2:].tolist())
    return (FORWARD_SIGNALS if direction == 0 else BACKWARD_SIGNALS)[first, second]
