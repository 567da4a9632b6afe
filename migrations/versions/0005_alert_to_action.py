"""from alert to action: events with their ids and computers, lookups, links, targets, proofs

Expands only: the release before runs on it. `actions.list_guid` and `.list_name` stay for it, as the first target.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)


def word(name: str, *, nullable: bool = True) -> sa.Column:
    return sa.Column(name, sa.String(32), nullable=nullable)


def text(name: str, *, nullable: bool = True) -> sa.Column:
    return sa.Column(name, sa.Text(), nullable=nullable)


def moment(name: str, *, nullable: bool = True) -> sa.Column:
    return sa.Column(name, TIME, nullable=nullable)


def key(name: str, target: str, *, nullable: bool = False, unique: bool = False) -> sa.Column:
    return sa.Column(name, sa.Integer(), sa.ForeignKey(target), nullable=nullable, unique=unique)


def flag(name: str) -> sa.Column:
    return sa.Column(name, sa.Boolean(), nullable=False, server_default=sa.false())


def whole() -> sa.Column:
    return sa.Column("id", sa.Integer(), primary_key=True)


def errand() -> list[sa.Column]:
    return [
        whole(),
        word("state", nullable=False),
        moment("due_at"),
        sa.Column("turn", sa.Integer(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        moment("leased_until"),
        text("last_error"),
        moment("finished_at"),
    ]


def errand_indexes(table: str) -> None:
    op.create_index(f"ix_{table}_due", table, ["due_at"], postgresql_where=sa.text("state = 'waiting'"))
    running = sa.text("state IN ('queued', 'running')")
    op.create_index(f"ix_{table}_lease", table, ["leased_until"], postgresql_where=running)


def upgrade() -> None:
    _people()
    _console()
    _alerts()
    _occurrences()
    _actions()
    _backfill()


def _people() -> None:
    op.add_column("users", flag("may_reveal"))
    for name in ("second_eyes", "isolation", "links_need_sign_in"):
        op.add_column("customers", flag(name))


def _console() -> None:
    op.add_column("console_credentials", sa.Column("signing", sa.String(32), nullable=False, server_default="basic"))
    for column in (text("allow_list_guid"), moment("told_failing_at"), moment("rate_resets_at")):
        op.add_column("console_credentials", column)
    op.add_column("console_credentials", sa.Column("rate_left", sa.Integer(), nullable=True))
    op.create_table(
        "dashboard_logins",
        whole(),
        key("customer_id", "customers.id", unique=True),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        moment("set_at", nullable=False),
    )
    op.create_table(
        "signing_keys",
        whole(),
        sa.Column("public", sa.Text(), nullable=False, unique=True),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        moment("made_at", nullable=False),
    )


def _alerts() -> None:
    for column in (
        moment("gathers_until"),
        word("judged"),
        moment("warned_at"),
        key("merged_into_id", "alerts.id", nullable=True),
    ):
        op.add_column("alerts", column)
    op.create_table(
        "alert_arrivals",
        whole(),
        key("alert_id", "alerts.id"),
        key("customer_id", "customers.id", nullable=True),
        moment("at", nullable=False),
        word("source", nullable=False),
        sa.Column("mail", sa.Text(), sa.ForeignKey("stored_files.sha256"), nullable=True),
        sa.Column("events", sa.Integer(), nullable=False),
    )
    op.create_index("ix_alert_arrivals_alert_id", "alert_arrivals", ["alert_id"])
    op.create_index("ix_alert_arrivals_mail", "alert_arrivals", ["mail"])
    op.create_index("ix_alert_arrivals_heard", "alert_arrivals", ["customer_id", "at"])
    op.create_table(
        "findings",
        whole(),
        key("alert_id", "alerts.id"),
        word("kind", nullable=False),
        word("source", nullable=False),
        text("words", nullable=False),
        moment("at", nullable=False),
        text("by", nullable=False),
    )
    op.create_index("uq_findings_kind", "findings", ["alert_id", "kind", "source"], unique=True)
    op.create_table("alert_lookups", *errand(), key("alert_id", "alerts.id", unique=True))
    errand_indexes("alert_lookups")
    op.create_table(
        "console_polls",
        *errand(),
        key("customer_id", "customers.id", unique=True),
        moment("since", nullable=False),
        moment("polled_at"),
        sa.Column("events", sa.Integer(), nullable=False),
    )
    errand_indexes("console_polls")


def _occurrences() -> None:
    op.add_column("occurrences", key("customer_id", "customers.id", nullable=True))
    op.add_column("occurrences", sa.Column("source", sa.String(32), nullable=False, server_default="mail"))
    for name in ("event_id", "detection_id", "disposition", "parent", "error"):
        op.add_column("occurrences", text(name))
    op.add_column("occurrences", sa.Column("type_id", sa.BigInteger(), nullable=True))
    op.add_column("occurrences", sa.Column("filled", JSONB(), nullable=False, server_default="[]"))
    op.add_column("occurrences", sa.Column("raw", JSONB(), nullable=True))
    op.create_index("ix_occurrences_event", "occurrences", ["customer_id", "event_id"])
    op.create_index("ix_occurrences_api", "occurrences", ["alert_id"], postgresql_where=sa.text("source = 'api'"))
    op.create_index("ix_occurrences_match", "occurrences", ["customer_id", "sha256", "computer"])
    op.create_table(
        "affected_computers",
        whole(),
        key("alert_id", "alerts.id"),
        text("name", nullable=False),
        text("guid"),
        text("user_name"),
        word("outcome", nullable=False),
        sa.Column("items", JSONB(), nullable=False),
        sa.Column("events", sa.Integer(), nullable=False),
        moment("first_at"),
        moment("last_at"),
        text("system"),
        text("policy"),
        sa.Column("lists", JSONB(), nullable=True),
        moment("looked_up_at"),
    )
    lower = sa.text("lower(name)")
    op.create_index("uq_affected_computers_name", "affected_computers", ["alert_id", lower], unique=True)


def _actions() -> None:
    op.alter_column("actions", "sha256", nullable=True)
    op.add_column("actions", sa.Column("reason", sa.Text(), nullable=False, server_default=""))
    op.add_column("actions", sa.Column("uncovered", JSONB(), nullable=False, server_default="[]"))
    op.add_column("actions", key("asked_by_id", "users.id", nullable=True))
    op.add_column("actions", key("asked_to_id", "contacts.id", nullable=True))
    for name in ("ask_until", "reminded_at", "returned_at", "reviewed_at", "by_hand_at"):
        op.add_column("actions", moment(name))
    op.add_column("actions", word("review"))
    for name in ("reviewed_by", "by_hand_by"):
        op.add_column("actions", text(name))
    asked = "state = 'waiting' AND instructed_at IS NULL AND declined_at IS NULL AND withdrawn_at IS NULL"
    op.create_index("ix_actions_asked", "actions", ["ask_until"], postgresql_where=sa.text(asked))
    op.create_table(
        "action_targets",
        whole(),
        key("action_id", "actions.id"),
        text("guid", nullable=False),
        text("name", nullable=False),
        sa.Column("computers", JSONB(), nullable=False, server_default="[]"),
        sa.Column("before", JSONB(), nullable=True),
        flag("already_there"),
        moment("verified_at"),
    )
    op.create_index("ix_action_targets_action_id", "action_targets", ["action_id"])
    op.add_column("action_attempts", key("target_id", "action_targets.id", nullable=True))
    for name in ("request_sha256", "request_id"):
        op.add_column("action_attempts", text(name))
    op.add_column("action_attempts", key("calendar_version", "calendar_versions.id", nullable=True))
    op.alter_column("instructions", "user_id", nullable=True)
    op.add_column("instructions", key("contact_id", "contacts.id", nullable=True))
    for name in ("recorded_by", "target_sha256"):
        op.add_column("instructions", text(name))
    op.create_table(
        "decision_links",
        whole(),
        key("action_id", "actions.id"),
        key("contact_id", "contacts.id"),
        sa.Column("token_hash", sa.Text(), nullable=False, unique=True),
        text("target_sha256", nullable=False),
        moment("made_at", nullable=False),
        moment("expires_at", nullable=False),
        moment("used_at"),
    )
    op.create_index("ix_decision_links_action_id", "decision_links", ["action_id"])


def _backfill() -> None:
    op.execute("UPDATE occurrences o SET customer_id = a.customer_id FROM alerts a WHERE a.id = o.alert_id")
    op.execute(
        "UPDATE alerts a SET judged = CASE t.severity WHEN 'Critical' THEN 'urgent' WHEN 'High' THEN 'high' "
        "ELSE 'normal' END FROM tickets t WHERE t.id = a.ticket_id"
    )
    op.execute(
        "INSERT INTO action_targets (action_id, guid, name, already_there, verified_at) "
        "SELECT id, list_guid, list_name, already_there, verified_at FROM actions"
    )
    op.execute("UPDATE action_attempts t SET target_id = g.id FROM action_targets g WHERE g.action_id = t.action_id")
    op.execute("UPDATE instructions i SET contact_id = u.contact_id FROM users u WHERE u.id = i.user_id")
    op.execute(
        "INSERT INTO alert_arrivals (alert_id, customer_id, at, source, mail, events) "
        "SELECT a.id, a.customer_id, m.received_at, 'mail', m.raw_sha256, 1 "
        "FROM incoming_mails m JOIN alerts a ON a.ticket_id = m.ticket_id WHERE m.disposition = 'alert'"
    )
    op.execute(
        "INSERT INTO affected_computers (alert_id, name, guid, user_name, outcome, items, events, first_at, last_at) "
        "SELECT alert_id, min(computer), min(connector_guid), min(user_name), CASE "
        "WHEN bool_or(lower(event_type) = 'executed malware') THEN 'executed' "
        "WHEN bool_or(lower(event_type) LIKE '%fail%') THEN 'failed' "
        "WHEN bool_and(lower(event_type) = 'threat quarantined') THEN 'quarantined' ELSE 'detected' END, "
        "'{}', count(*), min(happened_at), max(happened_at) "
        "FROM occurrences WHERE computer IS NOT NULL GROUP BY alert_id, lower(computer)"
    )


def downgrade() -> None:
    for table in ("decision_links", "affected_computers", "console_polls", "alert_lookups", "findings"):
        op.drop_table(table)
    for table, columns in (
        ("instructions", ("target_sha256", "recorded_by", "contact_id")),
        ("action_attempts", ("calendar_version", "request_id", "request_sha256", "target_id")),
    ):
        for name in columns:
            op.drop_column(table, name)
    for table in ("action_targets", "alert_arrivals", "signing_keys", "dashboard_logins"):
        op.drop_table(table)
    op.drop_index("ix_actions_asked", "actions")
    for table, columns in (
        ("actions", "by_hand_by reviewed_by review by_hand_at reviewed_at returned_at reminded_at ask_until"),
        ("actions", "asked_to_id asked_by_id uncovered reason"),
        ("occurrences", "raw filled type_id error parent disposition detection_id event_id source customer_id"),
        ("alerts", "merged_into_id warned_at judged gathers_until"),
        ("console_credentials", "rate_left rate_resets_at told_failing_at allow_list_guid signing"),
        ("customers", "links_need_sign_in isolation second_eyes"),
        ("users", "may_reveal"),
    ):
        for name in columns.split():
            op.drop_column(table, name)
