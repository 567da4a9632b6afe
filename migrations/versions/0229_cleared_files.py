"""Files of alerts that may be downloaded as they are."""

import sqlalchemy as sa
from alembic import op

revision = "0229"
down_revision = "0228"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("attachments", sa.Column("cleared_at", sa.DateTime(timezone=True)))


def downgrade() -> None:
    op.drop_column("attachments", "cleared_at")
