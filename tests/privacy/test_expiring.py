"""What has outlived its period goes, class by class; a dry run only counts (R61)."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from helpdesk import clock
from helpdesk.accounts.models import SignIn
from helpdesk.audit.models import SYSTEM
from helpdesk.audit.sealing import check_record, seal_record
from helpdesk.contracts.models import Contract
from helpdesk.errors import Refusal
from helpdesk.extensions import db
from helpdesk.files.models import path_of
from helpdesk.mailgate.ledger import IncomingMail
from helpdesk.masking import ERASED
from helpdesk.notices.models import Notice
from helpdesk.privacy.expiring import ask_for_nightly_run, count_expired
from helpdesk.privacy.jobs import erase_person, expire
from helpdesk.privacy.models import Erasure, RetentionRun
from helpdesk.settings.changing import change_settings
from helpdesk.tickets.messages import Attachment, Message, Upload
from helpdesk.tickets.models import Ticket
from tests.conftest import Cast, Command
from tests.mailgate.test_ledger import newest, write
from tests.making import an_inquiry

LATER = "2027-06-01T02:30:00+09:00"


def ran() -> RetentionRun:
    for run_id, turn in RetentionRun.queue_due():
        expire(run_id, turn)
    db.session.expire_all()
    return db.session.scalars(select(RetentionRun).order_by(RetentionRun.id.desc())).first()  # type: ignore[return-value]


def old_ticket(cast: Cast) -> Ticket:
    files = [Upload("a.txt", b"expires with its ticket", "text/plain")]
    ticket = an_inquiry(cast.contact("alice"), "古い件", "古い本文", files=files)
    ticket.close(cast.user("dana").actor())
    db.session.commit()
    return ticket


def test_closed_inquiries_lose_their_words_and_files(cast: Cast, at: Callable[[str], object]) -> None:
    ticket = old_ticket(cast)
    other = an_inquiry(cast.contact("alice"), "開いている件", "開いた本文")
    sha256 = db.session.scalars(select(Attachment.sha256)).one()
    change_settings(SYSTEM, {"keep_inquiries_days": 100})
    at(LATER)
    assert count_expired() == {"keep_inquiries_days": 1, "keep_disclosures_days": 0}
    assert ask_for_nightly_run() is not None
    db.session.commit()
    run = ran()
    assert run.went["keep_inquiries_days"] == 1
    assert not path_of(sha256).exists()
    assert db.session.scalar(select(func.count()).select_from(Attachment)) == 0
    assert (ticket.subject, other.subject) == (ERASED, "開いている件")
    bodies = set(db.session.scalars(select(Message.body)))
    assert "古い本文" not in bodies
    assert "開いた本文" in bodies
    assert count_expired()["keep_inquiries_days"] == 0
    assert cast.dana.get(f"/desk/tickets/{ticket.reference}").status_code == 200


def test_a_dry_run_deletes_nothing(cast: Cast, at: Callable[[str], object], command: Command) -> None:
    ticket = old_ticket(cast)
    change_settings(SYSTEM, {"keep_inquiries_days": 100})
    at(LATER)
    command("privacy", "expire", "--dry-run")
    run = ran()
    assert (run.dry, run.went["keep_inquiries_days"], ticket.subject) == (True, 1, "古い件")


def test_nothing_is_set_at_first(cast: Cast, at: Callable[[str], object]) -> None:
    old_ticket(cast)
    at(LATER)
    assert count_expired() == {"keep_disclosures_days": 0}


def test_originals_go_and_their_words_stay(cast: Cast, at: Callable[[str], object]) -> None:
    write("alice@acme.example", "support@desk.example", "件名", "メールの本文")
    ticket = newest()
    raw = db.session.scalars(select(IncomingMail.raw_sha256)).one() or ""
    change_settings(SYSTEM, {"keep_originals_days": 30})
    at(LATER)
    assert ask_for_nightly_run() is not None
    db.session.commit()
    ran()
    assert not path_of(raw).exists()
    assert "メールの本文" in db.session.scalars(select(Message.body).where(Message.ticket_id == ticket.id)).one()
    assert cast.dana.get(f"/desk/tickets/{ticket.reference}").status_code == 200


def test_texts_of_sent_mails_sign_ins_and_names_go(cast: Cast, at: Callable[[str], object]) -> None:
    old_ticket(cast)
    assert cast.dana.get("/desk/queues/open").status_code in (200, 404)
    db.session.execute(update(Notice).values(state="done"))
    seal_record()
    db.session.commit()
    change_settings(SYSTEM, {"keep_notices_days": 30, "keep_sign_ins_days": 30, "keep_names_days": 90})
    at(LATER)
    db.session.execute(update(SignIn).values(at=clock.real_now() - timedelta(days=100)))
    assert ask_for_nightly_run() is not None
    db.session.commit()
    went = ran().went
    assert min(went["keep_notices_days"], went["keep_sign_ins_days"], went["keep_names_days"]) > 0
    assert set(db.session.scalars(select(Notice.body))) == {ERASED}
    assert check_record().faults == []


def test_people_who_left_are_erased_once_no_contract_runs(cast: Cast, at: Callable[[str], object]) -> None:
    contact = cast.contact("carol")
    contact.close(SYSTEM)
    change_settings(SYSTEM, {"keep_people_days": 30})
    at(LATER)
    assert count_expired()["keep_people_days"] == 0, "a contract runs (16-7)"
    ended = clock.now().date() - timedelta(days=60)
    db.session.execute(update(Contract).where(Contract.customer_id == contact.customer_id).values(in_force_until=ended))
    db.session.commit()
    assert count_expired()["keep_people_days"] == 1
    assert ask_for_nightly_run() is not None
    db.session.commit()
    ran()
    at("2027-06-01T03:00:00+09:00")
    for erasure_id, turn in Erasure.queue_due():
        erase_person(erasure_id, turn)
    db.session.expire_all()
    assert cast.contact("carol").erased
    assert cast.root.get(f"/admin/customers/{cast.acme.id}").status_code == 200


def test_once_a_night_and_only_then(cast: Cast, at: Callable[[str], object]) -> None:
    change_settings(SYSTEM, {"keep_inquiries_days": 100})
    at("2026-11-25T12:00:00+09:00")
    assert ask_for_nightly_run() is None
    at("2026-11-26T01:10:00+09:00")
    assert ask_for_nightly_run() is not None
    db.session.flush()
    assert ask_for_nightly_run() is None
    at("2026-11-27T01:10:00+09:00")
    assert ask_for_nightly_run() is not None


def test_the_page_of_periods(cast: Cast) -> None:
    root = cast.root
    page = root.get("/admin/retention")
    assert "keep_people_days" in page.text
    nothing = {name: "0" for name in _names()} | {"privacy_business_days": "10", "keep_disclosures_days": "30"}
    assert root.post("/admin/retention", nothing | {"keep_inquiries_days": "-1"}).status_code == 409
    assert root.post("/admin/retention", nothing | {"keep_inquiries_days": "many"}).status_code == 422
    assert root.post("/admin/retention", nothing | {"keep_inquiries_days": "365"}).status_code == 302
    assert root.post("/admin/retention/runs", {"what": "delete"}).status_code == 409, "counted first"
    assert root.post("/admin/retention/runs", {"what": "count"}).status_code == 302
    assert "hx-trigger" in root.get("/admin/retention").text
    assert ran().dry
    assert "365" in root.get("/admin/retention").text
    root.post("/admin/retention", nothing | {"keep_inquiries_days": "300"})
    assert root.post("/admin/retention/runs", {"what": "delete"}).status_code == 409, "the periods are others by now"
    root.post("/admin/retention/runs", {"what": "count"})
    ran()
    assert root.post("/admin/retention/runs", {"what": "delete"}).status_code == 302
    assert not ran().dry


@pytest.mark.parametrize(("name", "days"), [("keep_inquiries_days", 1), ("keep_names_days", 89)])
def test_a_period_of_few_days_is_refused(name: str, days: int) -> None:
    with pytest.raises(Refusal):
        change_settings(SYSTEM, {name: days})
    assert change_settings(SYSTEM, {name: 365}) is not None
    assert change_settings(SYSTEM, {name: 0}) is not None


def _names() -> list[str]:
    kinds = ("inquiries", "originals", "notices", "sign_ins", "people", "names")
    return [f"keep_{kind}_days" for kind in kinds]
