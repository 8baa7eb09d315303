"""Prompts as samples: silence cut, level set; the beep of a missing prompt and the music. int16 (n,), 8 kHz mono."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from dsp.levels import FULL_SCALE, RATE_HZ, amplitude, power, samples, to_int16

SPEECH_DBM0: Final = -16.0  # active level; hospital-domain §9 asks for -20 +-1 dBFS, which is -16.9 +-1 dBm0
PEAK_MAX: Final = 0.7 * FULL_SCALE  # -3 dBFS: the sum with another source must not saturate
GAIN_MAX: Final = 30.0  # assumed: beyond it a recording is noise, not a quiet voice
QUIET_DB: Final = 35.0  # below the loudest frame: pause between words  # assumed: rooms are quieter than that
FRAME: Final = samples(10)
HEAD_MS, TAIL_MS, PAUSE_MS = 20, 80, 400  # §9: tail silence <= 80 ms; assumed: no pause inside needs more than 400 ms

BEEP_HZ: Final = 330.0  # no DTMF, no 450 Hz of the tone plan
BEEP_MS: Final = 200
MUSIC_DBM0: Final = -22.0  # assumed: clearly below speech, clearly there
CHORDS_HZ: Final = (  # D and G chords around busy tone (450 Hz) and below DTMF (697 Hz and up); calm on purpose
    (293.66, 349.23, 587.33),
    (261.63, 329.63, 659.26),
    (246.94, 293.66, 587.33),
    (220.00, 261.63, 659.26),
)
CHORD_S: Final = 4.0
RISE_S: Final = 1.2


def conditioned(wave: NDArray[np.int16]) -> NDArray[np.int16]:
    """Silence at both ends and long pauses cut, active level SPEECH_DBM0 as far as peaks allow. Silence stays empty."""
    frames = _frames(wave)
    if not frames.size:
        return np.zeros(0, np.int16)
    energy = (frames.astype(np.float64) ** 2).mean(axis=1)
    active = energy > max(float(energy.max()) / 10 ** (QUIET_DB / 10), 1.0)
    if not active.any():
        return np.zeros(0, np.int16)
    kept = frames[_kept(active)].reshape(-1).astype(np.float64)
    gain = min(np.sqrt(power(SPEECH_DBM0) / energy[active].mean()), PEAK_MAX / max(np.abs(kept).max(), 1.0), GAIN_MAX)
    return to_int16(kept * gain)


def _frames(wave: NDArray[np.int16]) -> NDArray[np.int16]:
    whole = -(-wave.size // FRAME) * FRAME
    return np.pad(wave, (0, whole - wave.size)).reshape(-1, FRAME)


def _kept(active: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Frames that stay: active ones, HEAD_MS before the first, TAIL_MS behind the last, PAUSE_MS of each pause."""
    head, tail, pause = (samples(ms) // FRAME for ms in (HEAD_MS, TAIL_MS, PAUSE_MS))
    speech, index = np.flatnonzero(active), np.arange(active.size)
    last = np.maximum.accumulate(np.where(active, index, -active.size - pause))
    kept = index - last <= pause
    kept[max(speech[0] - head, 0) : speech[0]] = True
    kept[speech[-1] + 1 + tail :] = False
    return np.asarray(kept)


def beep() -> NDArray[np.int16]:
    """Stands for a prompt that is missing: short, soft, and nothing that a detector knows."""
    wave = np.sin(2 * np.pi * BEEP_HZ * np.arange(samples(BEEP_MS)) / RATE_HZ)
    return to_int16(wave * np.hanning(wave.size) * amplitude(SPEECH_DBM0))


def music() -> NDArray[np.int16]:
    """16 s of calm chords, to be looped: each fades to silence before the next."""
    return np.concatenate([_chord(notes) for notes in CHORDS_HZ])


def _chord(notes_hz: tuple[float, ...]) -> NDArray[np.int16]:
    time = np.arange(round(CHORD_S * RATE_HZ)) / RATE_HZ
    rise = 0.5 - 0.5 * np.cos(np.pi * np.clip(time / RISE_S, 0, 1))
    fall = 0.5 - 0.5 * np.cos(np.pi * np.clip((CHORD_S - time) / RISE_S, 0, 1))
    wave = sum((np.sin(2 * np.pi * note * time) for note in notes_hz), np.zeros(time.size))
    return to_int16(wave * rise * fall * amplitude(MUSIC_DBM0) / np.sqrt(len(notes_hz)))
