"""A voice for the exchange's announcements, without words: syllables with pitch, vowels and pauses. Always the same."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from dsp.levels import RATE_HZ, power, to_int16

LEVEL_DBM0: Final = -16.0  # assumed: mean level of a recorded announcement while it speaks
SYLLABLE_S: Final = 0.24  # Chinese is spoken at some four syllables a second
SPEAKING_S: Final = 0.19
WORDS: Final = (4, 5, 3, 6)  # syllables between two pauses
PAUSE_S: Final = 0.4  # assumed
VOWELS_HZ: Final = ((730.0, 1090.0), (270.0, 2290.0), (300.0, 870.0), (530.0, 1840.0), (570.0, 840.0))  # a i u e o
WIDTH_HZ: Final = 90.0


def announcement() -> NDArray[np.int16]:
    """(n,) linear PCM, 8 kHz, some six seconds."""
    said = []
    number = 0
    for syllables in WORDS:
        for _ in range(syllables):
            said.append(_syllable(number))
            number += 1
        said.append(np.zeros(round(PAUSE_S * RATE_HZ)))
    wave = np.concatenate(said)
    return to_int16(wave * np.sqrt(power(LEVEL_DBM0) / np.mean(wave[wave != 0] ** 2)))


def _syllable(number: int) -> NDArray[np.float64]:
    """A vowel whose pitch rises or falls, as tones do."""
    n = np.arange(round(SYLLABLE_S * RATE_HZ))
    pitch = 210.0 + 40.0 * (number % 3) + (30.0 * (number % 2) - 15.0) * n / n.size
    phase = 2 * np.pi * np.cumsum(pitch) / RATE_HZ
    wave = np.zeros(n.size)
    for harmonic in range(1, 15):
        hz = harmonic * float(pitch.mean())
        strength = sum(1 / (1 + ((hz - formant) / WIDTH_HZ) ** 2) for formant in VOWELS_HZ[number * 2 % len(VOWELS_HZ)])
        wave += strength * np.sin(harmonic * phase)
    envelope = np.sin(np.pi * np.minimum(n / (SPEAKING_S * RATE_HZ), 1.0))
    return wave * envelope
