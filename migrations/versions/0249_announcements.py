"""Announcements, and who was mailed them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0249"
down_revision = "0248"
branch_labels = None
depends_on = None


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "announcements",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("kind", sa.String(32), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("title_ja", "title_en", "body_ja", "body_en")),
        sa.Column("audience", sa.String(32), nullable=False),
        sa.Column("targets", JSONB(), nullable=False),
        sa.Column("mailed", sa.Boolean(), nullable=False),
        *(sa.Column(name, moment) for name in ("begins_at", "ends_at", "shown_until")),
        sa.Column("written_at", moment, nullable=False),
        sa.Column("written_by", sa.Text(), nullable=False),
        sa.Column("published_at", moment),
        sa.Column("withdrawn_at", moment),
        sa.Column("withdrawn_words", sa.Text(), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("due_at", moment),
        sa.Column("turn", sa.Integer(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("leased_until", moment),
        sa.Column("last_error", sa.Text()),
        sa.Column("finished_at", moment),
    )
    op.create_index("ix_announcements_due", "announcements", ["due_at"], postgresql_where="state = 'waiting'")
    op.create_index(
        "ix_announcements_lease", "announcements", ["leased_until"], postgresql_where="state IN ('queued', 'running')"
    )
    op.create_index(
        "ix_announcements_shown",
        "announcements",
        ["published_at"],
        postgresql_where="published_at IS NOT NULL AND withdrawn_at IS NULL",
    )
    op.create_table(
        "announcement_mails",
        sa.Column("announcement_id", sa.Integer(), sa.ForeignKey("announcements.id"), primary_key=True),
        sa.Column("contact_id", sa.Integer(), sa.ForeignKey("contacts.id"), primary_key=True, index=True),
        sa.Column("notice_id", sa.Integer(), sa.ForeignKey("notices.id"), nullable=False),
    )


def downgrade() -> None:
    op.drop_table("announcement_mails")
    op.drop_table("announcements")
