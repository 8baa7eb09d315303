"""DTMF receiver for all lines at once (ITU-T Q.23, Q.24; GB/T 3378, GB/T 15279, YDN 065).

Three steps, each on far fewer lines than the one before:

1. screen: in this tick, two bins of the bank, one of each group, hold most of the energy (dial tone and DC left aside),
   and 5 ms slots fitted with the two tones turn steadily, near these frequencies;
2. look: the slots of the last 80 ms are fitted; those in which both tones are on form a run;
3. judge: is it long enough; its frequencies measured, its levels, and what two sines do not explain (`dtmf_judge`).

A key that is down is followed slot by slot against its own level until both tones have been gone for 15 ms.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from dsp.detections import DigitOff, DigitOn
from dsp.dtmf_judge import DtmfLimits, Refusal, Run, Verdict, judge
from dsp.dtmf_slots import LOOK_SLOTS, SLOT, SLOTS, SLOTS_PER_TICK, slot_parts
from dsp.goertzel import Bank
from dsp.levels import TICK_SAMPLES, power
from dsp.tones import FREQUENCIES_HZ, HIGH_HZ, KEYS, LOW_HZ

__all__ = ["BINS_HZ", "FREQUENCIES_HZ", "DtmfLimits", "DtmfReceiver"]

BINS_HZ: Final = (*LOW_HZ, *HIGH_HZ)

NONE: Final = -1
LOOK_TICKS: Final = LOOK_SLOTS // SLOTS_PER_TICK
ANCHOR_NOW: Final = LOOK_SLOTS - SLOTS_PER_TICK  # first slot of the tick that the screen let pass


@dataclass(frozen=True, slots=True)
class Refused:
    """A candidate that was no digit, for `cti decode --explain`."""

    row: int
    digit: str
    at: int  # sample
    why: Refusal


class DtmfReceiver:
    """State per line is arrays: what is down, what may become a digit, since when, how strong."""

    def __init__(self, lines: int, limits: DtmfLimits, first_bin: int, aside: tuple[int, ...]) -> None:
        self.limits: Final = limits
        self.armed: Final = np.ones(lines, np.bool_)
        self.refused: list[Refused] | None = None  # set to a list to have refusals explained
        self._tones: Final = slice(first_bin, first_bin + 8)
        self._aside: Final = aside  # bins whose energy is not counted: DC first, dial tone
        self._weaker_share: Final = np.float32(limits.screen_weaker_share)
        self._share_ratio: Final = np.float32(limits.screen_share / limits.screen_weaker_share)
        self._floor: Final = np.float32(power(limits.floor_dbm0) * TICK_SAMPLES)
        self._strongest: Final = np.zeros((2, lines), np.float32)  # power of the strongest bin of each group
        self._weaker: Final = np.zeros(lines, np.float32)
        self._share: Final = np.zeros(lines, np.float32)
        self._near: Final = _nearness(limits.look_offset)
        self._explained: Final = _nearness(limits.explain_offset)
        self._busy = False  # some key is down or may be
        self._down: Final = np.full(lines, NONE)  # index into KEYS
        self._perhaps: Final = np.full(lines, NONE)  # a run too short as yet
        self._start: Final = np.zeros(lines, np.int64)
        self._last_on: Final = np.zeros(lines, np.int64)  # end of the last slot that was on
        self._off_slots: Final = np.zeros(lines, np.int64)
        self._plateau: Final = np.zeros((lines, 2))  # amplitudes, low and high
        self._turn: Final = np.zeros((lines, 2))  # rad a slot, by being off the nominal frequencies
        self._not_before: Final = np.zeros(lines, np.int64)  # what is older belongs to a digit that was told

    def down(self) -> NDArray[np.bool_]:
        """(lines,): a key is held."""
        return self._down >= 0

    def reset(self, rows: NDArray[np.intp], now: int) -> None:
        """Forget; a key that is held now is heard anew."""
        self._down[rows] = NONE
        self._perhaps[rows] = NONE
        self._not_before[rows] = now

    def hear(self, bank: Bank) -> list[DigitOn | DigitOff]:
        """What the newest tick tells."""
        seen = self._screen(bank)
        if not (self._busy or seen.size):
            return []
        found: list[DigitOn | DigitOff] = []
        if self._busy:
            held = np.flatnonzero(self._down >= 0)
            if held.size:
                found += self._follow(bank, held)
        pairs = self._candidates(bank, seen)
        if pairs:
            found += self._look(bank, pairs)
        if pairs or self._busy:
            self._busy = bool(np.count_nonzero(self._down >= 0) or np.count_nonzero(self._perhaps >= 0))
        return found

    def _screen(self, bank: Bank) -> NDArray[np.intp]:
        """Rows of which two bins, one of each group, hold most of the newest tick. All lines: every call counts."""
        (low, high), share, weaker = self._strongest, self._share, self._weaker
        np.maximum.reduce(bank.tick_power[self._tones].reshape(2, 4, -1), axis=1, out=self._strongest)
        np.minimum(low, high, out=weaker)
        np.subtract(bank.tick_energy, bank.tick_power[self._aside[0]], out=share)
        for at in self._aside[1:]:
            share -= bank.tick_power[at]
        share *= self._weaker_share
        seen = weaker > share
        share *= self._share_ratio
        low += high
        seen &= low > share
        seen &= self.armed
        rows = seen.nonzero()[0]
        return rows[weaker[rows] > self._floor] if rows.size else rows

    def _candidates(self, bank: Bank, seen: NDArray[np.intp]) -> list[tuple[int, int, int]]:
        """(row, digit, first slot of its anchor): runs begun in the last tick first, then what this tick shows."""
        pairs: list[tuple[int, int, int]] = []
        begun = np.flatnonzero(self._perhaps >= 0) if self._busy else seen[:0]
        if self._busy:
            pairs += [(int(row), int(self._perhaps[row]), ANCHOR_NOW - SLOTS_PER_TICK) for row in begun]
            seen = seen[self._down[seen] < 0]
        if seen.size:
            likely = self._likely(bank, seen)
            pairs += [(row, digit, ANCHOR_NOW) for row, digit in likely if self._perhaps[row] != digit]
        if begun.size:
            self._perhaps[begun] = NONE
        return pairs

    def _likely(self, bank: Bank, rows: NDArray[np.intp]) -> list[tuple[int, int]]:
        """(row, digit): where the newest tick alone could be two steady tones. Most of what speech shows is not."""
        tones = bank.tick_power[self._tones, rows]
        digits = tones[:4].argmax(axis=0) * 4 + tones[4:].argmax(axis=0)
        wave = bank.history[bank.tick, :, rows].reshape(rows.size, TICK_SAMPLES)
        parts = slot_parts(wave, digits)
        likely, strength = self._steady(parts, digits)
        explained = (strength[:, 0] + strength[:, 1]) * (SLOT / 2)
        energy = bank.tick_energy[rows]
        for at in self._aside:
            energy = energy - bank.tick_power[at, rows]
        likely &= explained > self.limits.look_share * energy
        which = likely.nonzero()[0]
        return list(zip(rows[which].tolist(), digits[which].tolist(), strict=True))

    def _steady(
        self, four: NDArray[np.complex128], digits: NDArray[np.intp]
    ) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
        """(pairs,): both tones turn evenly through these four slots, near their frequencies; (pairs, 2): their energy."""
        turning = _turning(four)
        size = np.abs(turning)
        strength = np.add.reduce(four.real**2 + four.imag**2, axis=1)
        near = turning.real > (self._near if self.refused is None else self._explained)[digits] * size
        near &= size > self.limits.look_evenness * strength
        return near[:, 0] & near[:, 1], strength

    # --- a key that is down -----------------------------------------------------------------------------------------

    def _follow(self, bank: Bank, rows: NDArray[np.intp]) -> Iterator[DigitOff]:
        """Slots of this tick against the level the key had when it was confirmed."""
        if not bank.last_real(1)[0]:
            return
        parts = slot_parts(bank.last(2, rows), self._down[rows])
        on = _on(parts, self._plateau[rows], self._turn[rows], self.limits)[:, SLOTS_PER_TICK:]
        begin = bank.now - TICK_SAMPLES
        for row, slots in zip(rows.tolist(), np.asarray(on).tolist(), strict=True):
            for number, is_on in enumerate(slots):
                if is_on:
                    self._last_on[row] = begin + (number + 1) * SLOT
                    self._off_slots[row] = 0
                    continue
                self._off_slots[row] += 1
                if self._off_slots[row] > self.limits.bridge_slots:
                    yield self._released(row)
                    break

    def _released(self, row: int) -> DigitOff:
        digit = KEYS[self._down[row]]
        self._down[row] = NONE
        self._not_before[row] = end = int(self._last_on[row])
        return DigitOff(row=row, digit=digit, start=int(self._start[row]), end=end)

    # --- a key that may be down -------------------------------------------------------------------------------------

    def _look(self, bank: Bank, pairs: list[tuple[int, int, int]]) -> Iterator[DigitOn | DigitOff]:
        rows = np.array([pair[0] for pair in pairs], np.intp)
        digits = np.array([pair[1] for pair in pairs], np.intp)
        anchors = np.array([pair[2] for pair in pairs], np.intp)
        wave = bank.last(LOOK_TICKS, rows)
        parts = slot_parts(wave, digits)
        four = parts[np.arange(rows.size)[:, None], anchors[:, None] + np.arange(SLOTS_PER_TICK)]
        steady = self._steady(four, digits)[0]
        on = _on(parts, _plateau(four), np.angle(_turning(four)), self.limits)
        first_sample = bank.now - LOOK_TICKS * TICK_SAMPLES
        on &= first_sample + np.arange(LOOK_SLOTS) * SLOT >= self._not_before[rows, None] - SLOT // 2
        lost = np.repeat(~bank.last_real(LOOK_TICKS), SLOTS_PER_TICK).tolist()
        for index in np.flatnonzero(steady).tolist():
            row, digit, anchor = pairs[index]
            if self._down[row] >= 0:
                continue  # the run begun in the last tick has just become a digit
            run = _run(on[index].tolist(), lost, anchor, self.limits.bridge_slots)
            if run is None:
                continue
            begin, end, count = run
            if count < self.limits.on_slots:
                if end + self.limits.bridge_slots >= LOOK_SLOTS and anchor == ANCHOR_NOW:
                    self._perhaps[row] = digit
                elif self.refused is not None:
                    self._refuse(row, digit, first_sample + begin * SLOT, Refusal.TOO_SHORT)
                continue
            run_of = Run(wave=wave[index], parts=parts[index], on=on[index], begin=begin, end=end, digit=digit)
            verdict = judge(run_of, self.limits)
            if isinstance(verdict, Refusal):
                if verdict is Refusal.NOT_PURE and end == LOOK_SLOTS and anchor == ANCHOR_NOW:
                    self._perhaps[row] = digit  # the longer it lasts, the more noise is forgiven
                self._refuse(row, digit, first_sample + begin * SLOT, verdict)
                continue
            yield from self._pressed(row, digit, first_sample, (begin, end), verdict)

    def _pressed(
        self, row: int, digit: int, first_sample: int, run: tuple[int, int], verdict: Verdict
    ) -> Iterator[DigitOn | DigitOff]:
        begin, end = run
        self._down[row] = digit
        self._start[row] = max(first_sample + begin * SLOT, self._not_before[row])
        self._last_on[row] = first_sample + end * SLOT
        self._off_slots[row] = LOOK_SLOTS - end
        self._plateau[row] = verdict.amplitudes
        self._turn[row] = verdict.turn
        yield DigitOn(
            row=row,
            digit=KEYS[digit],
            start=int(self._start[row]),
            level_dbm0=verdict.level_dbm0,
            twist_db=verdict.twist_db,
        )
        if self._off_slots[row] > self.limits.bridge_slots:
            yield self._released(row)

    def _refuse(self, row: int, digit: int, at: int, why: Refusal) -> None:
        if self.refused is not None:
            self.refused.append(Refused(row, KEYS[digit], at, why))


def _turning(four: NDArray[np.complex128]) -> NDArray[np.complex128]:
    """(pairs, 2): how each tone turns from slot to slot; its angle is by being off the nominal frequency."""
    return np.asarray(np.add.reduce(four[:, 1:] * four[:, :-1].conj(), axis=1))


def _nearness(offset_max: float) -> NDArray[np.float64]:
    """(16, 2): cosine of the angle by which tones so far off (a share of their frequency) turn in a slot."""
    return np.asarray(np.cos(np.minimum(2 * np.pi * offset_max / SLOTS.rate_hz * SLOTS.pair_hz, np.pi)))


def _plateau(four: NDArray[np.complex128]) -> NDArray[np.float64]:
    """(pairs, 2): the level of each tone where the anchor is strongest, by the mean of its two strongest slots."""
    level = np.abs(four)
    order = (level[:, :, 0] * level[:, :, 1]).argsort(axis=1)
    pairs = np.arange(len(level))
    return np.asarray((level[pairs, order[:, -1]] + level[pairs, order[:, -2]]) / 2)


def _on(
    parts: NDArray[np.complex128], plateau: NDArray[np.float64], turn: NDArray[np.float64], limits: DtmfLimits
) -> NDArray[np.bool_]:
    """(pairs, slots): both tones are there, and go on from a neighbour as they turned before.

    Level alone cannot tell a tone from its neighbour 80 Hz away in 5 ms; their phases part by 130 degrees a slot.
    """
    amplitudes = np.abs(parts)
    loud = np.asarray((amplitudes > limits.on_share * plateau[:, None, :]).all(axis=2))
    step = parts[:, 1:] * parts[:, :-1].conj() * np.exp(-1j * turn)[:, None, :]
    goes_on = (step.real > limits.on_cosine * amplitudes[:, 1:] * amplitudes[:, :-1]).all(axis=2)
    on: NDArray[np.bool_] = np.zeros_like(loud)
    on[:, 1:] |= goes_on
    on[:, :-1] |= goes_on
    on[:, -1] |= np.logical_not(loud[:, -2])  # the newest slot, behind a gap: who follows it will tell
    return on & loud


def _run(on: list[bool], lost: list[bool], anchor: int, bridge: int) -> tuple[int, int, int] | None:
    """(first slot, slot behind the last, slots spanned) of the run through the anchor; gaps up to `bridge` are bridged.

    Lost slots are neither on nor off. A bridged gap counts as part of the tone (Q.24: an interruption is ignored).
    """
    inside = [slot for slot in range(anchor, anchor + SLOTS_PER_TICK) if on[slot]]
    if not inside:
        return None
    begin = _walk(on, lost, inside[-1], -1, bridge)
    end = _walk(on, lost, inside[-1], 1, bridge)
    return begin, end + 1, end + 1 - begin


def _walk(on: list[bool], lost: list[bool], slot: int, step: int, bridge: int) -> int:
    last, gap = slot, 0
    slot += step
    while 0 <= slot < len(on) and gap <= bridge:
        if on[slot]:
            last, gap = slot, 0
        elif not lost[slot]:
            gap += 1
        slot += step
    return last
