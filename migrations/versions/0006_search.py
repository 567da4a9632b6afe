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


def downgrade() -> None:
    op.drop_column("messages", "terms")
