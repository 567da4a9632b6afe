"""Links that sign somebody in are kept apart from the text of their mail, encrypted, and files before they are sent."""

import sqlalchemy as sa
from alembic import op

revision = "0208"
down_revision = "0207"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("notices", sa.Column("secret", sa.LargeBinary))
    op.create_table(
        "kept_files",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("user_id", sa.Integer, sa.ForeignKey("users.id"), nullable=False),
        sa.Column("form", sa.Text, nullable=False),
        sa.Column("place", sa.Text, nullable=False, unique=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("content_type", sa.Text, nullable=False),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("ix_kept_files_form", "kept_files", ["user_id", "form"])
    op.create_index("ix_kept_files_at", "kept_files", ["at"])
    op.create_table(
        "uploads_of_day",
        sa.Column("user_id", sa.Integer, sa.ForeignKey("users.id"), primary_key=True, autoincrement=False),
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("files", sa.Integer, nullable=False),
        sa.Column("bytes", sa.BigInteger, nullable=False),
    )


def downgrade() -> None:
    op.drop_table("uploads_of_day")
    op.drop_table("kept_files")
    op.drop_column("notices", "secret")
