"""Inquiries merged and split, so that it can be undone."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0226"
down_revision = "0225"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("tickets", sa.Column("merged_into_id", sa.Integer(), sa.ForeignKey("tickets.id")))
    op.create_index(
        "ix_tickets_merged", "tickets", ["merged_into_id"], postgresql_where=sa.text("merged_into_id IS NOT NULL")
    )
    op.create_table(
        "joinings",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("ticket_id", sa.Integer(), sa.ForeignKey("tickets.id"), nullable=False),
        sa.Column("other_id", sa.Integer(), sa.ForeignKey("tickets.id"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("messages", JSONB(), nullable=False),
        sa.Column("before", JSONB(), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True)),
    )
    op.create_index("ix_joinings_ticket_id", "joinings", ["ticket_id"])
    op.create_index("ix_joinings_other_id", "joinings", ["other_id"])


def downgrade() -> None:
    op.drop_table("joinings")
    op.drop_index("ix_tickets_merged", "tickets")
    op.drop_column("tickets", "merged_into_id")
