"""What is told in the page or elsewhere only, and indexes for collecting and forgetting it."""

import sqlalchemy as sa
from alembic import op

revision = "0231"
down_revision = "0230"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("agent_news", sa.Column("in_page", sa.Boolean(), nullable=False, server_default="true"))
    op.create_index("ix_agent_news_at", "agent_news", ["at"])
    unmailed = sa.text("seen_at IS NULL AND mailed_at IS NULL")
    op.create_index("ix_agent_news_unmailed", "agent_news", ["user_id"], postgresql_where=unmailed)


def downgrade() -> None:
    op.drop_index("ix_agent_news_unmailed", "agent_news")
    op.drop_index("ix_agent_news_at", "agent_news")
    op.drop_column("agent_news", "in_page")
