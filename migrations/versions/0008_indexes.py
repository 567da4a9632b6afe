"""indexes of search and triage, built while others read and write

Each is built outside of a transaction; a run that was cut off leaves an invalid one behind, which the next run drops.
One that is there and valid stays.
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

INDEXES = (
    ("ix_messages_terms", "messages", "terms", "terms IS NOT NULL", "gin"),
    ("ix_messages_unindexed", "messages", "id", "terms IS NULL", "btree"),
    ("ix_decisions_at", "decisions", "at", None, "btree"),
    ("ix_tickets_inquiries", "tickets", "id", "kind = 'inquiry'", "btree"),
)
"""(name, table, column, where, kind)"""


INVALID = sa.text("SELECT true FROM pg_index WHERE indexrelid = to_regclass(:name) AND NOT indisvalid")


def upgrade() -> None:
    with op.get_context().autocommit_block():
        for name, table, column, where, kind in INDEXES:
            if op.get_bind().scalar(INVALID, {"name": name}):
                op.drop_index(name, table, if_exists=True, postgresql_concurrently=True)
            op.create_index(
                name,
                table,
                [column],
                if_not_exists=True,
                postgresql_using=kind,
                postgresql_where=sa.text(where) if where else None,
                postgresql_concurrently=True,
            )


def downgrade() -> None:
    with op.get_context().autocommit_block():
        for name, table, *_rest in INDEXES:
            op.drop_index(name, table, if_exists=True, postgresql_concurrently=True)
