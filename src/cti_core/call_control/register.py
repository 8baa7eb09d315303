"""China No.1 register signalling (MFC): the words both registers speak. The machines: `register_outgoing`, `register_incoming`.

Four beats a signal, each started by hearing the one before (compelled, ITU-T Q.440):

    outgoing   forward on    hears it --> forward off    hears it --> the next forward on
    incoming      hears it --> backward on   hears it --> backward off

Nobody shortens a beat, so the speed is that of the loop. The beats also tell a hole in a tone from its end: an answer that
comes sooner than the loop allows is none. Each end measures its loop (`guard`) and believes no change before three
quarters of it, and an answer lasts a loop; so no hole in one direction doubles a digit or skips one, and on a good line it
costs nothing. Outages of both directions in the same instant can: there the lost answer and the next equal digit look alike.
Meanings: line-signalling §3.2 (GF002-9002, GB 3377). MFC runs over any line type: nothing here knows a line.
"""

from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import Final, NewType

from cti_core.call_control.clock import Instant, after, seconds
from cti_core.call_control.csta import Cause
from cti_core.call_control.notes import Disregarded
from cti_core.call_control.privacy import PhoneNumber

FORWARD_ON_MAX_S: Final = 15.0  # 15 ± 3 s, outgoing register: a forward signal without an answer (Q.476)
FORWARD_OFF_MAX_S: Final = 24.0  # outgoing register: between two forward signals (Q.476)
INCOMING_SILENCE_MAX_S: Final = 15.0  # 8 to 24 s, incoming register: without a forward signal (Q.476)
INCOMING_TONE_MAX_S: Final = 24.0  # assumed: above the 18 s after which the far end must have stopped its signal
END_OF_NUMBER_S: Final = 2.0  # number of unknown length: no further digit (openr2 backward cycle, line-signalling §3.3)
PULSE_S: Final = 0.150  # 150 ± 50 ms: A3, A4, A5 without a forward signal (Q.442)
PULSE_MAX_S: Final = 0.200  # same
PULSE_AFTER_S: Final = 0.100  # at least, since the end of the last signal (Q.442)
PULSE_DEAF_S: Final = (
    0.300  # 300 ± 100 ms: the sender of a pulse believes no forward signal from its begin on (Q.442, Q.475)
)
CONFIRM_S: Final = PULSE_MAX_S + 0.060  # assumed: a pulse has ended by then, release of the receiver included
PULSE_SUSPECT_S: Final = 1.0  # assumed: half of END_OF_NUMBER_S; a later A3 may be a pulse that crossed our digit
DECISION_MAX_S: Final = 10.0  # assumed: below the 12 s after which the far end may give up its KD
LOOP_SHARE: Final = 0.75  # assumed: of the shortest loop measured; above 1/2 no hole on one side can deceive
LATE_S: Final = 0.2  # assumed: no far end that has heard our answer is later than its loop by more
GUARD_FLOOR_S: Final = 0.020  # assumed: operate and release of both ends take longer than one tick (Q.455)
GUARD_MAX_S: Final = 0.6  # assumed: a loop by satellite; a first answer in a hole measures far too long
GUARD_FIRST_S: Final = 0.040  # assumed: before the loop is measured; the loop of two ends with 20 ms ticks is longer

CALLED_DIGITS_MAX: Final = 24  # assumed: a number has 15 digits at most (E.164); prefixes and carrier codes added
CALLER_DIGITS_MAX: Final = 20  # assumed: same; a stuck peer must end

Forward = NewType("Forward", int)
"""A forward signal, 1 to 15 (2 of 6 frequencies)."""
Backward = NewType("Backward", int)
"""A backward signal, 1 to 6 (2 of 4 frequencies)."""

FORWARD: Final = tuple(Forward(n) for n in range(1, 16))
BACKWARD: Final = tuple(Backward(n) for n in range(1, 7))

END_OF_CALLER: Final = Forward(15)
CALLER_RESTRICTED: Final = Forward(12)  # instead of the caller's digits (openr2 China, line-signalling §3.2)


class GroupA(IntEnum):
    """What the incoming register wants; also the first answers of a call that fails."""

    SEND_NEXT = 1  # after A6 until the end of the caller's number: its next digit
    RESTART = 2  # from the first digit of the called number
    CHANGE_TO_B = 3  # the address is complete: send KD, the answer is of group B
    CONGESTION = 4
    VACANT = 5
    SEND_CALLER = 6  # send KA, then the caller's number


A1, A2, A3, A4, A5, A6 = (Backward(int(meaning)) for meaning in GroupA)


class Ka(IntEnum):
    """Category of the caller, answer to A6. The others are spare: taken, and passed on as they are."""

    ORDINARY_PERIODIC = 1
    ORDINARY_METER = 2
    ORDINARY_PRINTER = 3
    ORDINARY_FREE = 5
    PRIORITY_PERIODIC = 8
    PRIORITY_FREE = 10
    TEST = 13


class Kd(IntEnum):
    """Service of the call, answer to A3."""

    TOLL_OPERATOR = 1
    TOLL_AUTOMATIC = 2
    LOCAL = 3
    LOCAL_DATA = 4  # fax, data, or a caller with priority
    OPERATOR_CHECK = 5  # an operator checks the caller
    TEST = 6


class Result(StrEnum):
    """Group B: the state of the called party."""

    FREE = "free"
    FREE_CALLER_RELEASES = "freeCallerReleases"
    BUSY = "busy"
    BUSY_TOLL = "busyToll"
    CONGESTION = "congestion"
    VACANT = "vacant"


class Failure(StrEnum):
    """Why there is no result. The first two are told by the far end, or to it."""

    CONGESTION = "congestion"  # A4
    VACANT = "vacant"  # A5
    RELEASED = "released"  # the line was released in the register phase
    NO_FORWARD = "noForward"  # incoming: nothing came in time
    FORWARD_STUCK = "forwardStuck"  # incoming: a signal did not end after its answer
    NO_BACKWARD = "noBackward"  # outgoing: a signal was not answered
    BACKWARD_STUCK = "backwardStuck"  # outgoing: an answer did not end
    NO_COMPLETION = "noCompletion"  # outgoing: all digits are sent and nobody says A3
    NO_DECISION = "noDecision"  # incoming: the house did not say how the called party is
    WRONG_SIGNAL = "wrongSignal"  # a signal that has no meaning here
    TOO_EARLY = "tooEarly"  # outgoing: A3 before the whole number was sent
    NOT_REGISTERED = "notRegistered"  # outgoing: an A3 pulse crossed a digit; the far end does not have it
    MUTILATED = "mutilated"  # incoming: a signal came in pieces, once or twice is not to be told
    TOO_MANY_RESTARTS = "tooManyRestarts"
    TOO_MANY_DIGITS = "tooManyDigits"


# --- events ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ForwardOn:
    signal: Forward


@dataclass(frozen=True, slots=True)
class ForwardOff: ...


@dataclass(frozen=True, slots=True)
class BackwardOn:
    signal: Backward


@dataclass(frozen=True, slots=True)
class BackwardOff: ...


@dataclass(frozen=True, slots=True)
class Decide:
    """The house to an incoming register: how the called party is. Before KD only a refusal has a meaning."""

    result: Result


@dataclass(frozen=True, slots=True)
class LineReleased:
    """The line was released, by either end: the register phase is over."""


# --- actions --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SendForward:
    """From now on, until StopForward. A new signal replaces the old one."""

    signal: Forward


@dataclass(frozen=True, slots=True)
class StopForward: ...


@dataclass(frozen=True, slots=True)
class SendBackward:
    signal: Backward


@dataclass(frozen=True, slots=True)
class StopBackward: ...


@dataclass(frozen=True, slots=True)
class PulseBackward:
    """Once, and ends by itself."""

    signal: Backward
    length_s: float = PULSE_S


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """What an incoming register has learnt. `caller` is empty when the far end knows none."""

    called: PhoneNumber
    service: Forward  # KD
    category: Forward | None  # KA; None: not asked
    caller: PhoneNumber | None  # None: not asked, or restricted
    restricted: bool
    marks: tuple[Forward, ...] = ()  # KC, KE: I-11 to I-15 before the first digit


@dataclass(frozen=True, slots=True)
class AddressComplete:
    """Both ends agree that the number is whole: KD has come. `Decide` is the answer."""

    address: Address


@dataclass(frozen=True, slots=True)
class RegisterDone:
    """The exchange of signals is over; speech, ringing or release follow."""

    result: Result


@dataclass(frozen=True, slots=True)
class RegisterFailed:
    why: Failure


Action = (
    SendForward
    | StopForward
    | SendBackward
    | StopBackward
    | PulseBackward
    | AddressComplete
    | RegisterDone
    | RegisterFailed
)
Out = Action | Disregarded


@dataclass(frozen=True, slots=True)
class Done:
    """The called party's state is known at both ends."""

    result: Result


@dataclass(frozen=True, slots=True)
class Failed:
    why: Failure


Ended = Done | Failed


def ending(end: Ended) -> Out:
    """The last word of a register."""
    return RegisterDone(end.result) if isinstance(end, Done) else RegisterFailed(end.why)


# --- meanings -------------------------------------------------------------------------------------------------------

TOLL_RESULTS: Final = {
    1: Result.FREE,
    2: Result.BUSY,
    3: Result.BUSY_TOLL,
    4: Result.CONGESTION,
    5: Result.VACANT,
}
"""KB for KD 1, 2, 6. 6 is spare."""
LOCAL_RESULTS: Final = {
    1: Result.FREE,
    2: Result.BUSY,
    4: Result.CONGESTION,
    5: Result.VACANT,
    6: Result.FREE_CALLER_RELEASES,
}
"""KB for KD 3, 4. 3 is spare."""


def results(service: Forward) -> dict[int, Result]:
    """The group B that answers this KD."""
    return LOCAL_RESULTS if int(service) in (Kd.LOCAL, Kd.LOCAL_DATA) else TOLL_RESULTS  # assumed for KD 5


def result_of(signal: Backward, service: Forward) -> Result | None:
    """What a group B signal says; None: spare."""
    return results(service).get(signal)


def group_b(result: Result, service: Forward) -> Backward:
    """The signal that says it, or the nearest this service has (free, busy)."""
    near = {Result.FREE_CALLER_RELEASES: Result.FREE, Result.BUSY_TOLL: Result.BUSY}
    said = {known: signal for signal, known in results(service).items()}
    return Backward(said[result] if result in said else said[near[result]])


CAUSES: Final[dict[Result | Failure, Cause | None]] = {
    Result.FREE: None,
    Result.FREE_CALLER_RELEASES: None,
    Result.BUSY: Cause.BUSY,
    Result.BUSY_TOLL: Cause.BUSY,
    Result.CONGESTION: Cause.NETWORK_CONGESTION,
    Result.VACANT: Cause.NUMBER_UNALLOCATED,
    Failure.RELEASED: Cause.CALL_CANCELLED,
    Failure.NO_DECISION: Cause.SYSTEM_FAILURE,
}
"""CSTA's word for the end of a register phase. What is not here is a fault of the trunk."""


def cause_of(end: Ended) -> Cause | None:
    """None: the called party is free, the call goes on."""
    if isinstance(end, Done):
        return CAUSES[end.result]
    if end.why in (Failure.CONGESTION, Failure.VACANT):
        return CAUSES[Result(end.why.value)]
    return CAUSES.get(end.why, Cause.NETWORK_SIGNAL)


def digit_of(signal: Forward) -> str | None:
    """I-1 to I-10 as a digit (I-10 is 0); None: no digit."""
    return str(signal % 10) if 1 <= signal <= 10 else None


def signal_of(digit: str) -> Forward:
    """Raises ValueError for what is no decimal digit."""
    if digit not in tuple("0123456789"):
        raise ValueError(f"{digit!r} is no digit")
    return Forward(int(digit) or 10)


# --- the length of a number -----------------------------------------------------------------------------------------

VACANT_LENGTH: Final = 0


@dataclass(frozen=True, slots=True)
class LengthPlan:
    """How long numbers are, by their first digits; the longest prefix wins. Length 0: no such number."""

    by_prefix: tuple[tuple[str, int], ...] = ()

    def length_of(self, digits: str) -> int | None:
        """All digits of this number; None: not known (yet)."""
        best, length = -1, None
        for prefix, total in self.by_prefix:
            if digits.startswith(prefix) and len(prefix) > best:
                best, length = len(prefix), total
        return length


# --- the loop -------------------------------------------------------------------------------------------------------

Loop = int | None
"""From what we send to what is heard of it when the far end reacts at once, in samples; None: not measured yet."""


def shorter(loop: Loop, measured: int) -> Loop:
    """The loop after one more measurement that can only be too long."""
    return measured if loop is None else min(loop, measured)


def longer(loop: Loop, measured: int) -> Loop:
    """The loop after one more measurement that can only be too short."""
    return measured if loop is None else max(loop, measured)


def guard(since: Instant, loop: Loop) -> Instant:
    """Before this, nothing heard can be the far end's reaction to what we did at `since`."""
    if loop is None:
        return after(since, GUARD_FIRST_S)
    return after(since, min(max(seconds(loop) * LOOP_SHARE, GUARD_FLOOR_S), GUARD_MAX_S))


def at_least(since: Instant, loop: Loop) -> Instant:
    """An answer lasts a loop, whatever is heard: so it has been recognised."""
    return (
        guard(since, loop)
        if loop is None
        else max(guard(since, loop), min(Instant(since + loop), after(since, GUARD_MAX_S)))
    )


def late(since: Instant, loop: Loop) -> Instant:
    """After this, what is heard is no reaction at once to what we did at `since`."""
    return after(Instant(since + (loop or 0)), LATE_S)
