"""Engines by URL: SQLite (WAL) by default, PostgreSQL by URL; and the schema brought up to date by program."""

import asyncio
from pathlib import Path
from sqlite3 import Connection as SqliteConnection
from threading import Lock
from typing import Any, Final

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, event
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
    return create_async_engine(
        parsed,
        hide_parameters=True,
        pool_size=3,
        pool_pre_ping=True,
        connect_args={"timeout": CONNECT_S, "command_timeout": COMMAND_S},
    )


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

    async def connected() -> None:
        engine = engine_for(url)
        try:
            async with engine.begin() as connection:
                await connection.run_sync(run)
        finally:
            await engine.dispose()

    with _one_at_a_time:
        _make_folder(database_url(url))
        asyncio.run(connected())


def _make_folder(url: URL) -> None:
    if url.get_backend_name() == "sqlite" and url.database and url.database != ":memory:":
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)


def _set_pragmas(connection: SqliteConnection, _record: Any) -> None:
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", f"busy_timeout={BUSY_MS}", "foreign_keys=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()
