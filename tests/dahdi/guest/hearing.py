"""Reading ticks, making and finding tones; nothing of our own detectors is used."""

from collections.abc import AsyncIterator

import numpy as np
from numpy.typing import NDArray

from drivers.base import RATE_HZ, TICK_SAMPLES, Signal, Tick


async def take(ticks: AsyncIterator[Tick], count: int) -> list[Tick]:
    return [await anext(ticks) for _ in range(count)]


async def until(ticks: AsyncIterator[Tick], kind: type, within_s: float = 4.0) -> Signal:
    """The first fact of this kind."""
    others = []
    for tick in await _within(ticks, within_s, kind):
        for signal in tick.signals:
            if isinstance(signal, kind):
                return signal
            others.append(signal)
    raise AssertionError(f"no {kind.__name__} within {within_s} s, only {others}")


async def _within(ticks: AsyncIterator[Tick], within_s: float, kind: type) -> list[Tick]:
    taken = []
    for _ in range(round(within_s * RATE_HZ / TICK_SAMPLES)):
        taken.append(await anext(ticks))
        if any(isinstance(signal, kind) for signal in taken[-1].signals):
            break
    return taken


def tone(hz: float, seconds: float, amplitude: float = 8000) -> NDArray[np.int16]:
    return (amplitude * np.sin(2 * np.pi * hz * np.arange(round(seconds * RATE_HZ)) / RATE_HZ)).astype(np.int16)


def level(frame: NDArray[np.int16]) -> float:
    """RMS."""
    return float(np.sqrt(np.mean(frame.astype(float) ** 2)))


def voice(seconds: float, pitch_hz: float = 130.0, amplitude: float = 9000) -> NDArray[np.int16]:
    """A hum with the overtones of a voice."""
    time_s = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    wave = sum(np.sin(2 * np.pi * k * pitch_hz * time_s) / k**0.7 for k in range(1, 25))
    return (amplitude * wave / np.max(np.abs(wave))).astype(np.int16)


def strength(samples: NDArray[np.int16], hz: float) -> float:
    """Of a tone in them, sample units."""
    turn = np.exp(-2j * np.pi * hz * np.arange(samples.size) / RATE_HZ)
    return float(np.abs(samples.astype(float) @ turn) * 2 / max(samples.size, 1))


def purity(samples: NDArray[np.int16], hz: float) -> float:
    """Share of the power that is this tone with one phase all along: 1 when nothing was lost, doubled or added."""
    return strength(samples, hz) ** 2 / 2 / max(float(np.mean(samples.astype(float) ** 2)), 1.0)


def onset(samples: NDArray[np.int16]) -> int:
    """The first one that is loud."""
    return int(np.argmax(np.abs(samples.astype(int)) > LOUD))


LOUD = 1000
ROWS, COLUMNS = (697, 770, 852, 941), (1209, 1336, 1477, 1633)  # ITU-T Q.23
KEYS = ("123A", "456B", "789C", "*0#D")
_PROBES = np.exp(-2j * np.pi * np.outer((*ROWS, *COLUMNS), np.arange(TICK_SAMPLES)) / RATE_HZ).T


class Register:
    """An exchange's receiver of keys: two frames of 20 ms in a row with nearly nothing else in them."""

    def __init__(self) -> None:
        self.digits = ""
        self._frames = 0
        self._key = ""

    def hear(self, frame: NDArray[np.int16]) -> None:
        key = self._key_in(frame)
        self._frames = self._frames + 1 if key and key == self._key else 1
        self._key = key
        if key and self._frames == 2:
            self.digits += key

    def _key_in(self, frame: NDArray[np.int16]) -> str:
        powers = np.abs(frame.astype(float) @ _PROBES) ** 2 * 2 / TICK_SAMPLES**2
        row, column = int(np.argmax(powers[:4])), int(np.argmax(powers[4:]))
        total = float(np.mean(frame.astype(float) ** 2))
        pair = float(powers[row] + powers[4 + column])
        return KEYS[row][column] if total > 100**2 and pair > 0.7 * total else ""
