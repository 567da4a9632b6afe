"""Customers keep former names and notes, people what they may handle, addresses when they were seen working."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0238"
down_revision = "0237"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("customers", sa.Column("former_names", JSONB(), nullable=False, server_default="[]"))
    op.add_column("customers", sa.Column("notes", sa.Text(), nullable=False, server_default=""))
    op.add_column("contacts", sa.Column("handles_contract", sa.Boolean(), nullable=False, server_default="false"))
    op.add_column("contacts", sa.Column("merged_into_id", sa.Integer(), sa.ForeignKey("contacts.id"), nullable=True))
    op.add_column("alert_addresses", sa.Column("added_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("alert_addresses", sa.Column("first_mail_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("alert_addresses", sa.Column("last_mail_at", sa.DateTime(timezone=True), nullable=True))
    op.create_table(
        "contact_changes",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("customer_id", sa.Integer(), sa.ForeignKey("customers.id"), nullable=False, index=True),
        sa.Column("contact_id", sa.Integer(), sa.ForeignKey("contacts.id"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_name", sa.Text(), nullable=False),
        sa.Column("by_customer", sa.Boolean(), nullable=False),
        sa.Column("before", JSONB(), nullable=False),
        sa.Column("after", JSONB(), nullable=False),
        sa.Column("evidence", sa.String(32), nullable=False),
        sa.Column("evidence_words", sa.Text(), nullable=False, server_default=""),
        sa.Column("evidence_by", sa.Text(), nullable=False, server_default=""),
        sa.Column("evidence_at", sa.DateTime(timezone=True), nullable=True),
    )
    op.create_index(
        "ix_contact_changes_open", "contact_changes", ["at"], postgresql_where=sa.text("evidence IN ('open', 'asked')")
    )


def downgrade() -> None:
    op.drop_table("contact_changes")
    for name in ("added_at", "first_mail_at", "last_mail_at"):
        op.drop_column("alert_addresses", name)
    op.drop_column("contacts", "merged_into_id")
    op.drop_column("contacts", "handles_contract")
    op.drop_column("customers", "notes")
    op.drop_column("customers", "former_names")
