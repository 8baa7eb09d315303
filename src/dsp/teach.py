"""Learn a call-progress tone from ten seconds of a real line: its pitch, its cadence, its level, as text for a plan."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from dsp.levels import RATE_HZ, dbm0, samples

STEP: Final = samples(5)  # an edge is found to 5 ms, then averaged over the cycles
SECONDS_MIN: Final = 2.0
SECOND_PITCH_DB: Final = 6.0  # assumed: the two frequencies of a dual tone differ by less
BAND_HZ: Final = (300.0, 2000.0)  # assumed: no country's tones lie elsewhere
ON_SHARE: Final = 0.35  # of the loud level's amplitude
PURE_MIN: Final = 0.5  # of the loud parts' energy must be on the pitch
SPREAD_MAX: Final = 0.1  # of a duration between cycles
SHORTEST_MS: Final = 20
CYCLE_MAX: Final = 8  # durations; vacant number tone has eight


class NotATone(ValueError):
    """Nothing regular was heard; the message says what was."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Taught:
    frequencies_hz: tuple[float, ...]
    cadence_ms: tuple[int, ...]  # empty: continuous
    level_dbm0: float  # of each frequency
    cycles: int  # whole ones that were heard alike

    def as_toml(self, name: str) -> str:
        """A table for `config/tones`."""
        pitch = ", ".join(f"{hz:g}" for hz in self.frequencies_hz)
        cadence = f"cadence_ms = [{', '.join(map(str, self.cadence_ms))}]\n" if self.cadence_ms else ""
        return f"[tone.{name}]\nfrequency_hz = [{pitch}]\n{cadence}level_dbm0 = {self.level_dbm0:.0f}\n"


def teach(wave: NDArray[np.int16]) -> Taught:
    """(n,) int16, 8 kHz: the tone that fills it. Raises NotATone."""
    if wave.size < SECONDS_MIN * RATE_HZ:
        raise NotATone(f"at least {SECONDS_MIN:g} s are needed, {wave.size / RATE_HZ:.1f} s were heard")
    signal = wave.astype(np.float64) - wave.mean()
    pitch = _pitch(signal)
    envelope = np.sum([_envelope(signal, hz) ** 2 for hz in pitch], axis=0) / 2
    loud = float(np.percentile(envelope, 95)) if envelope.size else 0.0
    on = np.sqrt(envelope) > ON_SHARE * np.sqrt(loud)
    heard = np.convolve(signal**2, np.ones(STEP) / STEP, "same")[STEP // 2 :: STEP][: on.size]
    if loud <= 0 or envelope[on].sum() < PURE_MIN * heard[on].sum():
        raise NotATone(f"no pure tone: the strongest pitch is {pitch[0]:g} Hz, but other sound is stronger")
    cadence, cycles = _cadence(_durations(on))
    level = dbm0(float(np.median(envelope[on])) / len(pitch))
    return Taught(frequencies_hz=pitch, cadence_ms=cadence, level_dbm0=round(level, 1), cycles=cycles)


def _pitch(signal: NDArray[np.float64]) -> tuple[float, ...]:
    """One or two frequencies, to 1 Hz: the highest peaks of the whole spectrum."""
    size = 1 << (signal.size - 1).bit_length()
    spectrum = np.abs(np.fft.rfft(signal * np.hanning(signal.size), size))
    hertz = np.arange(spectrum.size) * RATE_HZ / size
    spectrum[(hertz < BAND_HZ[0]) | (hertz > BAND_HZ[1])] = 0
    first = int(spectrum.argmax())
    others = np.where(np.abs(hertz - hertz[first]) < 25, 0, spectrum)
    second = int(others.argmax())
    found = [first, second] if spectrum[second] > spectrum[first] * 10 ** (-SECOND_PITCH_DB / 20) else [first]
    return tuple(sorted(float(round(hertz[place])) for place in found))


def _envelope(signal: NDArray[np.float64], hz: float) -> NDArray[np.float64]:
    """Amplitude on the pitch in 20 ms windows, one each STEP."""
    turned = signal * np.exp(-2j * np.pi * hz * np.arange(signal.size) / RATE_HZ)
    window = np.hanning(samples(20))
    return np.asarray(np.abs(np.convolve(turned, 2 * window / window.sum(), "same"))[STEP // 2 :: STEP])


def _durations(on: NDArray[np.bool_]) -> list[tuple[bool, float]]:
    """Whole stretches (on, ms): the first and the last may be cut and are left out; blips are joined to what is around."""
    edges = np.flatnonzero(np.diff(on)) + 1
    runs = [(bool(on[begin]), float(end - begin) * STEP * 1000 / RATE_HZ) for begin, end in pairwise(edges.tolist())]
    joined: list[tuple[bool, float]] = []
    for is_on, ms in runs:
        if joined and (ms < SHORTEST_MS or joined[-1][0] == is_on):
            joined[-1] = (joined[-1][0], joined[-1][1] + ms)
        else:
            joined.append((is_on, ms))
    return joined


def _cadence(stretches: list[tuple[bool, float]]) -> tuple[tuple[int, ...], int]:
    """The shortest cycle that repeats, from its longest pause on, and how often it was heard."""
    if not stretches:
        return (), 1
    begin = 0 if stretches[0][0] else 1
    lengths = [ms for _, ms in stretches[begin:]]
    for size in range(2, min(CYCLE_MAX, len(lengths)) + 1, 2):
        table = [lengths[place::size] for place in range(size)]
        if all(max(group) - min(group) <= SPREAD_MAX * max(group) + 10 for group in table) and len(lengths) >= size + 1:
            means = [float(np.mean(group)) for group in table]
            turn = (int(np.argmax(means[1::2])) * 2 + 2) % size
            return tuple(10 * round(ms / 10) for ms in means[turn:] + means[:turn]), len(lengths) // size
    heard = ", ".join(f"{ms:.0f}" for ms in lengths[:CYCLE_MAX])
    raise NotATone(f"no cycle repeats; on and off by turns lasted {heard} ms")
