"""Who calls and is no contact; what customers and their people are found by."""

import re
import unicodedata

import sqlalchemy as sa
from alembic import op

revision = "0212"
down_revision = "0211"
branch_labels = None
depends_on = None

KANA = {code: code - 0x60 for code in range(0x30A1, 0x30F7)} | {0x30FC: None, 0x2019: "'"}


def upgrade() -> None:
    op.add_column("tickets", sa.Column("caller", sa.Text(), nullable=False, server_default=""))
    for table in ("customers", "contacts"):
        op.add_column(table, sa.Column("found_by", sa.Text(), nullable=False, server_default=""))
    connection = op.get_bind()
    for row in connection.execute(sa.text("SELECT id, name FROM customers")).all():
        values = {"id": row.id, "words": folded([row.name], "")}
        connection.execute(sa.text("UPDATE customers SET found_by = :words WHERE id = :id"), values)
    people = "SELECT id, name, kana, email, department, phone FROM contacts"
    for row in connection.execute(sa.text(people)).all():
        values = {"id": row.id, "words": folded([row.name, row.kana, row.email, row.department], row.phone)}
        connection.execute(sa.text("UPDATE contacts SET found_by = :words WHERE id = :id"), values)


def downgrade() -> None:
    for table in ("customers", "contacts"):
        op.drop_column(table, "found_by")
    op.drop_column("tickets", "caller")


def folded(names: list[str], phone: str) -> str:
    """As the models do it at this revision."""
    words = [unicodedata.normalize("NFKC", name).lower().translate(KANA) for name in names if name]
    together = [re.sub(r"(?<=[^\x00-\x7f])\s+|\s+(?=[^\x00-\x7f])", "", re.sub(r"\s+", " ", word)) for word in words]
    digits = "".join(c for c in unicodedata.normalize("NFKC", phone) if c.isdigit())
    return " ".join(dict.fromkeys([*words, *together, digits])).strip()
