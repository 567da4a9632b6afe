"""Replies, notes, the customer's answers, closing and reopening; what each does to clocks and mail (R01, R12)."""

from collections.abc import Callable
from datetime import datetime

import pytest
from sqlalchemy import select

from helpdesk.audit.models import ActorKind
from helpdesk.errors import Refusal
from helpdesk.extensions import db
from helpdesk.files.names import clean_name
from helpdesk.notices.models import Notice
from helpdesk.tickets.answering import reply
from helpdesk.tickets.kinds import FILES_MAX, Channel, TicketState
from helpdesk.tickets.messages import Upload, customer_wrote, note
from tests.conftest import TUESDAY_NOON, Cast
from tests.making import an_alert, an_inquiry


def test_a_reply_goes_out_by_mail_and_meets_the_due_time(cast: Cast, at: Callable[[str], datetime]) -> None:
    at(TUESDAY_NOON)
    ticket = an_inquiry(cast.contact("alice"))
    message = reply(ticket, cast.user("dana"), "お調べします。")
    assert message.notice is not None
    assert message.notice.to_address == "alice@acme.example"
    assert ticket.reply_token in (message.notice.reply_to or "")
    assert ticket.answered_in_time is True
    assert ticket.due_at is None
    assert ticket.state == TicketState.open


def test_only_the_report_meets_an_alerts_due_time(cast: Cast) -> None:
    alert = an_alert(cast.acme)
    reply(alert, cast.user("dana"), "確認中です。")
    assert alert.first_responded_at is None
    assert alert.due_at is not None
    assert cast.alice.post(f"/portal/tickets/{alert.reference}/closure").status_code == 409


def test_words_that_reach_nobody_meet_nothing(cast: Cast) -> None:
    ticket = an_inquiry(cast.contact("alice"))
    ticket.requester, ticket.requester_id = None, None
    reply(ticket, cast.user("dana"), "届かない返事")
    assert ticket.first_responded_at is None


def test_a_note_is_never_mailed(cast: Cast) -> None:
    ticket = an_inquiry(cast.contact("alice"))
    before = db.session.scalars(select(Notice.id)).all()
    note(ticket, cast.user("dana"), "社内のみ")
    assert db.session.scalars(select(Notice.id)).all() == before
    assert "社内のみ" not in ticket.preview


def test_the_customers_answer_opens_a_waiting_ticket_and_restarts_the_clock(cast: Cast) -> None:
    ticket, dana, alice = an_inquiry(cast.contact("alice")), cast.user("dana"), cast.contact("alice")
    reply(ticket, dana, "版を教えてください。")
    ticket.wait_for_customer(dana.actor())
    customer_wrote(ticket, alice.as_actor(), "第2版です。", channel=Channel.mail)
    assert ticket.state == TicketState.open
    assert ticket.due_at is not None


def test_writing_on_a_closed_ticket_reopens_it(cast: Cast) -> None:
    ticket = an_inquiry(cast.contact("alice"))
    ticket.close(cast.user("dana").actor(), "answered")
    customer_wrote(ticket, cast.contact("alice").as_actor(), "まだです。", channel=Channel.portal)
    assert not ticket.closed
    assert ticket.closed_at is None


def test_closing_twice_and_replying_to_a_closed_ticket_are_refused(cast: Cast) -> None:
    ticket, dana = an_inquiry(cast.contact("alice")), cast.user("dana")
    ticket.close(dana.actor())
    with pytest.raises(Refusal):
        ticket.close(dana.actor())
    with pytest.raises(Refusal):
        reply(ticket, dana, "hello")


def test_only_agents_take_tickets(cast: Cast) -> None:
    ticket = an_inquiry(cast.contact("alice"))
    with pytest.raises(Refusal):
        ticket.assign(cast.user("erin").actor(), cast.user("alice"))
    ticket.assign(cast.user("erin").actor(), cast.user("dana"))
    assert ticket.state == TicketState.open


def test_an_unmatched_ticket_is_matched_once(cast: Cast) -> None:
    ticket, dana = an_alert(None), cast.user("dana").actor()
    with pytest.raises(Refusal):
        ticket.match(dana, cast.acme, cast.contact("charlie"))
    ticket.match(dana, cast.acme, cast.contact("alice"))
    with pytest.raises(Refusal):
        ticket.match(dana, cast.acme, None)


@pytest.mark.parametrize(("body", "files"), [("   ", 0), ("x" * 100_001, 0), ("x", FILES_MAX + 1)])
def test_limits_are_the_same_at_every_door(cast: Cast, body: str, files: int) -> None:
    ticket = an_inquiry(cast.contact("alice"))
    with pytest.raises(Refusal):
        reply(ticket, cast.user("dana"), body, files=[Upload("a.txt", b"a")] * files)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\temp\\報告.pdf", "報告.pdf"),
        ("invoice\u202egnp.exe", "invoicegnp.exe"),
        ("a\r\nb\x00.txt", "ab.txt"),
        ("...", "file"),
    ],
)
def test_file_names_are_made_safe(given: str, kept: str) -> None:
    assert clean_name(given) == kept


def test_an_author_is_kept_with_the_message(cast: Cast) -> None:
    ticket = an_inquiry(cast.contact("alice"))
    message = customer_wrote(ticket, cast.contact("alice").as_actor(), "追加です。", channel=Channel.portal)
    assert (message.author_kind, message.author_id) == (ActorKind.contact, cast.contact("alice").id)
