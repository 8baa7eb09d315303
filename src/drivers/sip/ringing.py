"""What rings: a call that is offered to us, in bursts as an exchange sends them, and the ringback of a call of ours."""

from typing import Final

import numpy as np

from drivers.base import RATE_HZ, TICK_SAMPLES, CallerIdRead, RingOff, RingOn, Signal
from drivers.sip.states import CallOffered
from dsp.levels import amplitude, to_int16

RING_S: Final = 1  # the Chinese cadence (line-signalling.md): what the house counts as rings
RING_PERIOD_S: Final = 5
RINGBACK_HZ: Final = 450  # GB/T 3380; nine cycles in a tick
RINGBACK_DBM0: Final = -13.0
RINGBACK: Final = to_int16(
    amplitude(RINGBACK_DBM0) * np.sin(2 * np.pi * RINGBACK_HZ / RATE_HZ * np.arange(TICK_SAMPLES))
)


def is_burst(since: int, at: int) -> bool:
    """Whether it sounds now; samples both."""
    return (at - since) % (RING_PERIOD_S * RATE_HZ) < RING_S * RATE_HZ


class Bell:
    """One offered call, until it is answered or gone."""

    def __init__(self, offer: CallOffered) -> None:
        self._offer: Final = offer
        self._since: int | None = None
        self._sounds = False

    @property
    def told(self) -> bool:
        return self._since is not None

    def step(self, at: int) -> list[Signal]:
        """Once a tick."""
        offer = self._offer
        if self._since is None:
            self._since, self._sounds = at, True
            number = CallerIdRead(port=offer.port, at=at, number=offer.number, absence=offer.absence, name=offer.name)
            return [RingOn(offer.port, at), number]
        sounded, self._sounds = self._sounds, is_burst(self._since, at)
        if sounded is self._sounds:
            return []
        return [RingOn(offer.port, at) if self._sounds else RingOff(offer.port, at)]

    def stop(self, at: int) -> list[Signal]:
        """It is gone."""
        return [RingOff(self._offer.port, at)] if self._sounds else []
