"""Whether others' files that name a person who is erased stay."""

import sqlalchemy as sa
from alembic import op

revision = "0253"
down_revision = "0252"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("erasures", sa.Column("keep_attached", sa.Boolean(), nullable=False, server_default="false"))


def downgrade() -> None:
    op.drop_column("erasures", "keep_attached")
