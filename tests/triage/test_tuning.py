"""The supervisor's tuning: rules with a dry run, templates, figures."""

import re

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from helpdesk.extensions import db
from helpdesk.manuals.models import ManualSection
from helpdesk.tickets.kinds import Verdict
from helpdesk.triage.deciding import contest, decide, sections_of
from helpdesk.triage.models import ScopeRule
from tests.conftest import Cast
from tests.making import an_inquiry
from tests.manuals.files import a_pdf
from tests.manuals.test_importing import imported

RULE = {
    "verdict": "out_of_scope",
    "words": "観覧車\nメリーゴーラウンド",
    "reason_ja": "遊園地の設備は対象外です",
    "reason_en": "Fairground rides are not part of the service",
    "clause": "規約 2",
    "active": "y",
}


def test_a_dry_run_shows_what_would_change_and_saves_nothing(cast: Cast) -> None:
    ride, other = an_inquiry(cast.contact("alice"), "観覧車の設定"), an_inquiry(cast.contact("alice"), "許可リスト")
    decide(ride, cast.user("dana"), Verdict.out_of_scope, "x", answer="対象外です")
    db.session.commit()
    page = cast.erin.post("/desk/rules/new", data=RULE | {"try": "1"}).text
    assert "2件のお問い合わせを確認しました。該当する語を含むもの 1件、候補が変わるもの 1件です。" in page
    assert ride.reference in page
    assert other.reference not in page
    assert "良くなる" in page
    assert "観覧車" in page
    assert db.session.scalar(select(ScopeRule).where(ScopeRule.clause == "規約 2")) is None


def test_a_new_rule_is_used_at_once_and_can_be_switched_off(cast: Cast) -> None:
    assert cast.erin.post("/desk/rules/new", data=RULE).status_code == 302
    rule = db.session.scalars(select(ScopeRule).where(ScopeRule.clause == "規約 2")).one()
    assert rule.key == "fairground-rides-are-not"
    ticket = an_inquiry(cast.contact("alice"), "観覧車の設定")
    assert ticket.verdict == Verdict.out_of_scope
    cast.erin.post(f"/desk/rules/{rule.id}", data={key: value for key, value in RULE.items() if key != "active"})
    assert not rule.active
    assert cast.erin.post("/desk/rules/new", data=RULE).status_code == 302
    assert len(db.session.scalars(select(ScopeRule).where(ScopeRule.clause == "規約 2")).all()) == 2


@pytest.mark.parametrize("missing", ["words", "reason_ja", "clause", "verdict"])
def test_an_incomplete_rule_is_told_and_kept(cast: Cast, missing: str) -> None:
    answer = cast.erin.post("/desk/rules/new", data=RULE | {missing: "" if missing != "verdict" else "maybe"})
    assert answer.status_code == 422
    assert "Fairground" in answer.text


def test_one_click_sends_the_suggested_answer_with_rule_and_place(cast: Cast) -> None:
    manual = an_inquiry(cast.contact("alice"))
    ticked = {"section": "application-allow"}
    url = f"/desk/tickets/{manual.reference}/decision/manual_reference"
    assert "44ページ「アプリケーションの許可リスト」" in cast.dana.post(f"{url}/preview", ticked).text
    answer = cast.dana.post(f"{url}/suggested", ticked)
    assert answer.location.endswith(f"/desk/tickets/{manual.reference}")
    assert manual.closed
    page = cast.alice.get(f"/portal/tickets/{manual.reference}").text
    assert "44ページ「アプリケーションの許可リスト」" in page
    link = re.search(r"/portal/manual-sections/\d+", page)
    assert link is not None
    assert "application-allow?edition=" in cast.alice.get(link[0]).location
    printer = an_inquiry(cast.contact("alice"), "プリンターで印刷できない")
    cast.dana.post(f"/desk/tickets/{printer.reference}/decision/out_of_scope/suggested")
    assert "周辺機器は、お客様の環境に属します" in cast.alice.get(f"/portal/tickets/{printer.reference}").text


def test_one_click_that_does_not_fit_the_suggestion_opens_the_form(cast: Cast) -> None:
    ticket = an_inquiry(cast.contact("alice"))
    answer = cast.dana.post(f"/desk/tickets/{ticket.reference}/decision/out_of_scope/suggested")
    assert answer.location.endswith("/decision/out_of_scope")
    assert not ticket.closed


def test_templates_are_edited_used_and_put_back(cast: Cast) -> None:
    url = "/desk/answer-templates/manual_reference/ja"
    assert "{places}" in cast.erin.get(url).text
    body = "{salutation}\nこちらです。\n{places}\n{link}\n{subject}"
    assert cast.erin.post(url, data={"body": body}).status_code == 302
    ticket = an_inquiry(cast.contact("alice"), "許可リストの登録手順 {places} {{ 7*7 }}")
    page = cast.dana.get(f"/desk/tickets/{ticket.reference}/decision/manual_reference").text
    assert "こちらです。" in page
    assert page.count("44ページ「アプリケーションの許可リスト」") == 1
    assert "{{ 7*7 }}" in page
    cast.erin.post(url, data={"reset": "1"})
    assert "マニュアルに手順がございます" in cast.erin.get(url).text


@pytest.mark.parametrize("body", ["{places} {link} {oops}", "{link} だけ", "x" * 20_000])
def test_a_template_that_would_not_work_is_refused_with_its_words(cast: Cast, body: str) -> None:
    answer = cast.erin.post("/desk/answer-templates/manual_reference/ja", data={"body": body})
    assert answer.status_code == 422
    assert body[:20] in answer.text


@pytest.mark.parametrize("word", ["。", "の", "a", "-"])
def test_a_word_that_speaks_of_everything_is_no_word(cast: Cast, word: str) -> None:
    answer = cast.erin.post("/desk/rules/new", data=RULE | {"words": f"観覧車\n{word}"})
    assert answer.status_code == 422
    assert db.session.scalar(select(ScopeRule).where(ScopeRule.clause == "規約 2")) is None


def test_figures_show_confirmed_contested_and_what_to_look_at(cast: Cast) -> None:
    dana = cast.user("dana")
    confirmed, overruled = an_inquiry(cast.contact("alice")), an_inquiry(cast.contact("alice"))
    decide(confirmed, dana, Verdict.manual_reference, "", answer="x", sections=sections_of(["application-allow"]))
    decide(overruled, dana, Verdict.out_of_scope, "", answer="x", rule_key="printer-network")
    contest(overruled, cast.user("alice").actor(), "")
    db.session.commit()
    page = cast.erin.get("/desk/triage").text
    assert "50%" in page
    assert "アプリケーションの許可リスト" in page
    assert "異議 1件 (100%)" in page
    assert "1 (100%)" in cast.erin.get("/desk/rules").text


def test_pages_of_tuning_take_at_most_eight_statements(cast: Cast, statements: list[str]) -> None:
    rule = db.session.scalar(select(ScopeRule.id).limit(1))
    for url in (
        "/desk/rules",
        "/desk/rules/new",
        f"/desk/rules/{rule}",
        "/desk/triage",
        "/desk/answer-templates",
        "/desk/answer-templates/out_of_scope/ja",
    ):
        in_eight(cast.erin, url, statements)


def test_pages_of_manuals_take_at_most_eight_statements(cast: Cast, statements: list[str]) -> None:
    row = imported(cast, a_pdf())
    section = db.session.scalar(select(ManualSection).where(ManualSection.manual_id == row.manual.id).limit(1))
    assert section is not None
    urls = (f"imports/{row.id}", f"imports/{row.id}/progress", str(row.manual.id), f"sections/{section.id}")
    for url in ("/desk/manuals/", *(f"/desk/manuals/{one}" for one in urls)):
        in_eight(cast.erin, url, statements)
    key = sections_of(["application-allow"])[0].key
    for url in ("/portal/manual", f"/portal/manual/{key}"):
        in_eight(cast.alice, url, statements)


def test_forms_of_a_decision_and_a_call_take_at_most_eight_statements(cast: Cast, statements: list[str]) -> None:
    ticket = an_inquiry(cast.contact("alice"), "プリンターが動きません")
    db.session.commit()
    forms = [f"/desk/tickets/{ticket.reference}/decision/{verdict.value}" for verdict in Verdict]
    for url in (*forms, "/desk/phone"):
        in_eight(cast.dana, url, statements)


def in_eight(visitor: FlaskClient, url: str, statements: list[str]) -> None:
    """P7."""
    statements.clear()
    assert visitor.get(url).status_code == 200, url
    assert 0 < len(statements) <= 8, (url, statements)
