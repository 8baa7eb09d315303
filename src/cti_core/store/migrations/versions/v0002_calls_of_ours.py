"""Calls of ours: the number that was called, and whether their answer was only estimated."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("calls", sa.Column("called", sa.Text()))
    op.add_column("calls", sa.Column("estimated", sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade() -> None:
    with op.batch_alter_table("calls") as calls:
        calls.drop_column("estimated")
        calls.drop_column("called")
