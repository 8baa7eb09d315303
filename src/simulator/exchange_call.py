"""What the exchange keeps about a telephone in use."""

from dataclasses import dataclass
from typing import Final

from simulator.line_tones import LineTone
from simulator.telephone import CallerState, Telephone

ON_LINE: Final = frozenset({CallerState.IDLE, CallerState.CALLING, CallerState.TALKING, CallerState.RINGING})
"""Bound to its line. IDLE: the number is dialled, and the line does not ring yet."""

TONES: Final = {
    CallerState.IDLE: LineTone.NONE,
    CallerState.RINGING: LineTone.NONE,
    CallerState.CALLING: LineTone.RINGBACK,
    CallerState.TALKING: LineTone.NONE,
    CallerState.FAR_END_CLEARED: LineTone.BUSY,
    CallerState.BUSY: LineTone.BUSY,
}


@dataclass(slots=True)
class Call:
    """A telephone in use. `port` is the line it called, or that called it (then it begins with RINGING)."""

    telephone: Telephone
    port: int
    state: CallerState
    began: int  # of the tone it hears
