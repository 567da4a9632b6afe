"""Who is told of alerts and who may instruct are two rights; each report of an alert is a row of its own."""

import sqlalchemy as sa
from alembic import op

revision = "0211"
down_revision = "0210"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ("told_of_alerts", "may_instruct"):
        op.add_column("contacts", sa.Column(name, sa.Boolean(), nullable=False, server_default="false"))
    op.execute("UPDATE contacts SET told_of_alerts = alert_contact, may_instruct = alert_contact")
    op.add_column("contacts", sa.Column("way", sa.String(32), nullable=False, server_default="mail"))
    for name in ("told_of_alerts", "may_instruct", "way"):
        op.alter_column("contacts", name, server_default=None)
    op.drop_column("contacts", "alert_contact")
    op.add_column("tickets", sa.Column("told_unnamed", sa.Boolean(), nullable=False, server_default="false"))
    op.create_table(
        "alert_reports",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("alert_id", sa.Integer(), sa.ForeignKey("alerts.id"), nullable=False, index=True),
        sa.Column("message_id", sa.Integer(), sa.ForeignKey("messages.id"), nullable=False, unique=True),
        sa.Column("contact_id", sa.Integer(), sa.ForeignKey("contacts.id"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("to_name", sa.Text(), nullable=False),
        sa.Column("way", sa.String(32), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("answered", sa.Text(), nullable=False),
        sa.Column("unnamed", sa.Boolean(), nullable=False),
        sa.Column("came_back_at", sa.DateTime(timezone=True)),
    )


def downgrade() -> None:
    op.drop_table("alert_reports")
    op.drop_column("tickets", "told_unnamed")
    op.add_column("contacts", sa.Column("alert_contact", sa.Boolean(), nullable=False, server_default="false"))
    op.execute("UPDATE contacts SET alert_contact = may_instruct")
    op.alter_column("contacts", "alert_contact", server_default=None)
    for name in ("told_of_alerts", "may_instruct", "way"):
        op.drop_column("contacts", name)
