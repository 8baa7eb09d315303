"""DTMF receivers under every factor that the standards name, ours and spandsp's on the same audio.

    python benchmarks/dtmf_matrix.py [--trials 400] [--quick] [--only twist] [--out FILE.md]

Base: -10 dBm0 each tone, 50 ms on, 60 to 80 ms off, no noise, random phases, random place in the 20 ms frames. Level is
of the stronger tone; SNR is both tones together against white noise of 0 to 4 kHz. A hit is exactly one event, the right one.
"""

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np
from spandsp import Dtmf
from trials import (
    ACCEPT,
    ACCEPT_ONE,
    OPEN,
    REFUSE,
    REFUSE_ONE,
    Cell,
    Codec,
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
    options,
    plan,
    stack,
)

from dsp.detections import DigitOn
from dsp.levels import RATE_HZ, dbm0, power
from dsp.tones import FREQUENCIES_HZ, KEYS

PEERS: Final[dict[str, Callable[[], Dtmf]]] = {
    "spandsp": Dtmf,
    "sp.filter": lambda: Dtmf(dialtone_filter=True),
    "sp.wide": lambda: Dtmf(dialtone_filter=True, parms=(10, 10)),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Press:
    """One trial. Offsets are shares, levels dBm0 of the stronger tone, twist high minus low in dB."""

    offset: tuple[float, float] = (0.0, 0.0)
    twist_db: float = 0.0
    level_dbm0: float = -10.0
    weaker_dbm0: float | None = None  # level of the weaker tone instead
    on_ms: float = 50
    off_ms: float | None = None  # None: 60 to 80
    gap_ms: float = 0
    snr_db: float | None = None
    codec: Codec = ""
    dial_db: float | None = None  # 450 Hz all through, relative to the stronger tone
    presses: int = 1  # the same key again
    string: int = 1  # different keys
    signs: bool = False  # offsets with random common sign
    echo_db: float | None = None  # Q.24: an echo that late and weak
    dc: float = 0.0
    keys: str = KEYS

    def levels(self) -> tuple[float, float]:
        top = self.level_dbm0
        if self.weaker_dbm0 is not None:
            top = self.weaker_dbm0 + abs(self.twist_db)
        return (top - max(self.twist_db, 0), top - max(-self.twist_db, 0))


@dataclass(frozen=True, slots=True)
class Case:
    factor: str
    value: str
    press: Press
    demand: Demand = OPEN
    marks: tuple[str, ...] = field(default=())


def tones(random: Random, key: str, press: Press) -> Wave:
    t = np.arange(milliseconds(press.on_ms)) / RATE_HZ
    sign = random.choice((-1, 1)) if press.signs else 1
    wave = np.zeros(len(t))
    for hz, off, level in zip(FREQUENCIES_HZ[key], press.offset, press.levels(), strict=True):
        phase = random.uniform(0, 2 * np.pi)
        wave += amplitude_of(level) * np.sin(2 * np.pi * hz * (1 + sign * off) * t + phase)
    if press.gap_ms:
        gap = milliseconds(press.gap_ms)
        edge = min(milliseconds(20), (len(t) - gap) // 2)
        begin = int(random.integers(edge, len(t) - gap - edge + 1))
        wave[begin : begin + gap] = 0
    return wave


def trial(random: Random, index: int, press: Press) -> tuple[Wave, str]:
    """The audio and the digits in it."""
    first = press.keys[index % len(press.keys)]
    digits = first * press.presses
    digits += "".join(random.choice(list(press.keys)) for _ in range(press.string - 1))
    parts = [np.zeros(milliseconds(100))]
    for key in digits:
        off_ms = random.uniform(60, 80) if press.off_ms is None else press.off_ms
        parts += [tones(random, key, press), np.zeros(milliseconds(off_ms))]
    parts.append(np.zeros(milliseconds(100)))
    wave = np.concatenate(parts)
    if press.echo_db is not None:
        late = milliseconds(20)
        wave[late:] += wave[:-late] * 10 ** (press.echo_db / 20)
    if press.dial_db is not None:
        t = np.arange(len(wave)) / RATE_HZ
        level = max(press.levels()) + press.dial_db
        wave += amplitude_of(level) * np.sin(2 * np.pi * 450 * t + random.uniform(0, 2 * np.pi))
    return wave + press.dc, digits


def rows(random: Random, press: Press, count: int) -> tuple[Rows, list[str]]:
    made = [trial(random, index, press) for index in range(count)]
    floor = None
    if press.snr_db is not None:
        floor = dbm0(sum(power(level) for level in press.levels())) - press.snr_db
    return stack(random, [wave for wave, _ in made], codec=press.codec, noise_dbm0=floor), [text for _, text in made]


def run(case: Case, random: Random, count: int) -> Cell:
    audio, digits = rows(random, case.press, count)
    heard = {
        "ours": [[found.digit for _, found in told if isinstance(found, DigitOn)] for told in listen(audio, COUNTRY)]
    }
    for name, make in PEERS.items():
        heard[name] = [[word for _, word in make().hear(row)] for row in audio]
    scores = {}
    for name, each in heard.items():
        score = scores[name] = Score()
        for said, wanted in zip(each, digits, strict=True):
            if case.demand.kind == "refuse":
                score.add_refused(said)
            else:
                score.add(said, list(wanted))
    return Cell(case.factor, case.value, case.demand, scores)


COUNTRY: Final = plan()
BASE: Final = Press()


def cases() -> Iterator[Case]:
    yield from _frequency()
    yield from _level()
    yield from _time()
    yield from _disturbance()
    yield from _corners()


def _frequency() -> Iterator[Case]:
    def demand(percent: float) -> Demand:
        if percent <= 1.8:
            return ACCEPT if percent <= 1.5 else ACCEPT_ONE  # 1.5 everybody; 1.8 GB/T receivers, NTT, Brazil
        if percent >= 3.5:
            return REFUSE
        return REFUSE_ONE if percent >= 3.0 else OPEN  # 3.0 GB/T, NTT, Brazil

    for percent in (0, 1.0, 1.5, 1.8, 2.0, 2.25, 2.5, 3.0, 3.5, 4.0):
        press = replace(BASE, offset=(percent / 100, percent / 100), signs=True)
        yield Case("both tones off, same sign", f"±{percent} %", press, demand(percent))
    for percent in (1.0, 1.5, 1.8, 2.0, 2.5, 3.0, 3.5, 4.0):
        press = replace(BASE, offset=(percent / 100, -percent / 100), signs=True)
        yield Case("tones off in opposite sign", f"±{percent} %", press, demand(percent))
    for tone in (0, 1):
        for percent in (1.5, 1.8, 2.0, 2.5, 3.0, 3.5, 4.0):
            for sign in (-1, 1):
                off = sign * percent / 100
                press = replace(BASE, offset=(off, 0.0) if tone == 0 else (0.0, off))
                yield Case(
                    f"only the {('low', 'high')[tone]} tone off", f"{sign * percent:+} %", press, demand(percent)
                )
    for on_ms in (40, 50, 100, 200, 500):
        press = replace(BASE, offset=(0.015, 0.015), signs=True, on_ms=on_ms)
        yield Case("±1.5 % on both, key held", f"{on_ms} ms", press, ACCEPT)
    for on_ms in (40, 100, 500):
        press = replace(BASE, offset=(0.035, 0.035), signs=True, on_ms=on_ms)
        yield Case("±3.5 % on both, key held", f"{on_ms} ms", press, REFUSE)


def _level() -> Iterator[Case]:
    for twist in (-12, -10, -9, -8, -7, -6, -4, 0, 2, 3, 4, 5, 6, 8, 9, 10, 12):
        demand = OPEN
        if -8 <= twist <= 6:
            demand = ACCEPT if -5 <= twist <= 4 else ACCEPT_ONE  # AT&T -8...+4, NTT ±5, GB/T ±6
        yield Case("high minus low", f"{twist:+} dB", replace(BASE, twist_db=twist), demand)
    for level in (-60, -56, -50, -46, -43, -42, -41, -40, -36, -32, -30, -27, -25, -20, -10, -5, -4, -3, 0, 3):
        demand = OPEN
        if level < -55:
            demand = REFUSE  # AT&T; NTT -29 and GB/T -31 are settings of an operator
        elif -25 <= level <= 0:
            demand = ACCEPT
        elif level >= -40:
            demand = ACCEPT_ONE  # Australia -27; the rest is our own claim
        yield Case("level", f"{level:+} dBm0", replace(BASE, level_dbm0=level), demand)
    for codec in ("A-law", "µ-law"):
        for level in (-42, -40, -36, -30, -20, -10, 0, 3):
            demand = ACCEPT if -25 <= level <= 0 else (ACCEPT_ONE if level >= -40 else OPEN)
            yield Case(
                f"level through {codec}", f"{level:+} dBm0", replace(BASE, level_dbm0=level, codec=codec), demand
            )


def _time() -> Iterator[Case]:
    for on_ms in (10, 15, 17.5, 19, 20, 22.5, 25, 27.5, 30, 32.5, 35, 37.5, 40, 45, 60):
        demand = OPEN
        if on_ms <= 20:
            demand = REFUSE  # GB/T and Brazil < 20, AT&T < 23, NTT < 24
        elif on_ms <= 22.5:
            demand = REFUSE_ONE
        elif on_ms >= 40:
            demand = ACCEPT
        yield Case("duration", f"{on_ms} ms", replace(BASE, on_ms=on_ms), demand)
    for off_ms in (5, 10, 15, 20, 25, 30, 40):
        demand = ACCEPT if off_ms >= 40 else (ACCEPT_ONE if off_ms >= 30 else OPEN)  # 40 all, 30 NTT, Brazil
        for factor, press in (
            ("six random keys", replace(BASE, string=6)),
            ("the same key five times", replace(BASE, presses=5)),
        ):
            yield Case(f"pause, {factor}", f"{off_ms} ms", replace(press, off_ms=off_ms), demand)
    both = replace(BASE, on_ms=40, off_ms=40)
    yield Case("40 ms on and 40 ms off", "10 random keys", replace(both, string=10), ACCEPT)
    yield Case("40 ms on and 40 ms off", "same key 10 times", replace(both, presses=10), ACCEPT)
    for gap_ms in (3, 5, 8, 10, 12, 15, 20, 30):
        demand = ACCEPT if gap_ms <= 10 else OPEN  # all; Australia 12, Denmark 20
        for on_ms in (60, 120):
            press = replace(BASE, on_ms=on_ms, gap_ms=gap_ms)
            yield Case(f"gap inside a digit of {on_ms} ms", f"{gap_ms} ms", press, demand)
    for on_ms in (500, 1000, 3000):
        yield Case("long key", f"{on_ms} ms", replace(BASE, on_ms=on_ms), ACCEPT)
    for echo_db in (-15, -10):
        yield Case("echo 20 ms late (Q.24)", f"{echo_db} dB", replace(BASE, echo_db=echo_db), ACCEPT)
        press = replace(both, echo_db=echo_db, presses=5)
        yield Case("echo 20 ms late, 40/40 ms, same key 5 times", f"{echo_db} dB", press, ACCEPT)


def _disturbance() -> Iterator[Case]:
    for on_ms in (40, 50, 100):
        for snr in (4, 6, 7, 8, 10, 11, 12, 15, 20):
            demand = ACCEPT if snr >= 15 else (ACCEPT_ONE if snr >= 10 else OPEN)  # no text below 15; 10 is our claim
            press = replace(BASE, snr_db=snr, on_ms=on_ms)
            yield Case(f"white noise, {on_ms} ms", f"{snr} dB SNR", press, demand)
    for snr in (8, 10, 12, 15):
        press = replace(BASE, snr_db=snr, on_ms=40, level_dbm0=-25, codec="A-law")
        yield Case("white noise, 40 ms, -25 dBm0, A-law", f"{snr} dB SNR", press, ACCEPT_ONE if snr >= 10 else OPEN)
    for dial_db in (-8, -6, -3, 0, 3, 6):
        press = replace(BASE, dial_db=dial_db)
        yield Case("450 Hz under the digit", f"{dial_db:+} dB", press, ACCEPT if dial_db <= 0 else OPEN)
    for dc in (200, 1000):
        yield Case("DC offset, -20 dBm0", f"{dc}", replace(BASE, dc=dc, level_dbm0=-20), OPEN)


def _corners() -> Iterator[Case]:
    for on_ms in (40, 50):
        for twist in (-8, -4, 0, 4, 6, 8):
            press = Press(
                offset=(0.015, 0.015),
                signs=True,
                twist_db=twist,
                weaker_dbm0=-20,
                snr_db=20,
                codec="A-law",
                on_ms=on_ms,
            )
            demand = ACCEPT if -5 <= twist <= 4 else (ACCEPT_ONE if twist <= 6 else OPEN)
            yield Case(f"corner: ±1.5 %, -20 dBm0, A-law, SNR 20, {on_ms} ms", f"{twist:+} dB", press, demand)
    china = Press(offset=(0.015, 0.015), signs=True, twist_db=6, weaker_dbm0=-23, on_ms=40, off_ms=40)
    yield Case("corner: China", "-23 +6 dB 1.5 %", china, ACCEPT)
    for twist in (-6, 6):
        press = replace(china, offset=(0.018, -0.018), twist_db=twist, codec="A-law")
        yield Case("corner: China's receiver, 40/40, A-law", f"1.8 % {twist:+} dB", press, ACCEPT)
    for twist in (-8, 4):
        press = replace(china, offset=(0.015, -0.015), twist_db=twist, weaker_dbm0=-25, codec="µ-law")
        yield Case("corner: AT&T's receiver, 40/40, µ-law", f"1.5 % {twist:+} dB", press, ACCEPT)
    for twist in (-8, 0, 6):
        for snr in (10, 15, 20):
            press = Press(
                offset=(0.018, 0.018), signs=True, twist_db=twist, weaker_dbm0=-25, codec="A-law", on_ms=40, snr_db=snr
            )
            yield Case(f"all at once: 1.8 %, -25 dBm0, 40 ms, A-law, {twist:+} dB", f"{snr} dB SNR", press, OPEN)
    press = Press(level_dbm0=-20, codec="A-law", snr_db=20, on_ms=40, dial_db=0, twist_db=2)
    yield Case("corner: dial tone at 0 dB, SNR 20, 40 ms", "+2 dB", press, OPEN)


class _Order:
    """Cases of a factor stand together, factors in the order of their first case."""

    def __init__(self) -> None:
        self._places: dict[str, int] = {}

    def __call__(self, case: Case) -> int:
        return self._places.setdefault(case.factor, len(self._places))


def main() -> int:
    chosen = options(__doc__ or "", 400, 96)
    random = np.random.default_rng(chosen.seed)
    matrix = Matrix(
        "DTMF",
        f"{chosen.trials} trials a cell, seed {chosen.seed}. `sp.filter`: with its dial-tone filter; `sp.wide`: filter on and "
        "twist limits of 10 and 10 dB instead of its own.",
    )
    for case in sorted(cases(), key=_Order()):
        if chosen.only in case.factor:
            matrix.add(run(case, random, chosen.trials))
    return finish([matrix], chosen.out)


if __name__ == "__main__":
    sys.exit(main())
