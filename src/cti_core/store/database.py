"""Engines by URL: SQLite (WAL) by default, PostgreSQL by URL; and the schema brought up to date by program."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from sqlite3 import Connection as SqliteConnection
from threading import Lock
from typing import Any, Final

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

MIGRATIONS: Final = Path(__file__).parent / "migrations"
BUSY_MS: Final = 5000  # assumed: a backup by another process holds the file for less
CONNECT_S: Final = 5.0  # assumed: a database that is up accepts at once
COMMAND_S: Final = 30.0  # assumed: our batches take milliseconds
_DRIVERS: Final = {
    "sqlite": "sqlite+aiosqlite",
    "postgres": "postgresql+asyncpg",
    "postgresql": "postgresql+asyncpg",
}
_one_at_a_time: Final = Lock()  # Alembic keeps what it does in module globals


class BadDatabaseUrl(ValueError):
    """The URL names no database this program can use; the message says why, without the password."""


def database_url(url: str) -> URL:
    """`sqlite:///var/cti.db` and `postgresql://user@host/name` as people write them. Raises BadDatabaseUrl."""
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise BadDatabaseUrl("a database URL looks like sqlite:///var/cti.db or postgresql://user@host/name") from None
    driver = _DRIVERS.get(parsed.drivername, parsed.drivername)
    if driver not in _DRIVERS.values():
        raise BadDatabaseUrl(f"{parsed.drivername!r} is not supported: sqlite and postgresql are")
    return parsed.set(drivername=driver)


def engine_for(url: str) -> AsyncEngine:
    """An engine; nothing is opened before its first use. Errors of it show no values: they may be a patient's."""
    parsed = database_url(url)
    if parsed.get_backend_name() == "sqlite":
        engine = create_async_engine(parsed, hide_parameters=True)
        event.listen(engine.sync_engine, "connect", _set_pragmas)
        return engine
    return _postgres(parsed, COMMAND_S)


def _postgres(url: URL, command_s: float | None) -> AsyncEngine:
    connect_args = {"timeout": CONNECT_S, "command_timeout": command_s}
    return create_async_engine(url, hide_parameters=True, pool_size=3, pool_pre_ping=True, connect_args=connect_args)


async def upgrade(url: str, revision: str = "head") -> None:
    """Bring the schema up to date; the folder of SQLite's file is made. In a thread of its own: it reads and may take long."""
    await asyncio.to_thread(_migrate, url, revision, down=False)


async def downgrade(url: str, revision: str = "base") -> None:
    """Take the schema back; what does not fit into it is lost."""
    await asyncio.to_thread(_migrate, url, revision, down=True)


def _migrate(url: str, revision: str, *, down: bool) -> None:
    def run(connection: Connection) -> None:
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
        config.attributes["connection"] = connection
        (command.downgrade if down else command.upgrade)(config, revision)

    parsed = database_url(url)
    with _one_at_a_time:
        if parsed.get_backend_name() == "sqlite":
            _on_sqlite(parsed, run)
        else:
            asyncio.run(_on_postgres(parsed, run))


def _on_sqlite(url: URL, run: Callable[[Connection], None]) -> None:
    """By the plain driver: the thread is ours, and aiosqlite's outlives a loop that ends after a failure."""
    _make_folder(url)
    engine = create_engine(url.set(drivername="sqlite"), hide_parameters=True)
    event.listen(engine, "connect", _set_pragmas)
    try:
        with engine.begin() as connection:
            run(connection)
    finally:
        engine.dispose()


async def _on_postgres(url: URL, run: Callable[[Connection], None]) -> None:
    engine = _postgres(url, None)  # a migration takes as long as it takes
    try:
        async with engine.begin() as connection:
            await connection.run_sync(run)
    finally:
        await engine.dispose()


def _make_folder(url: URL) -> None:
    if url.database and url.database != ":memory:":
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)


def _set_pragmas(connection: SqliteConnection, _record: Any) -> None:
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", f"busy_timeout={BUSY_MS}", "foreign_keys=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()
