"""What comes out: orders to the shell, in the imperative. Performed by `media.perform`, which must know every one."""

from dataclasses import dataclass
from enum import StrEnum

from cti_core.call_control.cas_words import TrunkAction
from cti_core.call_control.csta import Report
from cti_core.call_control.events import Tone
from cti_core.call_control.ids import AskId, CallId, ExtensionId, LineId, PlayingId, PortId, PromptId, RecordingId
from cti_core.call_control.in_talk import LineAction
from cti_core.call_control.privacy import PhoneNumber


class Language(StrEnum):
    ZH = "zh"
    EN = "en"


class Reader(StrEnum):
    """How a value is spoken (hospital-domain §9)."""

    CARDINAL = "cardinal"  # 3 -> 三 / three
    DIGITS = "digits"  # one by one
    CLOCK = "clock"  # 08:30 -> 八点三十分


@dataclass(frozen=True, slots=True)
class Spoken:
    """A value that a reader turns into fragments."""

    reader: Reader
    value: str


Item = PromptId | Spoken
"""A prompt is a tuple of these; tests assert them and never audio bytes (R-DLG-8)."""


@dataclass(frozen=True, slots=True)
class GoOffHook:
    line: LineId


@dataclass(frozen=True, slots=True)
class GoOnHook:
    line: LineId


@dataclass(frozen=True, slots=True, kw_only=True)
class DialDigits:
    """Send the number to the exchange as tones, or in pulses; `DialFinished` follows. A comma is a second of waiting."""

    line: LineId
    number: PhoneNumber
    pulse: bool = False


@dataclass(frozen=True, slots=True)
class RingExtension:
    """In the plan's cadence, until the handset is lifted or `StopRinging`."""

    extension: ExtensionId


@dataclass(frozen=True, slots=True)
class StopRinging:
    extension: ExtensionId


@dataclass(frozen=True, slots=True)
class ReleaseExtension:
    """The call on it is over: a telephone that can be told so is put down (SIP), others wait for their hand."""

    extension: ExtensionId


@dataclass(frozen=True, slots=True)
class PlayTone:
    """To a telephone of the house, until `StopTone`."""

    extension: ExtensionId
    tone: Tone


@dataclass(frozen=True, slots=True)
class StopTone:
    extension: ExtensionId


@dataclass(frozen=True, slots=True, kw_only=True)
class PlayPrompt:
    """Replaces what the line plays now; `PromptFinished` follows unless it is stopped or replaced."""

    line: LineId
    playing: PlayingId
    items: tuple[Item, ...]
    language: Language


@dataclass(frozen=True, slots=True)
class PlayMusic:
    """Music on hold until stopped or replaced."""

    line: LineId


@dataclass(frozen=True, slots=True)
class StopPlaying:
    line: LineId


@dataclass(frozen=True, slots=True)
class Connect:
    """One entry of the gain matrix: `sink` hears `source` at 0 dB from the next tick on."""

    source: PortId
    sink: PortId


@dataclass(frozen=True, slots=True)
class Disconnect:
    source: PortId
    sink: PortId


@dataclass(frozen=True, slots=True, kw_only=True)
class StartRecording:
    """Two channels from one clock: left what the line hears, right what is sent to it."""

    recording: RecordingId
    call: CallId
    line: LineId


@dataclass(frozen=True, slots=True)
class PauseRecording:
    """Both channels get silence; the length goes on."""

    recording: RecordingId


@dataclass(frozen=True, slots=True)
class ResumeRecording:
    recording: RecordingId


@dataclass(frozen=True, slots=True)
class StopRecording:
    recording: RecordingId


@dataclass(frozen=True, slots=True, kw_only=True)
class AskService:
    """Answered by `ServiceAnswered` or `ServiceFailed` with the same `ask`."""

    ask: AskId
    call: CallId
    service: str
    request: str
    values: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Tell:
    """Say it to the world outside: bus, journal, screens."""

    report: Report


Action = (
    GoOffHook
    | GoOnHook
    | DialDigits
    | RingExtension
    | StopRinging
    | ReleaseExtension
    | PlayTone
    | StopTone
    | PlayPrompt
    | PlayMusic
    | StopPlaying
    | Connect
    | Disconnect
    | StartRecording
    | PauseRecording
    | ResumeRecording
    | StopRecording
    | AskService
    | TrunkAction
    | LineAction
    | Tell
)
