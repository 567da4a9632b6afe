"""Teams, and queues as rows: the five that ship, and those that supervisors make.

`tickets.queue` keeps its codes. No foreign key leads to the queues: they are never deleted, and every ticket that is
opened would lock one of five rows.
"""

import sqlalchemy as sa
from alembic import op

revision = "0232"
down_revision = "0231"
branch_labels = None
depends_on = None

SHIPPED = ("alerts", "inquiries", "contracts", "unmatched", "contested")


def upgrade() -> None:
    op.create_table(
        "teams",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("opens", sa.Time(), nullable=True),
        sa.Column("closes", sa.Time(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_teams"),
        sa.UniqueConstraint("name", name="uq_teams_name"),
    )
    op.create_table(
        "team_members",
        sa.Column("team_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["team_id"], ["teams.id"], name="fk_team_members_team_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_team_members_user_id"),
        sa.PrimaryKeyConstraint("team_id", "user_id", name="pk_team_members"),
    )
    op.create_index("ix_team_members_user_id", "team_members", ["user_id"])
    queues = op.create_table(
        "ticket_queues",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(32), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("team_id", sa.Integer(), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["team_id"], ["teams.id"], name="fk_ticket_queues_team_id", ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name="pk_ticket_queues"),
        sa.UniqueConstraint("code", name="uq_ticket_queues_code"),
    )
    op.create_index("ix_ticket_queues_team", "ticket_queues", ["team_id"])
    op.bulk_insert(queues, [{"code": code, "name": "", "name_en": ""} for code in SHIPPED])
    op.add_column("customers", sa.Column("inquiry_queue", sa.String(32), nullable=True))
    op.add_column("customers", sa.Column("alert_queue", sa.String(32), nullable=True))
    op.add_column("checklist_templates", sa.Column("queue", sa.String(32), nullable=True))


def downgrade() -> None:
    op.drop_column("checklist_templates", "queue")
    op.drop_column("customers", "alert_queue")
    op.drop_column("customers", "inquiry_queue")
    op.drop_table("ticket_queues")
    op.drop_table("team_members")
    op.drop_table("teams")
