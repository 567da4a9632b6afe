"""Replies that wait to go out: to be undone, for a time, or for a second pair of eyes; several recipients of a mail."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0234"
down_revision = "0233"
branch_labels = None
depends_on = None


def upgrade() -> None:
    empty = sa.text("'[]'")
    op.add_column("notices", sa.Column("also_to", postgresql.JSONB(), nullable=False, server_default=empty))
    op.add_column("notices", sa.Column("cc", postgresql.JSONB(), nullable=False, server_default=empty))
    op.add_column("notices", sa.Column("refused", postgresql.JSONB(), nullable=False, server_default=sa.text("'{}'")))
    op.add_column("ticket_queues", sa.Column("second_eyes", sa.Boolean(), nullable=False, server_default="false"))
    op.add_column("customers", sa.Column("mail_second_eyes", sa.Boolean(), nullable=False, server_default="false"))
    op.create_table(
        "sendings",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ticket_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("files", postgresql.JSONB(), nullable=False),
        sa.Column("to", postgresql.JSONB(), nullable=False),
        sa.Column("cc", postgresql.JSONB(), nullable=False),
        sa.Column("then", sa.String(32), nullable=False),
        sa.Column("later", sa.Boolean(), nullable=False),
        sa.Column("seen", sa.Integer(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("review", sa.String(32), nullable=False),
        sa.Column("reviewer_id", sa.Integer(), nullable=True),
        sa.Column("message_id", sa.Integer(), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("turn", sa.Integer(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["ticket_id"], ["tickets.id"], name="fk_sendings_ticket_id"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_sendings_user_id"),
        sa.ForeignKeyConstraint(["reviewer_id"], ["users.id"], name="fk_sendings_reviewer_id"),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"], name="fk_sendings_message_id"),
        sa.PrimaryKeyConstraint("id", name="pk_sendings"),
    )
    op.create_index("ix_sendings_due", "sendings", ["due_at"], postgresql_where=sa.text("state = 'waiting'"))
    op.create_index(
        "ix_sendings_lease", "sendings", ["leased_until"], postgresql_where=sa.text("state IN ('queued', 'running')")
    )
    op.create_index(
        "ix_sendings_open",
        "sendings",
        ["ticket_id"],
        postgresql_where=sa.text("message_id IS NULL AND withdrawn_at IS NULL"),
    )


def downgrade() -> None:
    op.drop_table("sendings")
    op.drop_column("customers", "mail_second_eyes")
    op.drop_column("ticket_queues", "second_eyes")
    for name in ("refused", "cc", "also_to"):
        op.drop_column("notices", name)
