"""Since when somebody of ours is bound to secrecy."""

import sqlalchemy as sa
from alembic import op

revision = "0251"
down_revision = "0250"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("users", sa.Column("secrecy_on", sa.Date()))


def downgrade() -> None:
    op.drop_column("users", "secrecy_on")
