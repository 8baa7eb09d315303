"""The public exchange and the callers behind it, stepped 20 ms at a time on all lines at once.

Pure apart from the generator handed in: the same models, seed, steps and operations give the same facts and samples.
The world outside stands still while nobody steps it. Operations take effect with the next step's first sample.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from drivers.base import TICK_SAMPLES, Hook, LineFault, LineOk, Signal
from simulator import subscriber_line
from simulator.caller_id import Presentation, number_of
from simulator.copper import Copper, Ears
from simulator.line_model import LineModel
from simulator.line_tones import LineTone, ToneRows
from simulator.subscriber_line import (
    FarEndCleared,
    Idle,
    LineEvent,
    LoopDropped,
    Parked,
    Ringing,
    Seized,
    State,
    Talking,
)
from simulator.telephone import CallerState, Handset, Telephone

NEVER: Final = np.iinfo(np.int64).max
OFF_HOOK_V: Final = -7.0  # assumed: a loop of some 20 mA through a telephone


@dataclass(frozen=True, slots=True, kw_only=True)
class LineCondition:
    """What a meter on the copper would show."""

    hook: Hook  # of the house
    ringing: bool  # ring current flows now
    battery_v: float
    occupied: bool


@dataclass(slots=True)
class _Call:
    """A telephone off its hook. `port` is the line it called."""

    telephone: Telephone
    port: int
    state: CallerState
    began: int  # of the tone it hears


class Exchange:
    """`ports` subscriber lines, all ending at one board. Not to be confused with the house's own switch."""

    def __init__(self, models: Sequence[LineModel], rng: np.random.Generator, tones: ToneRows | None = None) -> None:
        self.models: Final = tuple(models)
        self.now = 0
        """The next sample to be made."""
        self._copper: Final = Copper(self.models, rng, tones or ToneRows())
        self._presentation: Final = Presentation(self.models, self._copper)
        self._rings_at: Final[dict[int, int]] = {}  # port -> when it will ring: its number is being told
        self._states: Final[list[State]] = [Idle() for _ in self.models]
        self._until: Final = np.full(len(self.models), NEVER)
        self._off_hook: Final = np.zeros(len(self.models), np.bool_)  # the house's hook
        self._cut: Final = np.zeros(len(self.models), np.bool_)
        self._seen: Final = np.zeros(len(self.models), np.bool_)  # the loop as the exchange last saw it: closed
        self._facts: Final[list[Signal]] = []
        self._calls: Final[list[_Call]] = []  # in the order they were dialled
        self._handsets: Final[dict[int, Handset]] = {}
        self._mouths: Final = np.zeros((len(self.models), TICK_SAMPLES), np.float32)
        self._watchers: Final[list[Callable[[int], None]]] = []

    @property
    def ports(self) -> int:
        return len(self.models)

    # --- the house's side: what a board does ----------------------------------------------------------------------

    def hook(self, port: int, position: Hook) -> None:
        """Close (OFF) or open (ON) the loop."""
        self._off_hook[port] = position is Hook.OFF

    def step(self, spoken: NDArray[np.int16]) -> tuple[NDArray[np.int16], tuple[Signal, ...]]:
        """Take (ports, 160) from the board; give the (ports, 160) heard meanwhile, and the facts in order of time."""
        begin, end = self.now, self.now + TICK_SAMPLES
        self._look_at_loops(begin)
        self._expire(end)
        heard = self._copper.to_house(spoken, self._listen_to_callers(begin), begin)
        self._tell_callers(spoken, begin)
        self.now = end
        facts = tuple(sorted(self._facts, key=lambda fact: fact.at))
        self._facts.clear()
        for watcher in self._watchers:
            watcher(end)
        return heard, facts

    def skip(self, samples: int) -> None:
        """The board lost so much time: what was due in it happens at the next step, and nothing of it was heard."""
        self.now += samples

    # --- the callers' side ----------------------------------------------------------------------------------------

    def handset(self, port: int) -> Handset:
        """The telephone that calls this line unless another one is named."""
        if port not in self._handsets:
            self._handsets[port] = Handset(self.models[port], number_of(port))
        return self._handsets[port]

    def dial(self, port: int, telephone: Telephone | None = None) -> bool:
        """Call the line. False: it is occupied and the telephone hears busy tone, or it is in a call already."""
        telephone = telephone or self.handset(port)
        call = self._call_of(telephone)
        if call is not None and call.state in {CallerState.CALLING, CallerState.TALKING}:
            return False
        if call is not None:
            self._calls.remove(call)
        if subscriber_line.occupied(self._states[port]) or port in self._rings_at:
            self._calls.append(call := _Call(telephone, port, CallerState.IDLE, self.now))
            self._turn(call, CallerState.BUSY, self.now)
            return False
        self._calls.append(_Call(telephone, port, CallerState.IDLE, self.now))
        rings_at = self._presentation.before_the_ring(port, telephone.number, self.now)
        if rings_at > self.now:
            self._rings_at[port] = rings_at
        else:
            self._happen(port, LineEvent.DIALLED, self.now)
        return True

    def hang_up(self, telephone: Telephone) -> None:
        """Put the telephone on its hook, in whatever state."""
        call = self._call_of(telephone)
        if call is None:
            return
        on_line = call.state in {CallerState.CALLING, CallerState.TALKING}
        self._calls.remove(call)
        if call.state is CallerState.IDLE:  # gave up before the line rang
            self._rings_at.pop(call.port, None)
            self._copper.hush(call.port)
        self._turn(call, CallerState.IDLE, self.now)
        if on_line:
            self._happen(call.port, LineEvent.CALLER_CLEARED, self.now)

    def cut(self, port: int) -> None:
        """Cut the copper: no battery for the house, an open loop for the exchange."""
        if not self._cut[port]:
            self._cut[port] = True
            self._facts.append(LineFault(port, self.now, "no battery: the line is cut"))
            self._wire(port)

    def restore(self, port: int) -> None:
        """Mend the copper. A call that still rings goes on ringing with its next burst."""
        if self._cut[port]:
            self._cut[port] = False
            self._facts.append(LineOk(port, self.now))
            self._wire(port)

    # --- looking on -----------------------------------------------------------------------------------------------

    def condition(self, port: int) -> LineCondition:
        state = self._states[port]
        cut = bool(self._cut[port])
        return LineCondition(
            hook=Hook.OFF if self._off_hook[port] else Hook.ON,
            ringing=isinstance(state, Ringing) and state.burst and not cut,
            battery_v=self._battery(port),
            occupied=subscriber_line.occupied(state),
        )

    def caller(self, telephone: Telephone) -> tuple[CallerState, LineTone]:
        """How it goes for the person at this telephone, and the tone in their ear."""
        call = self._call_of(telephone)
        return (call.state, _TONE_FOR_CALLER[call.state]) if call else (CallerState.IDLE, LineTone.NONE)

    def watch(self, watcher: Callable[[int], None]) -> Callable[[], None]:
        """Have it called after each step with the time; the answer ends it."""
        self._watchers.append(watcher)
        return lambda: self._watchers.remove(watcher)

    # --- lines ----------------------------------------------------------------------------------------------------

    def _look_at_loops(self, at: int) -> None:
        closed = self._off_hook & ~self._cut
        for port in np.flatnonzero(closed != self._seen):
            self._seen[port] = closed[port]
            self._happen(int(port), LineEvent.OFF_HOOK if closed[port] else LineEvent.ON_HOOK, at)
            self._wire(int(port))

    def _expire(self, end: int) -> None:
        for ready in [port for port, at in self._rings_at.items() if at < end]:
            self._happen(ready, LineEvent.DIALLED, max(self._rings_at.pop(ready), self.now))
        while (due := np.flatnonzero(self._until < end)).size:
            for port in due:
                self._happen(int(port), LineEvent.EXPIRED, max(int(self._until[port]), self.now))

    def _happen(self, port: int, event: LineEvent, at: int) -> None:
        before = self._states[port]
        after, facts = subscriber_line.step(before, event, at, port, self.models[port])
        if after is before:
            return
        self._states[port] = after
        if isinstance(after, Ringing) and not after.burst and (call := self._call_on(port)):
            self._presentation.after_the_ring(port, call.telephone.number, after.began, at)
        elif not isinstance(after, Ringing):
            self._copper.hush(port)
        until = subscriber_line.deadline(after)
        self._until[port] = NEVER if until is None else until
        if not self._cut[port]:
            self._facts.extend(facts)
        self._wire(port)
        self._tell_caller_of(port, after, at)

    def _wire(self, port: int) -> None:
        """Bring the copper's vectors in line with the state."""
        state, copper = self._states[port], self._copper
        copper.through[port] = isinstance(state, Talking)
        copper.looped[port] = bool(self._seen[port])
        copper.dead[port] = bool(self._cut[port]) or isinstance(state, LoopDropped)
        match state:
            case FarEndCleared(began, _):
                copper.tone[port], copper.tone_began[port] = LineTone.BUSY, began
            case Seized(began):
                copper.tone[port], copper.tone_began[port] = LineTone.DIAL, began
            case _:
                copper.tone[port] = LineTone.NONE

    def _battery(self, port: int) -> float:
        state, model = self._states[port], self.models[port]
        if self._copper.dead[port]:
            return 0.0
        volts = OFF_HOOK_V if self._seen[port] else model.battery_v
        return -volts if model.polarity_reversal and isinstance(state, Talking) else volts

    # --- callers --------------------------------------------------------------------------------------------------

    def _call_of(self, telephone: Telephone) -> _Call | None:
        return next((call for call in self._calls if call.telephone is telephone), None)

    def _call_on(self, port: int) -> _Call | None:
        on_line = {CallerState.IDLE, CallerState.CALLING, CallerState.TALKING}
        return next((call for call in self._calls if call.port == port and call.state in on_line), None)

    def _tell_caller_of(self, port: int, state: State, at: int) -> None:
        call = self._call_on(port)
        if call is None:
            return
        match state:
            case Ringing():
                self._turn(call, CallerState.CALLING, at)
            case Talking():
                self._turn(call, CallerState.TALKING, at)
            case Idle() | Parked():
                self._turn(call, CallerState.FAR_END_CLEARED, at)
            case _:
                pass

    def _turn(self, call: _Call, state: CallerState, at: int) -> None:
        if call.state is not state or state is CallerState.IDLE:
            call.state, call.began = state, at
            call.telephone.on_line_state(state, at)

    def _listen_to_callers(self, at: int) -> NDArray[np.float32]:
        """(ports, 160): everybody off hook is asked, whoever talks is heard."""
        self._mouths[:] = 0
        for call in tuple(self._calls):
            frame = call.telephone.speak(at)
            if frame is not None and call.state is CallerState.TALKING:
                self._mouths[call.port] = frame
        return self._mouths

    def _tell_callers(self, spoken: NDArray[np.int16], at: int) -> None:
        calls = tuple(self._calls)
        if not calls:
            return
        ears = Ears(
            ports=np.array([call.port for call in calls]),
            connected=np.array([call.state is CallerState.TALKING for call in calls]),
            tones=np.array([_TONE_FOR_CALLER[call.state] for call in calls]),
            began=np.array([call.began for call in calls]),
        )
        for call, frame in zip(calls, self._copper.to_callers(spoken, ears, at), strict=True):
            call.telephone.hear(frame, at)


_TONE_FOR_CALLER: Final = {
    CallerState.IDLE: LineTone.NONE,
    CallerState.CALLING: LineTone.RINGBACK,
    CallerState.TALKING: LineTone.NONE,
    CallerState.FAR_END_CLEARED: LineTone.BUSY,
    CallerState.BUSY: LineTone.BUSY,
}
