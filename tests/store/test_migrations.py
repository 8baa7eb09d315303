"""The schema goes up, down and up again on both databases, and is what the tables say."""

import asyncio
import sys
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, inspect

import postgres
from cti_core.store.database import BadDatabaseUrl, database_url, downgrade, engine_for, upgrade
from cti_core.store.tables import metadata

TABLES = {"streams", "calls", "connections", "recordings", "events"}


async def asked(url: str, question: Any) -> Any:
    engine = engine_for(url)
    async with engine.connect() as connection:
        answer = await connection.run_sync(question)
    await engine.dispose()
    return answer


def tables(connection: Connection) -> set[str]:
    return set(inspect(connection).get_table_names()) - {"alembic_version"}


async def test_up_down_and_up_again(empty_url: str) -> None:
    await upgrade(empty_url)
    assert await asked(empty_url, tables) == TABLES

    await downgrade(empty_url)
    assert await asked(empty_url, tables) == set()

    await upgrade(empty_url)
    assert await asked(empty_url, tables) == TABLES


async def test_up_twice_changes_nothing(url: str) -> None:
    await upgrade(url)

    assert await asked(url, tables) == TABLES


async def test_migrations_make_exactly_the_tables_of_the_program(url: str) -> None:
    """Types, names of indexes and of constraints included."""

    def differences(connection: Connection) -> list[object]:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return compare_metadata(context, metadata)

    assert await asked(url, differences) == []


async def test_two_nodes_may_bring_the_same_database_up_at_once(server: postgres.Postgres) -> None:
    """Two processes; one waits for the other."""
    url = server.new_database()
    program = "import asyncio, sys; from cti_core.store.database import upgrade; asyncio.run(upgrade(sys.argv[1]))"
    nodes = [await asyncio.create_subprocess_exec(sys.executable, "-c", program, url) for _ in range(2)]

    assert [await node.wait() for node in nodes] == [0, 0]
    assert await asked(url, tables) == TABLES


async def test_sqlite_waits_for_locks_keeps_references_and_writes_ahead(tmp_path: Any) -> None:
    def pragmas(connection: Connection) -> list[object]:
        names = ("journal_mode", "busy_timeout", "foreign_keys")
        return [connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in names]

    url = f"sqlite:///{tmp_path}/new/folder/x.db"
    await upgrade(url)

    assert await asked(url, pragmas) == ["wal", 5000, 1]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("sqlite:///var/cti.db", "sqlite+aiosqlite:///var/cti.db"),
        ("postgresql://u@h/d", "postgresql+asyncpg://u@h/d"),
        ("postgres://u@h/d", "postgresql+asyncpg://u@h/d"),
        ("postgresql+asyncpg://u@h/d", "postgresql+asyncpg://u@h/d"),
    ],
)
def test_urls_are_taken_as_people_write_them(written: str, meant: str) -> None:
    assert str(database_url(written)) == meant


@pytest.mark.parametrize("url", ["", "cti.db", "mysql://root:secret@h/d", "postgresql+psycopg2://u:secret@h/d"])
def test_other_urls_are_refused_without_showing_the_password(url: str) -> None:
    with pytest.raises(BadDatabaseUrl) as refused:
        database_url(url)
    assert "secret" not in str(refused.value)
