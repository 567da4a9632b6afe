"""CSRF on every mutation, GET that never mutates, escaping, headers."""

import dataclasses

import pytest
from flask import Flask
from sqlalchemy import func, select

from helpdesk.actions.signing import read_signed
from helpdesk.audit.models import AuditEvent
from helpdesk.commands import cli
from helpdesk.config import read_config
from helpdesk.environment import ConfigError
from helpdesk.extensions import db
from helpdesk.privacy.acts import PrivacyAct
from helpdesk.reports.acts import ReportAct
from helpdesk.tickets.kinds import Channel
from helpdesk.tickets.messages import customer_wrote, note
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
    """But that an export, or a look at somebody's data, is on the record (R63)."""
    people = {name: cast.signed_in(cast.user(name)) for name in ("alice", "dana", "erin", "root")}
    looks = (ReportAct.exported.value, PrivacyAct.looked.value, PrivacyAct.taken.value)
    changes = select(func.count()).select_from(AuditEvent).where(AuditEvent.act.not_in(looks))
    before = db.session.scalar(changes)
    for person in people.values():
        for _endpoint, method, url in addresses(app, urls):
            if method == "GET":
                assert person.get(url).status_code != 500, url
    assert db.session.scalar(changes) == before


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


@pytest.mark.parametrize("target", ["/desk/%0d%0aX-Injected:1", "/desk/%0aSet-Cookie:a=b", "/x%e2%80%a8y", "/%7f"])
def test_a_target_with_controls_is_none(cast: Cast, visitor: Person, target: str) -> None:
    form = {"email": "alice@acme.example", "password": "demo"}
    answer = visitor.post(f"/sign-in?next={target}", form)
    assert (answer.status_code, answer.location) == (302, "/portal/")
    assert "X-Injected" not in answer.headers


def test_every_cookie_is_secure_outside_the_demo(cast: Cast, visitor: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(cast.app.config, "SESSION_COOKIE_SECURE", True)
    answer = visitor.post("/account/language", {"language": "en"}, base_url="https://localhost/")
    assert answer.headers.getlist("Set-Cookie")
    for cookie in answer.headers.getlist("Set-Cookie"):
        assert {"Secure", "HttpOnly"} <= {part.strip() for part in cookie.split(";")}, cookie


@pytest.mark.parametrize("command", ["simulator", "sink"])
def test_what_pretends_to_be_the_vendor_starts_in_the_demo_only(command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    real = dataclasses.replace(read_config({"HELPDESK_DEMO": "1"}), demo=False)
    monkeypatch.setattr("helpdesk.commands.configured", lambda: real)
    with pytest.raises(ConfigError, match="belongs to the demo"):
        cli.main([command], standalone_mode=False)


def test_a_proof_with_a_doubled_key_is_none() -> None:
    with pytest.raises(ValueError, match="twice"):
        read_signed('{"algorithm": "Ed25519", "proof": {"a": 1, "a": 2}, "signature": "", "public_key": ""}')
