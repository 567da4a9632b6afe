"""Verdicts on record, answers with their reason or place, and contesting them (R03-R05)."""

import pytest
from sqlalchemy import select

from helpdesk.errors import Refusal
from helpdesk.extensions import db
from helpdesk.notices.models import Notice
from helpdesk.tickets.kinds import Queue, Verdict
from helpdesk.triage.deciding import decide
from helpdesk.triage.models import ScopeRule, assessment_of, last_decision
from tests.conftest import Cast
from tests.making import an_alert, an_inquiry


def test_a_verdict_is_suggested_before_an_agent_looks(cast: Cast) -> None:
    ticket = an_inquiry(cast.contact("alice"))
    found = assessment_of(ticket)
    assert found is not None
    assert (found.verdict, ticket.verdict_decided) == (Verdict.manual_reference, False)
    assert found.places[0]["key"] == "application-allow"


def test_the_prepared_answer_names_manual_edition_page_and_link(cast: Cast) -> None:
    ticket = an_inquiry(cast.contact("alice"))
    page = cast.dana.get(f"/desk/tickets/{ticket.reference}/decision/manual_reference").text
    assert "44ページ「アプリケーションの許可リスト」" in page
    assert "第3版" in page
    assert "/portal/manual-sections/" in page


def test_the_out_of_scope_answer_names_reason_and_clause(cast: Cast) -> None:
    ticket = an_inquiry(cast.contact("alice"), "プリンターで印刷できない")
    page = cast.dana.get(f"/desk/tickets/{ticket.reference}/decision/out_of_scope").text
    assert "社内のネットワークや周辺機器" in page
    assert "サービスメニュー 1-(1)" in page


def test_an_answer_closes_and_can_be_contested(cast: Cast) -> None:
    ticket = an_inquiry(cast.contact("alice"), "プリンターで印刷できない")
    base = f"/desk/tickets/{ticket.reference}/decision/out_of_scope"
    cast.dana.post(base, {"answer": "対象外です。", "why": "周辺機器"})
    assert ticket.closed
    decision = last_decision(ticket)
    assert decision is not None
    assert (decision.by_name, decision.why) == ("田中 健一", "周辺機器")
    assert "対象外です。" in [n.body.split("\n")[0] for n in db.session.scalars(select(Notice))]
    page = cast.alice.get(f"/portal/tickets/{ticket.reference}").text
    assert "対象外のご案内" in page
    cast.alice.post(f"/portal/tickets/{ticket.reference}/contest")
    assert not ticket.closed
    assert ticket.queue == Queue.contested
    assert last_decision(ticket).contested_at is not None


def test_accepting_keeps_it_closed(cast: Cast) -> None:
    ticket = an_inquiry(cast.contact("alice"))
    data = {"answer": "44ページです。", "sections": ["application-allow"]}
    cast.dana.post(f"/desk/tickets/{ticket.reference}/decision/manual_reference", data)
    cast.alice.post(f"/portal/tickets/{ticket.reference}/acceptance")
    assert ticket.closed
    assert last_decision(ticket).accepted_at is not None


def test_solved_after_a_person_was_asked_for_is_told_what_to_do(cast: Cast) -> None:
    """Two tabs: nothing is thanked for that was not done."""
    ticket = an_inquiry(cast.contact("alice"))
    decide(ticket, cast.user("dana"), Verdict.out_of_scope, "x", answer="対象外です")
    db.session.commit()
    cast.alice.post(f"/portal/tickets/{ticket.reference}/contest")
    answer = cast.alice.post(f"/portal/tickets/{ticket.reference}/acceptance")
    assert "すでに担当者が確認しています" in answer.text
    decision = last_decision(ticket)
    assert decision is not None
    assert decision.accepted_at is None


def test_a_second_agent_is_told_of_the_first_one_s_decision(cast: Cast) -> None:
    """Erin's page is older than Dana's decision: nothing is sent before she has seen it."""
    ticket = an_inquiry(cast.contact("alice"))
    form = f"/desk/tickets/{ticket.reference}/decision/manual_reference"
    seen = cast.erin.get(form).text.split('name="decided" value="')[1].split('"')[0]
    cast.dana.post(f"/desk/tickets/{ticket.reference}/decision/in_scope", data={"why": "確認します", "decided": seen})
    mine = {"answer": "私の回答です", "sections": ["application-allow"], "decided": seen}
    told = cast.erin.post(form, data=mine)
    assert told.status_code == 409
    assert cast.user("dana").name in told.text
    assert "私の回答です" in told.text
    cast.erin.post(f"{form}/suggested", data={"decided": seen})
    assert not ticket.closed
    now = told.text.split('name="decided" value="')[1].split('"')[0]
    assert cast.erin.post(form, data=mine | {"decided": now}).status_code == 302
    assert ticket.closed


def test_the_question_stands_beside_the_answer_that_is_written(cast: Cast) -> None:
    ticket = an_inquiry(cast.contact("alice"))
    for verdict in Verdict:
        assert (
            "手順を教えてください。" in cast.dana.get(f"/desk/tickets/{ticket.reference}/decision/{verdict.value}").text
        )


def test_in_scope_is_recorded_without_an_answer(cast: Cast) -> None:
    ticket = an_inquiry(cast.contact("alice"))
    before = len(db.session.scalars(select(Notice)).all())
    cast.dana.post(f"/desk/tickets/{ticket.reference}/decision/in_scope", {"why": "画面を見る必要がある"})
    assert not ticket.closed
    assert ticket.verdict == Verdict.in_scope
    assert len(db.session.scalars(select(Notice)).all()) == before


def test_what_cannot_be_decided_is_refused(cast: Cast) -> None:
    dana = cast.user("dana")
    with pytest.raises(Refusal):
        decide(an_inquiry(cast.contact("alice")), dana, Verdict.manual_reference, "x", answer="x")
    with pytest.raises(Refusal):
        decide(an_alert(cast.acme), dana, Verdict.in_scope, "x")


def test_a_supervisor_changes_a_rule_and_the_next_suggestion_follows(cast: Cast) -> None:
    rule = db.session.scalar(select(ScopeRule).where(ScopeRule.key == "printer-network"))
    assert rule is not None
    form = {
        "verdict": "out_of_scope",
        "words": "コーヒーメーカー",
        "reason_ja": "備品です",
        "reason_en": "x",
        "clause": "1",
        "active": "y",
    }
    cast.erin.post(f"/desk/rules/{rule.id}", form)
    found = assessment_of(an_inquiry(cast.contact("alice"), "コーヒーメーカーが壊れた"))
    assert found is not None
    assert (found.verdict, found.rule_key) == (Verdict.out_of_scope, "printer-network")


def test_the_manual_is_read_and_searched_on_the_portal(cast: Cast) -> None:
    alice = cast.alice
    assert "監査モードと保護モード" in alice.get("/portal/manual").text
    assert "44ページ" in alice.get("/portal/manual?q=許可リスト").text
    assert "SHA-256" in alice.get("/portal/manual/custom-detection").text
    assert alice.get("/portal/manual/nowhere").status_code == 404
    assert "許可リスト" in alice.post("/portal/manual-places", data={"subject": "許可リストに登録", "once": "f"}).text
