"""what decides which mails join an alert, and when events happened"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("alerts", sa.Column("key", sa.Text(), nullable=True))
    op.execute("UPDATE alerts SET key = 'file:' || lower(sha256) WHERE sha256 IS NOT NULL")
    op.add_column("occurrences", sa.Column("happened_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index("ix_alerts_key", "alerts", ["customer_id", "key", "id"])


def downgrade() -> None:
    op.drop_index("ix_alerts_key", "alerts")
    op.drop_column("occurrences", "happened_at")
    op.drop_column("alerts", "key")
