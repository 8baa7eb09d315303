"""Alembic's door: runs on the connection that `store.database` hands in, one node at a time."""

from alembic import context
from sqlalchemy import text

from cti_core.store.tables import metadata

LOCK = 0x435449  # any number, the same for all nodes: "CTI"

connection = context.config.attributes["connection"]
if connection.dialect.name == "postgresql":
    connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
context.configure(
    connection=connection,
    target_metadata=metadata,
    render_as_batch=connection.dialect.name == "sqlite",
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
