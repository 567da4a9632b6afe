"""Subcontractors' people reach the customers given to them, by any door; administrators with a grant (R62, R70)."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from flask import Flask

from helpdesk import clock
from helpdesk.accounts.grants import LONGEST, end_grant, grant_tickets
from helpdesk.accounts.people import PersonRights, PersonWords, add_person
from helpdesk.accounts.reach import act_for
from helpdesk.accounts.roles import Role
from helpdesk.accounts.staff import correct_staff
from helpdesk.accounts.subcontractors import Subcontractor, add_subcontractor, end_work, give, take_back
from helpdesk.audit.models import SYSTEM, events_of
from helpdesk.customers.models import Customer
from helpdesk.errors import Refusal
from helpdesk.extensions import db, limiter
from helpdesk.notices.models import Notice
from helpdesk.periodic import tell as tell_periodically
from helpdesk.tickets.drafts import draft_of
from helpdesk.tickets.lists import TicketList
from helpdesk.tickets.news import News, NewsKind, tell
from helpdesk.tickets.saved import save_view
from helpdesk.tickets.sendings import Held, ReplyWords, ask_to_send, told_of_failure, why_held
from helpdesk.tickets.taking_back import withdraw
from helpdesk.web.access import audience_of
from tests.conftest import Cast, Person
from tests.making import an_alert, an_inquiry
from tests.security.test_access import addresses

KEPT = ("許可リストの登録手順", "検出の一覧の見方", "Acme", "小林 由佳", "alice@acme.example", "PC-KEIRI-03")
"""What pages must not tell of a customer that is not given."""


def helper() -> Subcontractor:
    found = db.session.scalars(db.select(Subcontractor).order_by(Subcontractor.id)).first()
    assert found is not None
    return found


@pytest.fixture
def globex(cast: Cast) -> Customer:
    """Nao's subcontractor works for Globex alone from here on."""
    other = cast.contact("charlie").customer
    give(SYSTEM, helper(), other)
    take_back(SYSTEM, helper(), cast.acme)
    db.session.commit()
    return other


def told_to(nao: Person, app: Flask, urls: dict[str, str]) -> dict[str, list[str]]:
    """Which pages of theirs tell which of the words, with 500 for those that broke."""
    with app.test_request_context():
        every = {rule.endpoint for rule in app.url_map.iter_rules()}
        theirs = {one for one in every if Role.subcontractor in (audience_of(one) or ())}
    told = {}
    for endpoint, method, url in addresses(app, urls):
        if endpoint not in theirs:
            continue
        limiter.reset()
        db.session.rollback()
        answer = nao.get(url) if method == "GET" else nao.post(url)
        read = "" if answer.mimetype == "application/pdf" else answer.text
        words = [word for word in KEPT if word in read] + (["500"] if answer.status_code == 500 else [])
        if words:
            told[f"{method} {endpoint}"] = words
    return told


def test_no_page_tells_of_a_customer_that_is_not_given(
    app: Flask, cast: Cast, urls: dict[str, str], globex: Customer
) -> None:
    """Every address of every page that is open to them, tried with another customer's objects."""
    assert told_to(cast.nao, app, urls) == {}


def test_the_same_pages_tell_of_it_once_it_is_given(app: Flask, cast: Cast, urls: dict[str, str]) -> None:
    assert len(told_to(cast.nao, app, urls)) > 10, "what tells nothing proves nothing"


def test_search_palette_phone_and_exports_find_their_customers_alone(cast: Cast, globex: Customer) -> None:
    an_inquiry(cast.contact("alice"), "許可リストの登録手順")
    an_inquiry(cast.contact("charlie"), "地球儀の件")
    nao, dana = cast.nao, cast.dana
    for url in (
        "/desk/search?q=許可リスト",
        "/desk/palette?q=acme",
        "/desk/palette?q=小林",
        "/desk/phone/callers?q=小林",
        "/desk/exports/view/open/csv",
        "/desk/exports/search/csv?q=許可",
    ):
        assert not [word for word in KEPT if word in nao.get(url).text.replace(f'value="{word}"', "")], url
    assert "地球儀の件" in nao.get("/desk/exports/view/open/csv").text
    assert "許可リストの登録手順" in dana.get("/desk/exports/view/open/csv").text


def test_a_whole_list_is_changed_only_as_far_as_they_reach(cast: Cast, globex: Customer) -> None:
    foreign, own = an_inquiry(cast.contact("alice")), an_inquiry(cast.contact("charlie"))
    cast.nao.post("/desk/changes", {"act": "priority", "priority": "urgent", "all": "1", "here": "list=open"})
    db.session.expire_all()
    assert (foreign.priority.value, own.priority.value) == ("normal", "urgent")


def test_nothing_is_merged_into_a_ticket_they_do_not_reach(cast: Cast, globex: Customer) -> None:
    foreign, own = an_inquiry(cast.contact("alice")), an_inquiry(cast.contact("charlie"))
    ticked = f"{own.reference}.{own.version}"
    cast.nao.post("/desk/changes", {"act": "merge", "merge": foreign.reference, "ticket": ticked})
    db.session.expire_all()
    assert own.merged_into_id is None


def test_they_hear_nothing_of_tickets_they_do_not_reach(cast: Cast, globex: Customer) -> None:
    foreign, own = an_inquiry(cast.contact("alice")), an_inquiry(cast.contact("charlie"))
    nao = cast.user("nao")
    for ticket in (foreign, own):
        tell(nao.id, ticket.id, NewsKind.mentioned, cast.user("dana").actor())
    assert list(db.session.scalars(db.select(News.ticket_id).where(News.user_id == nao.id))) == [own.id]
    with pytest.raises(Refusal):
        foreign.assign(cast.user("dana").actor(), nao)
    own.assign(cast.user("dana").actor(), nao)


def test_what_is_taken_back_is_nobodys_again_at_once(cast: Cast) -> None:
    alert, nao = an_alert(cast.acme), cast.nao
    alert.assign(SYSTEM, cast.user("nao"))
    db.session.commit()
    assert nao.get(f"/desk/tickets/{alert.reference}").status_code == 200
    take_back(SYSTEM, helper(), cast.acme)
    assert nao.get(f"/desk/tickets/{alert.reference}").status_code == 404
    assert alert.assignee_id is None


def test_a_reply_that_waits_is_held_once_the_customer_is_taken_back(cast: Cast) -> None:
    ticket, nao = an_inquiry(cast.contact("alice")), cast.user("nao")
    sending = ask_to_send(ticket, nao, ReplyWords("明日の返信", seen=9**9, at=clock.now() + timedelta(days=1)))
    assert why_held(sending, ticket) is None
    take_back(SYSTEM, helper(), cast.acme)
    assert why_held(sending, ticket) == Held.left
    told_of_failure(sending, Held.left.value)
    told = set(db.session.scalars(db.select(News.user_id).where(News.kind == NewsKind.undelivered)))
    assert cast.user("dana").id in told, "somebody hears that the customer got no answer"
    assert nao.id not in told


def test_the_end_of_the_work_closes_the_accounts_and_is_on_record(cast: Cast) -> None:
    nao = cast.nao
    root = cast.root.post(f"/admin/subcontractors/{helper().id}/end")
    assert root.status_code == 302
    assert nao.get("/desk/queues/open").status_code == 302, "signed out"
    acts = [event.act for event in events_of(helper())]
    assert acts[-2:] == ["subcontractor.customer_taken_back", "subcontractor.ended"]
    with pytest.raises(Refusal, match="終了"):
        give(SYSTEM, helper(), cast.acme)


def test_nobody_is_given_before_secrecy_is_promised(cast: Cast) -> None:
    page = cast.root.post("/admin/subcontractors", {"name": "別の委託先"}, follow_redirects=True)
    assert "別の委託先" in page.text
    made = db.session.scalars(db.select(Subcontractor).where(Subcontractor.name == "別の委託先")).one()
    url = f"/admin/subcontractors/{made.id}"
    refused = cast.root.post(f"{url}/customers", {"customer": cast.acme.name})
    assert refused.status_code == 422
    assert "秘密保持" in refused.text
    cast.root.post(url, {"its-name": "別の委託先", "its-secrecy_on": "2026-11-01"})
    assert cast.root.post(f"{url}/customers", {"customer": cast.acme.name}).status_code == 302
    person = cast.root.post(f"{url}/people", {"name": "空野", "email": "sora@else.example", "language": "ja"})
    assert person.status_code == 302
    with pytest.raises(Refusal):
        add_subcontractor(SYSTEM, "別の委託先", None)
    end_work(SYSTEM, made)


def test_an_administrator_works_on_tickets_only_while_a_supervisor_lets_them(
    cast: Cast, at: Callable[[str], datetime]
) -> None:
    ticket, root = an_inquiry(cast.contact("alice")), cast.root
    url = f"/desk/tickets/{ticket.reference}"
    assert root.get(url).status_code == 403
    assert root.post("/desk/grants", {"who": cast.user("root").id}).status_code == 403, "nobody lets themselves"
    form = {"who": cast.user("root").id, "until": "2026-11-24T17:00", "reason": "移行後の確認"}
    assert cast.erin.post("/desk/grants", form | {"reason": ""}).status_code == 422
    assert cast.erin.post("/desk/grants", form | {"until": "2026-12-24T17:00"}).status_code == 409
    assert cast.erin.post("/desk/grants", form).status_code == 302
    shown = root.get(url)
    assert shown.status_code == 200
    assert "移行後の確認" in shown.text
    assert root.post(f"{url}/notes", {"body": "見ました"}).status_code == 302
    assert "移行後の確認" in cast.erin.get("/desk/grants").text
    at("2026-11-24T17:00:00+09:00")
    assert root.get(url).status_code == 403
    assert root.get("/admin/customers").status_code == 200


def test_a_grant_is_for_administrators_and_ends_when_it_is_ended(cast: Cast) -> None:
    soon, erin, root = clock.now() + timedelta(hours=1), cast.user("erin"), cast.user("root")
    with pytest.raises(Refusal):
        grant_tickets(erin, cast.user("dana"), soon, "x")
    with pytest.raises(Refusal):
        grant_tickets(erin, root, clock.now() + LONGEST + timedelta(minutes=1), "x")
    grant_tickets(erin, root, soon, "x")
    assert root.works_tickets
    end_grant(erin, root)
    assert not root.works_tickets


def test_presence_and_shared_lists_tell_nothing_of_other_customers(cast: Cast, globex: Customer) -> None:
    foreign, own = an_inquiry(cast.contact("alice")), an_inquiry(cast.contact("charlie"))
    save_view(cast.user("dana"), "Acmeの一覧", TicketList(), shared=True)
    dana, nao = cast.dana, cast.nao
    for ticket in (foreign, own):
        dana.get(f"/desk/tickets/{ticket.reference}")
        dana.get(f"/desk/tickets/{ticket.reference}/live/0")
    present = {}
    for name in ("sato", "nao"):
        page = cast.signed_in(cast.user(name)).get("/desk/queues/open").text
        present[name] = re.findall(r"data-present=([^>]*)", page)
    assert foreign.reference in present["sato"][0]
    assert foreign.reference not in present["nao"][0]
    assert own.reference in present["nao"][0]
    told = nao.get("/desk/queues/open").text
    assert foreign.reference not in told
    assert "Acmeの一覧" not in told


def test_words_are_not_handed_over_to_whom_the_customer_is_not_given(cast: Cast, globex: Customer) -> None:
    foreign = an_inquiry(cast.contact("alice"))
    url = f"/desk/tickets/{foreign.reference}/handover"
    answer = cast.dana.post(url, {"body": "下書き", "seen": "0", "colleague": str(cast.user("nao").id)})
    assert answer.status_code in (409, 422)
    assert "下書き" in answer.text


def test_nobody_is_opened_again_once_the_work_ended(cast: Cast) -> None:
    end_work(SYSTEM, helper())
    cast.root.post(f"/admin/users/{cast.user('nao').id}/activation")
    assert not cast.user("nao").active


def test_a_grant_ends_with_the_role_and_nobody_changes_their_own(cast: Cast) -> None:
    root, erin = cast.user("root"), cast.user("erin")
    grant_tickets(erin, root, clock.now() + timedelta(hours=1), "x")
    with pytest.raises(Refusal):
        correct_staff(
            root.actor(), root, name=root.name, email=root.email, role=Role.supervisor, language=root.language
        )
    root.deactivate(SYSTEM)
    root.activate(SYSTEM)
    assert not root.works_tickets


def test_an_address_of_somebody_elses_customer_is_refused_in_words(cast: Cast, globex: Customer) -> None:
    """Their lookups end at their customers; the one list of mail addresses does not."""
    ticket = an_inquiry(cast.contact("charlie"))
    ticket.customer, ticket.requester, ticket.sender = globex, None, "alice@acme.example"
    db.session.commit()
    words = PersonWords("小林", "alice@acme.example")
    act_for(cast.user("nao"))
    try:
        with pytest.raises(Refusal) as refused:
            add_person(SYSTEM, globex, words, PersonRights())
    finally:
        act_for(None)
    assert refused.value.field == "email"


def test_words_of_a_held_reply_stay_with_who_reaches_the_ticket(cast: Cast) -> None:
    ticket = an_inquiry(cast.contact("alice"))
    nao, dana = cast.user("nao"), cast.user("dana")
    sending = ask_to_send(ticket, nao, ReplyWords("秘密の返信です。", at=clock.now() + timedelta(days=1)))
    db.session.commit()
    assert cast.nao.get(f"/drafts/reply:{ticket.reference}").status_code == 200
    take_back(SYSTEM, helper(), cast.acme)
    withdraw(sending, dana)
    db.session.commit()
    assert draft_of(nao, f"reply:{ticket.reference}") is None
    there = draft_of(dana, f"reply:{ticket.reference}")
    assert there is not None
    assert there.words["body"] == "秘密の返信です。"
    assert cast.nao.get(f"/drafts/reply:{ticket.reference}").status_code == 404


def test_supervisors_hear_of_each_account_that_sees_tickets(cast: Cast) -> None:
    """Otherwise an administrator could make themselves one."""
    root = cast.root
    root.post("/admin/users", {"name": "別人", "email": "two@desk.example", "role": "agent", "language": "ja"})
    third = {"name": "管理", "email": "adm@desk.example", "role": "administrator", "language": "ja"}
    root.post("/admin/users", third)
    told = db.session.scalars(db.select(Notice).where(Notice.template == "desk_account")).all()
    assert [(one.to_address, "別人" in one.body) for one in told] == [(cast.user("erin").email, True)]


def test_what_an_administrator_took_is_nobodys_again_once_the_grant_is_over(
    cast: Cast, at: Callable[[str], datetime]
) -> None:
    ticket, root = an_inquiry(cast.contact("alice")), cast.user("root")
    grant_tickets(cast.user("erin"), root, clock.now() + timedelta(hours=1), "応援")
    ticket.assign(root.actor(), root)
    db.session.commit()
    tell_periodically()
    assert ticket.assignee_id == root.id
    at("2026-11-24T17:00:00+09:00")
    tell_periodically()
    assert ticket.assignee_id is None
