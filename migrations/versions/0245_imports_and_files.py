"""Large imports run as errands; files about a customer that the desk keeps."""

import sqlalchemy as sa
from alembic import op

revision = "0245"
down_revision = "0244"
branch_labels = None
depends_on = None


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "customer_imports",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("due_at", moment),
        sa.Column("turn", sa.Integer(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("leased_until", moment),
        sa.Column("last_error", sa.Text()),
        sa.Column("finished_at", moment),
        sa.Column("asked_at", moment, nullable=False),
        sa.Column("asked_by_id", sa.Integer(), sa.ForeignKey("users.id"), nullable=False),
        sa.Column("sha256", sa.Text(), sa.ForeignKey("stored_files.sha256"), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("customers", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("people", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("addresses", sa.Integer(), nullable=False, server_default="0"),
    )
    waiting, held = sa.text("state = 'waiting'"), sa.text("state IN ('queued', 'running')")
    op.create_index("ix_customer_imports_due", "customer_imports", ["due_at"], postgresql_where=waiting)
    op.create_index("ix_customer_imports_lease", "customer_imports", ["leased_until"], postgresql_where=held)
    op.create_table(
        "customer_files",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("customer_id", sa.Integer(), sa.ForeignKey("customers.id"), nullable=False, index=True),
        sa.Column("sha256", sa.Text(), sa.ForeignKey("stored_files.sha256"), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("added_at", moment, nullable=False),
        sa.Column("added_by", sa.Text(), nullable=False),
        sa.Column("removed_at", moment),
    )


def downgrade() -> None:
    op.drop_table("customer_files")
    op.drop_table("customer_imports")
