"""An answer with a verdict waits as a reply does: what it decides goes along with it."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0237"
down_revision = "0236"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("sendings", sa.Column("decision", JSONB(), nullable=True))


def downgrade() -> None:
    op.drop_column("sendings", "decision")
