"""Line signals of trunks as codes: digital CAS of China No.1 (TS16) and the loop of a subscriber line. Tables, no machine.

A code has no meaning of its own: 1111 backward is "blocked" on an idle trunk, "acknowledged" after a seizure, "hung up" in
a call. So a table row says in which phases it holds, and what both ends then are in. Sources: GF002-9002 and ITU-T Q.421
as in line-signalling §3.4 (bits seen in calls of openr2's China variant); `assumed` where no text was at hand.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, StrEnum, auto
from typing import Final, NewType

Abcd = NewType("Abcd", int)
"""The four bits of a time slot, a = 8, b = 4, c = 2, d = 1 (as drivers carry them)."""

UNUSED: Final = 0b0011  # China sets c = d = 1 where they say nothing


class Direction(StrEnum):
    FORWARD = "forward"  # from the end that seizes
    BACKWARD = "backward"


class LineSignal(StrEnum):
    """What a line says, whatever it is made of."""

    IDLE = "idle"
    SEIZE = "seize"
    SEIZURE_ACKNOWLEDGED = "seizureAcknowledged"
    ANSWER = "answer"  # also a second answer, after clear back
    CLEAR_BACK = "clearBack"  # the called party hung up
    CLEAR_FORWARD = "clearForward"  # the calling end gives the trunk up
    FORCED_RELEASE = "forcedRelease"  # the called end gives the trunk up
    RELEASE_GUARD = "releaseGuard"  # the called end is free again
    BLOCKED = "blocked"
    UNBLOCKED = "unblocked"
    FAULT = "fault"
    OPERATOR = "operator"  # forward: rings again or breaks in; backward: rings back


class Phase(Enum):
    """What a trunk is in, told alike at both ends."""

    IDLE = auto()
    BLOCKED = auto()
    SEIZED = auto()  # not acknowledged
    REGISTERS = auto()  # acknowledged, not answered
    ANSWERED = auto()
    CLEARED_BACK = auto()
    CLEARING = auto()  # clear forward is out, the release guard is not back


F, B = Direction.FORWARD, Direction.BACKWARD
BUSY: Final = (Phase.REGISTERS, Phase.ANSWERED, Phase.CLEARED_BACK)


@dataclass(frozen=True, slots=True)
class Row:
    direction: Direction
    abcd: str
    signal: LineSignal
    phases: tuple[Phase, ...]
    then: Phase | None  # None: the phase stays


DIGITAL: Final = (
    Row(F, "1011", LineSignal.IDLE, (Phase.IDLE, Phase.BLOCKED, Phase.CLEARING), None),
    Row(F, "0011", LineSignal.SEIZE, (Phase.IDLE,), Phase.SEIZED),
    Row(F, "1011", LineSignal.CLEAR_FORWARD, (Phase.SEIZED, *BUSY), Phase.CLEARING),
    Row(F, "1111", LineSignal.FAULT, tuple(Phase), None),  # bf = 1
    Row(F, "0001", LineSignal.OPERATOR, BUSY, None),  # cf = 0; assumed: with af = bf = 0
    Row(B, "1011", LineSignal.IDLE, (Phase.IDLE, Phase.SEIZED), None),
    Row(B, "1111", LineSignal.SEIZURE_ACKNOWLEDGED, (Phase.SEIZED,), Phase.REGISTERS),
    Row(B, "0111", LineSignal.ANSWER, (Phase.REGISTERS, Phase.CLEARED_BACK), Phase.ANSWERED),
    Row(B, "1111", LineSignal.CLEAR_BACK, (Phase.ANSWERED,), Phase.CLEARED_BACK),
    Row(B, "0011", LineSignal.FORCED_RELEASE, BUSY, None),
    Row(B, "1101", LineSignal.OPERATOR, BUSY, None),  # cb = 0; assumed: with the called party on hook
    Row(B, "1011", LineSignal.RELEASE_GUARD, (Phase.CLEARING,), Phase.IDLE),
    Row(B, "1111", LineSignal.BLOCKED, (Phase.IDLE,), Phase.BLOCKED),
    Row(B, "1011", LineSignal.UNBLOCKED, (Phase.BLOCKED,), Phase.IDLE),
)
"""Digital line signals of China No.1."""


@dataclass(frozen=True, slots=True)
class Heard:
    """A code in its phase: what it says, and the phase after it."""

    signal: LineSignal
    phase: Phase


def bits(text: str) -> Abcd:
    """`1011` as a code. Raises ValueError for anything but four 0 and 1."""
    if len(text) != 4 or set(text) - {"0", "1"}:
        raise ValueError(f"{text!r} is no code of four bits")
    return Abcd(int(text, 2))


def text_of(abcd: Abcd) -> str:
    return f"{abcd:04b}"


_MEANINGS: Final[Mapping[tuple[Direction, Phase, Abcd], Heard]] = {
    (row.direction, phase, bits(row.abcd)): Heard(row.signal, row.then or phase)
    for row in DIGITAL
    for phase in row.phases
}
_CODES: Final[Mapping[tuple[Direction, LineSignal], Abcd]] = {
    (row.direction, row.signal): bits(row.abcd) for row in DIGITAL
}


def decode(direction: Direction, abcd: Abcd, phase: Phase) -> Heard | None:
    """What a code says in this phase; None: it says nothing new, or has no meaning here (`means_anything`)."""
    return _MEANINGS.get((direction, phase, abcd))


def means_anything(direction: Direction, abcd: Abcd) -> bool:
    """Whether the code stands in the plan at all; if not, the trunk is faulty or speaks another one."""
    return any(row.direction is direction and bits(row.abcd) == abcd for row in DIGITAL)


def encode(direction: Direction, signal: LineSignal) -> Abcd:
    """The code of a signal. Raises KeyError for one that this direction does not have."""
    return _CODES[direction, signal]


# --- loops ----------------------------------------------------------------------------------------------------------


class LoopSign(StrEnum):
    """What can be seen or done on a pair of wires."""

    LOOP_OPEN = "loopOpen"
    LOOP_CLOSED = "loopClosed"
    RINGING = "ringing"  # 25 Hz
    DIAL_TONE = "dialTone"
    REVERSED = "reversed"  # polarity other than at rest
    NORMAL = "normal"  # polarity as at rest
    LOOP_DROP = "loopDrop"
    BUSY_TONE = "busyTone"


class Begun(Enum):
    """Who began the call."""

    OUTGOING = auto()  # we call the exchange
    INCOMING = auto()  # the exchange calls us


LOOP: Final[Mapping[tuple[Begun, Direction, LoopSign], LineSignal]] = {
    (Begun.OUTGOING, F, LoopSign.LOOP_CLOSED): LineSignal.SEIZE,
    (Begun.OUTGOING, F, LoopSign.LOOP_OPEN): LineSignal.CLEAR_FORWARD,
    (Begun.OUTGOING, B, LoopSign.DIAL_TONE): LineSignal.SEIZURE_ACKNOWLEDGED,
    (Begun.OUTGOING, B, LoopSign.REVERSED): LineSignal.ANSWER,  # only lines that were ordered with it
    (Begun.OUTGOING, B, LoopSign.NORMAL): LineSignal.CLEAR_BACK,  # same
    (Begun.OUTGOING, B, LoopSign.BUSY_TONE): LineSignal.CLEAR_BACK,
    (Begun.OUTGOING, B, LoopSign.LOOP_DROP): LineSignal.CLEAR_BACK,
    (Begun.INCOMING, F, LoopSign.RINGING): LineSignal.SEIZE,
    (Begun.INCOMING, F, LoopSign.BUSY_TONE): LineSignal.CLEAR_FORWARD,
    (Begun.INCOMING, F, LoopSign.LOOP_DROP): LineSignal.CLEAR_FORWARD,
    (Begun.INCOMING, B, LoopSign.LOOP_CLOSED): LineSignal.ANSWER,
    (Begun.INCOMING, B, LoopSign.LOOP_OPEN): LineSignal.CLEAR_BACK,
}
"""Loop-start subscriber lines (line-signalling §3.4, §5). Forward is from the end that calls."""
