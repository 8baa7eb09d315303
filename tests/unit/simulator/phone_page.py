"""A page that holds a telephone, over a real socket."""

import struct
from typing import Any

import numpy as np
from aiohttp import ClientWebSocketResponse, WSMsgType
from numpy.typing import NDArray

from dsp.g711 import alaw_encode
from dsp.levels import dbm0


class Phone:
    """A page."""

    def __init__(self, socket: ClientWebSocketResponse) -> None:
        self.socket = socket
        self.frames: list[bytes] = []

    async def text(self) -> dict[str, Any]:
        """The next one; frames on the way are kept."""
        while (message := await self.socket.receive(timeout=5)).type is WSMsgType.BINARY:
            self.frames.append(message.data)
        assert message.type is WSMsgType.TEXT, message
        return message.json()  # type: ignore[no-any-return]

    async def state(self, **wanted: object) -> dict[str, Any]:
        """The first state that is as wanted."""
        while True:
            text = await self.text()
            if text["op"] == "state" and wanted.items() <= text.items():
                return text

    async def frame(self) -> bytes:
        while not self.frames:
            message = await self.socket.receive(timeout=5)
            if message.type is WSMsgType.BINARY:
                self.frames.append(message.data)
        return self.frames.pop(0)


def frame(samples: NDArray[np.int16], *, kind: int = 1, codec: int = 8, sequence: int = 0) -> bytes:
    return struct.pack(">BBHI", kind, codec, sequence, 0) + alaw_encode(samples).tobytes()


def level(samples: NDArray[np.int16]) -> float:
    return dbm0(float(np.mean(samples.astype(float) ** 2)))


TONE = (8000 * np.sin(2 * np.pi * 1000 * np.arange(160) / 8000)).astype(np.int16)
