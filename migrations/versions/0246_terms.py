"""Terms of use and service menu in versions, and who accepted which."""

import sqlalchemy as sa
from alembic import op

revision = "0246"
down_revision = "0245"
branch_labels = None
depends_on = None


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "terms_versions",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("supplement", sa.Text(), nullable=False, server_default=""),
        sa.Column("changed", sa.Text(), nullable=False, server_default=""),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("drafted_at", moment, nullable=False),
        sa.Column("drafted_by", sa.Text(), nullable=False),
        sa.Column("published_at", moment),
        sa.Column("published_by", sa.Text(), nullable=False, server_default=""),
        sa.Column("told", sa.Integer(), nullable=False, server_default="0"),
    )
    op.create_index("uq_terms_versions", "terms_versions", ["kind", "number"], unique=True)
    op.create_table(
        "terms_acceptances",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("version_id", sa.Integer(), sa.ForeignKey("terms_versions.id"), nullable=False, index=True),
        sa.Column("customer_id", sa.Integer(), sa.ForeignKey("customers.id"), nullable=False),
        sa.Column("contact_id", sa.Integer(), sa.ForeignKey("contacts.id")),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("way", sa.String(32), nullable=False),
        sa.Column("at", moment, nullable=False),
    )
    op.create_index("ix_terms_acceptances_customer_id", "terms_acceptances", ["customer_id", "version_id"])


def downgrade() -> None:
    op.drop_table("terms_acceptances")
    op.drop_table("terms_versions")
