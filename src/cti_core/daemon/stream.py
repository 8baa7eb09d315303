"""One start of the node: its name, its clock, and the order in which everything is written down and told."""

from collections.abc import Callable, Iterable
from datetime import datetime

from cti_core.bus import Bus
from cti_core.call_control.actions import Tell
from cti_core.call_control.ids import CallId
from cti_core.call_control.trace import Hop
from cti_core.store.journal import Journal


def name_of(began: datetime, taken: Iterable[str]) -> str:
    """`261124030000`, or with a letter behind it when the node is started twice in a second."""
    known = set(taken)
    name = began.strftime("%y%m%d%H%M%S")
    return next(n for n in (name, *(f"{name}{letter}" for letter in "abcdefghijklmnopqrstuvwxyz")) if n not in known)


class Record:
    """First the journal, then the world: nobody is told what was not written down."""

    def __init__(self, journal: Journal, bus: Bus, version_of: Callable[[CallId], int | None]) -> None:
        self._journal = journal
        self._bus = bus
        self._version_of = version_of

    def note(self, hops: tuple[Hop, ...]) -> None:
        """Hand this to the pump as `on_hops`."""
        self._journal.append(hops)

    def publish(self, hop: Hop) -> None:
        """Hand this to the pump as `publish`."""
        assert isinstance(hop.what, Tell)
        call = getattr(hop.what.report, "call", None)
        version = self._version_of(call) if call is not None else None
        self._bus.publish(hop.what.report, hop.at, hop.seq, version)
