"""The exchange's ends of all trunks in a world without audio: bits and register signals reach the other end a tick later.

The exchange is the audio world's own (`trunk_circuit`). There the bits of the house are seen, and its signals heard, with the
next tick; the exchange's bits are told in the same one, and its signals are heard one later.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from cti_core.call_control.cas import Abcd, Direction
from cti_core.call_control.cas_words import (
    CasHeard,
    ListenToRegister,
    Mfc,
    SendSignal,
    SetCas,
    SignalEnded,
    SignalHeard,
    StopSignal,
    TrunkAction,
)
from cti_core.call_control.clock import TICK_SAMPLES, Instant, after
from cti_core.call_control.events import DialFinished, DigitEnded, DigitHeard, Event, Tone, ToneHeard
from cti_core.call_control.ids import LineId
from simulator.caller_id import number_of
from simulator.dial_plan import CITY, DialPlan
from simulator.event_calling import KEY_EVERY_S, PAUSE_S
from simulator.telephone import CallerState, Frame
from simulator.trunk_circuit import IDLE, Phase, Said, TrunkCircuit

KEY_HEARD_S: Final = 0.04  # measured: dsp.dtmf confirms a key within 40 ms of its tone
RINGBACK_HEARD_S: Final = 1.5  # measured: `dsp.progress`, from the begin of its first burst
POLITE_S: Final = 0.02  # a caller hangs up so long after the house did


class Person:
    """A telephone without sound; it hangs up when the other side did."""

    def __init__(self, number: str, hang_up: Callable[["Person"], None]) -> None:
        self.number = number
        self.state = CallerState.IDLE
        self._hang_up: Final = hang_up

    def speak(self, _at: int, /) -> Frame | None:
        return None

    def hear(self, frame: Frame, at: int, /) -> None: ...

    def on_line_state(self, state: CallerState, _at: int, /) -> None:
        self.state = state
        if state in {CallerState.FAR_END_CLEARED, CallerState.BUSY}:
            self._hang_up(self)


@dataclass(slots=True, kw_only=True)
class _Trunk:
    line: LineId
    circuit: TrunkCircuit
    caller: Person
    told: Abcd = IDLE  # the exchange's bits
    said: Said | None = None  # the exchange's signal
    house: Abcd = IDLE  # bits the house sends, and what the exchange has seen of them
    seen: Abcd = IDLE
    rang: int = -1  # since when ringback was on that was told last
    signals: int = 0  # of the house; what was planned for an earlier one is void
    hears: Direction | None = None  # the house's register
    hears_now: bool = False


class EventTrunks:
    """`now` and `later` are the world's; `heard` is told what board and ears would tell."""

    def __init__(
        self,
        lines: Iterable[tuple[int, LineId]],
        now: Callable[[], Instant],
        later: Callable[[int, Callable[[], None]], None],
        heard: Callable[[Event], None],
        dial_plan: DialPlan = CITY,
    ) -> None:
        """`lines`: the port of each, and the line."""
        self._now: Final = now
        self._later: Final = later
        self._heard: Final = heard
        self._trunks: Final = {line: self._trunk(port, line, dial_plan) for port, line in lines}

    def __contains__(self, line: LineId) -> bool:
        return line in self._trunks

    def _trunk(self, port: int, line: LineId, dial_plan: DialPlan) -> _Trunk:
        def hang_up(person: Person) -> None:
            self._in(POLITE_S, lambda: self.act(line, lambda circuit: circuit.hang_up(person, self._now())))

        called = Person("", hang_up)
        circuit = TrunkCircuit(lambda: called, dial_plan)
        return _Trunk(line=line, circuit=circuit, caller=Person(number_of(port), hang_up))

    # --- people ---------------------------------------------------------------------------------------------------

    def dial(self, line: LineId) -> None:
        caller = self._trunks[line].caller
        self.act(line, lambda circuit: circuit.call(caller, self._now()))

    def hang_up(self, line: LineId) -> None:
        caller = self._trunks[line].caller
        self.act(line, lambda circuit: circuit.hang_up(caller, self._now()))

    def press(self, line: LineId, digit: str, length_s: float) -> None:
        if not self._trunks[line].circuit.talking:
            return
        ended = DigitEnded(line=line, digit=digit, length_ms=round(length_s * 1000))
        self._while_talking(line, KEY_HEARD_S, DigitHeard(line=line, digit=digit, level_dbm0=-10.0))
        self._while_talking(line, KEY_HEARD_S + length_s, ended)

    def occupied(self, line: LineId) -> bool:
        return self._trunks[line].circuit.phase is not Phase.IDLE

    def answer(self, number: str) -> None:
        for trunk in self._calling(number):
            self._lift(trunk)

    def put_down(self, number: str) -> None:
        for trunk in self._calling(number):
            telephone = trunk.circuit.telephone
            if telephone is not None:
                trunk.circuit.hang_up(telephone, self._now())
                self._look(trunk)

    def act(self, line: LineId, act: Callable[[TrunkCircuit], object]) -> None:
        """Whatever the exchange does there."""
        act(self._trunks[line].circuit)
        self._look(self._trunks[line])

    def _lift(self, trunk: _Trunk) -> None:
        if trunk.circuit.telephone is not None:
            trunk.circuit.lift(trunk.circuit.telephone, self._now())
            self._look(trunk)

    def _calling(self, number: str) -> list[_Trunk]:
        """Trunks on which the house calls this number."""
        return [t for t in self._trunks.values() if not t.circuit.ours and _number(t.circuit) == number]

    def _while_talking(self, line: LineId, delay_s: float, event: Event) -> None:
        circuit = self._trunks[line].circuit
        self._in(delay_s, lambda: self._heard(event) if circuit.talking else None)

    # --- the house ------------------------------------------------------------------------------------------------

    def perform(self, action: TrunkAction) -> None:
        trunk = self._trunks[action.line]
        match action:
            case SetCas(bits=bits):
                trunk.house = bits
                self._later(TICK_SAMPLES, lambda: self._house_signals(trunk))
            case ListenToRegister(direction=direction):
                trunk.hears, trunk.hears_now = direction, False
            case SendSignal(signal=signal, length_s=length_s):
                self._house_says(trunk, signal)
                if length_s is not None:
                    self._house_says(trunk, None, after_s=length_s)
            case StopSignal():
                self._house_says(trunk, None)

    def send_keys(self, line: LineId, keys: str) -> None:
        """In the talk, in DTMF, to whoever is there; `DialFinished` follows."""
        circuit = self._trunks[line].circuit
        lasts_s = sum(PAUSE_S if key == "," else KEY_EVERY_S for key in keys)
        self._in(lasts_s, lambda: self._heard(DialFinished(line)) if circuit.talking else None)

    def _house_signals(self, trunk: _Trunk) -> None:
        if trunk.house != trunk.seen:
            trunk.seen = trunk.house
            trunk.circuit.house_signals(trunk.seen, self._now())
            self._look(trunk)

    def _house_says(self, trunk: _Trunk, signal: Mfc | None, *, after_s: float = 0.0) -> None:
        if not after_s:
            trunk.signals += 1
        mine = trunk.signals

        def arrive() -> None:
            wanted = signal is None or trunk.circuit.hears is signal.direction
            if trunk.circuit.hears is not None and wanted and (trunk.signals == mine or not after_s):
                trunk.circuit.house_says(None if signal is None else signal.reveal(), self._now())
                self._look(trunk)

        self._later(TICK_SAMPLES + after(Instant(0), after_s), arrive)

    # --- the exchange ---------------------------------------------------------------------------------------------

    def _look(self, trunk: _Trunk) -> None:
        """What has changed at the exchange's end."""
        circuit, line = trunk.circuit, trunk.line
        if circuit.bits != trunk.told:
            trunk.told = bits = circuit.bits
            self._later(0, lambda: self._heard(CasHeard(line, bits)))
        if circuit.said is not trunk.said:
            before, trunk.said = trunk.said, circuit.said
            said = circuit.said
            self._later(TICK_SAMPLES, lambda: self._house_hears(trunk, before, said))
        if circuit.ringing_since is not None and circuit.ringing_since != trunk.rang:
            trunk.rang = since = circuit.ringing_since
            self._in(RINGBACK_HEARD_S, lambda: self._ringback(trunk, since))
        if (until := circuit.until) is not None:
            self._later(max(until - self._now(), 0), lambda: self._expire(trunk, until))

    def _ringback(self, trunk: _Trunk, since: int) -> None:
        if trunk.circuit.ringing_since == since:
            self._heard(ToneHeard(trunk.line, Tone.RINGBACK))

    def _expire(self, trunk: _Trunk, until: int) -> None:
        if trunk.circuit.until == until:
            trunk.circuit.expire(self._now())
            self._look(trunk)

    def _house_hears(self, trunk: _Trunk, before: Said | None, said: Said | None) -> None:
        if before is not None and trunk.hears_now:
            trunk.hears_now = False
            self._heard(SignalEnded(trunk.line, before.signal.direction))
        if said is not None and trunk.hears is said.signal.direction:
            trunk.hears_now = True
            self._heard(SignalHeard(trunk.line, said.signal))
            if said.length_s is not None:
                self._in(said.length_s, lambda: self._house_hears(trunk, said, None) if trunk.said is said else None)

    def _in(self, delay_s: float, act: Callable[[], None]) -> None:
        self._later(after(Instant(0), delay_s), act)


def _number(circuit: TrunkCircuit) -> str | None:
    return None if circuit.telephone is None else circuit.telephone.number
