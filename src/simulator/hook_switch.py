"""The contacts of a telephone: what its cradle and its disc do to the loop. Pure; the generator is handed in.

lifted       ____||_|‾‾‾‾‾‾‾     contacts that meet or part chatter for some milliseconds
flashed      ‾‾‾‾|_|________||‾‾‾‾
disc, a 3    ‾‾‾‾|____|‾‾|____|‾‾|____|‾‾‾‾    break 60 or 66, make 40 or 33 ms, ten a second
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from drivers.base import RATE_HZ
from simulator.extension_model import ExtensionModel

CHATTERS_MAX: Final = 3  # assumed: how often contacts part again before they stay
WIND_S: Final = 0.15  # assumed: a finger winds the disc up, and further for a higher digit
WIND_PER_PULSE_S: Final = 0.04  # assumed
DISC_REST_S: Final = 0.3  # assumed: from one digit to the next hole


@dataclass(frozen=True, slots=True)
class Edge:
    at: int  # samples
    closed: bool  # the loop from here on


def moved(at: int, bounce_ms: float, rng: np.random.Generator, *, closed: bool) -> tuple[Edge, ...]:
    """The contacts meet, or part, and chatter."""
    longest = int(bounce_ms * RATE_HZ / 1000)
    chatters = int(rng.integers(0, CHATTERS_MAX + 1)) if longest else 0
    times = sorted(set(rng.integers(1, longest + 1, size=2 * chatters).tolist())) if chatters else []
    times = times[: len(times) // 2 * 2]  # they end where they were going to
    return Edge(at, closed), *(Edge(at + time, closed if turn % 2 else not closed) for turn, time in enumerate(times))


def flashed(at: int, length_ms: int, model: ExtensionModel, rng: np.random.Generator) -> tuple[Edge, ...]:
    """The cradle is tapped: open for so long."""
    back = at + length_ms * RATE_HZ // 1000
    return (
        *moved(at, model.bounce_ms, rng, closed=False),
        *moved(back, model.bounce_ms, rng, closed=True),
    )


def dialled(digit: str, at: int, model: ExtensionModel, rng: np.random.Generator) -> tuple[Edge, ...]:
    """The disc is wound up and runs back: so many breaks, ten for 0. Raises ValueError for no digit."""
    if len(digit) != 1 or digit not in "0123456789":
        raise ValueError(f"{digit!r} is not on a disc: there are 0 to 9")
    pulses = int(digit) or 10
    period = RATE_HZ / model.disc_pps
    first = at + (WIND_S + WIND_PER_PULSE_S * pulses) * RATE_HZ
    edges: list[Edge] = []
    for number in range(pulses):
        parts = round(first + number * period)
        meets = round(first + number * period + (1 - model.disc_make) * period)
        edges += moved(parts, model.disc_bounce_ms, rng, closed=False)
        edges += moved(meets, model.disc_bounce_ms, rng, closed=True)
    return tuple(edges)
