"""A four-wire trunk as sound: tones of two ends, their way to each other, and what is done to them on it.

Everything goes through A-law. One tick is 20 ms: both ends speak it, the line carries it, both ends hear it.
"""

from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from dsp.g711 import alaw_decode, alaw_encode
from dsp.levels import RATE_HZ, TICK_SAMPLES, amplitude, power, to_int16
from dsp.senders import mfc_sines

Frame = NDArray[np.int16]  # (160,), 8 kHz
FORWARD, BACKWARD = "forward", "backward"
FOREVER: Final = 1 << 62


class Voice(Protocol):
    """Speaks one register signal, or none."""

    def say(self, signal: int | None, samples: int = FOREVER) -> None: ...

    def pull(self) -> Frame: ...


class OurVoice:
    """Two sines whose phases run on; both begin and end in the same sample."""

    def __init__(self, direction: str, *, level_dbm0: float = -11.5, offset_hz: float = 0.0) -> None:
        self._direction, self._level, self._offset = direction, level_dbm0, offset_hz
        self._sines: tuple[tuple[float, float], ...] = ()
        self._left = 0
        self._at = 0

    def say(self, signal: int | None, samples: int = FOREVER) -> None:
        self._sines = () if signal is None else mfc_sines(self._direction, signal, self._level)
        self._left = samples

    def pull(self) -> Frame:
        n = np.arange(self._at, self._at + TICK_SAMPLES)
        wave = np.zeros(TICK_SAMPLES)
        for hz, level in self._sines:
            wave += amplitude(level) * np.sin(2 * np.pi * (hz + self._offset) * n / RATE_HZ)
        wave[min(self._left, TICK_SAMPLES) :] = 0
        self._left = max(self._left - TICK_SAMPLES, 0)
        self._at += TICK_SAMPLES
        return to_int16(wave)


@dataclass(frozen=True, kw_only=True)
class Wire:
    """One direction."""

    delay: int = 0  # samples
    loss_db: float = 0.0
    noise_dbm0: float = -65.0  # white; -65 is a quiet line
    echo_db: float = 20.0  # of the other direction, that much lower at this receiver
    holes: tuple[tuple[float, float], ...] = ()  # s, from and to: silence


class Carrier:
    """A wire at work."""

    def __init__(self, wire: Wire, seed: int) -> None:
        self._wire = wire
        self._under_way = np.zeros(wire.delay, np.float64)
        self._dice = np.random.default_rng(seed)
        self._at = 0

    def carry(self, frame: Frame, beside: Frame) -> Frame:
        """What arrives in a tick in which `frame` was sent, and `beside` went the other way."""
        wire = self._wire
        line = np.concatenate([self._under_way, frame * 10 ** (-wire.loss_db / 20)])
        wave, self._under_way = line[:TICK_SAMPLES], line[TICK_SAMPLES:]
        at_s = (self._at + np.arange(TICK_SAMPLES)) / RATE_HZ
        for start, end in wire.holes:
            wave = np.where((at_s >= start) & (at_s < end), 0.0, wave)
        wave = wave + beside * 10 ** (-wire.echo_db / 20)
        wave = wave + self._dice.normal(0.0, np.sqrt(power(wire.noise_dbm0)), TICK_SAMPLES)
        self._at += TICK_SAMPLES
        return np.asarray(alaw_decode(alaw_encode(to_int16(wave))))
