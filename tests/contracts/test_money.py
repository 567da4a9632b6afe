"""The billing list, payments and the bound of liability, new prices, audits (R58, R59, R65)."""

import io
from collections.abc import Callable
from datetime import date

import openpyxl
import pytest

from helpdesk.audit.models import SYSTEM, events_of
from helpdesk.contracts.audits import add_findings, audits_of, record_audit
from helpdesk.contracts.billing import billing_lines
from helpdesk.contracts.changes import ask_for_change
from helpdesk.contracts.models import Ending, add_contract
from helpdesk.contracts.payments import liability_cap, payments_of, record_payment
from helpdesk.contracts.price_notices import announce_prices, price_notices
from helpdesk.contracts.windows import Sent
from helpdesk.customers.models import add_customer
from helpdesk.customers.resellers import Reseller, add_reseller, assign_reseller
from helpdesk.errors import Refusal
from helpdesk.extensions import db
from helpdesk.notices.models import Notice
from tests.conftest import Cast


def test_the_months_of_a_contract_are_free_then_charged_then_gone(cast: Cast) -> None:
    customer = add_customer(SYSTEM, "請求 株式会社")
    reseller = add_reseller(SYSTEM, "あおば販売")
    assign_reseller(SYSTEM, customer, reseller)
    contract = add_contract(SYSTEM, customer, plan="プラン 50", clients=50, start=date(2026, 10, 5))
    change = ask_for_change(SYSTEM, contract, plan="プラン 80", clients=80, requested_on=date(2026, 11, 10))
    change.form(SYSTEM)
    contract.set_end(SYSTEM, date(2027, 1, 31), Ending.nonrenewal)
    found = {}
    for year, month in ((2026, 9), (2026, 10), (2026, 11), (2026, 12), (2027, 1), (2027, 2)):
        lines = billing_lines(date(year, month, 15), reseller.id)
        found[month] = [(line.plan, line.clients, line.charged, line.was) for line in lines]
    assert found == {
        9: [],
        10: [("プラン 50", 50, False, None)],
        11: [("プラン 50", 50, True, None)],
        12: [("プラン 80", 80, True, "プラン 50")],
        1: [("プラン 80", 80, True, None)],
        2: [],
    }


def test_the_months_that_a_contract_goes_back_over_are_charged(cast: Cast) -> None:
    customer = add_customer(SYSTEM, "再契約 株式会社")
    start = date(2026, 10, 1)
    add_contract(SYSTEM, customer, plan="p", start=start, started_on=date(2026, 12, 7))
    charged = {}
    for month in (10, 11, 12):
        (line,) = [one for one in billing_lines(date(2026, month, 1)) if one.customer == customer.name]
        charged[month] = line.charged
    assert charged == {10: True, 11: True, 12: False}, "free is the month of the service's start (5-4)"


def test_the_list_is_a_page_and_a_spreadsheet(cast: Cast) -> None:
    assert "C-2026-001" in cast.erin.get("/desk/billing?month=2026-11").text
    assert cast.erin.get("/desk/billing?month=nonsense").status_code == 200
    answer = cast.root.get("/desk/billing/xlsx?month=2026-11")
    sheet = openpyxl.load_workbook(io.BytesIO(answer.data)).active
    assert sheet is not None
    rows = list(sheet.iter_rows(values_only=True))
    assert rows[0][:3] == ("販売店", "お客様", "契約")
    assert any("C-2026-001" in [str(cell) for cell in row] for row in rows)
    assert any("billing" in str(event.details) for event in events_of(cast.user("root"))), "exports are on record"


def test_the_bound_follows_from_what_was_paid_or_is_unknown(cast: Cast) -> None:
    day = date(2026, 11, 24)
    assert liability_cap(cast.acme.id, day).yen is None, "no payment on record is no zero"
    for paid, yen in ((date(2026, 8, 23), 1), (date(2026, 8, 24), 20), (date(2026, 11, 23), 300), (day, 4_000)):
        record_payment(SYSTEM, cast.acme, paid, yen)
    db.session.flush()
    assert liability_cap(cast.acme.id, day).yen == 320
    assert liability_cap(cast.acme.id, date(2025, 1, 1)).yen is None, "nothing is known of those days"
    payments_of(cast.acme.id)[1].remove(SYSTEM, cast.acme, "二重に入力")
    db.session.flush()
    assert liability_cap(cast.acme.id, day).yen == 20
    with pytest.raises(Refusal):
        record_payment(SYSTEM, cast.acme, day, 0)


def test_payments_are_recorded_on_the_page_and_nothing_typed_is_lost(cast: Cast) -> None:
    erin, page = cast.erin, f"/desk/contracts/{cast.acme.id}"
    paid = {"payment-paid_on": "2026-11-24", "payment-yen": "120000", "payment-words": "11月分"}
    wrong = erin.post(f"{page}/payments", paid | {"payment-paid_on": "2026-11-25"})
    assert wrong.status_code == 409, "a day to come"
    assert 'value="120000"' in wrong.text and 'value="11月分"' in wrong.text
    assert erin.post(f"{page}/payments", paid).status_code == 302
    shown = erin.get(f"{page}?damage=2026-11-25").text
    assert "120,000" in shown and "直前3か月間" in shown
    other = erin.get(f"/desk/contracts/{cast.contact('charlie').customer_id}?damage=2026-11-25").text
    assert "不明(支払いの記録がありません)" in other
    (payment,) = payments_of(cast.acme.id)
    erin.post(f"{page}/payments/{payment.id}/removal", {"removal-words": "別のお客様の分"})
    assert payments_of(cast.acme.id) == []


def test_new_prices_are_announced_in_advance_by_mail_or_letter(cast: Cast) -> None:
    reseller = db.session.scalars(db.select(Reseller)).first()
    assert reseller is not None
    with pytest.raises(Refusal, match="5-6"):
        announce_prices(SYSTEM, reseller, effective_on=date(2026, 11, 24), words="x", address="a@minamo.example")
    row = announce_prices(
        SYSTEM, reseller, effective_on=date(2027, 1, 1), words="月額を改定します。", address="a@minamo.example"
    )
    (mail,) = db.session.scalars(db.select(Notice).where(Notice.template == "price_notice"))
    assert (row.notice_id, mail.to_address) == (mail.id, "a@minamo.example")
    assert "2027年1月1日" in mail.body and "月額を改定します。" in mail.body
    letter = announce_prices(
        SYSTEM,
        reseller,
        effective_on=date(2027, 1, 1),
        words="同上",
        address="東京都港区",
        way=Sent.post,
        sent_on=date(2026, 11, 20),
    )
    assert (letter.notice_id, letter.sent_on) == (None, date(2026, 11, 20))
    form = {"price-reseller": str(reseller.id), "price-effective_on": "2027-02-01", "price-way": "mail"}
    form |= {"price-address": "nowhere", "price-words": "改定"}
    wrong = cast.erin.post("/desk/billing/prices", form)
    assert wrong.status_code == 409
    assert "改定" in wrong.text
    assert cast.erin.post("/desk/billing/prices", form | {"price-address": "b@minamo.example"}).status_code == 302
    assert len(price_notices()) == 3


def test_an_audit_is_told_of_before_it_is_held(cast: Cast, at: Callable[[str], object]) -> None:
    with pytest.raises(Refusal, match="9"):
        record_audit(SYSTEM, cast.acme, told_on=date(2026, 11, 24), held_on=date(2026, 11, 24), scope="ライセンス数")
    for told, held, findings in ((25, 27, ""), (20, 27, "なし")):
        with pytest.raises(Refusal):
            days = {"told_on": date(2026, 11, told), "held_on": date(2026, 11, held)}
            record_audit(SYSTEM, cast.acme, **days, scope="ライセンス数", findings=findings)
    made = record_audit(SYSTEM, cast.acme, told_on=date(2026, 11, 24), held_on=date(2026, 12, 1), scope="ライセンス数")
    db.session.flush()
    with pytest.raises(Refusal):
        add_findings(SYSTEM, made, "早すぎる")
    at("2026-12-02T10:00:00+09:00")
    add_findings(SYSTEM, made, "台数の差異なし")
    add_findings(SYSTEM, made, "追記")
    assert [one.findings for one in audits_of(cast.acme.id)] == ["台数の差異なし\n追記"]


def test_the_notice_of_an_audit_is_mailed_and_its_findings_come_later(cast: Cast, at: Callable[[str], object]) -> None:
    erin, url = cast.erin, f"/desk/contracts/{cast.acme.id}"
    form = {"audit-told_on": "2026-11-24", "audit-held_on": "2026-12-01", "audit-scope": "端末数", "audit-mailed": "y"}
    assert erin.post(f"{url}/audits", form).status_code == 302
    mails = db.session.scalars(db.select(Notice).where(Notice.template == "audit_notice")).all()
    assert mails
    assert all("2026年12月1日" in one.body and "端末数" in one.body for one in mails)
    (made,) = audits_of(cast.acme.id)
    assert "結果を追記する" not in erin.get(url).text
    at("2026-12-01T10:00:00+09:00")
    assert "結果を追記する" in erin.get(url).text
    assert erin.post(f"{url}/audits/{made.id}/findings", {"findings-words": ""}).status_code == 422
    assert erin.post(f"{url}/audits/{made.id}/findings", {"findings-words": "問題なし"}).status_code == 302
    assert "問題なし" in erin.get(url).text
