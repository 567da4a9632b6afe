"""The service's settings in versions; what nobody set is the environment's."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0243"
down_revision = "0242"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "settings_versions",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("values", JSONB(), nullable=False),
        sa.Column("changed", JSONB(), nullable=False),
    )


def downgrade() -> None:
    op.drop_table("settings_versions")
