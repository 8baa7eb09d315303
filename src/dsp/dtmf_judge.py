"""Is a run of two tones a digit? Its frequencies are measured, its levels compared, and the rest of the signal weighed.

The model of the last test is: two sines at the frequencies measured, a tone of 450 ± 25 Hz that may lie under them, and a
constant. Speech that happens to be strong in two bins leaves far more unexplained than noise 10 dB down does.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from dsp.dtmf_slots import SLOT, SLOTS
from dsp.levels import RATE_HZ, dbm0

SLOTS_JUDGED_MIN: Final = 3  # with fewer filled ones the edges have to help
SLOTS_ENOUGH: Final = 5
DIAL_HZ: Final = 450.0  # GB/T 3380


@dataclass(frozen=True, slots=True, kw_only=True)
class DtmfLimits:
    """Every threshold of the receiver. The standards' must-accept and must-refuse limits lie on either side."""

    offset_max: float = 0.0215  # accept 1.8 % (GB/T 3378, NTT), refuse 3.0 %; measured: spoken letters have 2.25 %
    twist_high_max_db: float = 10.5  # GB/T accepts +6, Australia +10; what 10 dB SNR does to the measurement
    twist_low_max_db: float = 10.5  # AT&T accepts -8, Australia -10; same
    floor_dbm0: float = -43.0  # weaker tone; accept -40, refusal is the operator's choice (NTT -29, AT&T -55)
    on_slots: int = 6  # of 5 ms: accept 40 ms, refuse 20 ms
    bridge_slots: int = 2  # ignore 10 ms, split at 20 ms
    on_share: float = (
        0.38  # of the amplitude: half a slot is on; an echo 10 dB down (Q.24, 0.32) does not prolong a key
    )
    on_cosine: float = 0.3  # of the angle by which a slot departs from its neighbour's course
    rest_max: float = 0.2  # unexplained energy over that of the pair: 7 dB SNR, and Q.24 asks for no more than 10
    rest_max_per_slot: float = 0.05  # for each slot judged above two: measured: the fewer, the purer speech looks
    screen_share: float = 0.5  # measured: a pair that fills a tick has 0.6 at its limits of offset and noise
    screen_weaker_share: float = 0.05  # same, with its limits of twist
    # Measured on speech and on the digits of the matrix: these three let one in twelve pass of what the screen lets pass of
    # speech, and 99.9 % of the ticks that a digit fills.
    look_offset: float = 0.032  # of four slots, whose own error is 0.4 % at 10 dB SNR
    explain_offset: float = 0.05  # assumed: instead, when refusals are to be explained; farther off is no one's attempt
    look_evenness: float = 0.35  # of 0.75; a tone that begins within the tick has less and is met in the next
    look_share: float = 0.6  # of the tick's energy, by the fit


class Refusal(StrEnum):
    """Why a candidate is no digit."""

    TOO_SHORT = "too short"
    OFF_FREQUENCY = "off frequency"
    TWIST = "twist"
    TOO_WEAK = "too weak"
    NOT_PURE = "more than two tones"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Verdict:
    amplitudes: NDArray[np.float64]  # (2,)
    level_dbm0: float
    twist_db: float
    turn: NDArray[np.float64]  # (2,) rad a slot, by being off the nominal frequencies


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Run:
    """What the judge sees of one line: slots from `begin` to before `end` are the tone, short gaps bridged."""

    wave: NDArray[np.float32]  # (samples,)
    parts: NDArray[np.complex128]  # (slots, 2) of `dtmf_slots.slot_parts`
    on: NDArray[np.bool_]  # (slots,)
    begin: int
    end: int
    digit: int  # index into KEYS


def judge(run: Run, limits: DtmfLimits) -> Verdict | Refusal:
    """The digit's levels, or the first reason why it is none."""
    pieces = _pieces(run)
    verdict = _judge(run, np.concatenate(pieces), limits)
    if isinstance(verdict, Refusal) and len(pieces) > 1:  # the phase may have jumped in the gap
        return _judge(run, max(pieces, key=len), limits)
    return verdict


def _judge(run: Run, slots: NDArray[np.intp], limits: DtmfLimits) -> Verdict | Refusal:
    if slots.size < SLOTS_JUDGED_MIN:
        return Refusal.TOO_SHORT
    offsets_hz = _offsets_hz(run.parts[slots], slots)
    nominal_hz = SLOTS.pair_hz[run.digit]
    if (np.abs(offsets_hz) > limits.offset_max * nominal_hz).any():
        return Refusal.OFF_FREQUENCY
    powers, rest = _explain(run.wave, slots, nominal_hz + offsets_hz)
    levels = [dbm0(float(p)) for p in powers]
    if min(levels) < limits.floor_dbm0:
        return Refusal.TOO_WEAK
    twist_db = levels[1] - levels[0]
    if not -limits.twist_low_max_db <= twist_db <= limits.twist_high_max_db:
        return Refusal.TWIST
    if rest > min(limits.rest_max, limits.rest_max_per_slot * (slots.size - 2)) * powers.sum():
        return Refusal.NOT_PURE
    turn = offsets_hz * (2 * np.pi / SLOTS.rate_hz)
    return Verdict(amplitudes=np.sqrt(2 * powers), level_dbm0=min(levels), twist_db=twist_db, turn=turn)


def _pieces(run: Run) -> list[NDArray[np.intp]]:
    """Slots that the tones fill: on, with neighbours that are. One array a stretch between gaps, at least one."""
    on = run.on[run.begin : run.end]
    padded = np.concatenate([[run.begin == 0], on, [run.end == run.on.size]])
    whole = np.flatnonzero(padded[1:-1] & padded[:-2] & padded[2:])
    if whole.size > SLOTS_ENOUGH and run.end == run.on.size:
        whole = whole[:-1]  # the tone may have ended inside the newest
    slots = (whole if whole.size >= SLOTS_JUDGED_MIN else np.flatnonzero(on)) + run.begin
    return np.split(slots, np.flatnonzero(np.diff(slots) > 1) + 1)


def _offsets_hz(parts: NDArray[np.complex128], slots: NDArray[np.intp]) -> NDArray[np.float64]:
    """(slots, 2) -> (2,) Hz from the nominal frequencies: first estimated by neighbours, refined by the phases' slopes."""
    neighbours = (slots[1:] - slots[:-1] == 1).nonzero()[0]
    coarse = np.angle((parts[neighbours + 1] * parts[neighbours].conj()).sum(axis=0))  # 0 without neighbours
    when = slots[:, None].astype(np.float64)
    still = parts * np.exp(-1j * coarse * when)
    phase = np.angle(still * still.sum(axis=0).conj())
    weight = still.real**2 + still.imag**2
    centred = when - (weight * when).sum(axis=0) / weight.sum(axis=0)
    weight *= centred
    slope = (weight * phase).sum(axis=0) / np.maximum((weight * centred).sum(axis=0), 1e-30)
    return np.asarray((coarse + slope) * (SLOTS.rate_hz / (2 * np.pi)))


def _explain(
    wave: NDArray[np.float32], slots: NDArray[np.intp], pair_hz: NDArray[np.float64]
) -> tuple[NDArray[np.float64], float]:
    """Mean squares of the two tones, and of what the model leaves over, in these slots."""
    index = (slots[:, None] * SLOT + np.arange(SLOT)).ravel()
    heard = wave[index].astype(np.float64)
    t = (index - index.mean()) / RATE_HZ
    angles = 2 * np.pi * np.array([*pair_hz, DIAL_HZ])[:, None] * t
    cosines, sines = np.cos(angles), np.sin(angles)
    drift = t / max(np.abs(t).max(), 1e-9)  # lets the 450 Hz tone be off by its tolerance
    model = np.stack(
        [
            cosines[0],
            sines[0],
            cosines[1],
            sines[1],
            cosines[2],
            sines[2],
            cosines[2] * drift,
            sines[2] * drift,
            np.ones_like(t),
        ]
    )
    fitted = np.linalg.solve(model @ model.T, model @ heard)
    left = heard - fitted @ model
    return np.array([fitted[0] ** 2 + fitted[1] ** 2, fitted[2] ** 2 + fitted[3] ** 2]) / 2, float((left**2).mean())
