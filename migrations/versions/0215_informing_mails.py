"""Mails that only inform are heard of without an alert."""

from alembic import op

revision = "0215"
down_revision = "0214"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.alter_column("alert_arrivals", "alert_id", nullable=True)


def downgrade() -> None:
    op.execute("DELETE FROM alert_arrivals WHERE alert_id IS NULL")
    op.alter_column("alert_arrivals", "alert_id", nullable=False)
