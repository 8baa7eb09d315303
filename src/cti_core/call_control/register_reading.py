"""What an incoming register makes of each forward signal: the number so far, and the signal that answers it.

Not to be confused with `register_incoming`, which keeps the beats and timers and knows no meaning.
"""

from dataclasses import dataclass, field, replace
from enum import Enum, auto
from typing import Final

from cti_core.call_control import register as words
from cti_core.call_control.clock import RATE_HZ
from cti_core.call_control.privacy import PhoneNumber
from cti_core.call_control.register import (
    A1,
    A2,
    A3,
    A4,
    A5,
    A6,
    Address,
    Backward,
    Done,
    Ended,
    Failed,
    Failure,
    Forward,
    Kd,
    LengthPlan,
    Loop,
    Result,
)

MARKS_MAX: Final = 2  # KC and KE


@dataclass(frozen=True, slots=True, kw_only=True)
class IncomingPlan:
    """How numbers are taken on a trunk."""

    lengths: LengthPlan = field(default_factory=LengthPlan)
    ask_caller_after: int | None = None  # called digits before A6; 0: with the last one. None: never ask
    restarts: int = (
        2  # A2 for a signal without a meaning, that often; 0 where A2 is another thing (ITU-T: back one digit)
    )
    end_of_number_s: float = words.END_OF_NUMBER_S
    loop_s: float | None = None  # of this trunk, if it is known (satellite: 0.6): the first digit is safer with it


class Awaited(Enum):
    """What the next forward signal means."""

    CALLED = auto()
    CATEGORY = auto()  # KA
    CALLER = auto()
    SERVICE = auto()  # KD


class Caller(Enum):
    """What is known of the caller's number."""

    NOT_ASKED = auto()
    COMING = auto()
    WHOLE = auto()
    RESTRICTED = auto()


@dataclass(frozen=True, slots=True)
class Collected:
    """The number so far. `repr` shows no digit of it."""

    awaited: Awaited = Awaited.CALLED
    marks: tuple[Forward, ...] = ()
    called: str = field(default="", repr=False)
    category: Forward | None = None
    caller: str = field(default="", repr=False)
    caller_state: Caller = Caller.NOT_ASKED
    service: Forward | None = None
    decided: Result | None = None
    restarts: int = 0
    reaction: Loop = None  # longest: our answer, then the end of the signal; only holes make it too short
    following: Loop = (
        None  # shortest: the end of our answer, then the next signal; only slow dialling makes it too long
    )
    in_pieces: bool = False  # the last signal may have gone on after its end
    end: Ended | None = None  # what the register comes to when the running cycle is over

    @property
    def loop(self) -> Loop:
        if self.reaction is None:
            return self.following
        return words.shorter(self.following, self.reaction)

    def address(self) -> Address:
        """Only with KD. Raises AssertionError before."""
        assert self.service is not None
        return Address(
            called=PhoneNumber(self.called),
            service=self.service,
            category=self.category,
            caller=PhoneNumber(self.caller) if self.caller_state is Caller.WHOLE else None,
            restricted=self.caller_state is Caller.RESTRICTED,
            marks=self.marks,
        )


Answer = tuple[Collected, Backward]


def nothing_yet(plan: IncomingPlan) -> Collected:
    return Collected(reaction=None if plan.loop_s is None else round(plan.loop_s * RATE_HZ))


def mutilated(got: Collected, plan: IncomingPlan) -> Answer:
    """The same signal twice, and perhaps it is but one: once more from the first digit. 4 is congestion in both groups."""
    return _again(got, plan, Failure.MUTILATED)


def answer(got: Collected, signal: Forward, plan: IncomingPlan) -> Answer:
    """The compelled answer to a signal of group I. KD is not for here: the house decides."""
    if got.decided is not None:
        return refused(got, got.decided)
    match got.awaited:
        case Awaited.CALLED:
            return _called(got, signal, plan)
        case Awaited.CATEGORY:
            return replace(got, category=signal, awaited=Awaited.CALLER), A1
        case Awaited.CALLER:
            return _caller(got, signal, plan)
        case Awaited.SERVICE:
            raise AssertionError("KD is answered by the house")


def _called(got: Collected, signal: Forward, plan: IncomingPlan) -> Answer:
    digit = words.digit_of(signal)
    if digit is None:
        # KC and KE stand before the first digit; between digits they have no meaning
        return (
            _wrong(got, plan)
            if got.called or len(got.marks) == MARKS_MAX
            else (replace(got, marks=(*got.marks, signal)), A1)
        )
    then = replace(got, called=got.called + digit)
    length = plan.lengths.length_of(then.called)
    if length == words.VACANT_LENGTH:
        return _ends(then, Failure.VACANT, A5)
    if len(then.called) > words.CALLED_DIGITS_MAX:
        return _ends(then, Failure.TOO_MANY_DIGITS, A4)
    whole = is_whole(then, plan)
    asks = plan.ask_caller_after is not None and got.caller_state is Caller.NOT_ASKED
    if asks and (whole or len(then.called) == plan.ask_caller_after):
        return replace(then, awaited=Awaited.CATEGORY, caller_state=Caller.COMING), A6
    return (replace(then, awaited=Awaited.SERVICE), A3) if whole else (then, A1)


def is_whole(got: Collected, plan: IncomingPlan) -> bool:
    """Whether the length plan knows the number and it is all there."""
    length = plan.lengths.length_of(got.called)
    return length is not None and len(got.called) >= length


def _caller(got: Collected, signal: Forward, plan: IncomingPlan) -> Answer:
    digit = words.digit_of(signal)
    if digit is not None:
        then = replace(got, caller=got.caller + digit)
        too_long = len(then.caller) > words.CALLER_DIGITS_MAX
        return _ends(then, Failure.TOO_MANY_DIGITS, A4) if too_long else (then, A1)
    if signal == words.END_OF_CALLER:
        return _caller_ended(replace(got, caller_state=Caller.WHOLE), plan)
    if signal == words.CALLER_RESTRICTED:
        return _caller_ended(replace(got, caller_state=Caller.RESTRICTED), plan)
    return _wrong(got, plan)


def _caller_ended(got: Collected, plan: IncomingPlan) -> Answer:
    if is_whole(got, plan):
        return replace(got, awaited=Awaited.SERVICE), A3
    return replace(got, awaited=Awaited.CALLED), A1


def _wrong(got: Collected, plan: IncomingPlan) -> Answer:
    return _again(got, plan, Failure.WRONG_SIGNAL)


def _again(got: Collected, plan: IncomingPlan, why: Failure) -> Answer:
    """Once more from the first digit, if that was not tried too often and group A still holds."""
    if got.awaited is Awaited.SERVICE or got.restarts >= plan.restarts:
        return _ends(got, why, A4)
    return Collected(restarts=got.restarts + 1, reaction=got.reaction, following=got.following), A2


def _ends(got: Collected, why: Failure, said: Backward) -> Answer:
    return replace(got, end=Failed(why)), said


def refused(got: Collected, result: Result) -> Answer:
    """The house does not take the call: A5 for a vacant number, A4 for all else."""
    return _ends(got, Failure.VACANT, A5) if result is Result.VACANT else _ends(got, Failure.CONGESTION, A4)


def decision(got: Collected, service: Forward, result: Result) -> Answer:
    """Group B. A number that was found mutilated ends in congestion whatever the house says."""
    end = got.end if got.end is not None else Done(result)
    said = Result.CONGESTION if isinstance(end, Failed) else result
    return replace(got, end=end), words.group_b(said, service)


def is_service(signal: Forward) -> bool:
    """Whether the signal is a KD."""
    return int(signal) in tuple(Kd)
