"""Requests about personal data, disclosures, erasings, what was given to whom, what expires."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0248"
down_revision = "0247"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
TABLES = ("retention_runs", "provisions", "erasures", "disclosures", "personal_requests")


def upgrade() -> None:
    op.add_column("contacts", sa.Column("use_stopped_at", MOMENT))
    op.add_column("contacts", sa.Column("provision_stopped_at", MOMENT))
    op.create_table(
        "personal_requests",
        _id(),
        _to("customers", nullable=False, index=True),
        _to("contacts", nullable=False),
        _to("tickets", nullable=False, unique=True),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        _words("wanted"),
        sa.Column("asked_at", MOMENT, nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("checked_at", MOMENT),
        _words("checked_how"),
        _words("checked_by"),
        sa.Column("decided_at", MOMENT),
        _words("decided_by"),
        sa.Column("ground", sa.String(32)),
        _words("words"),
        sa.Column("done_at", MOMENT),
    )
    op.create_index("ix_personal_requests_contact_id", "personal_requests", ["contact_id", "id"])
    op.create_index(
        "ix_personal_requests_open",
        "personal_requests",
        ["due_on"],
        postgresql_where="state IN ('asked', 'checked', 'granted')",
    )
    _errand(
        "disclosures",
        sa.Column("request_id", sa.Integer(), sa.ForeignKey("personal_requests.id"), nullable=False, unique=True),
        sa.Column("made_at", MOMENT),
        sa.Column("entries", sa.Integer(), nullable=False),
        *(
            sa.Column(f"{form}_sha256", sa.Text(), sa.ForeignKey("stored_files.sha256"))
            for form in ("json", "pdf", "zip")
        ),
    )
    _errand(
        "erasures",
        _to("customers", nullable=False, index=True),
        _to("contacts", nullable=False, index=True),
        sa.Column("request_id", sa.Integer(), sa.ForeignKey("personal_requests.id")),
        sa.Column("asked_at", MOMENT, nullable=False),
        _words("by_name"),
        sa.Column("also", JSONB(), nullable=False),
        sa.Column("went", JSONB(), nullable=False),
    )
    op.create_table(
        "provisions",
        _id(),
        _to("customers", nullable=False),
        _to("contacts", nullable=True, index=True),
        sa.Column("kind", sa.String(32), nullable=False),
        _words("receiver"),
        _words("what"),
        _words("words"),
        sa.Column("given_on", sa.Date(), nullable=False),
        sa.Column("told_on", sa.Date()),
        _words("by_name"),
        sa.Column("recorded_at", MOMENT, nullable=False),
    )
    op.create_index("ix_provisions_customer_id", "provisions", ["customer_id", "id"])
    _errand(
        "retention_runs",
        sa.Column("asked_at", MOMENT, nullable=False),
        _words("by_name"),
        sa.Column("dry", sa.Boolean(), nullable=False),
        sa.Column("went", JSONB(), nullable=False),
        sa.Column("settings", JSONB(), nullable=False),
    )
    op.create_index("ix_retention_runs_asked_at", "retention_runs", ["asked_at"])


def _id() -> sa.Column:
    return sa.Column("id", sa.Integer(), primary_key=True)


def _to(table: str, **how: bool) -> sa.Column:
    return sa.Column(f"{table[:-1]}_id", sa.Integer(), sa.ForeignKey(f"{table}.id"), **how)


def _words(name: str) -> sa.Column:
    return sa.Column(name, sa.Text(), nullable=False)


def _errand(table: str, *columns: sa.Column) -> None:
    op.create_table(
        table,
        _id(),
        *columns,
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("due_at", MOMENT),
        sa.Column("turn", sa.Integer(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("leased_until", MOMENT),
        sa.Column("last_error", sa.Text()),
        sa.Column("finished_at", MOMENT),
    )
    op.create_index(f"ix_{table}_due", table, ["due_at"], postgresql_where="state = 'waiting'")
    op.create_index(f"ix_{table}_lease", table, ["leased_until"], postgresql_where="state IN ('queued', 'running')")


def downgrade() -> None:
    for table in TABLES:
        op.drop_table(table)
    op.drop_column("contacts", "provision_stopped_at")
    op.drop_column("contacts", "use_stopped_at")
