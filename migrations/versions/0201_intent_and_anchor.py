"""Whether a ticket asks or tells, and where a section stands in its source; what was learned in the old form goes."""

import sqlalchemy as sa
from alembic import op

revision = "0201"
down_revision = "0200"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # the defaults stay: the release before writes rows without these columns
    op.add_column("tickets", sa.Column("intent", sa.String(32), nullable=False, server_default="inquiry"))
    op.add_column("manual_sections", sa.Column("anchor", sa.Text(), nullable=False, server_default=""))
    # learned anew from the same examples and decisions by whatever starts next
    op.execute("DELETE FROM triage_models")


def downgrade() -> None:
    op.drop_column("manual_sections", "anchor")
    op.drop_column("tickets", "intent")
    op.execute("DELETE FROM triage_models")
