"""An operator listens to one port for a while; the tick gives its frames away and waits for nobody."""

import numpy as np

from cti_core.media.taps import Taps


async def test_a_tap_takes_as_many_ticks_as_were_asked_for_from_its_port() -> None:
    taps = Taps()
    taken = taps.open(1, 400)
    for number in range(5):
        taps.take(np.full((2, 160), [[100], [number]], np.int16))
    samples = await taken
    assert samples.tolist() == [0] * 160 + [1] * 160 + [2] * 160


async def test_whoever_does_not_wait_any_more_is_forgotten() -> None:
    taps = Taps()
    taken = taps.open(0, 8000)
    taken.cancel()
    taps.take(np.zeros((1, 160), np.int16))
    assert taps._open == []
