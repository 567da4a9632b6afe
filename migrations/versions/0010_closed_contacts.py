"""closed contacts, and mails that were withdrawn before they went out"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("contacts", sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("notices", sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True))
    op.execute(
        "UPDATE contacts SET closed_at = now() FROM users WHERE users.contact_id = contacts.id AND NOT users.active"
    )


def downgrade() -> None:
    op.drop_column("notices", "withdrawn_at")
    op.drop_column("contacts", "closed_at")
