"""The tables of the daemon: a projection of the journals, never written by anything else but `store.ledger`.

Times are UTC. Text columns hold the words of the wire (CSTA causes, event types). `calls.caller` and
`calls.called` are the only places of the database with a whole number in them: to call back is what they are kept for.
"""

from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Dialect,
    Double,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    false,
)
from sqlalchemy.dialects.postgresql import JSONB

NAMING: Final = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
ID: Final = 100  # characters; `<node>-<stream>-<n>` takes about 40


class Utc(TypeDecorator[datetime]):
    """An aware time. SQLite knows no zones and gets it as UTC without one."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - SQLAlchemy calls it so
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def _json() -> Any:
    return JSON().with_variant(JSONB(), "postgresql")


metadata: Final = MetaData(naming_convention=NAMING)

streams: Final = Table(
    "streams",
    metadata,
    Column("stream", String(ID), primary_key=True),
    Column("node", String(ID), nullable=False),
    Column("began", Utc, nullable=False),
    Column("position", BigInteger, nullable=False),  # of the journal: everything before it is in the tables
    Column("skipped", Integer, nullable=False),  # events that the database refused; the journal has them
)

calls: Final = Table(
    "calls",
    metadata,
    Column("call", String(ID), primary_key=True),
    Column("stream", String(ID), ForeignKey("streams.stream"), nullable=False),
    Column("position", BigInteger, nullable=False),  # of the journal: its first hop lies behind it
    Column("line", Integer),
    Column("caller", Text),
    Column("called", Text),  # a call of ours
    Column("estimated", Boolean, nullable=False, server_default=false()),  # nobody told that it was answered
    Column("absence", String(ID), nullable=False),
    Column("script", Text, nullable=False),
    Column("node", Text, nullable=False),  # of the menu, the last
    Column("began", Utc, nullable=False),
    Column("answered", Utc),
    Column("ended", Utc),
    Column("cause", String(ID)),
    Column("ringing_s", Double),
    Column("dialogue_s", Double),
    Column("waiting_s", Double),
    Column("talking_s", Double),
    Column("queue", String(ID)),
    Column("agent", String(ID)),
    Column("data", _json(), nullable=False),
    Index(None, "began", "call"),
    Index(None, "stream", "ended"),
    Index(None, "agent", "began"),
)

connections: Final = Table(
    "connections",
    metadata,
    Column("call", String(ID), ForeignKey("calls.call"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),  # 1 is the caller; in a call of ours the agent
    Column("device", String(ID), nullable=False),
    Column("agent", String(ID)),
    Column("began", Utc, nullable=False),
    Column("connected", Utc),
    Column("ended", Utc),
    Column("cause", String(ID)),
)

recordings: Final = Table(
    "recordings",
    metadata,
    Column("recording", String(ID), primary_key=True),
    Column("call", String(ID), ForeignKey("calls.call"), nullable=False),
    Column("line", Integer),
    Column("state", String(ID), nullable=False),  # recording closed cut lost
    Column("began", Utc, nullable=False),
    Column("ended", Utc),
    Column("seconds", Double),
    Column("lost_s", Double),
    Column("sha256", String(64), nullable=False),
    Column("path", Text, nullable=False),  # in the folder of recordings
    Column("reason", Text, nullable=False),
    Index(None, "call"),
    Index(None, "began", "recording"),
)

events: Final = Table(
    "events",
    metadata,
    Column("stream", String(ID), ForeignKey("streams.stream"), primary_key=True),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("type", String(ID), nullable=False),
    Column("at", Utc, nullable=False),
    Column("call", String(ID)),
    Column("line", Integer),
    Column("agent", String(ID)),
    Column("payload", _json(), nullable=False),  # the whole envelope, as clients got it
    Index(None, "call", "seq"),
    Index(None, "type", "at"),
    Index(None, "agent", "at"),
)
