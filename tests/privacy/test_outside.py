"""Cases of somebody who tried the running product: names as written, several at once, what comes back (R61)."""

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import create_engine, func, select, update

from helpdesk import clock
from helpdesk.accounts.import_runs import CustomerImport
from helpdesk.accounts.people import PersonWords, correct_person, merge_person, rights_of
from helpdesk.audit.models import SYSTEM
from helpdesk.audit.personal import AuditValue
from helpdesk.audit.sealing import check_record, seal_record
from helpdesk.customers.changes import ContactChange, keep_change
from helpdesk.customers.models import Contact, add_customer
from helpdesk.customers.people import add_contact
from helpdesk.extensions import db
from helpdesk.files.models import path_of, store
from helpdesk.masking import ERASED
from helpdesk.notices.models import Notice
from helpdesk.periodic import tidy
from helpdesk.privacy import jobs
from helpdesk.privacy.disclosing import kept_back
from helpdesk.privacy.erasing import steps
from helpdesk.privacy.expiring import ask_for_nightly_run, ask_for_run, count_expired
from helpdesk.privacy.jobs import erase_person, expire, one_at_a_time
from helpdesk.privacy.kinds import RequestKind, RequestState
from helpdesk.privacy.models import Erasure, RetentionRun
from helpdesk.privacy.people import person_of
from helpdesk.privacy.requests import ask_for
from helpdesk.settings.changing import change_settings
from helpdesk.tickets.answering import reply
from helpdesk.tickets.drafts import save_draft
from helpdesk.tickets.kinds import Channel
from helpdesk.tickets.messages import note
from tests.conftest import Cast, Command
from tests.making import an_inquiry
from tests.privacy.canary import traces
from tests.privacy.test_hard_cases import bodies, gone, somebody


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("綾小路美咲", "綾小路美咲のPC、綾小路 美咲様、綾小路美咲宛"),
        ("王 芳", "王芳 と 王 芳様"),
        ("鷲尾 龍之介", "鷲尾龍之介課長、鷲尾龍之介端末、> 鷲尾\n> 龍之介、龍之介さん"),
    ],
)
def test_names_go_as_they_are_written(cast: Cast, name: str, written: str) -> None:
    contact = somebody(cast, name)
    ticket = an_inquiry(cast.contact("bob"), written[:6], written)
    gone(contact)
    assert not [one for one in name.split() if one in bodies(ticket.id)[0]]


def test_a_post_is_no_person_and_namesakes_elsewhere_keep_their_kana(cast: Cast) -> None:
    other = add_customer(SYSTEM, "別会社")
    namesake = add_contact(SYSTEM, other, name="鈴木 一郎", kana="スズキ イチロウ", email="s@other.example")
    words = "情報システム 担当の権限、Our Security Team"
    ticket = an_inquiry(cast.contact("bob"), "件", words)
    keep_change(SYSTEM, namesake, {}, {"name": namesake.name, "kana": namesake.kana}, by_customer=False)
    db.session.commit()
    charlie = cast.contact("charlie").customer
    for at, (name, kana) in enumerate(
        (("情報システム 担当", ""), ("Security Team", ""), ("鈴木 一郎", "スズキ イチロウ"))
    ):
        gone(add_contact(SYSTEM, charlie, name=name, kana=kana, email=f"g{at}@globex.example"))
    assert bodies(ticket.id) == [words]
    assert namesake.kana == "スズキ イチロウ"
    told = db.session.scalars(select(ContactChange).where(ContactChange.contact_id == namesake.id)).one()
    assert told.after["kana"] == "スズキ イチロウ"


def test_drafts_on_their_tickets_and_entries_of_others_go(cast: Cast) -> None:
    contact = somebody(cast)
    ticket = an_inquiry(contact, "件", "本文")
    save_draft(cast.user("dana"), f"reply:{ticket.reference}", {"body": "ご自宅は横浜市 KANARYDRAFT"}, 0)
    colleague = somebody(cast, "雨宮 空 代理", "dairi@acme.example")
    colleague.department = "雨宮 空宛窓口"
    change = keep_change(SYSTEM, contact, {"department": "第一情報室XYZ"}, {}, by_customer=True)
    change.confirm(SYSTEM, "運転免許証 横浜市QWXYZ")
    db.session.commit()
    ticket.close(SYSTEM, "済")
    gone(contact)
    assert traces(cast.app, "KANARYDRAFT", "雨宮", "情報室XYZ", "QWXYZ") == []


def test_what_else_they_asked_for_ends(cast: Cast) -> None:
    contact = somebody(cast)
    other = ask_for(contact.as_actor(), contact, RequestKind.correction, "誤り", channel=Channel.portal, checked="x")
    gone(contact)
    db.session.refresh(other)
    assert other.state == RequestState.withdrawn
    assert other.ticket.closed


def test_the_list_knows_former_addresses_merged_entries_and_further_words(
    cast: Cast, command: Command, tmp_path: Path
) -> None:
    contact = somebody(cast, "狩谷 空也", "old@acme.example")
    twin = somebody(cast, "狩谷 蓮司", "twin@acme.example")
    merge_person(SYSTEM, twin, contact)
    correct_person(SYSTEM, contact, PersonWords("狩谷 空也", "new@acme.example"), rights_of(contact))
    db.session.commit()
    gone(contact, also=["KARIYANICK"])
    listed = tmp_path / "list.jsonl"
    listed.write_text(command("privacy", "erasures").output)
    assert "KARIYANICK" not in listed.read_text()
    # as a backup from before has it
    back = {contact.id: ("狩谷 空也", "old@acme.example"), twin.id: ("狩谷 蓮司", "twin@acme.example")}
    for number, (name, email) in back.items():
        values = {"name": name, "email": email, "merged_into_id": None, "closed_at": None}
        db.session.execute(update(Contact).where(Contact.id == number).values(**values))
    db.session.execute(update(Erasure).values(finished_at=clock.now()))
    ticket = an_inquiry(cast.contact("bob"), "件", "KARIYANICK と 狩谷蓮司")
    db.session.commit()
    assert "2 of them" in command("privacy", "erase-again", str(listed)).output
    db.session.execute(update(Notice).values(state="done"))
    for row in Erasure.queue_due():
        erase_person(*row)
    assert traces(cast.app, "狩谷", "KARIYANICK", "old@acme.example", "twin@acme.example") == []
    assert ERASED in bodies(ticket.id)[0]


def test_a_false_erasing_shows(cast: Cast) -> None:
    contact = somebody(cast)
    gone(contact)
    seal_record()
    assert check_record().faults == []
    row = db.session.scalars(select(Erasure)).one()
    spare = select(AuditValue.event_id).where(AuditValue.erased_at.is_(None)).limit(1).scalar_subquery()
    db.session.execute(
        update(AuditValue)
        .where(AuditValue.event_id == spare)
        .values(value=None, salt=None, erased_at=clock.now(), erased_for=f"erasures:{row.id}")
    )
    assert any("which recorded" in one for one in check_record().faults)


def test_notes_that_are_kept_back_are_named(cast: Cast) -> None:
    contact = somebody(cast)
    note(an_inquiry(contact, "件", "本文"), cast.user("dana"), "内輪の話")
    db.session.commit()
    assert ("messages", 1) in {(place.table, count) for place, count in kept_back(person_of(contact))}


def test_one_takes_words_out_at_a_time(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    contact, turns = somebody(cast), []

    def counted() -> None:
        turns.append(one_at_a_time())

    monkeypatch.setattr(jobs, "one_at_a_time", counted)
    gone(contact)
    assert len(turns) == len(list(steps(person_of(contact), "x"))) + 1, "in each step"
    one_at_a_time()
    with create_engine(cast.app.config["SQLALCHEMY_DATABASE_URI"]).connect() as other:
        assert not other.scalar(select(func.pg_try_advisory_xact_lock(jobs.TAKING_OUT)))


def test_tables_of_imports_are_not_kept(cast: Cast) -> None:
    sha256 = store("氏名,メール\n雨宮 空,sora@acme.example".encode())
    row = CustomerImport(asked_at=clock.now(), asked_by_id=cast.user("root").id, sha256=sha256, file_name="a", rows=1)
    row.finished_at = clock.now()
    db.session.add(row)
    db.session.commit()
    tidy()
    assert (row.sha256, path_of(sha256).exists()) == (None, False)


def test_an_expired_inquiry_that_goes_on_expires_again(cast: Cast, at: Callable[[str], object]) -> None:
    ticket = an_inquiry(cast.contact("alice"), "件", "本文")
    ticket.close(SYSTEM, "済")
    change_settings(SYSTEM, {"keep_inquiries_days": 30})
    at("2027-02-01T02:30:00+09:00")
    assert count_expired()["keep_inquiries_days"] == 1
    run()
    assert count_expired()["keep_inquiries_days"] == 0
    note(ticket, cast.user("dana"), "あとから書いた")
    db.session.commit()
    assert count_expired()["keep_inquiries_days"] == 1


def test_what_was_counted_is_what_goes(cast: Cast, at: Callable[[str], object]) -> None:
    ticket = an_inquiry(cast.contact("alice"), "件", "本文")
    reply(ticket, cast.user("dana"), "ご案内")
    ticket.close(SYSTEM, "済")
    db.session.execute(update(Notice).values(state="done"))
    change_settings(SYSTEM, {"keep_inquiries_days": 30, "keep_notices_days": 30})
    at("2027-02-01T02:30:00+09:00")
    counted = count_expired()
    assert min(counted["keep_inquiries_days"], counted["keep_notices_days"]) > 0
    assert run().went == counted


def test_periods_that_are_set_later_do_not_hold_for_a_run_that_was_asked_for(
    cast: Cast, at: Callable[[str], object]
) -> None:
    an_inquiry(cast.contact("alice"), "件", "本文").close(SYSTEM, "済")
    change_settings(SYSTEM, {"keep_notices_days": 365})
    at("2027-02-01T12:00:00+09:00")
    asked = ask_for_run(SYSTEM, dry=True)
    change_settings(SYSTEM, {"keep_inquiries_days": 30})
    db.session.commit()
    for row in RetentionRun.queue_due():
        expire(*row)
    assert "keep_inquiries_days" not in asked.went


def run() -> RetentionRun:
    assert ask_for_nightly_run() is not None
    db.session.commit()
    for row in RetentionRun.queue_due():
        expire(*row)
    db.session.expire_all()
    return db.session.scalars(select(RetentionRun).order_by(RetentionRun.id.desc())).first()  # type: ignore[return-value]
