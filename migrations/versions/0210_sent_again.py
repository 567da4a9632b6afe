"""Which mails were sent again: they need nobody's attention any more."""

import sqlalchemy as sa
from alembic import op

revision = "0210"
down_revision = "0209"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("notices", sa.Column("resent_at", sa.DateTime(timezone=True)))


def downgrade() -> None:
    op.drop_column("notices", "resent_at")
