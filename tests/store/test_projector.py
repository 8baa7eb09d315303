"""Events reach the tables in order and exactly once, whatever happens to the database or to us."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from blockbuster import blockbuster_ctx
from sqlalchemy import insert

import postgres
from cti_core.call_control import csta
from cti_core.call_control.actions import Tell
from cti_core.call_control.ids import AgentId, CallId
from cti_core.call_control.trace import Hop
from cti_core.store.database import engine_for
from cti_core.store.journal import Journal
from cti_core.store.journal_file import end_of, read
from cti_core.store.projector import Projector, ProjectorTrouble, TroubleKind
from cti_core.store.tables import events, streams
from store.hops import BEGAN, offered, told
from store.story import FIRST, NUMBER, SECOND, SHA, journal_of, morning
from store.tables_dump import dump

WAIT_S = 20.0  # a bound for a broken test


async def projected(url: str, folder: Path, *, live: str | None = None, batch: int = 100) -> Projector:
    projector = Projector(url, folder, live=live, batch=batch)
    assert await projector.catch_up()
    await projector.close()
    return projector


@asynccontextmanager
async def running(projector: Projector) -> AsyncIterator[None]:
    task = asyncio.create_task(projector.run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(WAIT_S):
        while not condition():  # noqa: ASYNC110 - conditions of the database, of which nobody tells
            await asyncio.sleep(0.01)


def event_count(hops: list[Hop]) -> int:
    return sum(isinstance(hop.what, Tell) for hop in hops)


async def test_a_morning_stands_in_the_tables(url: str, tmp_path: Path) -> None:
    """Two calls: one over, one still going on."""
    hops = morning()
    path = journal_of(tmp_path / "j", hops)

    await projected(url, tmp_path / "j")

    tables = await dump(url)
    first, second = tables["calls"]
    assert (first["call"], first["line"], first["caller"], first["cause"]) == (FIRST, 1, NUMBER, "normalClearing")
    assert (first["began"], first["answered"], first["ended"]) == tuple(
        BEGAN + timedelta(seconds=s) for s in (10, 15, 60)
    )
    assert (first["ringing_s"], first["dialogue_s"], first["waiting_s"], first["talking_s"]) == (5, 5, 4, 36)
    assert (first["queue"], first["agent"], first["script"], first["node"]) == ("service", "1001", "toy@1", "hello")
    assert first["data"] == {"card": "A1", "dept": "眼科"}
    assert (second["call"], second["ended"], second["cause"]) == (SECOND, None, None)
    assert [(r["recording"], r["state"], r["seconds"], r["sha256"], r["path"]) for r in tables["recordings"]] == [
        (FIRST, "closed", 45, SHA, f"{FIRST}.wav"),
        (SECOND, "recording", None, "", f"{SECOND}.wav"),
    ]
    assert [row["seq"] for row in tables["events"]] == list(range(1, event_count(hops) + 1))
    assert tables["streams"][0]["position"] == end_of(path)


async def test_the_connections_of_a_call_tell_who_was_in_it_and_when(url: str, tmp_path: Path) -> None:
    journal_of(tmp_path, morning())
    await projected(url, tmp_path)

    stays = [row for row in (await dump(url))["connections"] if row["call"] == FIRST]

    assert [row["device"] for row in stays] == ["L1", "ivr", "Qservice", "A1001"]
    seconds = [tuple((row[k] - BEGAN).total_seconds() for k in ("began", "connected", "ended")) for row in stays]
    assert seconds == [(10, 10, 60), (10, 15, 20), (20, 20, 20), (20, 24, 60)]
    assert [row["cause"] for row in stays] == ["normalClearing", None, None, "normalClearing"]
    assert stays[3]["agent"] == "1001"


async def test_the_number_stands_in_the_call_and_in_no_event(url: str, tmp_path: Path) -> None:
    journal_of(tmp_path, morning())
    await projected(url, tmp_path)

    tables = await dump(url)

    assert NUMBER not in str(tables["events"])
    assert "138****5678" in str(tables["events"])


async def test_carrying_on_in_pieces_gives_the_same_tables_as_at_once(url: str, tmp_path: Path) -> None:
    """A new projector for each hop that is added: what is open is read back from the tables."""
    at_once = f"sqlite:///{tmp_path}/once.db"
    journal_of(tmp_path / "once", morning())
    await projected(at_once, tmp_path / "once")

    journal = Journal(tmp_path / "j", node="n1", stream="t", began=BEGAN, threaded=False)
    for hop in morning():
        journal.append([hop])
        if isinstance(hop.what, Tell):
            await projected(url, tmp_path / "j", live="t")

    assert without_positions(await dump(url)) == without_positions(await dump(at_once))


def without_positions(tables: dict[str, list[dict[str, object]]]) -> object:
    """`calls.position` may be earlier after a restart: it is a hint from where to read."""
    return {name: [{k: v for k, v in r.items() if k != "position"} for r in rows] for name, rows in tables.items()}


async def test_a_projector_that_dies_anywhere_again_and_again_stores_each_event_once(url: str, tmp_path: Path) -> None:
    """Cancelled after every few steps of the loop, also in the middle of transactions."""
    path = journal_of(tmp_path / "j", morning())
    delay_s, deaths, done = 0.0, 0, False
    while not done:
        projector = Projector(url, tmp_path / "j", batch=4, migrate=False)
        task = asyncio.create_task(projector.catch_up())
        await asyncio.sleep(delay_s)
        deaths += task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await projector.close()
        delay_s += 0.0007
        done = not task.cancelled() and task.result()

    at_once = f"sqlite:///{tmp_path}/once.db"
    await projected(at_once, tmp_path / "j")
    tables = await dump(url)
    assert deaths > 3
    assert tables["streams"][0]["position"] == end_of(path)
    assert without_positions(tables) == without_positions(await dump(at_once))


async def test_a_second_writer_of_the_same_stream_doubles_nothing(url: str, tmp_path: Path) -> None:
    path = journal_of(tmp_path / "j", [offered(n) for n in range(1, 40)], stream="s1")
    both = [Projector(url, tmp_path / "j", batch=3) for _ in range(2)]

    for _ in range(20):
        done = await asyncio.gather(*(projector.catch_up() for projector in both))
        if all(done):
            break
    for projector in both:
        await projector.close()

    tables = await dump(url)
    assert [row["seq"] for row in tables["events"]] == list(range(1, 40))
    assert tables["streams"][0]["position"] == end_of(path)


async def test_streams_are_carried_oldest_first_and_a_torn_tail_ends_one(url: str, tmp_path: Path) -> None:
    torn = journal_of(tmp_path, [offered(1, "a-1")], stream="a")
    torn.write_bytes(torn.read_bytes() + b"\x01\x02\x03")
    journal_of(tmp_path, [offered(1, "b-1")], stream="b", began=BEGAN + timedelta(days=1))

    await projected(url, tmp_path, live="b")

    assert [row["call"] for row in (await dump(url))["calls"]] == ["a-1", "b-1"]


async def test_how_far_it_is_counts_the_live_stream_alone(url: str, tmp_path: Path) -> None:
    """The lag on the metrics page is the journal's newest number minus this one."""
    journal_of(tmp_path, morning())
    journal_of(tmp_path, [offered(n, f"b-{n}") for n in (1, 2, 3)], stream="b", began=BEGAN + timedelta(days=1))

    assert (await projected(url, tmp_path, live="b")).events == 3


async def test_a_running_projector_follows_the_journal(url: str, tmp_path: Path) -> None:
    projector = Projector(url, tmp_path / "j", live="t")
    journal = Journal(tmp_path / "j", node="n1", stream="t", began=BEGAN, flush_s=0.001, on_written=projector.nudge)
    hops = morning()
    async with running(projector):
        for place in range(0, len(hops), 10):
            journal.append(hops[place : place + 10])
            await until(lambda end=place + 10: projector.events == event_count(hops[:end]))  # type: ignore[misc]
    await asyncio.to_thread(journal.close)


async def test_events_wait_on_disk_while_postgresql_is_away(server: postgres.Postgres, tmp_path: Path) -> None:
    """Stopped in the middle, with connections open; started again; nothing lost, nothing doubled, the order kept."""
    url = server.new_database()
    troubles: list[ProjectorTrouble] = []
    projector = Projector(url, tmp_path / "j", live="s1", on_trouble=troubles.append, retry_s=(0.05,))
    journal = Journal(tmp_path / "j", node="n1", stream="s1", began=BEGAN, flush_s=0.001, on_written=projector.nudge)
    async with running(projector):
        journal.append([offered(n) for n in range(1, 11)])
        await until(lambda: projector.events == 10)
        try:
            await asyncio.to_thread(server.stop)
            journal.append([offered(n) for n in range(11, 21)])
            await until(lambda: projector.is_away)
            journal.append([offered(n) for n in range(21, 31)])
        finally:
            await asyncio.to_thread(server.start)
        await until(lambda: projector.events == 30 and not projector.is_away)
    await asyncio.to_thread(journal.close)

    assert [t.kind for t in troubles] == [TroubleKind.AWAY, TroubleKind.BACK]
    assert [row["seq"] for row in (await dump(url))["events"]] == list(range(1, 31))


async def test_events_wait_on_disk_while_sqlite_cannot_be_opened(tmp_path: Path) -> None:
    """From the first second on: the schema is made when the database is there at last."""
    (tmp_path / "cti.db").mkdir()
    url = f"sqlite:///{tmp_path}/cti.db"
    journal_of(tmp_path / "j", morning())
    troubles: list[ProjectorTrouble] = []
    projector = Projector(url, tmp_path / "j", live="t", on_trouble=troubles.append, retry_s=(0.01,))
    async with running(projector):
        await until(lambda: projector.is_away)
        (tmp_path / "cti.db").rmdir()
        await until(lambda: projector.events == event_count(morning()))
        await until(lambda: not projector.is_away)

    assert [t.kind for t in troubles] == [TroubleKind.AWAY, TroubleKind.BACK]
    assert "unable to open database file" in troubles[0].reason


async def test_an_event_the_database_refuses_is_passed_over_and_said(url: str, tmp_path: Path) -> None:
    """Its neighbours in the batch are stored; the journal still has it."""
    path = journal_of(tmp_path / "j", [offered(n) for n in range(1, 6)], stream="s1")
    engine = engine_for(url)
    async with engine.begin() as connection:
        stream = {"stream": "s1", "node": "n1", "began": BEGAN, "position": 0, "skipped": 0}
        await connection.execute(insert(streams).values(stream))
        squatter = {"stream": "s1", "seq": 3, "type": "x", "at": BEGAN, "payload": {}}
        await connection.execute(insert(events).values(squatter))
    await engine.dispose()
    troubles: list[ProjectorTrouble] = []
    projector = Projector(url, tmp_path / "j", on_trouble=troubles.append)

    assert await projector.catch_up()
    await projector.close()

    tables = await dump(url)
    assert [row["type"] for row in tables["events"]] == [
        "call.offered",
        "call.offered",
        "x",
        "call.offered",
        "call.offered",
    ]
    assert tables["streams"][0]["skipped"] == 1
    assert tables["streams"][0]["position"] == end_of(path)
    assert [t.kind for t in troubles] == [TroubleKind.REFUSED]
    assert "event 3 of s1" in troubles[0].reason


async def test_text_that_postgresql_does_not_store_stops_nothing(url: str, tmp_path: Path) -> None:
    """NUL in a caller's data is shown as a replacement; an id of 300 characters costs its own event at most."""
    call = CallId("s1-1")
    changed = csta.DataChanged(call=call, data=(("no\0te", "a\0b"),))
    endless = csta.AgentLoggedOn(agent=AgentId("9" * 300), queues=())
    journal_of(tmp_path / "j", [offered(1), told(2, changed), told(3, endless), offered(4, "s1-2")], stream="s1")

    await projected(url, tmp_path / "j")

    tables = await dump(url)
    assert tables["calls"][0]["data"] == {"no\ufffdte": "a\ufffdb"}
    assert {1, 2, 4} <= {row["seq"] for row in tables["events"]}


async def test_a_missing_table_is_an_outage_and_not_a_reason_to_pass_events_over(url: str, tmp_path: Path) -> None:
    engine = engine_for(url)
    async with engine.begin() as connection:
        await connection.run_sync(events.drop)
    journal_of(tmp_path / "j", morning())
    projector = Projector(url, tmp_path / "j")

    assert not await projector.catch_up()
    assert not await projector.catch_up()

    async with engine.begin() as connection:
        await connection.run_sync(events.create)
    assert await projector.catch_up()
    await projector.close()
    await engine.dispose()
    tables = await dump(url)
    assert len(tables["events"]) == event_count(morning())
    assert tables["streams"][0]["skipped"] == 0


async def test_reports_of_a_call_whose_beginning_was_lost_still_make_a_call(url: str, tmp_path: Path) -> None:
    """The disk was full when it was offered."""
    journal_of(tmp_path / "j", [h for h in morning() if not isinstance(getattr(h.what, "report", None), csta.Offered)])

    await projected(url, tmp_path / "j")

    first, second = (await dump(url))["calls"]
    assert (first["line"], first["cause"], second["line"]) == (1, "normalClearing", None)


async def test_nothing_blocks_the_loop(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files are read in threads; append only packs."""
    monkeypatch.setenv("PGPASSWORD", "unused")  # else asyncpg looks for ~/.pgpass
    await projected(url, tmp_path / "nothing")  # everything is imported
    hops = morning()
    journal = Journal(tmp_path / "j", node="n1", stream="t", began=BEGAN, flush_s=0.001)
    projector = Projector(url, tmp_path / "j", migrate=False)  # migrations have a thread and a loop of their own
    with blockbuster_ctx("cti_core.store"):
        journal.append(hops)
        await asyncio.to_thread(journal.close)
        assert await projector.catch_up()
        await projector.close()
    assert projector.events == event_count(hops)


async def test_a_journal_that_was_removed_is_no_error(url: str, tmp_path: Path) -> None:
    journal_of(tmp_path / "j", morning())
    await projected(url, tmp_path / "j")
    shutil.rmtree(tmp_path / "j")

    await projected(url, tmp_path / "j")

    assert len((await dump(url))["calls"]) == 2


async def test_a_calls_position_lies_before_its_first_hop(url: str, tmp_path: Path) -> None:
    path = journal_of(tmp_path / "j", morning())
    await projected(url, tmp_path / "j")

    for row in (await dump(url))["calls"]:
        hops = [e.what for e in read(path, row["position"]) if isinstance(e.what, Hop) and e.what.call == row["call"]]
        assert [hop.seq for hop in hops] == [hop.seq for hop in morning() if hop.call == row["call"]]
