"""The schema of 0.2.0, the first that was released."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB, TSVECTOR

revision = "0200"
down_revision = None
branch_labels = None
depends_on = None


def column(name: str, kind: Any, *, nullable: bool = False, **options: Any) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=nullable, **options)


def key() -> sa.Column[Any]:
    return sa.Column("id", sa.Integer(), primary_key=True)


def link(name: str, target: str, *, nullable: bool = False, **options: Any) -> sa.Column[Any]:
    """A reference to another table's number, or to a stored file's hash."""
    kind = sa.Text() if target.endswith("sha256") else sa.Integer()
    return sa.Column(name, kind, sa.ForeignKey(target), nullable=nullable, **options)


def text(name: str, **options: Any) -> sa.Column[Any]:
    return column(name, sa.Text(), **options)


def word(name: str, **options: Any) -> sa.Column[Any]:
    """One of an enumeration's values."""
    return column(name, sa.String(32), **options)


def time(name: str, **options: Any) -> sa.Column[Any]:
    return column(name, sa.DateTime(timezone=True), **options)


def day(name: str, **options: Any) -> sa.Column[Any]:
    return column(name, sa.Date(), **options)


def flag(name: str, **options: Any) -> sa.Column[Any]:
    return column(name, sa.Boolean(), **options)


def number(name: str, **options: Any) -> sa.Column[Any]:
    return column(name, sa.Integer(), **options)


def big_number(name: str, **options: Any) -> sa.Column[Any]:
    return column(name, sa.BigInteger(), **options)


def json(name: str, **options: Any) -> sa.Column[Any]:
    return column(name, JSONB(), **options)


def binary(name: str, **options: Any) -> sa.Column[Any]:
    return column(name, sa.LargeBinary(), **options)


def terms(name: str, **options: Any) -> sa.Column[Any]:
    return column(name, TSVECTOR(), **options)


def errand() -> list[sa.Column[Any]]:
    """The life of a row that is also work."""
    return [
        word("state"),
        time("due_at", nullable=True),
        number("turn"),
        number("tries"),
        time("leased_until", nullable=True),
        text("last_error", nullable=True),
        time("finished_at", nullable=True),
    ]


def upgrade() -> None:
    # files
    op.create_table("stored_files", text("sha256", primary_key=True), number("size"), time("stored_at"))
    # audit
    op.create_table(
        "audit_events",
        key(),
        time("at"),
        word("actor_kind"),
        number("actor_id", nullable=True),
        text("actor_name"),
        text("actor_address", nullable=True),
        text("act"),
        text("subject_kind"),
        number("subject_id"),
        json("details"),
    )
    op.create_index("ix_audit_events_at", "audit_events", ["at"])
    op.create_index("ix_audit_events_subject", "audit_events", ["subject_kind", "subject_id", "id"])
    # notices
    op.create_table(
        "notices",
        key(),
        text("to_address"),
        text("subject"),
        text("body"),
        text("template"),
        text("message_id", unique=True),
        text("reply_to", nullable=True),
        text("in_reply_to", nullable=True),
        word("automatic"),
        flag("confidential"),
        number("ticket_id", nullable=True),
        word("charset"),
        time("withdrawn_at", nullable=True),
        time("bounced_at", nullable=True),
        text("bounce_words", nullable=True),
        time("created_at"),
        *errand(),
    )
    op.create_index("ix_notices_bounced", "notices", ["bounced_at"], postgresql_where="bounced_at IS NOT NULL")
    op.create_index("ix_notices_domain", "notices", [sa.text("split_part(to_address, '@', 2)"), "created_at"])
    op.create_index("ix_notices_due", "notices", ["due_at"], postgresql_where="state = 'waiting'")
    op.create_index("ix_notices_lease", "notices", ["leased_until"], postgresql_where="state IN ('queued', 'running')")
    op.create_index("ix_notices_recipient", "notices", ["to_address", "created_at"])
    op.create_index("ix_notices_ticket_id", "notices", ["ticket_id"])
    # calendar
    op.create_table(
        "calendar_versions",
        key(),
        time("created_at"),
        text("created_by"),
        text("note"),
        text("zone"),
        number("opens"),
        number("closes"),
        json("closing_days"),
        json("exceptional"),
    )
    # customers
    op.create_table(
        "customers",
        key(),
        text("name", unique=True),
        word("language"),
        word("mail_charset"),
        flag("second_eyes"),
        flag("isolation"),
        flag("links_need_sign_in"),
        number("auto_answer_from", nullable=True),
        time("created_at"),
    )
    op.create_table("alert_addresses", key(), link("customer_id", "customers.id"), text("address", unique=True))
    op.create_index("ix_alert_addresses_customer_id", "alert_addresses", ["customer_id"])
    op.create_table(
        "contacts",
        key(),
        link("customer_id", "customers.id"),
        text("name"),
        text("kana"),
        text("department"),
        text("email"),
        text("phone"),
        flag("alert_contact"),
        word("language"),
        time("closed_at", nullable=True),
    )
    op.create_index("ix_contacts_customer_id", "contacts", ["customer_id"])
    op.create_index("uq_contacts_email", "contacts", [sa.text("lower(email)")], unique=True)
    # accounts
    op.create_table(
        "users",
        key(),
        text("email"),
        text("name"),
        word("role"),
        text("password_hash", nullable=True),
        word("language"),
        link("contact_id", "contacts.id", nullable=True, unique=True),
        flag("active"),
        flag("demo"),
        flag("may_reveal"),
        time("created_at"),
    )
    op.create_index("uq_users_email", "users", [sa.text("lower(email)")], unique=True)
    op.create_table(
        "one_time_links",
        key(),
        link("user_id", "users.id"),
        word("purpose"),
        text("token_hash", unique=True),
        time("expires_at"),
        time("used_at", nullable=True),
    )
    op.create_index("ix_one_time_links_user_id", "one_time_links", ["user_id"])
    op.create_table(
        "sign_ins",
        key(),
        link("user_id", "users.id"),
        text("token_hash", unique=True),
        time("at"),
        text("address", nullable=True),
        time("ended_at", nullable=True),
    )
    op.create_index("ix_sign_ins_user_id", "sign_ins", ["user_id"])
    # console
    op.create_table(
        "console_credentials",
        key(),
        link("customer_id", "customers.id", unique=True),
        word("region"),
        word("signing"),
        text("client_id"),
        binary("secret"),
        text("allow_list_guid", nullable=True),
        time("set_at"),
        time("checked_at", nullable=True),
        time("told_failing_at", nullable=True),
        number("rate_left", nullable=True),
        time("rate_resets_at", nullable=True),
        *errand(),
    )
    op.create_index(
        "ix_console_credentials_due", "console_credentials", ["due_at"], postgresql_where="state = 'waiting'"
    )
    op.create_index(
        "ix_console_credentials_lease",
        "console_credentials",
        ["leased_until"],
        postgresql_where="state IN ('queued', 'running')",
    )
    op.create_table(
        "console_lists",
        key(),
        link("customer_id", "customers.id"),
        text("guid"),
        text("name"),
        text("kind"),
        time("seen_at"),
    )
    op.create_index("ix_console_lists_customer_id", "console_lists", ["customer_id"])
    # contracts
    op.create_table(
        "contracts",
        key(),
        link("customer_id", "customers.id"),
        text("plan"),
        day("in_force_from"),
        day("in_force_until", nullable=True),
        time("created_at"),
    )
    op.create_index("ix_contracts_customer_id", "contracts", ["customer_id"])
    # tickets
    op.create_table("reference_counters", text("month", primary_key=True), number("last"))
    op.create_table(
        "drafts",
        link("user_id", "users.id", primary_key=True),
        text("place", primary_key=True),
        json("words"),
        time("saved_at"),
    )
    op.create_table(
        "tickets",
        key(),
        text("reference", unique=True),
        text("reply_token", unique=True),
        word("kind"),
        word("state"),
        word("queue"),
        link("customer_id", "customers.id", nullable=True),
        link("requester_id", "contacts.id", nullable=True),
        text("sender", nullable=True),
        text("subject"),
        text("topic"),
        text("concerns"),
        word("priority"),
        word("channel"),
        flag("verified"),
        flag("failed_check"),
        flag("covered"),
        link("assignee_id", "users.id", nullable=True),
        time("opened_at"),
        time("updated_at"),
        time("due_at", nullable=True),
        time("due_since"),
        time("first_due_at", nullable=True),
        time("first_responded_at", nullable=True),
        link("calendar_version", "calendar_versions.id"),
        time("closed_at", nullable=True),
        word("verdict", nullable=True),
        number("verdict_confidence", nullable=True),
        flag("verdict_decided"),
        word("severity", nullable=True),
        text("preview"),
        number("version"),
        text("once", nullable=True, unique=True),
    )
    op.create_index("ix_tickets_closed", "tickets", ["closed_at", "id"], postgresql_where="state = 'closed'")
    op.create_index("ix_tickets_customer", "tickets", ["customer_id", "updated_at", "id"])
    op.create_index("ix_tickets_inquiries", "tickets", ["id"], postgresql_where="kind = 'inquiry'")
    op.create_index(
        "ix_tickets_open_assignee",
        "tickets",
        ["assignee_id", sa.text("due_at ASC NULLS LAST"), "id"],
        postgresql_where="state <> 'closed'",
    )
    op.create_index(
        "ix_tickets_open_due",
        "tickets",
        [sa.text("due_at ASC NULLS LAST"), "id"],
        postgresql_include=["queue", "assignee_id", "state"],
        postgresql_where="state <> 'closed'",
    )
    op.create_index(
        "ix_tickets_open_queue",
        "tickets",
        ["queue", sa.text("due_at ASC NULLS LAST"), "id"],
        postgresql_where="state <> 'closed'",
    )
    op.create_index("ix_tickets_open_updated", "tickets", ["updated_at", "id"], postgresql_where="state <> 'closed'")
    op.create_index("ix_tickets_requester", "tickets", ["requester_id", "updated_at", "id"])
    op.create_index("ix_tickets_updated", "tickets", ["updated_at"])
    op.create_table("closures", key(), link("ticket_id", "tickets.id"), time("at"), text("by"), text("reason"))
    op.create_index("ix_closures_ticket_id", "closures", ["ticket_id"])
    op.create_table(
        "messages",
        key(),
        link("ticket_id", "tickets.id"),
        word("kind"),
        text("author_name"),
        word("author_kind"),
        number("author_id", nullable=True),
        word("channel"),
        time("at"),
        text("body"),
        text("mail_message_id", nullable=True),
        link("raw_sha256", "stored_files.sha256", nullable=True),
        flag("verified", nullable=True),
        json("folds"),
        flag("has_html"),
        json("marks"),
        link("notice_id", "notices.id", nullable=True),
        terms("terms", nullable=True),
    )
    op.create_index(
        "ix_messages_terms", "messages", ["terms"], postgresql_using="gin", postgresql_where="terms IS NOT NULL"
    )
    op.create_index("ix_messages_ticket", "messages", ["ticket_id", "id"])
    op.create_index("ix_messages_unindexed", "messages", ["id"], postgresql_where="terms IS NULL")
    op.create_table(
        "ticket_links",
        key(),
        link("ticket_id", "tickets.id"),
        link("other_id", "tickets.id"),
        word("kind"),
        time("at"),
        sa.UniqueConstraint("ticket_id", "other_id"),
    )
    op.create_index("ix_ticket_links_other_id", "ticket_links", ["other_id"])
    op.create_table(
        "attachments",
        key(),
        text("key", unique=True),
        link("message_id", "messages.id"),
        link("sha256", "stored_files.sha256"),
        text("name"),
        text("content_type"),
        number("size"),
        flag("inline"),
    )
    op.create_index("ix_attachments_message_id", "attachments", ["message_id"])
    # manuals
    op.create_table(
        "manuals",
        key(),
        text("series"),
        text("title_ja"),
        text("title_en"),
        text("edition"),
        day("valid_from"),
        day("valid_until", nullable=True),
        time("published_at", nullable=True),
        text("published_by", nullable=True),
        link("sha256", "stored_files.sha256", nullable=True),
        text("file_name", nullable=True),
        number("version"),
    )
    op.create_table(
        "manual_imports",
        key(),
        time("asked_at"),
        text("asked_by"),
        link("sha256", "stored_files.sha256"),
        text("file_name"),
        text("series"),
        text("title"),
        text("edition"),
        word("language"),
        day("valid_from"),
        day("valid_until", nullable=True),
        number("pages"),
        number("pages_read"),
        json("troubles"),
        link("manual_id", "manuals.id", nullable=True),
        *errand(),
    )
    op.create_index("ix_manual_imports_due", "manual_imports", ["due_at"], postgresql_where="state = 'waiting'")
    op.create_index(
        "ix_manual_imports_lease", "manual_imports", ["leased_until"], postgresql_where="state IN ('queued', 'running')"
    )
    op.create_table(
        "manual_sections",
        key(),
        link("manual_id", "manuals.id"),
        text("key"),
        number("position"),
        number("level"),
        number("page", nullable=True),
        text("label", nullable=True),
        text("title_ja"),
        text("title_en"),
        text("text_ja"),
        text("text_en"),
        json("asked"),
    )
    op.create_index("uq_manual_sections_key", "manual_sections", ["manual_id", "key"], unique=True)
    # triage
    op.create_table(
        "answer_templates",
        key(),
        word("verdict"),
        word("language"),
        text("body"),
        time("changed_at"),
        text("changed_by"),
        sa.UniqueConstraint("verdict", "language"),
    )
    op.create_table(
        "scope_rules",
        key(),
        text("key", unique=True),
        word("verdict"),
        json("words"),
        text("reason_ja"),
        text("reason_en"),
        text("clause"),
        flag("active"),
    )
    op.create_table(
        "triage_models",
        key(),
        time("made_at"),
        text("made_by"),
        number("last_decision_id"),
        number("examples"),
        number("decisions"),
        text("digest"),
        text("shipped_digest"),
        flag("active"),
        binary("learned"),
    )
    op.create_table(
        "auto_answers", key(), link("ticket_id", "tickets.id", unique=True), number("ticket_version"), *errand()
    )
    op.create_index("ix_auto_answers_due", "auto_answers", ["due_at"], postgresql_where="state = 'waiting'")
    op.create_index(
        "ix_auto_answers_lease", "auto_answers", ["leased_until"], postgresql_where="state IN ('queued', 'running')"
    )
    op.create_table(
        "shown_places",
        key(),
        text("form", unique=True),
        link("user_id", "users.id"),
        time("at"),
        json("shown"),
        json("opened"),
        link("ticket_id", "tickets.id", nullable=True),
    )
    op.create_index("ix_shown_places_at", "shown_places", ["at"])
    op.create_table(
        "ticket_assessments",
        key(),
        link("ticket_id", "tickets.id"),
        time("at"),
        word("verdict"),
        number("confidence"),
        text("rule_key", nullable=True),
        json("reasons"),
        json("places"),
        json("questions"),
        number("model_id", nullable=True),
    )
    op.create_index("ix_ticket_assessments_ticket_id", "ticket_assessments", ["ticket_id"])
    op.create_table(
        "decisions",
        key(),
        link("ticket_id", "tickets.id"),
        time("at"),
        link("by_id", "users.id", nullable=True),
        text("by_name"),
        word("verdict"),
        text("why"),
        text("rule_key", nullable=True),
        json("section_keys"),
        json("manual_ids"),
        flag("automatic"),
        link("message_id", "messages.id", nullable=True),
        time("contested_at", nullable=True),
        time("accepted_at", nullable=True),
    )
    op.create_index("ix_decisions_at", "decisions", ["at"])
    op.create_index("ix_decisions_ticket_id", "decisions", ["ticket_id"])
    # alerts
    op.create_table(
        "console_polls",
        key(),
        link("customer_id", "customers.id", unique=True),
        time("since"),
        time("polled_at", nullable=True),
        number("events"),
        *errand(),
    )
    op.create_index("ix_console_polls_due", "console_polls", ["due_at"], postgresql_where="state = 'waiting'")
    op.create_index(
        "ix_console_polls_lease", "console_polls", ["leased_until"], postgresql_where="state IN ('queued', 'running')"
    )
    op.create_table(
        "alerts",
        key(),
        link("ticket_id", "tickets.id", unique=True),
        link("customer_id", "customers.id", nullable=True),
        text("key", nullable=True),
        text("sha256", nullable=True),
        flag("recognised"),
        number("mails"),
        time("gathers_until", nullable=True),
        word("judged", nullable=True),
        time("warned_at", nullable=True),
        link("merged_into_id", "alerts.id", nullable=True),
        time("vouched_at", nullable=True),
        text("vouched_by", nullable=True),
        time("reported_at", nullable=True),
        text("reported_by", nullable=True),
        text("reported_to", nullable=True),
        word("report_channel", nullable=True),
    )
    op.create_index("ix_alerts_key", "alerts", ["customer_id", "key", "id"])
    op.create_index("ix_alerts_unreported", "alerts", ["customer_id", "sha256"], postgresql_where="reported_at IS NULL")
    op.create_table(
        "affected_computers",
        key(),
        link("alert_id", "alerts.id"),
        text("name"),
        text("guid", nullable=True),
        text("user_name", nullable=True),
        word("outcome"),
        json("items"),
        number("events"),
        time("first_at", nullable=True),
        time("last_at", nullable=True),
        text("system", nullable=True),
        text("policy", nullable=True),
        json("lists", nullable=True),
        text("doubt", nullable=True),
        time("looked_up_at", nullable=True),
    )
    op.create_index(
        "uq_affected_computers_name", "affected_computers", ["alert_id", sa.text("lower(name)")], unique=True
    )
    op.create_table(
        "alert_arrivals",
        key(),
        link("alert_id", "alerts.id"),
        link("customer_id", "customers.id", nullable=True),
        time("at"),
        word("source"),
        link("mail", "stored_files.sha256", nullable=True),
        number("events"),
    )
    op.create_index("ix_alert_arrivals_alert_id", "alert_arrivals", ["alert_id"])
    op.create_index("ix_alert_arrivals_heard", "alert_arrivals", ["customer_id", "at"])
    op.create_index("ix_alert_arrivals_mail", "alert_arrivals", ["mail"])
    op.create_table(
        "alert_events",
        key(),
        link("alert_id", "alerts.id"),
        link("customer_id", "customers.id", nullable=True),
        time("told_at"),
        word("source"),
        text("computer", nullable=True),
        text("user_name", nullable=True),
        text("file_name", nullable=True),
        text("file_path", nullable=True),
        text("sha256", nullable=True),
        text("event_type", nullable=True),
        text("detection", nullable=True),
        word("severity", nullable=True),
        text("connector_guid", nullable=True),
        time("at", nullable=True),
        text("event_id", nullable=True),
        text("detection_id", nullable=True),
        big_number("type_id", nullable=True),
        text("disposition", nullable=True),
        text("parent", nullable=True),
        text("parent_sha256", nullable=True),
        text("error", nullable=True),
        word("trust"),
        json("filled"),
        json("raw", nullable=True),
    )
    op.create_index("ix_alert_events_alert_id", "alert_events", ["alert_id"])
    op.create_index("ix_alert_events_api", "alert_events", ["alert_id"], postgresql_where="source = 'api'")
    op.create_index("ix_alert_events_event", "alert_events", ["customer_id", "event_id"])
    op.create_index("ix_alert_events_match", "alert_events", ["customer_id", "sha256", "computer"])
    op.create_table("completions", key(), link("alert_id", "alerts.id", unique=True), *errand())
    op.create_index("ix_completions_due", "completions", ["due_at"], postgresql_where="state = 'waiting'")
    op.create_index(
        "ix_completions_lease", "completions", ["leased_until"], postgresql_where="state IN ('queued', 'running')"
    )
    op.create_table(
        "findings",
        key(),
        link("alert_id", "alerts.id"),
        word("kind"),
        word("source"),
        text("words"),
        time("at"),
        text("by"),
    )
    op.create_index("uq_findings_kind", "findings", ["alert_id", "kind", "source"], unique=True)
    # actions
    op.create_table("signing_keys", key(), text("public", unique=True), binary("secret"), time("made_at"))
    op.create_table(
        "dashboard_logins", key(), link("customer_id", "customers.id", unique=True), binary("secret"), time("set_at")
    )
    op.create_table(
        "actions",
        key(),
        text("reference", unique=True),
        link("ticket_id", "tickets.id"),
        link("customer_id", "customers.id"),
        word("kind"),
        link("undoes_id", "actions.id", nullable=True),
        text("sha256", nullable=True),
        text("file_name", nullable=True),
        text("reason"),
        json("uncovered"),
        time("asked_at"),
        text("asked_by"),
        link("asked_by_id", "users.id", nullable=True),
        link("asked_to_id", "contacts.id", nullable=True),
        time("ask_until", nullable=True),
        time("reminded_at", nullable=True),
        time("returned_at", nullable=True),
        word("review", nullable=True),
        time("reviewed_at", nullable=True),
        text("reviewed_by", nullable=True),
        time("instructed_at", nullable=True),
        time("declined_at", nullable=True),
        time("withdrawn_at", nullable=True),
        time("stopped_at", nullable=True),
        text("stopped_by", nullable=True),
        time("by_hand_at", nullable=True),
        text("by_hand_by", nullable=True),
        time("verified_at", nullable=True),
        time("reported_at", nullable=True),
        flag("already_there"),
        *errand(),
    )
    op.create_index(
        "ix_actions_asked",
        "actions",
        ["ask_until"],
        postgresql_where="state = 'waiting' AND instructed_at IS NULL AND declined_at IS NULL AND withdrawn_at IS NULL",
    )
    op.create_index("ix_actions_due", "actions", ["due_at"], postgresql_where="state = 'waiting'")
    op.create_index("ix_actions_lease", "actions", ["leased_until"], postgresql_where="state IN ('queued', 'running')")
    op.create_index("ix_actions_ticket_id", "actions", ["ticket_id"])
    op.create_table(
        "action_targets",
        key(),
        link("action_id", "actions.id"),
        text("guid"),
        text("name"),
        json("computers"),
        json("before", nullable=True),
        flag("already_there"),
        time("verified_at", nullable=True),
    )
    op.create_index("ix_action_targets_action_id", "action_targets", ["action_id"])
    op.create_table(
        "decision_links",
        key(),
        link("action_id", "actions.id"),
        link("contact_id", "contacts.id"),
        text("token_hash", unique=True),
        text("target_sha256"),
        time("made_at"),
        time("expires_at"),
        time("used_at", nullable=True),
    )
    op.create_index("ix_decision_links_action_id", "decision_links", ["action_id"])
    op.create_table(
        "instructions",
        key(),
        link("action_id", "actions.id"),
        word("choice"),
        link("user_id", "users.id", nullable=True),
        link("contact_id", "contacts.id", nullable=True),
        text("name"),
        word("channel"),
        text("address", nullable=True),
        text("recorded_by", nullable=True),
        time("at"),
        text("text"),
        text("text_sha256"),
        text("target_sha256"),
    )
    op.create_index("ix_instructions_action_id", "instructions", ["action_id"])
    op.create_table(
        "action_attempts",
        key(),
        link("action_id", "actions.id"),
        link("target_id", "action_targets.id", nullable=True),
        number("turn"),
        text("call"),
        time("at"),
        number("status", nullable=True),
        text("request_sha256", nullable=True),
        text("answer_sha256", nullable=True),
        text("request_id", nullable=True),
        link("calendar_version", "calendar_versions.id", nullable=True),
        text("error", nullable=True),
    )
    op.create_index("ix_action_attempts_action_id", "action_attempts", ["action_id"])
    # mailgate
    op.create_table(
        "mailboxes",
        key(),
        text("name", unique=True),
        big_number("uid_validity", nullable=True),
        big_number("last_uid"),
        time("seen_at", nullable=True),
        text("last_error", nullable=True),
    )
    op.create_table(
        "incoming_mails",
        key(),
        time("received_at"),
        word("source"),
        text("origin", nullable=True),
        text("envelope_from"),
        json("envelope_to"),
        link("raw_sha256", "stored_files.sha256", nullable=True),
        number("size"),
        text("fingerprint"),
        number("tries"),
        word("disposition", nullable=True),
        link("ticket_id", "tickets.id", nullable=True),
        link("thread_id", "tickets.id", nullable=True),
        text("message_id", nullable=True),
        text("sender", nullable=True),
        text("sender_domain", nullable=True),
        text("subject", nullable=True),
        word("kind", nullable=True),
        text("reason", nullable=True),
        text("digest", nullable=True),
        flag("believed"),
        flag("verified"),
        flag("failed_check"),
        text("error", nullable=True),
    )
    op.create_index("ix_incoming_mails_disposition", "incoming_mails", ["disposition", "id"])
    op.create_index("ix_incoming_mails_domain", "incoming_mails", ["sender_domain", "received_at"])
    op.create_index(
        "ix_incoming_mails_failed",
        "incoming_mails",
        ["received_at"],
        postgresql_where="failed_check AND disposition = 'alert'",
    )
    op.create_index("ix_incoming_mails_same", "incoming_mails", ["fingerprint"])
    op.create_index("ix_incoming_mails_sender", "incoming_mails", ["sender", "received_at"])
    op.create_index("ix_incoming_mails_thread", "incoming_mails", ["thread_id", "received_at"])
    op.create_index("ix_incoming_mails_waiting", "incoming_mails", ["id"], postgresql_where="disposition IS NULL")
    # a ticket has notices, and a notice may have a ticket
    op.create_foreign_key(None, "notices", "tickets", ["ticket_id"], ["id"])
    op.execute(
        """
        CREATE FUNCTION audit_events_are_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION 'audit events are never changed or deleted';
        END $$
        """
    )
    op.execute(
        "CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_events "
        "FOR EACH STATEMENT EXECUTE FUNCTION audit_events_are_append_only()"
    )


def downgrade() -> None:
    raise RuntimeError("The first schema is not taken back; restore a backup instead.")
