"""The exchange's end of one trunk of China No.1: bits, registers and the telephone behind it. Pure: time is an argument.

    idle --somebody dials--> seizes --acknowledged--> sends the numbers --B1--> rings --answered--> talks --hangs up--> clears
    idle --the house seizes--> takes the number --B1--> its telephone rings --lifts--> talks --the house clears--> idle
    both seize: it keeps its seizure for 100 ms, then yields       blocked, deaf, mute: faults on demand

Its registers are the same two machines as the house's, each at the other end; what the bits mean is written anew, from the
standard's point of view of an exchange.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from cti_core.call_control import cas
from cti_core.call_control import register as words
from cti_core.call_control import register_incoming as incoming
from cti_core.call_control import register_outgoing as outgoing
from cti_core.call_control.cas import Abcd, Direction
from cti_core.call_control.cas_words import Mfc
from cti_core.call_control.clock import Instant, after
from cti_core.call_control.notes import DeadlinePassed
from cti_core.call_control.privacy import PhoneNumber
from cti_core.call_control.register import Decide, Done, LengthPlan, Result
from cti_core.call_control.register_outgoing import OutgoingCall
from cti_core.call_control.register_reading import IncomingPlan
from simulator.dial_plan import ANY, CITY, VACANT, DialPlan, Fate, Route
from simulator.originating import PICK_UP_S, RINGBACK_S
from simulator.telephone import CallerState, Telephone

IDLE, SEIZED, ACKNOWLEDGED, ANSWERED = (cas.bits(text) for text in ("1011", "0011", "1111", "0111"))
HUNG_UP = BLOCKED = ACKNOWLEDGED
ACKNOWLEDGE_MAX_S: Final = 2.0  # openr2: seize acknowledge
YIELD_S: Final = 0.1  # Q.421: a double seizure is kept so long
HELD_S: Final = 10.0  # assumed: an exchange of ours clears so long after the called party has hung up
HOSPITAL: Final = "62265000"  # assumed: the number of ours that callers dial unless they dial another

RESULTS: Final = {Fate.BUSY: Result.BUSY, Fate.CONGESTION: Result.CONGESTION, Fate.VACANT: Result.VACANT}


class Phase(Enum):
    IDLE = auto()
    BLOCKED = auto()
    SEIZES = auto()  # our callers
    SENDS = auto()
    WAITS = auto()
    TAKES = auto()  # the house's calls
    RINGS = auto()
    TALKS = auto()
    HELD = auto()  # the called side has hung up, the calling side not yet
    CLEARS = auto()  # our clear forward is out


@dataclass(slots=True)
class Said:
    """A register signal on the line; `length_s` None: until it is taken off."""

    signal: Mfc
    length_s: float | None = None


class TrunkCircuit:
    """`bits`, `said` and `hears` are what it signals, sends and listens for; whoever drives it looks at them after each
    event. `called_telephone` rings when the house calls.
    """

    def __init__(self, called_telephone: Callable[[], Telephone], dial_plan: DialPlan = CITY) -> None:
        self.bits: Abcd = IDLE
        self.said: Said | None = None
        self.hears: Direction | None = None
        self.phase = Phase.IDLE
        self.telephone: Telephone | None = None
        self.ours = False  # our caller's call, in TALKS and HELD
        self.ringing_since: int | None = None  # the house hears ringback
        self.until: int | None = None
        self.deaf = False
        """It acknowledges no seizure."""
        self.mute = False
        """Its registers say nothing any more, and wait for ever."""
        self._house: Abcd = IDLE
        self._plan: Final = dial_plan
        self._lengths: Final = _lengths_of(dial_plan)
        self._called_telephone: Final = called_telephone
        self._register: outgoing.State | incoming.State | None = None
        self._number: OutgoingCall | None = None
        self._route: Route = VACANT

    # --- people ---------------------------------------------------------------------------------------------------

    def call(self, telephone: Telephone, now: int, called: str = HOSPITAL) -> bool:
        """False: the trunk is occupied, or the house blocks it; the telephone hears busy tone."""
        if self.phase is not Phase.IDLE or self._house != IDLE:
            telephone.on_line_state(CallerState.BUSY, now)
            return False
        caller = PhoneNumber(telephone.number) if telephone.number else None
        self._number = OutgoingCall(called=PhoneNumber(called), caller=caller)
        self.telephone, self.ours = telephone, True
        self.bits = SEIZED
        self._enter(Phase.SEIZES, now, ACKNOWLEDGE_MAX_S)
        telephone.on_line_state(CallerState.CALLING, now)
        return True

    def hang_up(self, telephone: Telephone, now: int) -> None:
        if telephone is not self.telephone:
            telephone.on_line_state(CallerState.IDLE, now)
            return
        if self.ours:
            self._gone(CallerState.IDLE, now)
            self._clear_forward(now)
        elif self.phase is Phase.TALKS:
            self._gone(CallerState.IDLE, now)
            self.bits = HUNG_UP
            self._enter(Phase.HELD, now)

    def lift(self, telephone: Telephone, now: int) -> None:
        """The telephone that the house called."""
        if telephone is self.telephone and self.phase is Phase.RINGS:
            self._lifted(now)

    def block(self, now: int, *, on: bool) -> None:
        """Take no seizures: told while the trunk is idle."""
        if on and self.phase is Phase.IDLE:
            self.bits = BLOCKED
            self._enter(Phase.BLOCKED, now)
        elif not on and self.phase is Phase.BLOCKED:
            self.bits = IDLE
            self._enter(Phase.IDLE, now)

    def fall_mute(self) -> None:
        """In the middle of a number, or from the next one on."""
        self.mute, self.said, self.until = True, None, None

    @property
    def talking(self) -> bool:
        return self.phase is Phase.TALKS

    # --- the house ------------------------------------------------------------------------------------------------

    def house_signals(self, bits: Abcd, now: int) -> None:
        self._house = bits
        match self.phase, bits:
            case Phase.IDLE, b if b == SEIZED and not self.deaf:
                self.bits, self.hears = ACKNOWLEDGED, Direction.FORWARD
                self.ours = False
                self._register = incoming.begin(Instant(now))
                self._enter(Phase.TAKES, now)
                self._look_at_register(now)
            case Phase.SEIZES, b if b == ACKNOWLEDGED:
                assert self._number is not None
                self.hears = Direction.BACKWARD
                self._enter(Phase.SENDS, now)
                self._register, said = outgoing.begin(self._number, Instant(now))
                self._say(said)
                self._look_at_register(now)
            case Phase.SEIZES, b if b == SEIZED:
                self._enter(Phase.SEIZES, now, YIELD_S)
            case ((Phase.SENDS | Phase.WAITS), b) if b in (SEIZED, IDLE):  # forced release, or nobody there any more
                self._gone(CallerState.FAR_END_CLEARED, now)
                self._clear_forward(now)
            case Phase.WAITS, b if b == ANSWERED:
                self._enter(Phase.TALKS, now)
                self._turn(CallerState.TALKING, now)
            case Phase.TALKS, b if self.ours and b == HUNG_UP:
                self._turn(CallerState.FAR_END_CLEARED, now)
                if self.phase is Phase.TALKS:  # its person has not hung up at once
                    self._enter(Phase.HELD, now, HELD_S)
            case ((Phase.TALKS | Phase.HELD), b) if self.ours and b in (SEIZED, IDLE):
                self._gone(CallerState.FAR_END_CLEARED, now)
                self._clear_forward(now)
            case ((Phase.TAKES | Phase.RINGS | Phase.TALKS | Phase.HELD), b) if not self.ours and b == IDLE:
                self._gone(CallerState.IDLE if self.phase is Phase.RINGS else CallerState.FAR_END_CLEARED, now)
                self._rest(now)
            case Phase.CLEARS, b if b == IDLE:
                self._rest(now)
            case _:
                pass

    def house_says(self, signal: int | None, now: int) -> None:
        """A register signal began on the line; None: it ended."""
        if self.phase is Phase.SENDS:
            self._step(words.BackwardOff() if signal is None else words.BackwardOn(words.Backward(signal)), now)
        elif self.phase is Phase.TAKES:
            self._step(words.ForwardOff() if signal is None else words.ForwardOn(words.Forward(signal)), now)

    def expire(self, now: int) -> None:
        """`until` has come."""
        match self.phase:
            case Phase.SENDS | Phase.TAKES:
                self._step(DeadlinePassed(), now)
            case Phase.SEIZES | Phase.HELD:
                self._gone(CallerState.FAR_END_CLEARED, now)
                self._clear_forward(now)
            case Phase.RINGS:
                self._lifted(now)
            case Phase.TALKS:
                self._hung_up_by_itself(now)
            case _:
                self.until = None

    # --- registers ------------------------------------------------------------------------------------------------

    def _step(self, event: object, now: int) -> None:
        said: list[words.Out]
        if self.phase is Phase.SENDS:
            assert self._number is not None
            self._register, said = outgoing.step(self._register, event, Instant(now), self._number)  # type: ignore[arg-type]
        else:
            plan = IncomingPlan(lengths=self._lengths, ask_caller_after=0)
            self._register, said = incoming.step(self._register, event, Instant(now), plan)  # type: ignore[arg-type]
        self._say(said)
        for word in said:
            if isinstance(word, words.AddressComplete):
                self._route = self._plan.route(word.address.called.reveal()) or VACANT
                telephone = self._called_telephone()
                telephone.number = word.address.called.reveal()
                self._step(Decide(RESULTS.get(self._route.fate, Result.FREE)), now)
                return
        self._look_at_register(now)

    def _say(self, said: list[words.Out]) -> None:
        for word in said:
            match word:
                case words.SendForward(signal):
                    self.said = Said(Mfc(Direction.FORWARD, signal))
                case words.SendBackward(signal):
                    self.said = Said(Mfc(Direction.BACKWARD, signal))
                case words.PulseBackward(signal, length_s):
                    self.said = Said(Mfc(Direction.BACKWARD, signal), length_s)
                case words.StopForward() | words.StopBackward():
                    self.said = None
                case _:
                    pass
        if self.mute:
            self.said = None

    def _look_at_register(self, now: int) -> None:
        register = self._register
        match register:
            case Done(Result.FREE | Result.FREE_CALLER_RELEASES) if self.phase is Phase.SENDS:
                self._enter(Phase.WAITS, now)
            case Done(Result.FREE) if self.phase is Phase.TAKES:
                self._ring(now)
            case Done() | words.Failed() if self.phase is Phase.SENDS:
                self._gone(CallerState.BUSY, now)
                self._clear_forward(now)
            case Done() | words.Failed():  # the house hears why, and clears
                self._enter(Phase.HELD, now)
            case None:
                self.until = None
            case _ if self.mute:
                self.until = None
            case _:
                self.until = (
                    outgoing.deadline(register) if isinstance(register, outgoing.State) else incoming.deadline(register)
                )

    # --- calls ----------------------------------------------------------------------------------------------------

    def _ring(self, now: int) -> None:
        route = self._route
        self.telephone = self._called_telephone()
        waits_s = (route.rings - 1) * RINGBACK_S + PICK_UP_S if route.rings else 0.0
        self._enter(Phase.RINGS, now, waits_s if route.fate is Fate.ANSWER else None)
        self.ringing_since = now
        self._turn(CallerState.RINGING, now)

    def _lifted(self, now: int) -> None:
        self.bits = ANSWERED
        self._enter(Phase.TALKS, now, self._route.talk_s)
        self._turn(CallerState.TALKING, now)

    def _hung_up_by_itself(self, now: int) -> None:
        assert self.telephone is not None
        self.hang_up(self.telephone, now)

    def _clear_forward(self, now: int) -> None:
        self.bits = IDLE
        if self._house == IDLE:
            self._rest(now)
        else:
            self._enter(Phase.CLEARS, now)

    def _rest(self, now: int) -> None:
        self.bits = IDLE
        self._enter(Phase.IDLE, now)

    def _enter(self, phase: Phase, now: int, until_s: float | None = None) -> None:
        self.phase = phase
        self.until = None if until_s is None else after(Instant(now), until_s)
        self.ringing_since = None
        if phase not in (Phase.SENDS, Phase.TAKES):
            self.said = self.hears = self._register = None

    def _turn(self, state: CallerState, now: int) -> None:
        if self.telephone is not None:
            self.telephone.on_line_state(state, now)

    def _gone(self, state: CallerState, now: int) -> None:
        """The telephone has no trunk any more."""
        telephone, self.telephone = self.telephone, None
        if telephone is not None:
            telephone.on_line_state(state, now)


def _lengths_of(plan: DialPlan) -> LengthPlan:
    """The register must know when a number is whole: by the digits before the first free one of each pattern."""
    return LengthPlan(tuple((pattern.split(ANY)[0], len(pattern)) for pattern, _ in plan.routes))
