"""Inquiries that wait for the customer: reminded twice, then completed with a link that takes it back."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from helpdesk import clock
from helpdesk.audit.models import SYSTEM
from helpdesk.demo.sink import Sink
from helpdesk.extensions import db
from helpdesk.notices.models import Notice
from helpdesk.tickets.kinds import Queue, TicketState
from helpdesk.tickets.models import Ticket
from helpdesk.tickets.queues import TicketQueue
from helpdesk.tickets.waiting import OPEN_FOR, Wait, remind_or_close, set_rule, wait, waiting_rules
from tests.conftest import Cast, Person
from tests.forms import press
from tests.making import an_alert, an_inquiry, reported
from tests.notices.test_undelivered import deliver_due


@pytest.fixture
def ticket(cast: Cast) -> Ticket:
    """Waits for Alice since Tuesday the 24th, 9:30."""
    made = an_inquiry(cast.contact("alice"))
    wait(made, cast.user("dana").actor())
    db.session.commit()
    return made


def mails(template: str) -> list[Notice]:
    return list(db.session.scalars(select(Notice).where(Notice.template == template).order_by(Notice.id)))


def settings_of(queue: Queue) -> str:
    return f"/desk/teams/queues/{db.session.scalar(select(TicketQueue.id).where(TicketQueue.code == queue))}"


def run(at: Callable[[str], datetime], moment: str) -> int:
    at(moment)
    acted = remind_or_close()
    db.session.commit()
    return acted


def test_two_reminders_then_closing_by_business_days(ticket: Ticket, at: Callable[[str], datetime]) -> None:
    """Three business days after the 24th is Friday the 27th, three more Wednesday the 2nd, then Tuesday the 8th."""
    assert run(at, "2026-11-26T16:59:00+09:00") == 0
    assert run(at, "2026-11-27T08:59:00+09:00") == 0, "only in service hours"
    assert run(at, "2026-11-27T09:00:00+09:00") == 1
    assert run(at, "2026-11-27T15:00:00+09:00") == 0
    (first,) = mails("waiting_reminder")
    assert "2026年12月8日(火) までにお返事がない場合" in first.body
    assert run(at, "2026-12-01T12:00:00+09:00") == 0
    assert run(at, "2026-12-02T12:00:00+09:00") == 1
    assert run(at, "2026-12-07T12:00:00+09:00") == 0
    assert ticket.state == TicketState.waiting
    assert run(at, "2026-12-08T09:00:00+09:00") == 1
    assert ticket.state == TicketState.closed
    assert len(mails("waiting_reminder")) == 2
    assert len(mails("waiting_closed")) == 1
    assert run(at, "2026-12-09T12:00:00+09:00") == 0
    assert db.session.scalar(select(Wait)) is None


def test_an_answer_ends_the_chain(cast: Cast, ticket: Ticket, at: Callable[[str], datetime]) -> None:
    run(at, "2026-11-27T09:00:00+09:00")
    cast.alice.post(f"/portal/tickets/{ticket.reference}/messages", {"body": "お返事です"})
    assert run(at, "2026-12-20T10:00:00+09:00") == 0
    assert run(at, "2026-12-21T10:00:00+09:00") == 0
    assert ticket.state == TicketState.open
    wait(ticket, cast.user("dana").actor())
    db.session.commit()
    assert run(at, "2026-12-24T10:00:00+09:00") == 1, "it begins anew"


def test_the_mail_of_a_closing_opens_the_ticket_again(
    cast: Cast, visitor: Person, ticket: Ticket, at: Callable[[str], datetime], mailbox: Sink
) -> None:
    for moment in ("2026-11-27T09:00:00+09:00", "2026-12-02T12:00:00+09:00", "2026-12-08T09:00:00+09:00"):
        run(at, moment)
    deliver_due()
    text = next(mail["text"] for mail in mailbox.mails() if "いったん完了とさせていただきました" in mail["text"])
    link = re.search(r"/reopening/\S+", text)
    assert link is not None
    assert link[0].rpartition("/")[2] not in mails("waiting_closed")[0].body
    assert visitor.get(link[0]).status_code == 200
    assert ticket.closed, "looking opens nothing"
    shown = press(visitor, link[0], "再開する", words="まだ解決していません。")
    assert shown.status_code == 200
    assert "2026年12月9日(水) 9:0" in shown.text
    assert ticket.state == TicketState.open
    assert "まだ解決していません。" in cast.dana.get(f"/desk/tickets/{ticket.reference}").text
    assert "<button" not in visitor.get(link[0]).text.split("<h1>")[1].split("</div>")[0]
    cast.contact("alice").close(SYSTEM)
    db.session.commit()
    assert visitor.get(link[0]).status_code == 410
    cast.contact("alice").reopen(SYSTEM)
    db.session.commit()
    clock.set_now(clock.now() + OPEN_FOR)
    assert visitor.get(link[0]).status_code == 410
    assert visitor.get("/reopening/x").status_code == 404


def test_without_words_it_opens_too(
    cast: Cast, visitor: Person, ticket: Ticket, at: Callable[[str], datetime], mailbox: Sink
) -> None:
    for moment in ("2026-11-27T09:00:00+09:00", "2026-12-02T12:00:00+09:00", "2026-12-08T09:00:00+09:00"):
        run(at, moment)
    deliver_due()
    found = (re.search(r"/reopening/\S+", mail["text"]) for mail in mailbox.mails())
    link = next(one for one in found if one is not None)
    press(visitor, link[0], "再開する")
    assert (ticket.state, ticket.due_at is not None) == (TicketState.open, True)


def test_alerts_and_decisions_are_excepted(cast: Cast, at: Callable[[str], datetime]) -> None:
    alert = an_alert(cast.acme)
    reported(alert, cast.user("dana"), cast.contact("alice"))
    wait(alert, cast.user("dana").actor())
    db.session.commit()
    assert run(at, "2026-12-20T10:00:00+09:00") + run(at, "2026-12-21T10:00:00+09:00") == 0
    assert alert.state == TicketState.waiting


def test_each_queue_has_its_days_and_zero_ends_it(cast: Cast, ticket: Ticket, at: Callable[[str], datetime]) -> None:
    page = settings_of(Queue.inquiries)
    press(cast.erin, page, "保存", form=page, team="0", first="1", again="0", close="5")
    assert run(at, "2026-11-25T09:00:00+09:00") == 1
    assert "までにお返事がない場合" not in mails("waiting_reminder")[0].body
    assert run(at, "2026-12-25T09:00:00+09:00") == 0
    assert ticket.state == TicketState.waiting
    assert cast.erin.post(page, {"team": "0", "first": "x", "again": "1", "close": "1"}).status_code == 422
    assert cast.erin.post(page, {"team": "0", "first": "61", "again": "1", "close": "1"}).status_code == 422
    alerts = settings_of(Queue.alerts)
    assert "最初のリマインド" not in cast.erin.get(alerts).text
    assert waiting_rules()[Queue.alerts].first == 3


def test_with_nobody_to_write_to_it_goes_on_waiting(cast: Cast, ticket: Ticket, at: Callable[[str], datetime]) -> None:
    set_rule(SYSTEM, Queue.inquiries, first=1, again=1, close=1)
    cast.contact("alice").close(SYSTEM)
    db.session.commit()
    assert run(at, "2026-12-25T09:00:00+09:00") == 0
    assert ticket.state == TicketState.waiting
    assert clock.now() > ticket.updated_at + timedelta(days=20)
