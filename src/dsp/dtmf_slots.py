"""The two tones of a DTMF digit in slots of 5 ms: amplitude and phase by least squares, free of each other's leakage."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from dsp.levels import RATE_HZ, TICK_SAMPLES
from dsp.tones import FREQUENCIES_HZ, KEYS

SLOT: Final = 40  # samples, 5 ms: Q.24's 10 ms interruption and its 20, 30 and 40 ms are multiples
SLOTS_PER_TICK: Final = TICK_SAMPLES // SLOT
LOOK_SLOTS: Final = 4 * SLOTS_PER_TICK  # 80 ms: longer than any run that is not yet told


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Slots:
    rate_hz: float
    pair_hz: NDArray[np.float64]  # (16, 2)
    fits: NDArray[np.float32]  # (16, 40, 4): slot @ fit = real and imaginary parts (cosine, -sine) of low, of high
    turns: NDArray[np.complex64]  # (16, LOOK_SLOTS, 2): takes the nominal phase advance away


def slot_parts(wave: NDArray[np.float32], digits: NDArray[np.intp]) -> NDArray[np.complex128]:
    """(pairs, samples), (pairs,) index into KEYS -> (pairs, slots, 2) complex amplitude of low and high at mid-slot.

    Phases are relative to tones on their nominal frequencies: a tone exactly on it stands still.
    """
    pairs, count = wave.shape
    fitted = np.matmul(wave.reshape(pairs, count // SLOT, SLOT), SLOTS.fits[digits])
    return np.asarray(fitted.view(np.complex64) * SLOTS.turns[digits, : count // SLOT])


def _slots() -> _Slots:
    pair_hz = np.array([FREQUENCIES_HZ[key] for key in KEYS], np.float64)
    t = (np.arange(SLOT) - (SLOT - 1) / 2) / RATE_HZ
    angle = 2 * np.pi * pair_hz[:, None, :] * t[:, None]  # (16, 40, 2)
    model = np.stack([np.cos(angle), -np.sin(angle)], axis=3).reshape(len(KEYS), SLOT, 4)
    advance = 2 * np.pi * pair_hz[:, None, :] * np.arange(LOOK_SLOTS)[:, None] * SLOT / RATE_HZ
    return _Slots(
        rate_hz=RATE_HZ / SLOT,
        pair_hz=pair_hz,
        fits=np.linalg.pinv(model).transpose(0, 2, 1).astype(np.float32),
        turns=np.exp(-1j * advance).astype(np.complex64),
    )


SLOTS: Final = _slots()
