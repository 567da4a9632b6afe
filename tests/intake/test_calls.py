"""A call counts from when it came, within what can be right (R01, R12, V4)."""

from datetime import datetime

import pytest
from sqlalchemy import select

from helpdesk.extensions import db
from helpdesk.tickets.messages import Message
from helpdesk.tickets.models import Ticket
from tests.conftest import Cast
from tests.making import an_inquiry


def record(cast: Cast, called_at: str, **more: object) -> tuple[int, str]:
    form = {
        "contact": cast.contact("carol").id,
        "subject": "電話の件",
        "body": "ログインできない",
        "called_at": called_at,
    }
    answer = cast.dana.post("/desk/phone", {**form, **more})
    return answer.status_code, answer.text


def newest() -> Ticket:
    return db.session.scalars(select(Ticket).order_by(Ticket.id.desc())).first()  # type: ignore[return-value]


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}+09:00")


def test_a_call_of_the_day_before_is_due_from_then(cast: Cast) -> None:
    """A call of Friday 16:30, recorded on Tuesday after a holiday: 30 minutes of its eight hours have passed."""
    assert record(cast, "2026-11-20T16:30")[0] == 302
    ticket = newest()
    assert (ticket.opened_at, ticket.due_since) == (at("2026-11-20T16:30"), at("2026-11-20T16:30"))
    assert ticket.first_due_at == at("2026-11-24T16:30")
    said = db.session.scalars(select(Message).where(Message.ticket_id == ticket.id)).one()
    assert said.at == at("2026-11-20T16:30")


def test_a_call_on_a_ticket_that_waits_counts_from_then(cast: Cast) -> None:
    ticket = an_inquiry(cast.contact("carol"))
    ticket.wait_for_customer(cast.user("dana").actor())
    db.session.commit()
    assert record(cast, "2026-11-20T16:30", joins=ticket.reference)[0] == 302
    assert (ticket.due_since, ticket.due_at) == (at("2026-11-20T16:30"), at("2026-11-24T16:30"))


@pytest.mark.parametrize(
    ("called_at", "words"),
    [("2026-11-24T09:31", "先の時刻"), ("2027-11-24T09:30", "先の時刻"), ("2026-11-08T23:59", "10 営業日")],
)
def test_a_time_that_cannot_be_right_is_said_beside_its_field(cast: Cast, called_at: str, words: str) -> None:
    status, page = record(cast, called_at)
    assert status == 409
    assert words in page
    assert "ログインできない" in page, "what was typed is still there"
    assert db.session.scalar(select(db.func.count()).select_from(Ticket)) == 0


def test_ten_business_days_back_is_taken(cast: Cast) -> None:
    """From Monday the 9th, with Labour Thanksgiving Day in between, Tuesday the 24th is the tenth business day."""
    assert record(cast, "2026-11-09T09:00")[0] == 302
