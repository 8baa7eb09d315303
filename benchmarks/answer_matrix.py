"""Who answers a call of ours: how soon a voice is told, what is taken for one, how soon ringback is told to have ended.

    python benchmarks/answer_matrix.py [--trials 70] [--quick] [--only TEXT] [--seed 1] [--out FILE.md]

A trial is two bursts of ringback at -15 dBm0 and, somewhere in the pause or in the next burst, which then stops, a person who
says a greeting by espeak-ng, seven voices; A-law. The delay counts from the first 10 ms within 25 dB of the loudest. What must
be no voice is an hour of each kind, sixty rows of a minute, each with its own frequency and cadence within the standard's
tolerance, level and noise. Exit status 0: nobody was missed, half of them were told within 200 ms and 95 % within 300 ms, and
nothing else was taken for a voice.
"""

import argparse
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import numpy as np
from material import CACHE, VOICES
from numpy.typing import NDArray
from trials import PLAN_FILE, Random, Rows, Wave, amplitude_of, listen, milliseconds, noise, plan, through

from dsp import wav
from dsp.detections import ToneOff, ToneOn, VoiceOn
from dsp.ears import Ears
from dsp.levels import RATE_HZ, TICK_SAMPLES, power
from dsp.tones import keys, render

assert PLAN_FILE.exists()
COUNTRY: Final = plan()
GREETINGS: Final = ("喂", "喂？", "喂，您好", "你好", "哪位")
RINGBACK_DBM0: Final = -15.0
CALLER_DBM0_MIN: Final = -30  # below, figures are for information
GOAL_MS: Final = 200.0
MOST_MS: Final = 300.0
HOUR_ROWS: Final = 60
HOUR_S: Final = 60
LEVELS: Final = (-5, -15, -25, -30, -35)
NOISES: Final = (-65, -55, -45)


def voice_of(ears: Ears, row: int) -> None:
    ears.arm(row, voice=True, fax=True)


# --- who answers ------------------------------------------------------------------------------------------------------


def greetings() -> list[Wave]:
    """Each greeting by each voice, at its own level."""
    if shutil.which("espeak-ng") is None:
        sys.exit("espeak-ng is not there. On Debian: apt-get install espeak-ng")
    folder = CACHE / "greetings"
    folder.mkdir(parents=True, exist_ok=True)
    made = []
    for variant, pitch in dict.fromkeys((variant, pitch) for variant, pitch, _ in VOICES):
        for number, text in enumerate(GREETINGS):
            file = folder / f"cmn{variant}-{pitch}-{number}.wav"
            if not file.exists():
                words = ["espeak-ng", "-v", f"cmn{variant}", "-p", str(pitch), "-s", "160", "-w", str(file), text]
                subprocess.run(words, check=True, capture_output=True)
            made.append(wav.read(file).samples.astype(np.float64))
    return made


def at_level(wave: Wave, level_dbm0: float) -> tuple[Wave, int]:
    """Scaled so that what is said has this mean level; where it begins."""
    short = np.convolve(wave**2, np.ones(80) / 80, "same")
    said = wave[short > short.max() * 1e-3]
    scaled = wave * np.sqrt(power(level_dbm0) / np.mean(said**2))
    return scaled, int(np.argmax(short > short.max() * 10**-2.5))


def answered(random: Random, words: Wave, *, in_burst: bool) -> tuple[Wave, int]:
    """A call that is answered; where."""
    t = np.arange(20 * RATE_HZ) / RATE_HZ
    ringing = amplitude_of(RINGBACK_DBM0) * np.sin(2 * np.pi * 450 * t) * (t % 5 < 1)
    at = round((10 + random.uniform(0.2, 0.8) if in_burst else 6 + random.uniform(0.3, 3.5)) * RATE_HZ)
    ringing[at:] = 0
    whole = ringing[: at + len(words) + RATE_HZ]
    whole[at : at + len(words)] += words
    return whole, at


def rows_of(waves: list[Wave], random: Random, noise_dbm0: float) -> Rows:
    length = -(-max(map(len, waves)) // TICK_SAMPLES) * TICK_SAMPLES
    rows = np.stack([np.pad(wave, (0, length - len(wave))) for wave in waves])
    return through(rows + noise(random, rows.shape, noise_dbm0), "A-law")


def delays(
    random: Random, count: int, level: float, noise_dbm0: float, *, in_burst: bool
) -> tuple[list[float], list[float]]:
    """ms from the beginning of what is said to VoiceOn and to ToneOff of ringback; inf: never."""
    said = greetings()
    waves, begins = [], []
    for number in range(count):
        words, begin = at_level(said[number % len(said)], level)
        wave, at = answered(random, words, in_burst=in_burst)
        lead = int(random.integers(TICK_SAMPLES))
        waves.append(np.concatenate([np.zeros(lead), wave]))
        begins.append(lead + at + begin)
    told = listen(rows_of(waves, random, noise_dbm0), COUNTRY, voice_of, tail_ticks=0)
    voice, over = [], []
    for begin, events in zip(begins, told, strict=True):
        early = [at for at, found in events if isinstance(found, VoiceOn) and at < begin]
        on = [at for at, found in events if isinstance(found, VoiceOn) and at >= begin]
        off = [at for at, found in events if isinstance(found, ToneOff) and found.tone == "ringback"]
        voice.append((on[0] - begin) * 1000 / RATE_HZ if on and not early else float("inf"))
        over.append((off[0] - begin) * 1000 / RATE_HZ if off else float("inf"))
    return voice, over


# --- what is none -----------------------------------------------------------------------------------------------------


def gated(random: Random, cadence_ms: tuple[int, ...]) -> NDArray[np.bool_]:
    """A minute of on and off, each duration up to 10 % off."""
    gate = np.zeros(HOUR_S * RATE_HZ, np.bool_)
    at, place = -int(random.integers(milliseconds(sum(cadence_ms)))), 0
    while at < gate.size:
        end = at + milliseconds(cadence_ms[place % len(cadence_ms)] * random.uniform(0.9, 1.1))
        if place % 2 == 0 and end > 0:
            gate[max(at, 0) : end] = True
        at, place = end, place + 1
    return gate


def tone_of(hz: float, tolerance_hz: float, cadence_ms: tuple[int, ...] = ()) -> Callable[[Random], Wave]:
    def make(random: Random) -> Wave:
        t = np.arange(HOUR_S * RATE_HZ) / RATE_HZ
        level = random.uniform(-40, 3)
        off = random.uniform(-tolerance_hz, tolerance_hz)
        wave = amplitude_of(level) * np.sin(2 * np.pi * (hz + off) * t + random.uniform(0, 6))
        return wave * gated(random, cadence_ms) if cadence_ms else wave

    return make


def ansam(random: Random) -> Wave:
    t = np.arange(HOUR_S * RATE_HZ) / RATE_HZ
    return tone_of(2100, 15)(random) * np.where(t % 0.9 < 0.45, 1, -1) * (1 + 0.2 * np.sin(2 * np.pi * 15 * t))


def hum(random: Random) -> Wave:
    t = np.arange(HOUR_S * RATE_HZ) / RATE_HZ
    strength = amplitude_of(random.uniform(-50, -20))
    return strength * (np.sin(2 * np.pi * 50 * t) + random.uniform(0, 0.7) * np.sin(2 * np.pi * 150 * t))


def comfort_noise(random: Random) -> Wave:
    """White or falling 6 dB an octave, of -50 to -25 dBm0, on and off by turns."""
    wave = random.normal(0, 1, HOUR_S * RATE_HZ)
    if random.random() < 0.5:
        wave = np.convolve(wave, 0.8 ** np.arange(24))[: wave.size]
    wave *= np.sqrt(power(random.uniform(-50, -25)) / np.mean(wave**2))
    return wave * gated(random, (2000, 700))


def pressed(random: Random) -> Wave:
    on, off, low = random.uniform(40, 400), random.uniform(40, 100), random.uniform(-30, -5)
    text = "".join(random.choice(list("0123456789*#ABCD"), round(HOUR_S * 1000 / (on + off)) + 1))
    wave = render(keys(text, on_ms=on, off_ms=off, low_dbm0=low, high_dbm0=low + random.uniform(-4, 6)))
    return wave[: HOUR_S * RATE_HZ].astype(np.float64)


def no_voices() -> Iterator[tuple[str, Callable[[Random], Wave]]]:
    for spec in COUNTRY.tones:
        if spec.listen:
            yield spec.name, tone_of(spec.frequencies_hz[0], spec.tolerance_hz, spec.cadence_ms)
    yield "CNG", tone_of(1100, 38, (500, 3000))
    yield "CED", tone_of(2100, 15, (3000, 1000))
    yield "ANSam", ansam
    yield "DTMF, 40 to 400 ms", pressed
    yield "noise by turns", comfort_noise
    yield "hum of 50 and 150 Hz", hum


def false_voices(random: Random, make: Callable[[Random], Wave], rows: int) -> int:
    """In so many rows of a minute."""
    count = 0
    for _ in range(0, rows, 10):
        waves = [make(random) for _ in range(10)]
        mixed = np.stack([wave + noise(random, wave.shape, random.uniform(-65, -45)) for wave in waves])
        told = listen(through(mixed, "A-law"), COUNTRY, voice_of, tail_ticks=0)
        count += sum(isinstance(found, VoiceOn) for events in told for _, found in events)
    return count


# --- ringback that ends -----------------------------------------------------------------------------------------------


def overdue(random: Random, count: int, speed: float, *, cut_s: float | None) -> tuple[list[float], int]:
    """ms from the end of the last burst to ToneOff, nobody speaks; how many were told more than once, or never.

    `cut_s`: the third burst is that long, else it does not come.
    """
    waves, ends = [], []
    for _ in range(count):
        t = np.arange(22 * RATE_HZ) / RATE_HZ
        gate = (t % (5 * speed) < speed) & (t < 9 * speed)
        end = 6 * speed
        if cut_s is not None:
            gate |= (t >= 10 * speed) & (t < 10 * speed + cut_s)
            end = 10 * speed + cut_s
        lead = int(random.integers(TICK_SAMPLES))
        waves.append(np.concatenate([np.zeros(lead), amplitude_of(RINGBACK_DBM0) * np.sin(2 * np.pi * 450 * t) * gate]))
        ends.append(lead + end * RATE_HZ)
    late, wrong = [], 0
    for end, events in zip(ends, listen(rows_of(waves, random, -55), COUNTRY, voice_of, tail_ticks=0), strict=True):
        off = [at for at, found in events if isinstance(found, ToneOff)]
        wrong += len(off) != 1 or sum(isinstance(found, ToneOn) for _, found in events) != 1
        late += [(at - end) * 1000 / RATE_HZ for at in off[:1]]
    return late, wrong


def spread(times: list[float]) -> str:
    told = [ms for ms in times if ms < float("inf")]
    if not told:
        return "never"
    text = f"{np.median(told):.0f}, 95 % {np.percentile(told, 95):.0f}, last {max(told):.0f}"
    return text if len(told) == len(times) else f"**{text}; {len(times) - len(told)} of {len(times)} never**"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trials", type=int, default=70)
    parser.add_argument("--quick", action="store_true", help="35 trials, six minutes of each kind")
    parser.add_argument("--only", default="", help="voice, false or ringback")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path)
    chosen = parser.parse_args()
    count, rows = (35, 10) if chosen.quick else (chosen.trials, HOUR_ROWS)
    random = np.random.default_rng(chosen.seed)
    text: list[str] = []
    failed = 0

    def say(*lines: str) -> None:
        text.extend(lines)
        print("\n".join(lines), flush=True)

    if chosen.only in "voice":
        say(
            "### A person answers",
            "",
            f"ms from the first sound to VoiceOn, {count} trials a cell, seed {chosen.seed}.",
            "",
        )
        say(
            "| level | " + " | ".join(f"noise {noise_dbm0} dBm0" for noise_dbm0 in NOISES) + " |",
            "|---|" + "---|" * len(NOISES),
        )
        over: dict[str, list[float]] = {"in the pause": [], "in a burst": []}
        for level in LEVELS:
            cells = []
            for noise_dbm0 in NOISES:
                half = [delays(random, count // 2, level, noise_dbm0, in_burst=burst) for burst in (False, True)]
                both = half[0][0] + half[1][0]
                over["in the pause"] += half[0][1]
                over["in a burst"] += half[1][1]
                if level >= CALLER_DBM0_MIN:
                    failed += (
                        max(both) == float("inf") or np.median(both) > GOAL_MS or np.percentile(both, 95) > MOST_MS
                    )
                cells.append(spread(both))
            say(f"| {level} dBm0 | {' | '.join(cells)} |")
        say("", "| ringback is told to have ended, ms from the first sound | all cells |", "|---|---|")
        for where, times in over.items():
            say(f"| answered {where} | {spread(times)} |")
        say("")
    if chosen.only in "false":
        say(
            "### What is no voice", "", f"VoiceOn in {rows} minutes of each, +3 to -40 dBm0, noise -65 to -45 dBm0.", ""
        )
        say("| | told |", "|---|---|")
        for name, make in no_voices():
            told = false_voices(random, make, rows)
            failed += told > 0
            say(f"| {name} | {told} |")
        say("")
    if chosen.only in "ringback":
        say(
            "### Ringback that ends and nobody speaks",
            "",
            f"ms from the end of its last burst to ToneOff, {count} trials.",
            "",
        )
        say("| | durations -10 % | as in the plan | +10 % |", "|---|---|---|---|")
        for name, cut_s in (
            ("the next burst does not come", None),
            ("a burst is cut after 300 ms", 0.3),
            ("after 800 ms", 0.8),
        ):
            cells = []
            for speed in (0.9, 1.0, 1.1):
                late, wrong = overdue(random, count, speed, cut_s=cut_s)
                failed += wrong
                cells.append(spread(late) + (f" **wrong: {wrong}**" if wrong else ""))
            say(f"| {name} | {' | '.join(cells)} |")
    if chosen.out is not None:
        chosen.out.write_text("\n".join(text) + "\n", encoding="utf-8")
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
