"""When a reply that is read by a second person was to go out, and the last merge that its writer knew of."""

import sqlalchemy as sa
from alembic import op

revision = "0236"
down_revision = "0235"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("sendings", sa.Column("wanted_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("sendings", sa.Column("joined", sa.Integer(), nullable=False, server_default="0"))


def downgrade() -> None:
    op.drop_column("sendings", "joined")
    op.drop_column("sendings", "wanted_at")
