"""whom to believe: whether a mail came from a server of ours

Mails of before are believed where they came by LMTP, pipe or IMAP, as they are from now on; the null return path is
one value.
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "incoming_mails", sa.Column("believed", sa.Boolean(), nullable=False, server_default=sa.text("false"))
    )
    op.execute("UPDATE incoming_mails SET believed = true WHERE source IN ('lmtp', 'pipe', 'imap')")
    op.execute("UPDATE incoming_mails SET envelope_from = '' WHERE envelope_from IN ('<>', 'MAILER-DAEMON')")


def downgrade() -> None:
    op.drop_column("incoming_mails", "believed")
