"""Reminders for inquiries that wait for the customer, and links that open a closed one again."""

import sqlalchemy as sa
from alembic import op

revision = "0218"
down_revision = "0217"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "waits",
        sa.Column("ticket_id", sa.Integer(), sa.ForeignKey("tickets.id"), primary_key=True, autoincrement=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reminders", sa.Integer(), nullable=False),
    )
    op.execute(
        "INSERT INTO waits (ticket_id, since, reminders) SELECT id, updated_at, 0 FROM tickets "
        "WHERE state = 'waiting' AND kind = 'inquiry'"
    )
    op.create_table(
        "waiting_rules",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("queue", sa.String(32), nullable=False, unique=True),
        sa.Column("first", sa.Integer(), nullable=False),
        sa.Column("again", sa.Integer(), nullable=False),
        sa.Column("close", sa.Integer(), nullable=False),
    )
    op.create_table(
        "reopen_links",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("ticket_id", sa.Integer(), sa.ForeignKey("tickets.id"), nullable=False, index=True),
        sa.Column("contact_id", sa.Integer(), sa.ForeignKey("contacts.id")),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False, unique=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
    )


def downgrade() -> None:
    for table in ("reopen_links", "waiting_rules", "waits"):
        op.drop_table(table)
