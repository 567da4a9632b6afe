"""what messages are found by; rows of before are filled in the background"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TSVECTOR

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("messages", sa.Column("terms", TSVECTOR(), nullable=True))
    op.create_index(
        "ix_messages_terms",
        "messages",
        ["terms"],
        postgresql_using="gin",
        postgresql_where=sa.text("terms IS NOT NULL"),
    )
    op.create_index("ix_messages_unindexed", "messages", ["id"], postgresql_where=sa.text("terms IS NULL"))


def downgrade() -> None:
    op.drop_index("ix_messages_unindexed", "messages")
    op.drop_index("ix_messages_terms", "messages")
    op.drop_column("messages", "terms")
