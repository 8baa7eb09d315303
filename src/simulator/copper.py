"""The audio of all lines at once: attenuation, the exchange's tones, the hybrid's echo, noise and A-law.

Everything is one matrix operation over the lines; what a line's state changes is an entry of a vector.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from drivers.base import RATE_HZ, TICK_SAMPLES
from dsp.g711 import alaw_decode, alaw_encode
from dsp.levels import power, to_int16
from simulator.line_model import LineModel
from simulator.line_tones import Manner, ToneRows

NOISE_SAMPLES: Final = 1 << 16  # 8 s of noise, drawn once; each line and tick begins somewhere else in it
ECHO_SAMPLES_MAX: Final = 64  # 8 ms (boards.md §3.3)


NO_HUM_DBM0: Final = -90.0
_TURNS: Final = 2 * np.pi * 50.0 * np.arange(TICK_SAMPLES) / RATE_HZ  # a tick is one period of the mains
_HUM: Final = (np.sqrt(2 * power(0.0)) * (np.sin(_TURNS) + 0.5 * np.sin(3 * _TURNS))).astype(np.float32)


class Ears(NamedTuple):
    """Those at the far ends who listen, a row each."""

    ports: NDArray[np.intp]
    connected: NDArray[np.bool_]
    tones: NDArray[np.intp]
    began: NDArray[np.int64]  # of the tones, samples


class Copper:
    """Rows are ports. `through`, `dead` and the tones are set by the exchange when a line changes state."""

    def __init__(self, models: Sequence[LineModel], rng: np.random.Generator) -> None:
        lines = len(models)
        self.through: Final = np.zeros((lines, 1), np.float32)  # 1: the far telephone and the house hear each other
        self.looped: Final = np.zeros((lines, 1), np.float32)  # 1: the house is off hook, so the hybrid echoes
        self.dead: Final = np.zeros(lines, np.bool_)  # no battery: nothing is heard
        self.tone: Final = np.zeros(lines, np.intp)  # to the house
        self.tone_began: Final = np.zeros(lines, np.int64)
        self._messages: Final[dict[int, tuple[NDArray[np.float32], int]]] = {}  # port -> samples, and when they begin
        self._rows: Final = np.arange(lines)
        self._rng: Final = rng
        self._tones: Final = ToneRows([Manner(m.tone_offset_hz, m.tone_cadence) for m in models])
        self._receive: Final = _gains([m.receive_db for m in models])
        self._transmit: Final = _gains([m.transmit_db for m in models])
        self._tone_gain: Final = _gains([m.tone_db for m in models])
        self._echo: Final = _gains([-m.echo_return_loss_db for m in models])
        self._noise: Final = _gains([m.noise_dbm0 for m in models]) * np.float32(np.sqrt(power(0.0)))
        hummed = np.array([m.hum_dbm0 for m in models], np.float32)[:, None]
        gains = np.where(hummed > NO_HUM_DBM0, _gains([m.hum_dbm0 for m in models]), np.float32(0))
        self._hum: Final = (gains * _HUM).astype(np.float32) if gains.any() else None
        self._companded: Final = np.flatnonzero([m.companded for m in models])
        self._hiss: Final = np.lib.stride_tricks.sliding_window_view(
            rng.standard_normal(NOISE_SAMPLES + TICK_SAMPLES, np.float32), TICK_SAMPLES
        )
        self._sent: Final = np.zeros((max(lines, 1), ECHO_SAMPLES_MAX + TICK_SAMPLES), np.float32)
        self._sent_windows: Final = np.lib.stride_tricks.sliding_window_view(self._sent.reshape(-1), TICK_SAMPLES)
        delays = np.rint([m.echo_delay_ms * RATE_HZ / 1000 for m in models]).astype(np.intp)
        self._echo_at: Final = self._rows * self._sent.shape[1] + ECHO_SAMPLES_MAX - delays

    def to_house(self, spoken: NDArray[np.int16], mouths: NDArray[np.float32], at: int) -> NDArray[np.int16]:
        """(lines, 160) that the board hears from sample `at` on, while it sends `spoken` and callers say `mouths`."""
        heard = self._noise * self._hiss[self._rng.integers(NOISE_SAMPLES, size=self._rows.size)]
        if self._hum is not None:
            heard += self._hum
        heard += mouths * (self.through * self._receive)
        self._sent[:, :ECHO_SAMPLES_MAX] = self._sent[:, TICK_SAMPLES:]
        np.multiply(spoken, self.looped, out=self._sent[:, ECHO_SAMPLES_MAX:])
        if self.looped.any():
            heard += self._sent_windows[self._echo_at] * self._echo
        toned = np.flatnonzero(self.tone)
        if toned.size:
            heard[toned] += self._tone_gain[toned] * self._tones.rows(
                toned, self.tone[toned], self.tone_began[toned], at
            )
        for port, (message, began) in self._messages.items():
            part = message[at - began : at - began + TICK_SAMPLES] if at >= began else message[:0]
            heard[port, : part.size] += self._tone_gain[port] * part
        linear = to_int16(heard)
        linear[self._companded] = alaw_decode(alaw_encode(linear[self._companded]))
        linear[self.dead] = 0
        return linear

    def to_exchange(self, spoken: NDArray[np.int16], ports: NDArray[np.intp], at: int) -> NDArray[np.int16]:
        """(ports, 160): what the exchange's receivers hear of the house; its own tone comes back from the hybrid."""
        heard = spoken[ports] * (self.looped * self._transmit)[ports]
        own = self._tones.rows(ports, self.tone[ports], self.tone_began[ports], at)
        heard += own * (self._tone_gain * self._echo)[ports]
        heard += self._noise[ports] * self._hiss[self._rng.integers(NOISE_SAMPLES, size=ports.size)]
        return to_int16(heard)

    def tell(self, port: int, message: NDArray[np.int16], at: int) -> None:
        """(n,): the exchange puts it on the line from sample `at` (of a tick) on, instead of what it told before."""
        self._messages[port] = message.astype(np.float32), at

    def hush(self, port: int) -> None:
        self._messages.pop(port, None)

    def to_callers(self, spoken: NDArray[np.int16], ears: Ears, at: int) -> NDArray[np.int16]:
        """(callers, 160): the house where they are connected, and the exchange's tones."""
        through = ears.connected[:, None] * (self.through * self.looped * self._transmit)[ears.ports]
        tones = self._tones.rows(ears.ports, ears.tones, ears.began, at)
        return to_int16(spoken[ears.ports] * through + tones * self._tone_gain[ears.ports])


def _gains(decibels: list[float]) -> NDArray[np.float32]:
    """(lines, 1)."""
    return (10.0 ** (np.array(decibels, np.float32)[:, None] / 20)).astype(np.float32)
