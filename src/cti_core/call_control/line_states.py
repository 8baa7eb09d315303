"""What one analogue line can be doing, how it is supervised, and what can be read off it. The arrows: `line`, `line_calling`."""

from dataclasses import dataclass, field

from cti_core.call_control.clock import Instant
from cti_core.call_control.events import CallerIdHeard, Tone
from cti_core.call_control.ids import CallId, LineId
from cti_core.call_control.privacy import PhoneNumber

ANSWER_ON_RING = 2  # the caller's number is sent between the first two rings (line-signalling §4)
RING_GAP_S = 6.0  # after the last burst (1 s on, 4 s off): a longer silence means the caller gave up (boards.md R12)
GUARD_S = 2.0  # the exchange needs it to free the line; DAHDI swallows rings for 2 s too (boards.md R13)
CALL_MAX_S = 7200.0  # assumed: no hospital call lasts two hours; a stuck trunk must be impossible (boards.md R1)
HANG_UP_TONES = frozenset({Tone.BUSY, Tone.CONGESTION, Tone.HOWLER, Tone.DIAL})  # line-signalling §5.1, §5.5
DIAL_TONE_WAIT_S = 5.0  # boards.md R8: 0.3 to 5 s
DIAL_DELAY_S = 0.3  # assumed: some exchanges lose a digit that comes with the first of the dial tone (boards.md R8)
RINGBACK_MAX_S = 60.0  # assumed: twelve rings; exchanges give up at about the same time
POLARITY_DEAF_S = (
    0.6  # reversals at seizure, and at our own answer, mean nothing (boards.md §1.6: polarityonanswerdelay)
)
FLASH_DEAF_S = (
    60.0  # assumed: an extension is dialled, rings, and is told who is there; the agent hears tones meanwhile
)
BEGINNING = Instant(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class LinePlan:
    """How one line is supervised, and how calls of ours go out on it."""

    line: LineId
    answer_on_ring: int = ANSWER_ON_RING
    hang_up_tones: frozenset[Tone] = HANG_UP_TONES
    loop_drop_clears: bool = True
    polarity_clears: bool = False  # only lines that were ordered with it (line-signalling §5.2)
    silence_clears_s: float = 0.0  # 0: silence clears nothing
    ring_gap_s: float = RING_GAP_S
    guard_s: float = GUARD_S
    call_max_s: float = CALL_MAX_S
    outgoing: bool = True  # calls of ours may take it
    en_bloc: bool = False  # the board sends the number with the seizure: there is no dial tone
    pulse: bool = False  # dial as a disc does
    prefix: str = ""  # keys for an outside line, where a PBX wants them; a comma waits a second
    dial_tone_wait_s: float = DIAL_TONE_WAIT_S
    dial_delay_s: float = DIAL_DELAY_S
    ringback_max_s: float = RINGBACK_MAX_S
    polarity_answers: bool = False  # the exchange reverses when the called party answers
    polarity_deaf_s: float = POLARITY_DEAF_S
    flash_ms: int = 0  # of a flash towards a PBX; 0: the port cannot


@dataclass(frozen=True, slots=True)
class Idle: ...


@dataclass(frozen=True, slots=True)
class Announced:
    """The exchange told who calls; the first ring is to come."""

    heard: CallerIdHeard
    until: Instant


@dataclass(frozen=True, slots=True)
class OutOfService:
    """An operator took it away."""

    by: str


@dataclass(frozen=True, slots=True)
class Failed:
    """The copper or the board is gone; it comes back by itself."""

    reason: str


Rest = Idle | OutOfService
"""Where a line goes when its call is over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ringing:
    call: CallId
    rings: int
    until: Instant
    then: Rest = field(default_factory=Idle)


@dataclass(frozen=True, slots=True, kw_only=True)
class Connected:
    call: CallId
    until: Instant  # watchdog
    then: Rest = field(default_factory=Idle)
    deaf_until: Instant = BEGINNING  # reversals before are the exchange's own: it has seen our loop
    tones_deaf_until: Instant = BEGINNING  # tones before are a PBX's, which was flashed
    reversal_to_come: bool = False  # a call of ours whose answer was estimated: the first reversal is the answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Clearing:
    until: Instant
    then: Rest = field(default_factory=Idle)


@dataclass(frozen=True, slots=True, kw_only=True)
class Testing:
    """An operator measures it: off hook, nobody's."""

    by: str
    until: Instant
    then: Rest = field(default_factory=Idle)


# --- calls of ours --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Reserved:
    """On hook, kept for a call of ours whose agent is not there yet."""

    call: CallId
    until: Instant
    then: Rest = field(default_factory=Idle)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seizing:
    """Off hook, waiting for dial tone. `voice`: somebody spoke instead."""

    call: CallId
    number: PhoneNumber
    until: Instant
    voice: bool = False
    then: Rest = field(default_factory=Idle)


@dataclass(frozen=True, slots=True, kw_only=True)
class Invited:
    """Dial tone is there; the exchange gets a moment to listen."""

    call: CallId
    number: PhoneNumber
    until: Instant
    then: Rest = field(default_factory=Idle)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialling:
    call: CallId
    until: Instant
    then: Rest = field(default_factory=Idle)


@dataclass(frozen=True, slots=True, kw_only=True)
class Proceeding:
    """The number is out: ringback, busy, an announcement, or somebody."""

    call: CallId
    dialled: Instant
    until: Instant
    alerting: bool = False  # ringback was heard
    voice: bool = False  # and somebody speaks, or the ringback has ended
    reversed: bool = False
    then: Rest = field(default_factory=Idle)


OfOurs = Reserved | Seizing | Invited | Dialling | Proceeding
State = Idle | Announced | Ringing | Connected | Clearing | OutOfService | Failed | Testing | OfOurs

WORDS: dict[type, str] = {
    Idle: "idle",
    Announced: "idle",
    Ringing: "ringing",
    Connected: "connected",
    Clearing: "clearing",
    OutOfService: "outOfService",
    Failed: "outOfService",
    Testing: "testing",
    Reserved: "reserved",
    Seizing: "seizing",
    Invited: "seizing",
    Dialling: "dialling",
    Proceeding: "proceeding",
}


def reason_of(state: State) -> str:
    """Why the line is out of service, or who tests it; empty otherwise."""
    match state:
        case OutOfService(by) | Testing(by=by):
            return f"by {by}"
        case Failed(reason):
            return reason
        case _:
            return ""


def call_of(state: State) -> CallId | None:
    """The call on the line, if one is."""
    return state.call if isinstance(state, Ringing | Connected | OfOurs) else None


def deadline(state: State) -> Instant | None:
    """When the line wants DeadlinePassed."""
    return None if isinstance(state, Idle | OutOfService | Failed) else state.until
