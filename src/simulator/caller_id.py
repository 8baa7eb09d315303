"""The exchange tells who calls: by FSK in the first pause of the ringing, or by DTMF before it (line-signalling §4)."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from drivers.base import RATE_HZ, TICK_SAMPLES
from dsp.levels import samples
from dsp.senders import dtmf_caller_id, fsk_caller_id, mdmf
from dsp.tones import render
from simulator.copper import Copper
from simulator.line_model import CallerIdFault, CallerIdSystem, LineModel

AFTER_RING_MS: Final = 600  # data start 0.5 to 1.5 s after the first ring ends
BEFORE_RING_MS: Final = 300  # the first ring comes 0.2 to 0.5 s after the last digit
FSK_HEAD_MS: Final = 400  # 300 bits of seizure and 180 of mark
WITHHELD: Final = "P"  # GR-30: private


def number_of(port: int) -> str:
    """A number for the telephone that calls this line when nobody names one."""
    return f"139{port + 1:08d}"


class Presentation:
    """Puts messages on the copper, as each line's model says."""

    def __init__(self, models: Sequence[LineModel], copper: Copper) -> None:
        self._models: Final = models
        self._copper: Final = copper

    def before_the_ring(self, port: int, number: str, at: int) -> int:
        """Begin to tell now, where it is told before the ring; the sample at which the line rings."""
        if self._models[port].caller_id is not CallerIdSystem.DTMF or not number:
            return at
        message = _dtmf(number, self._models[port].caller_id_fault)
        self._copper.tell(port, message, at)
        return at + message.size + samples(BEFORE_RING_MS)

    def after_the_ring(self, port: int, number: str, began: int, at: int) -> None:
        """The first burst is over (`began` is when it began): tell, where it is told then."""
        model = self._models[port]
        on_s = model.ring_first_s or model.ring_on_s
        first = at - began < round((on_s + model.ring_off_s) * RATE_HZ)
        if model.caller_id is CallerIdSystem.FSK and first:
            self._copper.tell(port, _fsk(number, model), _tick_of(at + samples(AFTER_RING_MS)))


def _dtmf(number: str, fault: CallerIdFault) -> NDArray[np.int16]:
    match fault:
        case CallerIdFault.CUT:
            return render(dtmf_caller_id(number[: len(number) // 2], stop=""))
        case CallerIdFault.CORRUPT:
            return render(dtmf_caller_id(number, stop=""))
        case CallerIdFault.NONE:
            return render(dtmf_caller_id(number))


def _fsk(number: str, model: LineModel) -> NDArray[np.int16]:
    message = mdmf(number=number) if number else mdmf(absence=WITHHELD)
    if model.caller_id_fault is CallerIdFault.CORRUPT:
        middle = len(message) // 2
        message = message[:middle] + bytes((message[middle] ^ 1,)) + message[middle + 1 :]
    sound = fsk_caller_id(message, level_dbm0=model.caller_id_dbm0)
    if model.caller_id_fault is CallerIdFault.CUT:
        return sound[: (sound.size - samples(FSK_HEAD_MS)) // 2 + samples(FSK_HEAD_MS)]
    return sound


def _tick_of(at: int) -> int:
    return at // TICK_SAMPLES * TICK_SAMPLES
