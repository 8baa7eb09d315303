"""The samples of one modem, both ways: coded and shielded at its rate on one side, ticks of 8 kHz on the other."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from drivers.base import RATE_HZ, TICK_SAMPLES
from drivers.elastic import Elastic
from drivers.modem import dle
from drivers.modem.codings import Coding, Converter, decode, encode
from drivers.modem.replies import Result

HEARD_TARGET: Final = 3 * TICK_SAMPLES  # assumed: USB hands over in bursts of some 20 to 40 ms
HEARD_MOST: Final = 15 * TICK_SAMPLES
TAIL_BYTES: Final = 40


class Audio:
    """One modem's; `heard` stands between its crystal and our ticks."""

    def __init__(self) -> None:
        self.coding = Coding.UNSIGNED_8
        self.heard: Final = Elastic(1, target=HEARD_TARGET, most=HEARD_MOST)
        self.bytes_heard = 0
        self.came_at = 0
        """Samples of the board: when audio came last."""
        self._rate_hz = RATE_HZ
        self._inward = Converter(RATE_HZ)
        self._outward = Converter(RATE_HZ)
        self._odd = b""  # half a sample
        self._tail = b""

    def use(self, coding: Coding, rate_hz: int) -> None:
        """The modem was told so."""
        self.coding = coding
        self._rate_hz = rate_hz
        self._outward = Converter(RATE_HZ, rate_hz)
        self.begin(self.came_at)

    def begin(self, at: int) -> None:
        """A recording begins."""
        self._inward = Converter(self._rate_hz, RATE_HZ)
        self.heard.clear()
        self._odd = self._tail = b""
        self.came_at = at

    def came(self, data: bytes, at: int) -> None:
        """Unshielded bytes, cut anywhere."""
        self.came_at = at
        self.bytes_heard += len(data)
        self._tail = (self._tail + data)[-TAIL_BYTES:]
        data = self._odd + data
        whole = len(data) - len(data) % self.coding.bytes_each
        self._odd = data[whole:]
        self.heard.push(self._inward.convert(decode(self.coding, data[:whole]))[np.newaxis])

    def hear(self, *, ending: bool) -> NDArray[np.int16]:
        """(160,): the next tick. `ending`: what is missing now is not missed."""
        if ending and len(self.heard) < TICK_SAMPLES:
            return np.zeros(TICK_SAMPLES, np.int16)
        heard: NDArray[np.int16] = self.heard.pop()[0]
        return heard

    def coded(self, samples: NDArray[np.int16]) -> bytes:
        """(n,) for the modem, shielded."""
        return dle.shield(encode(self.coding, self._outward.convert(samples)))

    def said(self) -> str:
        """Some modems say a result code in the middle of audio, without an end before it; empty: nothing."""
        text = self._tail.decode("latin-1")
        return next((result.value for result in (Result.NO_CARRIER, Result.BUSY) if result.value in text), "")
