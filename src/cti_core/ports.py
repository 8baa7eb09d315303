"""Doors of the house that are not boards: services, speech, time. Handed in by `assemble`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from cti_core.call_control.actions import AskService, Item, Language
from cti_core.call_control.clock import Instant


class WallClock(Protocol):
    """One mapping from samples to wall time; virtual in simulation."""

    def at(self, instant: Instant) -> datetime:
        """Aware, UTC."""
        ...


class Voice(Protocol):
    """Spoken prompts, ready in memory: asked in the 20 ms tick, so it never renders and never waits."""

    def samples(self, items: Sequence[Item], language: Language) -> NDArray[np.int16]:
        """(n,) linear PCM, 8 kHz; a missing item is a short beep and counted, never an error."""
        ...

    def music(self) -> NDArray[np.int16]:
        """(n,) linear PCM, 8 kHz, to be looped."""
        ...


class ServiceDown(Exception):
    """A service is away, failed or refused; the message says which and why."""


@dataclass(frozen=True, slots=True)
class Reply:
    """A service's answer: the branch a script takes, and what prompts may speak."""

    outcome: str
    values: tuple[tuple[str, str], ...] = ()


class Services(Protocol):
    """The business, seen from a call. In this process or behind a worker: the caller cannot tell."""

    async def ask(self, request: AskService, now: datetime) -> Reply:
        """Raises ServiceDown. The asker sets the time limit."""
        ...
