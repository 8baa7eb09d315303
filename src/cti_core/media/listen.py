"""The only translator: what boards signal and ears detect becomes what the mind understands. Ports become lines and telephones.

The order is fixed: signals as the board gave them, loops that stay open, polarity that stays reversed, then detections as
the ears gave them.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Final, assert_never

from cti_core.call_control.cas import Abcd, Direction
from cti_core.call_control.cas_words import CasHeard, HeardOnTrunk, Mfc, SignalEnded, SignalHeard
from cti_core.call_control.clock import RATE_HZ
from cti_core.call_control.events import (
    AnswerHeard,
    CallerIdHeard,
    DialFinished,
    DigitEnded,
    DigitHeard,
    ExtensionFailed,
    ExtensionRestored,
    FlashHeard,
    HandsetLifted,
    HandsetReplaced,
    Heard,
    HeardOnExtension,
    HeardOnLine,
    LineFailed,
    LineRestored,
    LoopDropped,
    PolarityReversed,
    RingHeard,
    Tone,
    ToneEnded,
    ToneHeard,
    VoiceHeard,
)
from cti_core.call_control.ids import ExtensionId, LineId, PortOwner
from cti_core.call_control.in_talk import PhoneKeyHeard
from cti_core.call_control.privacy import Keys, PhoneNumber
from drivers.base import (
    CallerIdRead,
    CasBits,
    DialDone,
    DtmfBy,
    DtmfDown,
    DtmfUp,
    FarEndAnswered,
    FarEndCleared,
    Hook,
    HookChanged,
    HookDone,
    HookFlash,
    LineFault,
    LineOk,
    LoopClosed,
    LoopOpen,
    Overrun,
    Polarity,
    PulseDigit,
    RingOff,
    RingOn,
    Signal,
    Tick,
    ToneRead,
)
from dsp.detections import (
    AnsweredBy,
    CallerId,
    Detection,
    DigitOff,
    DigitOn,
    FaxTone,
    MfcOff,
    MfcOn,
    Silence,
    ToneOff,
    ToneOn,
    VoiceOff,
    VoiceOn,
)

LOOP_DROP_MS: Final = 250  # the shortest that exchanges and PBXs use (line-signalling.md §5.3)
POLARITY_DEBOUNCE_MS: Final = 100  # line-signalling.md §5.2: 100 to 200; switching off and on hook swings the line


class Listener:
    """Knows who is on which port and how long a loop must be open, or reversed, to mean it. `owners[port]` is a line or a
    telephone.

    Ports of `hw_dtmf` hear keys themselves, until `DtmfBy` says otherwise; hardware and ears are never mixed on one port
    (boards.md R9).
    """

    def __init__(
        self,
        owners: Sequence[PortOwner],
        loop_drop_ms: Mapping[LineId, int] | None = None,
        *,
        hw_dtmf: Collection[int] = (),
    ) -> None:
        self._owners: Final = tuple(owners)
        self._loop_drop_ms: Final = loop_drop_ms or {}
        self._hw_dtmf: Final = set(hw_dtmf)
        self._open_since: Final[dict[int, int]] = {}  # port -> samples of the board; not yet reported
        self._turned_since: Final[dict[int, int]] = {}  # the same, of polarity that may swing back yet
        self._calling: Final[set[LineId]] = set()  # a call of ours is out and not answered
        self.samples_overrun = 0

    def events(self, tick: Tick, detections: Sequence[Detection]) -> list[Heard]:
        """What this tick means, in order."""
        heard = [event for signal in tick.signals if (event := self._signal(signal)) is not None]
        heard += self._open_loops(tick.at)
        heard += self._turned_lines(tick.at)
        heard += [event for found in detections if (event := self._detection(found)) is not None]
        return heard

    def expect_answer(self, line: LineId, *, expected: bool) -> None:
        """A call of ours is out on the line: voice, and tones that end, mean something now."""
        (self._calling.add if expected else self._calling.discard)(line)

    def new_board(self) -> None:
        """Another count of samples begins; what was half heard is forgotten."""
        self._open_since.clear()
        self._turned_since.clear()

    def _signal(self, signal: Signal) -> Heard | None:
        owner = self._owners[signal.port]
        match signal:
            case Overrun(samples=samples):
                self.samples_overrun += samples
                return None
            case DtmfBy(port=port, board=board):
                (self._hw_dtmf.add if board else self._hw_dtmf.discard)(port)
                return None
            case _ if isinstance(owner, int):
                return self._line_signal(signal, owner)
            case _:
                return _telephone_signal(signal, owner)

    def _line_signal(self, signal: Signal, line: LineId) -> HeardOnLine | HeardOnTrunk | None:
        match signal:
            case RingOn():
                return RingHeard(line)
            case LoopOpen(port, at):
                self._open_since[port] = at
            case LoopClosed(port, open_ms=open_ms):
                if self._open_since.pop(port, None) is not None and open_ms >= self._threshold_ms(line):
                    return LoopDropped(line)
            case Polarity(port, at):
                if self._turned_since.pop(port, None) is None:  # else it has swung back
                    self._turned_since[port] = at
            case LineFault(reason=reason):
                return LineFailed(line, reason)
            case LineOk():
                return LineRestored(line)
            case DtmfDown(digit=digit):
                return DigitHeard(line=line, digit=digit)
            case DtmfUp(digit=digit, length_ms=length_ms):
                return DigitEnded(line=line, digit=digit, length_ms=length_ms)
            case CallerIdRead(number=number, absence=absence, name=name):
                return _caller(line, number, absence, name)
            case ToneRead(tone=tone):
                return ToneHeard(line, Tone(tone))
            case FarEndAnswered():
                return AnswerHeard(line)
            case FarEndCleared():
                return LoopDropped(line)  # as sure a sign as battery that is gone
            case DialDone():
                return DialFinished(line)
            case CasBits(bits=bits):
                return CasHeard(line, Abcd(bits))
            case RingOff() | HookChanged() | HookFlash() | PulseDigit() | HookDone():
                pass  # the end of a burst means nothing yet
            case Overrun() | DtmfBy():
                raise AssertionError(signal)  # `_signal` has them
            case _:
                assert_never(signal)
        return None

    def _open_loops(self, at: int) -> list[Heard]:
        """A loop that stays open is reported when its time has come, and once."""
        dropped = [
            (port, line)
            for port, since in self._open_since.items()
            if isinstance(line := self._owners[port], int) and (at - since) * 1000 >= self._threshold_ms(line) * RATE_HZ
        ]
        for port, _ in dropped:
            del self._open_since[port]
        return [LoopDropped(line) for _, line in dropped]

    def _turned_lines(self, at: int) -> list[Heard]:
        """Polarity that has not swung back is reported when it is certain, and once."""
        if not self._turned_since:
            return []
        turned = [
            (port, line)
            for port, since in self._turned_since.items()
            if isinstance(line := self._owners[port], int) and (at - since) * 1000 >= POLARITY_DEBOUNCE_MS * RATE_HZ
        ]
        for port, _ in turned:
            del self._turned_since[port]
        return [PolarityReversed(line) for _, line in turned]

    def _threshold_ms(self, line: LineId) -> int:
        return self._loop_drop_ms.get(line, LOOP_DROP_MS)

    def _detection(self, found: Detection) -> Heard | None:
        port = found.row
        line = self._owners[port]
        if not isinstance(line, int):
            return None  # what a telephone of the house says is for people
        match found:
            case DigitOn() | DigitOff() if port in self._hw_dtmf:
                return None
            case DigitOn(digit=digit, level_dbm0=level, twist_db=twist):
                return DigitHeard(line=line, digit=digit, level_dbm0=level, twist_db=twist)
            case DigitOff(digit=digit):
                return DigitEnded(line=line, digit=digit, length_ms=found.length_ms)
            case CallerId(number=number, absence=absence, name=name):
                return _caller(line, number, absence, name)
            case ToneOn(tone=tone):
                return ToneHeard(line, Tone(tone))
            case ToneOff(tone=Tone.RINGBACK) if line in self._calling:
                return ToneEnded(line, Tone.RINGBACK)
            case VoiceOn() if line in self._calling:
                return VoiceHeard(line)
            case Silence():
                return ToneHeard(line, Tone.SILENCE)
            case MfcOn(direction=direction, signal=signal):
                return SignalHeard(line, Mfc(Direction(direction), signal))
            case MfcOff(direction=direction):
                return SignalEnded(line, Direction(direction))
            case ToneOff() | VoiceOn() | VoiceOff() | AnsweredBy() | FaxTone():
                return None  # the mind knows no fax yet
            case _:
                assert_never(found)


def _telephone_signal(signal: Signal, extension: ExtensionId) -> HeardOnExtension | None:
    """Keys that a telephone sings are sound; those that it tells beside the sound are keys."""
    match signal:
        case HookChanged(position=position):
            return HandsetLifted(extension) if position is Hook.OFF else HandsetReplaced(extension)
        case HookFlash():
            return FlashHeard(extension)
        case DtmfDown(digit=digit):
            return PhoneKeyHeard(extension, Keys(digit))
        case LineFault(reason=reason):
            return ExtensionFailed(extension, reason)
        case LineOk():
            return ExtensionRestored(extension)
        case _:
            return None


def _caller(line: LineId, number: str | None, absence: str | None, name: str | None) -> CallerIdHeard:
    return CallerIdHeard(
        line=line, number=PhoneNumber(number) if number else None, absence=absence or "", name=name or ""
    )
