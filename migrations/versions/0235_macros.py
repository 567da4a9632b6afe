"""Prepared replies, and signatures of queues."""

import sqlalchemy as sa
from alembic import op

revision = "0235"
down_revision = "0234"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "macros",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("folder", sa.Text(), nullable=False),
        sa.Column("queue", sa.String(32), nullable=True),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("body_en", sa.Text(), nullable=False),
        sa.Column("then", sa.String(32), nullable=False),
        sa.Column("tag", sa.Text(), nullable=False),
        sa.Column("takes", sa.Boolean(), nullable=False),
        sa.Column("used", sa.Integer(), nullable=False),
        sa.Column("used_in", sa.Text(), nullable=False),
        sa.Column("used_then", sa.Integer(), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_macros"),
        sa.UniqueConstraint("key", name="uq_macros_key"),
    )
    op.add_column("ticket_queues", sa.Column("signature", sa.Text(), nullable=False, server_default=""))
    op.add_column("sendings", sa.Column("macros", sa.dialects.postgresql.JSONB(), nullable=False, server_default="[]"))


def downgrade() -> None:
    op.drop_column("sendings", "macros")
    op.drop_column("ticket_queues", "signature")
    op.drop_table("macros")
