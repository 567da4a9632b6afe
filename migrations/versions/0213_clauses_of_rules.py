"""Rules that still cite the table of hours cite where the limits of subjects stand: the service menu 1-(1)."""

from alembic import op

revision = "0213"
down_revision = "0212"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("UPDATE scope_rules SET clause = 'サービスメニュー 1-(1)' WHERE clause = 'サービスメニュー 1-1'")
    op.execute(
        "UPDATE scope_rules SET clause = CASE WHEN key IN ('printer-network', 'pc-itself') "
        "THEN 'サービスメニュー 1-(1) 注記' ELSE 'サービスメニュー 1-(1)' END WHERE clause = 'サービスメニュー 2-1'"
    )


def downgrade() -> None:
    """The words were wrong: they stay as they are."""
