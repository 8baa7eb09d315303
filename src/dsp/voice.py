"""Voices on the rows armed for it, and what tells an answering machine from a person: bursts of speech with their times.

A voice is what repeats itself 60 to 400 times a second and has more in it than one tone: its autocorrelation has a peak at
the period of the vocal cords, and a clearly lower one at any shorter period. A single tone of 400 Hz and more repeats as
well at its own, shorter period, however it is gated, off frequency, clipped or modulated; noise does not repeat; hum lies
below the band. Two tones at once do repeat at some longer period: DTMF is known by its share of the energy, and so are
those tones of the plan that are made of two, or lie below 400 Hz. Music is a voice, unless it is one pure tone at a time.

What may be our own echo is no voice: while we send, and shortly after, only what is nearly as loud counts.

A burst begins with three such ticks of six, and ends when there was none for 300 ms. People answer with a short word and
wait; machines greet for seconds without a pause (the usual thresholds of outbound diallers).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import fft

from dsp.detections import AnsweredBy, Spoken, VoiceOff, VoiceOn
from dsp.goertzel import HALF, Bank, tone_basis
from dsp.levels import RATE_HZ, TICK_SAMPLES, power, samples
from dsp.tones import HIGH_HZ, LOW_HZ

WINDOW_TICKS: Final = 3  # 60 ms: two periods and more of the lowest voice under the bell of the window
WINDOW: Final = WINDOW_TICKS * TICK_SAMPLES
FFT: Final = 640  # holds the window and the longest lag without wrapping round
LAG_MIN: Final = 20  # samples: 400 Hz, the highest voice, and below the lowest tone that is refused by its lag alone
LAG_MAX: Final = 133  # 60 Hz
TONE_MIN_HZ: Final = RATE_HZ / LAG_MIN


@dataclass(frozen=True, slots=True, kw_only=True)
class VoiceLimits:
    """What is a voice was measured on Chinese by espeak-ng and recorded prompts; when who has answered is assumed."""

    floor_dbm0: float = -43.0  # in the band; assumed: crosstalk of other lines is weaker, callers are louder
    band_hz: tuple[float, float] = (300.0, 3400.0)  # of the telephone; hum of 50 and 150 Hz lies below
    repeats_min: float = 0.5  # measured: voices 0.8, white noise 0.27
    longer_min: float = 0.1  # measured: above the shorter periods; voices 0.3 and more, tones at 10 dB SNR up to 0.04
    tones_share_max: float = 0.6  # measured: DTMF 1.8 % off at 10 dB SNR 0.75, voices below 0.55
    below_sent_db: float = (
        4.0  # boards.md §3.3: hybrids give back 6 to 8 dB less, and cancelling takes a second to learn
    )
    sent_fall_db: float = 1.0  # assumed: a tick; an echo may come 80 ms late
    begin_ticks: int = 3
    begin_of_ticks: int = 6  # 喂 may break
    end_ticks: int = 15  # 300 ms: pauses between words are shorter
    machine_greeting_ms: int = 2500  # a burst that long is a machine's greeting
    person_greeting_ms: int = 1500  # a burst shorter than that, and then
    person_pause_ms: int = 800  # ... so long a silence, is a person who waits


class VoiceActivity:
    """Looks at rows that are armed, and closely at those of them that are not quiet. State per row is arrays.

    `pitches`: the frequencies of each tone that may be on these lines.
    """

    def __init__(
        self, lines: int, pitches: Sequence[tuple[float, ...]] = (), limits: VoiceLimits | None = None
    ) -> None:
        self.limits: Final = limits or VoiceLimits()
        self._pitch: Final = _Pitch(self.limits)
        self._tones: Final = _Tones([pitch for pitch in pitches if len(pitch) > 1 or pitch[0] < TONE_MIN_HZ])
        self._floor: Final = np.float32(power(self.limits.floor_dbm0) * TICK_SAMPLES)
        self.armed = False  # any row: else there is no need to ask
        self._of_sent: Final = 10 ** (-self.limits.below_sent_db / 10)
        self._fall: Final = 10 ** (-self.limits.sent_fall_db / 10)
        self._rows: NDArray[np.intp] = np.zeros(0, np.intp)  # those armed
        self._sent: Final = np.zeros(lines)  # energy of a tick, the loudest of late
        self._recent: Final = np.zeros(lines, np.uint32)  # the newest ticks, one bit each: a voice?
        self._talking: Final = np.zeros(lines, np.bool_)
        self._start: Final = np.zeros(lines, np.int64)
        self._last: Final = np.zeros(lines, np.int64)  # end of the last tick with a voice
        self._asked: Final = np.zeros(lines, np.bool_)  # who answered?
        self._first: Final = np.full(lines, -1, np.int64)  # length of the first burst, once it is over

    def arm(self, row: int, *, on: bool) -> None:
        """Listen to this row, or no longer; a voice that is on now is told anew."""
        self.reset([row])
        self._rows = np.union1d(self._rows, [row]) if on else np.setdiff1d(self._rows, [row])
        self.armed = bool(self._rows.size)

    def reset(self, rows: Iterable[int]) -> None:
        """A new call on these rows; they stay armed."""
        which = list(rows)
        self._sent[which] = 0
        self._recent[which] = 0
        self._talking[which] = False
        self._asked[which] = False
        self._first[which] = -1

    def expect_answer(self, row: int) -> None:
        """The called party has just answered: tell once who it is."""
        self._asked[row] = True
        self._first[row] = -1

    def hear(self, bank: Bank, sent: NDArray[np.int16] | None = None) -> list[Spoken]:
        """What the newest tick tells. `sent`: (lines, 160), what went out meanwhile."""
        rows = self._rows
        limits = self.limits
        voiced = bank.tick_energy[rows] > np.maximum(self._floor, self._echo(rows, sent))
        if np.count_nonzero(voiced):
            voiced[voiced] = self._is_voice(bank, rows[voiced])
        recent = ((self._recent[rows] << 1) | voiced) & np.uint32((1 << limits.begin_of_ticks) - 1)
        self._recent[rows] = recent
        self._last[rows[voiced]] = bank.now
        talking = self._talking[rows]
        found: list[Spoken] = []
        for row in rows[voiced & ~talking & (np.bitwise_count(recent) >= limits.begin_ticks)].tolist():
            self._talking[row] = True
            self._start[row] = bank.now - int(self._recent[row]).bit_length() * TICK_SAMPLES
            found.append(VoiceOn(row=row, start=int(self._start[row])))
        for row in rows[talking & (bank.now - self._last[rows] >= limits.end_ticks * TICK_SAMPLES)].tolist():
            self._talking[row] = False
            start, end = int(self._start[row]), int(self._last[row])
            found.append(VoiceOff(row=row, start=start, end=end))
            if self._first[row] < 0:
                self._first[row] = end - start
        if np.count_nonzero(self._asked):
            found += self._who(bank.now)
        return found

    def _echo(self, rows: NDArray[np.intp], sent: NDArray[np.int16] | None) -> NDArray[np.float64]:
        """What may be our own echo, energy of a tick."""
        if sent is not None and rows.size:
            wave = sent[rows].astype(np.float64)
            self._sent[rows] = np.maximum(self._sent[rows] * self._fall, np.vecdot(wave, wave))
        return np.asarray(self._sent[rows] * self._of_sent)

    def _is_voice(self, bank: Bank, rows: NDArray[np.intp]) -> NDArray[np.bool_]:
        wave = bank.last(WINDOW_TICKS, rows)
        return self._pitch.is_in(wave) & (self._tones.share(wave) < self.limits.tones_share_max)

    def _who(self, now: int) -> list[AnsweredBy]:
        limits = self.limits
        long_since = self._talking & (now - self._start >= samples(limits.machine_greeting_ms))
        was_long = self._first >= samples(limits.machine_greeting_ms)
        short = (self._first >= 0) & (self._first < samples(limits.person_greeting_ms)) & ~self._talking
        waits = short & (now - self._last >= samples(limits.person_pause_ms))
        told: NDArray[np.bool_] = self._asked & (long_since | was_long | waits)
        self._asked[told] = False
        return [
            AnsweredBy(row=row, who="person" if waits[row] else "machine", at=now)
            for row in np.flatnonzero(told).tolist()
        ]


class _Pitch:
    """Whether vocal cords are at work, by the autocorrelation of the band."""

    def __init__(self, limits: VoiceLimits) -> None:
        self._limits: Final = limits
        self._window: Final = np.hanning(WINDOW + 2)[1:-1].astype(np.float32)
        low, high = limits.band_hz
        hertz = fft.rfftfreq(FFT, 1 / RATE_HZ)
        self._band: Final = ((hertz >= low) & (hertz <= high)).astype(np.float32)
        self._floor: Final = np.float32(power(limits.floor_dbm0) * np.vdot(self._window, self._window))
        own = fft.irfft(np.abs(fft.rfft(self._window, FFT)) ** 2, FFT)[: LAG_MAX + 1]
        self._straighten: Final = (own[0] / own).astype(np.float32)  # the window makes long lags weaker (Boersma 1993)

    def is_in(self, wave: NDArray[np.float32]) -> NDArray[np.bool_]:
        """(rows, 480) -> (rows,)."""
        spectrum = fft.rfft(wave * self._window, FFT)
        lags = fft.irfft((spectrum.real**2 + spectrum.imag**2) * self._band, FFT)[:, : LAG_MAX + 1]
        level = lags[:, 0]
        lags = lags * self._straighten
        long = lags[:, LAG_MIN:].max(axis=1)
        short = lags[:, :LAG_MIN]
        behind_first = np.logical_or.accumulate(short < 0, axis=1)  # behind the slope that every sound begins with
        shorter = np.where(behind_first, short, np.float32(-np.inf)).max(axis=1)
        limits = self._limits
        return np.asarray(
            (level > self._floor) & (long > limits.repeats_min * level) & (long - shorter > limits.longer_min * level)
        )


class _Tones:
    """How much of the energy is one key of DTMF, or one of the tones that repeat as a voice does."""

    def __init__(self, pitches: Sequence[tuple[float, ...]]) -> None:
        hertz = list(dict.fromkeys((*LOW_HZ, *HIGH_HZ, *(hz for pitch in pitches for hz in pitch))))
        self._basis: Final = tone_basis(hertz).T.copy()
        self._pitches: Final = [[hertz.index(hz) for hz in pitch] for pitch in pitches]

    def share(self, wave: NDArray[np.float32]) -> NDArray[np.float32]:
        """(rows, 480) -> (rows,), 0 to 1 and a little above, for neighbouring bins overlap."""
        halves = wave.reshape(-1, HALF)
        energy = np.vecdot(halves, halves) - halves.sum(axis=1) ** 2 / HALF  # without DC
        parts = halves @ self._basis
        rows = wave.shape[0]
        on = (parts * parts).reshape(rows, -1, 2, self._basis.shape[1] // 2).sum(axis=(1, 2))
        most = on[:, :4].max(axis=1) + on[:, 4:8].max(axis=1)
        for pitch in self._pitches:
            most = np.maximum(most, on[:, pitch].sum(axis=1))
        return np.asarray(most / np.maximum(energy.reshape(rows, -1).sum(axis=1), 1))
