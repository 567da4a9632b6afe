"""The rows of the pages of contracts, and the objects that they are tried with."""

from datetime import timedelta

from helpdesk.audit.models import SYSTEM
from helpdesk.contracts.applications import ApplicationWords, apply
from helpdesk.contracts.audits import record_audit
from helpdesk.contracts.changes import ask_for_change
from helpdesk.contracts.contract_notices import ContractNoticeKind, NoticeWords
from helpdesk.contracts.counts import count_licences
from helpdesk.contracts.filing import file_notice
from helpdesk.contracts.life import contract_now, today
from helpdesk.contracts.payments import record_payment
from helpdesk.customers.documents import add_document
from helpdesk.customers.models import Customer
from helpdesk.extensions import db
from helpdesk.files.models import store
from helpdesk.terms.models import TermsKind
from helpdesk.terms.publishing import TermsWords, publish, save_draft

KEEPERS = {"erin", "root"}
ACTS = (
    "overview",
    "customer_page",
    "apply_for",
    "start",
    "refuse",
    "put_off",
    "enter",
    "suspend",
    "resume",
    "end",
    "go_on",
    "archive",
    "call_off",
    "end_part",
)
NOTICES = (
    "record_notice",
    "confirm",
    "take_back",
    "correct_arrival",
    "form_change",
    "refuse_change",
    "count",
    "tell_count",
)
MONEY = ("pay", "remove_payment", "audit", "audit_findings", "billing", "billing_file", "announce")
PORTAL = (
    *("page", "count", "leave_form", "leave", "change_form", "change"),
    *("notice_form", "notice", "contacts", "accept_terms"),
)
TERMS = ("overview", "new_form", "create", "draft_form", "change", "publish_it", "throw_away", "accepted")
CONTRACT_ROWS: dict[str, set[str] | str] = {
    **{f"desk.contracts.{name}": KEEPERS for name in ACTS},
    **{f"desk.contract_notices.{name}": KEEPERS for name in NOTICES},
    **{f"desk.contract_money.{name}": KEEPERS for name in MONEY},
    **{f"desk.obligations.{name}": KEEPERS for name in ("page", "ical", "sheet")},
    **{f"desk.terms.{name}": KEEPERS for name in TERMS},
    **{f"public.terms.{name}": "public" for name in ("terms", "terms_version", "menu", "menu_version")},
    **{f"public.terms.{name}": "public" for name in ("terms_document", "menu_document")},
    "portal.terms.ask": {"alice", "bob", "carol", "charlie"},
    "portal.terms.accept_it": {"bob"},
    **{f"portal.contract.{name}": {"bob"} for name in PORTAL},
    "desk.contract_notices.from_ticket": {"dana", "erin"},
}


def contract_urls(customer: Customer) -> dict[str, str]:
    """Values for the arguments of these pages, of objects of this customer."""
    contract = contract_now(customer.id)
    assert contract is not None
    application = apply(SYSTEM, customer, ApplicationWords("プラン 50", "a@acme.example", 50, today()))
    asked = ask_for_change(SYSTEM, contract, plan="プラン 200", clients=200, requested_on=today())
    given = file_notice(SYSTEM, customer, NoticeWords(ContractNoticeKind.other, "そのほか"))
    counted = count_licences(SYSTEM, contract, 120, today())
    paid = record_payment(SYSTEM, customer, today(), 100)
    words = TermsWords("規約", "本文", "", "", today())
    version = save_draft(SYSTEM, TermsKind.terms, words)
    version.pdf_sha256 = store(b"%PDF-1.7")
    publish(SYSTEM, version)
    draft = save_draft(SYSTEM, TermsKind.terms, words)
    menu = save_draft(SYSTEM, TermsKind.menu, words)
    menu.pdf_sha256 = version.pdf_sha256
    publish(SYSTEM, menu)
    days = {"told_on": today() - timedelta(days=9), "held_on": today() - timedelta(days=1)}
    audit = record_audit(SYSTEM, customer, **days, scope="x")
    document = add_document(SYSTEM, customer, "a.txt", b"a")
    db.session.flush()
    return {
        "application_id": str(application.id),
        "asked_id": str(asked.id),
        "given_id": str(given.id),
        "count_id": str(counted.id),
        "payment_id": str(paid.id),
        "audit_id": str(audit.id),
        "kind": "other",
        "contract_id": str(contract.id),
        "document_id": str(document.id),
        "number": str(version.number),
        "version_id": str(draft.id),
    }
