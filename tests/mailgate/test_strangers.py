"""Who is nobody's yet: one acknowledgement that says so, an answer, and a way to be registered (R01, R06, N20)."""

import pytest

from helpdesk.customers.people import contact_by_email
from helpdesk.extensions import db
from helpdesk.mailgate.ledger import Disposition
from helpdesk.tickets.messages import Message
from helpdesk.tickets.models import Ticket
from tests.conftest import Cast
from tests.forms import press
from tests.mailgate.test_filing import SUPPORT
from tests.mailgate.test_ledger import a_mail, deliver, newest, notices

STRANGER = "taro@unknown.example"
PASS = {"Authentication_Results": "mx.desk.example; dmarc=pass header.from=unknown.example"}


def written(subject: str = "画面の見方", text: str = "見方を教えてください。", **headers: str) -> Ticket:
    assert deliver(a_mail(STRANGER, SUPPORT, subject, text, **headers), STRANGER, SUPPORT) == Disposition.new_ticket
    return newest()


def test_a_verified_stranger_gets_one_receipt_that_says_so(cast: Cast) -> None:
    ticket = written(**PASS)
    (receipt,) = notices()
    assert (receipt.to_address, receipt.ticket_id) == (STRANGER, ticket.id)
    assert ticket.reference in receipt.subject
    assert "登録" in receipt.body
    assert "確認できませんでした" in receipt.body
    assert receipt.automatic == "auto-replied"


def test_it_speaks_the_language_of_the_mail(cast: Cast) -> None:
    written("How to read it", "Please explain the screen.", **PASS)
    assert "registered with us" in notices()[0].body


@pytest.mark.parametrize("headers", [{}, {"Authentication_Results": "mx.desk.example; dmarc=fail"}])
def test_who_is_not_verified_gets_none(cast: Cast, headers: dict[str, str]) -> None:
    written(**headers)
    assert notices() == []


def test_a_machine_gets_none(cast: Cast) -> None:
    deliver(a_mail(STRANGER, SUPPORT, List_Id="<x.y>", **PASS), STRANGER, SUPPORT)
    assert notices() == []


def test_the_desk_answers_a_verified_stranger(cast: Cast) -> None:
    ticket = written(**PASS)
    page = f"/desk/tickets/{ticket.reference}"
    shown = cast.dana.get(page).text
    assert STRANGER in shown
    assert "確認済みの送信者(未登録)" in shown
    press(cast.dana, page, "返信を送信", body="ご回答いたします。", then="stay")
    answer = notices()[-1]
    assert (answer.to_address, answer.template) == (STRANGER, "reply")
    assert ticket.first_responded_at is not None
    again = a_mail(STRANGER, SUPPORT, "Re", "了解です", In_Reply_To=answer.message_id, **PASS)
    assert deliver(again, STRANGER, SUPPORT) == Disposition.follow_up


def test_nothing_says_sent_that_was_not(cast: Cast) -> None:
    ticket = written()
    page = f"/desk/tickets/{ticket.reference}"
    dana = cast.dana
    press(dana, page, "返信を送信", body="ご回答いたします。", then="stay")
    shown = dana.get(page).text
    assert "メールは送信していません" in shown
    assert notices() == []
    assert db.session.query(Message).filter_by(ticket_id=ticket.id).count() == 2
    assert ticket.first_responded_at is None


def test_after_matching_the_sender_can_be_registered(cast: Cast) -> None:
    ticket = written(**PASS)
    page, dana = f"/desk/tickets/{ticket.reference}", cast.dana
    press(dana, page, "照合", customer=str(cast.acme.id))
    assert ticket.requester is None
    press(dana, page, "登録", form="/contact", name="  新人  太郎 ")
    contact = contact_by_email(STRANGER)
    assert contact is not None
    assert (contact.name, contact.customer_id, contact.sees_alerts) == ("新人 太郎", cast.acme.id, False)
    assert ticket.requester is contact
    assert dana.post(f"{page}/contact", {"name": "二人目"}).status_code == 409


@pytest.mark.parametrize("name", ["", "   ", "x" * 101])
def test_a_name_that_is_none_registers_nobody(cast: Cast, name: str) -> None:
    ticket = written(**PASS)
    page = f"/desk/tickets/{ticket.reference}"
    press(cast.dana, page, "照合", customer=str(cast.acme.id))
    assert cast.dana.post(f"{page}/contact", {"name": name}).status_code == 409
    assert contact_by_email(STRANGER) is None


def test_who_is_not_verified_is_not_registered_by_an_agent(cast: Cast) -> None:
    ticket = written()
    page = f"/desk/tickets/{ticket.reference}"
    press(cast.dana, page, "照合", customer=str(cast.acme.id))
    assert "/contact" not in cast.dana.get(page).text
    assert cast.dana.post(f"{page}/contact", {"name": "誰か"}).status_code == 409
