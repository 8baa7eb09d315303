"""The only translator: what boards signal and ears detect becomes what the mind understands. Ports become lines.

The order is fixed: signals as the board gave them, loops that stay open, then detections as the ears gave them.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Final, assert_never

from cti_core.call_control.clock import RATE_HZ
from cti_core.call_control.events import (
    CallerIdHeard,
    DigitEnded,
    DigitHeard,
    Heard,
    LineFailed,
    LineRestored,
    LoopDropped,
    PolarityReversed,
    RingHeard,
    Tone,
    ToneHeard,
)
from cti_core.call_control.ids import LineId
from cti_core.call_control.privacy import PhoneNumber
from drivers.base import (
    CallerIdRead,
    CasBits,
    DialDone,
    DtmfBy,
    DtmfDown,
    DtmfUp,
    FarEndAnswered,
    FarEndCleared,
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


class Listener:
    """Knows which port is which line and how long a loop must be open to mean it. `lines[port]` is the port's line.

    Ports of `hw_dtmf` hear keys themselves, until `DtmfBy` says otherwise; hardware and ears are never mixed on one port
    (boards.md R9).
    """

    def __init__(
        self,
        lines: Sequence[LineId],
        loop_drop_ms: Mapping[LineId, int] | None = None,
        *,
        hw_dtmf: Collection[int] = (),
    ) -> None:
        self._lines: Final = tuple(lines)
        self._loop_drop_ms: Final = loop_drop_ms or {}
        self._hw_dtmf: Final = set(hw_dtmf)
        self._open_since: Final[dict[int, int]] = {}  # port -> samples of the board; not yet reported
        self.samples_overrun = 0

    def events(self, tick: Tick, detections: Sequence[Detection]) -> list[Heard]:
        """What this tick means, in order."""
        heard = [event for signal in tick.signals if (event := self._signal(signal)) is not None]
        heard += self._open_loops(tick.at)
        heard += [event for found in detections if (event := self._detection(found)) is not None]
        return heard

    def new_board(self) -> None:
        """Another count of samples begins; what was half heard is forgotten."""
        self._open_since.clear()

    def _signal(self, signal: Signal) -> Heard | None:
        line = self._lines[signal.port]
        match signal:
            case RingOn():
                return RingHeard(line)
            case LoopOpen(port, at):
                self._open_since[port] = at
            case LoopClosed(port, open_ms=open_ms):
                if self._open_since.pop(port, None) is not None and open_ms >= self._threshold_ms(port):
                    return LoopDropped(line)
            case Polarity():
                return PolarityReversed(line)
            case LineFault(reason=reason):
                return LineFailed(line, reason)
            case LineOk():
                return LineRestored(line)
            case Overrun(samples=samples):
                self.samples_overrun += samples
            case DtmfDown(digit=digit):
                return DigitHeard(line=line, digit=digit)
            case DtmfUp(digit=digit, length_ms=length_ms):
                return DigitEnded(line=line, digit=digit, length_ms=length_ms)
            case CallerIdRead(number=number, absence=absence, name=name):
                return _caller(line, number, absence, name)
            case ToneRead(tone=tone):
                return ToneHeard(line, Tone(tone))
            case FarEndCleared():
                return LoopDropped(line)  # as sure a sign as battery that is gone
            case DtmfBy(port=port, board=board):
                (self._hw_dtmf.add if board else self._hw_dtmf.discard)(port)
            case RingOff() | HookChanged() | HookFlash() | PulseDigit() | CasBits() | DialDone() | HookDone():
                pass  # the end of a burst means nothing yet; telephones of our own come with extensions
            case FarEndAnswered():
                pass  # calls of ours come with outbound seizure
            case _:
                assert_never(signal)
        return None

    def _open_loops(self, at: int) -> list[Heard]:
        """A loop that stays open is reported when its time has come, and once."""
        dropped = [
            port
            for port, since in self._open_since.items()
            if (at - since) * 1000 >= self._threshold_ms(port) * RATE_HZ
        ]
        for port in dropped:
            del self._open_since[port]
        return [LoopDropped(self._lines[port]) for port in dropped]

    def _threshold_ms(self, port: int) -> int:
        return self._loop_drop_ms.get(self._lines[port], LOOP_DROP_MS)

    def _detection(self, found: Detection) -> Heard | None:
        port = found.row
        line = self._lines[port]
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
            case ToneOff() | MfcOn() | MfcOff() | FaxTone():
                return None  # the mind knows no register signals and no fax yet
            case VoiceOn() | VoiceOff() | AnsweredBy() | Silence():
                return None  # not asked for yet
            case _:
                assert_never(found)


def _caller(line: LineId, number: str | None, absence: str | None, name: str | None) -> CallerIdHeard:
    return CallerIdHeard(
        line=line, number=PhoneNumber(number) if number else None, absence=absence or "", name=name or ""
    )
