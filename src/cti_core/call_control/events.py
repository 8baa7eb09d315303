"""What goes in: facts heard on lines, answers of the shell, requests of agents and operators. All in the past or as CSTA requests.

Three families, because the switch treats them differently:
`Heard` (a line did something), `Done` (the shell finished or failed at what an action asked), `Request` (somebody asks;
it may be refused with `RequestRejected` and then nothing changed).
"""

from dataclasses import dataclass
from enum import StrEnum

from cti_core.call_control.cas_words import HeardOnTrunk
from cti_core.call_control.ids import AgentId, AskId, CallId, ExtensionId, LineId, PlayingId, QueueId, RecordingId
from cti_core.call_control.in_talk import InTalk, PhoneKeyHeard
from cti_core.call_control.privacy import PhoneNumber


class Tone(StrEnum):
    """Call-progress tones of the Chinese plan (GB/T 3380) and the words of `cti decode`."""

    DIAL = "dial"
    SPECIAL_DIAL = "special_dial"
    RINGBACK = "ringback"
    BUSY = "busy"
    CONGESTION = "congestion"
    VACANT = "vacant"
    CALL_WAITING = "call_waiting"
    TOLL_NOTICE = "toll_notice"
    HOWLER = "howler"
    SILENCE = "silence"  # no tone: a board that watches for it heard nothing for as long as it was told to wait


# --- heard on a line ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RingHeard:
    """A burst of ringing current began."""

    line: LineId


@dataclass(frozen=True, slots=True, kw_only=True)
class CallerIdHeard:
    line: LineId
    number: PhoneNumber | None
    absence: str = ""  # `O` unavailable, `P` private
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DigitHeard:
    """A key is confirmed (within 40 ms of its tone)."""

    line: LineId
    digit: str
    level_dbm0: float = 0.0  # of the weaker tone
    twist_db: float = 0.0  # high minus low


@dataclass(frozen=True, slots=True, kw_only=True)
class DigitEnded:
    line: LineId
    digit: str
    length_ms: int


@dataclass(frozen=True, slots=True)
class ToneHeard:
    line: LineId
    tone: Tone


@dataclass(frozen=True, slots=True)
class ToneEnded:
    """The next burst of the tone is overdue."""

    line: LineId
    tone: Tone


@dataclass(frozen=True, slots=True)
class VoiceHeard:
    """Somebody speaks. Told while a call of ours is not answered yet."""

    line: LineId


@dataclass(frozen=True, slots=True)
class AnswerHeard:
    """The network said in so many words that the call of ours was answered."""

    line: LineId


@dataclass(frozen=True, slots=True)
class DialFinished:
    """The last digit of `DialDigits` left for the exchange."""

    line: LineId


@dataclass(frozen=True, slots=True)
class LoopDropped:
    """The exchange took battery away long enough to mean it."""

    line: LineId


@dataclass(frozen=True, slots=True)
class PolarityReversed:
    line: LineId


@dataclass(frozen=True, slots=True)
class LineFailed:
    """No battery, port removed, board lost."""

    line: LineId
    reason: str


@dataclass(frozen=True, slots=True)
class LineRestored:
    line: LineId


@dataclass(frozen=True, slots=True)
class HandsetLifted:
    extension: ExtensionId


@dataclass(frozen=True, slots=True)
class HandsetReplaced:
    extension: ExtensionId


@dataclass(frozen=True, slots=True)
class FlashHeard:
    """The cradle was tapped, or the telephone's own key for it."""

    extension: ExtensionId


@dataclass(frozen=True, slots=True)
class ExtensionFailed:
    """The telephone's port is gone, its registration, its board."""

    extension: ExtensionId
    reason: str


@dataclass(frozen=True, slots=True)
class ExtensionRestored:
    extension: ExtensionId


HeardOnLine = (
    RingHeard
    | CallerIdHeard
    | DigitHeard
    | DigitEnded
    | ToneHeard
    | ToneEnded
    | VoiceHeard
    | AnswerHeard
    | DialFinished
    | LoopDropped
    | PolarityReversed
    | LineFailed
    | LineRestored
)
HeardOnExtension = HandsetLifted | HandsetReplaced | FlashHeard | PhoneKeyHeard | ExtensionFailed | ExtensionRestored
Heard = HeardOnLine | HeardOnTrunk | HeardOnExtension

# --- answers of the shell -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PromptFinished:
    """The last sample of a prompt left for the line."""

    line: LineId
    playing: PlayingId


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceAnswered:
    ask: AskId
    outcome: str  # the branch a script takes: `open`, `closed`, `found`
    values: tuple[tuple[str, str], ...] = ()  # what prompts may speak


@dataclass(frozen=True, slots=True)
class ServiceFailed:
    """The service is away, failed, or too slow."""

    ask: AskId
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingClosed:
    """The file is whole on disk."""

    recording: RecordingId
    seconds: float
    sha256: str
    lost_s: float = 0.0


@dataclass(frozen=True, slots=True)
class RecordingFailed:
    """Audio is being lost: disk full, folder gone."""

    recording: RecordingId
    reason: str


@dataclass(frozen=True, slots=True)
class AgentLost:
    """The agent's last desktop socket closed without a log-off."""

    agent: AgentId


@dataclass(frozen=True, slots=True)
class AgentReturned:
    """The agent's desktop is back."""

    agent: AgentId


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmNoticed:
    """Something an operator must know: board lost, disk full, database away, a slow tick."""

    alarm: str  # stable id
    detail: str = ""
    line: LineId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmOver:
    alarm: str
    line: LineId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigChanged:
    """A new configuration was applied as a whole."""

    changed: tuple[str, ...]
    by: str


Done = (
    PromptFinished
    | ServiceAnswered
    | ServiceFailed
    | RecordingClosed
    | RecordingFailed
    | AgentLost
    | AgentReturned
    | AlarmNoticed
    | AlarmOver
    | ConfigChanged
)

# --- requests -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class LogOn:
    """The agent comes on duty for these queues, not ready yet."""

    agent: AgentId
    queues: tuple[QueueId, ...]


@dataclass(frozen=True, slots=True)
class LogOff:
    agent: AgentId


@dataclass(frozen=True, slots=True)
class SetReady:
    agent: AgentId


@dataclass(frozen=True, slots=True)
class SetNotReady:
    """During a call or wrap-up it holds from the end of it on."""

    agent: AgentId
    reason: str = ""


@dataclass(frozen=True, slots=True)
class FinishWrapUp:
    agent: AgentId


@dataclass(frozen=True, slots=True)
class AnswerCall:
    agent: AgentId
    call: CallId
    version: int | None = None


@dataclass(frozen=True, slots=True)
class RejectCall:
    """The agent does not want it: back to the head of the queue, the agent to not ready."""

    agent: AgentId
    call: CallId
    version: int | None = None


@dataclass(frozen=True, slots=True)
class HoldCall:
    agent: AgentId
    call: CallId
    version: int | None = None


@dataclass(frozen=True, slots=True)
class RetrieveCall:
    agent: AgentId
    call: CallId
    version: int | None = None


@dataclass(frozen=True, slots=True)
class ClearConnection:
    """The agent hangs up; with one caller that ends the call."""

    agent: AgentId
    call: CallId
    version: int | None = None


@dataclass(frozen=True, slots=True)
class ClearCall:
    """An operator ends a call, wherever it is."""

    call: CallId
    by: str = "operator"
    version: int | None = None


@dataclass(frozen=True, slots=True)
class SetCallData:
    """Associate Data: merged into the call's data; an empty value removes a key."""

    call: CallId
    data: tuple[tuple[str, str], ...]
    by: str = ""
    version: int | None = None


@dataclass(frozen=True, slots=True)
class SetLineService:
    """Back In Service / Out Of Service; a call on the line is let finish."""

    line: LineId
    in_service: bool
    by: str = "operator"


@dataclass(frozen=True, slots=True)
class TestLine:
    """Seize an idle line to measure it; nobody else gets it meanwhile."""

    __test__ = False  # pytest: a request, no test

    line: LineId
    by: str = "operator"


@dataclass(frozen=True, slots=True)
class EndLineTest:
    line: LineId
    by: str = "operator"


@dataclass(frozen=True, slots=True)
class MakeCall:
    """The agent calls a number outside; on `line` if it is named, else on a free one."""

    agent: AgentId
    number: PhoneNumber
    line: LineId | None = None


CallRequest = AnswerCall | RejectCall | HoldCall | RetrieveCall | ClearConnection | ClearCall | SetCallData | InTalk
AgentRequest = LogOn | LogOff | SetReady | SetNotReady | FinishWrapUp
LineRequest = SetLineService | TestLine | EndLineTest
Request = CallRequest | AgentRequest | LineRequest | MakeCall

Event = Heard | Done | Request
