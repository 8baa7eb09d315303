"""The ears of a node that operators look at: levels of every line when asked, and one line followed for a line test.

A tick pays for one reference; everything else is worked out by whoever asks.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from drivers.base import TICK_SAMPLES
from dsp.detections import Detection
from dsp.ears import Ears
from dsp.goertzel import HISTORY_TICKS
from dsp.levels import SILENCE_DBM0, dbm0_each
from dsp.plan import TonePlan

METER_TICKS: Final = HISTORY_TICKS  # 160 ms, what the bank remembers: a syllable, as a VU meter takes it
CLIPPED: Final = 32256  # the largest A-law value (G.711 table 1a): what is there wanted to be louder


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Levels:
    """(rows,) each: of the newest 160 ms. What is heard is without our own echo, as the ears take it."""

    receive_dbm0: NDArray[np.float64]
    transmit_dbm0: NDArray[np.float64]
    clipped: NDArray[np.bool_]  # what was heard reached full scale


class Follower:
    """What one row hears, before the echo canceller, and what is sent to it, tick by tick on one clock."""

    def __init__(self, row: int) -> None:
        self._row: Final = row
        self._heard: Final[list[NDArray[np.int16]]] = []
        self._sent: Final[list[NDArray[np.int16]]] = []
        self._more: Final = asyncio.Event()
        self.each_tick: Callable[[], None] | None = None  # called when the tick was taken, before anything is mixed

    def __len__(self) -> int:
        """Samples so far."""
        return len(self._heard) * TICK_SAMPLES

    def heard(self, since: int = 0) -> NDArray[np.int16]:
        """(n,) int16, 8 kHz, from this sample on, rounded down to a tick."""
        return _joined(self._heard[since // TICK_SAMPLES :])

    def sent(self, since: int = 0) -> NDArray[np.int16]:
        """(n,) int16, 8 kHz, as `heard`: what was spoken with the tick before, whatever delay the board adds to it."""
        return _joined(self._sent[since // TICK_SAMPLES :])

    async def until(self, samples: int) -> None:
        """Until so many samples are there in all. Waits for ever when ticks stop: put a time-out around it."""
        while len(self) < samples:
            self._more.clear()
            await self._more.wait()

    def take(self, heard: NDArray[np.int16], sent: NDArray[np.int16] | None) -> None:
        """(rows, 160) both: one tick."""
        self._heard.append(heard[self._row].copy())
        self._sent.append(np.zeros(TICK_SAMPLES, np.int16) if sent is None else sent[self._row].copy())
        self._more.set()
        if self.each_tick is not None:
            self.each_tick()

    def skip(self, samples: int) -> None:
        """These were lost: silence stands in their place."""
        for _ in range(-(-samples // TICK_SAMPLES)):
            self._heard.append(np.zeros(TICK_SAMPLES, np.int16))
            self._sent.append(np.zeros(TICK_SAMPLES, np.int16))


class Listener(Protocol):
    """Gets every tick of all rows."""

    def take(self, heard: NDArray[np.int16], sent: NDArray[np.int16] | None) -> None:
        """(rows, 160) both, not to be written to: what was heard, before the echo canceller, and sent."""
        ...

    def skip(self, samples: int) -> None: ...


class Meters(Ears):
    """`dsp.ears.Ears` with a memory of what was sent. Belongs to the loop of the pump."""

    def __init__(self, lines: int, plan: TonePlan, *, echo_delay_ticks: int | Sequence[int] = 0) -> None:
        super().__init__(lines, plan, echo_delay_ticks=echo_delay_ticks)
        self._rows: Final = np.arange(lines, dtype=np.intp)
        self._spoken: Final[deque[NDArray[np.int16]]] = deque(maxlen=METER_TICKS)
        self._followers: Final[list[Listener]] = []

    def hear(self, frames: NDArray[np.int16], sent: NDArray[np.int16] | None = None) -> list[Detection]:
        if sent is not None:
            self._spoken.append(sent)
        for follower in self._followers:
            follower.take(frames, sent)
        return super().hear(frames, sent)

    def skip(self, samples: int) -> None:
        super().skip(samples)
        for follower in self._followers:
            follower.skip(samples)

    def levels(self) -> Levels:
        """Of every row."""
        heard = self.bank.last(METER_TICKS, self._rows)
        count = len(self._rows)
        transmit = np.full(count, SILENCE_DBM0)
        if self._spoken:
            spoken = np.stack(self._spoken).astype(np.float32)  # (ticks, rows, 160)
            transmit = dbm0_each(np.einsum("trs,trs->r", spoken, spoken) / (len(spoken) * TICK_SAMPLES))
        return Levels(
            receive_dbm0=dbm0_each(np.einsum("rs,rs->r", heard, heard) / heard.shape[1]),
            transmit_dbm0=transmit,
            clipped=np.abs(heard).max(axis=1) >= CLIPPED,
        )

    def follow(self, listener: Listener) -> None:
        """From the next tick on, as long as there are ears."""
        self._followers.append(listener)

    @contextmanager
    def following(self, row: int) -> Iterator[Follower]:
        """Everything this row hears and is sent, from the next tick on."""
        follower = Follower(row)
        self._followers.append(follower)
        try:
            yield follower
        finally:
            self._followers.remove(follower)


def _joined(frames: list[NDArray[np.int16]]) -> NDArray[np.int16]:
    return np.concatenate(frames) if frames else np.zeros(0, np.int16)
