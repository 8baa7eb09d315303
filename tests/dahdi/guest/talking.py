"""Trunk and telephone with a call between them: who hears whom, how soon, and how whole."""

import asyncio
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cti_core.media.wav import HEADER_BYTES
from dahdi.guest.exchange import FarEnd
from dahdi.guest.hearing import LOUD, onset, purity, strength, tone
from dahdi.guest.house import until
from drivers.base import RATE_HZ, TICK_SAMPLES
from dsp import g711

CALLER_HZ, AGENT_HZ = 1234.0, 1873.0  # what they say; no tone of an exchange, no key
SETTLE_S = 0.25  # what was said is over at the other end


async def delay_ms(speaker: FarEnd, listener: FarEnd, hz: float) -> float:
    """From the copper of the one to the copper of the other, read 20 ms at a time like everything else."""
    found: list[float] = []

    def ear(frame: NDArray[np.int16]) -> None:
        if not found and int(np.abs(frame.astype(int)).max()) > LOUD:
            found.append(listener.heard_at_s - (TICK_SAMPLES - onset(frame)) / RATE_HZ)

    listener.ear = ear
    speaker.say(tone(hz, 0.1, 8000))
    await until("a burst", lambda: found, 2.0)
    listener.ear = None
    await asyncio.sleep(SETTLE_S)
    return (found[0] - speaker.said_at_s) * 1e3


async def heard_by(listener: FarEnd, seconds: float) -> NDArray[np.int16]:
    """What comes out of its end from now on."""
    listener.record = []
    await asyncio.sleep(seconds)
    heard = np.concatenate([np.zeros(0, np.int16), *listener.record])
    listener.record = None
    return heard


async def is_connected(line: FarEnd, telephone: FarEnd) -> float:
    """Each hears the other, and nothing is lost on the way. The worse purity of both."""
    whole = []
    for speaker, listener, hz in ((line, telephone, CALLER_HZ), (telephone, line, AGENT_HZ)):
        speaker.say(tone(hz, 1.0, 6000))
        await asyncio.sleep(SETTLE_S)
        heard = await heard_by(listener, 0.5)
        assert strength(heard, hz) > 3000, (listener.channel, strength(heard, hz))
        whole.append(purity(heard, hz))
        await asyncio.sleep(2 * SETTLE_S)
    assert min(whole) > 0.97, whole
    return min(whole)


async def is_apart(line: FarEnd, telephone: FarEnd) -> None:
    """Neither hears the other."""
    line.say(tone(CALLER_HZ, 0.8, 6000))
    telephone.say(tone(AGENT_HZ, 0.8, 6000))
    await asyncio.sleep(SETTLE_S)
    by_line, by_telephone = await asyncio.gather(heard_by(line, 0.5), heard_by(telephone, 0.5))
    assert strength(by_line, AGENT_HZ) < 200, strength(by_line, AGENT_HZ)
    assert strength(by_telephone, CALLER_HZ) < 200, strength(by_telephone, CALLER_HZ)
    await asyncio.sleep(SETTLE_S)


# --- recordings -------------------------------------------------------------------------------------------------------


def recorded_voices(files: Iterable[Path]) -> tuple[int, int]:
    """Recordings with the caller's voice in the left channel, and those with the agent's in the right; nobody's in both."""
    found = [0, 0]
    for path in files:
        left, right = _channels(path)
        found[0] += _loudest(left, CALLER_HZ) > 4000
        found[1] += _loudest(right, AGENT_HZ) > 4000
        crossed = max(_loudest(left, AGENT_HZ), _loudest(right, CALLER_HZ))
        assert crossed < 3000, (path.name, crossed)  # the line's echo of 6000, until the canceller knows the line
    return found[0], found[1]


def _channels(path: Path) -> tuple[NDArray[np.int16], NDArray[np.int16]]:
    pairs = np.frombuffer(path.read_bytes()[HEADER_BYTES:], np.uint8)
    pairs = g711.alaw_decode(pairs[: pairs.size // 2 * 2]).reshape(-1, 2)
    return pairs[:, 0], pairs[:, 1]


def _loudest(channel: NDArray[np.int16], hz: float) -> float:
    """Of its tenths of a second."""
    return max((strength(channel[at : at + 800], hz) for at in range(0, channel.size - 799, 800)), default=0.0)
