"""Telephones of the house in a world without audio: hands move loops, and the port's own machine reads them.

The contacts do not chatter here; what a port waits for to be certain (debouncing, ring trip, the window of a flash, a test
of its wire) it waits for as in `extensions`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from cti_core.call_control.clock import TICK_SAMPLES, Instant
from cti_core.call_control.events import (
    ExtensionFailed,
    ExtensionRestored,
    FlashHeard,
    HandsetLifted,
    HandsetReplaced,
    HeardOnExtension,
)
from cti_core.call_control.ids import ExtensionId
from drivers.base import Hook, HookChanged, HookFlash, LineFault, LineOk, Signal
from simulator import extension_line
from simulator.extension_line import Empty, Idle, Measuring, PortEvent, PortState, Ringing
from simulator.extension_model import ExtensionModel

TELEPHONE: Final = ExtensionModel(line_test_ms=200)  # assumed: its port can tell that a telephone was unplugged
DEBOUNCE: Final = TICK_SAMPLES  # 12 ms, and up to 6 of chatter, are over at the next tick

Later = Callable[[int, Callable[[], None]], None]
"""Do it so many samples from now."""


@dataclass(slots=True)
class _Desk:
    extension: ExtensionId
    state: PortState = field(default_factory=Idle)
    cradle: Hook = Hook.ON
    plugged: bool = True
    moves: int = 0  # of the loop: a move that is not settled when the next one comes is void
    steps: int = 0  # of the state: a deadline of an earlier one is void
    closed: bool = False  # the loop, settled


class EventTelephones:
    """`now` and `later` are the world's; `heard` is told what a board would tell."""

    def __init__(
        self,
        extensions: Sequence[ExtensionId],
        now: Callable[[], Instant],
        later: Later,
        heard: Callable[[HeardOnExtension], None],
        model: ExtensionModel = TELEPHONE,
    ) -> None:
        self._desks: Final = {extension: _Desk(extension) for extension in extensions}
        self._now: Final = now
        self._later: Final = later
        self._heard: Final = heard
        self._model: Final = model

    # --- hands ----------------------------------------------------------------------------------------------------

    def lift(self, extension: ExtensionId) -> None:
        self._put(self._desks[extension], Hook.OFF)

    def replace(self, extension: ExtensionId) -> None:
        self._put(self._desks[extension], Hook.ON)

    def flash(self, extension: ExtensionId, length: int) -> None:
        """For so many samples."""
        desk = self._desks[extension]
        if desk.cradle is Hook.ON or not desk.plugged:
            return
        self._put(desk, Hook.ON)
        self._later(length, lambda: self._put(desk, Hook.OFF))

    def unplug(self, extension: ExtensionId) -> None:
        desk = self._desks[extension]
        desk.plugged = False
        self._move(desk)

    def plug(self, extension: ExtensionId) -> None:
        desk = self._desks[extension]
        desk.plugged = True
        self._move(desk)

    def rings(self, extension: ExtensionId) -> bool:
        desk = self._desks[extension]
        return isinstance(desk.state, Ringing) and desk.plugged and desk.cradle is Hook.ON

    # --- the house ------------------------------------------------------------------------------------------------

    def ring(self, extension: ExtensionId, *, on: bool) -> None:
        """What it leads to is heard when the house has done what it is doing now."""
        desk = self._desks[extension]
        facts = self._stepped(desk, PortEvent.RING if on else PortEvent.STOP_RINGING)
        if facts:
            self._later(0, lambda: self._tell(desk, facts))

    # --- the port -------------------------------------------------------------------------------------------------

    def _put(self, desk: _Desk, cradle: Hook) -> None:
        desk.cradle = cradle
        self._move(desk)

    def _move(self, desk: _Desk) -> None:
        desk.moves += 1
        moves = desk.moves

        def settle() -> None:
            closed = desk.plugged and desk.cradle is Hook.OFF
            if moves == desk.moves and closed is not desk.closed:
                desk.closed = closed
                self._happen(desk, PortEvent.CLOSED if closed else PortEvent.OPENED)

        self._later(DEBOUNCE, settle)

    def _expire(self, desk: _Desk) -> None:
        nothing = isinstance(desk.state, Measuring | Empty) and not desk.plugged
        self._happen(desk, PortEvent.NOTHING_THERE if nothing else PortEvent.EXPIRED)

    def _happen(self, desk: _Desk, event: PortEvent) -> None:
        self._tell(desk, self._stepped(desk, event))

    def _stepped(self, desk: _Desk, event: PortEvent) -> tuple[Signal, ...]:
        now = self._now()
        before = desk.state
        desk.state, facts = extension_line.step(before, event, now, 0, self._model)
        if desk.state is not before:
            desk.steps += 1
            steps = desk.steps
            if (until := extension_line.deadline(desk.state)) is not None:
                self._later(until - now, lambda: self._expire(desk) if steps == desk.steps else None)
        return facts

    def _tell(self, desk: _Desk, facts: tuple[Signal, ...]) -> None:
        for fact in facts:
            self._heard(_told(fact, desk.extension))


def _told(fact: Signal, extension: ExtensionId) -> HeardOnExtension:
    """As `media.listen` has it."""
    match fact:
        case HookChanged(position=Hook.OFF):
            return HandsetLifted(extension)
        case HookChanged():
            return HandsetReplaced(extension)
        case HookFlash():
            return FlashHeard(extension)
        case LineFault(reason=reason):
            return ExtensionFailed(extension, reason)
        case LineOk():
            return ExtensionRestored(extension)
        case _:
            raise AssertionError(fact)  # there are no discs here
