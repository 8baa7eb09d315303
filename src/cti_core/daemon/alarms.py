"""Alarms of the shell: each is raised once, stands until it is over, and enters the one trace like everything else."""

from collections.abc import Callable
from typing import Final

from cti_core.call_control.events import AlarmNoticed, AlarmOver
from cti_core.call_control.ids import LineId
from cti_core.media.pump import Alarm

Post = Callable[[AlarmNoticed | AlarmOver], None]


class Alarms:
    """Which alarms stand now. `post` may be called from any thread, and so may these."""

    def __init__(self, post: Post) -> None:
        self._post = post
        self._standing: Final[dict[tuple[str, LineId | None], str]] = {}

    def begin(self, alarm: str, detail: str = "", line: LineId | None = None) -> None:
        """Twice is once."""
        if (alarm, line) not in self._standing:
            self._standing[alarm, line] = detail
            self._post(AlarmNoticed(alarm=alarm, detail=detail, line=line))

    def end(self, alarm: str, line: LineId | None = None) -> None:
        """Nothing happens if it does not stand."""
        if self._standing.pop((alarm, line), None) is not None:
            self._post(AlarmOver(alarm=alarm, line=line))

    def stands(self, alarm: str) -> bool:
        return any(name == alarm for name, _ in self._standing)

    def from_pump(self, alarm: Alarm) -> None:
        """Hand this to the pump as `on_alarm`."""
        self.begin(alarm.kind, alarm.text, alarm.line)
