"""A customer's alerts, last changed first, without looking through their inquiries."""

import sqlalchemy as sa
from alembic import op

revision = "0203"
down_revision = "0202"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_tickets_alerts", "tickets", ["customer_id", "updated_at", "id"], postgresql_where=sa.text("kind = 'alert'")
    )


def downgrade() -> None:
    op.drop_index("ix_tickets_alerts", "tickets")
