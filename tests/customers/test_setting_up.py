"""An administrator sets a customer up in the browser: people, addresses, contract, credential (point 5)."""

from sqlalchemy import select

from helpdesk.accounts.models import user_by_email
from helpdesk.accounts.roles import Role
from helpdesk.console.models import credential_of
from helpdesk.customers.alert_addresses import customers_by_alert_address
from helpdesk.customers.models import Customer
from helpdesk.customers.people import contact_by_email
from helpdesk.extensions import db
from helpdesk.notices.models import Notice
from tests.conftest import Cast

PERSON = {
    "name": "山田 花子",
    "email": "Hanako@New.example",
    "role": "customer_user",
    "told": "y",
    "instructs": "y",
    "way": "phone",
    "language": "ja",
}


def test_from_nothing_to_a_customer_who_can_ask(cast: Cast) -> None:
    root = cast.root
    page = root.post("/admin/customers", {"name": "新規 株式会社", "language": "ja"}).location
    customer = db.session.scalars(select(Customer).order_by(Customer.id.desc())).first()
    assert customer is not None
    assert root.post(f"{page}/contacts", PERSON).status_code == 302
    user = user_by_email("hanako@new.example")
    assert user is not None
    assert (user.role, user.may_instruct, user.password_hash) == (Role.customer_user, True, None)
    assert db.session.scalar(select(Notice.to_address).where(Notice.template == "invitation")) == "hanako@new.example"
    root.post(f"{page}/alert-addresses", {"address": "Alerts+New@desk.example"})
    assert [c.id for c in customers_by_alert_address({"alerts+new@desk.example"}).values()] == [customer.id]
    hana = cast.signed_in(user)
    assert "有効なご契約が確認できません" in hana.get("/portal/").text
    root.post(f"/desk/contracts/{customer.id}/entries", {"entry-plan": "プラン 50", "entry-start": "2026-01-01"})
    assert "有効なご契約が確認できません" not in hana.get("/portal/").text
    root.post(f"{page}/credential", {"region": "eu", "client_id": "abc", "api_key": "secret-key-value"})
    assert credential_of(customer.id) is not None
    shown = root.get(page).text
    assert "プラン 50" in shown
    assert "secret-key-value" not in shown


def test_one_address_belongs_to_one_person(cast: Cast) -> None:
    answer = cast.root.post(f"/admin/customers/{cast.acme.id}/contacts", {**PERSON, "email": "CHARLIE@globex.example"})
    assert answer.status_code == 422
    assert "山田 花子" in answer.text, "nothing typed is lost"
    assert contact_by_email("charlie@globex.example") is not None


def test_wrong_forms_come_back_422(cast: Cast) -> None:
    root, base = cast.root, f"/admin/customers/{cast.acme.id}"
    for url, data in {
        "/admin/customers": {"name": ""},
        f"{base}/contacts": {**PERSON, "email": "not an address"},
        f"{base}/alert-addresses": {"address": "x"},
        f"/desk/contracts/{cast.acme.id}/entries": {"entry-plan": "x", "entry-start": "soon"},
        f"{base}/credential": {"region": "eu", "client_id": "", "api_key": ""},
        "/admin/users": {"name": "x", "email": "x", "role": "agent"},
    }.items():
        assert root.post(url, data).status_code == 422, url


def test_staff_are_invited_and_closed(cast: Cast) -> None:
    root = cast.root
    root.post("/admin/users", {"name": "新人", "email": "new@desk.example", "role": "agent", "language": "ja"})
    user = user_by_email("new@desk.example")
    assert user is not None
    person = cast.signed_in(user)
    assert person.get("/desk/").status_code == 200
    root.post(f"/admin/users/{user.id}/deactivation")
    assert person.get("/desk/").status_code == 302
    root.post(f"/admin/users/{user.id}/activation")
    assert user.active
    assert root.post(f"/admin/users/{cast.user('root').id}/deactivation").status_code == 409
