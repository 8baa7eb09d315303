"""Call-progress tones of the Chinese plan under noise, level, frequency and cadence, ours and spandsp's `super_tone_rx`.

    python benchmarks/progress_matrix.py [--trials 60] [--quick] [--only busy] [--out FILE.md]

Base: the plan's level, A-law, random phase. A tone lasts five seconds or two and a half cycles, whichever is longer. A hit is
one report, of that tone, and no other; `d` is a tone that was dropped and found again, `w` that another one was told. After `@`
stands the median time of the first right report. SNR is against white noise of 0 to 4 kHz. The peer has the same plan,
once with the plan's tolerance of durations, once with the standard's 10 %.
"""

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Final, NamedTuple

import numpy as np
from material import talk
from numpy.typing import NDArray
from spandsp import Progress
from trials import (
    ACCEPT,
    ACCEPT_ONE,
    OPEN,
    Cell,
    Demand,
    Matrix,
    Random,
    Score,
    Wave,
    amplitude_of,
    finish,
    listen,
    milliseconds,
    noise,
    options,
    plan,
    returned,
    stack,
    through,
)

from dsp.detections import ToneOn
from dsp.levels import RATE_HZ
from dsp.plan import ToneSpec

COUNTRY: Final = plan()
PEERS: Final[dict[str, Callable[[], Progress]]] = {
    "spandsp": partial(Progress, COUNTRY),
    "sp.10%": partial(Progress, COUNTRY, 0.1),
}
SECONDS_MIN: Final = 5.0
PROMPT_LEAD_S: Final = 3.0  # the prompt has played that long when the tone begins: the canceller has learned
ECHO_DB: Final = -12.0  # hybrids of two-wire trunks lose 6 to 20 dB


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What happens to the tone."""

    level_dbm0: float | None = None  # None: the plan's
    offset_hz: float = 0.0
    cadence: float = 0.0  # all durations longer by this share
    jitter: float = 0.0  # each duration by up to this share
    mid_cycle: bool = False
    snr_db: float | None = None
    voice_db: float | None = None  # somebody talks, relative to the tone
    prompt: bool = False  # our prompt at -13 dBm0 comes back; ours knows what was sent


class Case(NamedTuple):
    factor: str
    value: str
    line: Line
    demand: Demand = OPEN


def tone(random: Random, spec: ToneSpec, line: Line) -> tuple[Wave, float]:
    """The audio and the level of its bursts."""
    level = spec.level_dbm0 if line.level_dbm0 is None else line.level_dbm0
    cycle = sum(spec.cadence_ms) / 1000
    length = round(max(SECONDS_MIN, 2.5 * cycle) * RATE_HZ)
    t = np.arange(length) / RATE_HZ
    wave = np.zeros(length)
    for hz in spec.frequencies_hz:
        phase = random.uniform(0, 2 * np.pi)
        wave += amplitude_of(level) * np.sin(2 * np.pi * (hz + line.offset_hz) * t + phase)
    if spec.cadence_ms:
        wave *= _gate(random, spec, line, length)
    return wave, level


def _gate(random: Random, spec: ToneSpec, line: Line, length: int) -> NDArray[np.bool_]:
    gate = np.zeros(length, np.bool_)
    at, place = 0, 0
    if line.mid_cycle:
        at = -int(random.integers(milliseconds(sum(spec.cadence_ms))))
    while at < length:
        ms = spec.cadence_ms[place % len(spec.cadence_ms)]
        ms *= (1 + line.cadence) * (1 + random.uniform(-line.jitter, line.jitter))
        end = at + milliseconds(ms)
        if place % 2 == 0 and end > 0:
            gate[max(at, 0) : end] = True
        at, place = end, place + 1
    return gate


def run(spec: ToneSpec, case: Case, random: Random, count: int) -> Cell:
    line = case.line
    made = [tone(random, spec, line) for _ in range(count)]
    level = made[0][1]
    begin = milliseconds(1000 * PROMPT_LEAD_S) if line.prompt else 0
    audio = stack(random, [np.concatenate([np.zeros(begin), wave]) for wave, _ in made])
    sent = None
    mixed = audio.astype(np.float64)
    if line.snr_db is not None:
        mixed += noise(random, audio.shape, level - line.snr_db)
    if line.voice_db is not None:
        mixed += talk(random, audio.shape, level + line.voice_db)
    if line.prompt:
        sent = talk(random, audio.shape, -13.0)
        mixed += returned(random, sent, -ECHO_DB)
    audio = through(mixed, "A-law")
    told = listen(audio, COUNTRY, None, sent)
    heard = {"ours": [[(at, f.tone) for at, f in each if isinstance(f, ToneOn)] for each in told]}
    for name, make in PEERS.items():
        heard[name] = [[(at, word) for at, word in make().hear(row) if word] for row in audio]
    scores = {}
    for name, each in heard.items():
        score = scores[name] = Score()
        for events in each:
            score.add([word for _, word in events], [spec.name])
            right = [at for at, word in events if word == spec.name]
            score.told_ms += [(at - begin) * 1000 / RATE_HZ for at in right[:1]]
    return Cell(f"{spec.name}: {case.factor}", case.value, case.demand, scores)


def cases(spec: ToneSpec) -> Iterator[Case]:
    for level in (-5, -10, -13, -20, -30, -35, -40):
        demand = ACCEPT if abs(level - spec.level_dbm0) <= 3 else ACCEPT_ONE  # sent ±3 dB; the line takes the rest
        if level <= -35:
            demand = OPEN
        yield Case("level", f"{level} dBm0", Line(level_dbm0=level), demand)
    for snr in (25, 18, 15, 12, 10, 8):
        yield Case("white noise", f"{snr} dB SNR", Line(snr_db=snr), ACCEPT_ONE if snr >= 10 else OPEN)
    for hz in (-25, -15, 15, 25):
        yield Case("off frequency", f"{hz:+} Hz", Line(offset_hz=hz), ACCEPT)
    if spec.cadence_ms:
        for share in (-0.1, -0.05, 0.05, 0.1):
            yield Case("cadence", f"{share:+.0%}", Line(cadence=share), ACCEPT)
        for share in (0.05, 0.1):
            yield Case("cadence jitter", f"±{share:.0%}", Line(jitter=share), ACCEPT)
        yield Case("from mid-cycle", "clean", Line(mid_cycle=True), ACCEPT)
        yield Case("from mid-cycle", "SNR 15, ±5 %", Line(mid_cycle=True, snr_db=15, jitter=0.05), ACCEPT_ONE)
    corner = Line(offset_hz=25, jitter=0.1, snr_db=18, level_dbm0=spec.level_dbm0 - 10, mid_cycle=True)
    yield Case("corner: +25 Hz, ±10 %, SNR 18, -10 dB, mid-cycle", "", corner, ACCEPT_ONE)
    for voice in (-20, -10, -6):
        yield Case("a voice over it", f"{voice} dB", Line(voice_db=voice), OPEN)
    yield Case(
        "under our prompt's echo (ours with canceller)", f"{ECHO_DB:g} dB", Line(prompt=True, level_dbm0=-16), OPEN
    )


def main() -> int:
    chosen = options(__doc__ or "", 60, 16)
    random = np.random.default_rng(chosen.seed)
    matrix = Matrix("Call progress", f"{chosen.trials} trials a cell, seed {chosen.seed}, config/tones/cn.toml.")
    for spec in COUNTRY.tones:
        for case in cases(spec) if spec.listen else ():
            if chosen.only in f"{spec.name}: {case.factor}":
                matrix.add(run(spec, case, random, chosen.trials))
    return finish([matrix], chosen.out)


if __name__ == "__main__":
    sys.exit(main())
