"""What comes back: the mail it names is marked, and only that; a ticket always tells of it (N10)."""

import base64

import pytest

from helpdesk.extensions import db
from helpdesk.mailgate.ledger import Disposition
from helpdesk.mailgate.parsing import parse_mail
from helpdesk.notices.models import Notice, reply_address
from helpdesk.tickets.answering import reply
from helpdesk.tickets.models import Ticket
from tests.conftest import Cast
from tests.mailgate.test_automatic import dsn
from tests.mailgate.test_filing import events
from tests.mailgate.test_ledger import a_mail, deliver
from tests.making import an_inquiry

DAEMON = "MAILER-DAEMON@mx.acme.example"


@pytest.fixture
def sent(cast: Cast) -> tuple[Ticket, Notice]:
    """An inquiry whose answer went out to Alice."""
    ticket = an_inquiry(cast.contact("alice"))
    notice = reply(ticket, cast.user("dana"), "お答えします。").notice
    assert notice is not None
    db.session.commit()
    return ticket, notice


def back(ticket: Ticket, text: str, subject: str = "failure notice", sender: str = DAEMON) -> Disposition | None:
    token = reply_address(ticket.reply_token)
    return deliver(a_mail(sender, token, subject, text), "", token)


def test_our_own_message_id_anywhere_names_the_mail(sent: tuple[Ticket, Notice]) -> None:
    """Not as a header, not in a report: within the words, or in a copy that is encoded."""
    ticket, notice = sent
    back(ticket, f"Your message {notice.message_id} to somebody else <x@y.example> was not delivered.")
    assert notice.bounced_at is not None


def test_it_is_found_in_an_encoded_copy(sent: tuple[Ticket, Notice]) -> None:
    _ticket, notice = sent
    copy = base64.encodebytes(f"Subject: x\r\nX-Kept: {notice.message_id}\r\n\r\nbody".encode())
    raw = f"From: {DAEMON}\r\nTo: x@y.example\r\nSubject: failure notice\r\n".encode()
    raw += b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nIt failed.\r\n--b\r\n"
    raw += b"Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\n" + copy + b"\r\n--b--\r\n"
    assert deliver(raw, "", "support@desk.example") == Disposition.bounce
    assert notice.bounced_at is not None


@pytest.mark.parametrize(
    "text",
    [
        "For help write to helpdesk@acme.example.\n\nUser unknown: alice@acme.example",
        "postmaster@acme.example reports: <ALICE@acme.example> could not be delivered to mailbox.",
    ],
)
def test_the_first_address_of_a_text_is_not_taken_for_the_failed_one(sent: tuple[Ticket, Notice], text: str) -> None:
    ticket, notice = sent
    assert back(ticket, text) == Disposition.bounce
    assert notice.bounced_at is not None


def test_an_address_that_was_not_written_to_marks_nothing_but_leaves_an_event(sent: tuple[Ticket, Notice]) -> None:
    ticket, notice = sent
    assert back(ticket, "User unknown: carol@acme.example") == Disposition.bounce
    assert notice.bounced_at is None
    assert events(ticket)[-1] == "mail.bounced"


QMAIL = """Hi. This is the qmail-send program at mx.acme.example.
I'm afraid I wasn't able to deliver your message to the following addresses.

<alice@acme.example>:
{words}
"""


@pytest.mark.parametrize(
    ("words", "final"),
    [
        ("Connected but sender was rejected. (#4.2.2)\nI'm not going to try again; it was queued too long", True),
        ("mailbox full (#4.2.2)\nThis is a permanent error; I've given up. Sorry it didn't work out.", True),
        ("Warning: message still undelivered after 4 hours (#4.4.1)\nWill keep trying until it is 5 days old", False),
        ("THIS IS A WARNING MESSAGE ONLY. YOU DO NOT NEED TO RESEND YOUR MESSAGE. (#4.4.7)", False),
        ("メールサーバーの混雑により配送が遅延しています。自動的に再送を試みます。", False),
        ("mailbox is full (#5.2.2)", True),
    ],
)
def test_it_is_delayed_only_where_it_says_that_it_will_be_tried_again(
    sent: tuple[Ticket, Notice], words: str, final: bool
) -> None:
    ticket, notice = sent
    assert back(ticket, QMAIL.format(words=words)) == Disposition.bounce
    assert (notice.bounced_at is not None) == final
    assert events(ticket)[-1] == ("notice.bounced" if final else "notice.delayed")


def test_a_report_that_a_mail_arrived_is_told_and_marks_nothing(sent: tuple[Ticket, Notice]) -> None:
    ticket, notice = sent
    raw = dsn("delivered", "2.0.0").replace(b"<m@x>", notice.message_id.encode())
    token = reply_address(ticket.reply_token)
    assert deliver(raw.replace(b"bob@acme.example", b"alice@acme.example"), "", token) == Disposition.bounce
    assert notice.bounced_at is None
    assert events(ticket)[-1] in ("notice.arrived", "mail.bounced")


def test_each_recipient_of_a_report_is_read() -> None:
    fields = "Reporting-MTA: dns; mx.example\n\n" + "\n\n".join(
        f"Final-Recipient: rfc822; {who}@x.example\nAction: {action}\nStatus: {status}"
        for who, action, status in (("a", "delivered", "2.0.0"), ("b", "failed", "5.1.1"))
    )
    raw = "From: MAILER-DAEMON@x.example\nSubject: x\nContent-Type: multipart/report; report-type=delivery-status; "
    raw += f"boundary=b\n\n--b\n\nwords\n--b\nContent-Type: message/delivery-status\n\n{fields}\n\n--b--\n"
    bounce = parse_mail(raw.encode()).bounce
    assert bounce is not None
    assert (bounce.recipients, bounce.status, bounce.failed) == (("a@x.example", "b@x.example"), "5.1.1", True)


@pytest.mark.parametrize(
    "raw",
    [
        "From: Mail Delivery Subsystem <MAILER-DAEMON>\nSubject: Warning: could not send\n\nStill trying.",
        "From: <>\nSubject: Delivery Status\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nx\n--b\n"
        "Content-Type: message/delivery-status\n\nFinal-Recipient: rfc822; a@x.example\nAction: failed\n\n--b--\n",
        "From: Postmaster <postmaster@x.example>\nSubject: Undeliverable Mail\n\nUnknown user: a@y.example\n\n"
        "Original message follows.\n\nReceived: from x by y\nFrom: a\n",
    ],
)
def test_servers_without_a_null_path_are_known(raw: str) -> None:
    assert parse_mail(raw.encode()).kind == "bounce"


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        ("配信エラーについて", "次のメールを配信できませんと表示されます。どうすればよいですか。"),
        ("Undeliverable mail in the report", "The report says user unknown. What does it mean?"),
        ("Fwd: Undeliverable Mail", "User unknown.\nReceived: from x by y"),
    ],
)
def test_a_person_called_postmaster_is_one(subject: str, text: str) -> None:
    assert parse_mail(a_mail("postmaster@acme.example", "support@desk.example", subject, text)).kind == "person"
