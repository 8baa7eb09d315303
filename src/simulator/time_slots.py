"""The E1 ports of the simulated board and the exchange behind them, stepped 20 ms at a time, all at once.

A time slot is digital both ways: A-law, no echo, no noise. Register signals are tones in it, made and heard here as an
exchange does; the bits go beside the sound. Pure apart from the telephones that are handed in.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from cti_core.call_control.cas import Abcd, Direction
from drivers.base import TICK_SAMPLES, CasBits, Signal
from dsp.detections import MfcOn
from dsp.g711 import alaw_decode, alaw_encode
from dsp.goertzel import Bank
from dsp.levels import samples
from dsp.mfc import DIRECTIONS, MFC_HZ, MfcLimits, MfcReceiver
from dsp.senders import mfc_sines
from dsp.tones import FOREVER, Generator, Segment
from simulator.dial_plan import CITY, DialPlan
from simulator.line_tones import LineTone, ToneRows
from simulator.telephone import CallerState, Handset, Telephone
from simulator.trunk_circuit import HOSPITAL, IDLE, Said, TrunkCircuit

HEARS: Final = {CallerState.CALLING: LineTone.RINGBACK, CallerState.BUSY: LineTone.BUSY} | {
    CallerState.FAR_END_CLEARED: LineTone.BUSY
}


class TimeSlots:
    """`first` is the board's port of the first one: facts carry the board's numbers, arguments count from 0."""

    def __init__(self, count: int, *, first: int = 0, dial_plan: DialPlan = CITY) -> None:
        self.first: Final = first
        self.now = 0
        """The next sample to be made."""
        self._called: Final = tuple(Handset() for _ in range(count))
        self.circuits: Final = tuple(TrunkCircuit(lambda n=n: self._called[n], dial_plan) for n in range(count))  # type: ignore[misc]
        self._house: Final[list[Abcd]] = [IDLE] * count
        self._house_told: Final[list[Abcd]] = [IDLE] * count
        self._told: Final[list[Abcd | None]] = [None] * count
        self._mouths: Final = [Generator([]) for _ in range(count)]
        self._saying: Final[list[Said | None]] = [None] * count
        self._hears: Final[list[Direction | None]] = [None] * count
        self._tones: Final = ToneRows()
        self._bank: Final = Bank(max(count, 1), MFC_HZ)
        self._receiver: Final = MfcReceiver(max(count, 1), MfcLimits(), 0)
        self._lost: Final = np.zeros(count, np.bool_)  # nothing goes over a slot whose port was removed

    def __len__(self) -> int:
        return len(self.circuits)

    # --- the house's side: what a board does ----------------------------------------------------------------------

    def set_cas(self, slot: int, bits: int) -> None:
        """From the next step's first sample on."""
        self._house[slot] = Abcd(bits)

    def power(self, slot: int, *, on: bool) -> None:
        """The board serves the slot, or not. When it begins to, it is told what the far end signals."""
        self._house[slot] = IDLE
        self._told[slot] = None
        self._lost[slot] = not on

    def step(self, spoken: NDArray[np.int16]) -> tuple[NDArray[np.int16], tuple[Signal, ...]]:
        """Take (slots, 160) from the board; give the (slots, 160) heard meanwhile, and the facts in order of time."""
        begin, end = self.now, self.now + TICK_SAMPLES
        facts: list[Signal] = []
        for slot, circuit in enumerate(self.circuits):
            if self._house[slot] != self._house_told[slot]:
                self._house_told[slot] = self._house[slot]
                circuit.house_signals(self._house[slot], begin)
            while circuit.until is not None and circuit.until < end:
                circuit.expire(max(circuit.until, begin))
            facts += self._bits(slot, begin)
        came = alaw_decode(alaw_encode(spoken))
        heard = np.stack([self._voice(slot, begin) for slot in range(len(self))]) if len(self) else spoken
        self._listen(came, begin)
        self._take_signals(came, end)
        for slot in range(len(self)):
            facts += self._bits(slot, end)
        self.now = end
        coded: NDArray[np.int16] = alaw_decode(alaw_encode(heard))
        coded[self._lost] = 0
        return coded, tuple(facts)

    def skip(self, samples: int) -> None:
        """The board lost so much time: what was due in it happens at the next step."""
        self.now += samples

    # --- people ---------------------------------------------------------------------------------------------------

    def dial(self, slot: int, telephone: Telephone, called: str = HOSPITAL) -> bool:
        """Call the house on this trunk. False: it is occupied or blocked, the telephone hears busy tone."""
        return self.circuits[slot].call(telephone, self.now, called)

    def hang_up(self, slot: int, telephone: Telephone) -> None:
        self.circuits[slot].hang_up(telephone, self.now)

    def lift(self, telephone: Telephone) -> None:
        """A telephone that the house called is answered now, whatever the dial plan says."""
        for circuit in self.circuits:
            circuit.lift(telephone, self.now)

    def put_down(self, telephone: Telephone) -> None:
        """A telephone that the house called, or that heard the house hang up."""
        for called, circuit in zip(self._called, self.circuits, strict=True):
            if called is telephone:
                circuit.hang_up(telephone, self.now)

    def block(self, slot: int, *, on: bool) -> None:
        """The exchange takes the trunk out of use, or gives it back."""
        self.circuits[slot].block(self.now, on=on)

    def called(self, slot: int) -> Handset:
        """The telephone that rings when the house calls out on this trunk."""
        return self._called[slot]

    def house(self, slot: int) -> Abcd:
        """The bits of the house."""
        return self._house[slot]

    # --- sound ----------------------------------------------------------------------------------------------------

    def _bits(self, slot: int, at: int) -> list[Signal]:
        bits = self.circuits[slot].bits
        if bits == self._told[slot] or self._lost[slot]:
            return []
        self._told[slot] = bits
        return [CasBits(self.first + slot, at, bits)]

    def _voice(self, slot: int, begin: int) -> NDArray[np.int16]:
        """(160,): a register signal, ringback, or whoever talks."""
        circuit = self.circuits[slot]
        if circuit.said is not self._saying[slot]:
            self._saying[slot] = circuit.said
            self._mouths[slot] = Generator(_segments(circuit.said))
        said = circuit.telephone.speak(begin) if circuit.telephone is not None else None
        if circuit.said is not None:
            return self._mouths[slot].pull(TICK_SAMPLES)
        if circuit.ringing_since is not None:
            return self._tone(LineTone.RINGBACK, circuit.ringing_since, begin)
        return said if said is not None and circuit.talking else np.zeros(TICK_SAMPLES, np.int16)

    def _listen(self, came: NDArray[np.int16], begin: int) -> None:
        for slot, circuit in enumerate(self.circuits):
            telephone = circuit.telephone
            if telephone is None:
                continue
            if circuit.talking:
                telephone.hear(came[slot], begin)
            else:
                tone = HEARS.get(getattr(telephone, "state", CallerState.IDLE), LineTone.NONE)
                telephone.hear(self._tone(tone, 0, begin), begin)

    def _tone(self, tone: LineTone, began: int, at: int) -> NDArray[np.int16]:
        row = self._tones.rows(np.array([0]), np.array([int(tone)]), np.array([began]), at)
        frame: NDArray[np.int16] = row[0].astype(np.int16)
        return frame

    def _take_signals(self, came: NDArray[np.int16], end: int) -> None:
        if not len(self):
            return
        for slot, circuit in enumerate(self.circuits):
            if circuit.hears is not self._hears[slot]:
                self._hears[slot] = circuit.hears
                self._receiver.armed[:, slot] = [circuit.hears == direction for direction in DIRECTIONS]
                self._receiver.reset(np.array([slot]))
        self._bank.hear(came)
        for found in self._receiver.hear(self._bank):
            self.circuits[found.row].house_says(found.signal if isinstance(found, MfcOn) else None, end)


def _segments(said: Said | None) -> Sequence[Segment]:
    if said is None:
        return ()
    length = FOREVER if said.length_s is None else samples(1000 * said.length_s)
    return (Segment(length, mfc_sines(said.signal.direction, said.signal.reveal())),)
