"""Computers of which nobody knows, and lists that hold a file for the opposite of what is proposed."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0219"
down_revision = "0218"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table, name in (("actions", "unknown"), ("actions", "conflicts"), ("alerts", "on_lists")):
        op.add_column(table, sa.Column(name, JSONB(), nullable=False, server_default=sa.text("'[]'")))


def downgrade() -> None:
    for table, name in (("alerts", "on_lists"), ("actions", "conflicts"), ("actions", "unknown")):
        op.drop_column(table, name)
