"""Tags on tickets, tickets that are put away for a while, kept lists, and what an agent prefers."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

revision = "0224"
down_revision = "0223"
branch_labels = None
depends_on = None

OPEN = sa.text("state <> 'closed'")
DUE = [sa.text("due_at ASC NULLS LAST"), "id"]
SHOWN = ["queue", "assignee_id", "state"]


def upgrade() -> None:
    op.add_column("tickets", sa.Column("tags", ARRAY(sa.Text()), nullable=False, server_default="{}"))
    op.add_column("tickets", sa.Column("snoozed_until", sa.DateTime(timezone=True)))
    _index([*SHOWN, "snoozed_until"])
    op.create_index(
        "ix_tickets_snoozed", "tickets", ["snoozed_until"], postgresql_where=sa.text("snoozed_until IS NOT NULL")
    )
    op.create_table(
        "saved_views",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("user_id", sa.Integer(), sa.ForeignKey("users.id"), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("shared", sa.Boolean(), nullable=False),
        sa.Column("view", sa.Text(), nullable=False),
        sa.Column("words", JSONB(), nullable=False),
    )
    op.create_index("ix_saved_views_user_id", "saved_views", ["user_id"])
    op.create_index("ix_saved_views_shared", "saved_views", ["name"], postgresql_where=sa.text("shared"))
    op.add_column("users", sa.Column("preferences", JSONB(), nullable=False, server_default="{}"))


def downgrade() -> None:
    op.drop_column("users", "preferences")
    op.drop_table("saved_views")
    op.drop_index("ix_tickets_snoozed", "tickets")
    _index(SHOWN)
    op.drop_column("tickets", "snoozed_until")
    op.drop_column("tickets", "tags")


def _index(include: list[str]) -> None:
    op.drop_index("ix_tickets_open_due", "tickets")
    op.create_index("ix_tickets_open_due", "tickets", DUE, postgresql_where=OPEN, postgresql_include=include)
