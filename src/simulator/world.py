"""A world to try the house in: lines that ring, callers who press keys, agents who answer, and a clock that jumps.

What callers and agents build on is `World`, the same for both fidelities: `simulator.event_world` knows no audio and runs
hours in seconds; `simulator.audio_world` makes real tones and hears them through the real detectors.
"""

import heapq
from abc import ABC, abstractmethod
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from cti_core.call_control.actions import Language
from cti_core.call_control.clock import TICK_SAMPLES, Instant, after
from cti_core.call_control.errors import RequestRejected
from cti_core.call_control.events import AgentLost, AgentReturned, Request
from cti_core.call_control.ids import CallId, ExtensionId, LineId, PortOwner
from cti_core.call_control.ladder import Row, draw, rows
from cti_core.call_control.machines import SwitchPlan
from cti_core.call_control.switch import Switch
from cti_core.call_control.trace import Hop
from simulator.trunk_circuit import TrunkCircuit

KEY_S = 0.1  # how long a caller holds a key
FLASH_S = 0.3  # assumed: how long a finger rests on the cradle

Act = Callable[[], None]
Listener = Callable[[Hop], None]


def on_tick(instant: int) -> Instant:
    """The tick at which something that happens at `instant` is noticed."""
    return Instant(-(-instant // TICK_SAMPLES) * TICK_SAMPLES)


class World(ABC):
    """Telephones, time and memory. Whoever acts, acts through these few words; everything is reproducible."""

    def __init__(self, plan: SwitchPlan) -> None:
        self.plan = plan
        self.now = Instant(0)
        self.hops: list[Hop] = []
        self.refused: list[RequestRejected] = []
        self._acts: list[tuple[Instant, int, Act]] = []
        self._acts_planned = 0
        self._listeners: list[Listener] = []

    @property
    @abstractmethod
    def switch(self) -> Switch:
        """The machines of the house."""

    # --- time -----------------------------------------------------------------------------------------------------

    def at(self, second: float, act: Act) -> None:
        """Do it at that second of the world."""
        self._plan(after(Instant(0), second), act)

    def later(self, delay_s: float, act: Act) -> None:
        """Do it that long from now."""
        self._plan(after(self.now, delay_s), act)

    def _plan(self, instant: Instant, act: Act) -> None:
        self._acts_planned += 1
        heapq.heappush(self._acts, (on_tick(instant), self._acts_planned, act))

    def _act_until(self, now: Instant) -> None:
        while self._acts and self._acts[0][0] <= now:
            heapq.heappop(self._acts)[2]()

    @abstractmethod
    def run(self, until_s: float) -> None:
        """Let the world go on until that second."""

    # --- telephones -----------------------------------------------------------------------------------------------

    @abstractmethod
    def dial(self, line: LineId) -> None:
        """Somebody calls the hospital on this line: it begins to ring."""

    @abstractmethod
    def press(self, line: LineId, digit: str, length_s: float = KEY_S) -> None:
        """The caller presses a key."""

    @abstractmethod
    def hang_up(self, line: LineId) -> None:
        """The caller hangs up: the exchange stops ringing, or puts busy tone on the line."""

    @abstractmethod
    def occupied(self, line: LineId) -> bool:
        """Whether somebody calls or talks on this line."""

    @abstractmethod
    def trunk(self, line: LineId, act: Callable[[TrunkCircuit], object]) -> None:
        """The exchange does something at its end of a trunk: `circuit.block(now, on=True)`."""

    @abstractmethod
    def speak(self, who: PortOwner, samples: NDArray[np.int16]) -> None:
        """Whoever is at the far end of the line, or at the telephone, says (n,) linear PCM, 8 kHz."""

    # --- telephones that the house calls --------------------------------------------------------------------------

    @abstractmethod
    def answer(self, number: str) -> None:
        """Who is called by the house at this number lifts; nothing, if it does not ring."""

    @abstractmethod
    def put_down(self, number: str) -> None:
        """The called party hangs up."""

    @abstractmethod
    def speak_from(self, number: str, samples: NDArray[np.int16]) -> None:
        """The called party says (n,) linear PCM, 8 kHz; nothing, if it has not lifted."""

    # --- telephones of the house ----------------------------------------------------------------------------------

    @abstractmethod
    def lift(self, extension: ExtensionId) -> None:
        """Somebody takes the handset off its hook, whether it rings or not."""

    @abstractmethod
    def replace(self, extension: ExtensionId) -> None:
        """The handset is put back."""

    @abstractmethod
    def flash(self, extension: ExtensionId, length_s: float = FLASH_S) -> None:
        """The cradle is tapped; on hook nothing happens."""

    @abstractmethod
    def unplug(self, extension: ExtensionId) -> None:
        """The telephone is pulled out of its socket. Its port measures its wire when a loop opens, and tells."""

    @abstractmethod
    def plug(self, extension: ExtensionId) -> None:
        """Back into the socket, lifted or not."""

    @abstractmethod
    def rings(self, extension: ExtensionId) -> bool:
        """The house rings this telephone, and somebody could hear it."""

    # --- requests -------------------------------------------------------------------------------------------------

    @abstractmethod
    def request(self, request: Request) -> None:
        """An agent or operator asks the house for something. A refusal is kept in `refused`."""

    @abstractmethod
    def post(self, event: AgentLost | AgentReturned) -> None:
        """The shell noticed something beside the lines."""

    # --- what happened --------------------------------------------------------------------------------------------

    def listen(self, listener: Listener) -> None:
        """Be told of every hop: how callers hear prompts and agents see their screens."""
        self._listeners.append(listener)

    def _tell(self, hops: tuple[Hop, ...]) -> None:
        for hop in hops:
            self.hops.append(hop)
            for listener in self._listeners:
                listener(hop)

    def calls(self) -> tuple[CallId, ...]:
        """All calls so far, in the order they began."""
        return tuple(dict.fromkeys(hop.call for hop in self.hops if hop.call is not None))

    def ladder_rows(self, call: CallId) -> tuple[Row, ...]:
        return rows(self.hops, call)

    def ladder(self, call: CallId, language: Language = Language.EN) -> str:
        return draw(rows(self.hops, call, language=language), language=language)
