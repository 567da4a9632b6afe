"""what an alert mail may change: trust of each event, doubts about computers, alerts that a person vouched for

Events of before that the console told are verified, those of mails unknown. A computer's connector is kept only where
the console named computer and connector together; the others are asked for again.
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

TRUST = sa.Enum("verified", "unknown", "failed", name="trust", native_enum=False, length=32)
CONFIRMED = """
UPDATE affected_computers SET guid = NULL WHERE guid IS NOT NULL AND NOT EXISTS (
    SELECT FROM occurrences
    WHERE occurrences.alert_id = affected_computers.alert_id AND occurrences.source IN ('api', 'both')
      AND lower(occurrences.computer) = lower(affected_computers.name)
      AND occurrences.connector_guid = affected_computers.guid)
"""
ASK_AGAIN = """
UPDATE alert_lookups SET state = 'waiting', due_at = now(), tries = 0 FROM alerts, tickets
WHERE alerts.id = alert_lookups.alert_id AND tickets.id = alerts.ticket_id AND tickets.state <> 'closed'
  AND alert_lookups.state IN ('done', 'failed')
"""


def upgrade() -> None:
    op.add_column("occurrences", sa.Column("trust", TRUST, nullable=False, server_default="unknown"))
    op.execute("UPDATE occurrences SET trust = 'verified' WHERE source IN ('api', 'both')")
    op.add_column("occurrences", sa.Column("parent_sha256", sa.Text(), nullable=True))
    op.add_column("tickets", sa.Column("failed_check", sa.Boolean(), nullable=False, server_default=sa.text("false")))
    op.add_column("alerts", sa.Column("vouched_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("alerts", sa.Column("vouched_by", sa.Text(), nullable=True))
    op.add_column("affected_computers", sa.Column("doubt", sa.Text(), nullable=True))
    op.execute(CONFIRMED)
    op.execute(ASK_AGAIN)
    op.add_column("actions", sa.Column("stopped_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("actions", sa.Column("stopped_by", sa.Text(), nullable=True))
    op.add_column(
        "incoming_mails", sa.Column("failed_check", sa.Boolean(), nullable=False, server_default=sa.text("false"))
    )
    op.create_index(
        "ix_incoming_mails_failed",
        "incoming_mails",
        ["received_at"],
        postgresql_where=sa.text("failed_check AND disposition = 'alert'"),
    )


def downgrade() -> None:
    op.drop_index("ix_incoming_mails_failed", "incoming_mails")
    op.drop_column("incoming_mails", "failed_check")
    op.drop_column("actions", "stopped_by")
    op.drop_column("actions", "stopped_at")
    op.drop_column("affected_computers", "doubt")
    op.drop_column("alerts", "vouched_by")
    op.drop_column("alerts", "vouched_at")
    op.drop_column("tickets", "failed_check")
    op.drop_column("occurrences", "parent_sha256")
    op.drop_column("occurrences", "trust")
