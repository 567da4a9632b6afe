"""A mail's From proves nothing."""

import pytest
from sqlalchemy import select

from helpdesk.actions.models import Action
from helpdesk.extensions import db
from helpdesk.mailgate.ledger import Disposition
from helpdesk.notices.models import Notice, reply_address
from helpdesk.tickets.messages import Message
from tests.conftest import Cast
from tests.mailgate.test_ledger import deliver, newest, notices, write
from tests.making import a_list, an_alert, an_inquiry, reported

SUPPORT = "support@desk.example"
SECRET = "口座番号は 1234567 です"


def page(cast: Cast) -> str:
    return cast.dana.get(f"/desk/tickets/{newest().reference}").text


@pytest.mark.parametrize(
    ("header", "words"),
    [
        ("mx.desk.example; dmarc=pass", "差出人を確認済み"),
        ("mx.desk.example; dmarc=fail", "差出人の検証に失敗"),
        ("mx.evil.example; dmarc=pass", "差出人は未確認"),
    ],
)
def test_only_our_own_servers_verdict_is_shown(cast: Cast, header: str, words: str) -> None:
    write("alice@acme.example", SUPPORT, Authentication_Results=header)
    assert words in page(cast)


def test_a_receipt_repeats_nothing_of_an_unverified_mail(cast: Cast) -> None:
    write("alice@acme.example", SUPPORT, SECRET, SECRET)
    (receipt,) = notices()
    assert SECRET not in receipt.body + receipt.subject


def test_a_mail_that_says_approved_decides_nothing(cast: Cast) -> None:
    ticket = an_alert(cast.acme)
    reported(ticket, cast.user("dana"), cast.contact("alice"))
    a_list(cast.acme)
    listed = {"kind": "quarantine", "list_guid": "guid-1", "sha256": "ab" * 32, "reason": "検知のため"}
    cast.dana.post(f"/desk/tickets/{ticket.reference}/actions", listed)
    verified = {"Authentication_Results": "mx.desk.example; dmarc=pass"}
    assert write("alice@acme.example", reply_address(ticket.reply_token), "Re: x", "承認します", **verified) == (
        Disposition.follow_up
    )
    for action in db.session.scalars(select(Action)):
        assert action.instructed_at is None


def test_an_unknown_sender_on_a_known_thread_learns_and_changes_nothing(cast: Cast) -> None:
    ticket = an_inquiry(cast.contact("alice"))
    before = len(notices())
    write("mallory@evil.example", reply_address(ticket.reply_token), "Re: x", "me too", Cc="mallory@evil.example")
    assert ticket.requester_id == cast.contact("alice").id
    assert len(notices()) == before
    cast.dana.post(f"/desk/tickets/{ticket.reference}/replies", {"body": "ご案内です", "seen": "999999"})
    assert {notice.to_address for notice in notices()} == {"alice@acme.example"}


def test_a_copy_line_grants_nothing(cast: Cast) -> None:
    write("alice@acme.example", SUPPORT, "x", "y", Cc="carol@acme.example, mallory@evil.example")
    assert cast.carol.get(f"/portal/tickets/{newest().reference}").status_code == 404
    assert {notice.to_address for notice in notices()} == {"alice@acme.example"}


@pytest.mark.parametrize("name", ["X-Helpdesk-Ticket", "X-Helpdesk-Customer", "X-Priority", "X-Helpdesk-Verified"])
def test_control_headers_from_outside_mean_nothing(cast: Cast, name: str) -> None:
    ticket = an_inquiry(cast.contact("alice"))
    raw = f"From: mallory@evil.example\r\nTo: {SUPPORT}\r\nSubject: x\r\n{name}: {ticket.reference}\r\n\r\ny".encode()
    deliver(raw, "mallory@evil.example", SUPPORT)
    assert newest().id != ticket.id
    assert (newest().customer_id, newest().verified, newest().priority.value) == (None, False, "normal")


def test_line_breaks_and_nul_reach_nothing(cast: Cast) -> None:
    raw = (
        b"From: =?utf-8?q?a=0D=0ABcc:_x=40y.example?= <alice@acme.example>\r\nTo: support@desk.example\r\n"
        b"Subject: =?utf-8?q?s=0D=0ABcc:_evil=40evil.example=00?=\r\n"
        b"Content-Type: text/plain; name*=utf-8''a%0D%0Ab%00.txt\r\n"
        b"Content-Disposition: attachment\r\n\r\nx\x00y"
    )
    deliver(raw, "alice@acme.example", SUPPORT)
    message = db.session.scalars(select(Message)).one()
    for words in (newest().subject, message.author_name, *(file.name for file in message.attachments)):
        assert words.isprintable()
    for notice in db.session.scalars(select(Notice)):
        assert notice.subject.isprintable()


def test_the_from_line_is_taken_apart_before_it_is_decoded(cast: Cast) -> None:
    """An encoded name that holds an address must not become the sender."""
    raw = b"From: =?utf-8?q?alice=40acme.example=3E=2C?= <mallory@evil.example>\r\nTo: support@desk.example\r\n"
    deliver(raw + b"Subject: x\r\n\r\ny", "mallory@evil.example", SUPPORT)
    assert (newest().customer_id, newest().sender) == (None, "mallory@evil.example")
