"""False digits, tones and fax tones on hours of speech and music, ours and spandsp's on the same audio.

    python benchmarks/talkoff.py [--cache FOLDER] [--gain 0] [--hours H] [--chinese 1.0] [--out FILE.md]

Material: recorded prompts (English, Spanish, French, Italian, Russian), letters and syllables by many speakers, vocoder test
speech and hold music out of Debian packages, which are downloaded
and unpacked into the cache folder and never installed, and Chinese by espeak-ng. Files follow each other with 100 ms of silence
between (files named after tones are left out). Rows of ten minutes are heard side by side. All receivers are armed but the register receivers, which are counted apart.
"""

import argparse
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np
import soundfile
from material import CACHE, chinese
from numpy.typing import NDArray
from spandsp import ANS, CNG, Dtmf, Fax, Mfc, Progress
from trials import Rows, listen, milliseconds, plan

from dsp import wav
from dsp.detections import CallerId, DigitOn, FaxTone, MfcOn, ToneOn
from dsp.ears import Ears
from dsp.levels import RATE_HZ, TICK_SAMPLES
from dsp.resample import to_8khz

PACKAGES: Final = {
    "en": "asterisk-core-sounds-en-wav",
    "es": "asterisk-core-sounds-es-wav",
    "fr": "asterisk-core-sounds-fr-wav",
    "it": "asterisk-core-sounds-it-wav",
    "ru": "asterisk-core-sounds-ru-wav",
    "it, 2nd voice": "asterisk-prompt-it-menardi-wav",
    "letters, syllables": "klettres-data",
    "vocoder tests": "codec2-examples",
    "music": "asterisk-moh-opsound-wav",
}
ROW_S: Final = 600
TONAL: Final = ("beep", "tone", "dtmf", "ring", "silence", "zip")  # files that hold tones on purpose


def unpacked(name: str, cache: Path) -> Path:
    """The package's files. Ends the program with a word when it cannot be had."""
    folder = cache / name
    if folder.is_dir():
        return folder
    cache.mkdir(parents=True, exist_ok=True)
    archive = next(cache.glob(f"{name}_*.deb"), None)
    if archive is None:
        done = subprocess.run(["apt-get", "download", name], cwd=cache, capture_output=True, text=True, check=False)
        archive = next(cache.glob(f"{name}_*.deb"), None)
        if archive is None:
            sys.exit(
                f"{name} cannot be downloaded; is this Debian, has apt-get update been run?\n{done.stderr.strip()}"
            )
    part = folder.with_suffix(".part")
    subprocess.run(["dpkg-deb", "-x", str(archive), str(part)], check=True)
    part.rename(folder)
    return folder


def material(kind: str, cache: Path, chinese_hours: float) -> NDArray[np.int16]:
    """(n,): all of one kind, one file behind the other."""
    if kind == "zh":
        return chinese(chinese_hours * 3600, cache / "chinese")
    gap = np.zeros(milliseconds(100), np.int16)
    parts: list[NDArray[np.int16]] = []
    for file in sorted(unpacked(PACKAGES[kind], cache).rglob("*")):
        if file.suffix in {".wav", ".ogg"} and not file.is_symlink() and not any(word in file.stem for word in TONAL):
            parts += [*samples(file), gap]
    return np.concatenate(parts)


def samples(file: Path) -> Iterator[NDArray[np.int16]]:
    """Nothing of a file that holds none."""
    try:
        if file.suffix == ".wav":
            yield wav.read(file).samples
        else:
            wave, rate_hz = soundfile.read(file, dtype="int16", always_2d=True)
            yield to_8khz(wave[:, 0], rate_hz)
    except (wav.NotAudio, soundfile.LibsndfileError) as why:
        print(f"    left out: {why}", file=sys.stderr)


def rows(wave: NDArray[np.int16]) -> Rows:
    length = min(ROW_S * RATE_HZ, -(-len(wave) // TICK_SAMPLES) * TICK_SAMPLES)
    count = -(-len(wave) // length)
    padded = np.zeros(count * length, np.int16)
    padded[: len(wave)] = wave
    return padded.reshape(count, length)


def arm(ears: Ears, row: int) -> None:
    ears.arm(row, fax=True, caller_id=True)
    ears.mfc.armed[:, row] = True  # both ways, only to count; a product arms one, in the register phase


def ours(audio: Rows) -> Iterator[tuple[int, int, str, str]]:
    """(row, sample, kind, word) of each false event."""
    for row, each in enumerate(listen(audio, COUNTRY, arm)):
        for at, found in each:
            match found:
                case DigitOn(digit=digit):
                    yield row, at, "digits", digit
                case ToneOn(tone=tone):
                    yield row, at, "progress", tone
                case FaxTone(fax=fax):
                    yield row, at, "fax", fax
                case MfcOn(direction=direction, signal=signal):
                    yield row, at, f"MFC {direction}", str(signal)
                case CallerId(number=number, method=method):
                    yield row, at, "caller id", f"{method} {number}"


def theirs(audio: Rows) -> Iterator[tuple[int, int, str, str]]:
    for row, wave in enumerate(audio):
        receivers = {
            "digits": [Dtmf()],
            "digits, filter on": [Dtmf(dialtone_filter=True)],
            "progress": [Progress(COUNTRY)],
            "fax": [Fax(CNG), Fax(ANS)],
            "MFC forward": [Mfc("forward")],
            "MFC backward": [Mfc("backward")],
        }
        for kind, several in receivers.items():
            for receiver in several:
                yield from ((row, at, kind, word) for at, word in receiver.hear(wave) if word)


COUNTRY: Final = plan()
KINDS: Final = ("digits", "digits, filter on", "progress", "fax", "caller id")
COUNTED_APART: Final = ("MFC forward", "MFC backward")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cache", type=Path, default=CACHE, help=f"folder for packages and speech ({CACHE})")
    parser.add_argument("--chinese", type=float, default=1.0, help="hours of espeak-ng Chinese (1.0)")
    parser.add_argument("--gain", type=float, nargs="*", default=[0.0], help="dB; several give several runs (0)")
    parser.add_argument("--only", nargs="*", default=[*PACKAGES, "zh"], help="kinds of material")
    parser.add_argument("--out", type=Path, help="write the table to this file (markdown)")
    chosen = parser.parse_args()
    lines = ["### Talk-off", "", f"| material | hours | gain | receiver | {' | '.join((*KINDS, *COUNTED_APART))} |"]
    lines.append("|---|---|---|---|" + "---|" * len((*KINDS, *COUNTED_APART)))
    total: dict[str, Counter[str]] = {"ours": Counter(), "spandsp": Counter()}
    hours = 0.0
    for kind in chosen.only:
        wave = material(kind, chosen.cache, chosen.chinese)
        long = len(wave) / RATE_HZ / 3600
        for gain in chosen.gain:
            hours += long
            loud = np.clip(np.rint(wave * 10 ** (gain / 20)), -32768, 32767).astype(np.int16) if gain else wave
            audio = rows(loud)
            for name, hear in (("ours", ours), ("spandsp", theirs)):
                found = list(hear(audio))
                counts = Counter(what for _, _, what, _ in found)
                total[name] += counts
                lines.append(
                    f"| {kind} | {long:.2f} | {gain:+g} | {name} | {' | '.join(str(counts[k]) for k in (*KINDS, *COUNTED_APART))} |"
                )
                print(lines[-1], flush=True)
                for row, at, what, word in [event for event in found if event[2] in {"digits", "fax", "caller id"}][
                    :20
                ]:
                    print(f"    {what} {word} at row {row}, {at / RATE_HZ:.2f} s")
    for name, counts in total.items():
        rates = " | ".join(f"{counts[kind]} ({counts[kind] / hours:.2f}/h)" for kind in (*KINDS, *COUNTED_APART))
        lines.append(f"| all | {hours:.2f} | | {name} | {rates} |")
        print(lines[-1])
    if chosen.out is not None:
        chosen.out.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return int(any(total["ours"][kind] for kind in KINDS))


if __name__ == "__main__":
    sys.exit(main())
