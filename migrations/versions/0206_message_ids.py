"""Mails by their Message-IDs: what an answer answers, and the same mail by two ways."""

import sqlalchemy as sa
from alembic import op

revision = "0206"
down_revision = "0205"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_messages_mail", "messages", ["mail_message_id"], postgresql_where=sa.text("mail_message_id IS NOT NULL")
    )
    op.create_index(
        "ix_incoming_mails_message",
        "incoming_mails",
        ["message_id"],
        postgresql_where=sa.text("message_id IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index("ix_incoming_mails_message", "incoming_mails")
    op.drop_index("ix_messages_mail", "messages")
