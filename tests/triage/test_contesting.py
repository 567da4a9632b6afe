"""Contesting an answer: by the link in its mail, on the portal, by mail and on the phone (R03, V10)."""

import re
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from helpdesk import clock
from helpdesk.accounts.models import digest
from helpdesk.audit.models import SYSTEM
from helpdesk.demo.sink import Sink
from helpdesk.extensions import db
from helpdesk.notices.models import Notice, reply_address
from helpdesk.tickets.kinds import Queue, TicketState, Verdict
from helpdesk.tickets.messages import Message
from helpdesk.tickets.models import Ticket
from helpdesk.triage.answer_links import OPEN_FOR, AnswerLink
from helpdesk.triage.deciding import decide, sections_of
from helpdesk.triage.models import Decision, last_decision
from tests.conftest import Cast, Person
from tests.forms import press
from tests.mailgate.test_ledger import notices, write
from tests.making import an_inquiry
from tests.notices.test_undelivered import deliver_due


@pytest.fixture
def ticket(cast: Cast) -> Ticket:
    """Alice was answered with a place in the manual."""
    made = an_inquiry(cast.contact("alice"))
    sections = sections_of(["application-allow"])
    decide(made, cast.user("dana"), Verdict.manual_reference, "", answer="マニュアルの箇所です。", sections=sections)
    db.session.commit()
    return made


@pytest.fixture
def link(ticket: Ticket, mailbox: Sink) -> str:
    """The path of the link that went out in the answer's mail."""
    deliver_due()
    found = next(mail for mail in mailbox.mails() if "マニュアルの箇所です" in mail["text"])
    address = re.search(r"http\S+(/answers/\S+)", found["text"])
    assert address is not None, found["text"]
    return address[1]


def decision(ticket: Ticket) -> Decision:
    found = last_decision(ticket)
    assert found is not None
    return found


def contested_mails() -> list[Notice]:
    return [notice for notice in notices() if notice.template == "contested"]


def test_the_link_shows_the_answer_and_its_places_without_sign_in(visitor: Person, link: str) -> None:
    page = visitor.get(link)
    assert page.status_code == 200
    assert "マニュアルの箇所です。" in page.text
    place = re.search(r'href="(/answers/[^"]+/places/1)"', page.text)
    assert place is not None
    assert "許可" in visitor.get(place[1]).text
    assert visitor.get(f"{link}/places/2").status_code == 404
    assert visitor.get(f"{link}/places/0").status_code == 404


def test_no_text_that_is_stored_keeps_the_link(ticket: Ticket, link: str) -> None:
    token = link.rpartition("/")[2]
    kept = db.session.scalars(select(AnswerLink)).one()
    assert kept.token_hash == digest(token)
    for notice in db.session.scalars(select(Notice)):
        assert token not in notice.body
        assert notice.secret is None
    assert all(token not in message.body for message in db.session.scalars(select(Message)))


def test_contesting_by_the_link_takes_words_and_promises_a_date(
    cast: Cast, visitor: Person, ticket: Ticket, link: str
) -> None:
    clock.set_now(clock.now() + timedelta(days=1))
    shown = press(visitor, link, "担当者に見てほしい", words="3番目の画面が見当たりません。")
    assert shown.status_code == 200
    assert "2026年11月26日(木) 9:3" in shown.text
    assert (ticket.state, ticket.queue) == (TicketState.open, Queue.contested)
    assert decision(ticket).contested_at is not None
    page = cast.dana.get(f"/desk/tickets/{ticket.reference}").text
    assert "3番目の画面が見当たりません。" in page
    (mail,) = contested_mails()
    assert "2026年11月26日(木) 9:3" in mail.body
    again = visitor.get(link).text
    assert "担当者が確認しています" in again
    assert "担当者に見てほしい" not in again
    visitor.post(f"{link}/contest", {"words": ""})
    assert len(contested_mails()) == 1


def test_solved_by_the_link(visitor: Person, ticket: Ticket, link: str) -> None:
    press(visitor, link, "解決した")
    assert decision(ticket).accepted_at is not None
    assert ticket.closed


def test_opening_the_link_decides_nothing(visitor: Person, ticket: Ticket, link: str) -> None:
    version = ticket.version
    for _look in range(3):
        visitor.get(link)
    assert ticket.version == version
    assert decision(ticket).accepted_at is None


def test_a_link_ends_with_its_time_and_with_its_person(cast: Cast, visitor: Person, link: str) -> None:
    cast.contact("alice").close(SYSTEM)
    db.session.commit()
    for path in (link, f"{link}/places/1"):
        over = visitor.get(path)
        assert over.status_code == 410
        assert "マニュアルの箇所です" not in over.text
    assert visitor.post(f"{link}/contest", {"words": "x"}).status_code == 410
    cast.contact("alice").reopen(SYSTEM)
    db.session.commit()
    assert visitor.get(link).status_code == 200
    clock.set_now(clock.now() + OPEN_FOR)
    assert visitor.get(link).status_code == 410
    assert visitor.get("/answers/x").status_code == 404


def test_an_answer_that_came_back_goes_out_with_a_link_of_its_own(
    cast: Cast, visitor: Person, ticket: Ticket, link: str, mailbox: Sink
) -> None:
    answer = db.session.scalars(select(Notice).where(Notice.template == "reply")).one()
    answer.bounce("5.1.1 unknown")
    db.session.commit()
    press(cast.dana, "/desk/mails/outgoing", "もう一度送る")
    deliver_due()
    fresh = re.search(r"/answers/\S+", mailbox.mails()[0]["text"])[0]  # type: ignore[index]
    assert fresh != link
    assert visitor.get(fresh).status_code == 200
    assert visitor.get(link).status_code == 404


@pytest.mark.parametrize(
    ("words", "contests"),
    [
        ("対象外とのことですが、納得できません。", True),
        ("手順のとおりにしてもエラーになります。", True),
        ("ありがとうございました。解決しました。", False),
    ],
)
def test_an_answer_is_contested_by_mail(cast: Cast, ticket: Ticket, words: str, contests: bool) -> None:
    write("alice@acme.example", reply_address(ticket.reply_token), f"Re: {ticket.subject}", words)
    assert (decision(ticket).contested_at is not None) == contests
    assert (ticket.queue == Queue.contested) == contests
    assert len(contested_mails()) == int(contests)
    assert not ticket.closed, "whoever writes is read"


def test_what_is_quoted_contests_nothing(ticket: Ticket) -> None:
    quoted = "> ご案内の内容で解決しない場合は、お知らせください。"
    words = f"ありがとうございました。\n\n2026年11月24日(火) 9:40 サポート <support@desk.example>:\n{quoted}\n"
    write("alice@acme.example", reply_address(ticket.reply_token), f"Re: {ticket.subject}", words)
    assert decision(ticket).contested_at is None


def test_an_answer_is_contested_on_the_portal_with_words(cast: Cast, ticket: Ticket) -> None:
    alice, page = cast.alice, f"/portal/tickets/{ticket.reference}"
    answer = press(alice, page, "担当者に見てほしい", words="自分の環境の話ではありません。")
    shown = alice.get(str(answer.location)).text
    assert "までにご連絡" in shown
    assert "自分の環境の話ではありません。" in shown
    assert decision(ticket).contested_at is not None


def test_a_call_and_a_message_contest_too(cast: Cast, ticket: Ticket) -> None:
    call: dict[str, Any] = {"caller": f"contact-{cast.contact('alice').id}", "called_at": "2026-11-24T09:29"}
    call |= {"subject": "x", "body": "案内の手順ではできないとのこと", "joins": ticket.reference}
    assert cast.dana.post("/desk/phone", call).status_code == 302
    assert decision(ticket).contested_at is not None
