"""Caller identification on all armed lines: FSK between the rings or DTMF before the first, told apart by themselves.

FSK: matched filters one bit long for the tones of both standards. While the carrier is there, what they give is kept;
when it goes, each tone is set against its own level and the message read (`caller_id_fsk`). DTMF: start code A, B or D,
digits, stop code C or #, or a pause when the stop code is lost.
"""

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from dsp.caller_id_fsk import BIT, find_message
from dsp.detections import CallerId, DigitOff, DigitOn
from dsp.goertzel import HISTORY_TICKS, Bank
from dsp.levels import RATE_HZ, TICK_SAMPLES, power, samples

STANDARDS_HZ: Final = ((1200.0, 2200.0), (1300.0, 2100.0))  # mark and space of Bell 202 and of V.23
TAPS: Final = 7  # one bit is 6.67 samples

START_CODES: Final = "ABD"  # the exchange's choice
STOP_CODES: Final = "C#"


@dataclass(frozen=True, slots=True, kw_only=True)
class CallerIdLimits:
    """Thresholds of both receivers."""

    floor_dbm0: float = -40.0  # GB receivers are asked for -36 to -38
    carrier_share: float = 0.62  # measured: of the energy the filters hold 0.9; at 8 dB SNR 0.75, speech 0.4
    carrier_ticks_min: int = 10  # 200 ms: the shortest message has 100 bits of data and some seizure
    carrier_lost_ticks: int = 2
    message_ticks_max: int = 250  # 5 s: the gap between two rings has 4
    messages_per_tick: int = 2  # measured: one takes 0.5 to 1 ms of the tick's 20
    dtmf_timeout_ms: int = 700  # 500 to 1000 behind the last digit when the stop code is lost
    dtmf_digits_min: int = 3
    dtmf_digits_max: int = 32
    dtmf_without_start: bool = False  # imported sets send `number #`; a caller's keys look alike


@dataclass(slots=True)
class _Digits:
    """A DTMF number under way on one line."""

    start: int
    end: int
    text: str


@dataclass(slots=True)
class _Carrier:
    """What one line's filters gave since its carrier came."""

    start: int
    tones: list[NDArray[np.float32]] = field(default_factory=list)  # (160, mark and space of each standard) a tick
    ticks: int = 0
    lost: int = 0


class CallerIdReceiver:
    def __init__(self, lines: int, limits: CallerIdLimits) -> None:
        self.armed: Final = np.zeros(lines, np.bool_)
        self._limits: Final = limits
        self._filters: Final = _filters()
        self._floor: Final = power(limits.floor_dbm0) * TICK_SAMPLES
        self._carriers: Final[dict[int, _Carrier]] = {}
        self._unread: Final[deque[tuple[int, int, NDArray[np.float32]]]] = deque()  # row, start, tones
        self._digits: Final[dict[int, _Digits]] = {}

    def reset(self, rows: Iterable[int]) -> None:
        for row in rows:
            self._carriers.pop(row, None)
            self._digits.pop(row, None)

    def hear(self, bank: Bank, digits: Iterable[DigitOn | DigitOff]) -> list[CallerId]:
        """What the newest tick and its digits tell."""
        if not np.count_nonzero(self.armed):
            return []
        found = [caller for digit in digits if self.armed[digit.row] for caller in self._digit(digit)]
        found += self._timed_out(bank.now)
        self._fsk(bank, np.flatnonzero(self.armed))
        found += self._read(bank.now)
        return found

    # --- FSK ----------------------------------------------------------------------------------------------------------

    def _fsk(self, bank: Bank, rows: NDArray[np.intp]) -> None:
        wave = bank.last(2, rows)[:, TICK_SAMPLES - TAPS + 1 :]
        wave = wave - wave.mean(axis=1, keepdims=True)  # of DC, whole periods of the tones leave nothing
        filtered = sliding_window_view(wave, TAPS, axis=1) @ self._filters  # (rows, 160, 8)
        squares = filtered * filtered
        tones = squares[:, :, 0::2] + squares[:, :, 1::2]  # (rows, 160, mark and space of each standard)
        mark, space = tones[:, :, 0::2], tones[:, :, 1::2]
        energy = np.vecdot(wave[:, TAPS - 1 :], wave[:, TAPS - 1 :])
        held = np.maximum(mark, space).sum(axis=1).max(axis=1) / BIT**2
        carrier = (held > self._limits.carrier_share * energy) & (energy > self._floor)
        if not (carrier.any() or self._carriers):
            return
        for row, is_on, both in zip(rows.tolist(), carrier.tolist(), tones, strict=True):
            if is_on or row in self._carriers:
                self._carrier(row, is_on=is_on, tones=both, now=bank.now)

    def _carrier(self, row: int, *, is_on: bool, tones: NDArray[np.float32], now: int) -> None:
        carrier = self._carriers.setdefault(row, _Carrier(now - TICK_SAMPLES))
        carrier.tones.append(tones)
        carrier.ticks += is_on
        carrier.lost = 0 if is_on else carrier.lost + 1
        if carrier.lost < self._limits.carrier_lost_ticks and len(carrier.tones) < self._limits.message_ticks_max:
            return
        del self._carriers[row]
        if carrier.ticks < self._limits.carrier_ticks_min:
            return
        self._unread.append((row, carrier.start, np.concatenate(carrier.tones)))

    def _read(self, now: int) -> Iterator[CallerId]:
        """Messages that are complete, a few a tick: reading one takes longer than all other detectors together."""
        for _ in range(min(self._limits.messages_per_tick, len(self._unread))):
            row, start, tones = self._unread.popleft()
            message = next((found for bits in _soft_bits(tones) if (found := find_message(bits)) is not None), None)
            if message is not None and self.armed[row]:
                yield CallerId(
                    row=row,
                    method="fsk",
                    number=message.number,
                    absence=message.absence,
                    name=message.name,
                    datetime=message.datetime,
                    start=start,
                    end=now,
                )

    # --- DTMF ---------------------------------------------------------------------------------------------------------

    def _digit(self, found: DigitOn | DigitOff) -> Iterator[CallerId]:
        under_way = self._digits.get(found.row)
        if isinstance(found, DigitOff):
            if under_way is not None:
                under_way.end = found.end
            return
        if found.digit in START_CODES or (self._limits.dtmf_without_start and under_way is None):
            first = "" if found.digit in START_CODES else found.digit
            self._digits[found.row] = _Digits(found.start, found.start, first)
        elif under_way is None:
            return
        elif found.digit in STOP_CODES:
            yield from self._number(found.row, found.start)
        elif found.digit.isdigit() and len(under_way.text) < self._limits.dtmf_digits_max:
            under_way.text += found.digit
            under_way.end = found.start
        else:
            del self._digits[found.row]

    def _timed_out(self, now: int) -> Iterator[CallerId]:
        if self._digits:
            limit = now - samples(self._limits.dtmf_timeout_ms)
            for row in [row for row, digits in self._digits.items() if digits.end < limit]:
                yield from self._number(row, now)

    def _number(self, row: int, now: int) -> Iterator[CallerId]:
        digits = self._digits.pop(row)
        if len(digits.text) >= self._limits.dtmf_digits_min:
            yield CallerId(row=row, method="dtmf", number=digits.text, start=digits.start, end=now)


def _soft_bits(tones: NDArray[np.float32]) -> Iterator[NDArray[np.float32]]:
    """(n, 2 * standards) energy on marks and spaces -> soft bits (n,), -1 for space to 1 for mark, the likeliest first.

    By each standard the plain ratio, best in noise; then, for lines that weaken one tone by 6 dB, each tone weighed with
    its own level and the threshold between them (the likelihood ratio for large signals: A |r| - A^2 / 2 of each).
    """
    pairs = [tones[:, place : place + 2].T for place in range(0, tones.shape[1], 2)]
    for mark, space in pairs:
        yield (mark - space) / np.maximum(mark + space, np.float32(1e-6))
    for mark, space in pairs:
        marks = mark > space
        if marks.any() and not marks.all():
            mark_level, space_level = float(np.sqrt(mark[marks]).mean()), float(np.sqrt(space[~marks]).mean())
            middle, scale = (mark_level**2 - space_level**2) / 2, (mark_level**2 + space_level**2) / 2
            soft = (mark_level * np.sqrt(mark) - space_level * np.sqrt(space) - middle) / max(scale, 1e-6)
            yield np.asarray(np.clip(soft, -1, 1), np.float32)


def _filters() -> NDArray[np.float32]:
    """(7, 8): cosine and sine of mark and of space over one bit, the outer taps shortened to its 6.67 samples."""
    t = (np.arange(TAPS) - (TAPS - 1) / 2) / RATE_HZ
    weight = np.ones(TAPS)
    weight[[0, -1]] = (BIT - (TAPS - 2)) / 2
    columns = [wave(2 * np.pi * hz * t) * weight for pair in STANDARDS_HZ for hz in pair for wave in (np.cos, np.sin)]
    return np.asarray(np.stack(columns, axis=1) * np.sqrt(2), np.float32)


assert HISTORY_TICKS >= 2  # `_fsk` looks six samples back
