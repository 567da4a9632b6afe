"""Figures of the desk by day, and what they are counted by."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0223"
down_revision = "0222"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "day_figures",
        sa.Column("day", sa.Date(), primary_key=True),
        sa.Column("by", sa.String(32), primary_key=True),
        sa.Column("key", sa.Text(), primary_key=True),
        sa.Column("figures", JSONB(), nullable=False),
        sa.Column("counted_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("ix_closures_at", "closures", ["at"])
    op.create_index("ix_tickets_opened", "tickets", ["opened_at"])
    op.create_index(
        "ix_tickets_responded",
        "tickets",
        ["first_responded_at"],
        postgresql_where=sa.text("first_responded_at IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index("ix_tickets_responded", "tickets")
    op.drop_index("ix_tickets_opened", "tickets")
    op.drop_index("ix_closures_at", "closures")
    op.drop_table("day_figures")
