"""The whole database as plain values, to compare two of them."""

from typing import Any

from sqlalchemy import select

from cti_core.store.database import engine_for
from cti_core.store.tables import metadata


async def dump(url: str) -> dict[str, list[dict[str, Any]]]:
    """Rows of every table, by primary key."""
    engine = engine_for(url)
    tables = {}
    async with engine.connect() as connection:
        for table in metadata.sorted_tables:
            rows = await connection.execute(select(table).order_by(*table.primary_key))
            tables[table.name] = [dict(row._mapping) for row in rows]
    await engine.dispose()
    return tables
