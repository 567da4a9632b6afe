"""Somebody who is not on record is erased by an address."""

from alembic import op

revision = "0256"
down_revision = "0255"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.alter_column("erasures", "contact_id", nullable=True)
    op.alter_column("erasures", "customer_id", nullable=True)


def downgrade() -> None:
    raise RuntimeError("Who was erased without being on record is not forgotten; restore a backup instead.")
