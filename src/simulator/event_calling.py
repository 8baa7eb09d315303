"""The exchange's side of calls of ours in a world without audio: the exchange's own machine, and how late ears know its tones.

What a line does (dial tone, digits, ringback, refusals, glare) is `subscriber_line`, as in the world with audio; a tone that
it puts on the line is heard as long after it began as the detectors need.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from cti_core.call_control.clock import Instant, after, seconds
from cti_core.call_control.events import (
    DialFinished,
    Event,
    LoopDropped,
    PolarityReversed,
    Tone,
    ToneEnded,
    ToneHeard,
    VoiceHeard,
)
from cti_core.call_control.ids import LineId
from cti_core.media.listen import LOOP_DROP_MS, POLARITY_DEBOUNCE_MS
from drivers.base import LoopOpen, Polarity
from simulator import line_states as exchange
from simulator import subscriber_line
from simulator.dial_plan import CITY, DialPlan
from simulator.line_model import LineModel
from simulator.line_states import Alerting, Announcing, Idle, Key, LineEvent, Talking
from simulator.line_tones import LineTone

KEY_EVERY_S: Final = 0.2  # `media.tones`: 100 ms on, 100 ms off
KEY_TAKEN_S: Final = 0.04  # measured: a key is confirmed within 40 ms of its tone, by the exchange too
PAUSE_S: Final = 1.0  # of a comma
BURST_S, RINGBACK_S = 1.0, 5.0  # GB/T 3380: 1 s on, 4 s off
SHORT_BURST_S: Final = 0.835  # a burst that ends earlier is none of ringback: 15 % of the plan, and 15 ms
BURST_OVER_S: Final = 1.18  # measured: so long after a burst began it is certain that it was cut short
PAUSE_OVER_S: Final = 4.62  # measured: so long after the last burst it is certain that no other comes
OTHER_TONE_S: Final = (0.72, 0.38)  # measured: another tone is none of ringback, begun with a burst due, or without
VOICE_HEARD_S: Final = 0.32  # measured: the hummed greeting, from its first sample
ANNOUNCEMENT_HEARD_S: Final = (0.08, 1.44, 3.04)  # measured: the three times that `simulator.announcement` is a voice

HEARD: Final[Mapping[LineTone, tuple[Tone, float]]] = {
    LineTone.DIAL: (Tone.DIAL, 1.2),
    LineTone.SPECIAL_DIAL: (Tone.SPECIAL_DIAL, 0.86),
    LineTone.RINGBACK: (Tone.RINGBACK, 1.5),
    LineTone.BUSY: (Tone.BUSY, 1.08),
    LineTone.CONGESTION: (Tone.CONGESTION, 2.12),
    LineTone.VACANT: (Tone.VACANT, 1.02),
    LineTone.HOWLER: (Tone.HOWLER, 1.2),
}
"""What is heard, and so many seconds after it began. measured: `dsp.progress` on the tones of `config/tones/cn.toml`."""

BEGINNING: Final = Instant(0)

Later = Callable[[int, Callable[[], None]], None]
"""Do it so many samples from now."""


@dataclass(slots=True)
class _Line:
    line: LineId
    model: LineModel
    state: exchange.State = field(default_factory=Idle)
    began: Instant = BEGINNING  # of the state
    steps: int = 0  # what was planned for an earlier state is void
    number: str = ""  # as dialled
    dials: int = 0  # a number that is not out when the house hangs up is not sent any more
    expected: bool = False  # the house has a call of ours out on it, not answered yet
    ringback: bool = False  # it was told, and not its end


class EventCalling:
    """`now` and `later` are the world's; `heard` is told what ears and board would tell."""

    def __init__(
        self,
        models: Mapping[LineId, LineModel],
        now: Callable[[], Instant],
        later: Later,
        heard: Callable[[Event], None],
        dial_plan: DialPlan = CITY,
    ) -> None:
        self._lines: Final = {line: _Line(line, model) for line, model in models.items()}
        self._now: Final = now
        self._later: Final = later
        self._heard: Final = heard
        self._plan: Final = dial_plan

    # --- the house ------------------------------------------------------------------------------------------------

    def lift(self, line: LineId) -> None:
        """Off hook, and nobody was calling."""
        self._happen(self._lines[line], LineEvent.OFF_HOOK)

    def replace(self, line: LineId) -> None:
        self.hush(line)
        self._happen(self._lines[line], LineEvent.ON_HOOK)

    def dial(self, line: LineId, number: str) -> None:
        """In DTMF; `DialFinished` follows."""
        at = self._lines[line]
        at.dials += 1
        mine = at.dials

        def still(act: Callable[[], None]) -> Callable[[], None]:
            return lambda: act() if at.dials == mine else None

        begins_s = 0.0
        for key in number:
            if key == ",":
                begins_s += PAUSE_S
                continue
            taken = still(lambda digit=key: self._happen(at, Key(digit)))  # type: ignore[misc]
            self._in(begins_s + KEY_TAKEN_S, taken)
            begins_s += KEY_EVERY_S
        self._in(begins_s, still(lambda: self._heard(DialFinished(line))))

    def hush(self, line: LineId) -> None:
        """What is not dialled yet never will be."""
        self._lines[line].dials += 1

    def expect_answer(self, line: LineId, *, expected: bool) -> None:
        """As `media.listen`: voices, and the end of ringback, mean something now."""
        self._lines[line].expected = expected

    # --- callers --------------------------------------------------------------------------------------------------

    def occupied(self, line: LineId) -> bool:
        """Who calls this line now is told that it is busy."""
        return subscriber_line.occupied(self._lines[line].state)

    def glares(self, line: LineId) -> bool:
        """A caller comes first: the exchange has not seen that the house is off hook. The call is no longer ours."""
        at = self._lines[line]
        if not isinstance(at.state, exchange.Unseen):
            return False
        self._move(at, Idle())
        return True

    # --- called parties -------------------------------------------------------------------------------------------

    def answer(self, number: str) -> None:
        for at in self._in_use(number, Alerting):
            self._happen(at, LineEvent.ANSWERED)

    def put_down(self, number: str) -> None:
        for at in self._in_use(number, Talking):
            self._happen(at, LineEvent.CALLER_CLEARED)

    def speak_from(self, number: str) -> None:
        for at in self._in_use(number, Talking):
            self._voice(at, VOICE_HEARD_S)

    def _in_use(self, number: str, state: type) -> list[_Line]:
        return [at for at in self._lines.values() if at.number == number and isinstance(at.state, state)]

    # --- the exchange ---------------------------------------------------------------------------------------------

    def _happen(self, at: _Line, event: exchange.Event) -> None:
        now = self._now()
        after_it, facts = subscriber_line.step(at.state, event, now, 0, at.model, plan=self._plan)
        if after_it is at.state:
            return
        before, began = at.state, at.began
        self._move(at, after_it)
        for fact in facts:
            match fact:
                case Polarity():
                    self._while_so(at, POLARITY_DEBOUNCE_MS / 1000, PolarityReversed(at.line))
                case LoopOpen():
                    self._while_so(at, LOOP_DROP_MS / 1000, LoopDropped(at.line))
                case _:
                    pass
        if isinstance(before, Alerting):
            self._ringback_over(at, began)
        if isinstance(after_it, Announcing):
            for second in ANNOUNCEMENT_HEARD_S:
                self._voice(at, second)

    def _move(self, at: _Line, state: exchange.State) -> None:
        before = subscriber_line.tone(at.state, at.model)
        at.state, at.began = state, self._now()
        at.steps += 1
        steps = at.steps
        if isinstance(state, Alerting):
            at.number, at.ringback = state.digits, False
        if (until := subscriber_line.deadline(state)) is not None:
            self._later(until - at.began, lambda: self._happen(at, LineEvent.EXPIRED) if at.steps == steps else None)
        tone = subscriber_line.tone(state, at.model)
        if tone != before and tone[0] is not LineTone.NONE:
            self._sound(at, tone)

    # --- what is heard of it --------------------------------------------------------------------------------------

    def _sound(self, at: _Line, tone: tuple[LineTone, int]) -> None:
        name, delay_s = HEARD[tone[0]]

        def hear() -> None:
            if subscriber_line.tone(at.state, at.model) == tone or (
                name is Tone.RINGBACK
                and isinstance(at.state, Talking)
                and at.began - tone[1] > after(BEGINNING, SHORT_BURST_S)
            ):
                at.ringback |= name is Tone.RINGBACK
                self._heard(ToneHeard(at.line, name))

        self._later(after(Instant(tone[1]), delay_s) - self._now(), hear)

    def _ringback_over(self, at: _Line, began: Instant) -> None:
        """Its last burst was whole, and no other comes when it should; or it was cut short."""
        passed_s = seconds(at.began - began)
        periods, into_s = divmod(passed_s, RINGBACK_S)
        if not isinstance(at.state, Talking):
            self._in(OTHER_TONE_S[into_s > BURST_S], lambda: self._ringback_ended(at))
            return
        cut = into_s < SHORT_BURST_S
        certain_s = periods * RINGBACK_S + (BURST_OVER_S if cut else BURST_S + PAUSE_OVER_S)
        self._in(certain_s - passed_s, lambda: self._ringback_ended(at))

    def _ringback_ended(self, at: _Line) -> None:
        if at.expected and at.ringback:
            at.ringback = False
            self._heard(ToneEnded(at.line, Tone.RINGBACK))

    def _voice(self, at: _Line, heard_s: float) -> None:
        """Whoever speaks is known a moment later, and that the ringback is over with it."""
        steps = at.steps

        def hear() -> None:
            if at.steps == steps and at.expected:
                self._ringback_ended(at)
                self._heard(VoiceHeard(at.line))

        self._in(heard_s, hear)

    def _while_so(self, at: _Line, delay_s: float, event: Event) -> None:
        steps = at.steps
        self._in(delay_s, lambda: self._heard(event) if at.steps == steps else None)

    def _in(self, delay_s: float, act: Callable[[], None]) -> None:
        self._later(after(BEGINNING, delay_s), act)
