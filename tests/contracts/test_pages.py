"""Contracts on the desk: the list, one customer's page with each date and why, forms that keep what was typed."""

from datetime import date

import pytest

from helpdesk.audit.models import SYSTEM
from helpdesk.contracts.applications import ApplicationState, applications_of
from helpdesk.contracts.changes import asked_changes, plan_on
from helpdesk.contracts.contract_notices import notices_of
from helpdesk.contracts.counts import last_count
from helpdesk.contracts.life import contract_now
from helpdesk.contracts.models import Contract
from helpdesk.contracts.suspensions import suspension_of
from helpdesk.customers.models import Customer, add_customer
from helpdesk.extensions import db
from helpdesk.notices.models import Notice
from tests.conftest import Cast, Person


@pytest.fixture
def fresh(cast: Cast) -> Customer:
    customer = add_customer(SYSTEM, "新星 株式会社")
    db.session.commit()
    return customer


APPLIED = {
    "apply-plan": "プラン 50",
    "apply-clients": "50",
    "apply-address": "moushikomi@shinsei.example",
    "apply-applied_on": "2026-11-20",
    "apply-edition": "essentials",
    "apply-origin": "reseller",
}


def post(person: Person, customer: Customer, path: str, **fields: str) -> int:
    return person.post(f"/desk/contracts/{customer.id}/{path}", fields).status_code


def test_from_application_to_start_to_the_end_on_one_page(cast: Cast, fresh: Customer) -> None:
    erin = cast.erin
    assert post(erin, fresh, "applications", **APPLIED) == 302
    (application,) = applications_of(fresh.id)
    assert "利用申込(2026年11月20日(金))" in erin.get(f"/desk/contracts/{fresh.id}").text
    base = f"applications/{application.id}"
    assert post(erin, fresh, f"{base}/postponement", **{"putoff-start_on": "2026-12-07", "putoff-words": ""}) == 422
    assert (
        post(erin, fresh, f"{base}/postponement", **{"putoff-start_on": "2026-12-07", "putoff-words": "設定作業"})
        == 302
    )
    assert post(erin, fresh, f"{base}/start", **{"start-start_on": "2026-11-01"}) == 409, "before the application"
    assert post(erin, fresh, f"{base}/start", **{"start-start_on": "2026-11-24"}) == 302
    contract = contract_now(fresh.id)
    assert contract is not None
    page = erin.get(f"/desk/contracts/{fresh.id}").text
    for words in ("2026年11月30日(月)", "2027年11月30日(火)", "5-3", "11-2", "申込月から数える読み方"):
        assert words in page, words
    assert post(erin, fresh, "suspension", **{"suspend-ground": "unpaid", "suspend-words": "未払い"}) == 302
    assert suspension_of(contract) is not None
    assert post(erin, fresh, "resumption") == 302
    assert post(erin, fresh, "resumption") == 409
    assert post(erin, fresh, "termination", **{"end-ending": "notice", "end-words": "見直し"}) == 302
    assert contract.in_force_until == date(2026, 12, 24)
    assert post(erin, fresh, "continuation", **{"goon-words": ""}) == 422
    assert post(erin, fresh, "continuation", **{"goon-words": "撤回"}) == 302
    assert contract.in_force_until is None
    assert "撤回" in erin.get(f"/desk/contracts/{fresh.id}").text, "the record keeps why"


def test_what_is_wrong_stands_beside_its_field_and_what_was_typed_stays(cast: Cast, fresh: Customer) -> None:
    erin, url = cast.erin, f"/desk/contracts/{fresh.id}/applications"
    wrong = erin.post(url, APPLIED | {"apply-address": "nowhere", "apply-plan": "めずらしいプラン"})
    assert wrong.status_code == 422
    assert "めずらしいプラン" in wrong.text
    assert "めずらしいプラン" in wrong.text
    late = erin.post(
        f"/desk/contracts/{cast.acme.id}/entries", {"entry-plan": "重なる契約", "entry-start": "2026-11-01"}
    )
    assert late.status_code == 409
    assert "重なる契約" in late.text and "C-2026-001" in late.text


def test_an_application_that_is_not_eligible_says_so_and_is_refused(cast: Cast, fresh: Customer) -> None:
    erin = cast.erin
    post(erin, fresh, "applications", **APPLIED | {"apply-edition": "premier"})
    (application,) = applications_of(fresh.id)
    assert "3-3" in erin.get(f"/desk/contracts/{fresh.id}").text
    base = f"applications/{application.id}"
    assert post(erin, fresh, f"{base}/start", **{"start-start_on": "2026-12-01"}) == 409
    assert post(erin, fresh, f"{base}/refusal", **{"refuse-ground": "not_eligible", "refuse-words": "Premier"}) == 302
    assert application.state == ApplicationState.refused
    assert post(erin, cast.acme, f"{base}/refusal", **{"refuse-ground": "payment"}) == 404, "another customer's"


def test_notices_changes_and_counts_are_seen_to(cast: Cast) -> None:
    erin, acme = cast.erin, cast.acme
    given = {"notice-kind": "change", "notice-way": "mail", "notice-from_name": "高橋", "notice-plan": "プラン 200"}
    given |= {"notice-clients": "200", "notice-arrived_on": "2026-11-20"}
    assert post(erin, acme, "notices", **given | {"notice-arrived_on": "2026-11-25"}) == 409, "nothing arrives tomorrow"
    assert post(erin, acme, "notices", **given) == 302
    (notice,) = notices_of(acme.id)
    (change,) = asked_changes()
    assert change.effective_on == date(2026, 12, 1), "it arrived on the last day for December"
    assert post(erin, acme, f"notices/{notice.id}/confirmation") == 302
    assert (
        post(erin, acme, f"notices/{notice.id}/arrival", **{"arrival-arrived_on": "2026-11-21", "arrival-reason": ""})
        == 422
    )
    assert (
        post(
            erin, acme, f"notices/{notice.id}/arrival", **{"arrival-arrived_on": "2026-11-21", "arrival-reason": "消印"}
        )
        == 302
    )
    assert change.effective_on == date(2027, 1, 1)
    assert post(erin, acme, f"changes/{change.id}/formation") == 302
    assert post(erin, acme, f"notices/{notice.id}/withdrawal", **{"takeback-words": "やめる"}) == 409, "it is formed"
    assert post(erin, acme, "counts", **{"count-licences": "131", "count-counted_on": "2026-11-24"}) == 302
    contract = contract_now(acme.id)
    assert contract is not None
    row = last_count(contract)
    assert row is not None
    assert "131 / 100" in erin.get(f"/desk/contracts/{acme.id}").text
    assert post(erin, acme, f"counts/{row.id}/notice") == 302
    assert post(erin, acme, f"counts/{row.id}/notice") == 409


def test_the_list_narrows_and_finds(cast: Cast, fresh: Customer) -> None:
    erin = cast.erin
    page = erin.get("/desk/contracts").text
    assert "C-2026-001" in page and "C-2026-002" in page
    assert "C-2026-001" not in erin.get("/desk/contracts?state=ended").text
    assert "C-2026-002" not in erin.get("/desk/contracts?q=Acme").text
    assert erin.get("/desk/contracts?state=zz&q=%25").status_code == 200


def test_pages_cost_few_statements(cast: Cast, statements: list[str]) -> None:
    erin = cast.erin
    statements.clear()
    erin.get("/desk/contracts")
    assert len(statements) <= 12, statements
    assert db.session.scalar(db.select(db.func.count()).select_from(Contract)) == 2


@pytest.mark.parametrize(
    "path",
    [
        "/desk/billing?month=0001-01",
        "/desk/billing?month=9999-12",
        "/desk/billing/csv?month=9999-12",
        "/desk/contracts/1?damage=9999-12-31",
        "/desk/contracts?state=ended&q=a",
    ],
)
def test_odd_addresses_are_answered(cast: Cast, path: str) -> None:
    assert cast.erin.get(path.replace("/1?", f"/{cast.acme.id}?")).status_code == 200


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_odd_days_are_refused_beside_their_field(cast: Cast, day: str) -> None:
    erin, acme = cast.erin, cast.acme
    given = {"notice-kind": "other", "notice-way": "mail", "notice-from_name": "x", "notice-arrived_on": day}
    assert post(erin, acme, "notices", **given) == 422
    assert post(erin, acme, "entries", **{"entry-plan": "x", "entry-start": day}) == 422
    assert post(erin, acme, "termination", **{"end-ending": "service_end", "end-words": "x", "end-on": day}) == 422
    assert post(erin, acme, "counts", **{"count-licences": "1", "count-counted_on": day}) == 422
    assert post(erin, acme, "payments", **{"payment-yen": "1", "payment-paid_on": day}) == 422


def test_a_start_notice_that_came_back_is_an_open_question(cast: Cast, fresh: Customer) -> None:
    erin = cast.erin
    post(erin, fresh, "applications", **APPLIED)
    (application,) = applications_of(fresh.id)
    post(erin, fresh, f"applications/{application.id}/start", **{"start-start_on": "2026-11-24"})
    contract = contract_now(fresh.id)
    assert contract is not None
    notice = db.session.get_one(Notice, contract.start_notice_id)
    notice.bounce("550 no such user")
    db.session.commit()
    assert "契約の成立が確かではありません" in erin.get(f"/desk/contracts/{fresh.id}").text
    assert "開始のお知らせの不達" in erin.get("/desk/obligations").text


def test_an_entry_is_cancelled_on_the_page(cast: Cast, fresh: Customer) -> None:
    erin = cast.erin
    post(erin, fresh, "entries", **{"entry-plan": "誤り", "entry-start": "2026-12-01"})
    contract = contract_now(fresh.id)
    assert contract is not None
    assert post(erin, fresh, f"cancellation/{contract.id}") == 422, "without a reason"
    assert post(erin, cast.acme, f"cancellation/{contract.id}", **{"cancel-words": "x"}) == 404
    assert post(erin, fresh, f"cancellation/{contract.id}", **{"cancel-words": "お客様の取り違え"}) == 302
    assert "お客様の取り違え" in erin.get(f"/desk/contracts/{fresh.id}").text


def test_a_part_ends_by_a_months_notice(cast: Cast) -> None:
    erin, acme = cast.erin, cast.acme
    part = {"part-plan": "プラン 60", "part-clients": "60", "part-words": "対象の縮小"}
    assert post(erin, acme, "partial-termination", **part | {"part-clients": "100"}) == 409, "no smaller"
    assert post(erin, acme, "partial-termination", **part) == 302
    contract = contract_now(acme.id)
    assert contract is not None
    assert contract.in_force_until is None, "the rest goes on"
    assert plan_on(contract, date(2026, 12, 24)) == ("プラン 100", 100)
    assert plan_on(contract, date(2026, 12, 25)) == ("プラン 60", 60)
    assert (
        "2026年12月24日" in db.session.scalars(db.select(Notice).where(Notice.template == "contract_part")).one().body
    )


def test_a_succession_is_seen_to_with_what_was_shown(cast: Cast) -> None:
    erin, acme = cast.erin, cast.acme
    given = {"notice-kind": "succession", "notice-way": "post", "notice-from_name": "承継会社", "notice-words": "合併"}
    post(erin, acme, "notices", **given | {"notice-arrived_on": "2026-11-20"})
    (notice,) = notices_of(acme.id)
    assert post(erin, acme, f"notices/{notice.id}/confirmation") == 409
    assert post(erin, acme, f"notices/{notice.id}/confirmation", **{"confirm-words": "登記簿を確認、代表者は森"}) == 302
    assert notice.closing_words.startswith("登記簿")


def test_a_mail_that_came_back_counts_as_known_where_no_change_was_reported(cast: Cast) -> None:
    erin, acme = cast.erin, cast.acme
    post(erin, acme, "termination", **{"end-ending": "notice", "end-words": "見直し"})
    mail = db.session.scalars(db.select(Notice).where(Notice.template == "contract_ends")).first()
    assert mail is not None
    assert "3-8" not in erin.get(f"/desk/contracts/{acme.id}").text
    mail.bounce("550 no such user")
    db.session.commit()
    page = erin.get(f"/desk/contracts/{acme.id}").text
    assert "3-8" in page and "2026年11月24日(火)に到達したものとして扱います" in page


def test_a_customer_whom_no_mail_would_reach_says_so(cast: Cast, fresh: Customer) -> None:
    erin = cast.erin
    post(erin, fresh, "entries", **{"entry-plan": "プラン 50", "entry-start": "2026-11-01"})
    assert "届く方がいません" in erin.get(f"/desk/contracts/{fresh.id}").text
