"""The FXS ports of the simulated board and the telephones on them, stepped 20 ms at a time, all at once.

Pure apart from the generator handed in: the same models, seed, steps and hands give the same facts and samples. The house's
side is the board's; the telephones are in everybody's hands.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from drivers.base import TICK_SAMPLES, Hook, LineState, Signal
from simulator import extension_line
from simulator.copper import Copper, Ears
from simulator.extension_line import (
    Contact,
    Empty,
    Idle,
    Measuring,
    Moving,
    PortEvent,
    PortState,
    Ringing,
    Steady,
)
from simulator.extension_model import ExtensionModel
from simulator.extension_telephone import ExtensionTelephone

ON_HOOK_V: Final = -48.0
OFF_HOOK_V: Final = -7.0  # assumed: a loop of some 20 mA through a telephone


class Extensions:
    """`first` is the board's port of the first one: facts carry the board's numbers, arguments count from 0."""

    def __init__(self, models: Sequence[ExtensionModel], rng: np.random.Generator, *, first: int = 0) -> None:
        self.models: Final = tuple(models)
        self.first: Final = first
        self.telephones: Final = tuple(ExtensionTelephone(model, rng) for model in self.models)
        self.now = 0
        """The next sample to be made."""
        count = len(self.models)
        self._copper: Final = Copper([model.wire() for model in self.models], rng) if count else None
        self._contacts: list[Contact] = [Steady(closed=False)] * count
        self._states: list[PortState] = [Idle()] * count
        self._closed: Final = np.zeros(count, np.bool_)  # the loop itself, chatter and all
        self._powered: Final = np.ones(count, np.bool_)
        self._facts: Final[list[Signal]] = []

    def __len__(self) -> int:
        return len(self.models)

    # --- the house's side: what a board does ----------------------------------------------------------------------

    def ring(self, extension: int, *, on: bool) -> None:
        """In the plan's cadence, beginning with a burst. A telephone that is off hook does not ring."""
        if self._powered[extension]:
            self._happen(extension, PortEvent.RING if on else PortEvent.STOP_RINGING, self.now)

    def power(self, extension: int, *, on: bool) -> None:
        """Feed the loop, or not. What the port knew is forgotten: a telephone that lies beside its cradle is told anew."""
        if self._powered[extension] == on:
            return
        self._powered[extension] = on
        self._states[extension] = Idle()
        self._contacts[extension] = Steady(closed=False)
        if on and self._closed[extension]:
            self._contacts[extension] = extension_line.touched(
                Steady(closed=False), self.now, self.models[extension], closed=True
            )
        self._look_at_bell(extension)

    def step(self, spoken: NDArray[np.int16]) -> tuple[NDArray[np.int16], tuple[Signal, ...]]:
        """Take (extensions, 160) from the board; give the (extensions, 160) heard meanwhile, and the facts in order."""
        if self._copper is None:
            return spoken, ()
        begin, end = self.now, self.now + TICK_SAMPLES
        loops = self._loops(begin, end)
        mouths = np.zeros(spoken.shape, np.float32)
        for extension, telephone in enumerate(self.telephones):
            frame = telephone.handset.speak(begin)
            if frame is not None and not telephone.shunted(begin):
                mouths[extension] = frame
        self._copper.through[:, 0] = self._copper.looped[:, 0] = loops.any(axis=1)
        self._copper.dead[:] = ~self._powered
        fed = (spoken * loops).astype(np.int16)
        heard = self._copper.to_house(fed, mouths * loops, begin)
        self._listen(fed, begin)
        self.now = end
        for telephone in self.telephones:
            telephone.now = end
        facts = tuple(sorted(self._facts, key=lambda fact: fact.at))
        self._facts.clear()
        return heard, facts

    def skip(self, samples: int) -> None:
        """The board lost so much time: what was due in it happens at the next step."""
        self.now += samples
        for telephone in self.telephones:
            telephone.now = self.now

    def called(self, extension: int) -> bool:
        """The house rings it, in a burst or between two."""
        return isinstance(self._states[extension], Ringing)

    def line_state(self, extension: int) -> LineState:
        """What a meter at the port would show; `hook` is what the port believes."""
        state = self._states[extension]
        powered = bool(self._powered[extension])
        return LineState(
            port=self.first + extension,
            hook=Hook.OFF if extension_line.lifted(state) else Hook.ON,
            ringing=extension_line.rings(state),
            battery=powered,
            volts=(OFF_HOOK_V if self._closed[extension] else ON_HOOK_V) if powered else 0.0,
            fault=extension_line.NOBODY if isinstance(state, Empty) else "",
        )

    # --- loops ----------------------------------------------------------------------------------------------------

    def _loops(self, begin: int, end: int) -> NDArray[np.bool_]:
        """(extensions, 160): where the loop is closed and fed, sample by sample; ports live through it meanwhile."""
        loops = np.repeat(self._closed[:, None], TICK_SAMPLES, axis=1)
        for extension, telephone in enumerate(self.telephones):
            while (at := self._next(extension)) < end:
                at = max(at, begin)
                if telephone.edges and telephone.edges[0].at <= at:
                    edge = telephone.edges.popleft()
                    self._closed[extension] = edge.closed
                    loops[extension, at - begin :] = edge.closed
                    self._touch(extension, at, closed=edge.closed)
                else:
                    self._expire(extension, at)
            self._look_at_bell(extension)
        return loops & self._powered[:, None]

    def _next(self, extension: int) -> int:
        edges = self.telephones[extension].edges
        times = [extension_line.deadline(self._contacts[extension]), extension_line.deadline(self._states[extension])]
        if edges:
            times.append(edges[0].at)
        return min((time for time in times if time is not None), default=self.now + TICK_SAMPLES)

    def _touch(self, extension: int, at: int, *, closed: bool) -> None:
        if self._powered[extension]:
            contact = self._contacts[extension]
            self._contacts[extension] = extension_line.touched(contact, at, self.models[extension], closed=closed)

    def _expire(self, extension: int, at: int) -> None:
        contact, state = self._contacts[extension], self._states[extension]
        if isinstance(contact, Moving) and contact.until <= at:
            self._contacts[extension], event = extension_line.settle(contact)
            self._happen(extension, event, at)
        elif isinstance(state, Measuring | Empty) and not self.telephones[extension].plugged:
            self._happen(extension, PortEvent.NOTHING_THERE, at)
        else:
            self._happen(extension, PortEvent.EXPIRED, at)

    def _happen(self, extension: int, event: PortEvent, at: int) -> None:
        state, facts = extension_line.step(
            self._states[extension], event, at, self.first + extension, self.models[extension]
        )
        self._states[extension] = state
        self._facts.extend(facts)
        self._look_at_bell(extension)

    def _look_at_bell(self, extension: int) -> None:
        telephone = self.telephones[extension]
        rings = extension_line.rings(self._states[extension]) and bool(self._powered[extension])
        telephone.bell = rings and telephone.plugged and not self._closed[extension]

    # --- ears -----------------------------------------------------------------------------------------------------

    def _listen(self, fed: NDArray[np.int16], at: int) -> None:
        """Whoever has lifted hears: the house, or a dead wire."""
        assert self._copper is not None
        held = np.flatnonzero([telephone.cradle is Hook.OFF for telephone in self.telephones])
        if not held.size:
            return
        nothing = np.zeros(held.size, np.intp)
        ears = Ears(ports=held, connected=np.ones(held.size, np.bool_), tones=nothing, began=nothing.astype(np.int64))
        for extension, frame in zip(held, self._copper.to_callers(fed, ears, at), strict=True):
            telephone = self.telephones[extension]
            telephone.handset.hear(np.zeros_like(frame) if telephone.shunted(at) else frame, at)
