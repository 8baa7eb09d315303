"""The ears of all lines: 20 ms of every line in, detections out. Counts samples, owns no clock, never raises on audio."""

from collections.abc import Iterable, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from dsp.cadence import Began, Ended
from dsp.caller_id import CallerIdLimits, CallerIdReceiver
from dsp.detections import (
    CallerId,
    Detection,
    DigitOff,
    DigitOn,
    FaxTone,
    MfcOff,
    MfcOn,
    Silence,
    ToneOff,
    ToneOn,
    VoiceOff,
    VoiceOn,
)
from dsp.dtmf import BINS_HZ as DTMF_HZ
from dsp.dtmf import DtmfLimits, DtmfReceiver
from dsp.echo import EchoCanceller, EchoLimits
from dsp.fax_tones import FAX_TONES
from dsp.goertzel import Bank
from dsp.levels import TICK_SAMPLES, dbm0_each
from dsp.mfc import DIRECTIONS, MFC_HZ, MfcLimits, MfcReceiver
from dsp.own_keys import OwnKeys
from dsp.plan import TonePlan
from dsp.progress import ProgressLimits, ToneReceiver, pitches
from dsp.silence import SilenceClock, SilenceLimits
from dsp.voice import VoiceActivity, VoiceLimits

__all__ = [
    "CallerId",
    "Detection",
    "DigitOff",
    "DigitOn",
    "Ears",
    "FaxTone",
    "MfcOff",
    "MfcOn",
    "Silence",
    "ToneOff",
    "ToneOn",
    "VoiceOff",
    "VoiceOn",
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
        mfc: MfcLimits | None = None,
        caller_id: CallerIdLimits | None = None,
        voice: VoiceLimits | None = None,
        silence: SilenceLimits | None = None,
        echo: EchoLimits | None = None,
        echo_delay_ticks: int | Sequence[int] = 0,
    ) -> None:
        self.plan: Final = plan
        specs = [*(spec for spec in plan.tones if spec.listen), *FAX_TONES]
        tones_hz = pitches(specs)
        bins = list(dict.fromkeys((DC, *(hz for pitch in tones_hz for hz in pitch), *DTMF_HZ, *MFC_HZ)))
        self._bank: Final = Bank(lines, bins)
        dial = next((spec.frequencies_hz for spec in plan.tones if spec.name == "dial"), ())
        self.dtmf: Final = DtmfReceiver(
            lines, dtmf or DtmfLimits(), bins.index(DTMF_HZ[0]), tuple(bins.index(hz) for hz in (DC, *dial))
        )
        self.tones: Final = ToneReceiver(
            lines, specs, [[bins.index(hz) for hz in pitch] for pitch in tones_hz], progress or ProgressLimits()
        )
        self.mfc: Final = MfcReceiver(lines, mfc or MfcLimits(), bins.index(MFC_HZ[0]))
        self.caller_id: Final = CallerIdReceiver(lines, caller_id or CallerIdLimits())
        self.voice: Final = VoiceActivity(lines, tones_hz, voice)
        self.silence: Final = SilenceClock(lines, silence)
        self._is_fax: Final = np.array([any(spec.frequencies_hz == p for spec in FAX_TONES) for p in tones_hz])
        self.tones.armed[self._is_fax] = False
        longest = max(echo_delay_ticks, default=0) if isinstance(echo_delay_ticks, Sequence) else echo_delay_ticks
        self.own_keys: Final = OwnKeys(lines, delay_ticks=longest)
        self.echo: Final = EchoCanceller(lines, echo, echo_delay_ticks)
        self._fax_told: set[tuple[int, str]] = set()
        self.clean: NDArray[np.int16] = np.zeros((lines, TICK_SAMPLES), np.int16)
        """(lines, 160): the newest 20 ms without our own echo, for people's ears. To be read before the next `hear`."""

    @property
    def now(self) -> int:
        """Samples heard and skipped since construction."""
        return self._bank.now

    @property
    def bank(self) -> Bank:
        """Framing and spectra of the newest tick, for further listeners; not to be written to."""
        return self._bank

    def hear(self, frames: NDArray[np.int16], sent: NDArray[np.int16] | None = None) -> list[Detection]:
        """(lines, 160) int16, 8 kHz: the next 20 ms of every line.

        `sent`, same shape: what went out to the lines in these 20 ms; its echo is taken away before anything is heard,
        and keys of our own that come back all the same are not reported.
        """
        self.clean = frames if sent is None else self.echo.cancel(frames, sent)
        self._bank.hear(self.clean)
        digits = self.dtmf.hear(self._bank)
        if sent is not None:
            self.own_keys.remember(sent)
            digits = self.own_keys.without(digits)
        found: list[Detection] = [*digits, *self.mfc.hear(self._bank), *self.caller_id.hear(self._bank, digits)]
        for heard in self.tones.hear(self._bank, 0):
            found += self._tone(heard.row, heard.what)
        if self.voice.armed:
            for spoken in self.voice.hear(self._bank, sent):
                if isinstance(spoken, VoiceOn):
                    for heard in self.tones.answered(spoken.row, spoken.start):
                        found += self._tone(heard.row, heard.what)
                found.append(spoken)
        if self.silence.armed:
            found += self.silence.hear(self._bank, 0, sent)
        return found

    def skip(self, samples: int) -> None:
        """These samples of all lines were lost. Nothing ends by it."""
        self._bank.skip(samples)
        self.echo.skip()

    def levels_dbm0(self) -> NDArray[np.float64]:
        """(lines,): level of the newest tick, for meters; without our echo where that was cancelled."""
        energy = self._bank.energy.reshape(2, -1).sum(axis=0)
        return dbm0_each(energy / TICK_SAMPLES)

    def arm(
        self,
        row: int,
        *,
        dtmf: bool | None = None,
        progress: bool | None = None,
        fax: bool | None = None,
        caller_id: bool | None = None,
        mfc: str | None = None,
        voice: bool | None = None,
        silence_s: float | None = None,
    ) -> None:
        """Switch detectors of a row on or off; what is not named stays as it is.

        `mfc`: forward, backward or off. `silence_s`: how long a silence is told, from now on; 0 for never.
        """
        if dtmf is not None:
            self.dtmf.armed[row] = dtmf
        if progress is not None:
            self.tones.armed[~self._is_fax, row] = progress
        if fax is not None:
            self.tones.armed[self._is_fax, row] = fax
            self._fax_told.difference_update([(row, name) for name in FAX_NAMES])
        if caller_id is not None:
            self.caller_id.armed[row] = caller_id
            self.caller_id.reset([row])
        if mfc is not None:
            self.mfc.armed[:, row] = [mfc == direction for direction in DIRECTIONS]
            self.mfc.reset(np.array([row]))
        if voice is not None:
            self.voice.arm(row, on=voice)
        if silence_s is not None:
            self.silence.arm(row, silence_s, self._bank.now)

    def reset(self, rows: Iterable[int]) -> None:
        """A new call on these rows: forget what is on."""
        which = np.array(list(rows), np.intp)
        self.dtmf.reset(which, self._bank.now)
        self.tones.reset(which)
        self.mfc.reset(which)
        self.caller_id.reset(which.tolist())
        self.voice.reset(which.tolist())
        self.silence.reset(which.tolist(), self._bank.now)
        self.echo.reset(which)
        self._fax_told = {told for told in self._fax_told if told[0] not in which}

    def _tone(self, row: int, what: Began | Ended) -> Iterable[Detection]:
        if what.tone in FAX_NAMES:
            if isinstance(what, Began) and (row, what.tone) not in self._fax_told:
                self._fax_told.add((row, what.tone))
                yield FaxTone(row=row, fax=what.tone, start=what.start)
        elif isinstance(what, Began):
            yield ToneOn(row=row, tone=what.tone, start=what.start)
        else:
            yield ToneOff(row=row, tone=what.tone, start=what.start, end=what.end)
