"""Secrets: what is stored of them, and where they must not show: pages, logs, records, figures, errors (R24)."""

import logging
import re

import pytest
from sqlalchemy import text

from helpdesk.audit.models import SYSTEM
from helpdesk.config import DEMO_CREDENTIAL_KEY, read_config
from helpdesk.console.models import Region, credential_of, set_credential
from helpdesk.environment import ConfigError
from helpdesk.extensions import db
from helpdesk.locking import locked, relocked, unlocked
from tests.conftest import Cast, Person
from tests.product import ROOT
from tests.security.test_access import ROWS, addresses

KEY, PASSWORD = "key-that-nobody-may-read", "password-that-nobody-may-read"


@pytest.fixture
def stored(cast: Cast) -> Cast:
    """Acme's key and dashboard login, as customer and administrator store them."""
    base = f"/admin/customers/{cast.acme.id}"
    cast.root.post(f"{base}/credential", {"region": "eu", "client_id": "id-1", "api_key": KEY})
    cast.bob.post("/portal/connection/login", {"name": "viewer@acme.example", "password": PASSWORD})
    return cast


@pytest.mark.parametrize("who", ["root", "erin", "dana", "bob", "alice"])
def test_no_page_gives_them_back(stored: Cast, urls: dict[str, str], who: str) -> None:
    person: Person = getattr(stored, who)
    for endpoint, method, url in addresses(stored.app, urls):
        if method == "GET" and not endpoint.startswith("static"):
            shown = person.get(url)
            assert KEY.encode() not in shown.data, url
            assert PASSWORD.encode() not in shown.data, url
    assert ROWS


def test_they_are_encrypted_where_they_lie(stored: Cast) -> None:
    row = credential_of(stored.acme.id)
    assert row is not None
    assert unlocked(row.secret) == KEY
    for table in ("console_credentials", "audit_events", "notices", "drafts", "messages"):
        for found in db.session.execute(text(f"SELECT CAST({table} AS text) FROM {table}")).scalars():
            assert KEY not in found, table
            assert PASSWORD not in found, table


def test_the_record_says_that_they_changed_and_not_to_what(stored: Cast) -> None:
    told = " ".join(db.session.execute(text("SELECT CAST(audit_events AS text) FROM audit_events")).scalars())
    assert "credential" in told
    assert KEY not in told
    assert PASSWORD not in told


def test_a_wrong_form_does_not_give_them_back_either(cast: Cast) -> None:
    answer = cast.root.post(
        f"/admin/customers/{cast.acme.id}/credential", {"region": "eu", "client_id": "", "api_key": KEY}
    )
    assert answer.status_code == 422
    assert KEY not in answer.text


def test_a_failing_console_writes_none_into_the_log(stored: Cast, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    row = credential_of(stored.acme.id)
    assert row is not None
    stored.root.post(f"/admin/customers/{stored.acme.id}/credential/test")
    assert KEY not in caplog.text
    assert KEY not in repr(row)
    assert KEY not in str(row.last_error)


def test_keys_rotate_and_old_ones_open_until_then(stored: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    fresh = "MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTI="
    before = locked("x")
    old = stored.app.config["CREDENTIAL_KEYS"]
    monkeypatch.setitem(stored.app.config, "CREDENTIAL_KEYS", (fresh, *old))
    assert unlocked(before) == "x"
    after = relocked(before)
    monkeypatch.setitem(stored.app.config, "CREDENTIAL_KEYS", (fresh,))
    assert unlocked(after) == "x"
    with pytest.raises(Exception, match="CREDENTIAL_KEYS"):
        unlocked(before)


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer "}, {"Authorization": "Bearer wrong"}])
def test_figures_need_their_token_and_an_empty_one_is_none(
    visitor: Person, headers: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for token in ("", "right"):
        monkeypatch.setitem(visitor.client.application.config, "METRICS_TOKEN", token)
        assert visitor.get("/metrics", headers=headers).status_code in (401, 403, 404)


REAL = {
    "HELPDESK_DEMO": "0",
    "DATABASE_URL": "postgresql://x/y",
    "REDIS_URL": "redis://x",
    "HELPDESK_SECRET_KEY": "s" * 40,
    "HELPDESK_CREDENTIAL_KEYS": "MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTI=",
    "HELPDESK_BASE_URL": "https://support.desk.example",
}


@pytest.mark.parametrize("missing", ["HELPDESK_SECRET_KEY", "HELPDESK_CREDENTIAL_KEYS"])
@pytest.mark.parametrize("instead", [None, "", "demo-secret-not-for-production", DEMO_CREDENTIAL_KEY[:31]])
def test_outside_the_demo_no_secret_falls_back_to_a_constant(missing: str, instead: str | None) -> None:
    settings = {name: value for name, value in REAL.items() if name != missing}
    if instead is not None:
        settings[missing] = instead
    with pytest.raises(ConfigError, match=missing):
        read_config(settings)


@pytest.mark.parametrize(
    "header", ["X-Tenant", "X-Customer-Id", "X-Forwarded-User", "X-Remote-User", "Remote-User", "X-User"]
)
def test_no_header_says_who_somebody_is_or_whose(cast: Cast, visitor: Person, header: str) -> None:
    claims = {header: str(cast.acme.id), f"{header}-Name": "root@desk.example"}
    assert visitor.get("/portal/", headers=claims).status_code == 302
    mine, theirs = (
        cast.charlie.get("/portal/tickets?whose=all"),
        cast.charlie.get("/portal/tickets?whose=all", headers=claims),
    )
    strip = [re.sub(r'content="[^"]*"|value="[^"]*"', "", page.text) for page in (mine, theirs)]
    assert strip[0] == strip[1]


@pytest.mark.parametrize(
    "query", ["password_hash:x", "customer.secret:x", "id:1 OR 1=1", "';--", "assignee:' OR '1'='1", "to_tsvector:x"]
)
def test_a_search_takes_no_names_of_columns(cast: Cast, query: str) -> None:
    for person, url in ((cast.dana, "/desk/search/"), (cast.alice, "/portal/search/")):
        answer = person.get(url, query_string={"q": query})
        assert answer.status_code in (200, 422), query
        assert "psycopg" not in answer.text


def test_weaknesses_of_packages_are_looked_for() -> None:
    assert re.search(r"^audit:.*\n\t.*pip-audit.*--require-hashes", (ROOT / "Makefile").read_text(), re.MULTILINE)
    locked_packages = (ROOT / "requirements.txt").read_text()
    assert locked_packages.count("--hash=") > locked_packages.count("==")


def test_a_key_is_set_through_one_verb(cast: Cast) -> None:
    set_credential(SYSTEM, cast.acme, region=Region.eu, client_id="x", api_key=KEY)
    row = credential_of(cast.acme.id)
    assert row is not None
    assert KEY.encode() not in row.secret
