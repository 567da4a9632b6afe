"""The running mail door, with connections of its own."""

from collections.abc import Iterator

import pytest
from flask import Flask

from helpdesk.extensions import db
from helpdesk.mailgate.gateway import Door
from helpdesk.mailgate.protocol import LmtpController, SmtpController
from helpdesk.mailgate.waking import Bell
from tests.product import free_ports

SIZE_LIMIT = 3_000_000


@pytest.fixture
def outside(app: Flask) -> Iterator[None]:
    """The gateway's threads use connections of their own, so this test commits and cleans up after itself."""
    engines = db._app_engines[app]
    inside, engines[None] = engines[None], inside_engine(engines[None])
    yield
    with app.app_context():
        tables = "incoming_mails, messages, attachments, ticket_assessments, tickets, reference_counters"
        db.session.execute(db.text(f"TRUNCATE {tables} CASCADE"))
        db.session.commit()
    engines[None] = inside


def inside_engine(connection: object) -> object:
    return connection.engine  # type: ignore[attr-defined]


@pytest.fixture
def ports(app: Flask, outside: None) -> Iterator[tuple[int, int]]:
    smtp, lmtp = free_ports(2)
    bell = Bell(app)
    door = Door(app, bell.ring)
    options = {"hostname": "127.0.0.1", "data_size_limit": SIZE_LIMIT}
    servers = [SmtpController(door, port=smtp, **options), LmtpController(door, port=lmtp, **options)]
    for one in (bell, *servers):
        one.start()
    yield smtp, lmtp
    for server in servers:
        server.stop()
    door.stop()
    bell.stop()
    assert not bell.is_alive()
