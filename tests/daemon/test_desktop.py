"""An agent's desktop dies in a call; a client does not keep up. Nobody else notices, and no caller is lost."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from aiohttp import ClientSession

from cti_core.call_control.events import AlarmNoticed
from daemon.node import WAIT_S, Client, House, change, house, until


@asynccontextmanager
async def desktop(here: House, token: str) -> AsyncIterator[Client]:
    """A client with a connection of its own that can be cut."""
    async with ClientSession() as http:
        ws = await http.ws_connect(f"{here.node.address}/api/v1/ws", params={"token": token})
        yield await Client(ws).opened()


def transport_of(client: Client) -> asyncio.Transport:
    """Of its TCP connection, to do what a network does and a library would not."""
    connection = client.ws._response.connection
    assert connection is not None
    assert isinstance(connection.transport, asyncio.Transport)
    return connection.transport


async def ready(agent: Client) -> None:
    await agent.ask("agent.logOn")
    await agent.ask("agent.setState", state="ready")


async def in_talk(here: House, op: Client, agent: Client, line: int) -> str:
    here.dial(line)
    await op.until("call.flowStep", node="welcome")
    here.press(line, "0")
    call: str = (await agent.until("call.delivered", line=line))["callId"]
    await op.until("call.queued", callId=call)
    await agent.ask("call.answer", call=call)
    await op.until("call.established", callId=call, agent="1001")
    return call


async def test_a_desktop_that_is_gone_for_good_gives_its_caller_back_to_the_queue(file: Path) -> None:
    """After the grace the caller waits again, first in line, and the next agent gets the call; the line never drops."""
    async with house(file) as here, here.client() as op, desktop(here, "token-1001") as agent:
        await ready(agent)
        call = await in_talk(here, op, agent, 1)
        transport_of(agent).abort()
        failed = await op.until("call.failed", callId=call)
        assert (failed["cause"], failed["agent"]) == ("deviceLost", "1001")
        queued = await op.until("call.queued", callId=call, place=1)
        assert queued["queue"] == "service"
        assert (await here.get("/api/v1/agents"))["agents"][0]["state"] == "loggedOff"
        assert here.is_off_hook(1)
        async with here.client("token-1002") as other:
            await ready(other)
            assert (await other.until("call.delivered", agent="1002"))["callId"] == call
            await other.ask("call.answer", call=call)
            await other.ask("call.clear", call=call)
        await op.until("call.cleared", callId=call)


async def test_a_desktop_that_comes_back_in_time_keeps_its_call(file: Path) -> None:
    """It resumes from the event it saw last and finds the same call."""
    change(file, ("grace_s = 0.5", "grace_s = 30"))
    async with house(file) as here, here.client() as op, desktop(here, "token-1001") as agent:
        await ready(agent)
        call = await in_talk(here, op, agent, 1)
        stream, _, seen = agent.events[-1]["id"].rpartition("-")
        transport_of(agent).abort()
        await op.until("call.failed", callId=call)
        query: dict[str, Any] = {"from": seen, "stream": stream}
        async with here.client("token-1001", **query) as back:
            await back.until("call.failed", callId=call)
            await back.until("call.established", callId=call, agent="1001")
            assert [event["seq"] for event in back.events] == list(range(int(seen) + 1, back.events[-1]["seq"] + 1))
            assert "call.queued" not in back.types()
            (view,) = (await back.ask("snapshot.get"))["calls"]
            assert (view["call"], view["agent"]) == (call, "1001")
            await back.ask("call.clear", call=call)
        assert (await op.until("call.cleared", callId=call))["agent"] == "1001"


async def test_a_client_that_does_not_keep_up_is_cut_with_4008_and_slows_nobody(file: Path) -> None:
    """More events than it may let wait; the others get all of them, and the tick is no later for it."""
    async with house(file) as here, here.client() as op, desktop(here, "token-op") as slow:
        here.dial(1)
        call = (await op.until("call.flowStep", node="welcome"))["callId"]
        transport_of(slow).pause_reading()
        detail = "x" * 2000  # the kernel holds megabytes of small ones
        for number in range(6000):
            here.node.house.pump.post(AlarmNoticed(alarm=f"drill{number}", detail=detail))
            if number % 20 == 0:
                at = here.exchange.now
                await until(lambda at=at: here.exchange.now > at)
            if here.node.bus.cut_count:
                break
        assert here.node.bus.cut_count == 1
        transport_of(slow).resume_reading()
        async with asyncio.timeout(WAIT_S):
            while not slow.ws.closed:
                await slow.ws.receive()
        assert slow.ws.close_code == 4008
        here.press(1, "2")
        await op.until("call.flowStep", callId=call, node="again")
        numbers = [event["seq"] for event in op.events]
        assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
