"""What a customer's month is counted by: arrivals of tickets, contests, actions of a customer."""

import sqlalchemy as sa
from alembic import op

revision = "0221"
down_revision = "0220"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_tickets_customer_opened", "tickets", ["customer_id", "opened_at"])
    op.create_index(
        "ix_decisions_contested", "decisions", ["contested_at"], postgresql_where=sa.text("contested_at IS NOT NULL")
    )
    op.create_index("ix_actions_customer", "actions", ["customer_id", "id"])


def downgrade() -> None:
    op.drop_index("ix_actions_customer", "actions")
    op.drop_index("ix_decisions_contested", "decisions")
    op.drop_index("ix_tickets_customer_opened", "tickets")
