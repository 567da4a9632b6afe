"""When a mail that waits was last tried, so that trying again has a pause."""

import sqlalchemy as sa
from alembic import op

revision = "0202"
down_revision = "0201"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("incoming_mails", sa.Column("tried_at", sa.DateTime(timezone=True)))


def downgrade() -> None:
    op.drop_column("incoming_mails", "tried_at")
