"""The ears of all lines: 20 ms of every line in, detections out. Counts samples, owns no clock, never raises on audio."""

from collections.abc import Iterable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from dsp.detections import CallerId, Detection, DigitOff, DigitOn, FaxTone, MfcOff, MfcOn, ToneOff, ToneOn
from dsp.dtmf import BINS_HZ as DTMF_HZ
from dsp.dtmf import DtmfLimits, DtmfReceiver
from dsp.goertzel import Bank
from dsp.levels import TICK_SAMPLES, dbm0_each
from dsp.plan import TonePlan

__all__ = [
    "CallerId",
    "Detection",
    "DigitOff",
    "DigitOn",
    "Ears",
    "FaxTone",
    "MfcOff",
    "MfcOn",
    "ToneOff",
    "ToneOn",
]


class Ears:
    """Detectors of `lines` rows, armed row by row: DTMF and call progress at first, the rest when asked for."""

    def __init__(self, lines: int, plan: TonePlan, *, dtmf: DtmfLimits | None = None) -> None:
        self.plan: Final = plan
        self._bank: Final = Bank(lines, (0.0, 450.0, *DTMF_HZ))
        self.dtmf: Final = DtmfReceiver(lines, dtmf or DtmfLimits(), 2, (0, 1))

    @property
    def now(self) -> int:
        """Samples heard and skipped since construction."""
        return self._bank.now

    def hear(self, frames: NDArray[np.int16]) -> list[Detection]:
        """(lines, 160) int16, 8 kHz: the next 20 ms of every line."""
        self._bank.hear(frames)
        found: list[Detection] = [*self.dtmf.hear(self._bank)]
        return found

    def skip(self, samples: int) -> None:
        """These samples of all lines were lost. Nothing ends by it."""
        self._bank.skip(samples)

    def levels_dbm0(self) -> NDArray[np.float64]:
        """(lines,): level of the newest tick, for meters."""
        energy = self._bank.energy.reshape(2, -1).sum(axis=0)
        return dbm0_each(energy / TICK_SAMPLES)

    def arm(self, row: int, *, dtmf: bool | None = None, progress: bool | None = None) -> None:
        """Switch detectors of a row on or off; what is not named stays as it is."""
        if dtmf is not None:
            self.dtmf.armed[row] = dtmf

    def reset(self, rows: Iterable[int]) -> None:
        """A new call on these rows: forget what is on."""
        which = np.array(list(rows), np.intp)
        self.dtmf.reset(which, self._bank.now)
