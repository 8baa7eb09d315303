"""The ears of all lines: 20 ms of every line in, detections out. Counts samples, owns no clock, never raises on audio."""

from collections.abc import Iterable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from dsp.cadence import Began, Ended
from dsp.detections import CallerId, Detection, DigitOff, DigitOn, FaxTone, MfcOff, MfcOn, ToneOff, ToneOn
from dsp.dtmf import BINS_HZ as DTMF_HZ
from dsp.dtmf import DtmfLimits, DtmfReceiver
from dsp.fax_tones import FAX_TONES
from dsp.goertzel import Bank
from dsp.levels import TICK_SAMPLES, dbm0_each
from dsp.plan import TonePlan
from dsp.progress import ProgressLimits, ToneReceiver, pitches

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

DC: Final = 0.0
FAX_NAMES: Final = frozenset(spec.name for spec in FAX_TONES)


class Ears:
    """Detectors of `lines` rows, armed row by row: DTMF and call progress at first, the rest when asked for."""

    def __init__(
        self,
        lines: int,
        plan: TonePlan,
        *,
        dtmf: DtmfLimits | None = None,
        progress: ProgressLimits | None = None,
    ) -> None:
        self.plan: Final = plan
        specs = [*(spec for spec in plan.tones if spec.listen), *FAX_TONES]
        tones_hz = pitches(specs)
        bins = list(dict.fromkeys((DC, *DTMF_HZ, *(hz for pitch in tones_hz for hz in pitch))))
        self._bank: Final = Bank(lines, bins)
        dial = next((spec.frequencies_hz for spec in plan.tones if spec.name == "dial"), ())
        self.dtmf: Final = DtmfReceiver(
            lines, dtmf or DtmfLimits(), bins.index(DTMF_HZ[0]), tuple(bins.index(hz) for hz in (DC, *dial))
        )
        self.tones: Final = ToneReceiver(
            lines, specs, [[bins.index(hz) for hz in pitch] for pitch in tones_hz], progress or ProgressLimits()
        )
        self._is_fax: Final = np.array([any(spec.frequencies_hz == p for spec in FAX_TONES) for p in tones_hz])
        self.tones.armed[self._is_fax] = False
        self._fax_told: Final[set[tuple[int, str]]] = set()

    @property
    def now(self) -> int:
        """Samples heard and skipped since construction."""
        return self._bank.now

    def hear(self, frames: NDArray[np.int16]) -> list[Detection]:
        """(lines, 160) int16, 8 kHz: the next 20 ms of every line."""
        self._bank.hear(frames)
        found: list[Detection] = [*self.dtmf.hear(self._bank)]
        for heard in self.tones.hear(self._bank, 0):
            found += self._tone(heard.row, heard.what)
        return found

    def skip(self, samples: int) -> None:
        """These samples of all lines were lost. Nothing ends by it."""
        self._bank.skip(samples)

    def levels_dbm0(self) -> NDArray[np.float64]:
        """(lines,): level of the newest tick, for meters."""
        energy = self._bank.energy.reshape(2, -1).sum(axis=0)
        return dbm0_each(energy / TICK_SAMPLES)

    def arm(self, row: int, *, dtmf: bool | None = None, progress: bool | None = None, fax: bool | None = None) -> None:
        """Switch detectors of a row on or off; what is not named stays as it is."""
        if dtmf is not None:
            self.dtmf.armed[row] = dtmf
        if progress is not None:
            self.tones.armed[~self._is_fax, row] = progress
        if fax is not None:
            self.tones.armed[self._is_fax, row] = fax
            self._fax_told.difference_update([(row, name) for name in FAX_NAMES])

    def reset(self, rows: Iterable[int]) -> None:
        """A new call on these rows: forget what is on."""
        which = np.array(list(rows), np.intp)
        self.dtmf.reset(which, self._bank.now)
        self.tones.reset(which)

    def _tone(self, row: int, what: Began | Ended) -> Iterable[Detection]:
        if what.tone in FAX_NAMES:
            if isinstance(what, Began) and (row, what.tone) not in self._fax_told:
                self._fax_told.add((row, what.tone))
                yield FaxTone(row=row, fax=what.tone, start=what.start)
        elif isinstance(what, Began):
            yield ToneOn(row=row, tone=what.tone, start=what.start)
        else:
            yield ToneOff(row=row, tone=what.tone, start=what.start, end=what.end)
