"""manuals in editions with imports, rules with their use, templates, what was shown while typing, learned models

Expands only: the release before runs on it. It takes the newest manual as a whole, so publish the first imported
manual after the upgrade is final.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)
NOTHING = sa.text("'[]'::jsonb")


def upgrade() -> None:
    op.add_column("manuals", sa.Column("series", sa.Text(), nullable=False, server_default="operation"))
    op.add_column("manuals", sa.Column("valid_until", sa.Date(), nullable=True))
    op.add_column("manuals", sa.Column("published_at", TIME, nullable=True))
    op.add_column("manuals", sa.Column("published_by", sa.Text(), nullable=True))
    op.add_column("manuals", sa.Column("sha256", sa.Text(), sa.ForeignKey("stored_files.sha256"), nullable=True))
    op.add_column("manuals", sa.Column("file_name", sa.Text(), nullable=True))
    op.add_column("manuals", sa.Column("version", sa.Integer(), nullable=False, server_default="1"))
    op.execute("UPDATE manuals SET published_at = valid_from, published_by = 'System'")
    op.alter_column("manual_sections", "page", nullable=True)
    op.add_column("manual_sections", sa.Column("label", sa.Text(), nullable=True))
    op.add_column("manual_sections", sa.Column("level", sa.Integer(), nullable=False, server_default="1"))
    op.add_column("manual_sections", sa.Column("position", sa.Integer(), nullable=False, server_default="0"))
    op.execute("UPDATE manual_sections SET position = page")
    _imports()
    op.add_column("decisions", sa.Column("rule_key", sa.Text(), nullable=True))
    op.add_column("decisions", sa.Column("manual_ids", JSONB(), nullable=False, server_default=NOTHING))
    op.add_column("decisions", sa.Column("automatic", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.alter_column("decisions", "by_id", nullable=True)
    op.add_column("ticket_assessments", sa.Column("questions", JSONB(), nullable=False, server_default=NOTHING))
    op.add_column("ticket_assessments", sa.Column("model_id", sa.Integer(), nullable=True))
    op.add_column("customers", sa.Column("auto_answer_from", sa.Integer(), nullable=True))
    _tables()


def _imports() -> None:
    op.create_table(
        "manual_imports",
        *_errand(),
        sa.Column("asked_at", TIME, nullable=False),
        sa.Column("asked_by", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), sa.ForeignKey("stored_files.sha256"), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("series", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("edition", sa.Text(), nullable=False),
        sa.Column("language", sa.String(32), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("pages", sa.Integer(), nullable=False),
        sa.Column("pages_read", sa.Integer(), nullable=False),
        sa.Column("troubles", JSONB(), nullable=False),
        sa.Column("manual_id", sa.Integer(), sa.ForeignKey("manuals.id"), nullable=True),
    )
    _errand_indexes("manual_imports")


def _tables() -> None:
    op.create_table(
        "auto_answers",
        *_errand(),
        sa.Column("ticket_id", sa.Integer(), sa.ForeignKey("tickets.id"), nullable=False, unique=True),
        sa.Column("ticket_version", sa.Integer(), nullable=False),
    )
    _errand_indexes("auto_answers")
    op.create_table(
        "answer_templates",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("verdict", sa.String(32), nullable=False),
        sa.Column("language", sa.String(32), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("changed_at", TIME, nullable=False),
        sa.Column("changed_by", sa.Text(), nullable=False),
        sa.UniqueConstraint("verdict", "language", name="uq_answer_templates_verdict"),
    )
    op.create_table(
        "place_showings",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("form", sa.Text(), nullable=False, unique=True),
        sa.Column("user_id", sa.Integer(), sa.ForeignKey("users.id"), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("shown", JSONB(), nullable=False),
        sa.Column("opened", JSONB(), nullable=False),
        sa.Column("ticket_id", sa.Integer(), sa.ForeignKey("tickets.id"), nullable=True),
    )
    op.create_index("ix_place_showings_at", "place_showings", ["at"])
    op.create_table(
        "triage_models",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("made_at", TIME, nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("last_decision_id", sa.Integer(), nullable=False),
        sa.Column("examples", sa.Integer(), nullable=False),
        sa.Column("decisions", sa.Integer(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("shipped_digest", sa.Text(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("learned", sa.LargeBinary(), nullable=False),
    )


def _errand() -> list[sa.Column]:
    return [
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("due_at", TIME, nullable=True),
        sa.Column("turn", sa.Integer(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("leased_until", TIME, nullable=True),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.Column("finished_at", TIME, nullable=True),
    ]


def _errand_indexes(table: str) -> None:
    op.create_index(f"ix_{table}_due", table, ["due_at"], postgresql_where=sa.text("state = 'waiting'"))
    running = sa.text("state IN ('queued', 'running')")
    op.create_index(f"ix_{table}_lease", table, ["leased_until"], postgresql_where=running)


def downgrade() -> None:
    for table in ("triage_models", "place_showings", "answer_templates", "auto_answers", "manual_imports"):
        op.drop_table(table)
    op.drop_column("customers", "auto_answer_from")
    for table, columns in (
        ("ticket_assessments", "model_id questions"),
        ("decisions", "automatic manual_ids rule_key"),
        ("manual_sections", "position level label"),
        ("manuals", "version file_name sha256 published_by published_at valid_until series"),
    ):
        for name in columns.split():
            op.drop_column(table, name)
