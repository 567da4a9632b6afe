"""Cases of somebody who had not seen the code: traces that stayed, and what went that should have stayed."""

import threading
from collections.abc import Callable, Sequence
from datetime import timedelta

import pytest
from sqlalchemy import select, text, update

from helpdesk import clock, create_app
from helpdesk.accounts.people import PersonWords, correct_person, merge_person, rights_of
from helpdesk.audit.models import SYSTEM, AuditEvent
from helpdesk.audit.sealing import check_record
from helpdesk.config import Config
from helpdesk.contracts.models import Contract
from helpdesk.customers.models import Contact, Customer, add_customer
from helpdesk.customers.people import add_contact
from helpdesk.errors import Refusal
from helpdesk.extensions import db
from helpdesk.files.dropping import clear_disk, forget
from helpdesk.files.models import StoredFile, path_of, store
from helpdesk.mailgate.ledger import IncomingMail
from helpdesk.masking import ERASED
from helpdesk.notices.models import Notice
from helpdesk.notices.undelivered import resend
from helpdesk.ops.upgrading import upgrade
from helpdesk.privacy.expiring import ask_for_nightly_run, count_expired
from helpdesk.privacy.jobs import disclose, erase_person, expire
from helpdesk.privacy.kinds import RequestKind
from helpdesk.privacy.leaving import ask_for_erasing
from helpdesk.privacy.models import Disclosure, Erasure, ReceiverKind, RetentionRun
from helpdesk.privacy.provisions import ProvisionWords, record_provision
from helpdesk.privacy.requests import ask_for, carry_out, grant
from helpdesk.settings.changing import change_settings
from helpdesk.tickets.answering import reply
from helpdesk.tickets.joining import merge
from helpdesk.tickets.kinds import Channel
from helpdesk.tickets.messages import Message, Upload
from helpdesk.tickets.sendings import ReplyWords, ask_to_send
from tests.conftest import Cast
from tests.mailgate.test_ledger import newest, write
from tests.making import an_inquiry
from tests.privacy.canary import traces

NIGHT = "2027-06-01T02:30:00+09:00"


def somebody(cast: Cast, name: str = "雨宮 空", email: str = "sora@acme.example", **more: str) -> Contact:
    contact = add_contact(SYSTEM, cast.acme, name=name, email=email, **more)  # type: ignore[arg-type]
    db.session.commit()
    return contact


def gone(contact: Contact, also: Sequence[str] = ()) -> None:
    db.session.execute(update(Notice).values(state="done"))
    ask_for_erasing(SYSTEM, contact, also=also)
    db.session.commit()
    for erasure_id, turn in Erasure.queue_due():
        erase_person(erasure_id, turn)
    db.session.expire_all()


def bodies(ticket_id: int) -> list[str]:
    return list(db.session.scalars(select(Message.body).where(Message.ticket_id == ticket_id).order_by(Message.id)))


def ran(at: Callable[[str], object], moment: str = NIGHT) -> None:
    at(moment)
    assert ask_for_nightly_run() is not None
    db.session.commit()
    for run_id, turn in RetentionRun.queue_due():
        expire(run_id, turn)
    db.session.expire_all()


def test_disclosures_and_earlier_requests_go_with_the_person(cast: Cast) -> None:
    contact = somebody(cast)
    first = ask_for(contact.as_actor(), contact, RequestKind.disclosure, "", channel=Channel.portal, checked="x")
    grant(SYSTEM, first)
    db.session.commit()
    for disclosure_id, turn in Disclosure.queue_due():
        disclose(disclosure_id, turn)
    second = ask_for(
        contact.as_actor(), contact, RequestKind.correction, "神戸市中央区", channel=Channel.phone, checked="免許証"
    )
    grant(SYSTEM, second)
    carry_out(SYSTEM, second, "神戸市中央区に直しました")
    made = db.session.scalars(select(Disclosure)).one()
    path = path_of(made.json_sha256 or "")
    assert path.exists()
    gone(contact)
    assert not path.exists()
    assert made.json_sha256 is made.zip_sha256 is None
    assert (second.wanted, second.words, second.checked_how) == ("", "", "")


def test_others_whose_names_addresses_and_phones_are_alike_keep_theirs(cast: Cast) -> None:
    words = "小山田 太郎です。大森駅前店の情報システム部で will が動きません。ハラスメント研修。keito@acme.example"
    theirs = an_inquiry(cast.contact("charlie"), "大森駅前店の情報システム部", words)
    saito = somebody(cast, "斎藤 二", "saito@acme.example", phone="03-5550-0999")
    mail = an_inquiry(saito, "x", "折り返しは代表 03-5550-0999 へ")
    alike = [("大森", "omori@acme.example"), ("情報システム部", "it@acme.example"), ("Will", "w@acme.example")]
    alike += [("山田 太郎", "yt@acme.example"), ("伊藤 一", "ito@acme.example")]
    for name, email in alike:
        gone(somebody(cast, name, email, phone="03-5550-0999", kana="ハラ"))
    assert bodies(theirs.id) == [words]
    assert bodies(mail.id) == ["折り返しは代表 03-5550-0999 へ"]
    assert "saito@acme.example" in set(db.session.scalars(select(Notice.to_address)))


def test_a_former_address_that_is_somebody_else_s_now_is_theirs(cast: Cast) -> None:
    contact = cast.contact("alice")
    correct_person(SYSTEM, contact, PersonWords(contact.name, "yuka2@acme.example"), rights_of(contact))
    somebody(cast, "新田 新", "alice@acme.example")
    write("alice@acme.example", "support@desk.example", "新田の件", "新田の秘密")
    ticket = newest()
    gone(contact)
    assert ticket.subject == "新田の件"
    assert "新田の秘密" in bodies(ticket.id)[0]


def test_a_ticket_that_was_given_to_another_goes_on(cast: Cast) -> None:
    contact = somebody(cast)
    write(contact.email, "support@desk.example", "件", "空の言葉")
    ticket = newest()
    ticket.set_requester(cast.user("dana").actor(), cast.contact("bob"))
    write("bob@acme.example", f"support+{ticket.reply_token}@desk.example", "Re", "ボブの言葉")
    gone(contact)
    told = bodies(ticket.id)
    assert told[0] == ERASED
    assert "ボブの言葉" in told[1]


def test_mails_to_others_leave_first(cast: Cast) -> None:
    contact = somebody(cast)
    ticket = an_inquiry(contact, "x", "y")
    reply(ticket, cast.user("dana"), "ボブ様へのご案内", to=["bob@acme.example"])
    ticket.close(SYSTEM)
    ask_for_erasing(SYSTEM, contact)
    db.session.commit()
    for erasure_id, turn in Erasure.queue_due():
        erase_person(erasure_id, turn)
    db.session.expire_all()
    waiting = select(Notice).where(Notice.ticket_id == ticket.id, Notice.to_address == "bob@acme.example")
    assert "ボブ様へのご案内" in db.session.scalars(waiting).one().body
    assert not contact.erased
    assert contact.closed, "nobody is this person any more, from the click on"


def test_the_record_s_own_rows_name_nobody(cast: Cast) -> None:
    contact = somebody(cast)
    cast.root.get(f"/admin/customers/{cast.acme.id}/contacts/{contact.id}")
    given = ProvisionWords(ReceiverKind.agent, "X社", "#sha256:雨宮 空の電話番号", clock.now().date())
    record_provision(SYSTEM, cast.acme, given, contact)
    stored = str([event.stored_details for event in db.session.scalars(select(AuditEvent))])
    assert "雨宮" not in stored
    gone(contact)
    assert check_record().faults == []


def test_people_who_were_put_together_twice_go_all(cast: Cast) -> None:
    first, second, third = (somebody(cast, email=f"a{n}@acme.example", phone=f"03-1111-222{n}") for n in range(3))
    merge_person(SYSTEM, first, second)
    merge_person(SYSTEM, second, third)
    gone(third)
    assert all(one.erased and not one.phone for one in (first, second, third))


def test_a_customer_who_is_the_person_loses_the_name(cast: Cast) -> None:
    customer = add_customer(SYSTEM, "雨宮 空", kana="アマミヤ ソラ")
    contact = add_contact(SYSTEM, customer, name="雨宮 空", email="sora@home.example")
    db.session.commit()
    gone(contact)
    assert db.session.get_one(Customer, customer.id).name == ERASED
    assert traces(cast.app, "雨宮 空", "アマミヤ ソラ") == []


def test_copies_and_previews_keep_nothing(cast: Cast) -> None:
    contact = somebody(cast)
    write("bob@acme.example", "support@desk.example", "件", "本文", Cc='"雨宮 空" <sora@acme.example>')
    ticket = newest()
    write(contact.email, f"support+{ticket.reply_token}@desk.example", "Re", "SORAWORDS")
    gone(contact)
    assert "本文" in bodies(ticket.id)[0]
    found = [one for one in traces(cast.app, "sora@acme.example", "SORAWORDS") if not one.startswith(("alert_", "raw"))]
    assert [one for one in found if ":" in one and one.split(":")[0] in db.metadata.tables] == []
    assert ticket.preview == ""


def test_an_expired_inquiry_keeps_no_word(cast: Cast, at: Callable[[str], object]) -> None:
    write("alice@acme.example", "support@desk.example", "TOPSECRET", "TOPSECRET body")
    ticket, dana = newest(), cast.user("dana")
    files = [Upload("TOPSECRET.txt", b"TOPSECRET file", "text/plain")]
    ask_to_send(ticket, dana, ReplyWords("TOPSECRET answer", files=files))
    ticket.close(dana.actor(), "TOPSECRET reason")
    db.session.execute(update(Notice).values(state="done"))
    change_settings(SYSTEM, {"keep_inquiries_days": 100})
    ran(at)
    tables = [one for one in traces(cast.app, "TOPSECRET") if one.split(":")[0] in db.metadata.tables]
    assert tables == []
    assert ticket.sender is None


def test_what_an_open_ticket_is_made_of_stays(cast: Cast, at: Callable[[str], object]) -> None:
    write("alice@acme.example", "support@desk.example", "A", "AA")
    merged = newest()
    write("alice@acme.example", "support@desk.example", "B", "BB")
    open_one = newest()
    merge(merged, open_one, cast.user("dana").actor())
    db.session.commit()
    change_settings(SYSTEM, {"keep_inquiries_days": 100})
    ran(at)
    kept = db.session.scalars(select(Message).where(Message.ticket_id == open_one.id, Message.raw_sha256.is_not(None)))
    assert sorted(message.body.strip() for message in kept) == ["AA", "BB"]


def test_people_with_open_business_do_not_expire(cast: Cast, at: Callable[[str], object]) -> None:
    contact = cast.contact("carol")
    an_inquiry(contact, "開いている", "開いた本文")
    contact.close(SYSTEM)
    change_settings(SYSTEM, {"keep_people_days": 30})
    at(NIGHT)
    ended = clock.now().date() - timedelta(days=60)
    db.session.execute(update(Contract).where(Contract.customer_id == contact.customer_id).values(in_force_until=ended))
    assert count_expired()["keep_people_days"] == 0


def test_what_has_no_words_is_not_sent_or_taken_in(cast: Cast, at: Callable[[str], object]) -> None:
    ticket = an_inquiry(cast.contact("alice"), "x", "y")
    sent = reply(ticket, cast.user("dana"), "本文").notice
    assert sent is not None
    write("alice@acme.example", "support@desk.example", "休暇", "不在", Auto_Submitted="auto-replied")
    row = db.session.scalars(select(IncomingMail).order_by(IncomingMail.id.desc())).first()
    assert row is not None
    db.session.execute(update(Notice).values(state="failed"))
    change_settings(SYSTEM, {"keep_notices_days": 30, "keep_originals_days": 30})
    ran(at)
    with pytest.raises(Refusal):
        resend(SYSTEM, sent)
    assert cast.dana.post(f"/desk/mails/{row.id}/filing").status_code == 409


def test_a_logo_stays_though_somebody_attached_it(cast: Cast) -> None:
    contact, logo = somebody(cast), b"\x89PNG logo bytes"
    change_settings(SYSTEM, {"logo": store(logo)})
    ticket = an_inquiry(contact, "x", "y", files=[Upload("logo.png", logo, "image/png")])
    ticket.close(SYSTEM)
    gone(contact)
    assert path_of(store(logo)).exists()


def test_values_are_emptied_for_an_erasing_that_there_is(cast: Cast) -> None:
    an_inquiry(cast.contact("alice"))
    db.session.execute(
        text("UPDATE audit_values SET value = NULL, salt = NULL, erased_at = now(), erased_for = 'erasures:999999'")
    )
    assert any("no erasing on record" in fault for fault in check_record().faults)


def test_a_file_that_comes_again_at_this_moment_stays(config: Config) -> None:
    """Two real transactions: one clears the disk, the other stores the same bytes."""
    app = create_app(config)
    upgrade(app)
    kept: dict[str, bool] = {}

    def comes_again() -> None:
        with app.app_context():
            store(b"the same bytes")
            held.wait(2)
            db.session.commit()
            kept["file"] = path_of(sha256).exists()

    with app.app_context():
        sha256, held = store(b"the same bytes"), threading.Event()
        db.session.commit()
        forget({sha256})
        other = threading.Thread(target=comes_again)
        other.start()
        other.join(0.5)
        db.session.commit()
        held.set()
        clear_disk()
        db.session.commit()
        other.join()
        assert kept["file"]
        assert db.session.get(StoredFile, sha256) is not None
        db.session.execute(text("DELETE FROM stored_files WHERE sha256 = :one"), {"one": sha256})
        db.session.commit()
