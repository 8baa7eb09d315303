"""A port with a telephone on it, as a SLIC and its driver read the loop. Pure: time is an argument, a timer is `until`.

The contacts chatter; `settle` believes a loop that was steady for `debounce_ms`:

    Steady --edge--> Moving --back--> Steady          Moving --debounce--> Steady, and CLOSED or OPENED is said

What a settled loop means:

    Idle --ring--> Ringing (1 s on, 4 s off, on ...) --stop--> Idle
    Idle, Ringing in a pause --closed--> OffHook                           told: off hook
    Ringing in a burst --closed--> Tripping --100 ms--> OffHook            told: off hook
    OffHook --opened--> Open --closed after < 90 ms--> Pulsing --150 ms--> OffHook   told: the digit
                        Open --closed after 90...600 ms--> OffHook         told: a flash, with its length
                        Open --600 ms--> Idle                              told: on hook
                        Open --600 ms--> Measuring --> Idle                  told: on hook     (a port that tests its wire)
                                         Measuring --nothing there--> Empty  told: a fault
    Pulsing --opened--> Open (with the breaks so far)
    Empty --a telephone is there--> Idle                                   told: the fault is over, on hook

Facts carry the sample at which the port was certain, not the one at which a hand moved. Not to be confused with
`subscriber_line`, the exchange's end of the house's own lines.
"""

from dataclasses import dataclass
from enum import Enum
from typing import Final

from drivers.base import RATE_HZ, Hook, HookChanged, HookFlash, LineFault, LineOk, PulseDigit, Signal
from simulator.extension_model import ExtensionModel

BREAKS_MAX: Final = 10  # the digit 0
RETEST_S: Final = 1.0  # assumed: an empty port is tested so often
NOBODY: Final = "no telephone is on the port: it was unplugged, or its wire is cut"


class PortEvent(Enum):
    RING = "ring"  # the house wants it
    STOP_RINGING = "stopRinging"
    CLOSED = "closed"  # the loop, settled
    OPENED = "opened"
    EXPIRED = "expired"
    NOTHING_THERE = "nothingThere"  # instead of EXPIRED when the wire is tested and no telephone hangs there


# --- the loop ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Steady:
    closed: bool


@dataclass(frozen=True, slots=True)
class Moving:
    """It looks different from what was settled; `until` it may be chatter."""

    closed: bool  # what it looks like
    until: int


Contact = Steady | Moving


def touched(contact: Contact, at: int, model: ExtensionModel, *, closed: bool) -> Contact:
    """An edge."""
    settled = contact.closed if isinstance(contact, Steady) else not contact.closed
    return Steady(settled) if closed is settled else Moving(closed, at + max(1, _samples(model.debounce_ms)))


def settle(contact: Moving) -> tuple[Steady, PortEvent]:
    """`until` has come."""
    return Steady(contact.closed), PortEvent.CLOSED if contact.closed else PortEvent.OPENED


# --- what it means ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Idle:
    """On hook, and quiet."""


@dataclass(frozen=True, slots=True)
class Ringing:
    burst: bool  # ring current flows
    until: int


@dataclass(frozen=True, slots=True)
class Tripping:
    """Lifted in a burst: the current flows until the port has noticed."""

    until: int
    burst_until: int


@dataclass(frozen=True, slots=True)
class OffHook: ...


@dataclass(frozen=True, slots=True)
class Open:
    """Its length will say what it is."""

    began: int
    breaks: int  # of a disc's digit, before this one
    until: int


@dataclass(frozen=True, slots=True)
class Pulsing:
    """Closed again after a break of a disc; more may come."""

    breaks: int
    until: int


@dataclass(frozen=True, slots=True)
class Measuring:
    """The wire is measured."""

    until: int


@dataclass(frozen=True, slots=True)
class Empty:
    """Nothing hangs on the wire; `until` it is measured again."""

    until: int


PortState = Idle | Ringing | Tripping | OffHook | Open | Pulsing | Measuring | Empty
Step = tuple[PortState, tuple[Signal, ...]]


def step(state: PortState, event: PortEvent, at: int, port: int, model: ExtensionModel) -> Step:
    """Take an event at a sample; the facts are what the board tells."""
    off, on = HookChanged(port, at, Hook.OFF), HookChanged(port, at, Hook.ON)
    match state, event:
        case Idle(), PortEvent.RING:
            return Ringing(burst=True, until=at + _seconds(model.ring_on_s)), ()
        case Ringing(True), PortEvent.EXPIRED:
            return Ringing(burst=False, until=at + _seconds(model.ring_off_s)), ()
        case Ringing(False), PortEvent.EXPIRED:
            return Ringing(burst=True, until=at + _seconds(model.ring_on_s)), ()
        case Ringing(), PortEvent.STOP_RINGING:
            return Idle(), ()
        case Ringing(True, until), PortEvent.CLOSED if model.ring_trip_ms:
            return Tripping(at + _samples(model.ring_trip_ms), burst_until=until), ()
        case Idle() | Ringing(), PortEvent.CLOSED:
            return OffHook(), (off,)
        case Tripping(), PortEvent.EXPIRED | PortEvent.STOP_RINGING:
            return OffHook(), (off,)
        case Tripping(_, burst_until), PortEvent.OPENED:
            return Ringing(burst=True, until=max(burst_until, at + 1)), ()
        case OffHook(), PortEvent.OPENED:
            return Open(at, 0, until=at + _samples(model.flash_max_ms)), ()
        case Open(began, breaks), PortEvent.CLOSED if at - began < _samples(model.flash_min_ms):
            if not model.pulses:
                return OffHook(), ()
            return Pulsing(breaks + 1, until=at + _samples(model.pulse_pause_ms)), ()
        case Open(began), PortEvent.CLOSED:
            return OffHook(), (HookFlash(port, at, (at - began) * 1000 // RATE_HZ),)
        case Open(), PortEvent.EXPIRED if model.line_test_ms:
            return Measuring(until=at + _samples(model.line_test_ms)), ()
        case Open() | Measuring(), PortEvent.EXPIRED:
            return Idle(), (on,)
        case Measuring(), PortEvent.CLOSED:
            return OffHook(), (on, off)
        case Measuring(), PortEvent.NOTHING_THERE:
            return Empty(until=at + _seconds(RETEST_S)), (LineFault(port, at, NOBODY),)
        case Pulsing(breaks), PortEvent.OPENED:
            return Open(at, breaks, until=at + _samples(model.flash_max_ms)), ()
        case Pulsing(breaks), PortEvent.EXPIRED if breaks <= BREAKS_MAX:
            return OffHook(), (PulseDigit(port, at, str(breaks % BREAKS_MAX)),)
        case Pulsing(), PortEvent.EXPIRED:
            return OffHook(), ()  # more than a disc has
        case Empty(), PortEvent.NOTHING_THERE:
            return Empty(until=at + _seconds(RETEST_S)), ()
        case Empty(), PortEvent.EXPIRED:
            return Idle(), (LineOk(port, at),)
        case Empty(), PortEvent.CLOSED:
            return OffHook(), (LineOk(port, at), off)
        case _:
            return state, ()  # copper says nothing: the event has no meaning here


def deadline(state: PortState | Contact) -> int | None:
    """When it wants EXPIRED, or to be settled."""
    return state.until if isinstance(state, Ringing | Tripping | Open | Pulsing | Measuring | Empty | Moving) else None


def rings(state: PortState) -> bool:
    """Ring current flows."""
    return isinstance(state, Tripping) or (isinstance(state, Ringing) and state.burst)


def lifted(state: PortState) -> bool:
    """As the port has told it."""
    return isinstance(state, OffHook | Open | Pulsing | Measuring)


def _samples(ms: float) -> int:
    return round(ms * RATE_HZ / 1000)


def _seconds(seconds: float) -> int:
    return round(seconds * RATE_HZ)
