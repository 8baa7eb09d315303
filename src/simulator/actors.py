"""Callers, called parties, agents and telephones of a story: each act at its second, whatever the fidelity of the world."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cti_core.call_control.events import (
    AgentLost,
    AgentReturned,
    AnswerCall,
    ClearConnection,
    FinishWrapUp,
    HoldCall,
    LogOff,
    LogOn,
    MakeCall,
    RejectCall,
    Request,
    RetrieveCall,
    SetNotReady,
    SetReady,
)
from cti_core.call_control.ids import AgentId, CallId, ExtensionId, LineId, QueueId
from cti_core.call_control.in_talk import FlashCall, GenerateDigits
from cti_core.call_control.privacy import Keys, PhoneNumber
from simulator.world import FLASH_S, KEY_S, World


@dataclass(frozen=True, slots=True)
class Caller:
    """A person at a telephone. `caller.at(7.4).presses("1")`."""

    world: World
    line: LineId

    def at(self, second: float) -> "CallerAt":
        return CallerAt(self.world, self.line, second)


@dataclass(frozen=True, slots=True)
class CallerAt:
    world: World
    line: LineId
    second: float

    def dials(self) -> None:
        self.world.at(self.second, lambda: self.world.dial(self.line))

    def presses(self, digits: str, every_s: float = 0.3, length_s: float = KEY_S) -> None:
        """One key after the other."""
        for number, digit in enumerate(digits):
            at = self.second + number * every_s
            self.world.at(at, lambda key=digit: self.world.press(self.line, key, length_s))  # type: ignore[misc]

    def hangs_up(self) -> None:
        self.world.at(self.second, lambda: self.world.hang_up(self.line))

    def says(self, samples: NDArray[np.int16]) -> None:
        """(n,) linear PCM, 8 kHz."""
        self.world.at(self.second, lambda: self.world.speak(self.line, samples))


@dataclass(frozen=True, slots=True)
class Called:
    """A person whom the house calls. `called.at(12.0).answers()`; what becomes of the number else the dial plan says."""

    world: World
    number: str

    def at(self, second: float) -> "CalledAt":
        return CalledAt(self.world, self.number, second)


@dataclass(frozen=True, slots=True)
class CalledAt:
    world: World
    number: str
    second: float

    def answers(self) -> None:
        self.world.at(self.second, lambda: self.world.answer(self.number))

    def says(self, samples: NDArray[np.int16]) -> None:
        """(n,) linear PCM, 8 kHz."""
        self.world.at(self.second, lambda: self.world.speak_from(self.number, samples))

    def hangs_up(self) -> None:
        self.world.at(self.second, lambda: self.world.put_down(self.number))


@dataclass(frozen=True, slots=True)
class Extension:
    """A telephone of the house. `extension.at(12.0).lifts()`."""

    world: World
    extension: ExtensionId

    def at(self, second: float) -> "ExtensionAt":
        return ExtensionAt(self.world, self.extension, second)


@dataclass(frozen=True, slots=True)
class ExtensionAt:
    world: World
    extension: ExtensionId
    second: float

    def lifts(self) -> None:
        self.world.at(self.second, lambda: self.world.lift(self.extension))

    def replaces(self) -> None:
        self.world.at(self.second, lambda: self.world.replace(self.extension))

    def flashes(self, length_s: float = FLASH_S) -> None:
        self.world.at(self.second, lambda: self.world.flash(self.extension, length_s))

    def unplugs(self) -> None:
        self.world.at(self.second, lambda: self.world.unplug(self.extension))

    def plugs(self) -> None:
        self.world.at(self.second, lambda: self.world.plug(self.extension))

    def says(self, samples: NDArray[np.int16]) -> None:
        """(n,) linear PCM, 8 kHz."""
        self.world.at(self.second, lambda: self.world.speak(self.extension, samples))


@dataclass(frozen=True, slots=True)
class Agent:
    """A person at a desk. `agent.at(30).answers()` answers what rings then."""

    world: World
    agent: AgentId
    queues: tuple[QueueId, ...]

    def at(self, second: float) -> "AgentAt":
        return AgentAt(self, second)

    def call(self) -> CallId:
        """The call on the agent's screen now."""
        view = self.world.switch.view(self.world.now)
        found = next((a.call for a in view.agents if a.agent == self.agent), None)
        return found or CallId("none")


@dataclass(frozen=True, slots=True)
class AgentAt:
    who: Agent
    second: float

    def logs_on(self) -> None:
        self._asks(lambda: LogOn(self.who.agent, self.who.queues))

    def is_ready(self) -> None:
        self._asks(lambda: SetReady(self.who.agent))

    def is_not_ready(self, reason: str = "break") -> None:
        self._asks(lambda: SetNotReady(self.who.agent, reason))

    def logs_off(self) -> None:
        self._asks(lambda: LogOff(self.who.agent))

    def calls(self, number: str, line: int | None = None) -> None:
        on = None if line is None else LineId(line)
        self._asks(lambda: MakeCall(self.who.agent, PhoneNumber(number), on))

    def answers(self) -> None:
        self._asks(lambda: AnswerCall(self.who.agent, self.who.call()))

    def rejects(self) -> None:
        self._asks(lambda: RejectCall(self.who.agent, self.who.call()))

    def holds(self) -> None:
        self._asks(lambda: HoldCall(self.who.agent, self.who.call()))

    def retrieves(self) -> None:
        self._asks(lambda: RetrieveCall(self.who.agent, self.who.call()))

    def sends(self, keys: str) -> None:
        self._asks(lambda: GenerateDigits(agent=self.who.agent, call=self.who.call(), digits=Keys(keys)))

    def flashes(self) -> None:
        """The line, towards a PBX."""
        self._asks(lambda: FlashCall(self.who.agent, self.who.call()))

    def clears(self) -> None:
        self._asks(lambda: ClearConnection(self.who.agent, self.who.call()))

    def finishes_wrap_up(self) -> None:
        self._asks(lambda: FinishWrapUp(self.who.agent))

    def loses_the_desktop(self) -> None:
        self._world.at(self.second, lambda: self._world.post(AgentLost(self.who.agent)))

    def comes_back(self) -> None:
        self._world.at(self.second, lambda: self._world.post(AgentReturned(self.who.agent)))

    @property
    def _world(self) -> World:
        return self.who.world

    def _asks(self, request: Callable[[], Request]) -> None:
        self._world.at(self.second, lambda: self._world.request(request()))
