"""The client of `cti bench ticks`, a process of its own: polls the API, follows the stream, asks for a reload half-way."""

import asyncio
import sys
from time import perf_counter

import aiohttp

POLLS_A_SECOND = 10
PATHS = ("/api/v1/snapshot", "/api/v1/calls?limit=50", "/api/v1/lines", "/api/v1/matrix")


async def poll(url: str, token: str, seconds: float) -> str:
    """What it did, as words."""
    headers = {"Authorization": f"Bearer {token}"}
    polls = events = 0
    reloaded = "no reload"
    async with (
        aiohttp.ClientSession(url, headers=headers) as session,
        session.ws_connect(f"/api/v1/ws?token={token}") as stream,
    ):
        follower = asyncio.create_task(_follow(stream))
        begun = perf_counter()
        while (elapsed := perf_counter() - begun) < seconds:
            async with session.get(PATHS[polls % len(PATHS)]) as answer:
                answer.raise_for_status()
                await answer.read()
            polls += 1
            if elapsed > seconds / 2 and reloaded == "no reload":
                async with session.post("/api/v1/reload") as answer:
                    answer.raise_for_status()
                    reloaded = "1 reload"
            await asyncio.sleep(1 / POLLS_A_SECOND)
        await stream.close()
        events = await follower
    return f"{polls} polls, {events} events, {reloaded} meanwhile"


async def _follow(stream: aiohttp.ClientWebSocketResponse) -> int:
    return sum([1 async for _ in stream])


if __name__ == "__main__":
    print(asyncio.run(poll(sys.argv[1], sys.argv[2], float(sys.argv[3]))))
