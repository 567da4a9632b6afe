"""A reply that tells no verdict has no decision, not a JSON null."""

from alembic import op

revision = "0240"
down_revision = "0239"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("UPDATE sendings SET decision = NULL WHERE decision = 'null'::jsonb")


def downgrade() -> None:
    pass
