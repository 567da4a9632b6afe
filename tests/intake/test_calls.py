"""A call counts from when it came, within what can be right (R01, R12, V4)."""

from datetime import datetime

import pytest
from sqlalchemy import select

from helpdesk.extensions import db
from helpdesk.notices.models import Notice
from helpdesk.tickets.kinds import Queue
from helpdesk.tickets.messages import Message
from helpdesk.tickets.models import Ticket
from tests.conftest import Cast
from tests.making import an_inquiry


def record(cast: Cast, called_at: str, **more: object) -> tuple[int, str]:
    form = {
        "caller": f"contact-{cast.contact('carol').id}",
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
    [("2026-11-24T09:31", "先の時刻"), ("2027-11-24T09:30", "先の時刻"), ("2026-11-08T23:59", "10営業日")],
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


BY_NAME = ["松本", "松本直樹", "マツモト", "まつもと", "ﾏﾂﾓﾄ ﾅｵｷ", "白樺 松本", "carol@acme", "営業部 ナオキ"]


@pytest.mark.parametrize("words", [*BY_NAME, "5550-0103", "０３－５５５０－０１０３"])
def test_a_caller_is_found_by_what_they_say(cast: Cast, words: str) -> None:
    page = cast.dana.get("/desk/phone/callers", query_string={"q": words}).text
    assert f'value="contact-{cast.contact("carol").id}"' in page
    assert f'value="contact-{cast.contact("charlie").id}"' not in page


@pytest.mark.parametrize("words", ["しらかば", "%", "_", "存在しない会社", "' OR 1=1"])
def test_who_does_not_fit_is_not_offered_and_a_stranger_always_is(cast: Cast, words: str) -> None:
    page = cast.dana.get("/desk/phone/callers", query_string={"q": words}).text
    assert "contact-" not in page
    assert 'value="nobody"' in page


def test_somebody_else_of_a_customer_is_recorded_with_name_and_number(cast: Cast) -> None:
    called = {"caller": f"customer-{cast.acme.id}", "name": "臨時 一郎", "number": "090-0000-0001"}
    assert record(cast, "2026-11-24T09:10", **called)[0] == 302
    ticket = newest()
    assert (ticket.customer_id, ticket.requester, ticket.caller) == (cast.acme.id, None, "臨時 一郎 090-0000-0001")
    assert ticket.addressee is None
    page = cast.dana.get(f"/desk/tickets/{ticket.reference}").text
    assert page.count("臨時 一郎 090-0000-0001") >= 1
    assert db.session.scalar(select(Notice)) is None


def test_a_stranger_is_recorded_in_the_queue_of_the_unmatched(cast: Cast) -> None:
    called = {"caller": "nobody", "name": "名乗らない会社の人", "number": "03-1"}
    assert record(cast, "2026-11-24T09:10", **called)[0] == 302
    assert newest().queue == Queue.unmatched
    assert newest().caller == "名乗らない会社の人 03-1"


def test_somebody_else_of_the_customer_joins_its_ticket(cast: Cast) -> None:
    ticket = an_inquiry(cast.contact("carol"))
    called = {"caller": f"customer-{cast.acme.id}", "name": "臨時", "number": "090", "joins": ticket.reference}
    assert record(cast, "2026-11-24T09:10", **called)[0] == 302
    assert newest().id == ticket.id
    assert "臨時 090" in cast.dana.get(f"/desk/tickets/{ticket.reference}").text


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"caller": ""}, "電話をかけた方を選んで"),
        ({"caller": "contact-999999"}, "電話をかけた方を選んで"),
        ({"caller": "nobody", "number": "1"}, "お名前"),
        ({"caller": "nobody", "name": "誰か"}, "折り返し先"),
        ({"joins": "2611-9999"}, "この番号のチケットはありません"),
    ],
)
def test_what_a_call_lacks_is_said_beside_its_field(cast: Cast, fields: dict[str, str], words: str) -> None:
    status, page = record(cast, "2026-11-24T09:10", **fields)
    assert status in (409, 422)
    assert words in page
    assert "ログインできない" in page
    assert db.session.scalar(select(db.func.count()).select_from(Ticket)) == 0


def test_looking_for_the_caller_without_scripts_keeps_what_is_typed(cast: Cast) -> None:
    form = {"q": "松本", "find": "1", "subject": "件名", "body": "聞き取った内容", "called_at": "2026-11-24T09:10"}
    page = cast.dana.post("/desk/phone", form).text
    assert "松本 直樹" in page
    assert "聞き取った内容" in page


def test_the_number_of_a_ticket_is_read_in_any_width(cast: Cast) -> None:
    ticket = an_inquiry(cast.contact("carol"))
    wide = ticket.reference.translate({ord(c): ord(c) + 0xFEE0 for c in "0123456789-"})
    assert record(cast, "2026-11-24T09:10", joins=wide)[0] == 302
    assert newest().id == ticket.id
