"""Resellers, whose people see their customers and change nothing."""

import sqlalchemy as sa
from alembic import op

revision = "0241"
down_revision = "0240"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "resellers",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("name", sa.Text(), nullable=False, unique=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.add_column("customers", sa.Column("reseller_id", sa.Integer(), sa.ForeignKey("resellers.id"), nullable=True))
    op.create_index(
        "ix_customers_reseller_id", "customers", ["reseller_id"], postgresql_where=sa.text("reseller_id IS NOT NULL")
    )
    op.add_column("users", sa.Column("reseller_id", sa.Integer(), sa.ForeignKey("resellers.id"), nullable=True))


def downgrade() -> None:
    op.drop_column("users", "reseller_id")
    op.drop_index("ix_customers_reseller_id", "customers")
    op.drop_column("customers", "reseller_id")
    op.drop_table("resellers")
