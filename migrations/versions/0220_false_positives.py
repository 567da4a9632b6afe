"""False positives with their reasons; the same file at other customers."""

import sqlalchemy as sa
from alembic import op

revision = "0220"
down_revision = "0219"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("alerts", sa.Column("false_positive_at", sa.DateTime(timezone=True)))
    op.add_column("alerts", sa.Column("false_positive_by", sa.Text()))
    op.add_column("alerts", sa.Column("false_positive_why", sa.Text()))
    op.create_index("ix_alerts_sha256", "alerts", ["sha256"], postgresql_where=sa.text("sha256 IS NOT NULL"))
    op.create_index(
        "ix_alerts_false", "alerts", ["false_positive_at"], postgresql_where=sa.text("false_positive_at IS NOT NULL")
    )


def downgrade() -> None:
    op.drop_index("ix_alerts_false", "alerts")
    op.drop_index("ix_alerts_sha256", "alerts")
    for name in ("false_positive_why", "false_positive_by", "false_positive_at"):
        op.drop_column("alerts", name)
