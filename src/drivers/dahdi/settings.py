"""The part of a configuration that describes DAHDI channels."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from drivers.base import PortKind
from drivers.dahdi.abi import Law

CHANNELS_MAX: Final = 1024  # assumed: 34 E1; the kernel's own limit is higher
GUARD_MS: Final = (
    2000  # a shorter release looks like a flash, and the kernel swallows rings for 2 s too (boards.md R13)
)
QUEUE_FRAMES: Final = 2  # with one, the queue is empty whenever we are 1 ms late
ECHO_CANCELLERS: Final = ("", "MG2", "OSLEC", "KB1", "JPAH", "SEC", "SEC2", "HWEC")

_KEYS: Final = (
    "lines",
    "channels",
    "extensions",
    "time_slots",
    "echo_canceller",
    "guard_ms",
    "law",
    "transmit_queue_frames",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class DahdiSettings:
    """`channels[port]` is the DAHDI channel number of a port, `kinds[port]` what hangs there."""

    channels: tuple[int, ...]
    kinds: tuple[PortKind, ...]
    echo_canceller: str = ""
    guard_ms: int = GUARD_MS
    law: Law = Law.A
    transmit_queue_frames: int = QUEUE_FRAMES


def settings_from(settings: Mapping[str, object]) -> DahdiSettings:
    """Raises ValueError with every fault on its own line, each naming its key.

    `lines` is how many ports there are in all. `channels` are lines of the exchange ("1-8" or [1, 2]), `extensions`
    telephones, `time_slots` E1 with CAS; in this order they are the ports. Without any: channels 1 to `lines`.
    """
    faults = [f"{key}: unknown; the board knows {', '.join(_KEYS)}" for key in settings if key not in _KEYS]
    kinds = {"channels": PortKind.FXO, "extensions": PortKind.FXS, "time_slots": PortKind.E1_CAS}
    named = {key: _numbers(settings, key, faults) for key in kinds}
    lines = _whole(settings, "lines", None, range(1, CHANNELS_MAX + 1), faults)
    if not any(named.values()):
        named["channels"] = tuple(range(1, (lines or 8) + 1))
    channels = tuple(number for key in kinds for number in named[key])
    if len(set(channels)) != len(channels):
        faults.append("channels: a channel is named twice")
    if lines is not None and len(channels) != lines:
        faults.append(f"channels: {len(channels)} channels are named for {lines} lines")
    guard_ms = _whole(settings, "guard_ms", GUARD_MS, range(10_001), faults)
    queue = _whole(settings, "transmit_queue_frames", QUEUE_FRAMES, range(1, 5), faults)
    law = _one_of(settings, "law", "a", ("a", "mu"), faults)
    canceller = _one_of(settings, "echo_canceller", "", ECHO_CANCELLERS, faults)
    if faults:
        raise ValueError("\n".join(faults))
    assert guard_ms is not None
    assert queue is not None
    return DahdiSettings(
        channels=channels,
        kinds=tuple(kind for key, kind in kinds.items() for _ in named[key]),
        echo_canceller=canceller,
        guard_ms=guard_ms,
        law=Law.A if law == "a" else Law.MU,
        transmit_queue_frames=queue,
    )


def _numbers(settings: Mapping[str, object], key: str, faults: list[str]) -> tuple[int, ...]:
    """Of "1-4,7" or [1, 2, 3, 4, 7]."""
    value = settings.get(key, ())
    found: list[int] = []
    if isinstance(value, str):
        for part in value.split(","):
            if not (match := re.fullmatch(r"\s*(\d+)(?:\s*-\s*(\d+))?\s*", part)):
                faults.append(f'{key}: "{part}" is neither a channel nor a range like 1-8')
                return ()
            found += range(int(match[1]), int(match[2] or match[1]) + 1)
    elif isinstance(value, list | tuple) and all(type(each) is int for each in value):
        found += value
    else:
        faults.append(f'{key}: {value!r} is neither text like "1-8" nor a list of channel numbers')
        return ()
    if any(not 1 <= number <= CHANNELS_MAX for number in found):
        faults.append(f"{key}: channels are numbered from 1 to {CHANNELS_MAX}")
        return ()
    return tuple(found)


def _whole(
    settings: Mapping[str, object], key: str, default: int | None, allowed: range, faults: list[str]
) -> int | None:
    value = settings.get(key, default)
    if value is None or (type(value) is int and value in allowed):
        return value
    faults.append(f"{key}: {value!r} is not a whole number from {allowed.start} to {allowed.stop - 1}")
    return default


def _one_of(settings: Mapping[str, object], key: str, default: str, allowed: tuple[str, ...], faults: list[str]) -> str:
    value = settings.get(key, default)
    if isinstance(value, str) and value in allowed:
        return value
    faults.append(f"{key}: {value!r} is none of {', '.join(repr(each) for each in allowed)}")
    return default
