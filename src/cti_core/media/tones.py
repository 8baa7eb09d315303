"""Tones that the house itself makes: to its own telephones, and to the exchange."""

from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from cti_core.call_control.cas_words import Mfc
from cti_core.call_control.events import Tone
from dsp.levels import RATE_HZ
from dsp.plan import TonePlan, ToneSpec
from dsp.senders import mfc_sines
from dsp.tones import Generator, Segment, keys, progress, render, silence

DIGIT_ON_MS, DIGIT_OFF_MS = 100, 100  # assumed: twice what ITU-T Q.24 wants; old exchanges and PBXs are slower
PAUSE_MS: Final = 1000  # of a comma, as in V.250 (S8)
PAUSE: Final = ","
REGISTER_PERIOD: Final = RATE_HZ // 20


def digits(number: str) -> NDArray[np.int16]:
    """(n,) int16, 8 kHz: the number in DTMF. Raises ValueError for what is no key."""
    try:
        segments = [
            segment
            for key in number
            for segment in ([silence(PAUSE_MS)] if key == PAUSE else keys(key, on_ms=DIGIT_ON_MS, off_ms=DIGIT_OFF_MS))
        ]
    except KeyError as key:
        raise ValueError(f"{key} is no key of a telephone") from None
    return render(segments)


def loops(plan: TonePlan) -> dict[Tone, NDArray[np.int16]]:
    """One period of each tone of the plan that has a name of ours, to be played round and round; (n,) int16, 8 kHz."""
    known = {tone.value: tone for tone in Tone}
    return {known[spec.name]: _period(spec) for spec in plan.tones if spec.name in known}


def _period(spec: ToneSpec) -> NDArray[np.int16]:
    """A continuous tone repeats after a second: its frequencies are whole numbers of hertz."""
    length = round(sum(spec.cadence_ms) * RATE_HZ / 1000) or RATE_HZ
    return Generator(progress(spec)).pull(length)


@cache
def register_signal(signal: Mfc) -> NDArray[np.int16]:
    """One period, to be played round and round: all frequencies are multiples of 20 Hz. Raises KeyError for no signal."""
    segment = Segment(REGISTER_PERIOD, mfc_sines(signal.direction, signal.reveal()))
    return Generator([segment]).pull(REGISTER_PERIOD)
