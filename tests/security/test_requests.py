"""CSRF on every mutation, GET that never mutates, escaping, headers."""

from flask import Flask
from sqlalchemy import func, select

from helpdesk.audit.models import AuditEvent
from helpdesk.extensions import db
from helpdesk.tickets.messages import customer_wrote, note
from helpdesk.tickets.models import Channel
from tests.conftest import Cast, Person
from tests.making import TEXT, an_alert, an_inquiry
from tests.security.test_access import addresses

VECTORS = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "<svg/onload=alert(1)>",
    "{{ 7*7 }}",
    "javascript:alert(1)",
    "'-alert(1)-'",
    "</textarea><script>alert(1)</script>",
    '<a href="javascript:alert(1)">x</a>',
]


def test_every_post_without_a_token_is_refused(app: Flask, cast: Cast, urls: dict[str, str]) -> None:
    wrong = []
    for name in ("alice", "dana", "erin", "root"):
        person = cast.signed_in(cast.user(name))
        for endpoint, method, url in addresses(app, urls):
            if method == "POST":
                with app.app_context():
                    status = person.client.post(url).status_code
                if status != 400:
                    wrong.append((name, endpoint, status))
    assert not wrong


def test_get_changes_nothing(app: Flask, cast: Cast, urls: dict[str, str]) -> None:
    people = {name: cast.signed_in(cast.user(name)) for name in ("alice", "dana", "erin", "root")}
    before = db.session.scalar(select(func.count()).select_from(AuditEvent))
    for person in people.values():
        for _endpoint, method, url in addresses(app, urls):
            if method == "GET":
                assert person.get(url).status_code != 500, url
    assert db.session.scalar(select(func.count()).select_from(AuditEvent)) == before


def test_hostile_words_are_shown_as_words(cast: Cast) -> None:
    hostile = "\n".join(VECTORS)
    ticket = an_inquiry(cast.contact("alice"), VECTORS[1])
    customer_wrote(ticket, cast.contact("alice").as_actor(), hostile, channel=Channel.portal)
    note(ticket, cast.user("dana"), hostile)
    alert = an_alert(cast.acme, TEXT.replace("PC-1", VECTORS[0]).replace("bad.exe", VECTORS[2]), subject=VECTORS[0])
    db.session.commit()
    pages = [cast.dana.get(f"/desk/tickets/{t.reference}").text for t in (ticket, alert)]
    pages += [cast.alice.get(f"/portal/tickets/{t.reference}").text for t in (ticket, alert)]
    pages += [cast.dana.get("/desk/").text, cast.alice.get("/portal/").text]
    for page in pages:
        assert "<script>alert" not in page
        assert "<img src=x" not in page
        assert "<svg/onload" not in page
        assert "</textarea><script>" not in page
    assert "{{ 7*7 }}" in pages[0]


def test_every_page_carries_a_strict_policy(cast: Cast, visitor: Person) -> None:
    for answer in (visitor.get("/sign-in"), cast.dana.get("/desk/"), cast.alice.get("/portal/"), visitor.get("/none")):
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Cache-Control"] == "no-store"


def test_errors_tell_a_code_and_never_a_trace(cast: Cast) -> None:
    answer = cast.dana.get("/desk/tickets/none")
    assert answer.status_code == 404
    assert "E-" in answer.text
    assert "Traceback" not in answer.text


def test_a_forged_host_never_reaches_a_mail(cast: Cast, visitor: Person) -> None:
    from_forged = visitor.post("/password-reset", {"email": "alice@acme.example"}, headers={"Host": "evil.example"})
    assert from_forged.status_code in (200, 400)
    bodies = db.session.execute(db.text("SELECT body FROM notices")).scalars().all()
    assert not [body for body in bodies if "evil.example" in body]
