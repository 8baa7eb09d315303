"""Debian's libspandsp2 (0.0.6) as the far end's voice and ear, through its public calls (bell_r2_mf.h)."""

import ctypes
from collections.abc import Iterable
from functools import cache
from typing import Any, Final

import numpy as np
import pytest

from dsp.levels import TICK_SAMPLES
from signalling.line_of_sound import FOREVER, FORWARD, Frame

SIGNALS: Final = "1234567890BCDEF"  # of the library, in order of their numbers
_ON_TONE: Final = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_int, ctypes.c_int, ctypes.c_int)


@cache
def library() -> Any:
    try:
        spandsp = ctypes.CDLL("libspandsp.so.2")
    except OSError:
        pytest.skip("libspandsp.so.2 is not there (Debian: libspandsp2)")
    pointer = ctypes.c_void_p
    for name in ("r2_mf_tx_init", "r2_mf_rx_init"):
        getattr(spandsp, name).restype = pointer
    spandsp.r2_mf_tx_init.argtypes = [pointer, ctypes.c_bool]
    spandsp.r2_mf_tx.argtypes = [pointer, pointer, ctypes.c_int]
    spandsp.r2_mf_tx_put.argtypes = [pointer, ctypes.c_char]
    spandsp.r2_mf_tx_free.argtypes = [pointer]
    spandsp.r2_mf_rx_init.argtypes = [pointer, ctypes.c_bool, _ON_TONE, pointer]
    spandsp.r2_mf_rx.argtypes = [pointer, pointer, ctypes.c_int]
    spandsp.r2_mf_rx_free.argtypes = [pointer]
    return spandsp


class SpandspVoice:
    """`r2_mf_tx`."""

    def __init__(self, direction: str) -> None:
        self._state = library().r2_mf_tx_init(None, direction == FORWARD)
        self._left = 0

    def say(self, signal: int | None, samples: int = FOREVER) -> None:
        self._left = samples
        library().r2_mf_tx_put(self._state, b"\0" if signal is None else SIGNALS[signal - 1].encode())

    def pull(self) -> Frame:
        frame = np.zeros(TICK_SAMPLES, np.int16)
        first = min(self._left, TICK_SAMPLES)
        library().r2_mf_tx(self._state, frame.ctypes.data, first)
        self._left -= first
        if first < TICK_SAMPLES:
            self.say(None)
        return frame

    def __del__(self) -> None:
        library().r2_mf_tx_free(self._state)


class SpandspEar:
    """`r2_mf_rx`: blocks of 133 samples, one hit."""

    def __init__(self, direction: str) -> None:
        self._heard: list[int | None] = []
        self._callback = _ON_TONE(self._tone)
        self._state = library().r2_mf_rx_init(None, direction == FORWARD, self._callback, None)

    def hear(self, frame: Frame) -> Iterable[int | None]:
        self._heard.clear()
        library().r2_mf_rx(self._state, np.ascontiguousarray(frame).ctypes.data, TICK_SAMPLES)
        return tuple(self._heard)

    def _tone(self, _: object, code: int, level: int, delay: int) -> None:
        del level, delay
        self._heard.append(SIGNALS.index(chr(code)) + 1 if code else None)

    def __del__(self) -> None:
        library().r2_mf_rx_free(self._state)
