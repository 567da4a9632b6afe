"""The cast and the stage: each worker of a run has a real PostgreSQL and Redis of its own under var/test, each test
one transaction."""

import dataclasses
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
from click.testing import Result
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event
from werkzeug.test import TestResponse

from helpdesk import clock, create_app, local
from helpdesk.accounts.models import User, sign_in
from helpdesk.alerts import jobs as alert_jobs
from helpdesk.alerts.completions import Completion
from helpdesk.alerts.models import Alert
from helpdesk.commands import cli
from helpdesk.config import Config, read_config
from helpdesk.console.jobs import check
from helpdesk.console.models import ConsoleCredential
from helpdesk.customers.models import Contact, Customer
from helpdesk.demo.console_state import Console
from helpdesk.demo.data import ALERT_TEXT, load_manual, seed_people
from helpdesk.demo.sink import Sink
from helpdesk.extensions import db, limiter, redis_connection
from helpdesk.ops.upgrading import OtherSchema, upgrade
from tests import hostile  # noqa: F401 - how often properties are tried
from tests.making import an_alert, reported
from tests.product import ROOT, free_ports
from tests.servers import console, sink

VAR = ROOT / "var" / "test" / os.environ.get("PYTEST_XDIST_WORKER", "alone")
CURTAIN = "2026-11-24T09:30:00+09:00"
"""Business time when a test begins: set before anything is made, so that no outcome hangs on the day it runs."""
TUESDAY_NOON = "2026-11-24T12:00:00+09:00"
TUESDAY_NIGHT = "2026-11-24T20:00:00+09:00"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What counts pages of buffers comes first: rows of tests that were rolled back are dead, and still looked at.

    What runs the whole product takes minutes a file and a machine's breath: it is spread among the others, the last of
    it well before the end.
    """
    slow = dict.fromkeys(item.path for item in items if item.get_closest_marker("browser"))
    quick = dict.fromkeys(item.path for item in items if item.path not in slow)
    step = len(quick) / (len(slow) + 2)
    places = {path: float(place) for place, path in enumerate(quick)}
    places |= {path: place * step for place, path in enumerate(slow)}
    items.sort(key=lambda item: (item.path.name != "test_growth.py", places[item.path]))


@pytest.fixture(scope="session")
def config() -> Iterator[Config]:
    """Settings of the test installation, its embedded servers running."""
    shutil.rmtree(VAR / "files", ignore_errors=True)
    sink, console = free_ports(2)
    settings = {
        "HELPDESK_DEMO": "1",
        "HELPDESK_VAR": str(VAR),
        "HELPDESK_SINK_PORT": str(sink),
        "HELPDESK_CONSOLE_PORT": str(console),
        "HELPDESK_CONSOLE_TIMEOUT": "12",
        "HELPDESK_UNDO_SECONDS": "0",
        "HELPDESK_AUTHSERV_ID": "mx.desk.example",
    }
    made = read_config(settings)
    servers = local.Servers(made, lambda _words: None)
    servers.start()
    yield made
    servers.stop()


@pytest.fixture(scope="session")
def app(config: Config) -> Iterator[Flask]:
    made = create_app(config)
    made.testing = False
    clock.set_now(datetime.fromisoformat(CURTAIN))
    try:
        upgrade(made)
    except OtherSchema:
        _empty(config)
        upgrade(made)
    with made.app_context():
        yield made


def _empty(config: Config) -> None:
    """The tests' own database may be of a checkout of another time: nothing in it is worth keeping."""
    with closing(psycopg.connect(local.LocalPaths(config.var).conninfo("postgres"), autocommit=True)) as connection:
        connection.execute("DROP DATABASE helpdesk WITH (FORCE)")
        connection.execute("CREATE DATABASE helpdesk")


@pytest.fixture(autouse=True)
def stage(request: pytest.FixtureRequest) -> Iterator[None]:
    """Each test that uses the app runs in one outer transaction, with an empty Redis, on the same Tuesday."""
    if "app" not in request.fixturenames:
        yield
        return
    app: Flask = request.getfixturevalue("app")
    engines = db._app_engines[app]
    engine = engines[None]
    connection = engine.connect()
    outer = connection.begin()
    engines[None] = connection  # type: ignore[assignment]
    db.session.remove()
    db.session.configure(join_transaction_mode="create_savepoint")
    redis_connection(app).flushall()
    limiter.reset()
    clock.set_now(datetime.fromisoformat(CURTAIN))
    yield
    db.session.remove()
    outer.rollback()
    connection.close()
    engines[None] = engine


@dataclass
class Person:
    """Somebody's browser, signed in or not; it sends the CSRF token along.

    Each request gets an app context of its own, as in production, and the test's session sees what it changed.
    """

    client: FlaskClient
    _kept: tuple[str, str] = ("", "")

    def get(self, url: str, **options: Any) -> TestResponse:
        return self._send("GET", url, **options)

    def post(self, url: str, data: dict[str, Any] | None = None, **options: Any) -> TestResponse:
        headers = {"X-CSRFToken": self._token(), **options.pop("headers", {})}
        return self._send("POST", url, data=data or {}, headers=headers, **options)

    def _token(self) -> str:
        """A page's token, which holds as long as its session does: fetched once for each."""
        if not self._kept[0] or self._kept[0] != self._session():
            page = self._send("GET", "/sign-in").text
            self._kept = (self._session(), page.split('name="csrf" content="')[1].split('"')[0])
        return self._kept[1]

    def _session(self) -> str:
        """What the token is checked against, out of the session's cookie."""
        app = self.client.application
        cookie = self.client.get_cookie(app.config["SESSION_COOKIE_NAME"])
        serializer = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]
        return str(serializer.loads(cookie.value).get("csrf_token", "")) if cookie is not None else ""

    def _send(self, method: str, url: str, **options: Any) -> TestResponse:
        db.session.commit()
        with self.client.application.app_context():
            answer = self.client.open(url, method=method, **options)
        db.session.expire_all()
        return answer


@dataclass
class Cast:
    """The people of the demo, by first name."""

    app: Flask
    accounts: dict[str, User]

    def __getattr__(self, name: str) -> Person:
        user = next(u for address, u in self.accounts.items() if address.startswith(name + "@"))
        return self.signed_in(user)

    def user(self, name: str) -> User:
        return next(u for address, u in self.accounts.items() if address.startswith(name + "@"))

    def contact(self, name: str) -> Contact:
        contact = self.user(name).contact
        assert contact is not None
        return contact

    def signed_in(self, user: User) -> Person:
        sign_in(user, "127.0.0.1")
        db.session.commit()
        client = self.app.test_client()
        with client.session_transaction() as session:
            session["_user_id"], session["_fresh"] = user.token, True
        return Person(client)

    @property
    def acme(self) -> Customer:
        return self.contact("alice").customer


@pytest.fixture
def cast(app: Flask) -> Cast:
    load_manual()
    made = Cast(app, seed_people())
    db.session.commit()
    return made


@pytest.fixture
def mailbox(config: Config, tmp_path: Path) -> Iterator[Sink]:
    """Where the product's mails arrive."""
    with sink(config.mail_port, tmp_path) as running:
        yield running


@pytest.fixture
def visitor(app: Flask) -> Person:
    """Somebody who has not signed in."""
    return Person(app.test_client())


Command = Callable[..., Result]


@pytest.fixture
def command(app: Flask) -> Command:
    """`command("user", "close", "bob@acme.example", stdin="")`: the command line on the test's own database.

    A Refusal comes out as it is."""

    def run(*words: str, stdin: str = "") -> Result:
        db.session.commit()
        result = app.test_cli_runner().invoke(cli.commands[words[0]], words[1:], input=stdin)
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        db.session.expire_all()
        return result

    return run


@pytest.fixture
def at(app: Flask) -> Callable[[str], datetime]:
    """Move business time: at("2026-11-24T12:00:00+09:00")."""

    def move(moment: str) -> datetime:
        clock.set_now(datetime.fromisoformat(moment))
        return clock.now()

    return move


@pytest.fixture
def statements(app: Flask) -> Iterator[list[str]]:
    """Every statement sent to PostgreSQL while a test runs, without transaction control."""
    seen: list[str] = []
    connection = db._app_engines[app][None]

    def note(_c: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if not statement.startswith(("SAVEPOINT", "RELEASE", "ROLLBACK", "BEGIN", "COMMIT")):
            seen.append(statement)

    event.listen(connection, "before_cursor_execute", note)
    yield seen
    event.remove(connection, "before_cursor_execute", note)


@pytest.fixture
def settings(config: Config) -> Callable[..., Config]:
    """The test's settings with some changed."""
    return lambda **changes: dataclasses.replace(config, **changes)


@pytest.fixture
def vendor(config: Config, tmp_path: Path, at: Callable[[str], datetime]) -> Iterator[Console]:
    """A customer's console on a socket, at noon of the same Tuesday."""
    at(TUESDAY_NOON)
    with console(config.console_port, tmp_path) as running:
        yield running


@pytest.fixture
def alert(cast: Cast, vendor: Console) -> Alert:
    """The demo's incident, completed from the console and reported."""
    for errand_id, turn in ConsoleCredential.queue_due():
        check(errand_id, turn)
    ticket = an_alert(cast.acme, ALERT_TEXT)
    for errand_id, turn in Completion.queue_due():
        alert_jobs.complete(errand_id, turn)
    return reported(ticket, cast.user("dana"), cast.contact("alice"))


@pytest.fixture
def planned(app: Flask) -> Iterator[Callable[[Callable[[], object]], int]]:
    """How many pages of buffers all SELECTs of an act read, by running each again with EXPLAIN."""
    connection = db._app_engines[app][None]
    seen: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_rest: Any) -> None:
        if statement.startswith(("SELECT", "WITH")):
            seen.append((statement, parameters))

    def read(act: Callable[[], object]) -> int:
        act()
        seen.clear()
        event.listen(connection, "before_cursor_execute", note)
        act()
        event.remove(connection, "before_cursor_execute", note)
        return sum(_pages(connection, *asked) for asked in seen)

    yield read


def _pages(connection: Any, statement: str, parameters: Any) -> int:
    explained = connection.exec_driver_sql(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {statement}", parameters)
    plan = explained.scalar()[0]["Plan"]
    return int(plan["Shared Hit Blocks"] + plan["Shared Read Blocks"])
