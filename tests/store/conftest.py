"""Every store test runs on SQLite and on a real PostgreSQL."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

import postgres
from cti_core.store.database import upgrade


@pytest.fixture(scope="session")
def server() -> Iterator[postgres.Postgres]:
    running = postgres.started()
    yield running
    running.remove()


@pytest.fixture(scope="session")
def migrated(server: postgres.Postgres) -> str:
    """Name of a PostgreSQL database with the newest schema, to be copied."""
    url = server.new_database()
    asyncio.run(upgrade(url))
    return url.partition("@/")[2].partition("?")[0]


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database without any table."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/data/cti.db"
    return request.getfixturevalue("server").new_database()


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database with the newest schema."""
    if request.param == "postgresql":
        server, template = request.getfixturevalue("server"), request.getfixturevalue("migrated")
        return server.new_database(template)
    made = f"sqlite:///{tmp_path}/data/cti.db"
    asyncio.run(upgrade(made))
    return made
