"""What a line heard before we answered a caller of whom the exchange told nothing: 3 s on hook, kept as evidence (boards.md R4).

A tick pays for one reference. The samples are put together and written in a thread, once a call.
"""

import asyncio
from collections import deque
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import numpy as np
import structlog
from numpy.typing import NDArray

from cti_core.call_control.events import CallerIdHeard
from cti_core.call_control.ids import CallId, LineId, PortOwner
from cti_core.call_control.notes import LineAnswered, LineCleared, LineRang
from cti_core.call_control.trace import Hop, PartyKind
from drivers.base import RATE_HZ, TICK_SAMPLES, Board, Capability
from dsp import wav

KEPT_S: Final = 3.0  # boards.md R4
KEPT_TICKS: Final = round(KEPT_S * RATE_HZ / TICK_SAMPLES)

log = structlog.get_logger(__name__)


def rows_that_hear(board: Board, owners: Sequence[PortOwner]) -> dict[LineId, int]:
    """Lines that hear on hook, and their rows."""
    return {
        owner: port
        for port, owner in enumerate(owners)
        if isinstance(owner, int) and board.ports[port].capabilities & Capability.ONHOOK_AUDIO
    }


class OnHookEvidence:
    """`take` and `skip` are for `Meters.follow`, `note` gets every hop. Belongs to the loop of the pump."""

    def __init__(self, rows: Mapping[LineId, int], folder: Path) -> None:
        self._rows: Final = dict(rows)
        self._folder: Final = folder
        self._ring: Final[deque[NDArray[np.int16]]] = deque(maxlen=KEPT_TICKS)  # (rows, 160) each
        self._ringing: Final[dict[CallId, bool]] = {}  # of callers who are not answered: the exchange told something
        self._writing: Final[set[asyncio.Future[None]]] = set()

    def __len__(self) -> int:
        """Ticks that are kept now."""
        return len(self._ring)

    def take(self, heard: NDArray[np.int16], _sent: NDArray[np.int16] | None) -> None:
        """(rows, 160): one tick, which nobody writes to any more."""
        self._ring.append(heard)

    def skip(self, samples: int) -> None:
        """These were lost: silence stands in their place."""
        if self._ring:
            lost = min(-(-samples // TICK_SAMPLES), KEPT_TICKS)
            self._ring.extend([np.zeros_like(self._ring[-1])] * lost)

    def note(self, hops: Sequence[Hop]) -> None:
        for hop in hops:
            if hop.target.kind is not PartyKind.CALL:
                continue
            call = CallId(hop.target.id)
            match hop.what:
                case LineRang(line) if line in self._rows:
                    self._ringing[call] = False
                case CallerIdHeard() if call in self._ringing:
                    self._ringing[call] = True
                case LineCleared():
                    self._ringing.pop(call, None)
                case LineAnswered(line) if self._ringing.pop(call, True) is False:
                    self._keep(call, self._rows[line])
                case _:
                    pass

    async def close(self) -> None:
        """What is being written is on disk when this returns."""
        if self._writing:
            await asyncio.wait(self._writing)

    def _keep(self, call: CallId, row: int) -> None:
        path = self._folder / f"{call}.onhook.wav"
        writing = asyncio.get_running_loop().run_in_executor(None, _write, path, tuple(self._ring), row)
        self._writing.add(writing)
        writing.add_done_callback(self._writing.discard)


def _write(path: Path, ticks: Sequence[NDArray[np.int16]], row: int) -> None:
    """One channel, 16 bit, 8 kHz: the form in which `cti decode` hears most."""
    samples = np.concatenate([tick[row] for tick in ticks]) if ticks else np.zeros(0, np.int16)
    try:
        path.write_bytes(wav.encode(samples))
    except OSError as why:
        log.warning("onhook_evidence_lost", file=path.name, reason=why.strerror)
