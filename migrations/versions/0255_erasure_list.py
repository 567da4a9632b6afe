"""Everybody a person was on record as, for a restore; the table of an import is not kept once it was read."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0255"
down_revision = "0254"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("erasures", sa.Column("also_kept", sa.Text(), nullable=False, server_default=""))
    op.add_column("erasures", sa.Column("listed", JSONB(), nullable=False, server_default=sa.text("'{}'")))
    op.alter_column("customer_imports", "sha256", nullable=True)


def downgrade() -> None:
    op.drop_column("erasures", "listed")
    op.drop_column("erasures", "also_kept")
