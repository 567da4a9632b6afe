"""Robots, robots that answer, mail servers and people, told apart by what they really send."""

import pytest

from helpdesk.mailgate.automatic import Kind
from helpdesk.mailgate.parsing import parse_mail

REPORT = (
    "Content-Type: multipart/report; report-type={kind}; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\n"
    "{words}\r\n--b\r\nContent-Type: message/{part}\r\n\r\n{fields}\r\n\r\n--b\r\n"
    "Content-Type: text/rfc822-headers\r\n\r\n"
    "Message-ID: <ours@desk.example>\r\nSubject: x\r\n--b--\r\n"
)
FIELDS = (
    "Reporting-MTA: dns; mx.example\r\n\r\nFinal-Recipient: rfc822; alice@acme.example\r\nAction: {action}\r\n"
    "Status: {status}\r\nDiagnostic-Code: smtp; 550 5.1.1 User unknown"
)


def mail(sender: str = "a@b.example", subject: str = "x", body: str = "本文", **headers: str) -> bytes:
    lines = [f"From: {sender}", f"Subject: {subject}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return ("\r\n".join(lines) + f"\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{body}").encode()


def dsn(
    action: str = "failed", status: str = "5.1.1", kind: str = "delivery-status", sender: str = "x@y.example"
) -> bytes:
    fields = FIELDS.format(action=action, status=status)
    report = REPORT.format(kind=kind, part="delivery-status", words="It failed.", fields=fields)
    return f"From: {sender}\r\nSubject: Undelivered Mail Returned to Sender\r\n{report}".encode()


@pytest.mark.parametrize(
    ("raw", "kind"),
    [
        (mail(), Kind.person),
        (mail(subject="不在時の連絡先について"), Kind.person),
        (mail(subject="Re: 自動隔離の件"), Kind.person),
        (mail(subject="Delivery failure of the agent installer"), Kind.person),
        (mail(Auto_Submitted="no"), Kind.person),
        (mail(X_Auto_Response_Suppress="OOF"), Kind.person),
        (mail(Auto_Submitted="auto-replied (vacation)"), Kind.automatic_reply),
        (mail(X_Autoreply="yes"), Kind.automatic_reply),
        (mail(X_Autorespond="x"), Kind.automatic_reply),
        (mail(X_Autoreply="no"), Kind.person),
        (mail(Precedence="auto_reply"), Kind.automatic_reply),
        (mail(subject="自動返信: 出張中です"), Kind.automatic_reply),
        (mail(subject="【自動応答】お問い合わせを受け付けました"), Kind.automatic_reply),
        (mail(subject="不在通知"), Kind.automatic_reply),
        (mail(subject="Automatic reply: your ticket"), Kind.automatic_reply),
        (mail(subject="Re: Out of Office: x"), Kind.automatic_reply),
        (mail(Auto_Submitted="auto-generated"), Kind.automatic),
        (mail(Precedence="bulk"), Kind.automatic),
        (mail(List_Id="<news.x.example>"), Kind.automatic),
        (mail(X_Auto_Response_Suppress="All"), Kind.automatic),
        (mail(Return_Path="<>"), Kind.automatic),
        (dsn(), Kind.bounce),
        (dsn(action="delayed", status="4.4.1"), Kind.bounce),
        (mail("MAILER-DAEMON@docomo.ne.jp", "Mail System Error - Returned Mail"), Kind.bounce),
        (mail("Postmaster@ezweb.ne.jp", "Mail System Error - Returned Mail"), Kind.bounce),
        (mail("MAILER-DAEMON@softbank.ne.jp", "Undelivered Mail Returned to Sender"), Kind.bounce),
        (mail("postmaster@corp.example", "配信不能: 許可リストの件"), Kind.bounce),
        (mail("MAILER-DAEMON@x.example", "failure notice", "Hi. This is the qmail-send program at x."), Kind.bounce),
        (mail("x@y.example", "x", X_Failed_Recipients="alice@acme.example"), Kind.bounce),
        (mail("MAILER-DAEMON@x.example", "お知らせ"), Kind.automatic),
        (
            b"Subject: x\r\n"
            + REPORT.format(kind="feedback-report", part="feedback-report", words="c", fields="").encode(),
            Kind.feedback_loop,
        ),
        (
            b"Subject: Read: x\r\n"
            + REPORT.format(kind="disposition-notification", part="x", words="c", fields="").encode(),
            Kind.automatic_reply,
        ),
        (b"\xff\xfe", Kind.unreadable),
    ],
)
def test_who_wrote_it(raw: bytes, kind: Kind) -> None:
    read = parse_mail(raw)
    assert read.kind == kind, read.sign
    assert (read.sign == "") == (kind in (Kind.person, Kind.unreadable))


def test_a_report_says_whose_mail_failed_why_and_which() -> None:
    bounce = parse_mail(dsn()).bounce
    assert bounce is not None
    assert (bounce.recipient, bounce.status, bounce.failed) == ("alice@acme.example", "5.1.1", True)
    assert bounce.message_ids == ("<ours@desk.example>",)
    assert "User unknown" in bounce.diagnostic


def test_a_delay_is_no_failure() -> None:
    bounce = parse_mail(dsn(action="delayed", status="4.4.1")).bounce
    assert bounce is not None
    assert not bounce.failed


def test_a_carriers_bounce_without_a_report_is_read_from_its_words() -> None:
    words = "次のあて先へのメッセージはエラーのため送信できませんでした。\n<taro@docomo.ne.jp>: 550 Unknown user\n\n"
    words += "Message-ID: <ours@desk.example>"
    bounce = parse_mail(mail("MAILER-DAEMON@docomo.ne.jp", "Mail System Error - Returned Mail", words)).bounce
    assert bounce is not None
    assert (bounce.recipient, bounce.message_ids, bounce.failed) == (
        "taro@docomo.ne.jp",
        ("<ours@desk.example>",),
        True,
    )
