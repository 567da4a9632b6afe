"""What an attacker and sloppy mails found at the mail door once, each with its smallest input (S1, S2, N1 to N3)."""

from datetime import timedelta

import pytest

from helpdesk import clock
from helpdesk.console.values import ConsoleEvent
from helpdesk.extensions import db
from helpdesk.mailgate.authors import author_of
from helpdesk.mailgate.automatic import Kind, is_null_path
from helpdesk.mailgate.ledger import Disposition
from helpdesk.mailgate.parsing import parse_mail
from helpdesk.mailgate.routing import Trust, trust_of
from helpdesk.notices.models import reply_address
from helpdesk.notices.writing import JIS, UTF_8, written
from helpdesk.tickets.answering import reply
from tests.conftest import Cast
from tests.mailgate.test_automatic import mail
from tests.mailgate.test_filing import SUPPORT, events
from tests.mailgate.test_ledger import a_mail, deliver, write
from tests.making import TEXT, an_inquiry
from tests.security.test_mail_headers import a_letter

ALICE, ALERTS = "alice@acme.example", "alerts+acme@desk.example"


@pytest.mark.parametrize("charset", [UTF_8, JIS])
def test_controls_in_a_body_rewrite_nothing(charset: str) -> None:
    sent = written(a_letter("x", body="ファイル名: a\x1b$B.exe です。\x0eA\x0f\x00", charset=charset)).as_bytes()
    assert "a$B.exe です。" in parse_mail(sent).text.replace("〓", "")


def test_what_the_console_tells_stands_on_one_line() -> None:
    told = ConsoleEvent.read({"event_type_id": 1, "file": {"file_name": f"a\nSHA-256: {'ab' * 32}"}})
    assert "\n" not in (told.file_name or "")


def verdict(lines: str, header: str = "dmarc=pass") -> Trust:
    read = parse_mail(f"Authentication-Results: mx.desk.example; {header}\r\n{lines}\r\nSubject: x\r\n\r\ny".encode())
    return trust_of(read, "mx.desk.example", believed=True)


@pytest.mark.parametrize(
    ("lines", "header"),
    [
        (f"From: {ALICE}", 'dmarc=pass header.from="globex.example"'),
        (f"From: {ALICE}", "dmarc=pass header.from=acme.example header.from=globex.example"),
        (f"From: {ALICE}", "dmarc/1=fail; dmarc=pass"),
        (f"From: {ALICE}", "dmarc=pass; dmarc=bogus/x"),
        (f"From: {ALICE}", "x=" + "y" * 4_000 + "; dmarc=pass"),
        (f"From: {ALICE}{' ' * 20_000}, m@evil.example", "dmarc=pass"),
        (f"From: {ALICE}\r\n" + "a: b\r\n" * 2_100 + "From: m@evil.example", "dmarc=pass"),
        (f"From: {ALICE}\r\nX: {'y' * 600_000}\r\nFrom: m@evil.example", "dmarc=pass"),
        (f"From : m@evil.example\r\nFrom: {ALICE}", "dmarc=pass"),
        (f"From: {ALICE}\r\nFrom : m@evil.example", "dmarc=pass"),
        (f"From: m@evil.example: {ALICE};", "dmarc=pass"),
        ("From: al(x)ice@acme.example", "dmarc=pass"),
        ("From: alice@acme.exa(x)mple", "dmarc=pass"),
        ("From: alice\\@acme.example", "dmarc=pass"),
        (f"From: <m@evil.example:{ALICE}>", "dmarc=pass"),
        (f"From: mailto:{ALICE}", "dmarc=pass"),
    ],
)
def test_no_trick_makes_a_sender_verified(lines: str, header: str) -> None:
    assert verdict(lines, header) != Trust.verified


@pytest.mark.parametrize("header", ["dmarc=pass", "dmarc/1=pass", "dmarc = pass (p=none) header.from = acme.example"])
def test_a_plain_author_with_a_verdict_is(header: str) -> None:
    assert verdict(f"From: Alice <{ALICE}>", header) == Trust.verified


def test_a_comment_parts_words() -> None:
    assert author_of(["al(x)ice@acme.example"]).plain is False
    assert author_of(["alice@acme.example (Alice)"]).plain


@pytest.mark.parametrize("sender", ["bounces@console.example", "postmaster@acme.example", "MAILER-DAEMON@x.example"])
def test_an_alert_with_a_null_path_is_an_alert(cast: Cast, sender: str) -> None:
    assert deliver(a_mail(sender, ALERTS, "x", TEXT), "", ALERTS) == Disposition.alert


def test_what_only_reads_as_an_alert_opens_nothing_with_a_null_path(cast: Cast) -> None:
    subject = "[Cisco Secure Endpoint] [x] Matching Events Found On PC1"
    assert deliver(a_mail("x@evil.example", SUPPORT, subject), "<>", SUPPORT) == Disposition.parked


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        ("Re: [受付番号:{}] 配信エラーの相談", "席を外しております。"),
        ("x", "席を外しております。\n> 「user unknown」と返ってきます\n"),
        ("x", "内線は 500 番です <{}>"),
        ("x", "Outlook 5.0.1 から送信 <{}>"),
    ],
)
def test_no_false_bounce_changes_a_delivery(cast: Cast, subject: str, text: str) -> None:
    ticket = an_inquiry(cast.contact("alice"))
    sent = reply(ticket, cast.user("dana"), "ご案内です").notice
    assert sent is not None
    db.session.commit()
    named = "a" * 32 + "@other.example"
    raw = a_mail(ALICE, "x", subject.format(ticket.reference), text.format(named), In_Reply_To=sent.message_id)
    deliver(raw, "<>", reply_address(ticket.reply_token))
    assert sent.bounced_at is None
    assert {"mail.parked", "mail.bounced"} & set(events(ticket))


def test_a_bounce_that_echoes_our_subject_is_a_bounce() -> None:
    subject = "Undelivered Mail Returned to Sender: [受付番号:2611-0001] 自動返信の設定方法"
    assert parse_mail(mail("MAILER-DAEMON@x.example", subject), null_path=True).kind == Kind.bounce


def test_signs_are_looked_for_in_time_that_grows_with_the_text() -> None:
    named = f"<{'ab' * 16}@desk.example>"
    for body in ("\n" * 20_000, "- " * 10_000, "status " * 3_000, ("status" + "." * 30) * 500):
        read = parse_mail(mail("x@y.example", "x", f"{named}\n{body}"), null_path=True)
        assert read.kind == Kind.automatic_reply


@pytest.mark.parametrize("path", ['""', "<> (null)", "<MAILER-DAEMON@mx.example>", "#@[]"])
def test_other_ways_of_writing_no_sender(path: str) -> None:
    assert is_null_path(path)


@pytest.mark.parametrize(
    "raw",
    [
        mail(Auto_Submitted="(a (b)) no"),
        mail(Auto_Submitted='"no"'),
        mail(Auto_Submitted="false"),
        mail(X_Autoreply=""),
        mail(X_Vacation="off"),
        mail(X_Auto_Reply="none"),
        mail("mdaemon-admin@acme.example"),
        mail("postmaster@acme.example", "相談", "メールが「user unknown」で戻ります。なぜですか"),
        mail("mail-delivery-team@acme.example", "メールエラーの相談"),
        b"From: a@b.example\r\nContent-Type: multipart/mixed; report-type=delivery-status; boundary=b\r\n\r\n--b--",
    ],
)
def test_people_with_odd_headers_are_people(raw: bytes) -> None:
    read = parse_mail(raw)
    assert read.kind == Kind.person, read.sign


@pytest.mark.parametrize(
    "raw",
    [
        mail(X_Precedence="auto_reply"),
        mail(Preference="auto_reply"),
        mail(X_FC_MachineGenerated="true"),
        mail(X_ServiceNow_Generated="true"),
        mail(X_RT_Loop_Prevention="rt"),
        b"From: a@b.example\r\nAuto-Submitted: no\r\nAuto-Submitted: auto-replied\r\n\r\nx",
        b"From: a@b.example\r\nPrecedence: bulk\r\nPrecedence: auto_reply\r\n\r\nx",
    ],
)
def test_robots_with_odd_headers_are_robots(raw: bytes) -> None:
    assert parse_mail(raw).kind != Kind.person


def test_photos_without_a_word_are_not_the_same_words(cast: Cast) -> None:
    begin = clock.now()
    for number in range(5):
        clock.set_now(begin + timedelta(seconds=400 * number))
        assert write(ALICE, SUPPORT, "不審なメール", "", Message_ID=f"<{number}@x>") == Disposition.new_ticket


def test_eight_inquiries_in_three_minutes_are_a_persons(cast: Cast) -> None:
    begin = clock.now()
    for number, words in enumerate(["隔離", "一覧", "更新", "削除", "検索", "許可", "通知", "履歴"]):
        clock.set_now(begin + timedelta(seconds=20 * number))
        assert write(ALICE, SUPPORT, f"{words}について", f"{words}の方法を教えてください") == Disposition.new_ticket


def test_strangers_of_one_domain_who_come_all_at_once_are_braked(cast: Cast) -> None:
    became = [write(f"r{n}@robot.example", SUPPORT, f"Hello {chr(97 + n)}", f"{chr(97 + n)} is it") for n in range(26)]
    assert became.count(Disposition.new_ticket) == 10
