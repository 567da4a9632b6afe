"""Wrong words that are replaced on request."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0254"
down_revision = "0253"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    words = [sa.Column(name, sa.Text(), nullable=False) for name in ("by_name", "wrong", "right")]
    op.create_table(
        "amendments",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("request_id", sa.Integer(), sa.ForeignKey("personal_requests.id"), nullable=False, index=True),
        sa.Column("asked_at", MOMENT, nullable=False),
        *words,
        sa.Column("dry", sa.Boolean(), nullable=False),
        sa.Column("went", JSONB(), nullable=False),
        sa.Column("found_on", JSONB(), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("due_at", MOMENT),
        sa.Column("turn", sa.Integer(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("leased_until", MOMENT),
        sa.Column("last_error", sa.Text()),
        sa.Column("finished_at", MOMENT),
    )
    op.create_index("ix_amendments_due", "amendments", ["due_at"], postgresql_where="state = 'waiting'")
    op.create_index(
        "ix_amendments_lease", "amendments", ["leased_until"], postgresql_where="state IN ('queued', 'running')"
    )


def downgrade() -> None:
    op.drop_table("amendments")
