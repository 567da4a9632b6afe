"""Mails that did not arrive or wait, on a page of the desk, and sending them again (N20)."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from helpdesk import clock
from helpdesk.accounts.inviting import invite
from helpdesk.audit.models import SYSTEM
from helpdesk.calendar.models import current_calendar
from helpdesk.demo.sink import Sink
from helpdesk.errands import ErrandState
from helpdesk.extensions import db
from helpdesk.notices.jobs import deliver
from helpdesk.notices.models import Notice
from helpdesk.tickets.answering import reply
from helpdesk.tickets.messages import Message
from tests.conftest import Cast
from tests.forms import press
from tests.making import an_inquiry

PAGE = "/desk/mails/outgoing"


@pytest.fixture
def answer(cast: Cast, mailbox: Sink) -> Notice:
    """An answer to Alice; her receipt is out."""
    ticket = an_inquiry(cast.contact("alice"))
    deliver_due()
    notice = reply(ticket, cast.user("dana"), "ご回答です。").notice
    assert notice is not None
    db.session.commit()
    return notice


def deliver_due() -> None:
    db.session.commit()
    for errand_id, turn in Notice.queue_due():
        deliver(errand_id, turn)


def test_nothing_is_listed_that_arrived(cast: Cast, answer: Notice) -> None:
    deliver_due()
    assert "alice@acme.example" not in cast.dana.get(PAGE).text


def test_what_came_back_goes_out_as_a_new_mail(cast: Cast, answer: Notice, mailbox: Sink) -> None:
    deliver_due()
    answer.bounce("5.2.2 mailbox full")
    db.session.commit()
    ticket_id, first = answer.ticket_id, answer.message_id
    assert "5.2.2 mailbox full" in cast.dana.get(PAGE).text
    press(cast.dana, PAGE, "もう一度送る")
    deliver_due()
    sent = mailbox.mails()
    assert len(sent) == 3
    again = db.session.scalars(select(Notice).order_by(Notice.id.desc())).first()
    assert again is not None
    assert (again.state, again.ticket_id, again.bounced_at) == (ErrandState.done, ticket_id, None)
    assert again.message_id != first
    message = db.session.scalars(select(Message).order_by(Message.id.desc())).first()
    assert message is not None
    assert message.notice is again


def test_what_no_server_took_is_tried_again_under_its_own_name(cast: Cast, answer: Notice, mailbox: Sink) -> None:
    answer.to_address = "no address"
    deliver_due()
    assert answer.state == ErrandState.failed
    answer.to_address = "alice@acme.example"
    db.session.commit()
    press(cast.dana, PAGE, "もう一度送る")
    deliver_due()
    assert answer.state == ErrandState.done
    assert answer.message_id in {mail["message_id"] for mail in mailbox.mails()}


def test_what_waits_can_be_sent_now(cast: Cast, answer: Notice, mailbox: Sink) -> None:
    answer.due_at = clock.now() + timedelta(hours=2)
    db.session.commit()
    press(cast.dana, PAGE, "今すぐ送る")
    deliver_due()
    assert answer.state == ErrandState.done


def test_an_answer_sent_again_meets_what_is_due(cast: Cast, answer: Notice) -> None:
    deliver_due()
    answer.bounce("5.1.1 unknown")
    message = db.session.scalars(select(Message).order_by(Message.id.desc())).first()
    assert message is not None
    assert message.ticket.first_responded_at is None
    db.session.commit()
    press(cast.dana, PAGE, "もう一度送る")
    assert message.ticket.first_responded_at is not None


def test_a_link_that_is_over_is_not_sent_again(cast: Cast, mailbox: Sink) -> None:
    invite(SYSTEM, cast.user("carol"))
    deliver_due()
    notice = db.session.scalars(select(Notice).where(Notice.template == "invitation")).one()
    notice.bounce("5.1.1 unknown")
    db.session.commit()
    assert press(cast.dana, PAGE, "もう一度送る").status_code == 409
    assert len(mailbox.mails()) == 1


def test_who_may_not_be_written_to_is_not(cast: Cast, answer: Notice) -> None:
    cast.contact("alice").close(SYSTEM)
    deliver_due()
    assert press(cast.dana, PAGE, "もう一度送る").status_code == 409


def test_the_page_takes_few_statements(cast: Cast, answer: Notice, statements: list[str]) -> None:
    dana = cast.dana
    del statements[:]
    assert dana.get(PAGE).status_code == 200
    assert len(statements) <= 7, statements


def test_it_is_sent_again_once_however_often_somebody_clicks(cast: Cast, answer: Notice, mailbox: Sink) -> None:
    deliver_due()
    answer.bounce("5.2.2 mailbox full")
    db.session.commit()
    url, dana = f"/desk/mails/outgoing/{answer.id}/resending", cast.dana
    assert [dana.post(url).status_code for _click in range(3)] == [302, 409, 409]
    deliver_due()
    assert len(mailbox.mails()) == 3
    assert "alice@acme.example" in dana.get(PAGE).text, "the message of the first click"
    assert "alice@acme.example" not in dana.get(PAGE).text


@pytest.mark.usefixtures("mailbox")
@pytest.mark.parametrize(("taken", "counts"), [("24T16:50", "24T09:30"), ("25T09:10", "25T09:10")])
def test_an_answer_counts_when_it_leaves_unless_on_the_same_day(
    cast: Cast, at: Callable[[str], datetime], taken: str, counts: str
) -> None:
    """The relay may be away for a while; a day later the customer was not answered in time (R12)."""
    ticket = an_inquiry(cast.contact("alice"))
    reply(ticket, cast.user("dana"), "回答です")
    db.session.commit()
    at(f"2026-11-{taken}+09:00")
    deliver_due()
    met = ticket.first_responded_at
    assert met is not None
    assert met.astimezone(current_calendar().hours.zone).strftime("%dT%H:%M") == counts


@pytest.mark.usefixtures("mailbox")
def test_a_later_answer_that_waits_moves_nothing(cast: Cast, at: Callable[[str], datetime]) -> None:
    ticket = an_inquiry(cast.contact("alice"))
    reply(ticket, cast.user("dana"), "回答です")
    deliver_due()
    met = ticket.first_responded_at
    reply(ticket, cast.user("dana"), "追伸です")
    at("2026-11-25T09:10+09:00")
    deliver_due()
    assert ticket.first_responded_at == met


@pytest.mark.usefixtures("mailbox")
def test_two_answers_that_left_late_together_count_late(cast: Cast, at: Callable[[str], datetime]) -> None:
    ticket = an_inquiry(cast.contact("alice"))
    for words in ("回答です", "追伸です"):
        reply(ticket, cast.user("dana"), words)
    db.session.commit()
    at("2026-11-25T09:10+09:00")
    deliver_due()
    met = ticket.first_responded_at
    assert met is not None
    assert met.astimezone(current_calendar().hours.zone).day == 25
