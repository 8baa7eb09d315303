"""Owns all machines of one node. Interface first; the machines follow."""

from cti_core.call_control.clock import Instant
from cti_core.call_control.events import Event
from cti_core.call_control.trace import Hop
from cti_core.call_control.view import HouseView


class Switch:
    """Pure and synchronous: an event and a time go in, hops come out. The only mutator is `handle`."""

    def handle(self, event: Event, now: Instant) -> tuple[Hop, ...]:
        """Run the event to rest and return its hops, input first. Raises RequestRejected; then nothing changed."""
        raise NotImplementedError

    def expire(self, now: Instant) -> tuple[Hop, ...]:
        """Let every machine whose `until` has come take its DeadlinePassed, earliest first."""
        raise NotImplementedError

    def next_deadline(self) -> Instant | None:
        raise NotImplementedError

    def view(self, now: Instant) -> HouseView:
        raise NotImplementedError

    def check(self) -> None:
        """Raises AssertionError if what must hold does not."""
        raise NotImplementedError
