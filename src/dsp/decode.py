"""What the ears hear in a WAV file, as the JSON of `cti decode`: one event an episode, times in ms."""

from pathlib import Path
from typing import Final, Literal, TypedDict

import numpy as np
from numpy.typing import NDArray

from dsp import wav
from dsp.detections import CallerId, Detection, DigitOff, DigitOn, FaxTone, MfcOff, MfcOn, ToneOff, ToneOn
from dsp.dtmf import Refused
from dsp.ears import Ears
from dsp.levels import RATE_HZ, TICK_SAMPLES
from dsp.plan import TonePlan

Direction = Literal["forward", "backward"]
Event = dict[str, object]


class Heard(TypedDict):
    """The whole answer of `cti decode --json`."""

    file: str
    events: list[Event]


TAIL_TICKS: Final = (
    50  # assumed: a second of silence behind the file, so that what waits for a silence comes to its end
)


def decode_file(
    path: Path,
    plan: TonePlan,
    mfc: Direction | None = None,
    reference: Path | None = None,
    refused: list[Refused] | None = None,
) -> Heard:
    """Everything but register signals, which are armed by `mfc` only. `reference`: what we sent meanwhile.

    `refused` is filled with the candidates for a DTMF digit that were none, and why.
    Raises dsp.wav.NotAudio, OSError.
    """
    samples = wav.read(path).samples
    sent = None if reference is None else wav.read(reference).samples
    ears = Ears(1, plan)
    ears.dtmf.refused = refused
    ears.arm(0, fax=True, caller_id=True, mfc=mfc)
    return {"file": path.name, "events": events(listen(ears, samples, sent), len(samples))}


def listen(ears: Ears, samples: NDArray[np.int16], sent: NDArray[np.int16] | None = None) -> list[Detection]:
    """(n,) int16 through row 0, and a second of silence behind it; `sent` began at the same sample."""
    ticks = -(-len(samples) // TICK_SAMPLES) + TAIL_TICKS
    heard = _ticks(samples, ticks)
    echoing = [None] * ticks if sent is None else _ticks(sent, ticks)
    return [found for frame, out in zip(heard, echoing, strict=True) for found in ears.hear(frame, out)]


def _ticks(samples: NDArray[np.int16], ticks: int) -> NDArray[np.int16]:
    """(ticks, 1, 160), cut or filled up with silence."""
    padded = np.zeros(ticks * TICK_SAMPLES, np.int16)
    padded[: len(samples)] = samples[: len(padded)]
    return padded.reshape(ticks, 1, TICK_SAMPLES)


def events(found: list[Detection], length: int) -> list[Event]:
    """Detections joined to episodes, in order of their beginnings; an end behind the file's is left open for tones."""
    told: list[tuple[int, Event]] = []
    tones: dict[str, Event] = {}
    for detection in found:
        match detection:
            case DigitOff(digit=digit, start=start, end=end):
                told.append((start, {"kind": "dtmf", "digit": digit, "start_ms": _ms(start), "end_ms": _ms(end)}))
            case ToneOn(tone=tone, start=start):
                tones[tone] = {"kind": "tone", "tone": tone, "start_ms": _ms(start), "end_ms": None}
                told.append((start, tones[tone]))
            case ToneOff(tone=tone, end=end):
                tones[tone]["end_ms"] = _ms(end) if end < length else None
            case MfcOff(direction=way, signal=signal, start=start, end=end):
                event: Event = {"kind": f"mfc.{way}", "signal": signal, "start_ms": _ms(start), "end_ms": _ms(end)}
                told.append((start, event))
            case CallerId(start=start):
                told.append((start, _caller_id(detection)))
            case FaxTone(fax=fax, start=start):
                told.append((start, {"kind": "fax", "fax": fax, "start_ms": _ms(start)}))
            case DigitOn() | MfcOn():
                pass  # its end tells it whole
    return [event for _, event in sorted(told, key=lambda pair: pair[0])]


def _caller_id(found: CallerId) -> Event:
    return {
        "kind": "callerId",
        "method": found.method,
        "number": found.number,
        "absence": found.absence,
        "name": found.name,
        "datetime": found.datetime,
        "start_ms": _ms(found.start),
    }


def _ms(samples: int) -> int:
    return round(samples * 1000 / RATE_HZ)
