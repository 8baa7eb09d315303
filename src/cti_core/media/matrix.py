"""The switching matrix: what is connected is the gain between a source (column) and a sink (row); `out = gains @ in`.

Rows of `sources` and of the mixed frames: first the board's ports in their order (lines, telephones of the house), then
one private playout row for each (prompts, music, tones), then agents' legs, which come and go. A port that is both heard
and spoken to has the same row on both sides. No port ever hears itself.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from cti_core.call_control.clock import TICK_SAMPLES
from cti_core.call_control.ids import PortId, PortOwner, owner_port

UNITY: Final = 1.0  # 0 dB
PEAK_LOW, PEAK_HIGH = -32768, 32767  # int16
LEGS_DEFAULT: Final = 256  # assumed: agents and supervisors with audio at one node


class MatrixFull(Exception):
    """All rows are taken; the message names the port that found none."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One connection as `cti matrix` shows it."""

    source: PortId
    sink: PortId
    gain: float


@dataclass(frozen=True, slots=True, eq=False)
class _Plan:
    """The gains, sorted by cost: most sinks hear one source at 0 dB and need a copy, not a product."""

    copy_to: NDArray[np.intp]
    copy_from: NDArray[np.intp]
    mix_to: NDArray[np.intp]
    mix_from: NDArray[np.intp]
    mix_gains: NDArray[np.float32]  # (mix_to, mix_from)


class Matrix:
    """Connections of one node. Room for `legs` agents' legs is made once; no tick allocates rows."""

    def __init__(self, owners: Sequence[PortOwner], *, legs: int = LEGS_DEFAULT) -> None:
        self.owners: Final = tuple(owners)
        ports = [*map(owner_port, owners), *map(playout_port, owners)]
        capacity = len(ports) + legs
        self.gains: Final[NDArray[np.float32]] = np.zeros((capacity, capacity), np.float32)  # (sinks, sources)
        self.sources: Final[NDArray[np.int16]] = np.zeros((capacity, TICK_SAMPLES), np.int16)
        self._out: Final[NDArray[np.int16]] = np.zeros_like(self.sources)
        self._rows: Final[dict[PortId, int]] = {port: row for row, port in enumerate(ports)}
        self._names: Final[dict[int, PortId]] = dict(enumerate(ports))
        self._held: Final[set[PortId]] = set(ports)
        self._free: Final = list(range(capacity - 1, len(ports) - 1, -1))
        self._plan: _Plan | None = None

    @property
    def board_sources(self) -> NDArray[np.int16]:
        """(ports, 160) view: what the board hears, to be filled each tick."""
        return self.sources[: len(self.owners)]

    @property
    def playout_sources(self) -> NDArray[np.int16]:
        """(ports, 160) view: what is played to each port of the board, to be filled each tick."""
        return self.sources[len(self.owners) : 2 * len(self.owners)]

    def open(self, port: PortId) -> int:
        """The port's row, a fresh one if it had none, kept until `close`. Raises MatrixFull."""
        row = self._row(port)
        self._held.add(port)
        return row

    def close(self, port: PortId) -> None:
        """Its owner is gone: silent from now on. What is connected stays, for an owner who comes back."""
        self._held.discard(port)
        if port in self._rows:
            self.sources[self._rows[port]] = 0
            self._drop_unused(port)

    def set(self, source: PortId, sink: PortId, gain: float = UNITY) -> None:
        """`sink` hears `source` at `gain` (1.0 is 0 dB) from the next tick on; 0 disconnects. Raises MatrixFull."""
        if source == sink:
            raise ValueError(f"{sink} would hear itself")
        if not gain:
            self._disconnect(source, sink)
            return
        row, column = self._row(sink), self._row(source)
        if self.gains[row, column] != np.float32(gain):
            self.gains[row, column] = gain
            self._plan = None

    def clear(self, port: PortId) -> None:
        """Nobody hears the port any more, and it hears nobody."""
        row = self._rows.get(port)
        if row is None:
            return
        touched = [*np.flatnonzero(self.gains[row]), *np.flatnonzero(self.gains[:, row])]
        self.gains[row] = 0
        self.gains[:, row] = 0
        self._plan = None
        for other in {row, *map(int, touched)}:
            self._drop_unused(self._names[other])

    def entries(self) -> tuple[Entry, ...]:
        """All connections, sinks in row order."""
        return tuple(
            Entry(self._names[source], self._names[sink], float(self.gains[sink, source]))
            for sink, source in zip(*map(np.ndarray.tolist, np.nonzero(self.gains)), strict=True)
        )

    def mix(self) -> NDArray[np.int16]:
        """(ports, 160): what each port is sent, saturated. Valid until the next call; not to be written to."""
        plan = self._plan or self._make_plan()
        if plan.copy_to.size:
            self._out[plan.copy_to] = self.sources[plan.copy_from]
        if plan.mix_to.size:
            mixed = plan.mix_gains @ self.sources[plan.mix_from].astype(np.float32)
            np.rint(mixed, out=mixed)
            np.clip(mixed, PEAK_LOW, PEAK_HIGH, out=mixed)
            self._out[plan.mix_to] = mixed
        return self._out

    def _row(self, port: PortId) -> int:
        row = self._rows.get(port)
        if row is None:
            if not self._free:
                raise MatrixFull(f"no row of {len(self.gains)} is free for {port}")
            row = self._rows[port] = self._free.pop()
            self._names[row] = port
        return row

    def _disconnect(self, source: PortId, sink: PortId) -> None:
        if source in self._rows and sink in self._rows:
            self.gains[self._rows[sink], self._rows[source]] = 0
            self._plan = None
            self._drop_unused(source)
            self._drop_unused(sink)

    def _drop_unused(self, port: PortId) -> None:
        row = self._rows[port]
        if port not in self._held and not self.gains[row].any() and not self.gains[:, row].any():
            del self._rows[port], self._names[row]
            self._free.append(row)

    def _make_plan(self) -> _Plan:
        self._out[:] = 0  # a sink that lost its last source falls silent here, not in every tick
        capacity = len(self.gains)
        sinks, sources = np.divmod(np.flatnonzero(self.gains.ravel() != 0), capacity)
        alone = (np.bincount(sinks, minlength=capacity)[sinks] == 1) & (self.gains[sinks, sources] == UNITY)
        mix_to, mix_from = np.unique(sinks[~alone]), np.unique(sources[~alone])
        self._plan = _Plan(sinks[alone], sources[alone], mix_to, mix_from, self.gains[np.ix_(mix_to, mix_from)])
        return self._plan


def playout_port(owner: PortOwner) -> PortId:
    """The source that plays prompts, music and tones to one port: `P1` to a line, `PX801` to a telephone."""
    return PortId(f"P{owner}" if isinstance(owner, int) else f"P{owner_port(owner)}")
