"""People of a customer are corrected, put together, closed and invited again, by us and by the customer (R57, R70)."""

import pytest
from sqlalchemy import select

from helpdesk.accounts.models import OneTimeLink, User, end_links, user_by_email, user_of
from helpdesk.accounts.people import (
    PersonRights,
    PersonWords,
    add_person,
    close_person,
    correct_person,
    give_sign_in,
    merge_person,
    rights_of,
    take_sign_in,
    words_of,
)
from helpdesk.accounts.roles import Role
from helpdesk.accounts.staff import find_accounts
from helpdesk.accounts.standing import AccountState, standing_of
from helpdesk.audit.models import SYSTEM
from helpdesk.customers.alert_addresses import add_alert_address
from helpdesk.customers.changes import ContactChange, Evidence, open_changes
from helpdesk.customers.finding import find_people
from helpdesk.customers.models import Contact, Language, Way
from helpdesk.errors import Refusal
from helpdesk.extensions import db
from helpdesk.notices.models import Notice
from helpdesk.web.person_form import shown_of
from tests.conftest import Cast
from tests.forms import press
from tests.making import an_inquiry


def told() -> list[str]:
    rows = select(Notice.to_address).where(Notice.template == "contact_changed").order_by(Notice.id)
    return list(db.session.scalars(rows))


def changed(contact: Contact, **fields: object) -> PersonWords:
    return PersonWords(**(vars(words_of(contact)) | fields))


def test_a_new_address_moves_the_sign_in_and_is_told_to_both(cast: Cast) -> None:
    alice, page = cast.contact("alice"), cast.alice
    ticket = an_inquiry(alice)
    correct_person(SYSTEM, alice, changed(alice, email="Alice.New@acme.example", kana="ありす"), rights_of(alice))
    db.session.commit()
    assert (alice.email, cast.user("alice").email) == ("alice.new@acme.example",) * 2
    assert told() == ["alice@acme.example", "alice.new@acme.example"]
    assert page.get("/portal/").status_code == 302, "open sessions end"
    assert [one.id for one in find_people("アリス")] == [alice.id]
    waiting = db.session.scalars(select(Notice).where(Notice.ticket_id == ticket.id)).one()
    assert waiting.withdrawn_at is not None, "what waited for the old address goes nowhere"


@pytest.mark.parametrize("address", ["BOB@acme.example", "dana@desk.example", "no address"])
def test_an_address_that_is_taken_or_none_changes_nothing(cast: Cast, address: str) -> None:
    alice = cast.contact("alice")
    with pytest.raises(Refusal):
        correct_person(SYSTEM, alice, changed(alice, email=address), rights_of(alice))
    db.session.rollback()
    assert (cast.contact("alice").email, told()) == ("alice@acme.example", [])


def test_the_same_words_change_and_tell_nothing(cast: Cast) -> None:
    alice = cast.contact("alice")
    assert correct_person(SYSTEM, alice, words_of(alice), rights_of(alice)) is None
    assert told() == []


def test_the_language_is_the_person_s_for_pages_and_mails(cast: Cast) -> None:
    alice = cast.contact("alice")
    correct_person(SYSTEM, alice, changed(alice, language=Language.en), rights_of(alice))
    assert cast.user("alice").language == Language.en
    assert "Dear" in db.session.scalars(select(Notice.body).where(Notice.template == "contact_changed")).first()


def test_a_sign_in_is_given_later_and_taken_again(cast: Cast) -> None:
    person = add_person(SYSTEM, cast.acme, PersonWords("電話 太郎", "tel@acme.example"), PersonRights(told=True))
    assert user_of(person) is None
    account = give_sign_in(SYSTEM, person, Role.customer_user)
    assert standing_of([account])[account.id].state == AccountState.invited
    assert db.session.scalar(select(Notice.to_address).where(Notice.template == "invitation")) == "tel@acme.example"
    take_sign_in(SYSTEM, person)
    assert not account.active
    assert not person.closed, "written to as before"
    assert standing_of([account])[account.id].state == AccountState.closed
    give_sign_in(SYSTEM, person, Role.customer_admin)
    assert (account.active, account.role) == (True, Role.customer_admin)


def test_two_rows_of_one_person_are_put_together(cast: Cast) -> None:
    twin = add_person(SYSTEM, cast.acme, PersonWords("小林 由佳", "yuka@acme.example"), PersonRights(told=True))
    ticket = an_inquiry(twin)
    merge_person(SYSTEM, twin, cast.contact("alice"))
    db.session.commit()
    assert ticket.requester_id == cast.contact("alice").id
    assert twin.closed
    with pytest.raises(Refusal, match="統合"):
        twin.reopen(SYSTEM)


def test_only_people_of_one_customer_with_one_sign_in_are_put_together(cast: Cast) -> None:
    with pytest.raises(Refusal):
        merge_person(SYSTEM, cast.contact("alice"), cast.contact("charlie"))
    with pytest.raises(Refusal):
        merge_person(SYSTEM, cast.contact("alice"), cast.contact("bob"))
    assert not cast.contact("alice").closed


def test_a_closed_person_is_corrected_by_nobody(cast: Cast) -> None:
    carol = cast.contact("carol")
    close_person(SYSTEM, carol)
    with pytest.raises(Refusal):
        correct_person(SYSTEM, carol, words_of(carol), PersonRights(told=True))


def test_the_customer_replaces_who_is_told(cast: Cast) -> None:
    """On the portal: a new person is named, the one who left is closed; the desk looks at both (3-6, 3-7)."""
    bob, gone = cast.bob, cast.contact("alice")
    typed = {"name": "後任 花子", "email": "hanako@acme.example", "told": "y", "instructs": "y", "way": "phone"}
    assert press(bob, "/portal/people/new", "担当者を追加する", **typed, role="customer_user").status_code == 302
    new = db.session.scalars(select(Contact).where(Contact.email == "hanako@acme.example")).one()
    assert (new.told_of_alerts, new.may_instruct, new.way, new.customer_id) == (True, True, Way.phone, cast.acme.id)
    press(bob, f"/portal/people/{gone.id}", "利用を終了")
    assert gone.closed
    assert not cast.user("alice").active
    assert {change.contact_id for change in open_changes()} == {new.id, gone.id}
    assert "未確認" in cast.root.get(f"/admin/customers/{cast.acme.id}").text


def test_a_change_is_asked_for_and_confirmed_on_record(cast: Cast) -> None:
    page, carol = f"/admin/customers/{cast.acme.id}", cast.contact("carol")
    press(cast.bob, f"/portal/people/{carol.id}", "保存", phone="03-0000-0001")
    change = db.session.scalars(select(ContactChange)).one()
    assert (change.before["phone"], change.after["phone"]) == ("03-5550-0103", "03-0000-0001")
    press(cast.root, page, "証明を依頼")
    assert change.evidence == Evidence.asked
    assert "書類のご提示" in cast.bob.get("/portal/people").text
    refused = press(cast.root, page, "確認済みにする", words="")
    assert refused.status_code == 422
    press(cast.root, page, "確認済みにする", words="名刺の写し")
    assert (change.evidence, change.evidence_words) == (Evidence.seen, "名刺の写し")
    assert open_changes() == []


def test_the_portal_tells_nobody_whose_address_it_is(cast: Cast) -> None:
    for address in ("charlie@globex.example", "dana@desk.example"):
        answer = press(cast.bob, "/portal/people/new", "担当者を追加する", name="誰か", email=address)
        assert answer.status_code == 422
        assert "このメールアドレスは登録できません" in answer.text
        assert "誰か" in answer.text, "nothing typed is lost"


def test_the_last_administrator_stays(cast: Cast) -> None:
    bob = cast.contact("bob")
    assert press(cast.bob, f"/portal/people/{bob.id}", "保存", role="customer_user").status_code == 422
    assert press(cast.bob, f"/portal/people/{bob.id}", "利用を終了").status_code == 422
    assert cast.user("bob").role == Role.customer_admin
    assert cast.user("bob").active


def test_people_of_others_and_other_roles_are_not_there(cast: Cast) -> None:
    foreign = f"/portal/people/{cast.contact('charlie').id}"
    assert (cast.bob.get(foreign).status_code, cast.bob.post(foreign).status_code) == (404, 404)
    assert cast.bob.post(foreign + "/closure").status_code == 404
    assert cast.alice.get("/portal/people").status_code == 403


def test_what_somebody_else_changed_meanwhile_is_not_covered(cast: Cast) -> None:
    alice, page = cast.contact("alice"), f"/portal/people/{cast.contact('alice').id}"
    root = cast.root
    shown = root.get(f"/admin/customers/{cast.acme.id}/contacts/{alice.id}").text
    press(cast.bob, page, "保存", phone="03-0000-0009")
    stale = shown.split('name="shown"')[1].split('value="')[1].split('"')[0]
    form = {"name": alice.name, "email": alice.email, "shown": stale, "language": "ja", "way": "mail", "role": ""}
    answer = root.post(f"/admin/customers/{cast.acme.id}/contacts/{alice.id}", form)
    assert answer.status_code == 422
    assert "ほかの方が" in answer.text
    assert alice.phone == "03-0000-0009"


def test_an_invitation_that_ran_out_is_sent_again(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    person = add_person(
        SYSTEM, cast.acme, PersonWords("新人", "new@acme.example"), PersonRights(), role=Role.customer_user
    )
    db.session.commit()
    account = user_by_email("new@acme.example")
    assert account is not None
    page = f"/admin/customers/{cast.acme.id}/contacts/{person.id}"
    assert "案内済み" in cast.root.get(page).text
    press(cast.root, page, "もう一度案内を送る")
    sent = select(Notice).where(Notice.template == "invitation")
    assert len(list(db.session.scalars(sent))) == 2
    assert db.session.scalar(select(User.active).where(User.id == account.id))


@pytest.mark.parametrize(
    "address", ["ceo@globex.example", "somebody@nowhere.example", "acme-alerts@desk.example", "support+x@desk.example"]
)
def test_the_customer_names_people_of_its_own_domains_alone(cast: Cast, address: str) -> None:
    """Whoever's mail it is must not become this customer's ticket, nor an alert of another's (R06)."""
    answer = press(cast.bob, "/portal/people/new", "担当者を追加する", name="誰か", email=address, told="y")
    assert answer.status_code == 422
    assert "このメールアドレスは登録できません" in answer.text
    moved = press(cast.bob, f"/portal/people/{cast.contact('alice').id}", "保存", email=address)
    assert moved.status_code == 422
    assert cast.contact("alice").email == "alice@acme.example"


def test_no_person_has_an_address_at_which_mail_comes_in(cast: Cast) -> None:
    alert = add_alert_address(SYSTEM, cast.acme, "alerts+neu@desk.example").address
    for address in (alert, "support@desk.example", "SUPPORT+token@desk.example"):
        with pytest.raises(Refusal):
            add_person(SYSTEM, cast.acme, PersonWords("誰か", address), PersonRights())
    for address in ("alice@acme.example", "support@desk.example"):
        with pytest.raises(Refusal):
            add_alert_address(SYSTEM, cast.acme, address)


def test_whoever_is_put_together_keeps_no_sign_in_of_their_own(cast: Cast) -> None:
    """Also where the other one's was taken; links to the old mailbox end."""
    twin = add_person(
        SYSTEM, cast.acme, PersonWords("二人目", "twin@acme.example"), PersonRights(), Role.customer_admin
    )
    account = user_of(twin)
    assert account is not None
    take_sign_in(SYSTEM, cast.contact("alice"))
    merge_person(SYSTEM, twin, cast.contact("alice"))
    assert not account.active
    third = add_person(
        SYSTEM, cast.acme, PersonWords("三人目", "third@acme.example"), PersonRights(), Role.customer_user
    )
    plain = add_person(SYSTEM, cast.acme, PersonWords("三人目", "plain@acme.example"), PersonRights())
    moved = user_of(third)
    merge_person(SYSTEM, third, plain)
    assert moved is not None
    assert (moved.contact_id, moved.email, moved.active) == (plain.id, "plain@acme.example", True)
    old, new = db.session.scalars(
        select(OneTimeLink).where(OneTimeLink.user_id == moved.id).order_by(OneTimeLink.id)
    ).all()
    assert old.used_at is not None
    assert new.used_at is None, "invited anew at the other address"


def test_rights_go_along_when_two_are_put_together(cast: Cast) -> None:
    twin = add_person(
        *(SYSTEM, cast.acme, PersonWords("小林 由佳", "yuka@acme.example")),
        PersonRights(told=True, instructs=True, way=Way.phone, reports=True, contract=True),
    )
    carol = cast.contact("carol")
    merge_person(SYSTEM, twin, carol)
    assert rights_of(carol) == PersonRights(told=True, instructs=True, way=Way.phone, reports=True, contract=True)
    assert "carol@acme.example" in told()


def test_a_corrected_address_is_invited_anew(cast: Cast) -> None:
    person = add_person(SYSTEM, cast.acme, PersonWords("新人", "nwe@acme.example"), PersonRights(), Role.customer_user)
    account = user_of(person)
    assert account is not None
    correct_person(SYSTEM, person, changed(person, email="new@acme.example"), rights_of(person))
    sent = select(Notice.to_address).where(Notice.template == "invitation", Notice.withdrawn_at.is_(None))
    assert list(db.session.scalars(sent)) == ["new@acme.example"]
    assert standing_of([account])[account.id].state == AccountState.invited
    end_links(account)
    assert standing_of([account])[account.id].state == AccountState.lapsed
    assert [one.id for one in find_accounts(state=AccountState.lapsed)] == [account.id]
    assert account.id not in {one.id for one in find_accounts(state=AccountState.invited)}


def test_an_old_page_gives_no_sign_in_back(cast: Cast) -> None:
    root, carol = cast.root, cast.contact("carol")
    page = f"/admin/customers/{cast.acme.id}/contacts/{carol.id}"
    stale = shown_of(carol)
    take_sign_in(SYSTEM, carol)
    db.session.commit()
    form = {"name": carol.name, "email": carol.email, "shown": stale, "language": "ja", "way": "mail"}
    assert root.post(page, form | {"role": "customer_user"}).status_code == 422
    assert not cast.user("carol").active
