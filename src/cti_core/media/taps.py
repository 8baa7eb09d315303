"""Takes some seconds of what a port hears, for an operator who teaches a tone or looks at a line. The tick waits for nobody."""

import asyncio
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from cti_core.call_control.clock import TICK_SAMPLES


@dataclass(slots=True, eq=False)
class _Tap:
    row: int
    ticks: int
    taken: "asyncio.Future[NDArray[np.int16]]"
    frames: list[NDArray[np.int16]] = field(default_factory=list)


class Taps:
    """Belongs to the loop of the pump."""

    def __init__(self) -> None:
        self._open: Final[list[_Tap]] = []

    def open(self, row: int, samples: int) -> "asyncio.Future[NDArray[np.int16]]":
        """(n,) int16, 8 kHz, of the port from the next tick on; n is `samples` rounded up to ticks."""
        taken: asyncio.Future[NDArray[np.int16]] = asyncio.get_running_loop().create_future()
        self._open.append(_Tap(row, -(-samples // TICK_SAMPLES), taken))
        return taken

    def take(self, heard: NDArray[np.int16]) -> None:
        """(ports, 160): one tick."""
        for tap in self._open.copy():
            tap.frames.append(heard[tap.row].copy())
            if len(tap.frames) >= tap.ticks or tap.taken.done():
                self._open.remove(tap)
                if not tap.taken.done():
                    tap.taken.set_result(np.concatenate(tap.frames))
