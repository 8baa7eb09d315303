"""A scripted outbound call on one line, from seizure to release. Pure: time is an argument, a timer is the field `until`.

    Waiting --dial tone--> Sending --sent--> Proceeding --reversal, or voice where that counts--> Talking --> Ended
    Waiting --5 s--> Ended (no dial tone)    Proceeding --busy, congestion, vacant, dial tone, 60 s--> Ended
    Waiting --ring--> Ended (glare): the loop stays closed, the call that rang is ours

What is told is what the house knew, and when it knew it: a tone is certain some cycles after it began.
"""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from dsp.levels import RATE_HZ

DIAL_TONES: Final = frozenset({"dial", "special_dial"})
HANG_UP_TONES: Final = frozenset({"busy", "congestion", "howler", "dial", "special_dial"})  # line-signalling §5.1, §5.5
DIGITS: Final = frozenset("0123456789")
KEYS: Final = frozenset("0123456789*#ABCD")


class Outcome(StrEnum):
    NO_DIAL_TONE = "no dial tone"
    GLARE = "glare"
    NOT_TAKEN = "not taken"  # dial tone goes on, or came again
    BUSY = "busy"
    CONGESTION = "congestion"
    VACANT = "vacant"
    NO_ANSWER = "no answer"
    FAR_END_CLEARED = "far end cleared"
    DONE = "done"  # we have talked as long as we wanted


_REFUSALS: Final = {
    "busy": Outcome.BUSY,
    "congestion": Outcome.CONGESTION,
    "vacant": Outcome.VACANT,
    "howler": Outcome.NOT_TAKEN,
    "dial": Outcome.NOT_TAKEN,
    "special_dial": Outcome.NOT_TAKEN,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """What is dialled, and how long it is waited for what. Raises ValueError for a number with what is no key."""

    number: str
    pulse: bool = False  # as a disc does, instead of DTMF; decimal digits only
    dial_tone_wait_s: float = 5.0  # boards.md §3.3: dial tone comes within 3 s
    answer_wait_s: float = 60.0
    voice_answers: bool = False  # line without reversal: a voice counts as answer, though it may be an announcement
    talk_s: float = 10.0
    silence_s: float = 0.0  # talking: hang up after so long without a voice; 0: never

    def __post_init__(self) -> None:
        if not self.number or set(self.number) - (DIGITS if self.pulse else KEYS):
            raise ValueError(
                f"number: {self.number!r} has other than the {'digits' if self.pulse else 'keys'} of a telephone"
            )


# --- events ---------------------------------------------------------------------------------------------------------


class Noticed(StrEnum):
    REVERSED = "answered"  # by polarity: certain
    TURNED_BACK = "released"  # by polarity
    LOOP_OPEN = "loop open"
    LOOP_CLOSED = "loop closed"
    RING = "ring"
    VOICE = "voice"
    VOICE_ENDED = "voice ended"
    SENT = "dialled"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class ToneHeard:
    tone: str  # word of the plan


Event = Noticed | ToneHeard


# --- actions --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Seize:
    """Close the loop."""


@dataclass(frozen=True, slots=True)
class Send:
    """Dial this; SENT follows."""

    digits: str
    pulse: bool


@dataclass(frozen=True, slots=True)
class HangUp:
    """Open the loop."""


@dataclass(frozen=True, slots=True)
class Report:
    """A line of the timeline."""

    at: int  # samples
    what: str


Action = Seize | Send | HangUp | Report


# --- states ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Waiting:
    """For dial tone."""

    until: int


@dataclass(frozen=True, slots=True)
class Sending: ...


@dataclass(frozen=True, slots=True)
class Proceeding:
    """The exchange has the number."""

    until: int


@dataclass(frozen=True, slots=True)
class Talking:
    until: int
    silent_until: int | None  # then the far end is taken for gone


@dataclass(frozen=True, slots=True)
class Ended:
    outcome: Outcome


State = Waiting | Sending | Proceeding | Talking | Ended
Step = tuple[State, list[Action]]


def begin(script: Script, now: int) -> Step:
    return Waiting(now + _samples(script.dial_tone_wait_s)), [Seize(), Report(now, "seized")]


def step(state: State, event: Event, now: int, script: Script) -> Step:
    """What is heard is told, whether it leads on or not."""
    told: list[Action] = [] if event is Noticed.EXPIRED else [Report(now, _word(event))]
    match state, event:
        case Waiting(), ToneHeard(tone) if tone in DIAL_TONES:
            return Sending(), [*told, Send(script.number, script.pulse)]
        case Waiting(), Noticed.RING:
            return Ended(Outcome.GLARE), told
        case Waiting(), Noticed.EXPIRED:
            return _ended(Outcome.NO_DIAL_TONE, now, told)
        case Sending(), Noticed.SENT:
            return Proceeding(now + _samples(script.answer_wait_s)), told
        case Proceeding(), Noticed.REVERSED:
            return _talking(now, script), told
        case Proceeding(), Noticed.VOICE if script.voice_answers:
            return _talking(now, script), told
        case Proceeding(), ToneHeard(tone) if tone in _REFUSALS:
            return _ended(_REFUSALS[tone], now, told)
        case Proceeding(), Noticed.EXPIRED:
            return _ended(Outcome.NO_ANSWER, now, told)
        case Talking(), Noticed.TURNED_BACK | Noticed.LOOP_OPEN:
            return _ended(Outcome.FAR_END_CLEARED, now, told)
        case Talking(), ToneHeard(tone) if tone in HANG_UP_TONES:
            return _ended(Outcome.FAR_END_CLEARED, now, told)
        case Talking(), Noticed.VOICE:
            return replace(state, silent_until=None), told
        case Talking(), Noticed.VOICE_ENDED:
            return replace(state, silent_until=_silent_until(now, script)), told
        case Talking(until, _), Noticed.EXPIRED:
            return _ended(Outcome.DONE if until <= now else Outcome.FAR_END_CLEARED, now, [*told])
        case Ended(), _:
            return state, []
        case _:
            return state, told


def deadline(state: State) -> int | None:
    """When the call wants EXPIRED."""
    match state:
        case Waiting(until) | Proceeding(until) | Talking(until, None):
            return until
        case Talking(until, int(silent_until)):
            return min(until, silent_until)
        case _:
            return None


def _talking(now: int, script: Script) -> Talking:
    return Talking(now + _samples(script.talk_s), _silent_until(now, script))


def _silent_until(now: int, script: Script) -> int | None:
    return now + _samples(script.silence_s) if script.silence_s else None


def _ended(outcome: Outcome, now: int, told: list[Action]) -> Step:
    return Ended(outcome), [*told, HangUp(), Report(now, f"on hook: {outcome}")]


def _word(event: Event) -> str:
    return event.tone if isinstance(event, ToneHeard) else event.value


def _samples(seconds: float) -> int:
    return round(seconds * RATE_HZ)


def timeline(reports: list[Report]) -> str:
    """One line each: seconds, and what was known then."""
    return "\n".join(f"{report.at / RATE_HZ:7.2f}  {report.what}" for report in reports)
