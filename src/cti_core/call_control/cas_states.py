"""What a trunk of China No.1 can be doing, how it is supervised, and what can be read off it. The arrows: `cas_line`."""

from dataclasses import dataclass, field

from cti_core.call_control import line_states
from cti_core.call_control import register_incoming as incoming
from cti_core.call_control import register_outgoing as outgoing
from cti_core.call_control.cas import Abcd, Direction, LineSignal, encode
from cti_core.call_control.clock import Instant
from cti_core.call_control.ids import CallId, LineId
from cti_core.call_control.line_states import Clearing, Failed, Idle, OutOfService, Reserved, Rest
from cti_core.call_control.privacy import PhoneNumber
from cti_core.call_control.register import Ka, Kd, LengthPlan
from cti_core.call_control.register_outgoing import OutgoingCall
from cti_core.call_control.register_reading import IncomingPlan

CALLED_DIGITS = 8  # of a number in China's large cities; the exchange may be asked to send fewer
IDLE = encode(Direction.FORWARD, LineSignal.IDLE)  # the same in both directions
ACKNOWLEDGE_MAX_S = 2.0  # openr2's seize acknowledge (line-signalling §3.3)
ANSWER_DELAY_S = 0.15  # behind the last register signal: the exchange switches through first (openr2, same)
CLEAR_FORWARD_MAX_S = 60.0  # assumed: exchanges hold a call that the called party left for as long; then we end it
GUARD_MAX_S = 3.0  # openr2's clear back to idle; a far end that needs longer is looked upon as blocked
DUAL_SEIZURE_S = 0.1  # ITU-T Q.421: both ends keep their seizure at least as long, so that each has seen the other's
REST_S = (
    0.1  # our release guard, before we block or seize: the far end must have seen it (it looks each 20 ms at the least)
)


def _incoming() -> IncomingPlan:
    return IncomingPlan(lengths=LengthPlan((("", CALLED_DIGITS),)), ask_caller_after=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class CasPlan:
    """How one trunk takes numbers and sends them, and how it is supervised. It carries calls both ways."""

    line: LineId
    incoming: IncomingPlan = field(default_factory=_incoming)
    outgoing: bool = True  # calls of ours may take it
    prefix: str = ""  # digits before every number
    number: PhoneNumber | None = None  # ours, told to who is called; None: withheld
    category: Ka = Ka.ORDINARY_PERIODIC
    service: Kd = Kd.LOCAL
    acknowledge_max_s: float = ACKNOWLEDGE_MAX_S
    answer_delay_s: float = ANSWER_DELAY_S
    ringback_max_s: float = line_states.RINGBACK_MAX_S
    clear_forward_max_s: float = CLEAR_FORWARD_MAX_S
    guard_max_s: float = GUARD_MAX_S
    call_max_s: float = line_states.CALL_MAX_S


@dataclass(frozen=True, slots=True)
class Blocked:
    """The far end takes no call; it is free again when its bits say so."""

    reason: str


# --- calls that come ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Receiving:
    """Seized and acknowledged; the number comes in."""

    call: CallId
    register: incoming.State = field(repr=False)  # digits of people
    then: Rest = field(default_factory=Idle)


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrived:
    """The far end knows that we are free, and switches through."""

    call: CallId
    until: Instant
    then: Rest = field(default_factory=Idle)


@dataclass(frozen=True, slots=True, kw_only=True)
class Releasing:
    """A call that came is over for us; the far end has to clear forward. `forced`: it was told to."""

    until: Instant
    forced: bool
    then: Rest = field(default_factory=Idle)


@dataclass(frozen=True, slots=True, kw_only=True)
class Resting:
    """Our release guard is out. The far end may seize, we not yet."""

    until: Instant
    then: Rest


# --- calls of ours --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Seizing:
    """The seizure is not acknowledged yet."""

    call: CallId
    number: OutgoingCall
    until: Instant
    then: Rest = field(default_factory=Idle)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sending:
    """The number goes out."""

    call: CallId
    number: OutgoingCall
    register: outgoing.State = field(repr=False)
    then: Rest = field(default_factory=Idle)


@dataclass(frozen=True, slots=True, kw_only=True)
class Proceeding:
    """The called party is free: it rings there."""

    call: CallId
    until: Instant
    then: Rest = field(default_factory=Idle)


@dataclass(frozen=True, slots=True, kw_only=True)
class Yielding:
    """Both ends have seized: ours stands a moment longer, then it is `withdrawn`."""

    until: Instant
    withdrawn: bool = False
    then: Rest = field(default_factory=Idle)


# --- both -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Connected:
    call: CallId
    ours: bool  # we called
    until: Instant  # watchdog
    then: Rest = field(default_factory=Idle)


InCall = Receiving | Arrived | Seizing | Sending | Proceeding | Connected
Between = Releasing | Resting | Yielding | Clearing
Doing = Idle | OutOfService | Failed | Blocked | Reserved | InCall | Between


@dataclass(frozen=True, slots=True)
class Trunk:
    """What the far end signals, which no state forgets, and what the trunk is doing."""

    doing: Doing = field(default_factory=Idle)
    far: Abcd = IDLE


WORDS: dict[type, str] = {
    Idle: "idle",
    OutOfService: "outOfService",
    Failed: "outOfService",
    Blocked: "outOfService",
    Reserved: "reserved",
    Receiving: "ringing",
    Arrived: "ringing",
    Seizing: "seizing",
    Sending: "dialling",
    Proceeding: "proceeding",
    Connected: "connected",
    Releasing: "clearing",
    Resting: "clearing",
    Yielding: "clearing",
    Clearing: "clearing",
}


def reason_of(doing: Doing) -> str:
    """Why the trunk is out of service; empty otherwise."""
    match doing:
        case OutOfService(by):
            return f"by {by}"
        case Failed(reason) | Blocked(reason):
            return reason
        case _:
            return ""


def call_of(doing: Doing) -> CallId | None:
    """The call on the trunk, if one is."""
    return doing.call if isinstance(doing, InCall | Reserved) else None


def deadline(doing: Doing) -> Instant | None:
    """When the trunk wants DeadlinePassed."""
    match doing:
        case Receiving(register=register):
            return incoming.deadline(register)
        case Sending(register=register):
            return outgoing.deadline(register)
        case Idle() | OutOfService() | Failed() | Blocked():
            return None
        case _:
            return doing.until
