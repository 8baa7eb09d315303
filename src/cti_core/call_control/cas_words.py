"""Words of trunks with channel associated signalling: what is heard on a time slot, and what it is told to do.

Register signals carry the digits of people's numbers, so they mask themselves as `PhoneNumber` does; the journal on disk
keeps the truth.
"""

from dataclasses import dataclass

from cti_core.call_control.cas import Abcd, Direction
from cti_core.call_control.ids import LineId
from cti_core.call_control.privacy import PhoneNumber

DIGITS = 10  # forward signals 1 to 10 are digits, or categories that look like them


@dataclass(frozen=True, slots=True, repr=False)
class Mfc:
    """A register signal (China No.1). Text and repr show no digit: `forward •`, `forward 15`, `backward 1`."""

    direction: Direction
    number: int  # 1 to 15 forward, 1 to 6 backward

    def reveal(self) -> int:
        """The signal itself. Whoever calls this answers for where it goes."""
        return self.number

    def __str__(self) -> str:
        secret = self.direction is Direction.FORWARD and self.number <= DIGITS
        return f"{self.direction} {'•' if secret else self.number}"

    def __repr__(self) -> str:
        return f"Mfc({self})"


# --- heard ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class CasHeard:
    """The far end of the time slot signals other bits."""

    line: LineId
    bits: Abcd


@dataclass(frozen=True, slots=True)
class SignalHeard:
    """A register signal began."""

    line: LineId
    signal: Mfc


@dataclass(frozen=True, slots=True)
class SignalEnded:
    line: LineId
    direction: Direction


@dataclass(frozen=True, slots=True)
class CalledHeard:
    """The far end told which of our numbers was called."""

    line: LineId
    number: PhoneNumber


HeardOnTrunk = CasHeard | SignalHeard | SignalEnded | CalledHeard

# --- to be done -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SetCas:
    """Signal these bits from now on."""

    line: LineId
    bits: Abcd


@dataclass(frozen=True, slots=True)
class ListenToRegister:
    """A register begins: hear signals of this direction, and no keys and tones; None: it is over."""

    line: LineId
    direction: Direction | None


@dataclass(frozen=True, slots=True)
class SendSignal:
    """Until `StopSignal`, another signal, or for `length_s`. It begins and ends without a ramp (Q.454: within 1 ms)."""

    line: LineId
    signal: Mfc
    length_s: float | None = None


@dataclass(frozen=True, slots=True)
class StopSignal:
    line: LineId


TrunkAction = SetCas | ListenToRegister | SendSignal | StopSignal
