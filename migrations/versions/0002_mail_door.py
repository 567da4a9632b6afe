"""the mail door: where mails came from, how they read, what came back"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Only adds: the release before, which knows none of this, runs on it."""
    for column in (
        sa.Column("source", sa.String(32), server_default="smtp", nullable=False),
        sa.Column("origin", sa.Text(), nullable=True),
        sa.Column("message_id", sa.Text(), nullable=True),
        sa.Column("sender", sa.Text(), nullable=True),
        sa.Column("sender_domain", sa.Text(), nullable=True),
        sa.Column("subject", sa.Text(), nullable=True),
        sa.Column("kind", sa.String(32), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("digest", sa.Text(), nullable=True),
        sa.Column("verified", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column(
            "thread_id", sa.Integer(), sa.ForeignKey("tickets.id", name="fk_incoming_mails_thread_id"), nullable=True
        ),
    ):
        op.add_column("incoming_mails", column)
    op.alter_column("incoming_mails", "raw_sha256", nullable=True)
    op.create_index("ix_incoming_mails_sender", "incoming_mails", ["sender", "received_at"])
    op.create_index("ix_incoming_mails_domain", "incoming_mails", ["sender_domain", "received_at"])
    op.create_index("ix_incoming_mails_thread", "incoming_mails", ["thread_id", "received_at"])
    op.create_index("ix_incoming_mails_disposition", "incoming_mails", ["disposition", "id"])
    empty = sa.text("'[]'::jsonb")
    op.add_column("messages", sa.Column("folds", postgresql.JSONB(), server_default=empty, nullable=False))
    op.add_column("messages", sa.Column("has_html", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("messages", sa.Column("marks", postgresql.JSONB(), server_default=empty, nullable=False))
    op.add_column("attachments", sa.Column("inline", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("notices", sa.Column("charset", sa.String(32), server_default="utf-8", nullable=False))
    op.add_column("notices", sa.Column("bounced_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("notices", sa.Column("bounce_words", sa.Text(), nullable=True))
    op.create_index("ix_notices_recipient", "notices", ["to_address", "created_at"])
    op.create_index("ix_notices_domain", "notices", [sa.text("split_part(to_address, '@', 2)"), "created_at"])
    bounced = sa.text("bounced_at IS NOT NULL")
    op.create_index("ix_notices_bounced", "notices", ["bounced_at"], postgresql_where=bounced)
    op.add_column("customers", sa.Column("mail_charset", sa.String(32), server_default="utf-8", nullable=False))
    op.create_table(
        "ticket_links",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ticket_id", sa.Integer(), nullable=False),
        sa.Column("other_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["ticket_id"], ["tickets.id"], name="fk_ticket_links_ticket_id"),
        sa.ForeignKeyConstraint(["other_id"], ["tickets.id"], name="fk_ticket_links_other_id"),
        sa.PrimaryKeyConstraint("id", name="pk_ticket_links"),
        sa.UniqueConstraint("ticket_id", "other_id", name="uq_ticket_links_ticket_id"),
    )
    op.create_index("ix_ticket_links_other_id", "ticket_links", ["other_id"])
    op.create_table(
        "mailboxes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("uid_validity", sa.BigInteger(), nullable=True),
        sa.Column("last_uid", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_mailboxes"),
        sa.UniqueConstraint("name", name="uq_mailboxes_name"),
    )


def downgrade() -> None:
    op.drop_table("mailboxes")
    op.drop_table("ticket_links")
    op.drop_column("customers", "mail_charset")
    for index in ("ix_notices_bounced", "ix_notices_domain", "ix_notices_recipient"):
        op.drop_index(index, "notices")
    for name in ("bounce_words", "bounced_at", "charset"):
        op.drop_column("notices", name)
    op.drop_column("attachments", "inline")
    for name in ("marks", "has_html", "folds"):
        op.drop_column("messages", name)
    for index in ("disposition", "thread", "domain", "sender"):
        op.drop_index(f"ix_incoming_mails_{index}", "incoming_mails")
    for name in (
        "thread_id",
        "verified",
        "digest",
        "reason",
        "kind",
        "subject",
        "sender_domain",
        "sender",
        "message_id",
        "origin",
        "source",
    ):
        op.drop_column("incoming_mails", name)
