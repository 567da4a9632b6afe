"""Where personal data live: every table and every column of text, in one list (R61).

Disclosure, erasing and `docs/privacy.md` go by it, and a test compares it with the models: a column that is added and
not named here fails the suite.
"""

from dataclasses import dataclass

from helpdesk.privacy.kinds import DataClass, Fate, PrivacyGround

IDENTITY, DEVICE, CONTRACT = DataClass.identity, DataClass.device, DataClass.contract
INQUIRY, RECORD, DESK, NONE = DataClass.inquiry, DataClass.record, DataClass.desk, DataClass.none
JUDGED, INTERNAL, SECRET = PrivacyGround.judgement, PrivacyGround.operation, PrivacyGround.secret


@dataclass(frozen=True)
class DataPlace:
    """One table. `personal` are columns that may tell of a person, `codes` those that cannot.

    `rows` says how a person's rows are found: pairs of a column and what it is compared with (people.py). `fate` is
    theirs on erasing; `withheld` is why they are not disclosed.
    """

    table: str
    kind: DataClass
    personal: str = ""
    codes: str = ""
    rows: str = ""
    fate: Fate = Fate.mention
    withheld: PrivacyGround | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(self.personal.split())

    @property
    def finders(self) -> tuple[tuple[str, str], ...]:
        """Pairs of a column and the name of what its values are among."""
        return tuple((column, what) for column, _equals, what in (pair.partition("=") for pair in self.rows.split()))


ERRAND = "last_error"
PLACES: tuple[DataPlace, ...] = (
    # who people are, and how they sign in
    DataPlace("contacts", IDENTITY, "name kana department email phone found_by", "", "id=contacts", Fate.own),
    DataPlace("users", IDENTITY, "email name tickets_reason preferences", "password_hash", "id=users", Fate.own),
    DataPlace(
        "contact_changes", IDENTITY, "by_name before after evidence_words evidence_by", "", "contact_id=contacts"
    ),
    DataPlace("sign_ins", IDENTITY, "address", "token_hash", "user_id=users", Fate.delete),
    DataPlace("one_time_links", IDENTITY, "", "token_hash", "user_id=users", Fate.delete, SECRET),
    DataPlace("drafts", INQUIRY, "words", "place", "user_id=users", Fate.delete),
    DataPlace("kept_files", INQUIRY, "name", "form place content_type", "user_id=users", Fate.own),
    DataPlace("uploads_of_day", DESK, "", "", "user_id=users", Fate.delete),
    DataPlace("saved_views", DESK, "name words", "view", "user_id=users", Fate.delete),
    DataPlace("customer_imports", IDENTITY, f"file_name {ERRAND}", "", "asked_by_id=users"),
    # the customer and its contracts
    DataPlace("customers", CONTRACT, "former_names notes", "name kana inquiry_queue alert_queue found_by"),
    DataPlace("customer_files", CONTRACT, "name added_by"),
    DataPlace("alert_addresses", DEVICE, "", "address"),
    DataPlace(
        "contract_applications",
        CONTRACT,
        "put_off_words recorded_by decided_by ground_words address",
        "plan terms_version menu_version",
        "address=addresses",
    ),
    DataPlace("contracts", CONTRACT, "ending_words ending_words_en", "number plan"),
    DataPlace("contract_changes", CONTRACT, "by_name decided_by ground_words ja en", "plan"),
    DataPlace("contract_suspensions", CONTRACT, "words by_name"),
    DataPlace("contract_payments", CONTRACT, "words recorded_by"),
    DataPlace(
        "contract_notices",
        CONTRACT,
        "from_name words wanted arrival_reason arrival_by ja en confirmed_by closing_words",
        "",
        "contact_id=contacts",
    ),
    DataPlace("licence_counts", CONTRACT, "by_name"),
    DataPlace("price_notices", CONTRACT, "address words by_name"),
    DataPlace("customer_audits", CONTRACT, "scope findings by_name", "", "", Fate.mention, INTERNAL),
    DataPlace(
        "announcements", NONE, f"title_ja title_en body_ja body_en written_by withdrawn_words {ERRAND}", "targets"
    ),
    DataPlace("announcement_mails", CONTRACT, "", "", "contact_id=contacts"),
    DataPlace("terms_acceptances", CONTRACT, "name", "", "contact_id=contacts"),
    DataPlace("resellers", CONTRACT, "", "name"),
    DataPlace("subcontractors", CONTRACT, "", "name"),
    DataPlace("given_customers", CONTRACT),
    DataPlace(
        "monthly_reports",
        CONTRACT,
        f"contents changed comment advice written_by held_by held_why approved_by sent_to {ERRAND}",
        "contents_digest",
    ),
    DataPlace("report_readings", CONTRACT, "", "", "user_id=users", Fate.delete),
    # what they wrote, and what was written to them
    DataPlace(
        "tickets",
        INQUIRY,
        "sender caller subject title topic concerns preview tags",
        "reference reply_token queue once",
        "requester_id=contacts",
        Fate.own,
    ),
    DataPlace("messages", INQUIRY, "author_name body folds marks mail_message_id", "", "id=messages", Fate.own),
    DataPlace("attachments", INQUIRY, "name", "key content_type", "message_id=messages", Fate.delete),
    DataPlace(
        "incoming_mails",
        INQUIRY,
        "origin envelope_from envelope_to sender subject reason error message_id",
        "fingerprint sender_domain digest",
        "sender=addresses ticket_id=tickets",
        Fate.own,
    ),
    DataPlace(
        "notices",
        INQUIRY,
        f"to_address subject body reply_to files also_to cc refused bounce_words in_reply_to {ERRAND}",
        "template message_id",
        "to_address=addresses ticket_id=tickets",
        Fate.blank,
    ),
    DataPlace(
        "sendings", INQUIRY, f"body files to cc macros decision {ERRAND}", "", "ticket_id=tickets", Fate.blank, INTERNAL
    ),
    DataPlace("joinings", INQUIRY, "before", "messages", "ticket_id=tickets", Fate.mention, INTERNAL),
    DataPlace("closures", INQUIRY, "by reason", "", "ticket_id=tickets", Fate.blank),
    DataPlace("checklist_items", INQUIRY, "words done_by", "", "ticket_id=tickets", Fate.delete, INTERNAL),
    DataPlace(
        "ticket_assessments", INQUIRY, "reasons questions", "rule_key places", "ticket_id=tickets", Fate.blank, JUDGED
    ),
    DataPlace(
        "decisions", INQUIRY, "by_name why", "rule_key section_keys manual_ids", "ticket_id=tickets", Fate.blank, JUDGED
    ),
    DataPlace("shown_places", INQUIRY, "", "form shown opened", "user_id=users ticket_id=tickets", Fate.delete),
    DataPlace("reopen_links", INQUIRY, "name", "token_hash", "contact_id=contacts", Fate.delete, SECRET),
    DataPlace("answer_links", INQUIRY, "name", "token_hash", "contact_id=contacts", Fate.delete, SECRET),
    DataPlace("decision_links", INQUIRY, "", "token_hash target_sha256", "contact_id=contacts", Fate.delete, SECRET),
    DataPlace("bulk_changes", DESK, f"value {ERRAND}", "seen_from", "user_id=users"),
    DataPlace("bulk_items", DESK, "why before", "", "ticket_id=tickets", Fate.mention, INTERNAL),
    DataPlace("agent_news", DESK, "by", "", "user_id=users", Fate.delete, INTERNAL),
    DataPlace("ticket_followers", DESK, "", "", "user_id=users", Fate.delete, INTERNAL),
    DataPlace("ticket_links", DESK),
    DataPlace("waits", DESK, "", "", "ticket_id=tickets"),
    DataPlace("auto_answers", DESK, ERRAND, "", "ticket_id=tickets", Fate.mention, INTERNAL),
    # alerts, what was found, and what was done on instruction
    DataPlace(
        "alerts",
        DEVICE,
        "false_positive_by false_positive_why vouched_by reported_by reported_to",
        "key sha256 on_lists",
    ),
    DataPlace("alert_arrivals", DEVICE),
    DataPlace(
        "alert_events",
        DEVICE,
        "computer user_name file_name file_path parent error filled raw",
        "sha256 event_type detection connector_guid event_id detection_id disposition parent_sha256",
    ),
    DataPlace("affected_computers", DEVICE, "name user_name items lists doubt", "guid system policy"),
    DataPlace("alert_reports", DEVICE, "by to_name number answered", "", "contact_id=contacts", Fate.blank),
    DataPlace("findings", DEVICE, "words by"),
    DataPlace("completions", DEVICE, ERRAND),
    DataPlace(
        "actions",
        DEVICE,
        f"file_name reason asked_by reviewed_by stopped_by by_hand_by {ERRAND}",
        "reference sha256 uncovered unknown conflicts",
        "asked_to_id=contacts",
    ),
    DataPlace("action_targets", DEVICE, "computers", "guid name before"),
    DataPlace("action_attempts", DEVICE, "error", "call request_sha256 answer_sha256 request_id"),
    DataPlace(
        "instructions",
        DEVICE,
        "name address recorded_by text",
        "text_sha256 target_sha256",
        "contact_id=contacts",
        Fate.own,
    ),
    DataPlace("console_credentials", DEVICE, ERRAND, "client_id allow_list_guid", "", Fate.mention, SECRET),
    DataPlace("console_lists", DEVICE, "", "guid name kind"),
    DataPlace("console_month_ends", DEVICE, f"facts {ERRAND}"),
    DataPlace("console_polls", DEVICE, ERRAND),
    DataPlace("dashboard_logins", DEVICE, "", "", "", Fate.mention, SECRET),
    # who did what
    DataPlace("audit_events", RECORD, "", "actor_name actor_address act subject_kind details", "", Fate.own),
    DataPlace("audit_values", RECORD, "value", "field salt erased_for", "event_id=events", Fate.own),
    DataPlace("audit_seals", RECORD, "", "digest"),
    # requests about personal data themselves
    DataPlace(
        "personal_requests",
        IDENTITY,
        "wanted checked_how checked_by decided_by words",
        "",
        "contact_id=contacts",
        Fate.own,
    ),
    DataPlace("disclosures", IDENTITY, ERRAND, "", "request_id=requests", Fate.own),
    DataPlace("erasures", RECORD, f"by_name also {ERRAND}", "went address_digest listed also_kept"),
    DataPlace("amendments", RECORD, f"by_name wrong right {ERRAND}", "went found_on"),
    DataPlace("provisions", RECORD, "receiver what words by_name", "", "contact_id=contacts"),
    DataPlace("retention_runs", RECORD, f"by_name {ERRAND}", "went settings"),
    # what tells of nobody outside the desk
    DataPlace("answer_templates", NONE, "changed_by body"),
    DataPlace("calendar_versions", NONE, "created_by note", "zone closing_days exceptional"),
    DataPlace("checklist_templates", NONE, "name lines", "queue"),
    DataPlace("day_figures", NONE, "", "key figures"),
    DataPlace("macros", NONE, "body body_en name name_en", "key folder queue tag used_in"),
    DataPlace("mailboxes", NONE, ERRAND, "name"),
    DataPlace("manual_imports", NONE, f"asked_by {ERRAND}", "file_name series title edition troubles"),
    DataPlace("manual_sections", NONE, "", "key label anchor title_ja title_en text_ja text_en asked"),
    DataPlace("manuals", NONE, "published_by", "series title_ja title_en edition file_name"),
    DataPlace("reference_counters", NONE, "", "month"),
    DataPlace("report_layouts", NONE, "by", "accent greeting_ja greeting_en closing_ja closing_en hidden"),
    DataPlace("scope_rules", NONE, "", "key words reason_ja reason_en clause"),
    DataPlace("settings_versions", NONE, "by values changed"),
    DataPlace("setup_links", NONE, "", "token_hash"),
    DataPlace("signing_keys", NONE, "", "public"),
    DataPlace("dropped_files", NONE, "", "sha256"),
    DataPlace("stored_files", NONE, "", "sha256"),
    DataPlace("team_members", NONE),
    DataPlace("teams", NONE, "name"),
    DataPlace("terms_versions", NONE, "drafted_by published_by", "title body supplement changed"),
    DataPlace("ticket_queues", NONE, "signature", "code name name_en"),
    DataPlace("triage_models", NONE, "made_by", "digest shipped_digest", "", Fate.own),
    DataPlace("waiting_rules", NONE, "", "queue"),
)
