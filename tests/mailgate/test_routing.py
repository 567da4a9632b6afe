"""Where mails go, as a table."""

import pytest

from helpdesk.mailgate.automatic import Kind
from helpdesk.mailgate.parsing import Mail
from helpdesk.mailgate.routing import Destination, MailFacts, Trust, references_in, route, token_in, trust_in

PLAIN, ROBOT, BOUNCE = (
    Mail(subject="x"),
    Mail(subject="x", kind=Kind.automatic_reply),
    Mail(subject="x", kind=Kind.bounce),
)
TOKEN = "0123456789abcdef" * 2


@pytest.mark.parametrize(
    ("mail", "known", "where"),
    [
        (PLAIN, MailFacts(), Destination.inquiry),
        (ROBOT, MailFacts(), Destination.parked),
        (BOUNCE, MailFacts(alert_address=True), Destination.bounce),
        (PLAIN, MailFacts(reads_as_alert=True), Destination.alert),
        (PLAIN, MailFacts(thread_ticket=1, sender_takes_part=True), Destination.follow_up),
        (PLAIN, MailFacts(thread_ticket=1, sender_takes_part=False), Destination.inquiry),
        (ROBOT, MailFacts(thread_ticket=1, sender_takes_part=True), Destination.parked),
        (PLAIN, MailFacts(alert_address=True), Destination.alert),
        (PLAIN, MailFacts(alert_address=True, thread_ticket=1, sender_takes_part=True), Destination.follow_up),
    ],
)
def test_routes(mail: Mail, known: MailFacts, where: Destination) -> None:
    assert route(mail, known)[0] == where


@pytest.mark.parametrize(
    ("recipient", "token"),
    [
        (f"support+{TOKEN}@desk.example", TOKEN),
        (f"SUPPORT+{TOKEN.upper()}@DESK.EXAMPLE", TOKEN),
        (f"support+{TOKEN}@evil.example", None),
        ("support+short@desk.example", None),
    ],
)
def test_tokens(recipient: str, token: str | None) -> None:
    assert token_in([recipient], "support@desk.example") == token


def test_references() -> None:
    assert references_in("[ISSUE 2024-00012] Re: [受付番号:2611-0480] 件名") == ["2024-00012", "2611-0480"]
    assert references_in("Re:【受付番号：２６１１-０４８０】") == ["2611-0480"]
    assert references_in("Re: 2611-0480") == []


@pytest.mark.parametrize(
    ("header", "verified"),
    [
        ("mx.desk.example; dmarc=pass header.from=acme.example", True),
        ("mx.desk.example; spf=pass; dmarc=fail", False),
        ("mx.evil.example; dmarc=pass", False),
        ("mx.desk.example.evil; dmarc=pass", False),
        ("mx.desk.example; spf=pass smtp.mailfrom=dmarc=pass@evil.example; dmarc=fail", False),
        ('mx.desk.example; spf=fail reason="x; dmarc=pass "; dmarc=fail', False),
        ("mx.desk.example; spf=fail (; dmarc=pass ); dmarc=fail", False),
    ],
)
def test_only_our_own_servers_verdict_counts(header: str, verified: bool) -> None:
    assert (trust_in((header,), "mx.desk.example") == Trust.verified) is verified
    assert trust_in((header,), "") == Trust.unknown
