"""One change to many tickets, and what became of each."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0225"
down_revision = "0224"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "bulk_changes",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True)),
        sa.Column("turn", sa.Integer(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("leased_until", sa.DateTime(timezone=True)),
        sa.Column("last_error", sa.Text()),
        sa.Column("finished_at", sa.DateTime(timezone=True)),
        sa.Column("user_id", sa.Integer(), sa.ForeignKey("users.id"), nullable=False),
        sa.Column("seen_from", sa.Text(), nullable=False),
        sa.Column("act", sa.String(32), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("undoes_id", sa.Integer(), sa.ForeignKey("bulk_changes.id"), unique=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("stopped_at", sa.DateTime(timezone=True)),
    )
    op.create_index("ix_bulk_changes_user_id", "bulk_changes", ["user_id"])
    op.create_index("ix_bulk_changes_due", "bulk_changes", ["due_at"], postgresql_where=sa.text("state = 'waiting'"))
    op.create_index(
        "ix_bulk_changes_lease",
        "bulk_changes",
        ["leased_until"],
        postgresql_where=sa.text("state IN ('queued', 'running')"),
    )
    op.create_table(
        "bulk_items",
        sa.Column("bulk_id", sa.Integer(), sa.ForeignKey("bulk_changes.id"), primary_key=True),
        sa.Column("ticket_id", sa.Integer(), sa.ForeignKey("tickets.id"), primary_key=True),
        sa.Column("seen", sa.Integer()),
        sa.Column("outcome", sa.String(32), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("before", JSONB()),
        sa.Column("version", sa.Integer()),
    )
    op.create_index("ix_bulk_items_pending", "bulk_items", ["bulk_id"], postgresql_where=sa.text("outcome = 'pending'"))


def downgrade() -> None:
    op.drop_table("bulk_items")
    op.drop_table("bulk_changes")
