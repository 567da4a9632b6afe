"""Manual references that go out by themselves: only for who wants it, only when sure, only in service hours."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from helpdesk import clock
from helpdesk.customers.models import Customer
from helpdesk.errands import ErrandState
from helpdesk.extensions import db
from helpdesk.notices.models import Automatic, Notice
from helpdesk.tickets.kinds import Verdict
from helpdesk.tickets.models import Ticket
from helpdesk.triage.auto_answers import AutoAnswer
from helpdesk.triage.jobs import answer_by_itself
from helpdesk.triage.models import last_decision
from tests.conftest import TUESDAY_NIGHT, TUESDAY_NOON, Cast
from tests.making import an_inquiry

SURE = "CSVエクスポートの方法を教えてください"


@pytest.fixture
def willing(cast: Cast, at: Callable[[str], datetime]) -> Customer:
    at(TUESDAY_NOON)
    cast.acme.set_auto_answer(cast.user("root").actor(), 80)
    db.session.commit()
    return cast.acme


def planned(ticket: Ticket) -> AutoAnswer | None:
    return db.session.scalar(select(AutoAnswer).where(AutoAnswer.ticket_id == ticket.id))


def run(row: AutoAnswer) -> None:
    turns = dict(AutoAnswer.queue_due())
    answer_by_itself(row.id, turns.get(row.id, row.turn))


def test_a_sure_answer_goes_out_with_both_buttons_and_says_so(cast: Cast, willing: Customer) -> None:
    ticket = an_inquiry(cast.contact("alice"), SURE)
    row = planned(ticket)
    assert row is not None
    run(row)
    decision = last_decision(ticket)
    assert decision is not None
    assert (decision.automatic, decision.by_id, decision.section_keys) == (True, None, ["csv-export"])
    assert ticket.closed
    mail = db.session.scalars(select(Notice).where(Notice.template == "reply")).one()
    assert mail.automatic == Automatic.replied
    page = cast.alice.get(f"/portal/tickets/{ticket.reference}").text
    assert "担当者に見てほしい" in page
    assert "78ページ" in page
    assert "自動で回答しました" in cast.dana.get(f"/desk/tickets/{ticket.reference}").text
    cast.alice.post(f"/portal/tickets/{ticket.reference}/contest")
    assert not ticket.closed


@pytest.mark.parametrize(
    "subject",
    [
        "プリンターで印刷できない",
        "PC-014 の検知は本当にウイルスですか",
        "よくわからない話です",
        "kintoneの一覧画面の見方",
    ],
)
def test_only_a_sure_place_in_the_manual_is_answered(cast: Cast, willing: Customer, subject: str) -> None:
    assert planned(an_inquiry(cast.contact("alice"), subject)) is None


def test_without_the_setting_nothing_goes_out(cast: Cast) -> None:
    assert planned(an_inquiry(cast.contact("alice"), SURE)) is None
    cast.acme.set_auto_answer(cast.user("root").actor(), 101)
    assert planned(an_inquiry(cast.contact("alice"), SURE)) is None


def test_at_night_it_waits_for_the_next_opening(cast: Cast, willing: Customer, at: Callable[[str], datetime]) -> None:
    at(TUESDAY_NIGHT)
    ticket = an_inquiry(cast.contact("alice"), SURE)
    row = planned(ticket)
    assert row is not None and row.due_at is not None
    assert row.due_at > clock.now() + timedelta(hours=12)
    row.state, row.turn, row.leased_until = ErrandState.queued, 1, clock.real_now() + timedelta(minutes=1)
    db.session.commit()
    answer_by_itself(row.id, 1)
    assert (row.state, ticket.closed) == (ErrandState.waiting, False)


@pytest.mark.parametrize("touch", ["assigned", "wrote", "setting"])
def test_nothing_goes_out_once_somebody_touched_the_ticket(cast: Cast, willing: Customer, touch: str) -> None:
    ticket = an_inquiry(cast.contact("alice"), SURE)
    row = planned(ticket)
    assert row is not None
    if touch == "assigned":
        ticket.assign(cast.user("dana").actor(), cast.user("dana"))
    elif touch == "wrote":
        cast.alice.post(f"/portal/tickets/{ticket.reference}/messages", data={"body": "追記です"})
    else:
        willing.set_auto_answer(cast.user("root").actor(), None)
    db.session.commit()
    run(row)
    assert row.state == ErrandState.done
    assert not ticket.closed
    assert ticket.verdict == Verdict.manual_reference
    assert not ticket.verdict_decided


def test_an_answer_is_sent_once_however_often_the_job_runs(cast: Cast, willing: Customer) -> None:
    ticket = an_inquiry(cast.contact("alice"), SURE)
    row = planned(ticket)
    assert row is not None
    run(row)
    answer_by_itself(row.id, row.turn)
    assert len(db.session.scalars(select(Notice).where(Notice.template == "reply")).all()) == 1
