"""The exchange's DTMF receivers, in groups of 32. Only a line that is being dialled on holds one."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from dsp.detections import DigitOn
from dsp.dtmf import BINS_HZ, DtmfLimits, DtmfReceiver
from dsp.goertzel import Bank
from dsp.levels import TICK_SAMPLES

GROUP: Final = 32
FREE: Final = -1
DIAL_HZ: Final = 450.0


class _Group:
    """Rows that share one product. What a free row hears is silence."""

    def __init__(self) -> None:
        self.ports: Final = np.full(GROUP, FREE)
        self.bank: Final = Bank(GROUP, (0.0, DIAL_HZ, *BINS_HZ))
        self.receiver: Final = DtmfReceiver(GROUP, DtmfLimits(), 2, (0, 1))
        self.frames: Final = np.zeros((GROUP, TICK_SAMPLES), np.int16)


class DigitReceivers:
    """As many groups as ever were needed; a group without a line costs nothing."""

    def __init__(self) -> None:
        self._groups: Final[list[_Group]] = []
        self._at: Final[dict[int, tuple[_Group, int]]] = {}

    @property
    def ports(self) -> NDArray[np.intp]:
        """Lines that hold one, in the order in which `hear` wants their frames."""
        return np.fromiter(self._at, np.intp, len(self._at))

    def seize(self, port: int) -> None:
        """Listen to this line from the next tick on; one that holds a receiver keeps it."""
        if port in self._at:
            return
        group = next((g for g in self._groups if (g.ports == FREE).any()), None)
        if group is None:
            self._groups.append(group := _Group())
        row = int(np.argmax(group.ports == FREE))
        group.ports[row] = port
        group.receiver.reset(np.array([row]), group.bank.now)
        self._at[port] = group, row

    def release(self, port: int) -> None:
        if port in self._at:
            group, row = self._at.pop(port)
            group.ports[row] = FREE
            group.frames[row] = 0
            group.receiver.reset(np.array([row]), group.bank.now)

    def hear(self, frames: NDArray[np.int16]) -> list[tuple[int, str]]:
        """(lines, 160) of `ports`: the digits that were confirmed, each with its line."""
        for (group, row), frame in zip(self._at.values(), frames, strict=True):
            group.frames[row] = frame
        found = []
        for group in self._groups:
            if (group.ports != FREE).any():
                group.bank.hear(group.frames)
                digits = [d for d in group.receiver.hear(group.bank) if isinstance(d, DigitOn)]
                found += [(int(group.ports[d.row]), d.digit) for d in digits if group.ports[d.row] != FREE]
        return found
