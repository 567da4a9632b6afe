"""Decisions: a link shows and a form decides; it is one person's, for one action as it stood, once (R20).

What a decision says and does is in tests/actions; here is what somebody else could try with it."""

import re
from collections.abc import Callable
from datetime import datetime

import pytest
from sqlalchemy import select

from helpdesk.actions.instructions import DecisionLink, make_link
from helpdesk.actions.models import Action, ActionStatus
from helpdesk.audit.models import SYSTEM
from helpdesk.customers.models import Way
from helpdesk.customers.people import add_contact
from helpdesk.extensions import db, limiter
from helpdesk.locking import unlocked
from helpdesk.notices.models import Notice
from tests.actions.test_instructing import form_of, requests
from tests.conftest import TUESDAY_NOON, Cast, Person
from tests.making import an_asked_action, link_in


@pytest.fixture
def action(cast: Cast, at: Callable[[str], datetime]) -> Action:
    at(TUESDAY_NOON)
    made = an_asked_action(cast.user("dana"), cast.contact("alice"))
    db.session.commit()
    limiter.reset()
    return made


def test_a_token_is_random_kept_hashed_and_in_no_text(cast: Cast, action: Action) -> None:
    tokens = {make_link(action, cast.contact("alice"), action.asked_at) for _number in range(50)}
    assert len(tokens) == 50
    assert min(map(len, tokens)) >= 22, "128 bits and more"
    db.session.flush()
    kept = " ".join(link.token_hash for link in db.session.scalars(select(DecisionLink)))
    bodies = " ".join(db.session.scalars(select(Notice.body)))
    sent = {unlocked(secret).rpartition("/")[2] for secret in db.session.scalars(select(Notice.secret)) if secret}
    for token in tokens | sent:
        assert token not in kept
        assert token not in bodies


@pytest.mark.parametrize("headers", [{}, {"Purpose": "prefetch"}, {"Sec-Purpose": "prefetch;prerender"}])
def test_scanners_that_open_every_link_decide_nothing(
    cast: Cast, action: Action, visitor: Person, headers: dict[str, str]
) -> None:
    url = link_in(requests()[0])
    for _time in range(5):
        assert visitor.get(url, headers=headers).status_code == 200
        visitor.client.head(url)
        visitor.client.options(url)
    db.session.expire_all()
    assert action.status == ActionStatus.asked
    assert not action.instructions


def test_a_link_signs_nobody_in(cast: Cast, action: Action, visitor: Person) -> None:
    visitor.get(link_in(requests()[0]))
    for url in ("/portal/", "/desk/", f"/portal/tickets/{action.ticket.reference}"):
        assert visitor.get(url).status_code == 302, url


def test_a_decision_needs_the_token_of_the_form(cast: Cast, action: Action, visitor: Person) -> None:
    url = link_in(requests()[0])
    form = form_of(visitor.get(url).text, choice="approve", confirmed="1")
    assert visitor.client.post(url, data=form).status_code == 400
    db.session.expire_all()
    assert not action.instructions


@pytest.mark.parametrize("token", ["", "x", "0" * 32, "../decisions", "%00", "a" * 5000])
def test_tokens_that_were_never_made_tell_nothing(cast: Cast, action: Action, visitor: Person, token: str) -> None:
    limiter.reset()
    answer = visitor.get(f"/decisions/{token}")
    assert answer.status_code in (400, 404, 410)
    assert action.ticket.reference not in answer.text


def test_what_was_shown_for_another_action_decides_nothing(cast: Cast, action: Action, visitor: Person) -> None:
    url = link_in(requests()[0])
    shown = form_of(visitor.get(url).text)["shown"]
    for forged in (shown[:-3] + "abc", shown.swapcase(), "", "x.y.z"):
        limiter.reset()
        data = {"shown": forged, "choice": "approve", "confirmed": "1"}
        assert visitor.post(url, data).status_code in (400, 409, 410, 422)
    assert not action.instructions


def test_a_link_ends_with_the_right_of_its_person(cast: Cast, action: Action, visitor: Person) -> None:
    url = link_in(requests()[0])
    form = form_of(visitor.get(url).text, choice="approve", confirmed="1")
    cast.contact("alice").set_alert_rights(SYSTEM, told=False, may_instruct=False, way=Way.mail)
    db.session.commit()
    assert visitor.post(url, form).status_code in (409, 410)
    assert visitor.get(url).status_code in (409, 410)
    assert not action.instructions


def test_another_customer_s_person_cannot_be_given_a_link(
    cast: Cast, action: Action, at: Callable[[str], datetime], visitor: Person
) -> None:
    globex = cast.contact("charlie").customer
    other = add_contact(SYSTEM, globex, name="よその人", email="other@globex.example", may_instruct=True)
    token = make_link(action, other, action.ask_until or action.asked_at)
    db.session.commit()
    page = visitor.get(f"/decisions/{token}")
    if page.status_code == 200:
        form = form_of(page.text, choice="approve", confirmed="1")
        assert visitor.post(f"/decisions/{token}", form).status_code in (403, 409, 410)
    assert not action.instructions


def test_a_mail_that_says_approved_holds_no_link_that_decides_by_itself(cast: Cast, action: Action) -> None:
    for notice in requests():
        found = re.findall(r"https?://\S+", notice.body)
        assert all("/decisions/" not in link for link in found)
