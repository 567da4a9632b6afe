"""Robots, robots that answer, mail servers and people, told apart by what they really send."""

import pytest

from helpdesk.mailgate.automatic import Kind, is_autoresponders, is_null_path
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
        (mail(subject="自動返信: 出張中です", Return_Path="<>"), Kind.automatic_reply),
        (
            mail(subject="【自動応答】お問い合わせを受け付けました", Auto_Submitted="auto-generated"),
            Kind.automatic_reply,
        ),
        (mail(subject="不在通知", Return_Path="< >"), Kind.automatic_reply),
        (mail(subject="Automatic reply: your ticket", Return_Path=""), Kind.automatic_reply),
        (mail("MAILER-DAEMON@x.example", "Out of Office: x", Return_Path="<>"), Kind.automatic_reply),
        (mail(Auto_Submitted="auto-generated"), Kind.automatic),
        (mail(Return_Path="<>"), Kind.automatic_reply),
        (mail("MAILER-DAEMON <>", "Mail delivery failed", Return_Path="<>"), Kind.bounce),
        (mail("no-reply@carrier.example", "メールエラー通知", Return_Path="<>"), Kind.bounce),
        (mail("x@y.example", "x", f"<{'ab' * 16}@desk.example> 550 5.1.1 gone", Return_Path="<>"), Kind.bounce),
        (mail("x@y.example", "x", "550 5.1.1 gone", Return_Path="<>"), Kind.automatic_reply),
        (mail("x@y.example", "x", f"<{'ab' * 16}@desk.example> 550 5.1.1 gone"), Kind.person),
        (dsn(), Kind.bounce),
        (dsn(action="delayed", status="4.4.1"), Kind.bounce),
        (mail("MAILER-DAEMON@docomo.ne.jp", "Mail System Error - Returned Mail"), Kind.bounce),
        (mail("Postmaster@ezweb.ne.jp", "Mail System Error - Returned Mail"), Kind.bounce),
        (mail("MAILER-DAEMON@softbank.ne.jp", "Undelivered Mail Returned to Sender"), Kind.bounce),
        (mail("postmaster@corp.example", "配信不能: 許可リストの件"), Kind.bounce),
        (mail("MAILER-DAEMON@x.example", "failure notice", "Hi. This is the qmail-send program at x."), Kind.bounce),
        (mail("x@y.example", "x", X_Failed_Recipients="alice@acme.example", Return_Path="<>"), Kind.bounce),
        (mail("x@y.example", "Fwd: x", X_Failed_Recipients="alice@acme.example"), Kind.person),
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
    assert (bounce.recipients, bounce.status, bounce.failed) == (("alice@acme.example",), "5.1.1", True)
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
    assert bounce.recipients[0] == "taro@docomo.ne.jp"
    assert (bounce.message_ids, bounce.failed) == (("<ours@desk.example>",), True)


PEOPLE = [
    "【不在通知】を装ったメールを開いてしまいました",
    "Re: 【自動配信】アラートメールが届かなくなりました",
    "自動返信の設定方法",
    "長期休暇中: 端末の隔離について",
    "Vacation: endpoint offline for 30 days",
    "不在通知",
    "自動返信: 出張中です",
    "Automatic reply: your ticket",
    "Out of office PCs are not scanned",
]


@pytest.mark.parametrize("subject", PEOPLE)
def test_words_of_a_subject_make_no_robot_but_are_not_answered_by_a_machine(subject: str) -> None:
    read = parse_mail(mail(subject=subject))
    assert read.kind == Kind.person, read.sign
    assert not read.may_be_answered


@pytest.mark.parametrize(
    "headers",
    [
        {"List_Id": "<soc.acme.example>", "Precedence": "list"},
        {"Precedence": "bulk"},
        {"Precedence": "junk"},
        {"X_Auto_Response_Suppress": "All"},
        {"X_Auto_Response_Suppress": "DR, OOF, AutoReply"},
        {"List_Post": "<mailto:soc@acme.example>"},
        {"List_Unsubscribe": "<mailto:off@acme.example>"},
    ],
)
def test_lists_and_suppress_headers_forbid_an_answer_and_make_no_robot(headers: dict[str, str]) -> None:
    read = parse_mail(mail(**headers))
    assert read.kind == Kind.person, read.sign
    assert not read.may_be_answered


def test_a_plain_mail_may_be_answered() -> None:
    assert parse_mail(mail()).may_be_answered
    assert parse_mail(mail(X_Auto_Response_Suppress="DR, RN")).may_be_answered
    assert not parse_mail(mail(Auto_Submitted="auto-generated")).may_be_answered


@pytest.mark.parametrize(
    ("subject", "is_one"),
    [
        ("不在通知", True),
        ("【不在通知】", True),
        ("自動返信: [受付番号:2611-0001] 受け付けました", True),
        ("Automatic reply: [受付番号:2611-0001] We received your inquiry", True),
        ("Out of Office Re: [受付番号:2611-0001] x", True),
        ("I am out of the office", True),
        ("このメールは自動返信です", True),
        ("外出通知", True),
        ("Re: [受付番号:2611-0001] 自動返信の設定方法", False),
        ("自動返信の設定方法", False),
        ("【不在通知】を装ったメールを開いてしまいました", False),
        ("長期休暇中: 端末の隔離について", False),
        ("Vacation: endpoint offline for 30 days", False),
        ("不在時の連絡先について", False),
    ],
)
def test_a_subject_that_is_an_autoresponders_phrase(subject: str, is_one: bool) -> None:
    assert is_autoresponders(subject) is is_one


@pytest.mark.parametrize("path", ["", "<>", " < > ", "MAILER-DAEMON", "<MAILER-DAEMON>"])
def test_the_null_path_is_one_value(path: str) -> None:
    assert is_null_path(path)


@pytest.mark.parametrize("path", ["unknown", "a@x.example", "daemon@x.example", "<a@x.example>"])
def test_other_paths_are_not_null(path: str) -> None:
    assert not is_null_path(path)
