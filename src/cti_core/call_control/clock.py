"""Time as a call feels it: samples of the board since this start of the node. Nothing here reads a clock."""

from typing import NewType

RATE_HZ = 8000  # ITU-T G.711 §1.1
TICK_SAMPLES = 160  # one tick is 20 ms on every line at once

Instant = NewType("Instant", int)
"""Samples at 8 kHz since the stream began; an instant, never a length."""


def after(now: Instant, seconds: float) -> Instant:
    """The instant that lies `seconds` behind `now`, rounded to a sample."""
    return Instant(now + round(seconds * RATE_HZ))


def seconds(instant: int) -> float:
    """Samples as seconds."""
    return instant / RATE_HZ


def earliest(*instants: Instant | None) -> Instant | None:
    """The first of the instants that exist, or None."""
    return min((instant for instant in instants if instant is not None), default=None)
