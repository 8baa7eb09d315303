"""The one door between the house and telephony boards; no call lives on this side of it.

A board reports raw facts with sample time and obeys commands that never block. Meaning (answered? hung up?) is decided
once, in the line machine. A capability a port lacks is replaced by a software detector on its audio or refused in
words (`Unsupported`), never a silent no-op.
"""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from enum import Enum, Flag, auto
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

RATE_HZ = 8000  # ITU-T G.711
TICK_SAMPLES = 160  # 20 ms


class PortKind(Enum):
    FXO = "fxo"  # towards the exchange: we are the telephone
    FXS = "fxs"  # towards a telephone: we are the exchange
    E1_CAS = "e1_cas"  # a time slot of an E1 with channel associated signalling


class Capability(Flag):
    """What a port can do by itself; names of boards.md §3.2."""

    NONE = 0
    LOOP_CURRENT = auto()
    POLARITY_RX = auto()
    BATTERY_SENSE = auto()
    ONHOOK_AUDIO = auto()
    HW_DTMF = auto()
    HW_EC = auto()
    FULL_DUPLEX = auto()
    RING_GEN = auto()
    HOOK_FLASH = auto()
    COMMON_CLOCK = auto()
    HW_CALLER_ID = auto()  # the board reads the caller's number: `CallerIdRead`
    HW_CPD = auto()  # the board knows tones of the exchange: `ToneRead`
    POLARITY_TX = auto()
    PULSE_TX = auto()
    CAS_BITS = auto()
    CLEARS_PHONE = (
        auto()
    )  # FXS: `hook` ON ends the call of a telephone that is off hook (SIP); others wait for its hand
    EN_BLOC = auto()  # the whole number goes out with the seizure: `dial` it at once, there is no dial tone to wait for


class Hook(Enum):
    ON = "on"
    OFF = "off"


class Unsupported(Exception):
    """The port cannot do this; the message says which port and what."""


class BoardLost(Exception):
    """The board does not answer any more, or could not be opened; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class PortInfo:
    """One port. `port` is the 0-based row of the audio matrix. Not to be confused with the line on the wall."""

    port: int
    kind: PortKind
    capabilities: Capability
    remarks: tuple[str, ...] = ()
    """Sentences for `cti lines --capabilities`: what this port does otherwise than people expect."""
    transmit_delay_samples: int | None = None
    """This port's own, where the ports of one board differ (a rack); None: the board's."""


# --- raw facts, each with its port and the sample at which it happened ----------------------------------------------


@dataclass(frozen=True, slots=True)
class RingOn:
    port: int
    at: int  # samples


@dataclass(frozen=True, slots=True)
class RingOff:
    port: int
    at: int


@dataclass(frozen=True, slots=True)
class LoopOpen:
    """Battery went away (exchange side). `LoopClosed` tells for how long."""

    port: int
    at: int


@dataclass(frozen=True, slots=True)
class LoopClosed:
    port: int
    at: int
    open_ms: int


@dataclass(frozen=True, slots=True)
class Polarity:
    port: int
    at: int
    reversed: bool


@dataclass(frozen=True, slots=True)
class HookChanged:
    """A telephone on an FXS port was lifted or put down."""

    port: int
    at: int
    position: Hook


@dataclass(frozen=True, slots=True)
class HookFlash:
    port: int
    at: int
    length_ms: int


@dataclass(frozen=True, slots=True)
class LineFault:
    """No battery, cable cut, port removed."""

    port: int
    at: int
    reason: str


@dataclass(frozen=True, slots=True)
class LineOk:
    port: int
    at: int


@dataclass(frozen=True, slots=True)
class Overrun:
    """Samples of this port were lost by the host; `heard` holds silence in their place."""

    port: int
    at: int
    samples: int


@dataclass(frozen=True, slots=True)
class DtmfDown:
    """The board itself heard a key (HW_DTMF); the ears are not asked on such a port."""

    port: int
    at: int
    digit: str


@dataclass(frozen=True, slots=True)
class DtmfUp:
    """The key that `DtmfDown` told was let go."""

    port: int
    at: int
    digit: str
    length_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CallerIdRead:
    """The board itself read the caller's number (HW_CALLER_ID). Not to be confused with `dsp.detections.CallerId`."""

    port: int
    at: int
    number: str = field(repr=False)  # empty: absent
    absence: str = ""  # `O` unavailable, `P` private
    name: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class ToneRead:
    """The board itself heard a tone of the exchange (HW_CPD)."""

    port: int
    at: int
    tone: str  # word of `cti_core.call_control.events.Tone`


@dataclass(frozen=True, slots=True)
class PulseDigit:
    """A telephone on an FXS port dialled with its disc."""

    port: int
    at: int
    digit: str


@dataclass(frozen=True, slots=True)
class CasBits:
    """The far end of a time slot signals these bits: A = 8, B = 4, C = 2, D = 1 (ITU-T Q.421)."""

    port: int
    at: int
    bits: int


@dataclass(frozen=True, slots=True)
class DialDone:
    """The board has sent all digits of `Operations.dial`."""

    port: int
    at: int


@dataclass(frozen=True, slots=True)
class HookDone:
    """A flash, or a loop that was opened for a moment, is over."""

    port: int
    at: int


@dataclass(frozen=True, slots=True)
class FarEndAnswered:
    """The network said in so many words that the call of ours was answered (SIP 200)."""

    port: int
    at: int


@dataclass(frozen=True, slots=True)
class FarEndCleared:
    """The network said in so many words that the far end ended the call (SIP BYE): no supervision has to guess it."""

    port: int
    at: int


@dataclass(frozen=True, slots=True)
class DtmfBy:
    """From here on the board itself hears this port's keys, or the ears do, as the two ends of the call agreed."""

    port: int
    at: int
    board: bool


Signal = (
    RingOn
    | RingOff
    | LoopOpen
    | LoopClosed
    | Polarity
    | HookChanged
    | HookFlash
    | LineFault
    | LineOk
    | Overrun
    | DtmfDown
    | DtmfUp
    | CallerIdRead
    | ToneRead
    | PulseDigit
    | CasBits
    | DialDone
    | HookDone
    | FarEndAnswered
    | FarEndCleared
    | DtmfBy
)


@dataclass(frozen=True, slots=True, eq=False)
class Tick:
    """20 ms of the board. Ticks are the only clock a call ever feels.

    `at` is the count of samples since the board was opened, up to the newest sample of `heard`; normally 160 more than
    the tick before. A jump of more says that ticks were lost.
    """

    at: int
    heard: NDArray[np.int16]  # (ports, 160), linear PCM, 8 kHz
    signals: tuple[Signal, ...] = ()


@dataclass(frozen=True, slots=True)
class Health:
    """Counters since the board was opened."""

    ticks: int = 0
    ticks_late: int = 0
    ticks_lost: int = 0
    overruns: int = 0
    underruns: int = 0
    """Ticks whose frame was not spoken in time: silence was sent."""
    alarms: tuple[str, ...] = field(default=())
    frames_dropped: int = 0
    """Frames spoken too late, twice in a tick, or while the board was closed."""
    clock_slips: int = 0
    """Frames inserted or dropped on ports whose clock is not the board's."""
    irq_misses: int = 0
    """What the card itself missed, since its driver was loaded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LineState:
    """What a port looks like now, for people and tests; calls live on signals."""

    port: int
    hook: Hook  # FXO: ours; FXS: the telephone's
    ringing: bool
    battery: bool
    reversed: bool = False
    volts: float | None = None  # across the line, where the board can measure it
    fault: str = ""


class Operations:
    """What few ports can do. A driver inherits this and overrides what it can; the rest refuses in words."""

    def dial(self, port: int, digits: str, *, pulse: bool = False) -> None:
        """The board sends digits by itself, `DialDone` follows; until then `speak` is not heard. Raises Unsupported."""
        how = "pulses" if pulse else "tones"
        raise Unsupported(f"port {port} cannot dial {len(digits)} digits in {how} by itself: send them as audio")

    def set_polarity(self, port: int, *, reversed_: bool) -> None:
        """FXS: battery the other way round. Raises Unsupported."""
        raise Unsupported(f"port {port} cannot {'reverse' if reversed_ else 'restore'} polarity")

    def echo_cancel(self, port: int, *, on: bool, tail_ms: int = 16) -> None:
        """The board's own canceller (HW_EC); off for fax. Raises Unsupported."""
        raise Unsupported(f"port {port} has no echo canceller to switch {'on' if on else 'off'} ({tail_ms} ms)")

    def set_cas(self, port: int, bits: int) -> None:
        """E1_CAS: signal A = 8, B = 4, C = 2, D = 1. Raises Unsupported."""
        raise Unsupported(f"port {port} is no time slot: it cannot signal bits {bits:04b}")

    def set_guard(self, port: int, guard_ms: int) -> None:
        """Stay on hook at least this long before the next seizure. Raises Unsupported."""
        raise Unsupported(f"port {port} keeps no guard time of {guard_ms} ms by itself")

    def line_state(self, port: int) -> LineState:
        """Raises Unsupported."""
        raise Unsupported(f"port {port} cannot be looked at")


def operations(board: object) -> Operations:
    """Those of a board; a board without any refuses all of them."""
    return board if isinstance(board, Operations) else Operations()


class Board(Protocol):
    """Many lines that tick as one. All commands return at once."""

    name: str
    ports: tuple[PortInfo, ...]
    transmit_delay_samples: int
    """From `speak` to the copper and back into `heard`; the echo canceller needs it.

    A frame spoken with the tick whose `at` is A is on the copper from sample A + transmit_delay_samples on; its echo
    is in `heard` from there on, later by the line's own delay.
    """

    def open(self) -> AbstractAsyncContextManager[AsyncIterator[Tick]]:
        """Take the board and tick every 20 ms; leaving puts all ports on hook. Raises BoardLost."""
        ...

    def speak(self, frames: NDArray[np.int16]) -> None:
        """Send one (ports, 160) frame with the tick that was just received; a later one is dropped and counted."""
        ...

    def hook(self, port: int, position: Hook) -> None:
        """FXO: close or open the loop."""
        ...

    def flash(self, port: int, length_ms: int) -> None:
        """FXO: open the loop for a moment. Raises Unsupported."""
        ...

    def ring(self, port: int, *, on: bool) -> None:
        """FXS: ring the telephone in the plan's cadence, or stop. Raises Unsupported."""
        ...

    def gain(self, port: int, *, rx_db: float, tx_db: float) -> None:
        """Set both gains in dB. Raises Unsupported."""
        ...

    def health(self) -> Health: ...
