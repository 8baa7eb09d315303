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


def _join() -> NDArray[np.float32]:
    """(bins, 2, 4): from cosine and sine parts of two halves to those of the window that they make, scaled to energy."""
    turn = 2 * np.pi * np.array(MFC_HZ) * HALF / RATE_HZ  # the second half begins that much later
    cosine, sine, one, zero = np.cos(turn), np.sin(turn), np.ones_like(turn), np.zeros_like(turn)
    join = np.array([[one, zero, cosine, sine], [zero, one, -sine, cosine]]) / np.sqrt(2)
    return np.ascontiguousarray(join.transpose(2, 0, 1), np.float32)


JOIN: Final = _join()
NONE: Final = 0
KEEP: Final = np.float32(0.25)  # a signal that began may lose 6 dB of its weaker tone on its way out of a window


@dataclass(frozen=True, slots=True, kw_only=True)
class MfcLimits:
    """Q.455 with the figures of a PBX maker's card: ±10 Hz, 5 and 7 dB apart, 7 ms bursts and gaps ignored."""

    floor_dbm0: float = -37.0  # accept -35, refuse -38.5
    begin_share: float = 0.6  # of a window's energy: 12 ms of it; 7 ms have 0.35. 15 Hz off leaves 0.74
    keep_share: float = 0.4  # a gap of 7 ms leaves 0.65
    # Our own signal's echo may begin and end meanwhile, which spreads its energy: so it also goes on when
    keep_level: float = 0.25  # ... the pair has this of its own energy
    keep_band_share: float = 0.5  # ... and this of what is on the direction's bins
    apart_max_db: float = 9.0  # accept 7, refuse 20
    third_max_db: float = -4.0  # measured: leakage is 11 dB below the weaker tone at 7 dB apart


class _Heard(NamedTuple):
    """Energies of the two windows that end in a tick, those that end with its first half first."""

    own: NDArray[np.float32]  # (bins of a direction, 2 * rows)
    other: NDArray[np.float32]  # (bins of the other one, 2 * rows)
    every: NDArray[np.float32]  # (2 * rows,)


class _Window(NamedTuple):
    """20 ms of the lines that are looked at, in one direction; `end` is a sample."""

    held: NDArray[np.float32]  # (bins, rows)
    pair: NDArray[np.float32]  # (rows,): on the two strongest bins
    rest: NDArray[np.float32]  # (rows,): in all but the other direction's bins
    echo: NDArray[np.float32]  # (rows,): on the other direction's bins
    end: int


class MfcReceiver:
    """State per line is arrays, one column a line, one row a direction."""

    def __init__(self, lines: int, limits: MfcLimits, first_bin: int) -> None:
        self.armed: Final = np.zeros((2, lines), np.bool_)
        self._limits: Final = limits
        self._bins: Final = slice(first_bin, first_bin + len(MFC_HZ))
        self._begin_share: Final = np.float32(limits.begin_share)
        is_forward = np.arange(len(MFC_HZ)) < FORWARD.stop
        self._weights: Final = np.where([is_forward, ~is_forward], 1, self._begin_share).astype(np.float32)
        self._floor: Final = np.float32(power(limits.floor_dbm0) * TICK_SAMPLES)
        self._least: Final = np.float32(10 ** (-limits.apart_max_db / 10))
        self._third: Final = np.float32(10 ** (limits.third_max_db / 10))
        self._last_energy: NDArray[np.float32] = np.zeros(lines, np.float32)  # of the last half before this tick
        self._idle = True  # what that half had too much is not known
        self._excess: Final = np.zeros((2, 3 * lines), np.float32)  # of the last half before this tick, and of its own
        self._ring_places: Final[dict[int, NDArray[np.intp]]] = {}
        self._under_way: NDArray[np.bool_] = np.zeros((2, lines), np.bool_)  # a signal is on, or may be
        self._signal: Final = np.zeros((2, lines), np.int64)
        self._start: Final = np.zeros((2, lines), np.int64)
        self._candidate: Final = np.zeros((2, lines), np.int64)  # what the last window said
        self._level: Final = np.zeros((2, lines))  # the pair's energy in a window that it fills

    def reset(self, rows: NDArray[np.intp]) -> None:
        self._signal[:, rows] = NONE

    def hear(self, bank: Bank) -> list[MfcOn | MfcOff]:
        """What the newest tick tells; every tick must be shown, armed or not."""
        last_energy, self._last_energy = self._last_energy, bank.energy[bank.lines :]
        busy = np.count_nonzero(self._under_way)
        if not (busy or np.count_nonzero(self.armed)):
            self._idle = True
            return []
        look = self._may_begin(bank)
        if busy:
            look |= self._under_way
        if not (busy or np.count_nonzero(look)):
            return []
        rows = (look[0] | look[1]).nonzero()[0]
        held, energy = self._windows(bank, last_energy, rows)
        found: list[MfcOn | MfcOff] = []
        if np.count_nonzero(look[0]):
            found += self._direction(0, rows, bank.now, _Heard(held[FORWARD], held[BACKWARD], energy))
        if np.count_nonzero(look[1]):
            found += self._direction(1, rows, bank.now, _Heard(held[BACKWARD], held[FORWARD], energy))
        self._under_way = (self._signal | self._candidate) != NONE
        return found

    def _may_begin(self, bank: Bank) -> NDArray[np.bool_]:
        """(2, lines): whether in a window that ends in this tick a signal can begin.

        On no frequency has a window more than its two halves have together, so that none is missed. The share that is
        asked for, our own signal's echo left aside, is the same for sums: what exceeds it may be added up.
        """
        lines, excess = bank.lines, self._excess
        excess[:, :lines] = np.inf if self._idle else excess[:, 2 * lines :]
        self._idle = False
        now = excess[:, lines:]
        np.matmul(self._weights, bank.power[self._bins], out=now)
        now -= self._begin_share * bank.energy
        loud = excess[:, : 2 * lines] + now > 0
        may = loud[:, :lines] | loud[:, lines:]
        may &= self.armed
        return np.asarray(may)

    def _windows(
        self, bank: Bank, last_energy: NDArray[np.float32], rows: NDArray[np.intp]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """(bins, 2 * rows) energy on each frequency, (2 * rows,) in all, of the windows that end with each half."""
        at = self._places(bank)[bank.newest] + rows
        parts = np.matmul(JOIN, bank.ring.take(at).reshape(len(MFC_HZ), 4, 2 * rows.size))
        parts *= parts
        held = np.add.reduce(parts, axis=1)
        middle = bank.energy[rows]
        energy = np.concatenate((last_energy[rows] + middle, middle + bank.energy[bank.lines + rows]))
        if not bank.real[bank.tick - 1]:  # a lost tick is no gap
            held[:, : rows.size], energy[: rows.size] = held[:, rows.size :], energy[rows.size :]
        return held, energy

    def _places(self, bank: Bank) -> dict[int, NDArray[np.intp]]:
        """By `bank.newest`, (bins, 4, windows, 1): where in the flat ring the first row's parts are, as JOIN wants them."""
        if not self._ring_places:
            bins = np.arange(self._bins.start, self._bins.stop).reshape(-1, 1, 1, 1)
            sine = np.array([0, 1, 0, 1]).reshape(4, 1, 1)
            half = np.array([[1, 2], [1, 2], [2, 3], [2, 3]]).reshape(4, 2, 1)  # of a window: 0 begins the last tick
            for newest in (0, 2):
                places = ((sine * bank.bins + bins) * 4 + (half + newest + 2) % 4) * bank.lines
                self._ring_places[newest] = np.asarray(places, np.intp)
        return self._ring_places

    def _direction(self, direction: int, rows: NDArray[np.intp], now: int, heard: _Heard) -> list[MfcOn | MfcOff]:
        """Both windows of some rows."""
        held, others, energy = heard
        echo = np.add.reduce(others, axis=0)
        strongest, weaker, third = np.sort(held, axis=0)[:-4:-1]
        pair, rest = strongest + weaker, energy - echo
        begins = pair > self._limits.begin_share * rest
        if np.count_nonzero(begins):
            begins &= (weaker > self._least * strongest) & (weaker > self._floor) & (third < self._third * weaker)
            begins &= np.concatenate((self.armed[direction, rows],) * 2)
        if not (np.count_nonzero(begins) or np.count_nonzero(self._signal[direction, rows])):
            self._candidate[direction, rows] = NONE
            return []
        fills = pair > self._limits.keep_share * rest
        stands_out = pair > self._limits.keep_band_share * held.sum(axis=0)
        apart = weaker > KEEP * self._least * strongest
        found: list[MfcOn | MfcOff] = []
        for half in (0, 1):
            columns = slice(half * rows.size, (half + 1) * rows.size)
            on_level = pair[columns] >= self._limits.keep_level * self._level[direction, rows]
            keeps = apart[columns] & (fills[columns] | (stands_out[columns] & on_level))
            window = _Window(held[:, columns], pair[columns], rest[columns], echo[columns], now - (1 - half) * HALF)
            begins_now = begins[columns]
            active = np.flatnonzero(begins_now | (self._signal[direction, rows] != NONE))
            self._candidate[direction, rows[~begins_now]] = NONE
            for at in active.tolist():
                verdict = bool(begins_now[at]), bool(keeps[at])
                found += self._row(direction, int(rows[at]), window, at, verdict)
        return found

    def _row(
        self, direction: int, row: int, window: _Window, at: int, verdict: tuple[bool, bool]
    ) -> Iterator[MfcOn | MfcOff]:
        """One window of a line, its column `at`, on which a signal is or begins; verdict: it may begin one, go on with one."""
        begins, keeps = verdict
        signal = int(self._signal[direction, row])
        heard = _signal_of(window.held[:, at], direction) if begins or keeps else NONE
        covered = round(min(float(window.pair[at] / max(window.rest[at], 1)), 1.0) * TICK_SAMPLES)
        if signal not in (NONE, heard):
            yield self._off(direction, row, window.end - TICK_SAMPLES + covered)
            signal = NONE
        if signal == NONE and begins:
            doubtful = window.echo[at] > window.pair[at] and self._candidate[direction, row] != heard
            self._candidate[direction, row] = heard
            if doubtful:
                return
            self._signal[direction, row] = signal = heard
            self._level[direction, row] = 0
            self._start[direction, row] = start = window.end - covered
            yield MfcOn(row=row, direction=DIRECTIONS[direction], signal=heard, start=start)
        if signal != NONE:
            self._level[direction, row] = max(self._level[direction, row], window.pair[at])

    def _off(self, direction: int, row: int, end: int) -> MfcOff:
        signal, start = int(self._signal[direction, row]), int(self._start[direction, row])
        self._signal[direction, row] = NONE
        return MfcOff(row=row, direction=DIRECTIONS[direction], signal=signal, start=start, end=max(end, start))


def _signal_of(held: NDArray[np.float32], direction: int) -> int:
    first, second = sorted(np.argsort(held)[-2:].tolist())
    return (FORWARD_SIGNALS if direction == 0 else BACKWARD_SIGNALS)[first, second]
