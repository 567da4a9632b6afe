"""Defects that were found by attacking the door, each kept from coming back."""

import smtplib
import socket
import time

import pytest
from flask import Flask
from sqlalchemy import select

from helpdesk.extensions import db
from helpdesk.mailgate.automatic import Kind
from helpdesk.mailgate.filing import file_mails, reread
from helpdesk.mailgate.ledger import Arrival, Disposition, IncomingMail, accept, counts, rows_to_file
from helpdesk.mailgate.parsing import parse_mail
from helpdesk.mailgate.routing import Trust, password_told, trust_in
from helpdesk.notices.jobs import compose
from helpdesk.notices.models import Notice, reply_address
from helpdesk.tickets.answering import reply
from helpdesk.tickets.messages import Message
from helpdesk.tickets.models import Ticket
from tests.conftest import Cast
from tests.mailgate.test_automatic import dsn, mail
from tests.mailgate.test_filing import SUPPORT, last_row, tickets, with_zip
from tests.mailgate.test_gateway import RAW, settled, work
from tests.mailgate.test_ledger import a_mail, deliver, write
from tests.making import an_inquiry
from tests.timing import processor_time


def talk(port: int, *lines: bytes) -> socket.socket:
    """A bare SMTP client that says these lines and waits for an answer to each but the last."""
    client = socket.create_connection(("127.0.0.1", port), timeout=10)
    client.recv(1000)
    for line in lines[:-1]:
        client.sendall(line)
        client.recv(1000)
    client.sendall(lines[-1])
    return client


def test_a_client_that_goes_away_before_its_answer_takes_nobody_with_it(app: Flask, ports: tuple[int, int]) -> None:
    for number in range(5):
        words = (b"HELO x\r\n", b"MAIL FROM:<a@b.example>\r\n", b"RCPT TO:<support@desk.example>\r\n", b"DATA\r\n")
        client = talk(ports[0], *words, RAW % number + b".\r\nQUIT\r\n")
        client.shutdown(socket.SHUT_WR)
        client.close()
    client = talk(ports[0], *words, RAW % 99 + b".\r\n")
    assert client.recv(1000).startswith(b"250")
    client.close()
    deadline = time.monotonic() + 10
    while True:
        work(app)
        with app.app_context():
            found = counts()
        if found["received"] and not found["waiting"]:
            break
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_lmtp_refuses_a_large_mail_once_for_each_recipient(app: Flask, ports: tuple[int, int]) -> None:
    with smtplib.LMTP("127.0.0.1", ports[1]) as client:
        client.ehlo()
        client.mail("a@b.example")
        for name in ("support", "other"):
            client.rcpt(f"{name}@desk.example")
        assert client.docmd("DATA")[0] == 354
        client.send(b"x" * 4_000_000 + b"\r\n.\r\n")
        assert [client.getreply()[0], client.getreply()[0]] == [552, 552]
        assert client.noop()[0] == 250
    assert settled(app, 1)["refused"] == 1


def test_a_nul_in_the_envelope_harms_nobody(app: Flask, ports: tuple[int, int]) -> None:
    words = (b"HELO a\x00b\r\n", b"MAIL FROM:<a@b.example>\r\n", b"RCPT TO:<support@desk.example>\r\n", b"DATA\r\n")
    client = talk(ports[0], *words, RAW % 1 + b".\r\n")
    assert client.recv(1000).startswith(b"250")
    client.close()
    settled(app, 1)


@pytest.mark.parametrize(
    "header",
    [
        'mx.desk.example; spf=fail smtp.mailfrom="a\\"; dmarc=pass ; b"@evil.example; dmarc=fail',
        "mx.desk.example; spf=fail (x (y) ; dmarc=pass ; z); dmarc=fail",
        "mx.desk.example; dmarc=pass; dmarc=fail",
        "mx.desk.example; dmarc=pass; dmarc=pass",
        'mx.desk.example; spf=fail "; dmarc=pass',
        "mx.desk.example; spf=fail (; dmarc=pass",
    ],
)
def test_no_header_talks_itself_verified(header: str) -> None:
    assert trust_in((header,), "mx.desk.example") != Trust.verified


@pytest.mark.parametrize(
    ("subject", "body"),
    [
        ("Webフォームからの送信エラーについて", "「送信できませんでした」と表示されます"),
        ("メールの送信エラー", "user unknown と返ってきます"),
        ("FW: Undelivered Mail Returned to Sender", "This is the mail system at host x."),
        ("戻り値について", "user unknown"),
        ("Login rejected", "user taro.yamada not found"),
        ("長期休暇中のサポート体制について", "x"),
        ("休暇中のアラート対応について", "x"),
        ("休暇のお知らせと代理連絡先", "x"),
        ("自動返信メールが届きません", "x"),
        ("自動送信メールの停止依頼", "x"),
        ("退職のお知らせ（担当者変更のお願い）", "x"),
        ("不在のため代理でご連絡します", "x"),
        ("Vacation schedule and support coverage", "x"),
    ],
)
def test_peoples_mails_are_peoples(subject: str, body: str) -> None:
    read = parse_mail(mail(subject=subject, body=body))
    assert read.kind == Kind.person, read.sign


@pytest.mark.parametrize("header", ["X_MS_Exchange_Inbox_Rules_Loop", "Feedback_ID", "List_Unsubscribe"])
def test_headers_that_peoples_mails_carry_too_are_no_sign(header: str) -> None:
    assert parse_mail(mail(**{header: "info@kunde.example"})).kind == Kind.person


@pytest.mark.parametrize(
    ("subject", "headers"),
    [
        ("お問い合わせありがとうございます（自動返信）", {}),
        ("※自動返信※ 受付完了", {}),
        ("■自動返信■", {}),
        ("株式会社A 自動返信メール", {}),
        ("【自動配信】お知らせ", {}),
        ("返信: 自動応答: 件名", {}),
        ("RE: 不在: 山田", {}),
        ("x", {"X_Auto_Response_Suppress": "DR, RN, NRN, OOF, AutoReply"}),
    ],
)
def test_what_may_be_a_robots_is_a_persons_that_no_machine_answers(subject: str, headers: dict[str, str]) -> None:
    read = parse_mail(mail(subject=subject, **headers))
    assert (read.kind, read.may_be_answered) == (Kind.person, False)


def test_a_comment_hides_no_machines_word() -> None:
    assert parse_mail(mail(Auto_Submitted="(foo) auto-replied")).kind == Kind.automatic_reply


def test_strangers_who_guess_a_number_touch_nothing(cast: Cast) -> None:
    ticket = an_inquiry(cast.contact("alice"))
    version = ticket.version
    for number in range(6):
        write(f"x{number}@evil{number}.example", SUPPORT, f"[受付番号:{ticket.reference}] x", f"t{number}")
    assert ticket.version == version
    assert write("alice@acme.example", reply_address(ticket.reply_token), "Re: x", "追加") == Disposition.follow_up


def test_a_forged_bounce_marks_nothing(cast: Cast) -> None:
    ticket = an_inquiry(cast.contact("alice"))
    raw = dsn(sender="attacker@evil.example").replace(b"Subject: ", f"Subject: [受付番号:{ticket.reference}] ".encode())
    deliver(raw, "attacker@evil.example", SUPPORT)
    assert db.session.scalars(select(Notice)).one().bounced_at is None


@pytest.mark.parametrize(("action", "status"), [("relayed", "2.0.0"), ("delivered", "2.1.5")])
def test_a_report_of_success_is_no_failure(cast: Cast, action: str, status: str) -> None:
    ticket = an_inquiry(cast.contact("alice"))
    deliver(dsn(action=action, status=status), "", reply_address(ticket.reply_token))
    assert db.session.scalars(select(Notice)).one().bounced_at is None


def test_forged_mails_do_not_use_up_the_cap_of_verified_ones(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(cast.app.config, "MAIL_CAP_SENDER", 3)
    for number in range(4):
        write("alice@acme.example", SUPPORT, f"s{number}", "x", Authentication_Results="mx.desk.example; dmarc=fail")
    assert last_row().disposition == Disposition.parked
    real = {"Authentication_Results": "mx.desk.example; dmarc=pass"}
    assert write("alice@acme.example", SUPPORT, "real", "x", **real) == Disposition.new_ticket


def test_look_alike_alerts_from_strangers_have_a_cap(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(cast.app.config, "MAIL_CAP_SENDER", 2)
    subject = "[Cisco Secure Endpoint] [f1] Matching Events Found On h%d"
    became = [write("x@evil.example", SUPPORT, subject % n, f"t{n}") for n in range(4)]
    assert became == [Disposition.alert] * 2 + [Disposition.parked] * 2


def test_two_copies_in_one_batch_or_out_of_order_are_one(cast: Cast) -> None:
    raw = a_mail("alice@acme.example", SUPPORT)
    first, second = accept([Arrival(raw, "alice@acme.example", [SUPPORT])] * 2)
    assert file_mails(rows_to_file([second])) == [Disposition.new_ticket]
    assert file_mails(rows_to_file([first])) == [Disposition.duplicate]
    third, fourth = accept([Arrival(raw + b" ", "alice@acme.example", [SUPPORT])] * 2)
    assert file_mails(rows_to_file([third, fourth])) == [Disposition.new_ticket, Disposition.duplicate]


@pytest.mark.parametrize(
    "raw",
    [
        b"Message-ID: <001@\x8eR\x93cPC>\r\nReferences: <001@\x8eR\x93cPC>\r\n\r\nx",
        b"Content-Type: text/plain; charset=utf-7\r\n\r\n+2AA-",
        b"Message-ID: <a\x00b@x>\r\n\r\nx",
        b"Content-Type: application/\x00x; name=a\r\n\r\nx",
        b'Content-Disposition: attachment; filename="\xed\xa0\x80"\r\n\r\nx',
    ],
)
def test_what_no_database_can_hold_is_cleaned(cast: Cast, raw: bytes) -> None:
    head = b"From: alice@acme.example\r\nSubject: s\r\n"
    assert deliver(head + raw, "alice@acme.example", SUPPORT) == Disposition.new_ticket
    assert db.session.scalars(select(Ticket)).one().customer_id == cast.acme.id


def test_the_nearest_of_our_message_ids_decides(cast: Cast) -> None:
    one, two = (an_inquiry(cast.contact("alice"), subject) for subject in ("一", "二"))
    ids = {}
    for ticket in (one, two):
        sent = reply(ticket, cast.user("dana"), "x").notice
        assert sent is not None
        ids[ticket.id] = sent.message_id
    db.session.commit()
    headers = {"In_Reply_To": ids[two.id], "References": f"{ids[one.id]} {ids[two.id]}"}
    write("alice@acme.example", SUPPORT, "Re: x", "y", **headers)
    assert last_row().ticket_id == two.id


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("パスワードは以下の通りです。\n\nAbc$1234\n", True),
        ("解凍パスワードは下記になります。\nAbc$1234", True),
        ("パスワードは、\n「Abc$1234」です", True),
        ("パスワード：Abc$1234", True),
        ("The password is Abc$1234", True),
        ("Password reset page shows error 500", False),
        ("パスワードを忘れました。", False),
    ],
)
def test_passwords_are_masked_and_nothing_else(text: str, told: bool) -> None:
    hidden = password_told(parse_mail(mail(body=text)))
    assert (hidden is not None) == told
    assert hidden is None or "Abc$1234" not in hidden.text


def test_a_zip_and_its_password_in_one_batch_are_one_ticket_also_when_read_again(cast: Cast) -> None:
    told = a_mail("alice@acme.example", SUPPORT, "パスワード", "パスワード：Abc$1234")
    ids = accept([Arrival(raw, "alice@acme.example", [SUPPORT]) for raw in (with_zip("ログ"), told)])
    assert file_mails(rows_to_file(ids)) == [Disposition.new_ticket, Disposition.follow_up]
    db.session.commit()
    reread(db.session.get_one(IncomingMail, ids[1]))
    bodies = [message.body for message in db.session.scalars(select(Message))]
    assert not [body for body in bodies if "Abc$1234" in body]


def test_an_unreadable_mail_that_can_be_read_now_is_read(cast: Cast) -> None:
    write("alice@acme.example", SUPPORT, "件名", "本文")
    row, ticket = last_row(), db.session.scalars(select(Ticket)).one()
    message = db.session.scalars(select(Message)).one()
    row.disposition, message.body, ticket.subject = Disposition.unreadable, "?", "unreadable mail"
    db.session.commit()
    assert reread(row) == Disposition.new_ticket
    assert (message.body.strip(), ticket.subject, tickets()) == ("本文", "件名", 1)


def test_a_long_message_id_of_somebody_else_is_sent_as_it_is(cast: Cast) -> None:
    long = f"<{'TYCPR01MB8452' * 4}@TYCPR01MB8452.jpnprd01.prod.outlook.com>"
    write("alice@acme.example", SUPPORT, "件名", "本文", Message_ID=long)
    sent = compose(db.session.scalars(select(Notice)).one()).as_bytes().replace(b"\n ", b" ")
    assert f"In-Reply-To: {long}".encode() in sent
    assert f"References: {long}".encode() in sent


@pytest.mark.parametrize(
    "raw",
    [
        b"Content-Type: text/plain; format=flowed\r\n\r\n" + b"a \r\n" * 600_000,
        b"Content-Type: text/html\r\n\r\n" + (b'<a"' + b"x" * 501 + b'"') * 2_000,
        b"".join(b"Cc: " + b"a@b.example," * 1_500 + b"\r\n" for _line in range(300)) + b"\r\nx",
        b"Content-Type: text/plain; charset=euc-jp\r\n\r\n" + b"\xad\xa1" + "あ".encode("euc_jp") * 2_000_000,
        b"Content-Type: multipart/mixed; boundary=x\r\n\r\n" + b"\n" * 5_000_000,
    ],
    ids=["flowed", "quotes in tags", "copies", "one vendor character", "no parts"],
)
def test_what_took_minutes_takes_seconds(raw: bytes) -> None:
    with processor_time() as taken:
        parse_mail(b"From: a@b.example\r\nSubject: x\r\n" + raw)
    assert taken() < 4


def test_words_that_were_lost_are_read() -> None:
    head = b"From: a@b.example\r\nSubject: x\r\n"
    wrong = (
        b'Content-Type: multipart/mixed; boundary="wrong"\r\n\r\n--right\r\nContent-Type: text/plain\r\n\r\nwords\r\n'
    )
    assert "words" in parse_mail(head + wrong + b"x\r\n" * 21_000).text
    terminal = "端末の記録 \x1b(B です".encode()
    assert parse_mail(head + b"Content-Type: text/plain; charset=utf-8\r\n\r\n" + terminal).text.startswith(
        "端末の記録"
    )
    turkish = "<p>İstanbul</p><style>a{}</style><p>words that matter</p>".encode()
    assert "words that matter" in parse_mail(head + b"Content-Type: text/html; charset=utf-8\r\n\r\n" + turkish).text
    inline = b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n"
    inline += b"Content-Disposition: inline; filename=mes.txt\r\n\r\nwords\r\n--b--\r\n"
    assert parse_mail(head + inline).text.strip() == "words"
