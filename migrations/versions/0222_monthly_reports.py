"""Monthly reports, the consoles' month ends, the provider's template, and who gets reports."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0222"
down_revision = "0221"
branch_labels = None
depends_on = None


def errand() -> list[sa.Column]:
    return [
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True)),
        sa.Column("turn", sa.Integer(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("leased_until", sa.DateTime(timezone=True)),
        sa.Column("last_error", sa.Text()),
        sa.Column("finished_at", sa.DateTime(timezone=True)),
    ]


def errand_indexes(table: str) -> None:
    op.create_index(f"ix_{table}_due", table, ["due_at"], postgresql_where=sa.text("state = 'waiting'"))
    op.create_index(
        f"ix_{table}_lease", table, ["leased_until"], postgresql_where=sa.text("state IN ('queued', 'running')")
    )


def upgrade() -> None:
    op.create_table(
        "console_month_ends",
        *errand(),
        sa.Column("customer_id", sa.Integer(), sa.ForeignKey("customers.id"), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True)),
        sa.Column("facts", JSONB(), nullable=False),
    )
    errand_indexes("console_month_ends")
    op.create_index("uq_console_month_ends", "console_month_ends", ["customer_id", "month"], unique=True)
    op.create_table(
        "report_layouts",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("accent", sa.Text(), nullable=False),
        sa.Column("logo_sha256", sa.Text(), sa.ForeignKey("stored_files.sha256")),
        *(
            sa.Column(name, sa.Text(), nullable=False)
            for name in ("greeting_ja", "greeting_en", "closing_ja", "closing_en")
        ),
        sa.Column("hidden", JSONB(), nullable=False),
    )
    op.create_table(
        "monthly_reports",
        *errand(),
        sa.Column("customer_id", sa.Integer(), sa.ForeignKey("customers.id"), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True)),
        sa.Column("contents", JSONB()),
        sa.Column("contents_digest", sa.Text()),
        sa.Column("changed", JSONB(), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("advice", sa.Text(), nullable=False),
        sa.Column("written_by", sa.Text()),
        sa.Column("held_at", sa.DateTime(timezone=True)),
        sa.Column("held_by", sa.Text()),
        sa.Column("held_why", sa.Text()),
        sa.Column("approved_at", sa.DateTime(timezone=True)),
        sa.Column("approved_by", sa.Text()),
        sa.Column("layout_id", sa.Integer(), sa.ForeignKey("report_layouts.id")),
        sa.Column("pdf_sha256", sa.Text(), sa.ForeignKey("stored_files.sha256")),
        sa.Column("xlsx_sha256", sa.Text(), sa.ForeignKey("stored_files.sha256")),
        sa.Column("sent_at", sa.DateTime(timezone=True)),
        sa.Column("sent_to", JSONB(), nullable=False),
    )
    errand_indexes("monthly_reports")
    op.create_index("uq_monthly_reports", "monthly_reports", ["customer_id", "month", "edition"], unique=True)
    op.create_index("ix_monthly_reports_month", "monthly_reports", ["month", "customer_id"])
    op.create_index(
        "ix_monthly_reports_review",
        "monthly_reports",
        ["id"],
        postgresql_where=sa.text("state = 'done' AND approved_at IS NULL AND held_at IS NULL"),
    )
    op.create_table(
        "report_readings",
        sa.Column("report_id", sa.Integer(), sa.ForeignKey("monthly_reports.id"), primary_key=True),
        sa.Column("user_id", sa.Integer(), sa.ForeignKey("users.id"), primary_key=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    )
    op.add_column("contacts", sa.Column("gets_reports", sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade() -> None:
    op.drop_column("contacts", "gets_reports")
    for table in ("report_readings", "monthly_reports", "report_layouts", "console_month_ends"):
        op.drop_table(table)
