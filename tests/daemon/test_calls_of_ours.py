"""Agents call somebody outside, on the simulated board in real time: by socket and by REST, refused, repeated, cut by a kill."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import numpy as np
from aiohttp import ClientSession

from daemon.node import WAIT_S, Client, House, change, house
from daemon.process import Daemon, served
from dsp.levels import RATE_HZ
from simulator.telephone import CallerState

NUMBER, MASKED = "88001234", "****1234"  # rings until somebody lifts
NOBODY_HOME = ("loop_drop_ms = 400", f'loop_drop_ms = 400\ndial_plan = {{ {NUMBER} = "no answer" }}')
LAST = 8  # the line that calls of ours take first
RINGING_S = 30.0  # a bound: six bursts, where a loaded machine may spoil the first ones
IN_ORDER = [
    "call.serviceInitiated",
    "call.originated",
    "call.networkReached",
    "recording.started",
    "call.farEndAlerting",
    "call.established",
    "call.connectionCleared",
    "call.cleared",
    "recording.ready",
]


@asynccontextmanager
async def at_work(file: Path) -> AsyncIterator[tuple[House, Client, Client]]:
    """A house, its operator, and agent 1001 on duty."""
    change(file, NOBODY_HOME)
    async with house(file) as here, here.client() as op, here.client("token-1001") as agent:
        await agent.ask("agent.logOn")
        yield here, op, agent


def vowel(seconds: float) -> np.ndarray[Any, np.dtype[np.int16]]:
    """(n,) linear PCM, 8 kHz: something of a voice, 120 Hz and its harmonics."""
    at = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    return (sum(np.sin(2 * np.pi * 120 * n * at) for n in range(3, 20)) * 1500).astype(np.int16)


async def test_from_the_request_to_the_row_in_the_tables(file: Path, logs: list[Any]) -> None:
    """The answer is estimated by the voice of who was called; nobody reads the whole number anywhere."""
    async with at_work(file) as (here, op, agent):
        made = await agent.ask("call.make", number=NUMBER)
        call = made["call"]
        assert (made["state"], made["line"], made["called"]) == ("calling", LAST, MASKED)
        await op.until("call.farEndAlerting", RINGING_S, callId=call)
        telephone = here.exchange.called(LAST - 1)
        assert (telephone.state, telephone.number) == (CallerState.RINGING, NUMBER)
        here.exchange.lift(telephone)
        telephone.say(vowel(1.0))
        established = await op.until("call.established", callId=call)
        assert (established["device"], established["agent"], established["data"]) == ("L8", "1001", {"estimated": True})
        here.exchange.hang_up(telephone)
        await op.until("recording.ready", callId=call)
        of_call = [event for event in op.events if event["callId"] == call]
        told = [event["type"] for event in of_call if event["type"].startswith(("call.", "recording."))]
        assert told == IN_ORDER
        row = await here.row(f"/api/v1/calls/{call}", lambda told: told["state"] == "cleared")
        assert (row["called"], row["estimated"], row["line"], row["agent"]) == (MASKED, True, LAST, "1001")
        assert row["cause"] == "normalClearing"
        said = json.dumps([made, op.events, agent.events, row, await here.get("/api/v1/snapshot")])
        assert MASKED in said
        assert NUMBER not in said
        assert NUMBER not in repr(logs)


async def test_the_same_key_twice_is_one_call(file: Path) -> None:
    """By REST, as an integrator's click to dial would do it; the answer is the same."""
    async with at_work(file) as (here, op, agent):
        command: dict[str, Any] = {"json": {"agent": "1001", "number": NUMBER}, "headers": {"Idempotency-Key": "k1"}}
        answers = await asyncio.gather(*(posted(here, **command) for _ in range(3)))
        assert {status for status, _ in answers} == {200}
        (call,) = {told["call"] for _, told in answers}
        assert [view["call"] for view in (await here.get("/api/v1/snapshot"))["calls"]] == [call]
        other = {**command, "json": {"agent": "1001", "number": "114"}}
        status, told = await posted(here, **other)
        assert (status, told["error"]["errorId"]) == (400, "idempotencyKeyReused")
        await agent.ask("call.clear", call=call)
        assert (await op.until("call.cleared", callId=call))["cause"] == "callCancelled"


async def posted(here: House, *, json: object, headers: dict[str, str]) -> tuple[int, Any]:
    wanted = {"Authorization": "Bearer token-op", **headers}
    async with (
        ClientSession() as http,
        http.post(f"{here.node.address}/api/v1/calls", json=json, headers=wanted) as answer,
    ):
        return answer.status, await answer.json()


async def test_what_is_refused_is_said_in_words(file: Path) -> None:
    async with at_work(file) as (here, op, agent), here.client("token-1002") as other:
        assert await agent.refused("call.make", number=",,") == ("undialable", "The number ,, cannot be dialled.")
        error, words = await agent.refused("call.make", number="+86 20 88001234")
        assert error == "invalidParams"
        assert "88001234" not in words
        assert (await other.refused("call.make", number=NUMBER))[0] == "wrongState"  # not logged on
        assert (await other.refused("call.make", number=NUMBER, agent="1001"))[0] == "forbidden"
        call = (await agent.ask("call.make", number=NUMBER))["call"]
        assert (await agent.refused("call.make", number=NUMBER))[0] == "wrongState"
        await other.ask("agent.logOn")
        assert (await other.refused("call.clear", call=call))[0] == "notYourCall"
        taken = await other.refused("call.make", number=NUMBER, line=LAST)
        assert taken == ("lineBusy", "Line 8 is not free.")
        here.dial(*range(1, LAST))
        for line in range(1, LAST):
            await op.until("call.established", line=line)
        full = await other.refused("call.make", number=NUMBER)
        assert full == ("noFreeLine", "No line is free for a call of ours.")
        await agent.ask("call.clear", call=call)
        here.hang_up(*range(1, LAST))


async def test_killed_in_a_call_of_ours(file: Path, tmp_path: Path) -> None:
    """It is closed as a fault of ours, with who was called and by whom; the recording plays."""
    change(file, NOBODY_HOME)
    data = tmp_path / "d"
    async with served(file, data) as daemon, daemon.client() as op, daemon.client("token-1001") as agent:
        await agent.ask("agent.logOn")
        call = (await agent.ask("call.make", number=NUMBER))["call"]
        await op.until("call.farEndAlerting", RINGING_S, callId=call)
        await asyncio.sleep(0.6)  # what is lost in a kill is the newest half second
        await daemon.kill()
    async with served(file, data) as again:
        row = await cleared(again, call)
        assert (row["cause"], row["called"], row["agent"], row["line"]) == ("systemFailure", MASKED, "1001", LAST)
        assert row["answered"] is None
        (recording,) = (await again.get("/api/v1/recordings"))["recordings"]
        assert (recording["call"], recording["state"]) == (call, "cut")


async def cleared(daemon: Daemon, call: str) -> Any:
    async with asyncio.timeout(WAIT_S):
        while True:
            rows = (await daemon.get("/api/v1/calls"))["calls"]
            if found := [row for row in rows if row["call"] == call and row["cause"]]:
                return found[0]
            await asyncio.sleep(0.02)
