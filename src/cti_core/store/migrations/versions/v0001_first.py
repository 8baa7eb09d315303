"""Streams, calls, connections, recordings, events."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

ID = sa.String(100)
UTC = sa.DateTime(timezone=True)
JSON = sa.JSON().with_variant(JSONB(), "postgresql")


def upgrade() -> None:
    op.create_table(
        "streams",
        sa.Column("stream", ID, nullable=False),
        sa.Column("node", ID, nullable=False),
        sa.Column("began", UTC, nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("skipped", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("stream", name="pk_streams"),
    )
    op.create_table(
        "calls",
        sa.Column("call", ID, nullable=False),
        sa.Column("stream", ID, nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("line", sa.Integer()),
        sa.Column("caller", sa.Text()),
        sa.Column("absence", ID, nullable=False),
        sa.Column("script", sa.Text(), nullable=False),
        sa.Column("node", sa.Text(), nullable=False),
        sa.Column("began", UTC, nullable=False),
        sa.Column("answered", UTC),
        sa.Column("ended", UTC),
        sa.Column("cause", ID),
        sa.Column("ringing_s", sa.Double()),
        sa.Column("dialogue_s", sa.Double()),
        sa.Column("waiting_s", sa.Double()),
        sa.Column("talking_s", sa.Double()),
        sa.Column("queue", ID),
        sa.Column("agent", ID),
        sa.Column("data", JSON, nullable=False),
        sa.ForeignKeyConstraint(["stream"], ["streams.stream"], name="fk_calls_stream_streams"),
        sa.PrimaryKeyConstraint("call", name="pk_calls"),
    )
    op.create_index("ix_calls_began_call", "calls", ["began", "call"])
    op.create_index("ix_calls_stream_ended", "calls", ["stream", "ended"])
    op.create_index("ix_calls_agent_began", "calls", ["agent", "began"])
    op.create_table(
        "connections",
        sa.Column("call", ID, nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("device", ID, nullable=False),
        sa.Column("agent", ID),
        sa.Column("began", UTC, nullable=False),
        sa.Column("connected", UTC),
        sa.Column("ended", UTC),
        sa.Column("cause", ID),
        sa.ForeignKeyConstraint(["call"], ["calls.call"], name="fk_connections_call_calls"),
        sa.PrimaryKeyConstraint("call", "number", name="pk_connections"),
    )
    op.create_table(
        "recordings",
        sa.Column("recording", ID, nullable=False),
        sa.Column("call", ID, nullable=False),
        sa.Column("line", sa.Integer()),
        sa.Column("state", ID, nullable=False),
        sa.Column("began", UTC, nullable=False),
        sa.Column("ended", UTC),
        sa.Column("seconds", sa.Double()),
        sa.Column("lost_s", sa.Double()),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["call"], ["calls.call"], name="fk_recordings_call_calls"),
        sa.PrimaryKeyConstraint("recording", name="pk_recordings"),
    )
    op.create_index("ix_recordings_call", "recordings", ["call"])
    op.create_index("ix_recordings_began_recording", "recordings", ["began", "recording"])
    op.create_table(
        "events",
        sa.Column("stream", ID, nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("type", ID, nullable=False),
        sa.Column("at", UTC, nullable=False),
        sa.Column("call", ID),
        sa.Column("line", sa.Integer()),
        sa.Column("agent", ID),
        sa.Column("payload", JSON, nullable=False),
        sa.ForeignKeyConstraint(["stream"], ["streams.stream"], name="fk_events_stream_streams"),
        sa.PrimaryKeyConstraint("stream", "seq", name="pk_events"),
    )
    op.create_index("ix_events_call_seq", "events", ["call", "seq"])
    op.create_index("ix_events_type_at", "events", ["type", "at"])
    op.create_index("ix_events_agent_at", "events", ["agent", "at"])


def downgrade() -> None:
    for table in ("events", "recordings", "connections", "calls", "streams"):
        op.drop_table(table)
