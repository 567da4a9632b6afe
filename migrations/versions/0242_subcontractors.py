"""Subcontractors with the customers given to them, and administrators who see tickets for a time."""

import sqlalchemy as sa
from alembic import op

revision = "0242"
down_revision = "0241"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "subcontractors",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("name", sa.Text(), nullable=False, unique=True),
        sa.Column("secrecy_on", sa.Date(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
    )
    op.create_table(
        "given_customers",
        sa.Column("subcontractor_id", sa.Integer(), sa.ForeignKey("subcontractors.id"), primary_key=True),
        sa.Column("customer_id", sa.Integer(), sa.ForeignKey("customers.id"), primary_key=True),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.add_column(
        "users", sa.Column("subcontractor_id", sa.Integer(), sa.ForeignKey("subcontractors.id"), nullable=True)
    )
    op.add_column("users", sa.Column("tickets_until", sa.DateTime(timezone=True), nullable=True))
    op.add_column("users", sa.Column("tickets_reason", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("users", "tickets_reason")
    op.drop_column("users", "tickets_until")
    op.drop_column("users", "subcontractor_id")
    op.drop_table("given_customers")
    op.drop_table("subcontractors")
