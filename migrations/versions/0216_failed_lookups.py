"""Lookups that failed are found without reading those that did not."""

import sqlalchemy as sa
from alembic import op

revision = "0216"
down_revision = "0215"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_completions_failed", "completions", ["id"], postgresql_where=sa.text("state = 'failed'"))


def downgrade() -> None:
    op.drop_index("ix_completions_failed", "completions")
