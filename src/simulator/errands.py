"""Calls that agents make in a day: to people who answer, who do not, and to numbers that are busy or do not exist.

As with callers, each decision is drawn from the seed and the number of the errand: the same by event and by audio.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from random import Random
from typing import Final

import numpy as np
from numpy.typing import NDArray

from cti_core.call_control.csta import Cleared, Established, Report
from cti_core.call_control.csta_calling import FarEndAlerting, ServiceInitiated
from cti_core.call_control.events import ClearConnection, MakeCall
from cti_core.call_control.ids import AgentId, CallId, ExtensionId
from cti_core.call_control.privacy import PhoneNumber
from simulator.announcement import announcement
from simulator.world import World

HEARS_BUSY_S: Final = 1.5  # assumed: then an agent whose call is over puts the handset down
LIFTED_BEHIND_RINGBACK_S: Final = (
    5.0  # who answers lifts half a second behind the second burst; the first was told here
)


class Wish(StrEnum):
    """Whom the agent wants; what becomes of it `dial_plan.CITY` says."""

    TALK = "talk"
    SILENT = "silent"  # lifts and says nothing
    NOBODY = "nobody"
    BUSY = "busy"
    VACANT = "vacant"


SHARES: Final = {Wish.TALK: 0.6, Wish.SILENT: 0.05, Wish.NOBODY: 0.15, Wish.BUSY: 0.15, Wish.VACANT: 0.05}
NUMBERS: Final = {Wish.NOBODY: "6005", Wish.BUSY: "6001", Wish.VACANT: "6003"}


@dataclass(slots=True)
class Errand:
    """One call of ours. `answered` and `end` stay empty when the house refused it."""

    number: int
    agent: AgentId
    wish: Wish
    called: str
    rng: Random
    call: CallId | None = None
    answered: str = ""
    end: str = ""

    def story(self) -> tuple[str, str, str]:
        """Whom they wanted, whether somebody answered, end."""
        return self.wish.value, self.answered, self.end


@dataclass(slots=True)
class Errands:
    """Puts them into a world's diary. `phones` are telephones that agents lift and put down by the hands of `Day`."""

    world: World
    seed: int
    agents: Sequence[AgentId]
    phones: dict[AgentId, ExtensionId]
    lift: Callable[[ExtensionId], None]
    put_down: Callable[[ExtensionId], None]
    done: list[Errand] = field(default_factory=list)

    _asking: Errand | None = None
    _of_call: dict[CallId, Errand] = field(default_factory=dict)

    def plan(self, count: int, hours: float) -> None:
        times = Random(f"{self.seed} errands")
        for number, second in enumerate(sorted(times.uniform(30.0, hours * 3600) for _ in range(count))):
            self.world.at(second, lambda n=number: self._ask(n))  # type: ignore[misc]

    def hear(self, call: CallId, report: Report) -> bool:
        """Whether it was about a call of ours."""
        if isinstance(report, ServiceInitiated) and self._asking is not None:
            self._asking.call = call
            self._of_call[call] = self._asking
        errand = self._of_call.get(call)
        if errand is not None:
            self._happened(errand, call, report)
        return errand is not None

    def ends(self) -> Counter[str]:
        """How many ended how."""
        return Counter(errand.end or ("refused" if errand.call is None else "not ended") for errand in self.done)

    def stories(self) -> dict[int, tuple[str, str, str]]:
        """Whom they wanted, answer and end by number: what must be the same by event and by audio."""
        return {errand.number: errand.story() for errand in self.done}

    # --- what agents do -------------------------------------------------------------------------------------------

    def _ask(self, number: int) -> None:
        rng = Random(f"{self.seed} errand {number}")
        wish = rng.choices(list(SHARES), list(SHARES.values()))[0]
        called = NUMBERS.get(wish) or f"8{number:07d}"
        errand = Errand(number, self.agents[number % len(self.agents)], wish, called, rng)
        self.done.append(errand)
        self._asking = errand
        self.world.request(MakeCall(errand.agent, PhoneNumber(called)))
        self._asking = None

    def _happened(self, errand: Errand, call: CallId, report: Report) -> None:
        rng, phone = errand.rng, self.phones.get(errand.agent)
        match report:
            case ServiceInitiated() if phone is not None:
                if rng.random() < 0.95:
                    self.world.later(rng.uniform(1.0, 4.0), lambda: self.lift(phone) if not errand.end else None)
            case FarEndAlerting() if errand.wish is Wish.TALK:
                speaks_s = LIFTED_BEHIND_RINGBACK_S + rng.uniform(0.6, 1.6)
                self.world.later(speaks_s, lambda: self.world.speak_from(errand.called, _words()))
            case FarEndAlerting() if errand.wish is Wish.NOBODY:
                self._end_after(errand, call, rng.uniform(8.0, 40.0))
            case Established(estimated=estimated):
                errand.answered = "estimated" if estimated else "certain"
                talk_s = rng.uniform(10.0, 90.0)
                if rng.random() < 0.5:
                    self.world.later(talk_s, lambda: self.world.put_down(errand.called))
                self._end_after(errand, call, talk_s + 5.0)
            case Cleared(cause=cause):
                errand.end = cause.value
                if phone is not None:
                    self.world.later(HEARS_BUSY_S, lambda: self.put_down(phone))
            case _:
                pass

    def _end_after(self, errand: Errand, call: CallId, delay_s: float) -> None:
        phone = self.phones.get(errand.agent)

        def end() -> None:
            if errand.end:
                return
            if phone is None:
                self.world.request(ClearConnection(errand.agent, call))
            else:
                self.put_down(phone)

        self.world.later(delay_s, end)


@cache
def _words() -> NDArray[np.int16]:
    """What everybody says who answers; (n,) linear PCM, 8 kHz."""
    return announcement()
