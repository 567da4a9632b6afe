"""What an administrator clicks on the pages of customers and of accounts: each button as it stands on the page."""

import pytest
from sqlalchemy import select

from helpdesk.accounts.models import User, user_by_email
from helpdesk.accounts.roles import Role
from helpdesk.alerts.completions import poll_of
from helpdesk.audit.models import SYSTEM
from helpdesk.customers.alert_addresses import alert_addresses_of
from helpdesk.customers.models import Customer, Way
from helpdesk.extensions import db
from helpdesk.notices.models import Charset, Notice
from tests.conftest import Cast
from tests.forms import press


def _invitations() -> list[str]:
    return list(db.session.scalars(select(Notice.to_address).where(Notice.template == "invitation")))


@pytest.fixture
def page(cast: Cast) -> str:
    return f"/admin/customers/{cast.acme.id}"


def test_the_list_leads_to_a_customer_and_adds_one(cast: Cast) -> None:
    root = cast.root
    assert f'href="/admin/customers/{cast.acme.id}"' in root.get("/admin/customers").text
    made = press(root, "/admin/customers", "お客様を追加する", name="北海 物産", language="en")
    customer = db.session.scalars(select(Customer).where(Customer.name == "北海 物産")).one()
    assert made.location == f"/admin/customers/{customer.id}"
    assert customer.language == "en"


def test_two_rights_and_the_way_are_set_one_by_one(cast: Cast, page: str) -> None:
    alice = cast.contact("alice")
    person = f"{page}/contacts/{alice.id}"
    press(cast.root, person, "保存", instructs=None, way="phone")
    assert (alice.told_of_alerts, alice.may_instruct, alice.way) == (True, False, Way.phone)
    press(cast.root, person, "保存", told=None, instructs="y")
    assert (alice.told_of_alerts, alice.may_instruct, alice.way) == (False, True, Way.phone)


def test_with_nobody_to_be_told_the_page_says_so(cast: Cast, page: str) -> None:
    cast.contact("alice").set_alert_rights(SYSTEM, told=False, may_instruct=True, way=Way.mail)
    shown = cast.root.get(page).text
    assert "アラートの通知先が指定されていません" in shown
    assert "指示できる方がいません" not in shown


def test_a_person_is_closed_and_opened_again(cast: Cast, page: str) -> None:
    bob = cast.contact("bob")
    signed_in = cast.bob
    person = f"{page}/contacts/{bob.id}"
    press(cast.root, person, "利用を終了")
    assert bob.closed
    assert signed_in.get("/portal/").status_code == 302
    press(cast.root, person, "再開")
    assert not bob.closed
    assert not cast.user("bob").active, "the sign-in is given back by itself"


def test_a_person_without_a_sign_in_is_added(cast: Cast, page: str) -> None:
    press(cast.root, page, "担当者を追加する", name="電話 太郎", kana="でんわ", email="tel@acme.example", role="")
    assert user_by_email("tel@acme.example") is None
    assert "電話 太郎" in cast.root.get(page).text
    assert _invitations() == []


def test_an_alert_address_that_is_taken_is_refused_beside_its_field(cast: Cast, page: str) -> None:
    taken = alert_addresses_of(cast.acme)[0].address
    answer = press(cast.root, page, "アドレスを追加", address=taken.upper())
    assert answer.status_code == 422
    assert "すでに Acme" in answer.text


def test_the_charset_of_mails(cast: Cast, page: str) -> None:
    press(cast.root, page, "設定", form="mail-charset", charset=Charset.iso_2022_jp.value)
    assert cast.acme.mail_charset == Charset.iso_2022_jp


def test_a_key_is_tested_again(cast: Cast, page: str) -> None:
    assert press(cast.root, page, "もう一度テストする").status_code == 302
    assert "テスト中" in cast.root.get(page).text


def test_answers_by_themselves(cast: Cast, page: str) -> None:
    press(cast.root, page, "設定", form="auto-answer", confidence="95")
    assert cast.acme.auto_answer_from == 95
    assert 'value="95" selected' in cast.root.get(page).text
    press(cast.root, page, "設定", form="auto-answer", confidence="")
    assert cast.acme.auto_answer_from is None
    assert cast.root.post(f"{page}/auto-answer", {"confidence": "12"}).status_code == 409


def test_handling_shows_what_was_set(cast: Cast, page: str) -> None:
    press(cast.root, page, "設定", form="handling", second_eyes="1", polling="1", links_need_sign_in="1")
    assert (cast.acme.second_eyes, cast.acme.links_need_sign_in, cast.acme.isolation) == (True, True, False)
    assert poll_of(cast.acme.id) is not None
    press(cast.root, page, "設定", form="handling", second_eyes=None, polling=None, links_need_sign_in=None)
    assert (cast.acme.second_eyes, cast.acme.links_need_sign_in) == (False, False)
    assert poll_of(cast.acme.id) is None


def test_accounts_are_invited_closed_and_opened(cast: Cast) -> None:
    root, dana = cast.root, cast.user("dana")
    page = f"/admin/users/{dana.id}"
    press(root, page, "招待メールを送る")
    assert _invitations() == [dana.email]
    press(root, page, "無効にする")
    assert not dana.active
    press(root, page, "再び有効にする")
    assert dana.active


def test_the_right_to_see_logins_is_given_to_the_desk_alone(cast: Cast) -> None:
    root, dana = cast.root, cast.user("dana")
    press(root, f"/admin/users/{dana.id}", "ログインの閲覧を許可")
    assert dana.may_reveal
    assert root.post(f"/admin/users/{cast.user('alice').id}/reveal").status_code == 404
    assert not cast.user("alice").may_reveal


def test_ones_own_account_offers_no_closing(cast: Cast) -> None:
    own = cast.user("root")
    with pytest.raises(LookupError):
        press(cast.root, f"/admin/users/{own.id}", "無効にする")


def test_staff_with_an_address_that_is_taken(cast: Cast) -> None:
    answer = press(
        cast.root,
        "/admin/users",
        "招待メールを送る",
        form="/admin/users",
        name="二人目",
        email="DANA@desk.example",
        role="agent",
    )
    assert answer.status_code == 422
    assert "二人目" in answer.text, "nothing typed is lost"
    assert user_by_email("dana@desk.example") is not None
    assert db.session.scalar(select(User).where(User.role == Role.agent, User.name == "二人目")) is None


def test_an_account_of_ours_is_corrected(cast: Cast) -> None:
    root, dana, session = cast.root, cast.user("dana"), cast.dana
    page = f"/admin/users/{dana.id}"
    dana.may_reveal = True
    db.session.commit()
    press(root, page, "保存", name="田中 花子", email="Hanako@desk.example", role="administrator")
    assert (dana.name, dana.email, dana.role, dana.may_reveal) == (
        *("田中 花子", "hanako@desk.example"),
        *(Role.administrator, False),
    )
    assert session.get("/desk/").status_code == 302, "signed out"
    answer = press(root, page, "保存", email="ERIN@desk.example", name="残る")
    assert answer.status_code == 422
    assert "残る" in answer.text


def test_the_last_administrator_stays(cast: Cast) -> None:
    root, own = cast.root, cast.user("root")
    answer = press(root, f"/admin/users/{own.id}", "保存", role="agent")
    assert answer.status_code == 422
    assert own.role == Role.administrator


def test_accounts_are_found_by_name_customer_role_and_state(cast: Cast) -> None:
    root = cast.root

    def shown(query: str) -> str:
        return root.get(f"/admin/users?{query}").text

    assert "alice@acme.example" in shown("q=acme")
    assert "dana@desk.example" not in shown("q=acme")
    assert "alice@acme.example" in shown("q=コバヤシ")
    assert "dana@desk.example" in shown("role=agent")
    assert "alice@acme.example" not in shown("role=agent")
    cast.user("dana").active = False
    db.session.commit()
    assert "dana@desk.example" in shown("state=closed")
    assert "該当するアカウントはありません" in shown("q=nobody")
