"""Audio legs: one socket an agent, A-law in frames of 20 ms, and a tick that waits for nobody."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiohttp import ClientWebSocketResponse, WSMsgType, WSServerHandshakeError

from api.conftest import Server, until
from api.small_house import SmallFrame, SmallLeg
from cti_core.api.tickets import KEPT_MAX, Tickets
from cti_core.call_control.ids import AgentId
from machines.plans import ANNA

SOUND = bytes(range(160))


def a_message(sequence: int = 1, payload: bytes = SOUND, codec: int = 8) -> bytes:
    return bytes([1, codec]) + sequence.to_bytes(2, "big") + (160 * sequence).to_bytes(4, "big") + payload


async def a_ticket(server: Server, token: str = "token-anna") -> str:
    async with server.desktop(token) as desk:
        told = (await desk.ask("audio.open"))["result"]
    assert told["url"] == f"/api/v1/audio?token={told['token']}"
    return str(told["token"])


@asynccontextmanager
async def a_leg(server: Server, ticket: str | None = None) -> AsyncIterator[tuple[ClientWebSocketResponse, SmallLeg]]:
    """The socket, open and greeted, and the leg behind it."""
    ticket = ticket or await a_ticket(server)
    async with server.http.ws_connect(f"{server.address}/api/v1/audio", params={"token": ticket}) as ws:
        assert json.loads((await ws.receive(2)).data) == {"op": "start", "codec": "PCMA", "rate": 8000, "frame": 160}
        yield ws, server.house.headsets.legs[ANNA]


async def closed(ws: ClientWebSocketResponse) -> int | None:
    while (await ws.receive(2)).type in (WSMsgType.BINARY, WSMsgType.TEXT):
        pass
    return ws.close_code


async def test_what_an_agent_says_reaches_the_leg_and_what_it_hears_the_client(server: Server) -> None:
    async with a_leg(server) as (ws, leg):
        await ws.send_bytes(a_message(1))
        await ws.send_str('{"op":"stats","underruns":0}')
        await ws.send_str("not even JSON")
        await ws.send_bytes(a_message(2, SOUND[::-1]))
        await until(lambda: len(leg.heard) == 2)
        leg.speak(SmallFrame(65_535, 2**32 - 160, SOUND), SmallFrame(65_536, 2**32, SOUND))
        first, second = await ws.receive_bytes(), await ws.receive_bytes()
    assert leg.heard == [SOUND, SOUND[::-1]]
    assert first == b"\x01\x08\xff\xff" + (2**32 - 160).to_bytes(4, "big") + SOUND
    assert second == b"\x01\x08" + bytes(6) + SOUND
    await until(lambda: not server.house.headsets.legs)


async def test_audio_is_not_compressed(server: Server) -> None:
    """On A-law it is work without gain."""
    ticket = await a_ticket(server)
    url = f"{server.address}/api/v1/audio?token={ticket}"
    async with server.http.ws_connect(url, compress=15) as ws:
        assert ws.compress == 0


async def test_a_ticket_opens_one_socket(server: Server) -> None:
    ticket = await a_ticket(server)
    async with a_leg(server, ticket):
        with pytest.raises(WSServerHandshakeError, match="401"):
            async with a_leg(server, ticket):
                pass


def test_a_ticket_ends_after_thirty_seconds_and_there_are_never_too_many() -> None:
    now = 0.0
    tickets = Tickets(clock=lambda: now)
    first, second = tickets.issue(ANNA), tickets.issue(ANNA)
    now = 30.0
    assert tickets.take(first) == ANNA
    now = 30.1
    assert tickets.take(second) is None
    assert tickets.take("nobody's") is None
    many = [tickets.issue(AgentId(str(n))) for n in range(KEPT_MAX + 1)]
    assert tickets.take(many[0]) is None
    assert tickets.take(many[1]) == "1"


async def test_a_foreign_page_gets_no_audio(server: Server) -> None:
    ticket = await a_ticket(server)
    url = f"{server.address}/api/v1/audio?token={ticket}"
    with pytest.raises(WSServerHandshakeError, match="403"):
        async with server.http.ws_connect(url, headers={"Origin": "https://evil.example"}):
            pass
    async with server.http.ws_connect(url, headers={"Origin": server.address}):
        pass


async def test_a_second_socket_replaces_the_first_and_the_call_goes_on(server: Server) -> None:
    """A page that was loaded anew."""
    async with a_leg(server) as (old, old_leg), a_leg(server) as (new, new_leg):
        assert await closed(old) == 4009
        assert server.house.headsets.legs == {ANNA: new_leg}
        assert new_leg is not old_leg
        new_leg.speak(SmallFrame(0, 160, SOUND))
        assert (await new.receive_bytes())[8:] == SOUND


@pytest.mark.parametrize(
    "message",
    [b"", a_message()[:-1], a_message() + b"\0", a_message(codec=0), b"\x02" + a_message()[1:]],
    ids=["empty", "short", "long", "mu-law", "type"],
)
async def test_what_is_no_frame_closes_the_socket_in_words(server: Server, message: bytes) -> None:
    async with a_leg(server) as (ws, leg):
        await ws.send_bytes(message)
        assert await closed(ws) == 1003
        assert leg.heard == []


async def test_bye_ends_the_leg(server: Server) -> None:
    async with a_leg(server) as (ws, _):
        await ws.send_str('{"op":"bye"}')
        assert await closed(ws) == 1000
    await until(lambda: not server.house.headsets.legs)


async def test_no_room_is_said_when_there_is_none(server: Server) -> None:
    ticket = await a_ticket(server)
    server.house.headsets.full = True
    async with server.http.ws_connect(f"{server.address}/api/v1/audio?token={ticket}") as ws:
        assert await closed(ws) == 1013


async def test_a_client_that_does_not_read_loses_frames_and_nobody_waits(server: Server) -> None:
    """A minute of audio at once: what it gets later is fresh, in order, and has a gap; memory stays small."""
    async with a_leg(server) as (ws, leg):
        for n in range(3000):
            leg.speak(SmallFrame(n, 160 * n, SOUND))
        await until(lambda: not leg.out)
        leg.speak(SmallFrame(3000, 0, SOUND))
        received = []
        while not received or received[-1] != 3000:
            received.append(int.from_bytes((await ws.receive_bytes(timeout=2))[2:4], "big"))
            if len(received) % 50 == 0:
                leg.speak(SmallFrame(3000, 0, SOUND))
    assert received == sorted(received)
    _, told = await metrics(server)
    held = next(float(row.split()[-1]) for row in told.splitlines() if 'frames_total{way="dropped"}' in row)
    assert held > 0
    assert len(received) < 3000


async def metrics(server: Server) -> tuple[int, str]:
    async with server.http.get(f"{server.address}/metrics") as response:
        return response.status, await response.text()
