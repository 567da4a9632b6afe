"""Which tickets a sender opened and which mails were braked, without looking through all of their mails."""

import sqlalchemy as sa
from alembic import op

revision = "0205"
down_revision = "0204"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name, where in (("opened", "disposition = 'new_ticket'"), ("braked", "reason = 'brake'")):
        op.create_index(
            f"ix_incoming_mails_{name}", "incoming_mails", ["sender", "received_at"], postgresql_where=sa.text(where)
        )


def downgrade() -> None:
    for name in ("opened", "braked"):
        op.drop_index(f"ix_incoming_mails_{name}", "incoming_mails")
