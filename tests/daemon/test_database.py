"""The database is away: calls go on, events wait on disk, and everything is in the tables when it is back."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

import postgres
from cti_core.bus import Bus, StreamSeq
from cti_core.call_control.csta import type_of
from cti_core.store.database import engine_for
from daemon.node import Client, House, furnish, house


@pytest.fixture(scope="module")
def server() -> Iterator[postgres.Postgres]:
    running = postgres.started()
    yield running
    running.remove()


@pytest.fixture
def stored(tmp_path: Path, cache: Path, server: postgres.Postgres) -> tuple[Path, str]:
    """Settings with a PostgreSQL of their own, and its URL."""
    url = server.new_database().replace("postgresql://", "postgresql+asyncpg://")
    return furnish(tmp_path, cache, store=url), url


async def a_call(here: House, op: Client, line: int) -> str:
    here.dial(line)
    call: str = (await op.until("call.established", line=line))["callId"]
    here.press(line, "2")
    await op.until("call.flowStep", callId=call, node="again")
    here.hang_up(line)
    await op.until("call.cleared", callId=call)
    await op.until("recording.ready", callId=call)
    return call


async def in_tables(url: str) -> list[tuple[int, str]]:
    """Number and type of every event, in the order of the numbers."""
    engine = engine_for(url)
    try:
        async with engine.connect() as connection:
            rows = await connection.execute(text("select seq, type from events order by seq"))
            return [(row.seq, row.type) for row in rows]
    finally:
        await engine.dispose()


def told(bus: Bus) -> list[tuple[int, str]]:
    """What this stream has said until now."""
    said = bus.replay(StreamSeq(0))
    assert isinstance(said, tuple)
    return [(event.seq, type_of(event.report)) for event in said]


async def caught_up(here: House, url: str) -> None:
    """Every event is stored, each once and in order."""
    async with asyncio.timeout(10):
        while len(stored := await in_tables(url)) < len(said := told(here.node.bus)):  # noqa: ASYNC110  tables call nobody
            await asyncio.sleep(0.02)
    assert stored == said


async def test_calls_go_on_while_the_database_is_away(stored: tuple[Path, str], server: postgres.Postgres) -> None:
    """Stopped in the middle of a call and started again: none lost, none doubled, all in order."""
    file, url = stored
    async with house(file) as here, here.client() as op:
        before = await a_call(here, op, 1)
        await here.row(f"/api/v1/calls/{before}", lambda row: row["cause"])
        here.dial(2)
        running = (await op.until("call.established", line=2))["callId"]
        await asyncio.to_thread(server.stop)
        try:
            during = [await a_call(here, op, line) for line in (3, 4)]
            await op.until("system.alarmRaised", alarm="databaseAway")
            status, refused = await here.call("GET", f"/api/v1/calls/{before}")
            assert (status, refused["error"]["errorId"]) == (503, "storeAway")
            assert (await here.call("GET", "/readyz"))[0] == 200, "callers are served"
            here.press(2, "2")
            await op.until("call.flowStep", callId=running, node="again")
        finally:
            await asyncio.to_thread(server.start)
        await op.until("system.alarmCleared", alarm="databaseAway", limit_s=20)
        here.hang_up(2)
        await op.until("recording.ready", callId=running)
        await caught_up(here, url)
        calls = (await here.get("/api/v1/calls"))["calls"]
        assert [row["call"] for row in calls] == [*reversed(during), running, before]
        assert {row["state"] for row in calls} == {"cleared"}


async def test_a_start_without_the_database_answers_calls_and_stores_them_later(
    stored: tuple[Path, str], server: postgres.Postgres
) -> None:
    """Not even the tables are there yet."""
    file, url = stored
    await asyncio.to_thread(server.stop)
    try:
        async with house(file) as here, here.client() as op:
            await here.row("/api/v1/snapshot", lambda told: [a["alarm"] for a in told["alarms"]] == ["databaseAway"])
            call = await a_call(here, op, 1)
            await asyncio.to_thread(server.start)
            await op.until("system.alarmCleared", alarm="databaseAway", limit_s=20)
            await caught_up(here, url)
            assert (await here.get(f"/api/v1/calls/{call}"))["cause"] == "normalClearing"
    finally:
        if not server.is_running:
            await asyncio.to_thread(server.start)
