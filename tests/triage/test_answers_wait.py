"""An answer with a verdict waits as a reply does: it can be taken back, and nothing is decided before it is out."""

from collections.abc import Callable
from datetime import datetime

import pytest
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from helpdesk.extensions import db
from helpdesk.notices.models import Notice
from helpdesk.tickets.drafts import draft_of
from helpdesk.tickets.jobs import send
from helpdesk.tickets.kinds import Verdict
from helpdesk.tickets.models import Ticket
from helpdesk.tickets.sendings import ReplyWords, Sending, ask_to_send
from helpdesk.triage.answer_links import AnswerLink
from helpdesk.triage.models import last_decision
from tests.conftest import Cast, Person
from tests.forms import press
from tests.making import an_inquiry

WORDS = "対象外のご案内です。"


@pytest.fixture
def ticket(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> Ticket:
    monkeypatch.setitem(cast.app.config, "UNDO_SECONDS", 15)
    return an_inquiry(cast.contact("alice"), "プリンターで印刷できない")


def refuse(person: Person, ticket: Ticket, words: str = WORDS) -> TestResponse:
    form = {"answer": words, "why": "周辺機器", "rule": "printer-network", "decided": "out_of_scope:False"}
    return person.post(f"/desk/tickets/{ticket.reference}/decision/out_of_scope", form)


def run_due() -> None:
    for queued in Sending.queue_due():
        send(*queued)


def mails(ticket: Ticket) -> list[str]:
    rows = select(Notice.body).where(Notice.ticket_id == ticket.id, Notice.template == "reply")
    return list(db.session.scalars(rows))


def test_nothing_is_decided_before_it_is_out(cast: Cast, ticket: Ticket, at: Callable[[str], datetime]) -> None:
    dana, page = cast.dana, f"/desk/tickets/{ticket.reference}"
    assert refuse(dana, ticket).status_code == 302
    shown = dana.get(page).text
    assert "判定つきの回答が送信待ちです" in shown
    assert "送信後に完了" in shown
    run_due()
    assert (last_decision(ticket), ticket.closed, mails(ticket)) == (None, False, [])
    assert WORDS not in cast.alice.get(f"/portal/tickets/{ticket.reference}").text
    at("2026-11-24T09:30:20+09:00")
    run_due()
    run_due()
    decision = last_decision(ticket)
    assert decision is not None
    assert (decision.verdict, decision.why, decision.rule_key) == (Verdict.out_of_scope, "周辺機器", "printer-network")
    assert (decision.by_name, ticket.closed, ticket.assignee) == ("田中 健一", True, cast.user("dana"))
    assert len(mails(ticket)) == 1
    assert db.session.scalar(select(AnswerLink.decision_id)) == decision.id
    assert "対象外のご案内" in cast.alice.get(f"/portal/tickets/{ticket.reference}").text


def test_taken_back_it_is_a_draft_of_its_form(cast: Cast, ticket: Ticket, at: Callable[[str], datetime]) -> None:
    dana, page = cast.dana, f"/desk/tickets/{ticket.reference}"
    refuse(dana, ticket)
    press(dana, page, "取り消す")
    at("2026-11-24T09:31:00+09:00")
    run_due()
    assert (last_decision(ticket), ticket.closed, mails(ticket)) == (None, False, [])
    kept = draft_of(cast.user("dana"), f"decision:{ticket.reference}:out_of_scope")
    assert kept is not None
    assert kept.words == {"answer": WORDS, "why": "周辺機器", "rule": "printer-network", "sections": []}
    assert refuse(dana, ticket).status_code == 302


def test_two_answers_do_not_wait_together(cast: Cast, ticket: Ticket) -> None:
    assert refuse(cast.dana, ticket).status_code == 302
    second = refuse(cast.erin, ticket, "別の回答です。")
    assert second.status_code == 409
    assert "先にそれを取り消してください" in second.text
    assert "別の回答です。" in second.text
    assert db.session.query(Sending).count() == 1


def test_a_second_person_reads_an_answer_too(cast: Cast, ticket: Ticket) -> None:
    cast.acme.mail_second_eyes = True
    db.session.commit()
    refuse(cast.dana, ticket)
    run_due()
    assert last_decision(ticket) is None
    press(cast.erin, f"/desk/tickets/{ticket.reference}", "確認して送る")
    run_due()
    decision = last_decision(ticket)
    assert decision is not None
    assert (decision.by_name, ticket.closed) == ("田中 健一", True)


def test_a_reply_that_closes_first_holds_the_answer(cast: Cast, ticket: Ticket, at: Callable[[str], datetime]) -> None:
    refuse(cast.dana, ticket)
    ticket.close(cast.user("erin").actor(), "answered")
    db.session.commit()
    at("2026-11-24T09:31:00+09:00")
    run_due()
    assert (last_decision(ticket), mails(ticket)) == (None, [])
    assert "送りませんでした" in cast.dana.get(f"/desk/tickets/{ticket.reference}").text


def test_a_reply_that_waits_blocks_no_verdict(cast: Cast, ticket: Ticket) -> None:
    ask_to_send(ticket, cast.user("erin"), ReplyWords("返信です"))
    db.session.commit()
    assert refuse(cast.dana, ticket).status_code == 302
    assert db.session.scalar(select(func.count()).where(Sending.decision.is_not(None))) == 1


def test_in_scope_waits_for_the_answer_that_waits(cast: Cast, ticket: Ticket) -> None:
    refuse(cast.dana, ticket)
    answer = cast.erin.post(f"/desk/tickets/{ticket.reference}/decision/in_scope", {"why": "調べる"})
    assert answer.status_code == 409
    assert last_decision(ticket) is None
