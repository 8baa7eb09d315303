"""What the exchange's end of a subscriber line can be doing, and what can happen to it. The arrows: `subscriber_line`.

Times are samples. A state that waits has `until`, the sample at which it wants EXPIRED; None: for ever.
"""

from dataclasses import dataclass
from enum import Enum

from simulator.dial_plan import Route
from simulator.line_tones import LineTone


class LineEvent(Enum):
    DIALLED = "dialled"  # somebody calls this line
    CALLER_CLEARED = "callerCleared"  # the far party hangs up, whoever called whom
    OFF_HOOK = "offHook"
    ON_HOOK = "onHook"
    EXPIRED = "expired"
    ANSWERED = "answered"  # the party this line called lifts
    CALLED_BUSY = "calledBusy"  # the line that this line called is occupied


@dataclass(frozen=True, slots=True)
class Key:
    """The house dials one digit."""

    digit: str


@dataclass(frozen=True, slots=True)
class RingSplash:
    """Ring current that means nothing: a line test, a switch-over."""

    length: int  # samples


Event = LineEvent | Key | RingSplash


@dataclass(frozen=True, slots=True)
class Idle: ...


@dataclass(frozen=True, slots=True)
class Splashing:
    """Ring current without a call."""

    until: int


@dataclass(frozen=True, slots=True)
class Ringing:
    began: int
    burst: bool  # ring current flows
    until: int


@dataclass(frozen=True, slots=True)
class Tripping:
    """Glare: the line rings though the loop is closed; the exchange will take that for an answer."""

    began: int
    until: int


@dataclass(frozen=True, slots=True)
class Talking:
    """`until`: the far party hangs up by itself then."""

    until: int | None = None


@dataclass(frozen=True, slots=True)
class LoopDropped:
    began: int
    until: int


@dataclass(frozen=True, slots=True)
class FarEndCleared:
    """Busy tone until the house hangs up."""

    began: int
    until: int


@dataclass(frozen=True, slots=True)
class Parked:
    """Off hook, and the exchange has lost interest: silence."""


# --- the house calls --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Unseen:
    """Off hook, and the exchange has not noticed it: the line can still be called."""

    until: int


@dataclass(frozen=True, slots=True)
class Seized:
    """Off hook without a call: silence until dial tone."""

    until: int


@dataclass(frozen=True, slots=True)
class Inviting:
    """Dial tone."""

    began: int
    until: int


@dataclass(frozen=True, slots=True)
class Collecting:
    """Digits have come, more are to come. Silence."""

    digits: str
    until: int


@dataclass(frozen=True, slots=True)
class Pulsing:
    """A digit comes as breaks of the loop, as of a disc."""

    digits: str  # before this one
    breaks: int
    closed: bool  # the loop now
    until: int


@dataclass(frozen=True, slots=True)
class Routing:
    """The number is whole, the exchange looks for its way. Silence."""

    digits: str
    route: Route
    until: int


@dataclass(frozen=True, slots=True)
class Alerting:
    """The called party rings: ringback."""

    digits: str
    route: Route
    began: int
    until: int


@dataclass(frozen=True, slots=True)
class Announcing:
    """A recorded voice, then busy tone."""

    began: int
    until: int


@dataclass(frozen=True, slots=True)
class Refused:
    """A tone that says why not."""

    tone: LineTone
    began: int
    until: int
    howls: bool = False  # howler follows, else silence


@dataclass(frozen=True, slots=True)
class Howling:
    began: int
    until: int


Originating = Seized | Inviting | Collecting | Pulsing | Routing | Alerting | Announcing | Refused | Howling
State = Idle | Splashing | Ringing | Tripping | Talking | LoopDropped | FarEndCleared | Parked | Unseen | Originating
