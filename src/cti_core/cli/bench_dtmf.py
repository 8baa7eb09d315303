"""Keys recognised by level, noise and length, made by our own generator, heard by the real ears.

A quick look at this machine's build; `benchmarks/` measures whole tables beside a peer.
"""

from time import perf_counter

import numpy as np
from numpy.typing import NDArray

from cti_core.cli.options import settings_of
from cti_core.furnish import read_texts
from dsp.detections import DigitOn
from dsp.ears import Ears
from dsp.plan import TonePlan
from dsp.tones import keys, render

KEYS = "123A456B789C*0#D"
CELLS = (  # level of both tones in dBm0, signal to noise in dB, length in ms
    (-10.0, 30.0, 50.0),
    (-25.0, 30.0, 50.0),
    (-40.0, 30.0, 50.0),
    (-10.0, 15.0, 50.0),
    (-10.0, 10.0, 50.0),
    (-10.0, 30.0, 40.0),
)
LINES = 16
FULL_SCALE_DBM0 = 3.14  # ITU-T G.711


def bench(trials: int) -> str:
    """One line a cell: share of keys that came out as they went in."""
    plan = read_texts(settings_of(None)).tones
    rng = np.random.default_rng(1)
    rows = [_cell(plan, rng, trials, *cell) for cell in CELLS]
    return "\n".join(rows)


def _cell(plan: TonePlan, rng: np.random.Generator, trials: int, level: float, snr: float, length_ms: float) -> str:
    right = wrong = 0
    begun = perf_counter()
    rounds = -(-trials // LINES)
    for _ in range(rounds):
        wanted = [KEYS[i] for i in rng.integers(0, len(KEYS), LINES)]
        audio = np.stack(
            [
                _noisy(render(keys(key, on_ms=length_ms, low_dbm0=level, high_dbm0=level)), rng, level, snr)
                for key in wanted
            ]
        )
        ears = Ears(LINES, plan)
        heard: list[list[str]] = [[] for _ in range(LINES)]
        for at in range(0, audio.shape[1], 160):
            for found in ears.hear(audio[:, at : at + 160]):
                if isinstance(found, DigitOn):
                    heard[found.row].append(found.digit)
        right += sum(got == [key] for got, key in zip(heard, wanted, strict=True))
        wrong += sum(key not in got and bool(got) for got, key in zip(heard, wanted, strict=True))
    count = rounds * LINES
    took = perf_counter() - begun
    return (
        f"{level:+.0f} dBm0, SNR {snr:.0f} dB, {length_ms:.0f} ms: {100 * right / count:.1f} % of {count} keys, "
        f"{wrong} wrong, {took:.1f} s"
    )


def _noisy(tone: NDArray[np.int16], rng: np.random.Generator, level: float, snr: float) -> NDArray[np.int16]:
    """The key at a random place in 300 ms of white noise, 0–4 kHz."""
    total = 2400
    audio = rng.normal(0.0, 1.0, total) * _rms(level + 3.01 - snr)
    begin = int(rng.integers(160, total - len(tone) - 640))
    audio[begin : begin + len(tone)] += tone
    return np.clip(np.rint(audio), -32768, 32767).astype(np.int16)


def _rms(dbm0: float) -> float:
    return float(32767 / np.sqrt(2) * 10 ** ((dbm0 - FULL_SCALE_DBM0) / 20))
