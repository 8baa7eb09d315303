"""A call to a running daemon with a simulated board, in real time, as the browser's phone makes it."""

import asyncio
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aiohttp

from cti_core.cli.remote import Remote, leave

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

ANSWER_MAX_S = 30.0
LISTENS_ON_S = 12.0
RECORD_LAG_S = 1.0  # the journal is on disk 100 ms after the event


def call_daemon(daemon: Remote, line: int, samples: "NDArray[np.int16] | None", script: Path | None, lang: str) -> str:
    """Call the line, say the samples when it is answered, hang up; the ladder the daemon kept of it."""
    if samples is None:
        leave(f"{script}: a script needs a world of its own; with --server give --wav")
    return asyncio.run(_call(daemon, line, samples, lang))


async def _call(daemon: Remote, line: int, samples: "NDArray[np.int16]", lang: str) -> str:
    from cti_core.api.audio import AUDIO, HEADER, PCMA  # noqa: PLC0415  quick verbs start quickly
    from dsp import g711  # noqa: PLC0415

    async with aiohttp.ClientSession() as session, session.ws_connect(f"{daemon.url}/phone/ws?line={line}") as phone:
        await phone.send_json({"op": "dial"})
        await asyncio.wait_for(_until(phone, "talking"), ANSWER_MAX_S)
        ident = _call_on(daemon, line)
        loop = asyncio.get_running_loop()
        due = loop.time()
        frames = len(samples) // 160
        hearing = asyncio.create_task(_drain(phone))
        for number in range(frames + round(LISTENS_ON_S * 50)):
            if number < frames:
                payload = g711.alaw_encode(samples[number * 160 : (number + 1) * 160]).tobytes()
                await phone.send_bytes(HEADER.pack(AUDIO, PCMA, number & 0xFFFF, number * 160) + payload)
            due += 0.02
            await asyncio.sleep(max(due - loop.time(), 0.0))
            if hearing.done():
                break
        hearing.cancel()
        await phone.send_json({"op": "hangup"})
        await asyncio.sleep(RECORD_LAG_S + 2.0)
    return daemon.text(f"/api/v1/calls/{ident}/ladder?lang={lang}")


async def _until(phone: aiohttp.ClientWebSocketResponse, wanted: str) -> None:
    async for message in phone:
        if message.type is aiohttp.WSMsgType.TEXT:
            told: dict[str, Any] = json.loads(message.data)
            if told.get("op") == "error" or told.get("caller") == "busy":
                leave(str(told.get("message", "the line is occupied")))
            if told.get("caller") == wanted:
                return
    leave("the daemon hung up before it answered")


async def _drain(phone: aiohttp.ClientWebSocketResponse) -> None:
    """Hear everything, until the house hangs up."""
    async for message in phone:
        if message.type is aiohttp.WSMsgType.TEXT and json.loads(message.data).get("caller") == "far-end-cleared":
            return


def _call_on(daemon: Remote, line: int) -> str:
    calls = daemon.get("/api/v1/snapshot")["calls"]
    found = next((call["call"] for call in calls if call["line"] == line), None)
    if found is None:
        leave(f"the daemon shows no call on line {line}")
    return str(found)
