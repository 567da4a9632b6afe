"""Titles of alerts, by what they are made of; alerts of before get theirs with their next event."""

import sqlalchemy as sa
from alembic import op

revision = "0217"
down_revision = "0216"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("tickets", sa.Column("title", sa.Text(), nullable=False, server_default=""))


def downgrade() -> None:
    op.drop_column("tickets", "title")
