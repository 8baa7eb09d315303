"""Register signals of China No.1 (MFC) under every factor of Q.455, ours and spandsp's `r2_mf_rx` on the same audio.

    python benchmarks/mfc_matrix.py [--trials 400] [--quick] [--only offset] [--out FILE.md]

Base: one signal, -11.5 dBm0 each tone, 100 ms on, A-law, random phases, random place in the 20 ms frames. Level is of the
stronger tone, SNR is per tone against white noise of 0 to 4 kHz. Operate and release times are from the edge of the tone to
the end of the frame in which it was told, so both carry the frame; the peer is also timed in steps of 1 ms.
"""

import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

import numpy as np
from spandsp import Mfc
from trials import (
    ACCEPT,
    ACCEPT_ONE,
    OPEN,
    REFUSE,
    REFUSE_ONE,
    Cell,
    Demand,
    Matrix,
    Random,
    Rows,
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

from dsp.detections import MfcOff, MfcOn
from dsp.ears import Ears
from dsp.levels import RATE_HZ, TICK_SAMPLES
from dsp.mfc import BACKWARD_HZ, BACKWARD_SIGNALS, FORWARD_HZ, FORWARD_SIGNALS

HERTZ: Final = {"forward": FORWARD_HZ, "backward": BACKWARD_HZ}
PAIRS: Final = {
    "forward": {signal: pair for pair, signal in FORWARD_SIGNALS.items()},
    "backward": {signal: pair for pair, signal in BACKWARD_SIGNALS.items()},
}
OTHER: Final = {"forward": "backward", "backward": "forward"}
LEAD_MS: Final = 100
COUNTRY: Final = plan()


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal:
    offset_hz: tuple[float, float] = (0.0, 0.0)
    signs: bool = True  # offsets with a random common sign
    twist_db: float = 0.0  # the higher tone minus the lower
    level_dbm0: float = -11.5
    weaker_dbm0: float | None = None  # level of the weaker tone instead
    on_ms: float = 100
    gap_ms: float = 0
    snr_db: float | None = None
    echo_db: float | None = None  # our own signal of the other direction, relative to the stronger tone
    cancelled: bool = False  # ours is told what we send
    adjacent: bool | None = None  # only pairs that are (or are not) neighbours

    def levels(self) -> tuple[float, float]:
        top = self.level_dbm0 if self.weaker_dbm0 is None else self.weaker_dbm0 + abs(self.twist_db)
        return (top - max(self.twist_db, 0), top - max(-self.twist_db, 0))


@dataclass(frozen=True, slots=True)
class Case:
    factor: str
    value: str
    signal: Signal
    demand: Demand = OPEN


def sines(random: Random, hertz: tuple[float, float], levels: tuple[float, float], length: int) -> Wave:
    t = np.arange(length) / RATE_HZ
    wave = np.zeros(length)
    for hz, level in zip(hertz, levels, strict=True):
        wave += amplitude_of(level) * np.sin(2 * np.pi * hz * t + random.uniform(0, 2 * np.pi))
    return wave


def trial(random: Random, direction: str, index: int, signal: Signal) -> tuple[Wave, int]:
    numbers = [
        number
        for number, (low, high) in PAIRS[direction].items()
        if signal.adjacent is None or (high - low == 1) == signal.adjacent
    ]
    number = numbers[index % len(numbers)]
    sign = random.choice((-1, 1)) if signal.signs else 1
    low, high = sorted(HERTZ[direction][place] for place in PAIRS[direction][number])
    pair = (low + sign * signal.offset_hz[0], high + sign * signal.offset_hz[1])
    tone = sines(random, pair, signal.levels(), milliseconds(signal.on_ms))
    if signal.gap_ms:
        gap = milliseconds(signal.gap_ms)
        begin = int(random.integers(milliseconds(30), len(tone) - milliseconds(30) - gap))
        tone[begin : begin + gap] = 0
    lead = np.zeros(milliseconds(LEAD_MS))
    return np.concatenate([lead, tone, lead]), number


def own(random: Random, direction: str, signal: Signal, shape: tuple[int, int]) -> Rows:
    """What we send meanwhile: a signal of the other direction, at the level that its echo is to have."""
    assert signal.echo_db is not None
    level = signal.level_dbm0 + signal.echo_db
    pairs = list(PAIRS[OTHER[direction]].values())
    waves = []
    for _ in range(shape[0]):
        first, second = pairs[int(random.integers(len(pairs)))]
        hertz = HERTZ[OTHER[direction]]
        waves.append(sines(random, (hertz[first], hertz[second]), (level, level), shape[1]))
    return through(np.array(waves), "A-law")


def arm(direction: str, ears: Ears, row: int) -> None:
    ears.arm(row, mfc=direction, dtmf=False, progress=False)


def run(direction: str, case: Case, random: Random, count: int) -> Cell:
    made = [trial(random, direction, index, case.signal) for index in range(count)]
    floor = None if case.signal.snr_db is None else max(case.signal.levels()) - case.signal.snr_db
    audio = stack(random, [wave for wave, _ in made], codec="A-law", noise_dbm0=floor)
    sent = None
    if case.signal.echo_db is not None:
        echo = own(random, direction, case.signal, audio.shape)
        audio = through(audio + returned(random, echo, 0), "A-law")
        sent = echo if case.signal.cancelled else None
    told = listen(audio, COUNTRY, partial(arm, direction), sent)
    heard = {"ours": [[str(f.signal) for _, f in each if isinstance(f, MfcOn)] for each in told]}
    heard["spandsp"] = [[word for _, word in Mfc(direction).hear(row) if word] for row in audio]
    scores = {}
    for name, each in heard.items():
        score = scores[name] = Score()
        for said, (_, number) in zip(each, made, strict=True):
            if case.demand.kind == "refuse":
                score.add_refused(said)
            else:
                score.add(said, [str(number)])
    return Cell(f"{direction}: {case.factor}", case.value, case.demand, scores)


def cases() -> Iterator[Case]:
    base = Signal()
    for level in (-45, -42, -39, -38, -37, -36, -35, -31.5, -25, -11.5, -5, 0):
        demand = OPEN
        if level <= -42:
            demand = REFUSE
        elif level <= -39:
            demand = REFUSE_ONE  # -38.5 in newer texts
        elif -31.5 <= level <= -5:
            demand = ACCEPT
        elif level >= -35:
            demand = ACCEPT_ONE
        yield Case("level", f"{level:+} dBm0", replace(base, level_dbm0=level), demand)
    for adjacent, most in ((True, 5), (False, 7)):
        kind = "neighbours" if adjacent else "others"
        for twist in (-20, -10, -8, -7, -6, -5, 0, 5, 6, 7, 8, 10, 20):
            demand = OPEN
            if abs(twist) <= most:
                demand = ACCEPT
            elif abs(twist) >= 20:
                demand = REFUSE
            signal = replace(base, twist_db=twist, adjacent=adjacent, level_dbm0=-8)
            yield Case(f"higher minus lower tone, {kind}", f"{twist:+} dB", signal, demand)
    for off in (4, 10, 12, 15, 20, 25, 30, 60):
        demand = ACCEPT if off <= 10 else (REFUSE if off >= 60 else OPEN)
        yield Case("both off, same sign", f"±{off} Hz", replace(base, offset_hz=(off, off)), demand)
        yield Case(
            "off in opposite sign", f"±{off} Hz", replace(base, offset_hz=(off, -off)), demand if off < 60 else OPEN
        )
        yield Case("one tone off", f"±{off} Hz", replace(base, offset_hz=(off, 0)), demand if off < 60 else OPEN)
    for on_ms in (3, 5, 7, 10, 15, 20, 25, 30, 35, 40, 60):
        demand = REFUSE if on_ms <= 7 else (ACCEPT if on_ms >= 40 else OPEN)  # operate < 32, operate + release < 80
        yield Case("duration", f"{on_ms} ms", replace(base, on_ms=on_ms), demand)
    for gap_ms in (3, 5, 7, 10, 15, 20, 30):
        demand = ACCEPT if gap_ms <= 7 else OPEN
        yield Case("gap inside a signal of 100 ms", f"{gap_ms} ms", replace(base, gap_ms=gap_ms), demand)
    for snr in (1, 3, 5, 7, 10, 13, 18):
        demand = ACCEPT if snr >= 18 else (ACCEPT_ONE if snr >= 13 else OPEN)
        yield Case("white noise", f"{snr} dB SNR", replace(base, snr_db=snr), demand)
    for cancelled in (False, True):
        for echo in (-10, 0, 6, 10, 14):
            # a far signal at -31.5 with ours coming back at -17.5 to -21.5 is within the texts; a canceller may help
            signal = replace(base, echo_db=echo, level_dbm0=-25, cancelled=cancelled)
            factor = "echo of our own signal" + (", ours with canceller" if cancelled else "")
            yield Case(factor, f"{echo:+} dB", signal, ACCEPT_ONE if echo <= 10 else OPEN)
    for level in (-31.5, -10):
        for twist in (-5, 5):
            signal = Signal(offset_hz=(10, -10), twist_db=twist, weaker_dbm0=level, on_ms=50, snr_db=18)
            yield Case("corner: ±10 Hz, SNR 18, 50 ms", f"{level} {twist:+} dB", signal, ACCEPT)


def timing(random: Random, count: int) -> str:
    """A table of operate and release times."""
    lines = [
        "### MFC: operate and release times",
        "",
        "| direction | receiver | operate ms, mean (max) | release | sum, max |",
    ]
    lines.append("|---|---|---|---|---|")
    for direction in ("forward", "backward"):
        made = [trial(random, direction, index, Signal()) for index in range(count)]
        begins, audio = [], []
        for wave, _ in made:
            at = int(random.integers(TICK_SAMPLES))
            row = np.zeros(-(-(len(wave) + TICK_SAMPLES) // TICK_SAMPLES) * TICK_SAMPLES)
            row[at : at + len(wave)] = wave
            audio.append(through(row + noise(random, row.shape, -60), "A-law"))
            begins.append(at + milliseconds(LEAD_MS))
        told = listen(np.array(audio), COUNTRY, partial(arm, direction))
        both = [
            ([at for at, f in each if isinstance(f, MfcOn)], [at for at, f in each if isinstance(f, MfcOff)])
            for each in told
        ]
        lines.append(_timed(direction, "ours, 20 ms frames", begins, both))
        for block, name in ((160, "spandsp, 20 ms frames"), (8, "spandsp, 1 ms steps")):
            events = [Mfc(direction).hear(row, block) for row in audio]
            both = [([at for at, w in each if w], [at for at, w in each if not w]) for each in events]
            lines.append(_timed(direction, name, begins, both))
    return "\n".join(lines) + "\n"


def _timed(direction: str, name: str, begins: list[int], told: list[tuple[list[int], list[int]]]) -> str:
    length = milliseconds(100)
    whole = [(b, on[0], off[0]) for b, (on, off) in zip(begins, told, strict=True) if len(on) == 1 and len(off) == 1]
    operate = np.array([on - b for b, on, _ in whole]) * 1000 / RATE_HZ
    release = np.array([off - b - length for b, _, off in whole]) * 1000 / RATE_HZ
    if not whole:
        return f"| {direction} | {name} | none | none | none |"
    return (
        f"| {direction} | {name} | {operate.mean():.1f} ({operate.max():.1f}) | {release.mean():.1f} ({release.max():.1f}) "
        f"| {(operate + release).max():.1f} |"
    )


def main() -> int:
    chosen = options(__doc__ or "", 400, 90)
    random = np.random.default_rng(chosen.seed)
    matrix = Matrix("MFC", f"{chosen.trials} trials a cell, seed {chosen.seed}, 20 ms frames for both.")
    order: dict[str, int] = {}
    for direction in ("forward", "backward"):
        for case in sorted(cases(), key=lambda case: order.setdefault(case.factor, len(order))):
            if chosen.only in case.factor:
                matrix.add(run(direction, case, random, chosen.trials))
    status = finish([matrix], chosen.out)
    if chosen.only:
        return status
    times = timing(random, chosen.trials)
    print(f"\n{times}")
    if chosen.out is not None:
        with chosen.out.open("a", encoding="utf-8") as file:
            file.write(times)
    return status


if __name__ == "__main__":
    sys.exit(main())
