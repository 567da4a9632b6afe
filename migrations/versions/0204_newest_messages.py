"""Where the newest messages lie: search looks for words among them first."""

from alembic import op

revision = "0204"
down_revision = "0203"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_messages_newest",
        "messages",
        ["id"],
        postgresql_using="brin",
        postgresql_with={"pages_per_range": 128, "autosummarize": "on"},
    )


def downgrade() -> None:
    op.drop_index("ix_messages_newest", "messages")
