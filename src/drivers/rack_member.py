"""One board of a rack: opened, read and opened again by a task of its own, with an elastic buffer each way.

While it gives the beat its ticks go to the house as they are; else they wait in a buffer for the beat of another. The
way of a sample to the copper and back is as long either way, because the echo canceller counts on it: a board that stands
in for the one with the rack's clock holds back what is spoken.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from drivers.base import TICK_SAMPLES, Board, BoardLost, LineFault, LineOk, Overrun, PortInfo, Signal, Tick, Unsupported
from drivers.elastic import Elastic

WAITING: Final = 2 * TICK_SAMPLES  # assumed: two 20 ms clocks in one loop jitter by some milliseconds
WAITING_MOST: Final = 6 * TICK_SAMPLES
MATCHING_TICKS: Final = 3
"""Of both buffers together, there and back; trims of a clock that is faster or slower make it up to 5."""
FACTS_MAX: Final = 1000  # assumed: more than a board says in a second
BACK_OFF_S: Final = (0.5, 1.0, 2.0, 5.0, 10.0)  # as the pump does with a board that is alone

Offer = Callable[["Member", Tick], Awaitable[bool]]
"""Whether the rack took the tick, because this member gives the beat; returns when the house asks for the next one."""


class Member:
    """`first` is the rack's number of the board's port 0. `name` is for people."""

    def __init__(self, name: str, board: Board, first: int) -> None:
        self.name: Final = name
        self.board: Final = board
        self.first: Final = first
        self.clocked = False
        """Its clock is the rack's: nothing waits for it, ever."""
        self.alive = False
        self.fault = ""
        self.losses = 0
        self.fed_at_s = 0.0
        """The loop's time of its last tick."""
        self.gains: Final[dict[int, tuple[float, float]]] = {}
        """Of its ports, receive and transmit, dB: set anew whenever it comes, because the house does not see that."""
        rows = len(board.ports)
        self._heard: Final = Elastic(rows, target=WAITING, most=WAITING_MOST)
        self._spoken: Final = Elastic(rows, target=WAITING, most=WAITING_MOST)
        self._held: Final[deque[NDArray[np.int16]]] = deque()  # frames, while it stands in for the rack's clock
        self._facts: Final[deque[tuple[int, Signal]]] = deque(maxlen=FACTS_MAX)  # (samples before its tick's end, fact)
        self._reading: asyncio.Task[None] | None = None
        self._gives_beat = False
        self._told_fault = False
        self._lost_told = 0  # samples

    @property
    def ports(self) -> slice:
        """The rack's rows of this board."""
        return slice(self.first, self.first + len(self.board.ports))

    def transmit_delay_samples(self, info: PortInfo) -> int:
        """Of a port of its board, in the rack."""
        own = info.transmit_delay_samples
        own = self.board.transmit_delay_samples if own is None else own
        return own if self.clocked else own + MATCHING_TICKS * TICK_SAMPLES

    @property
    def slips(self) -> int:
        """Whole frames dropped or missing because its clock is another."""
        buffers = (self._heard, self._spoken)
        return sum(buffer.dropped + buffer.missed for buffer in buffers) // TICK_SAMPLES

    # --- its own task ---------------------------------------------------------------------------------------------

    async def run(self, offer: Offer, changed: Callable[[], None]) -> None:
        """For ever: read it; when it is lost, open it again after a while. `changed`: it came or went."""
        attempts = 0
        while True:
            self._reading = asyncio.create_task(self._read(offer, changed), name=f"rack {self.name}")
            try:
                await asyncio.shield(self._reading)
                reason = "its ticks ended"
            except asyncio.CancelledError:
                if not self._reading.cancelled():
                    await _ended(self._reading)
                    raise  # the rack closes
                reason = self.fault or "it fell silent"
            except BoardLost as lost:
                reason = str(lost)
            except Exception as why:  # noqa: BLE001  a fault in one driver may not cost the others' calls
                reason = f"its driver failed: {type(why).__name__}: {why}"
            attempts = 0 if self.alive else attempts + 1
            self._went(reason)
            changed()
            await asyncio.sleep(BACK_OFF_S[min(attempts, len(BACK_OFF_S) - 1)])

    def give_up(self, reason: str) -> None:
        """It is silent: close it and try again."""
        self.fault = reason
        if self._reading is not None:
            self._reading.cancel()

    async def _read(self, offer: Offer, changed: Callable[[], None]) -> None:
        async with self.board.open() as ticks:
            async for tick in ticks:
                self.fed_at_s = asyncio.get_running_loop().time()
                if not self.alive:
                    self._came()
                    changed()
                if not await offer(self, tick):
                    self._wait_with(tick)

    def _wait_with(self, tick: Tick) -> None:
        self._gives_beat = False
        self._heard.push(tick.heard)
        self._facts.extend((tick.at - signal.at, signal) for signal in tick.signals)
        self.board.speak(np.ascontiguousarray(self._spoken.pop()))

    def _came(self) -> None:
        self.alive = True
        self.fault = ""
        self._heard.clear()
        self._spoken.clear()
        for port, (rx_db, tx_db) in self.gains.items():
            with suppress(Unsupported):
                self.board.gain(port, rx_db=rx_db, tx_db=tx_db)
        if self._told_fault:
            self._told_fault = False
            self._facts.extend((0, LineOk(info.port, 0)) for info in self.board.ports)

    def _went(self, reason: str) -> None:
        self.losses += self.alive
        self.alive = self._gives_beat = False
        self.fault = f"board {self.name} is lost: {reason}"
        if not self._told_fault:
            self._told_fault = True
            self._facts.clear()
            self._facts.extend((0, LineFault(info.port, 0, self.fault)) for info in self.board.ports)

    # --- in the rack's tick ---------------------------------------------------------------------------------------

    def take(self, tick: Tick | None) -> tuple[NDArray[np.int16], list[tuple[int, Signal]]]:
        """(ports, 160) and facts with how long before the end of the tick; `tick`: its own, when it gives the beat."""
        facts = [(before, self._numbered(fact)) for before, fact in self._facts]
        self._facts.clear()
        if tick is None:
            if not self.alive:
                return np.zeros((len(self.board.ports), TICK_SAMPLES), np.int16), facts
            heard = self._heard.pop()
            return heard, [*facts, *self._slipped()]
        if not self._gives_beat:
            self._gives_beat = True
            self._heard.clear()
            self._spoken.clear()
            self._held.clear()
        return tick.heard, [*facts, *((tick.at - fact.at, self._numbered(fact)) for fact in tick.signals)]

    def _slipped(self) -> list[tuple[int, Signal]]:
        """What was dropped or missing since the last tick is told, so that recordings mark it."""
        lost = self._heard.dropped + self._heard.missed
        new, self._lost_told = lost - self._lost_told, lost
        return [(0, Overrun(self.first + info.port, 0, new)) for info in self.board.ports] if new else []

    def speak(self, frames: NDArray[np.int16]) -> None:
        if self._gives_beat:
            self.board.speak(np.ascontiguousarray(frames if self.clocked else self._held_back(frames)))
        elif self.alive:
            self._spoken.push(frames)

    def _held_back(self, frames: NDArray[np.int16]) -> NDArray[np.int16]:
        self._held.append(frames)
        return self._held.popleft() if len(self._held) > MATCHING_TICKS else np.zeros_like(frames)

    def _numbered(self, fact: Signal) -> Signal:
        return replace(fact, port=self.first + fact.port)


async def _ended(task: "asyncio.Task[None]") -> None:
    """Its board is closed when this returns."""
    task.cancel()
    with suppress(asyncio.CancelledError, Exception):
        await task
