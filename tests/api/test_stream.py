"""The CTI socket: what a client hears first, what it misses, how it is cut, and who is there."""

import asyncio
import socket
from typing import Any

import pytest
from aiohttp import ClientSession, TCPConnector, WSServerHandshakeError

from api.conftest import Desktop, Server, until
from api.small_house import NUMBER, SmallHouse
from cti_core.api.app import make_app
from cti_core.api.binding import serving
from cti_core.api.service import Service
from cti_core.api.stream import ENCODED_MAX, Encoded
from cti_core.bus import BEGINNING
from cti_core.call_control.clock import Instant
from cti_core.call_control.csta import AlarmRaised, Digits
from cti_core.call_control.events import AgentLost, AgentReturned, LogOn, SetReady
from cti_core.call_control.ids import CallId
from cti_core.settings import Settings
from machines.plans import ANNA, BO, SERVICE


def say_something(house: SmallHouse, count: int) -> None:
    for n in range(count):
        house.bus.publish(Digits(call=CallId("c"), digits=str(n % 10)), Instant(n), None)


def numbers(events: list[dict[str, Any]]) -> list[int]:
    return [event["seq"] for event in events]


async def test_a_fresh_client_is_greeted_then_gets_the_picture_then_what_happens(server: Server) -> None:
    server.house.desk.rings()
    server.house.bus.publish(AlarmRaised(alarm="diskFull", detail="3 MB"), Instant(0), None)
    before = server.house.bus.seq
    async with server.desktop() as anna:
        opened = await anna.until("stream.opened")
        snapshot = await anna.until("snapshot")
        server.house.desk.tell(LogOn(BO, (SERVICE,)))
        (event, following) = await anna.events(2)
    assert opened["seq"] == snapshot["seq"] == before
    assert opened["principal"] == {"name": "Anna", "role": "agent", "agent": "1001"}
    assert snapshot["calls"][0]["state"] == "waiting"
    assert snapshot["alarms"] == [{"alarm": "diskFull", "detail": "3 MB", "line": None}]
    assert (event["type"], event["agent"], event["seq"]) == ("agent.loggedOn", "1002", before + 1)
    assert (following["type"], following["id"]) == ("agent.notReady", f"t-{before + 2}")


async def test_no_number_of_a_caller_leaves_the_house_unmasked(server: Server) -> None:
    async with server.desktop() as anna:
        await anna.until("snapshot")
        server.house.desk.delivered()
        while (await anna.until("event"))["type"] != "call.delivered":
            pass
        await anna.ask("snapshot.get")
    told = str(anna.heard)
    assert NUMBER not in told
    assert "138****5678" in told


@pytest.mark.parametrize("seen", range(0, 11, 2))
async def test_a_client_that_comes_back_gets_what_it_missed_once_and_in_order(server: Server, seen: int) -> None:
    """Cut anywhere: before the cut, during it, after it."""
    async with server.desktop() as anna:
        await anna.until("snapshot")
        say_something(server.house, 10)
        heard = numbers(await anna.events(seen))
    say_something(server.house, 10)
    async with server.desktop(**{"from": heard[-1] if heard else 0, "stream": "t"}) as anna:
        assert (await anna.next())["method"] == "stream.opened"
        say_something(server.house, 10)
        heard += numbers(await anna.events(30 - seen))
    assert heard == list(range(1, 31))


@pytest.mark.parametrize(("after", "stream"), [(3, "t"), (25, "an-earlier-start"), (30_000, "t")])
async def test_a_client_that_was_away_too_long_is_told_so_and_gets_the_picture(
    server: Server, after: int, stream: str
) -> None:
    """Too old, of another start of the node, or a number that was never said."""
    house = server.house
    say_something(house, 20_010)
    async with server.desktop(**{"from": after, "stream": stream}) as anna:
        gap = await anna.until("stream.gap")
        snapshot = await anna.until("snapshot")
        say_something(house, 1)
        assert numbers(await anna.events(1)) == [20_011]
    assert gap == {"from": after, "oldest": 11, "stream": "t"}
    assert snapshot["seq"] == 20_010


async def test_a_client_that_does_not_keep_up_is_closed_and_misses_nothing(server: Server) -> None:
    """1001 events in one step of the loop are more than a queue holds."""
    async with server.desktop() as slow:
        await slow.until("snapshot")
        say_something(server.house, 1001)
        assert await slow.closed() == 4008
    async with server.desktop(**{"from": 0, "stream": "t"}) as back:
        assert numbers(await back.events(1001)) == list(range(1, 1002))
    assert server.house.bus.cut_count == 1


async def test_a_client_that_does_not_read_at_all_is_dropped_and_nobody_waits_for_it(server: Server) -> None:
    """The network is full, so not even the close can be sent. The other client hears everything meanwhile."""
    house = server.house
    house.desk.tell(LogOn(ANNA, (SERVICE,)))
    before = house.bus.seq
    narrow = TCPConnector(socket_factory=a_narrow_socket)
    async with ClientSession(connector=narrow) as http, server.desktop("token-bo") as bo:
        stuck = Desktop(await http.ws_connect(f"{server.address}/api/v1/ws?token=token-anna"))
        await stuck.until("snapshot")
        await bo.until("snapshot")
        heard = numbers(await deaf(stuck, house, bo))
        await until(lambda: AgentLost(ANNA) in house.desk.posted)
    assert house.bus.cut_count == 1
    assert heard == list(range(before + 1, before + 1 + len(heard)))


async def deaf(stuck: Desktop, house: SmallHouse, other: Desktop) -> list[dict[str, Any]]:
    """Let `stuck` read nothing more and say so much that it is cut; what the other one hears meanwhile."""
    assert stuck.ws._conn is not None
    assert stuck.ws._conn.transport is not None
    stuck.ws._conn.transport.pause_reading()  # type: ignore[attr-defined]
    heard: list[dict[str, Any]] = []
    while house.bus.cut_count == 0:
        say_something(house, 500)
        heard += await other.events(500)
        assert len(heard) < 20_000
    return heard


def a_narrow_socket(info: Any) -> socket.socket:
    """The kernel takes little in for a client that does not read."""
    made = socket.socket(*info[:3])
    made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    return made


async def test_a_client_hears_the_topics_it_named(server: Server) -> None:
    async with server.desktop(topics="agent,system") as anna:
        await anna.until("snapshot")
        say_something(server.house, 3)
        server.house.desk.tell(LogOn(BO, (SERVICE,)))
        assert numbers(await anna.events(2)) == [4, 5]


async def test_the_heart_beats_with_the_number_that_was_reached(server: Server) -> None:
    async with server.desktop() as anna:
        await anna.until("snapshot")
        say_something(server.house, 2)
        assert (await anna.until("stream.heartbeat"))["seq"] == 2
    assert numbers([said["params"] for said in anna.heard if said.get("method") == "event"]) == [1, 2]


@pytest.mark.parametrize(
    "query",
    [{"from": "-1"}, {"from": "x"}, {"from": "9" * 30}, {"topics": "call,weather"}],
    ids=["negative", "word", "endless", "topic"],
)
async def test_a_wish_that_cannot_be_read_is_refused_before_the_socket_opens(
    server: Server, query: dict[str, str]
) -> None:
    status, told = await server.call("GET", "/api/v1/ws", params={"token": "token-anna", **query})
    assert (status, told["error"]["errorId"]) == (400, "invalidParams")


@pytest.mark.parametrize("token", ["", "token-ann", "token-anna2"])
async def test_a_stranger_gets_no_socket(server: Server, token: str) -> None:
    with pytest.raises(WSServerHandshakeError, match="401"):
        async with server.desktop(token):
            pass


async def test_a_token_may_come_as_sub_protocol_or_header(server: Server) -> None:
    url = f"{server.address}/api/v1/ws"
    async with server.http.ws_connect(url, protocols=["cti.token.token-anna"]) as ws:
        assert ws.protocol == "cti.token.token-anna"
        assert (await Desktop(ws).until("stream.opened"))["principal"]["name"] == "Anna"
    async with server.http.ws_connect(url, headers={"Authorization": "Bearer token-bo"}) as ws:
        assert (await Desktop(ws).until("stream.opened"))["principal"]["name"] == "Bo"


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:1"])
async def test_a_page_of_another_site_opens_no_socket(server: Server, origin: str) -> None:
    url = f"{server.address}/api/v1/ws?token=token-anna"
    with pytest.raises(WSServerHandshakeError, match="403"):
        async with server.http.ws_connect(url, headers={"Origin": origin}):
            pass


@pytest.mark.parametrize("origin", ["https://cti.hospital.lan", "own"])
async def test_our_own_pages_and_those_that_were_named_open_a_socket(server: Server, origin: str) -> None:
    url = f"{server.address}/api/v1/ws?token=token-anna"
    headers = {"Origin": server.address if origin == "own" else origin}
    async with server.http.ws_connect(url, headers=headers) as ws:
        await Desktop(ws).until("stream.opened")


async def test_an_agent_is_lost_with_the_last_socket_and_back_with_the_first(server: Server) -> None:
    """A reload of the page opens the new socket before or after the old one closes; only the second is a loss."""
    desk = server.house.desk
    desk.tell(LogOn(ANNA, (SERVICE,)), SetReady(ANNA))
    async with server.desktop() as first:
        await first.until("snapshot")
        async with server.desktop() as second:
            await second.until("snapshot")
            await first.ws.close()
            await second.ask("queue.list")
            assert desk.posted == [AgentReturned(ANNA)]
    await until(lambda: AgentLost(ANNA) in desk.posted)
    async with server.desktop() as again:
        await again.until("snapshot")
    assert desk.posted[:3] == [AgentReturned(ANNA), AgentLost(ANNA), AgentReturned(ANNA)]


async def test_an_agent_who_logged_off_is_not_lost(server: Server) -> None:
    server.house.desk.tell(LogOn(ANNA, (SERVICE,)))
    async with server.desktop() as anna:
        await anna.until("snapshot")
        await anna.ask("agent.logOff")
    async with server.desktop("token-op") as op:  # opened after the server saw Anna's socket close
        await op.until("snapshot")
        await op.ask("snapshot.get")
    assert server.house.desk.posted == [AgentReturned(ANNA)]


async def test_binary_messages_are_refused_in_words(server: Server) -> None:
    async with server.desktop() as anna:
        await anna.until("snapshot")
        await anna.ws.send_bytes(b"\x01")
        assert await anna.closed() == 1003


def test_an_event_is_encoded_once_for_all(house: SmallHouse) -> None:
    """A hundred desktops cost a hundred sends, not a hundred encodings; and old texts are forgotten."""
    encoded = Encoded(Service(house.doors(), house.bus))
    say_something(house, ENCODED_MAX + 1)
    events = house.bus.replay(BEGINNING)
    assert isinstance(events, tuple)
    first = encoded.of(events[0])
    assert encoded.of(events[0]) is first
    for event in events[1:]:
        encoded.of(event)
    assert encoded.of(events[-1]) is encoded.of(events[-1])
    assert encoded.of(events[0]) is not first
    assert encoded.of(events[0]) == first


async def test_sockets_are_told_when_the_house_closes(house: SmallHouse, settings: Settings) -> None:
    async with ClientSession() as http:
        async with serving(make_app(house.doors(), house.bus, settings.api), settings) as address:
            ws = await http.ws_connect(f"{address}/api/v1/ws?token=token-anna")
            anna = Desktop(ws)
            await anna.until("snapshot")
            leaving = asyncio.create_task(anna.closed())
        assert await leaving == 1001
