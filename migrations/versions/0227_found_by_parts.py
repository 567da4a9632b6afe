"""Customers have a reading; tickets are found by the beginning of their number, with and without its month."""

import sqlalchemy as sa
from alembic import op

revision = "0227"
down_revision = "0226"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("customers", sa.Column("kana", sa.Text(), nullable=False, server_default=""))
    op.create_index("ix_tickets_serial", "tickets", [sa.text("split_part(reference, '-', 2) text_pattern_ops")])
    op.create_index("ix_tickets_reference", "tickets", [sa.text("reference text_pattern_ops")])


def downgrade() -> None:
    op.drop_index("ix_tickets_reference", "tickets")
    op.drop_index("ix_tickets_serial", "tickets")
    op.drop_column("customers", "kana")
