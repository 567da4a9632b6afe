"""What was entered of a customer can be corrected: the name, addresses, keys, and what was lent is given back (D10)."""

from datetime import date

import pytest
from sqlalchemy import select

from helpdesk.actions.logins import login_of, set_login
from helpdesk.audit.models import SYSTEM
from helpdesk.console.models import Region, credential_of, set_credential
from helpdesk.customers.alert_addresses import AlertAddress, add_alert_address, alert_addresses_of, is_foreign
from helpdesk.customers.finding import customers_named
from helpdesk.customers.models import Customer, add_customer
from helpdesk.desk.readiness import Point, PointState, customers_as_they_stand, readiness_of
from helpdesk.errors import Refusal
from helpdesk.extensions import db
from tests.conftest import Cast
from tests.forms import press
from tests.mailgate.test_ledger import deliver
from tests.making import TEXT

TODAY = date(2026, 11, 24)


@pytest.fixture
def page(cast: Cast) -> str:
    return f"/admin/customers/{cast.acme.id}"


def test_a_renamed_customer_is_found_by_both_names(cast: Cast, page: str) -> None:
    typed = {"its-name": "白樺ホールディングス", "its-kana": "しらかば", "its-notes": "請求は本社へ"}
    press(cast.root, page, "保存", form="/name", **typed)
    assert cast.acme.name == "白樺ホールディングス"
    assert cast.acme.former_names[0]["until"] == "2026-11-24"
    assert {one.id for one in customers_named("白樺ホール")} & {one.id for one in customers_named("acme")}
    shown = cast.root.get(page).text
    assert "請求は本社へ" in shown
    assert "以前の名称" in shown


def test_a_name_that_is_taken_is_refused_beside_its_field(cast: Cast, page: str) -> None:
    other = db.session.scalars(select(Customer).where(Customer.id != cast.acme.id)).first()
    typed = {"its-name": other.name, "its-kana": "", "its-notes": "残る"}
    answer = press(cast.root, page, "保存", form="/name", **typed)
    assert answer.status_code == 422
    assert "残る" in answer.text
    again = press(cast.root, "/admin/customers", "お客様を追加する", name=other.name, kana="のこる")
    assert again.status_code == 422
    assert "のこる" in again.text


def test_an_address_of_a_foreign_domain_is_asked_about(cast: Cast, page: str) -> None:
    answer = press(cast.root, page, "アドレスを追加", address="alerts@elsewhere.example")
    assert answer.status_code == 422
    assert "当社のメールのドメインではない" in answer.text
    form = {"address": "alerts@elsewhere.example", "foreign": "y"}
    assert cast.root.post(f"{page}/alert-addresses", form).status_code == 302
    assert "alerts@elsewhere.example" in {one.address for one in alert_addresses_of(cast.acme)}


@pytest.mark.parametrize(
    ("address", "foreign"),
    [("a@desk.example", False), ("a@in.desk.example", False), ("a@notdesk.example", True), ("a@x.example", True)],
)
def test_foreign_is_what_lies_outside_the_own_domain(address: str, foreign: bool) -> None:
    assert is_foreign(address, "support@desk.example") == foreign


def test_an_address_is_seen_working_by_its_first_mail(cast: Cast, page: str) -> None:
    address = add_alert_address(SYSTEM, cast.acme, "alerts+neu@desk.example")
    db.session.commit()
    assert "受信待ち" in cast.root.get(page).text
    deliver(b"Subject: x\r\n\r\ny", "a@b.example", "support@desk.example")
    assert "受信待ち" in cast.root.get(page).text
    deliver(f"Subject: alert\r\n\r\n{TEXT}".encode(), "no-reply@amp.cisco.com", address.address)
    row = db.session.scalars(select(AlertAddress).where(AlertAddress.address == address.address)).one()
    assert row.first_mail_at is not None
    assert "動作を確認済" in cast.root.get(page).text


def test_an_address_is_moved_and_removed(cast: Cast, page: str) -> None:
    other = db.session.scalars(select(Customer).where(Customer.id != cast.acme.id)).first()
    address = add_alert_address(SYSTEM, cast.acme, "alerts+neu@desk.example")
    db.session.commit()
    press(cast.root, page, "移す", form=f"{address.id}/move", to=str(other.id))
    assert address.customer_id == other.id
    press(cast.root, f"/admin/customers/{other.id}", "alerts+neu@desk.example を削除")
    left = select(AlertAddress).where(AlertAddress.address == "alerts+neu@desk.example")
    assert db.session.scalars(left).all() == []


def test_one_key_at_two_customers_is_asked_about(cast: Cast) -> None:
    other = db.session.scalars(select(Customer).where(Customer.id != cast.acme.id)).first()
    mine = set_credential(SYSTEM, cast.acme, region=Region.apjc, client_id="same", api_key="x")
    form = {"region": "apjc", "signing": "basic", "client_id": mine.client_id, "api_key": "y"}
    page = f"/admin/customers/{other.id}/credential"
    db.session.commit()
    answer = cast.root.post(page, form)
    assert answer.status_code == 422
    assert "両方のお客様がこのコンソールを共用している" in answer.text
    assert cast.root.post(page, form | {"shared": "y"}).status_code == 302


def test_a_customer_cannot_share_the_key_of_another(cast: Cast) -> None:
    set_credential(SYSTEM, cast.acme, region=Region.apjc, client_id="same", api_key="x")
    db.session.commit()
    with pytest.raises(Refusal):
        set_credential(SYSTEM, add_customer(SYSTEM, "別の会社"), region=Region.apjc, client_id=" same ", api_key="y")


def test_what_was_lent_is_given_back_and_destroyed(cast: Cast, page: str) -> None:
    set_login(SYSTEM, cast.acme, "viewer", "secret")
    db.session.commit()
    assert press(cast.root, page, "返却して破棄する").status_code == 409, "only with the tick"
    assert credential_of(cast.acme.id) is not None
    press(cast.root, page, "返却して破棄する", sure="yes")
    assert credential_of(cast.acme.id) is None
    assert login_of(cast.acme.id) is None


def test_a_new_customer_says_what_it_lacks(cast: Cast) -> None:
    made = add_customer(SYSTEM, "北海物産", kana="ほっかいぶっさん")
    ready = readiness_of(made, TODAY)
    assert set(ready.points.values()) == {PointState.open}
    add_alert_address(SYSTEM, made, "alerts+hokkai@desk.example")
    assert readiness_of(made, TODAY).points[Point.address] == PointState.waiting
    assert [one.id for one in customers_as_they_stand(TODAY, "ホッカイ")] == [made.id]
    assert made.id in {one.id for one in customers_as_they_stand(TODAY, only_open=True)}
    db.session.commit()
    assert "残り7件" in cast.root.get("/admin/customers?open=1").text


def test_the_list_of_customers_takes_few_statements(cast: Cast, statements: list[str]) -> None:
    root = cast.root
    root.get("/admin/customers")
    statements.clear()
    root.get("/admin/customers?q=a&open=1")
    assert len(statements) <= 8
