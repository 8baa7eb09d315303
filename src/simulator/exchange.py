"""The public exchange and the callers behind it, stepped 20 ms at a time on all lines at once.

Pure apart from the generator handed in: the same models, seed, steps and operations give the same facts and samples.
The world outside stands still while nobody steps it. Operations take effect with the next step's first sample.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from drivers.base import RATE_HZ, TICK_SAMPLES, Hook, LineFault, LineOk, Signal
from simulator import subscriber_line
from simulator.announcement import announcement
from simulator.caller_id import Presentation, number_of
from simulator.copper import Copper, Ears
from simulator.dial_plan import CITY, DialPlan, Fate
from simulator.digit_receivers import DigitReceivers
from simulator.exchange_call import ON_LINE, TONES, Call
from simulator.junction import junction
from simulator.line_model import LineModel
from simulator.line_states import (
    Alerting,
    Announcing,
    Event,
    Idle,
    Key,
    LineEvent,
    LoopDropped,
    Parked,
    Ringing,
    RingSplash,
    Splashing,
    State,
    Talking,
    Tripping,
)
from simulator.line_tones import LineTone
from simulator.telephone import CallerState, Handset, Telephone

NEVER: Final = np.iinfo(np.int64).max
OFF_HOOK_V: Final = -7.0  # assumed: a loop of some 20 mA through a telephone
PARALLEL_V: Final = -9.0  # boards.md §3.3: another telephone on the same line is off hook


@dataclass(frozen=True, slots=True, kw_only=True)
class LineCondition:
    """What a meter on the copper would show."""

    hook: Hook  # of the house
    ringing: bool  # ring current flows now
    battery_v: float
    occupied: bool


class Exchange:
    """`ports` subscriber lines, all ending at one board. Not to be confused with the house's own switch."""

    def __init__(
        self,
        models: Sequence[LineModel],
        rng: np.random.Generator,
        *,
        dial_plan: DialPlan = CITY,
    ) -> None:
        self.models: Final = tuple(models)
        self.dial_plan = dial_plan
        self.announcement: NDArray[np.int16] = announcement()
        """(n,) linear PCM, 8 kHz: what a number hears whose fate it is; repeated as long as the line's model says."""
        self.now = 0
        """The next sample to be made."""
        self._copper: Final = Copper(self.models, rng)
        self._presentation: Final = Presentation(self.models, self._copper)
        self._rings_at: Final[dict[int, int]] = {}  # port -> when it will ring: its number is being told
        self._receivers: Final = DigitReceivers()
        self._states: Final[list[State]] = [Idle() for _ in self.models]
        self._until: Final = np.full(len(self.models), NEVER)
        self._off_hook: Final = np.zeros(len(self.models), np.bool_)  # the house's hook
        self._parallel: Final = np.zeros(len(self.models), np.bool_)  # another telephone on the line is off hook
        self._cut: Final = np.zeros(len(self.models), np.bool_)
        self._seen: Final = np.zeros(len(self.models), np.bool_)  # the loop as the exchange last saw it: closed
        self._facts: Final[list[Signal]] = []
        self._calls: Final[list[Call]] = []  # in the order they were dialled
        self._handsets: Final[dict[int, Handset]] = {}
        self._called: Final[dict[int, Handset]] = {}
        self._subscribers: Final[dict[str, Telephone]] = {}
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
        self._tell_callers(spoken, begin)
        heard = self._copper.to_house(spoken, self._listen_to_callers(begin), begin)
        self._take_digits(spoken, begin)
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
        if call is not None and call.state in ON_LINE:
            return False
        if call is not None:
            self._calls.remove(call)
        if subscriber_line.occupied(self._states[port]) or port in self._rings_at:
            self._calls.append(call := Call(telephone, port, CallerState.IDLE, self.now))
            self._turn(call, CallerState.BUSY, self.now)
            return False
        self._calls.append(Call(telephone, port, CallerState.IDLE, self.now))
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
        if call.state is CallerState.RINGING:
            return  # it lies on its hook
        on_line = call.state in {CallerState.CALLING, CallerState.TALKING}
        self._calls.remove(call)
        if call.state is CallerState.IDLE:  # gave up before the line rang
            self._rings_at.pop(call.port, None)
            self._copper.hush(call.port)
        self._turn(call, CallerState.IDLE, self.now)
        if on_line:
            self._happen(call.port, LineEvent.CALLER_CLEARED, self.now)

    def called(self, port: int) -> Handset:
        """The telephone that rings when this line calls a number nobody was attached to."""
        if port not in self._called:
            self._called[port] = Handset(self.models[port])
        return self._called[port]

    def attach(self, number: str, telephone: Telephone) -> None:
        """The telephone that rings when a line calls the number. What becomes of the call the dial plan says."""
        self._subscribers[number] = telephone

    def lift(self, telephone: Telephone) -> None:
        """A called telephone that rings is answered now, whatever the dial plan says."""
        call = self._call_of(telephone)
        if call is not None and call.state is CallerState.RINGING:
            self._happen(call.port, LineEvent.ANSWERED, self.now)

    def parallel(self, port: int, position: Hook) -> None:
        """Another telephone on the house's own line: it closes the loop too, and answers what rings."""
        self._parallel[port] = position is Hook.OFF

    def splash(self, port: int, length_ms: int) -> None:
        """Ring current without a call, on a line that is idle."""
        self._happen(port, RingSplash(max(1, length_ms * RATE_HZ // 1000)), self.now)

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
            ringing=_rings(state) and not cut,
            battery_v=self._battery(port),
            occupied=subscriber_line.occupied(state),
        )

    def tone(self, port: int) -> LineTone:
        """What the exchange puts on the line, towards the house."""
        return LineTone(int(self._copper.tone[port]))

    def caller(self, telephone: Telephone) -> tuple[CallerState, LineTone]:
        """How it goes for the person at this telephone, and the tone in their ear."""
        call = self._call_of(telephone)
        return (call.state, TONES[call.state]) if call else (CallerState.IDLE, LineTone.NONE)

    def watch(self, watcher: Callable[[int], None]) -> Callable[[], None]:
        """Have it called after each step with the time; the answer ends it."""
        self._watchers.append(watcher)
        return lambda: self._watchers.remove(watcher)

    # --- lines ----------------------------------------------------------------------------------------------------

    def _look_at_loops(self, at: int) -> None:
        house = self._off_hook & ~self._cut
        closed = house | (self._parallel & ~self._cut)
        self._copper.looped[:, 0] = house
        for port in np.flatnonzero(closed != self._seen):
            self._seen[port] = closed[port]
            self._happen(int(port), LineEvent.OFF_HOOK if closed[port] else LineEvent.ON_HOOK, at)
            self._wire(int(port))

    def _take_digits(self, spoken: NDArray[np.int16], at: int) -> None:
        ports = self._receivers.ports
        if ports.size:
            for port, digit in self._receivers.hear(self._copper.to_exchange(spoken, ports, at)):
                self._happen(port, Key(digit), at + TICK_SAMPLES)

    def _expire(self, end: int) -> None:
        for ready in [port for port, at in self._rings_at.items() if at < end]:
            at = max(self._rings_at.pop(ready), self.now)
            call = next((c for c in self._calls if c.port == ready and c.state is CallerState.IDLE), None)
            if subscriber_line.occupied(self._states[ready]) and call is not None:
                self._turn(call, CallerState.BUSY, at)  # the house lifted before it rang
            self._happen(ready, LineEvent.DIALLED, at)
        while (due := np.flatnonzero(self._until < end)).size:
            for port in due:
                self._happen(int(port), LineEvent.EXPIRED, max(int(self._until[port]), self.now))

    def _happen(self, port: int, event: Event, at: int) -> None:
        before = self._states[port]
        after, facts = subscriber_line.step(before, event, at, port, self.models[port], plan=self.dial_plan)
        if after is before:
            return
        self._states[port] = after
        if isinstance(after, Ringing) and not after.burst and (call := self._call_on(port)):
            self._presentation.after_the_ring(port, call.telephone.number, after.began, at)
        elif isinstance(after, Announcing):
            said = np.resize(self.announcement, after.until - after.began)
            self._copper.tell(port, said, after.began // TICK_SAMPLES * TICK_SAMPLES)
        elif not isinstance(after, Ringing):
            self._copper.hush(port)
        if subscriber_line.listens(after):
            self._receivers.seize(port)
        else:
            self._receivers.release(port)
        until = subscriber_line.deadline(after)
        self._until[port] = NEVER if until is None else until
        if not self._cut[port]:
            self._facts.extend(facts)
        self._wire(port)
        if isinstance(before, Talking) and event is LineEvent.EXPIRED and (call := self._call_on(port)):
            self._put_down(call, at)  # the called party has hung up by itself
        self._tell_caller_of(port, after, at)
        if isinstance(after, Alerting):
            self._ring_called(port, after, at)

    def _wire(self, port: int) -> None:
        """Bring the copper's vectors in line with the state."""
        state, copper = self._states[port], self._copper
        copper.through[port] = isinstance(state, Talking)
        copper.dead[port] = bool(self._cut[port]) or isinstance(state, LoopDropped)
        copper.tone[port], copper.tone_began[port] = subscriber_line.tone(state, self.models[port])

    def _battery(self, port: int) -> float:
        state, model = self._states[port], self.models[port]
        if self._copper.dead[port]:
            return 0.0
        volts = OFF_HOOK_V if self._off_hook[port] else PARALLEL_V if self._parallel[port] else model.battery_v
        return -volts if model.polarity_reversal and isinstance(state, Talking) else volts

    # --- callers --------------------------------------------------------------------------------------------------

    def _call_of(self, telephone: Telephone) -> Call | None:
        return next((call for call in self._calls if call.telephone is telephone), None)

    def _call_on(self, port: int) -> Call | None:
        """The one that has the line; who waits for it to ring comes after who has it already."""
        here = (call for call in self._calls if call.port == port and call.state in ON_LINE)
        return min(here, key=lambda call: call.state is CallerState.IDLE, default=None)

    def _tell_caller_of(self, port: int, state: State, at: int) -> None:
        call = self._call_on(port)
        if call is None:
            return
        match state:
            case Ringing() | Tripping():
                self._turn(call, CallerState.CALLING, at)
            case Talking():
                self._turn(call, CallerState.TALKING, at)
            case Idle() | Parked() if call.state in {CallerState.CALLING, CallerState.TALKING}:
                self._turn(call, CallerState.FAR_END_CLEARED, at)
            case Alerting():
                pass
            case _ if call.state is CallerState.RINGING:  # nobody lifted
                self._put_down(call, at)
            case _:
                pass

    def _put_down(self, call: Call, at: int) -> None:
        self._calls.remove(call)
        self._turn(call, CallerState.IDLE, at)

    def _ring_called(self, port: int, state: Alerting, at: int) -> None:
        """The number is whole and its telephone is there: it rings."""
        if state.route.fate is Fate.LINE:
            self._call_through(port, state.route.line - 1, at)
            return
        telephone = self._subscribers.get(state.digits) or self.called(port)
        if (call := self._call_of(telephone)) is not None:
            if call.state in ON_LINE:
                self._happen(port, LineEvent.CALLED_BUSY, at)
                return
            self._calls.remove(call)
        telephone.number = state.digits
        self._begin(telephone, port, at)

    def _begin(self, telephone: Telephone, port: int, at: int) -> None:
        self._calls.append(call := Call(telephone, port, CallerState.IDLE, at))
        self._turn(call, CallerState.RINGING, at)

    def _call_through(self, port: int, other: int, at: int) -> None:
        """Another line of this exchange is called, with this one's number."""

        def near_turns(state: CallerState, _at: int) -> None:
            if state in {CallerState.FAR_END_CLEARED, CallerState.IDLE}:
                self.hang_up(far)
                self.hang_up(near)

        def far_turns(state: CallerState, at: int) -> None:
            if state is CallerState.TALKING:
                self._happen(port, LineEvent.ANSWERED, at)
            elif state is CallerState.FAR_END_CLEARED:
                self.hang_up(far)
                self.hang_up(near)

        near, far = junction((number_of(other), near_turns), (number_of(port), far_turns))
        self._begin(near, port, at)
        if not self.dial(other, far):
            self.hang_up(far)
            self._happen(port, LineEvent.CALLED_BUSY, at)

    def _turn(self, call: Call, state: CallerState, at: int) -> None:
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
            tones=np.array([TONES[call.state] for call in calls]),
            began=np.array([call.began for call in calls]),
        )
        for call, frame in zip(calls, self._copper.to_callers(spoken, ears, at), strict=True):
            call.telephone.hear(frame, at)


def _rings(state: State) -> bool:
    """Ring current flows."""
    return isinstance(state, Splashing | Tripping) or (isinstance(state, Ringing) and state.burst)
