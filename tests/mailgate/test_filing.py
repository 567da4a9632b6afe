"""What becomes of bounces, robots, loops, late answers, password mails and junk; reading again and taking in."""

from datetime import timedelta
from email.message import EmailMessage

import pytest
from sqlalchemy import func, select

from helpdesk import clock
from helpdesk.audit.models import AuditEvent
from helpdesk.extensions import db
from helpdesk.files.models import path_of
from helpdesk.mailgate.filing import file_mails, reread
from helpdesk.mailgate.ledger import Arrival, Disposition, IncomingMail, accept, counts, rows_to_file
from helpdesk.notices.models import Notice, reply_address
from helpdesk.tickets.answering import reply
from helpdesk.tickets.kinds import TicketState
from helpdesk.tickets.links import LinkKind, TicketLink
from helpdesk.tickets.messages import Message
from helpdesk.tickets.models import Ticket
from tests.conftest import Cast
from tests.mailgate.test_automatic import dsn
from tests.mailgate.test_ledger import a_mail, deliver, newest, notices, write
from tests.mailgate.test_structure import locked_zip
from tests.making import TEXT, an_inquiry

SUPPORT = "support@desk.example"


def last_row() -> IncomingMail:
    return db.session.scalars(select(IncomingMail).order_by(IncomingMail.id.desc())).first()  # type: ignore[return-value]


def events(ticket: Ticket) -> list[str]:
    rows = select(AuditEvent.act).where(AuditEvent.subject_kind == "tickets", AuditEvent.subject_id == ticket.id)
    return list(db.session.scalars(rows.order_by(AuditEvent.id)))


def tickets() -> int:
    return db.session.scalar(select(func.count()).select_from(Ticket)) or 0


def test_a_bounce_marks_the_mail_it_names_and_reopens_nothing(cast: Cast) -> None:
    ticket = an_inquiry(cast.contact("alice"))
    sent = reply(ticket, cast.user("dana"), "ご案内します").notice
    assert sent is not None
    ticket.close(cast.user("dana").actor())
    db.session.commit()
    raw = dsn().replace(b"<ours@desk.example>", sent.message_id.encode())
    assert deliver(raw, "", reply_address(ticket.reply_token)) == Disposition.bounce
    assert sent.bounced_at is not None
    assert "User unknown" in (sent.bounce_words or "")
    assert ticket.state == TicketState.closed
    page = cast.dana.get(f"/desk/tickets/{ticket.reference}").text
    assert "届きませんでした" in page
    assert "notice.bounced" in events(ticket)


def test_a_bounce_without_our_id_is_matched_by_thread_and_recipient(cast: Cast) -> None:
    ticket = an_inquiry(cast.contact("alice"))
    assert deliver(dsn(), "", reply_address(ticket.reply_token)) == Disposition.bounce
    assert db.session.scalars(select(Notice)).one().bounced_at is not None


def test_a_delay_is_told_and_a_foreign_bounce_changes_nothing(cast: Cast) -> None:
    ticket = an_inquiry(cast.contact("alice"))
    deliver(dsn(action="delayed", status="4.4.1"), "", reply_address(ticket.reply_token))
    assert "notice.delayed" in events(ticket)
    assert deliver(dsn(), "", SUPPORT) == Disposition.bounce
    assert db.session.scalars(select(Notice)).one().bounced_at is None
    assert tickets() == 1


@pytest.mark.parametrize(
    ("subject", "headers"),
    [
        ("不在通知", {}),
        ("x", {"Auto_Submitted": "auto-replied"}),
        ("x", {"Auto_Submitted": "auto-generated"}),
        ("Automatic reply: [受付番号:2611-0001] x", {}),
        ("x", {"X_Autoreply": "yes"}),
    ],
)
def test_robots_are_parked_and_the_ticket_says_so(cast: Cast, subject: str, headers: dict[str, str]) -> None:
    ticket = an_inquiry(cast.contact("alice"))
    ticket.close(cast.user("dana").actor())
    db.session.commit()
    before = len(notices())
    to = reply_address(ticket.reply_token)
    assert write("alice@acme.example", to, subject, "x", **headers) == Disposition.parked
    assert (ticket.state, tickets(), len(notices())) == (TicketState.closed, 1, before)
    page = cast.dana.get(f"/desk/tickets/{ticket.reference}").text
    assert f"/desk/mails/{last_row().id}" in page
    assert "取り込まずに保留" in page


def test_junk_is_kept_apart_but_never_from_a_contact(cast: Cast) -> None:
    headers = {"X_Spam_Flag": "YES"}
    assert write("stranger@x.example", SUPPORT, "win", "x", **headers) == Disposition.junk
    assert write("alice@acme.example", SUPPORT, "help", "x", **headers) == Disposition.new_ticket


def test_alert_addresses_take_what_is_marked_automatic_but_no_answers(cast: Cast) -> None:
    to = "alerts+acme@desk.example"
    for number, headers in enumerate(({"Precedence": "bulk"}, {"List_Id": "<x.y>"}, {"X_Autoreply": "yes"})):
        assert write("no-reply@amp.cisco.com", to, f"自動返信 {number}", TEXT, **headers) == Disposition.alert
    assert write("no-reply@amp.cisco.com", to, "x", TEXT, Auto_Submitted="auto-replied") == Disposition.parked
    assert deliver(dsn(), "", to) == Disposition.bounce
    assert not notices()


def test_a_thread_takes_four_mails_at_a_machines_pace(cast: Cast) -> None:
    """Even from a participant, and with texts that change."""
    ticket = an_inquiry(cast.contact("alice"))
    to = reply_address(ticket.reply_token)
    became = [write("alice@acme.example", to, "Re: x", f"answer {n}") for n in range(8)]
    assert became == [Disposition.follow_up] * 4 + [Disposition.parked] * 4
    assert db.session.scalar(select(func.count()).where(Message.ticket_id == ticket.id)) == 5


def test_a_person_may_write_more_than_four_times_in_an_hour(cast: Cast) -> None:
    ticket = an_inquiry(cast.contact("alice"))
    start = clock.now()
    for minute in range(0, 16, 2):
        clock.set_now(start + timedelta(minutes=minute))
        to = reply_address(ticket.reply_token)
        assert write("alice@acme.example", to, "Re: x", f"追加 {minute}") == Disposition.follow_up


def test_changing_addresses_that_answer_one_thread_are_stopped(cast: Cast) -> None:
    ticket = an_inquiry(cast.contact("alice"))
    to = reply_address(ticket.reply_token)
    became = [write(f"robot{n}@loop.example", to, "Re: x", f"thank you {n}") for n in range(10)]
    assert became.count(Disposition.new_ticket) <= 4
    assert became[-1] == Disposition.parked
    assert len(notices()) == 1, "nobody but the requester ever got a receipt"


def test_the_same_words_again_and_again_are_stopped(cast: Cast) -> None:
    became = [write("loop@x.example", SUPPORT, "Re: hello", "thank you", Message_ID=f"<{n}@x>") for n in range(6)]
    assert became == [Disposition.new_ticket] * 3 + [Disposition.parked] * 3


def test_a_sender_and_a_domain_have_their_caps(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(cast.app.config, "MAIL_BRAKE", 1000)
    monkeypatch.setitem(cast.app.config, "MAIL_CAP_SENDER", 2)
    monkeypatch.setitem(cast.app.config, "MAIL_CAP_DOMAIN", 3)
    senders = ["a@x.example", "a@x.example", "a@x.example", "b@x.example", "c@x.example"]
    became = [write(sender, SUPPORT, f"s{n}", f"t{n}") for n, sender in enumerate(senders)]
    parked = [Disposition.parked]
    assert became == [Disposition.new_ticket] * 2 + parked + [Disposition.new_ticket] + parked
    assert last_row().reason == "domain"


def test_a_late_answer_opens_a_new_ticket_that_follows(cast: Cast) -> None:
    ticket = an_inquiry(cast.contact("alice"))
    ticket.close(cast.user("dana").actor())
    db.session.commit()
    clock.set_now(clock.now() + timedelta(days=13))
    to = reply_address(ticket.reply_token)
    assert write("alice@acme.example", to, "Re: x", "まだ出ます") == Disposition.follow_up
    assert ticket.state == TicketState.open
    ticket.close(cast.user("dana").actor())
    db.session.commit()
    clock.set_now(clock.now() + timedelta(days=15))
    assert write("alice@acme.example", to, "Re: x", "また出ました") == Disposition.new_ticket
    found = db.session.scalars(select(TicketLink)).one()
    assert (found.ticket_id, found.other_id, found.kind) == (newest().id, ticket.id, LinkKind.follows)
    assert ticket.state == TicketState.closed
    assert ticket.reference in cast.dana.get(f"/desk/tickets/{newest().reference}").text


def test_a_strangers_answer_is_a_ticket_of_its_own_beside_the_thread(cast: Cast) -> None:
    ticket = an_inquiry(cast.contact("alice"))
    write("stranger@x.example", reply_address(ticket.reply_token), "Re: x", "hello")
    assert newest().id != ticket.id
    assert newest().customer_id is None
    assert db.session.scalars(select(TicketLink.kind)).one() == LinkKind.related


def with_zip(subject: str) -> bytes:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "alice@acme.example", SUPPORT, subject
    mail.set_content("ログを添付します。")
    mail.add_attachment(locked_zip(), maintype="application", subtype="zip", filename="log.zip")
    return mail.as_bytes()


def test_a_zip_and_its_password_mail_are_one_ticket_with_the_password_masked(cast: Cast) -> None:
    deliver(with_zip("ログの送付"), "alice@acme.example", SUPPORT)
    text = "先ほどのファイルのパスワードは次の通りです。\nパスワード: Xy7-secret"
    assert write("alice@acme.example", SUPPORT, "【パスワード】ログの送付", text) == Disposition.follow_up
    assert tickets() == 1
    page = cast.dana.get(f"/desk/tickets/{newest().reference}").text
    assert "Xy7-secret" not in page
    assert "●●●●●●" in page
    assert "パスワードは伏せ字" in page


@pytest.mark.parametrize("sender", ["carol@acme.example", "stranger@x.example"])
def test_somebody_elses_password_mail_is_not_joined(cast: Cast, sender: str) -> None:
    deliver(with_zip("ログの送付"), "alice@acme.example", SUPPORT)
    assert write(sender, SUPPORT, "ログの送付", "パスワード: Xy7-secret") == Disposition.new_ticket


def test_a_parked_mail_can_be_taken_in_by_a_person(cast: Cast) -> None:
    ticket = an_inquiry(cast.contact("alice"))
    write("alice@acme.example", reply_address(ticket.reply_token), "不在通知", "本当は人です")
    row = last_row()
    assert "本当は人です" in cast.dana.get(f"/desk/mails/{row.id}").text
    answer = cast.dana.post(f"/desk/mails/{row.id}/filing")
    assert answer.location.endswith(ticket.reference)
    assert last_row().disposition == Disposition.follow_up
    assert cast.dana.post(f"/desk/mails/{row.id}/filing").status_code == 409
    assert counts() == {"received": 1, "waiting": 0, "follow_up": 1}


def test_reading_again_changes_words_in_place_and_doubles_nothing(cast: Cast) -> None:
    write("alice@acme.example", SUPPORT, "件名", "本文", Message_ID="<m@x>")
    row, message = last_row(), db.session.scalars(select(Message)).one()
    message.body, message.folds = "garbled", []
    db.session.commit()
    assert reread(row) == Disposition.new_ticket
    db.session.commit()
    assert message.body.strip() == "本文"
    assert "mail.read_again" in events(newest())
    assert (tickets(), len(notices())) == (1, 1)
    assert reread(row) == Disposition.new_ticket
    assert events(newest()).count("mail.read_again") == 1


def test_reading_a_parked_mail_again_leaves_it_parked(cast: Cast) -> None:
    write("alice@acme.example", SUPPORT, "不在通知", "x", Auto_Submitted="auto-replied")
    assert reread(last_row()) == Disposition.parked
    assert tickets() == 0


def test_several_mails_of_one_batch_are_each_filed_once(cast: Cast) -> None:
    ticket = an_inquiry(cast.contact("alice"))
    raws = [a_mail("alice@acme.example", SUPPORT, f"件名 {n}", f"本文 {n}") for n in range(5)]
    raws += [raws[0], a_mail("alice@acme.example", reply_address(ticket.reply_token), "Re", "追加")]
    ids = accept([Arrival(raw, "alice@acme.example", [SUPPORT]) for raw in raws[:-1]])
    ids += accept([Arrival(raws[-1], "alice@acme.example", [reply_address(ticket.reply_token)])])
    became = file_mails(rows_to_file(ids))
    db.session.commit()
    assert became == [Disposition.new_ticket] * 5 + [Disposition.duplicate, Disposition.follow_up]
    assert tickets() == 6
    assert len(notices()) == 6


def test_a_batch_asks_the_database_little(cast: Cast, statements: list[str]) -> None:
    """P5: a mail costs about one statement beside the batch's own."""
    ids = accept(
        [Arrival(a_mail(f"c{n}@x.example", SUPPORT, f"s {n}"), f"c{n}@x.example", [SUPPORT]) for n in range(20)]
    )
    rows = rows_to_file(ids)
    statements.clear()
    file_mails(rows)
    assert len(statements) <= 2 * 20 + 16


def test_html_is_shown_in_a_frame_of_its_own_without_scripts_and_remote_images(cast: Cast) -> None:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "alice@acme.example", SUPPORT, "x"
    mail.set_content("本文")
    html = '<p onclick="a()">本文<script>alert(1)</script><img src="https://spy.example/x.png"><img src="cid:i"></p>'
    mail.add_alternative(html, subtype="html")
    part = mail.get_payload()[1]
    part.add_related(b"\x89PNG", "image", "png", cid="<i>")
    deliver(mail.as_bytes(), "alice@acme.example", SUPPORT)
    message = db.session.scalars(select(Message)).one()
    frame = f"/desk/tickets/{newest().reference}/mails/{message.id}/html"
    assert f'src="{frame}"' in cast.dana.get(f"/desk/tickets/{newest().reference}").text
    answer = cast.dana.get(frame)
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert "<script" not in answer.text
    assert "onclick" not in answer.text
    assert "spy.example" not in answer.text
    assert "data:image/png;base64," in answer.text


def test_the_ledgers_page_adds_up(cast: Cast) -> None:
    write("alice@acme.example", SUPPORT, "お尋ねします", "本文")
    write("alice@acme.example", SUPPORT, "不在通知", "x", Auto_Submitted="auto-replied")
    page = cast.erin.get("/desk/mails").text
    assert "<b>2</b> 受信 = <b>0</b> 処理待ち + <b>1</b> 新規チケット + <b>1</b> 保留" in page
    assert "不在通知" in cast.erin.get("/desk/mails?disposition=parked").text
    assert "お尋ねします" not in cast.erin.get("/desk/mails?disposition=parked").text


def test_the_original_is_always_there(cast: Cast) -> None:
    raw = a_mail("alice@acme.example", SUPPORT)
    deliver(raw, "alice@acme.example", SUPPORT)
    assert path_of(last_row().raw_sha256 or "").read_bytes() == raw
