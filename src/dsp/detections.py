"""What the ears report. Times are samples at 8 kHz since the ears were made; rows are 0-based rows of the frames."""

from dataclasses import dataclass

from dsp.levels import RATE_HZ


@dataclass(frozen=True, slots=True, kw_only=True)
class DigitOn:
    """A DTMF key is confirmed; the tone may still be on."""

    row: int
    digit: str
    start: int
    level_dbm0: float  # of the weaker tone
    twist_db: float  # high minus low


@dataclass(frozen=True, slots=True, kw_only=True)
class DigitOff:
    """The key was released."""

    row: int
    digit: str
    start: int
    end: int

    @property
    def length_ms(self) -> int:
        return round((self.end - self.start) * 1000 / RATE_HZ)


@dataclass(frozen=True, slots=True, kw_only=True)
class ToneOn:
    """A call-progress tone of the plan is certain. `tone` is its word in the plan, as `busy`."""

    row: int
    tone: str
    start: int  # of its first burst


@dataclass(frozen=True, slots=True, kw_only=True)
class ToneOff:
    row: int
    tone: str
    start: int
    end: int  # of its last burst


@dataclass(frozen=True, slots=True, kw_only=True)
class MfcOn:
    """A register signal (China No.1) is confirmed. Only from rows armed for it."""

    row: int
    direction: str  # `forward` or `backward`
    signal: int  # 1 to 15 forward, 1 to 6 backward
    start: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MfcOff:
    row: int
    direction: str
    signal: int
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CallerId:
    """Who calls, as the exchange said it. Only from rows armed for it."""

    row: int
    method: str  # `fsk` or `dtmf`
    number: str | None  # raw: with or without a trunk 0
    absence: str | None = None  # why there is no number: `P` withheld, `O` unavailable
    name: str | None = None
    datetime: str | None = None  # MMDDhhmm
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FaxTone:
    """A machine: CNG (calling) or CED (answering, ANSam too). Once per arming; only from rows armed for it."""

    row: int
    fax: str  # `CNG` or `CED`
    start: int


@dataclass(frozen=True, slots=True, kw_only=True)
class VoiceOn:
    """Somebody speaks. Only from rows armed for it."""

    row: int
    start: int


@dataclass(frozen=True, slots=True, kw_only=True)
class VoiceOff:
    """Nobody has spoken for 300 ms."""

    row: int
    start: int
    end: int  # of what was said last


@dataclass(frozen=True, slots=True, kw_only=True)
class AnsweredBy:
    """Once after `VoiceActivity.expect_answer`: `person` or `machine`, at sample `at`."""

    row: int
    who: str
    at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """Nothing louder than the line's noise for so long. Once, until there was a sound again; only from rows armed for it."""

    row: int
    seconds: float  # as it was asked for


Signalled = DigitOn | DigitOff | ToneOn | ToneOff | MfcOn | MfcOff | CallerId | FaxTone
Spoken = VoiceOn | VoiceOff | AnsweredBy
Detection = Signalled | Spoken | Silence
