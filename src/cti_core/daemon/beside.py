"""Idle lines on which a telephone beside us is lifted: no call of ours goes out there (boards.md R7, R14).

Such a line has a few volts left of its battery. Where the board measures them the shell looks some times a second, never
in a tick; the line leaves the hunt group like one that failed, and is back by itself.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from cti_core.assemble import House
from cti_core.call_control.events import LineFailed, LineRestored
from cti_core.call_control.ids import LineId, PortOwner
from cti_core.call_control.view import HouseView, LineView
from cti_core.daemon.alarms import Alarms
from drivers.base import Board, Hook, LineState, PortKind, Unsupported, operations

LOOK_S: Final = 0.25  # assumed: a person who lifts needs longer until the exchange would mind our seizure
LOOKS: Final = 2  # in a row: a meter that looks into a ring burst or a hook switch shows anything
ALL_LOOKS: Final = 40  # every 10 s a line without a voltage is looked at: its board may have come meanwhile
CUT_V: Final = 1.0  # assumed: less is no line at all, which boards tell as a fault
IN_USE: Final = "a telephone beside it is in use"
ALARM: Final = "lineInUse"


@dataclass(slots=True)
class Line:
    """What is known of one line's voltage. `limit_v`: less, on hook, is somebody else's loop."""

    limit_v: float
    proven: bool = False  # it has shown its battery: a meter that never did is not believed
    looks: int = 0  # in a row that speak for a change

    def look(self, seen: LineState, *, marked: bool) -> bool:
        """Whether that changes which is `marked` as in use; the line is idle or so marked."""
        if seen.volts is None or (seen.ringing and marked):
            self.proven = False  # what cannot be measured any more, or rings, is in nobody's use
            return marked
        if seen.ringing or seen.hook is Hook.OFF:
            self.looks = 0
            return False
        volts = abs(seen.volts)
        self.proven = self.proven or volts >= self.limit_v
        changes = volts >= self.limit_v if marked else self.proven and CUT_V < volts < self.limit_v
        self.looks = self.looks + 1 if changes else 0
        return self.looks >= LOOKS


class Beside:
    """All lines of a board that have a limit."""

    def __init__(
        self, board: Board, owners: Sequence[PortOwner], limits_v: Mapping[LineId, float], alarms: Alarms
    ) -> None:
        self._board = board
        self._alarms = alarms
        self._ports: Final = {owner: port for port, owner in enumerate(owners) if isinstance(owner, int)}
        self._lines: Final = {
            line: Line(limits_v[line])
            for line, port in self._ports.items()
            if limits_v.get(line) and board.ports[port].kind is PortKind.FXO
        }
        self._measured: set[LineId] = set(self._lines)
        self._looks = 0

    def look(self, house: Callable[[], HouseView]) -> list[LineFailed | LineRestored]:
        """What the switch must hear. Lines without a voltage cost a look now and then."""
        self._looks += 1
        lines = self._lines if self._looks % ALL_LOOKS == 0 else self._measured
        seen = {line: state for line in lines if (state := self._seen(line)) is not None}
        self._measured = {line for line, state in seen.items() if state.volts is not None} | (
            self._measured - seen.keys()
        )
        if not seen:
            return []
        return [
            event
            for view in house().lines
            if view.line in seen and (event := self._event(view, seen[view.line])) is not None
        ]

    def _seen(self, line: LineId) -> LineState | None:
        try:
            return operations(self._board).line_state(self._ports[line])
        except Unsupported:
            return None

    def _event(self, view: LineView, seen: LineState) -> LineFailed | LineRestored | None:
        known, marked = self._lines[view.line], view.reason == IN_USE
        if marked:
            self._alarms.begin(ALARM, f"{IN_USE}: {abs(seen.volts or 0.0):.0f} V", view.line)
        else:
            self._alarms.end(ALARM, view.line)
        if not (marked or view.state == "idle"):
            known.looks = 0
            return None
        if not known.look(seen, marked=marked):
            return None
        known.looks = 0
        return LineRestored(view.line) if marked else LineFailed(view.line, IN_USE)


async def watch_lines(house: House, beside: Beside) -> None:
    """Until cancelled."""
    while True:
        await asyncio.sleep(LOOK_S)
        events = beside.look(lambda: house.switch.view(house.pump.now))
        if events and not house.pump.stats().board_is_lost:  # of a lost board nothing is true
            for event in events:
                house.pump.post(event)
