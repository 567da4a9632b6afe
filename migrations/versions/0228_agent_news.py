"""What agents are told of, who follows which ticket, and which tickets have tags."""

import sqlalchemy as sa
from alembic import op

revision = "0228"
down_revision = "0227"
branch_labels = None
depends_on = None

UNREAD = sa.text("seen_at IS NULL")


def upgrade() -> None:
    op.create_table(
        "agent_news",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("user_id", sa.Integer(), sa.ForeignKey("users.id"), nullable=False),
        sa.Column("ticket_id", sa.Integer(), sa.ForeignKey("tickets.id"), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True)),
        sa.Column("mailed_at", sa.DateTime(timezone=True)),
    )
    op.create_index("ix_agent_news_unread", "agent_news", ["user_id", "id"], postgresql_where=UNREAD)
    op.create_index(
        "uq_agent_news_unread", "agent_news", ["user_id", "ticket_id", "kind"], unique=True, postgresql_where=UNREAD
    )
    op.create_index("ix_agent_news_ticket", "agent_news", ["ticket_id", "kind"])
    op.create_index(
        "ix_tickets_tagged", "tickets", ["id"], postgresql_where=sa.text("state <> 'closed' AND tags <> '{}'")
    )
    op.create_table(
        "ticket_followers",
        sa.Column("ticket_id", sa.Integer(), sa.ForeignKey("tickets.id"), primary_key=True),
        sa.Column("user_id", sa.Integer(), sa.ForeignKey("users.id"), primary_key=True),
    )


def downgrade() -> None:
    op.drop_index("ix_tickets_tagged", "tickets")
    op.drop_table("ticket_followers")
    op.drop_table("agent_news")
