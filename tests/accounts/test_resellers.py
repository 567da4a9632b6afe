"""A reseller's people read what concerns their customers, and nothing else (R70)."""

import pytest
from sqlalchemy import select

from helpdesk.accounts.models import User, add_user, user_by_email
from helpdesk.accounts.roles import Role
from helpdesk.audit.models import SYSTEM
from helpdesk.customers.resellers import Reseller, assign_reseller
from helpdesk.errors import Refusal
from helpdesk.extensions import db
from helpdesk.tickets.answering import reply
from helpdesk.tickets.messages import note
from helpdesk.tickets.visibility import newest_visible_to
from tests.conftest import Cast
from tests.forms import press
from tests.making import an_alert, an_inquiry


def test_they_read_their_customers_tickets_without_notes(cast: Cast) -> None:
    ticket, alert = an_inquiry(cast.contact("alice")), an_alert(cast.acme)
    reply(ticket, cast.user("dana"), "ご案内します")
    note(ticket, cast.user("dana"), "社内の話です")
    db.session.commit()
    rina = cast.rina
    assert "Acme" in rina.get("/reseller").text
    listed = rina.get(f"/reseller/customers/{cast.acme.id}").text
    assert ticket.reference in listed
    assert alert.reference in listed
    shown = rina.get(f"/reseller/tickets/{ticket.reference}").text
    assert "ご案内します" in shown
    assert "社内の話です" not in shown


def test_what_belongs_to_others_is_not_there(cast: Cast) -> None:
    rina, foreign = cast.rina, an_inquiry(cast.contact("charlie"))
    globex = cast.contact("charlie").customer
    assert "Globex" not in rina.get("/reseller").text
    for url in (f"/reseller/customers/{globex.id}", f"/reseller/tickets/{foreign.reference}"):
        assert rina.get(url).status_code == 404
    own = an_inquiry(cast.contact("alice"))
    for url in (f"/portal/tickets/{own.reference}", f"/desk/tickets/{own.reference}", "/portal/people", "/admin/users"):
        assert rina.get(url).status_code == 403, url
    assert rina.post(f"/portal/tickets/{own.reference}/replies", {"body": "x"}).status_code in (403, 404)
    assert newest_visible_to(cast.user("rina"), 5)[0] == []


def test_a_customer_taken_from_them_is_gone_at_the_next_request(cast: Cast) -> None:
    rina, ticket = cast.rina, an_inquiry(cast.contact("alice"))
    assert rina.get(f"/reseller/tickets/{ticket.reference}").status_code == 200
    press(cast.root, f"/admin/customers/{cast.acme.id}", "設定", form="/reseller", reseller="")
    assert rina.get(f"/reseller/tickets/{ticket.reference}").status_code == 404
    assert "Acme" not in rina.get("/reseller").text


def test_an_administrator_adds_resellers_and_their_people(cast: Cast) -> None:
    root = cast.root
    page = press(root, "/admin/resellers", "販売店を追加する", name="株式会社 カワセ商会").location
    again = press(root, "/admin/resellers", "販売店を追加する", name="株式会社 カワセ商会")
    assert again.status_code == 422
    press(root, page, "招待メールを送る", name="河瀬 一郎", email="kawase@kawase.example")
    user = user_by_email("kawase@kawase.example")
    assert user is not None
    reseller = db.session.scalars(select(Reseller).where(Reseller.name == "株式会社 カワセ商会")).one()
    assert (user.role, user.reseller_id) == (Role.reseller_user, reseller.id)
    taken = press(root, page, "招待メールを送る", name="誰か", email="DANA@desk.example")
    assert taken.status_code == 422
    press(root, page, "保存", **{"its-name": "カワセ商会"})
    assert reseller.name == "カワセ商会"
    press(root, f"/admin/users/{user.id}", "保存", name="河瀬 二郎", email=user.email)
    assert (user.name, user.role) == ("河瀬 二郎", Role.reseller_user)
    form = {"name": user.name, "email": user.email, "role": "administrator", "language": "ja"}
    assert root.post(f"/admin/users/{user.id}", form).status_code == 422


def test_only_a_resellers_account_belongs_to_one(cast: Cast) -> None:
    for role, reseller_id in ((Role.agent, cast.acme.reseller_id), (Role.reseller_user, None)):
        with pytest.raises(Refusal):
            add_user(SYSTEM, email="x@minamo.example", name="x", role=role, reseller_id=reseller_id)
    assert db.session.scalar(select(User.id).where(User.email == "x@minamo.example")) is None
    assign_reseller(SYSTEM, cast.acme, None)
    assert cast.acme.reseller_id is None
