"""The rows of the pages of personal data, and the objects that they are tried with."""

from helpdesk import clock
from helpdesk.customers.models import Contact
from helpdesk.extensions import db
from helpdesk.files.models import store
from helpdesk.privacy.kinds import RequestKind
from helpdesk.privacy.models import Amendment, Disclosure, Erasure
from helpdesk.privacy.requests import ask_for
from helpdesk.tickets.kinds import Channel

KEEPERS = {"erin", "root"}
DESK = ("overview", "sheet", "page", "check_person", "grant_it", "refuse_it", "carry_it_out", "withdraw")
WORDS = ("look_for_words", "ready", "replace_words")
PRIVACY_ROWS: dict[str, set[str] | str] = {
    **{f"desk.personal.{name}": KEEPERS for name in (*DESK, *WORDS)},
    **{f"desk.personal.{name}": {"dana", "erin", "nao", "root"} for name in ("new_form", "create")},
    "desk.personal.fetch": {"erin"},
    **{f"desk.erasings.{name}": KEEPERS for name in ("outsider_form", "erase_outsider", "again")},
    **{f"desk.provisions.{name}": KEEPERS for name in ("page", "add", "sheet")},
    **{f"admin.retention.{name}": {"root"} for name in ("page", "change", "run")},
    **{f"portal.personal.{name}": {"alice", "bob", "carol", "charlie"} for name in ("page", "ask")},
    "portal.personal.withdraw": {"alice"},
    "portal.personal.fetch": {"alice"},
}


def privacy_urls(contact: Contact) -> dict[str, str]:
    """A request of this person's, with the files of a disclosure."""
    asked = ask_for(contact.as_actor(), contact, RequestKind.stop_use, "", channel=Channel.portal, checked="x")
    made = Disclosure(request_id=asked.id, made_at=clock.now(), entries=1)
    made.json_sha256, made.pdf_sha256, made.zip_sha256 = store(b"{}"), store(b"%PDF"), store(b"PK")
    db.session.add(made)
    db.session.flush()
    looked = Amendment(request_id=asked.id, asked_at=clock.now(), by_name="erin", wrong="wrong", dry=True)
    db.session.add(looked)
    failed = Erasure(asked_at=clock.now(), by_name="erin", state="failed", also=["x@nowhere.example"], went={})
    db.session.add(failed)
    db.session.flush()
    return {"request_id": str(asked.id), "amendment_id": str(looked.id), "erasure_id": str(failed.id)}
