"""Fax tones CNG, CED and ANSam by noise, level, frequency and under our prompt, ours and spandsp's on the same audio.

    python benchmarks/fax_matrix.py [--trials 100] [--quick] [--only CNG] [--out FILE.md]

Base: -13 dBm0, A-law, random phase; CNG 0.5 s on, 3 s off, two bursts; CED and ANSam 3 s. A hit is the right tone told (ours: once; the
peer tells CNG at each burst, which counts as one). `@`: median time of the first report. The peer is
`modem_connect_tones_rx` for CNG and for ANS, both on every trial. Under the prompt ours knows what was sent.
"""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from material import talk
from spandsp import ANS, CNG, Fax
from trials import (
    ACCEPT,
    ACCEPT_ONE,
    OPEN,
    REFUSE_ONE,
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

from dsp.detections import DigitOn, FaxTone, ToneOn
from dsp.ears import Ears
from dsp.levels import RATE_HZ

COUNTRY: Final = plan()
LEAD_MS: Final = {False: 200, True: 3000}  # by prompt: the canceller has had time


@dataclass(frozen=True, slots=True, kw_only=True)
class Tone:
    kind: str  # CNG, CED, ANSam
    level_dbm0: float = -13.0
    offset_hz: float = 0.0
    on: float = 1.0  # CNG's burst, as a share of 0.5 s
    snr_db: float | None = None
    voice_db: float | None = None
    loss_db: float | None = None  # our prompt at -13 dBm0 comes back so much weaker


@dataclass(frozen=True, slots=True)
class Case:
    factor: str
    value: str
    tone: Tone
    demand: Demand = OPEN


def wave_of(random: Random, tone: Tone) -> Wave:
    hz = (1100.0 if tone.kind == "CNG" else 2100.0) + tone.offset_hz
    length = milliseconds(4200 if tone.kind == "CNG" else 3200)
    t = np.arange(length) / RATE_HZ
    phase = np.full(length, random.uniform(0, 2 * np.pi))
    loud = np.ones(length)
    if tone.kind == "ANSam":
        phase += np.pi * (t // 0.45)  # V.8: reversals each 450 ms, 20 % of 15 Hz
        loud *= 1 + 0.2 * np.sin(2 * np.pi * 15 * t + random.uniform(0, 2 * np.pi))
    if tone.kind == "CNG":
        loud *= (t % 3.5) < 0.5 * tone.on
    wave = amplitude_of(tone.level_dbm0) * loud * np.sin(2 * np.pi * hz * t + phase)
    return np.concatenate([np.zeros(milliseconds(LEAD_MS[tone.loss_db is not None])), wave])


def run(case: Case, random: Random, count: int) -> Cell:
    tone = case.tone
    audio = stack(random, [wave_of(random, tone) for _ in range(count)])
    mixed = audio.astype(np.float64)
    sent = None
    if tone.snr_db is not None:
        mixed += noise(random, audio.shape, tone.level_dbm0 - tone.snr_db)
    if tone.voice_db is not None:
        mixed += talk(random, audio.shape, tone.level_dbm0 + tone.voice_db)
    if tone.loss_db is not None:
        sent = talk(random, audio.shape, -13.0)
        mixed += returned(random, sent, tone.loss_db)
    audio = through(mixed, "A-law")
    wanted = "CNG" if tone.kind == "CNG" else "CED"
    begin = milliseconds(LEAD_MS[tone.loss_db is not None])
    scores = {"ours": Score(), "spandsp": Score()}
    told = listen(audio, COUNTRY, arm, sent)
    for each, row in zip(told, audio, strict=True):
        ours = [(at, word) for at, f in each for word in _word(f)]
        peer: list[tuple[int, str]] = []
        for kind in (CNG, ANS):
            peer += [event for event in Fax(kind).hear(row) if event[1]][:1]
        for score, events in zip(scores.values(), (ours, peer), strict=True):
            if case.demand.kind == "refuse":
                score.add_refused([word for _, word in events])
                continue
            score.add([word for _, word in events], [wanted])
            right = [at for at, word in events if word == wanted]
            score.told_ms += [(at - begin) * 1000 / RATE_HZ for at in right[:1]]
    return Cell(case.factor, case.value, case.demand, scores)


def arm(ears: Ears, row: int) -> None:
    ears.arm(row, fax=True)


def _word(found: object) -> Iterator[str]:
    """A call-progress tone or a digit beside the fax tone is wrong too."""
    match found:
        case FaxTone(fax=fax):
            yield fax
        case ToneOn(tone=tone):
            yield tone
        case DigitOn(digit=digit):
            yield digit


def cases() -> Iterator[Case]:
    for kind in ("CNG", "CED", "ANSam"):
        yield Case(f"{kind}, clean", "", Tone(kind=kind), ACCEPT)
        for snr in (20, 15, 12, 10, 8, 6):
            demand = ACCEPT if snr >= 15 else (ACCEPT_ONE if snr >= 10 else OPEN)
            yield Case(f"{kind}, SNR", f"{snr} dB", Tone(kind=kind, snr_db=snr), demand)
        for level in (-5, -20, -30, -36, -40, -43):
            demand = ACCEPT if level >= -30 else OPEN
            yield Case(f"{kind}, level", f"{level} dBm0", Tone(kind=kind, level_dbm0=level), demand)
        limit = 38 if kind == "CNG" else 15  # T.30
        for off in (10, 15, 25, 38, 45, 60, 80, 120):
            demand = ACCEPT if off <= limit else (REFUSE_ONE if off >= 2.5 * limit else OPEN)
            for sign in (-1, 1):
                yield Case(
                    f"{kind}, off frequency", f"{sign * off:+} Hz", Tone(kind=kind, offset_hz=sign * off), demand
                )
        if kind == "CNG":
            for on in (0.85, 1.15):
                yield Case("CNG, burst of", f"{500 * on:.0f} ms", Tone(kind=kind, on=on), ACCEPT)
        worst = Tone(kind=kind, offset_hz=limit, snr_db=12, level_dbm0=-30)
        yield Case(f"{kind}, corner: {limit:+} Hz, SNR 12, -30 dBm0", "", worst, ACCEPT_ONE)
        for voice in (-20, -10):
            yield Case(f"{kind}, a voice over it", f"{voice} dB", Tone(kind=kind, voice_db=voice), OPEN)
        for loss in (20, 14, 10, 6):
            for level in (-20, -30):
                tone = Tone(kind=kind, loss_db=loss, level_dbm0=level)
                demand = ACCEPT_ONE if loss >= 10 and level >= -20 else OPEN
                yield Case(f"{kind}, {level} dBm0, under our prompt", f"{loss} dB loss", tone, demand)


def main() -> int:
    chosen = options(__doc__ or "", 100, 24)
    random = np.random.default_rng(chosen.seed)
    matrix = Matrix("Fax tones", f"{chosen.trials} trials a cell, seed {chosen.seed}.")
    order: dict[str, int] = {}
    for case in sorted(cases(), key=lambda case: order.setdefault(case.factor, len(order))):
        if chosen.only in case.factor:
            matrix.add(run(case, random, chosen.trials))
    return finish([matrix], chosen.out)


if __name__ == "__main__":
    sys.exit(main())
