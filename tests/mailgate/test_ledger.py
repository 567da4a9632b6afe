"""Every accepted mail ends in exactly one disposition; what arrives lands where it belongs (R01, R06, R10, R14)."""

from collections.abc import Callable
from datetime import datetime, timedelta
from email.message import EmailMessage

from sqlalchemy import select

from helpdesk.extensions import db
from helpdesk.mailgate import ledger
from helpdesk.mailgate.filing import file_as_unreadable, file_mails
from helpdesk.mailgate.ledger import Arrival, Disposition, accept, claim_new, counts, rows_to_file
from helpdesk.notices.models import Notice, reply_address
from helpdesk.tickets.answering import reply
from helpdesk.tickets.kinds import Channel, Queue, TicketKind
from helpdesk.tickets.messages import Attachment, Message
from helpdesk.tickets.models import Ticket
from tests.conftest import Cast
from tests.making import TEXT, an_alert, an_inquiry


def a_mail(sender: str, to: str, subject: str = "質問", text: str = "本文", **headers: str) -> bytes:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = sender, to, subject
    for name, value in headers.items():
        mail[name.replace("_", "-")] = value
    mail.set_content(text)
    return mail.as_bytes()


def deliver(raw: bytes, sender: str, *to: str) -> Disposition | None:
    """A mail through the door and the worker's hands."""
    ids = accept([Arrival(raw, sender, list(to), believed=True)])
    db.session.commit()
    (row,) = rows_to_file(ids)
    (disposition,) = file_mails([row])
    db.session.commit()
    return disposition


def write(sender: str, to: str, *args: str, **headers: str) -> Disposition | None:
    return deliver(a_mail(sender, to, *args, **headers), sender, to)


def newest() -> Ticket:
    return db.session.scalars(select(Ticket).order_by(Ticket.id.desc())).first()  # type: ignore[return-value]


def notices() -> list[Notice]:
    return list(db.session.scalars(select(Notice).order_by(Notice.id)))


def test_a_contacts_mail_becomes_an_inquiry_with_one_receipt(cast: Cast) -> None:
    assert write("ALICE@acme.example", "support@desk.example", Message_ID="<m1@x>") == Disposition.new_ticket
    ticket = newest()
    assert (ticket.customer_id, ticket.channel, ticket.verified) == (cast.acme.id, Channel.mail, False)
    (receipt,) = notices()
    assert receipt.in_reply_to == "<m1@x>"
    assert "本文" not in receipt.body
    assert "差出人は未確認" in cast.dana.get(f"/desk/tickets/{ticket.reference}").text


def test_our_own_servers_verdict_marks_the_sender_as_verified(cast: Cast) -> None:
    write("alice@acme.example", "support@desk.example", Authentication_Results="mx.desk.example; dmarc=pass")
    assert newest().verified


def test_a_stranger_gets_a_ticket_but_never_an_answer(cast: Cast) -> None:
    assert write("stranger@acme.example", "support@desk.example") == Disposition.new_ticket
    assert (newest().queue, newest().customer_id) == (Queue.unmatched, None)
    assert not notices()


def test_an_answer_with_the_token_lands_on_its_ticket(cast: Cast) -> None:
    ticket = an_inquiry(cast.contact("alice"))
    to = reply_address(ticket.reply_token)
    assert write("alice@acme.example", to, "Re: x", "追加です") == Disposition.follow_up
    assert [m.body.strip() for m in db.session.scalars(select(Message).order_by(Message.id))][-1] == "追加です"
    assert db.session.scalar(select(db.func.count()).select_from(Ticket)) == 1


def test_an_answer_threads_by_our_message_id_and_by_the_number(cast: Cast) -> None:
    ticket = an_inquiry(cast.contact("alice"))
    sent = reply(ticket, cast.user("dana"), "お調べします").notice
    assert sent is not None
    headers = {"In_Reply_To": sent.message_id}
    assert write("alice@acme.example", "support@desk.example", "Re", "a", **headers) == Disposition.follow_up
    subject = f"Re: [受付番号:{ticket.reference}] x"
    assert write("alice@acme.example", "support@desk.example", subject, "b") == Disposition.follow_up


def test_others_cannot_write_into_a_thread(cast: Cast) -> None:
    ticket = an_inquiry(cast.contact("alice"))
    for sender in ("charlie@globex.example", "stranger@evil.example"):
        assert write(sender, reply_address(ticket.reply_token), "Re: x", sender) == Disposition.new_ticket
    bodies = db.session.scalars(select(Message.body).where(Message.ticket_id == ticket.id)).all()
    assert len(bodies) == 1


def test_an_alert_contact_may_answer_on_the_alert(cast: Cast) -> None:
    ticket = an_alert(cast.acme)
    assert write("alice@acme.example", reply_address(ticket.reply_token), "Re", "確認します") == Disposition.follow_up


def test_a_mail_to_an_alert_address_is_an_alert_even_when_marked_automatic(cast: Cast) -> None:
    headers = {"Auto_Submitted": "auto-generated"}
    to = "alerts+acme@desk.example"
    assert write("no-reply@amp.cisco.com", to, "alert", TEXT, **headers) == Disposition.alert
    assert (newest().kind, newest().customer_id) == (TicketKind.alert, cast.acme.id)
    assert not notices()


def test_an_alert_nobody_is_known_for_is_still_an_alert_in_a_queue_of_its_own(cast: Cast) -> None:
    subject = "[Cisco Secure Endpoint Subscription] [All] Matching Events Found On PC-1"
    headers = {"Auto_Submitted": "auto-generated"}
    assert write("no-reply@amp.cisco.com", "alerts@desk.example", subject, TEXT, **headers) == Disposition.alert
    assert (newest().kind, newest().queue) == (TicketKind.alert, Queue.unmatched)


def test_an_alert_for_two_customers_is_left_to_a_person(cast: Cast) -> None:
    raw = a_mail("no-reply@amp.cisco.com", "x@y.example", "alert", TEXT)
    deliver(raw, "no-reply@amp.cisco.com", "alerts+acme@desk.example", "alerts+globex@desk.example")
    assert (newest().customer_id, newest().queue) == (None, Queue.unmatched)


def test_the_envelope_decides_whose_alert_it_is_not_a_copy_line(cast: Cast) -> None:
    raw = a_mail("no-reply@amp.cisco.com", "alerts+acme@desk.example", "alert", TEXT, Cc="alerts+globex@desk.example")
    deliver(raw, "no-reply@amp.cisco.com", "alerts+acme@desk.example")
    assert newest().customer_id == cast.acme.id


def test_automatic_mail_opens_nothing(cast: Cast) -> None:
    headers = {"Auto_Submitted": "auto-replied"}
    assert write("alice@acme.example", "support@desk.example", "不在です", "x", **headers) == Disposition.parked
    assert db.session.scalar(select(Ticket.id)) is None
    assert not notices()


def test_the_same_mail_twice_is_one(cast: Cast) -> None:
    raw = a_mail("alice@acme.example", "support@desk.example")
    assert deliver(raw, "alice@acme.example", "support@desk.example") == Disposition.new_ticket
    assert deliver(raw, "alice@acme.example", "support@desk.example") == Disposition.duplicate
    assert db.session.scalar(select(db.func.count()).select_from(Ticket)) == 1


def test_a_mail_without_anything_readable_is_a_ticket_with_its_original(cast: Cast) -> None:
    assert deliver(b"\xff\xfe\x00\x01", "x@y.example", "support@desk.example") == Disposition.unreadable
    file = db.session.scalar(select(Attachment))
    assert file is not None
    assert file.name == "original.eml"
    assert newest().queue == Queue.unmatched


def test_a_mail_whose_filing_fails_is_a_ticket_with_its_original(cast: Cast) -> None:
    ids = accept([Arrival(b"Subject: x\r\n\r\ny", "x@y.example", ["support@desk.example"])])
    (row,) = rows_to_file(ids)
    file_as_unreadable(row, "ValueError: boom")
    db.session.commit()
    row = db.session.get_one(ledger.IncomingMail, ids[0])
    assert (row.disposition, row.error) == (Disposition.unreadable, "ValueError: boom")


def test_received_is_the_sum_of_dispositions_and_waiting(cast: Cast) -> None:
    write("alice@acme.example", "support@desk.example")
    write("alice@acme.example", "support@desk.example", "auto", "x", Auto_Submitted="auto-replied")
    accept([Arrival(b"waiting", "x@y.example", ["support@desk.example"])])
    found = counts()
    assert found == {"received": 3, "waiting": 1, "new_ticket": 1, "parked": 1}
    left = claim_new(10, 10_000)
    file_mails(rows_to_file(left))
    assert (len(left), claim_new(10, 10_000), rows_to_file(left)) == (1, [], []), "a settled mail is settled once"


def on_the_minute(moment: datetime | None) -> datetime:
    assert moment is not None
    return moment.replace(second=0, microsecond=0)


def accepted_at(at: Callable[[str], datetime], moment: str, raw: bytes, sender: str, to: str) -> int:
    """A mail that the door took then, and nobody filed yet."""
    at(moment)
    (mail_id,) = accept([Arrival(raw, sender, [to], believed=True)])
    db.session.commit()
    return mail_id


def test_an_inquiry_filed_late_counts_from_its_acceptance(cast: Cast, at: Callable[[str], datetime]) -> None:
    raw = a_mail("alice@acme.example", "support@desk.example")
    mail_id = accepted_at(at, "2026-11-24T16:50:00+09:00", raw, "alice@acme.example", "support@desk.example")
    at("2026-11-25T09:30:00+09:00")
    file_mails(rows_to_file([mail_id]))
    ticket, (message,) = newest(), db.session.scalars(select(Message)).all()
    came = datetime.fromisoformat("2026-11-24T16:50:00+09:00")
    assert {on_the_minute(moment) for moment in (ticket.opened_at, ticket.due_since, message.at)} == {came}
    assert on_the_minute(ticket.first_due_at) == datetime.fromisoformat("2026-11-25T16:50:00+09:00")


def test_an_alert_filed_late_is_due_as_if_it_had_not_been(cast: Cast, at: Callable[[str], datetime]) -> None:
    raw = a_mail("no-reply@amp.cisco.com", "alerts+acme@desk.example", "alert", TEXT)
    mail_id = accepted_at(at, "2026-11-24T23:50:00+09:00", raw, "no-reply@amp.cisco.com", "alerts+acme@desk.example")
    at("2026-11-25T09:30:00+09:00")
    file_mails(rows_to_file([mail_id]))
    assert newest().first_due_at == datetime.fromisoformat("2026-11-26T17:00:00+09:00")


def test_an_answer_filed_late_is_due_from_its_acceptance(cast: Cast, at: Callable[[str], datetime]) -> None:
    ticket = an_inquiry(cast.contact("alice"))
    ticket.close(cast.user("dana").actor())
    raw, to = a_mail("alice@acme.example", "x@y.example", "Re: x"), reply_address(ticket.reply_token)
    mail_id = accepted_at(at, "2026-11-24T16:50:00+09:00", raw, "alice@acme.example", to)
    at("2026-11-25T09:30:00+09:00")
    file_mails(rows_to_file([mail_id]))
    assert not ticket.closed
    assert on_the_minute(ticket.due_at) == datetime.fromisoformat("2026-11-25T16:50:00+09:00")


def test_a_mailbox_tells_when_a_mail_came_but_never_later_than_it_was_fetched(
    cast: Cast, at: Callable[[str], datetime]
) -> None:
    now = on_the_minute(at("2026-11-24T12:00:00+09:00"))
    for number, told in enumerate((now - timedelta(hours=3), now + timedelta(days=365), None)):
        raw = a_mail("alice@acme.example", "support@desk.example", str(number))
        accept([Arrival(raw, "alice@acme.example", ["support@desk.example"], received_at=told)])
    rows = select(ledger.IncomingMail.received_at).order_by(ledger.IncomingMail.id)
    assert [on_the_minute(moment) for moment in db.session.scalars(rows)] == [now - timedelta(hours=3), now, now]
