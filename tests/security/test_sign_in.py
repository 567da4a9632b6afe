"""Sessions and sign-in: fixation, enumeration, throttling, one-time links, open redirects."""

import re

import pytest
from rq import SimpleWorker
from sqlalchemy import select, update

from helpdesk import clock
from helpdesk.accounts.inviting import invite
from helpdesk.accounts.models import OneTimeLink, SignIn
from helpdesk.audit.models import SYSTEM
from helpdesk.extensions import db, job_queues, redis_connection
from helpdesk.locking import unlocked
from helpdesk.notices.models import Notice
from helpdesk.web.access import safe_next
from tests.conftest import Cast, Person

LONG = "a long enough password"


def sign_in(visitor: Person, email: str, password: str) -> int:
    return visitor.post("/sign-in", {"email": email, "password": password}).status_code


def cookie(person: Person) -> str:
    found = person.client.get_cookie("session")
    return found.value if found else ""


def test_signing_in_and_out_changes_and_ends_the_session(cast: Cast, visitor: Person) -> None:
    visitor.get("/sign-in")
    before = cookie(visitor)
    assert sign_in(visitor, " Alice@acme.example ", "demo") == 302
    inside = cookie(visitor)
    assert inside != before
    assert visitor.get("/portal/").status_code == 200
    visitor.post("/sign-out")
    visitor.client.set_cookie("session", inside)
    assert visitor.get("/portal/").status_code == 302, "the old cookie is dead on the server, too"


def test_a_wrong_password_and_an_unknown_address_look_the_same(cast: Cast, visitor: Person) -> None:
    wrong = visitor.post("/sign-in", {"email": "alice@acme.example", "password": "no"})
    unknown = visitor.post("/sign-in", {"email": "nobody@acme.example", "password": "no"})
    pages = [re.sub(r'(value|content)="[^"]*"', "", page.text) for page in (wrong, unknown)]
    assert wrong.status_code == unknown.status_code == 422
    assert pages[0] == pages[1]
    assert "alice@acme.example" in wrong.text, "nothing typed is lost"


def test_the_tenth_failure_of_an_account_is_the_last_for_a_while(cast: Cast, visitor: Person) -> None:
    answers = [sign_in(visitor, "alice@acme.example", "wrong") for _try in range(12)]
    assert answers[:10] == [422] * 10
    assert answers[-1] == 429
    assert sign_in(visitor, "bob@acme.example", "demo") == 302, "other accounts are not locked out"


def test_a_closed_account_cannot_sign_in(cast: Cast, visitor: Person) -> None:
    cast.user("alice").deactivate(SYSTEM)
    assert sign_in(visitor, "alice@acme.example", "demo") == 422


def ask_for_a_reset(visitor: Person, address: str) -> None:
    """As somebody does who forgot their password; a worker does the rest."""
    assert visitor.post("/password-reset", {"email": address}).status_code == 200
    app = visitor.client.application
    with app.app_context():
        worker = SimpleWorker(job_queues(app, "work"), connection=redis_connection(app))
        worker.work(burst=True, logging_level="CRITICAL")
    db.session.expire_all()


def the_link(template: str) -> str:
    notice = db.session.scalars(select(Notice).where(Notice.template == template).order_by(Notice.id.desc())).first()
    assert notice is not None
    assert "/password/" not in notice.body, "a token never stands in a stored text"
    found = re.search(r"http://[^/]+(/password/\S+)", unlocked(notice.secret or b""))
    assert found is not None
    return found[1]


def test_a_reset_link_works_once_and_ends_other_sessions(cast: Cast, visitor: Person) -> None:
    alice = cast.alice
    ask_for_a_reset(visitor, "alice@acme.example")
    link = the_link("password_reset")
    assert visitor.get(link).status_code == 200
    assert visitor.post(link, {"password": "short", "repeat": "short"}).status_code == 422
    assert visitor.post(link, {"password": LONG, "repeat": LONG}).status_code == 302
    assert visitor.post(link, {"password": LONG, "repeat": LONG}).status_code == 410
    assert alice.get("/portal/").status_code == 302
    assert sign_in(visitor, "alice@acme.example", LONG) == 302


def test_asking_for_a_reset_tells_nothing_about_who_exists(cast: Cast, visitor: Person) -> None:
    known = visitor.post("/password-reset", {"email": "alice@acme.example"})
    unknown = visitor.post("/password-reset", {"email": "nobody@acme.example"})
    strip = [re.sub(r'(value|content)="[^"]*"', "", page.text) for page in (known, unknown)]
    assert strip[0] == strip[1]


def test_links_expire_and_a_newer_one_replaces_the_older(cast: Cast, visitor: Person) -> None:
    invite(SYSTEM, cast.user("alice"))
    first = the_link("invitation")
    invite(SYSTEM, cast.user("alice"))
    second = the_link("invitation")
    assert visitor.get(first).status_code == 410
    assert visitor.get(second).status_code == 200
    db.session.execute(update(OneTimeLink).values(expires_at=clock.real_now()))
    assert visitor.get(second).status_code == 410


def test_tokens_are_stored_hashed(cast: Cast, visitor: Person) -> None:
    ask_for_a_reset(visitor, "alice@acme.example")
    token = the_link("password_reset").rpartition("/")[2]
    assert token not in str(db.session.scalars(select(OneTimeLink.token_hash)).all())
    assert cast.alice
    assert all(len(row) == 64 for row in db.session.scalars(select(SignIn.token_hash)))


def test_changing_the_password_needs_the_current_one_and_ends_other_sessions(cast: Cast) -> None:
    here, elsewhere = cast.alice, cast.alice
    wrong = here.post("/account/password", {"current": "no", "password": LONG, "repeat": LONG})
    assert wrong.status_code == 422
    right = here.post("/account/password", {"current": "demo", "password": LONG, "repeat": LONG})
    assert right.status_code == 302
    assert here.get("/portal/").status_code == 200
    assert elsewhere.get("/portal/").status_code == 302


@pytest.mark.parametrize(
    ("target", "safe"),
    [
        ("/portal/", True),
        ("/desk/tickets/2611-0001?x=1", True),
        ("//evil.example", False),
        ("/\\evil.example", False),
        ("https://evil.example/", False),
        ("javascript:alert(1)", False),
        ("", False),
        (None, False),
    ],
)
def test_redirects_stay_on_this_site(target: str | None, safe: bool) -> None:
    assert (safe_next(target) is not None) is safe


def test_cookies_are_strict_outside_demo_mode(cast: Cast, visitor: Person) -> None:
    answer = visitor.get("/sign-in")
    assert "HttpOnly" in answer.headers["Set-Cookie"]
    assert "SameSite=Lax" in answer.headers["Set-Cookie"]


def test_answers_to_who_is_signed_out_begin_no_session(visitor: Person) -> None:
    """A poll of an old tab would cover the session in which the sign-in page was just opened."""
    for url, headers in (
        ("/drafts/reply:2611-0001", {"Accept": "application/json"}),
        ("/desk/tickets/2611-0001/live/1", {}),
        ("/no/such/page", {}),
    ):
        client = visitor.client.application.test_client()
        answer = client.get(url, headers=headers)
        assert answer.status_code in (401, 404), url
        assert answer.headers.getlist("Set-Cookie") == [], url
