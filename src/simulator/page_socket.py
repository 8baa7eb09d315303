"""A page that holds a telephone: JSON text and audio frames (8-byte header, 160 bytes of A-law) on one WebSocket."""

import asyncio
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from aiohttp import WSMsgType, web

from cti_core.api.audio import AUDIO, HEADER, PCMA
from cti_core.media.legs import AudioLeg
from dsp.levels import RATE_HZ, SILENCE_DBM0, TICK_SAMPLES
from simulator.browser_telephone import BrowserTelephone

METER_TICKS: Final = 10  # 5 a second
TEXTS_MAX: Final = 100  # states waiting for a slow page; the oldest goes, the newest says all

Json = dict[str, object]


class PageSocket:
    """`name` is for its task. What it is told it sends in order; a slow page loses its oldest frames."""

    def __init__(self, socket: web.WebSocketResponse, name: str) -> None:
        self._socket: Final = socket
        self._name: Final = name
        self._news: Final = asyncio.Event()
        self._texts: Final[deque[Json]] = deque(maxlen=TEXTS_MAX)
        self._shown: Json = {}

    def wake(self) -> None:
        """There is something to send."""
        self._news.set()

    def start(self, **what: object) -> None:
        """The first words."""
        self.tell({"op": "start", **what, "codec": "PCMA", "rate": RATE_HZ, "frame": TICK_SAMPLES})

    def tell(self, text: Json) -> None:
        self._texts.append(text)
        self.wake()

    def show(self, state: Json, levels: Json, *, repeat: bool) -> None:
        """A state is told when it changed, or when it shall be repeated."""
        if repeat or state != self._shown:
            self._shown = state
            self.tell(state | levels)

    async def run(self, leg: AudioLeg, obey: Callable[[str], None]) -> None:
        """Until the page closes. `obey` takes a text; it raises ValueError for what it cannot do."""
        writer = asyncio.create_task(self._write(leg), name=f"{self._name} writer")
        try:
            async for message in self._socket:
                try:
                    if message.type is WSMsgType.BINARY:
                        leg.push_alaw(_payload(message.data))
                    elif message.type is WSMsgType.TEXT:
                        obey(message.data)
                except ValueError as fault:
                    self.tell({"op": "error", "message": str(fault)})
        finally:
            writer.cancel()
            with suppress(asyncio.CancelledError):
                await writer

    async def _write(self, leg: AudioLeg) -> None:
        """The only one who sends; a slow page loses its oldest frames (`AudioLeg`), never holds up a tick."""
        with suppress(ConnectionError):
            while True:
                await self._news.wait()
                self._news.clear()
                while self._texts or leg.out:
                    if self._texts:
                        await self._socket.send_json(self._texts.popleft())
                    else:
                        frame = leg.out.popleft()
                        head = HEADER.pack(AUDIO, PCMA, frame.sequence, frame.at % (1 << 32))
                        await self._socket.send_bytes(head + frame.payload)


class Levels:
    """Of a page's mouth and ear, read five times a second."""

    def __init__(self) -> None:
        self._ticks = 0
        self.read: Json = {"levelTx": SILENCE_DBM0, "levelRx": SILENCE_DBM0}

    def tick(self, telephone: BrowserTelephone) -> bool:
        """Whether they were read anew."""
        self._ticks += 1
        if self._ticks % METER_TICKS:
            return False
        self.read = {"levelTx": round(telephone.sent.read(), 1), "levelRx": round(telephone.received.read(), 1)}
        return True


def _payload(message: bytes) -> bytes:
    """The samples of a frame. Raises ValueError for another kind of message."""
    if len(message) < HEADER.size:
        raise ValueError(f"a frame has a header of {HEADER.size} bytes, this message has {len(message)} in all")
    kind, codec, _, _ = HEADER.unpack_from(message)
    if (kind, codec) != (AUDIO, PCMA):
        raise ValueError(f"a frame is of type {AUDIO} and codec {PCMA}, not {kind} and {codec}")
    return message[HEADER.size :]
