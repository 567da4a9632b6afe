"""The running door: a real SMTP client, a real LMTP client, and what it does when the database is away."""

import os
import smtplib
import ssl
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from flask import Flask
from sqlalchemy.exc import OperationalError

from helpdesk.extensions import db
from helpdesk.files.models import path_of
from helpdesk.mailgate import filer
from helpdesk.mailgate.filer import Filer
from helpdesk.mailgate.gateway import Door, _servers
from helpdesk.mailgate.ledger import Arrival, IncomingMail, accept, counts
from helpdesk.mailgate.protocol import LmtpController, SmtpController
from tests.product import free_ports

SIZE_LIMIT = 3_000_000
RAW = b"From: stranger@unknown.example\r\nTo: support@desk.example\r\nSubject: hello\r\n\r\nbody %d\r\n"


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
    hearing, ringing = os.pipe()
    door = Door(app, lambda: os.write(ringing, b".") and None)
    filing = threading.Thread(target=Filer(app, hearing).run)
    options = {"hostname": "127.0.0.1", "data_size_limit": SIZE_LIMIT}
    servers = [SmtpController(door, port=smtp, **options), LmtpController(door, port=lmtp, **options)]
    for one in (filing, *servers):
        one.start()
    yield smtp, lmtp
    for server in servers:
        server.stop()
    door.stop()
    os.close(ringing)
    filing.join(timeout=20)
    os.close(hearing)
    assert not filing.is_alive()


def settled(app: Flask, wanted: int) -> dict[str, int]:
    deadline = time.monotonic() + 15
    while True:
        with app.app_context():
            found = counts()
        if found["received"] == wanted and not found["waiting"]:
            return found
        assert time.monotonic() < deadline, found
        time.sleep(0.05)


def test_smtp_and_lmtp_accept_and_file(app: Flask, ports: tuple[int, int]) -> None:
    with smtplib.SMTP("127.0.0.1", ports[0]) as client:
        for number in range(3):
            client.sendmail("stranger@unknown.example", ["support@desk.example"], RAW % number)
    with smtplib.LMTP("127.0.0.1", ports[1]) as client:
        client.sendmail("stranger@unknown.example", ["support@desk.example"], RAW % 9)
    assert settled(app, 4) == {"received": 4, "waiting": 0, "new_ticket": 4}


def test_a_250_means_the_mail_is_on_the_ledger(app: Flask, ports: tuple[int, int]) -> None:
    with smtplib.SMTP("127.0.0.1", ports[0]) as client:
        client.sendmail("stranger@unknown.example", ["support@desk.example"], RAW % 1)
        with app.app_context():
            assert db.session.scalar(db.select(db.func.count()).select_from(IncomingMail)) == 1
    settled(app, 1)


def test_without_a_database_the_sender_is_asked_to_try_again(app: Flask, ports: tuple[int, int]) -> None:
    engines = db._app_engines[app]
    right = engines[None]
    engines[None] = db.create_engine("postgresql+psycopg://postgres@/nowhere?host=/nonexistent")
    try:
        with smtplib.SMTP("127.0.0.1", ports[0]) as client, pytest.raises(smtplib.SMTPDataError) as refused:
            client.sendmail("stranger@unknown.example", ["support@desk.example"], RAW % 1)
        assert refused.value.smtp_code == 451
    finally:
        engines[None] = right
    with smtplib.SMTP("127.0.0.1", ports[0]) as client:
        client.sendmail("stranger@unknown.example", ["support@desk.example"], RAW % 2)
    settled(app, 1)


def test_lmtp_answers_once_for_each_recipient(app: Flask, ports: tuple[int, int]) -> None:
    with smtplib.LMTP("127.0.0.1", ports[1]) as client:
        client.ehlo()
        client.mail("stranger@unknown.example")
        for name in ("support", "other"):
            client.rcpt(f"{name}@desk.example")
        code, _words = client.data(RAW % 5)
        assert code == 250
        assert client.getreply()[0] == 250
        assert client.noop()[0] == 250
    settled(app, 1)


def test_a_mail_whose_original_is_gone_blocks_nobody(
    app: Flask, ports: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither filing it nor keeping its original works; the mails before and after it are filed all the same."""
    with app.app_context():
        (lost,) = accept([Arrival(RAW % 1, "lost@unknown.example", ["support@desk.example"])])
        row = db.session.get_one(IncomingMail, lost)
        path_of(row.raw_sha256 or "").unlink()
        db.session.commit()
    monkeypatch.setattr(filer, "RECHECK_SECONDS", 0.1)
    time.sleep(0.5)
    with smtplib.SMTP("127.0.0.1", ports[0]) as client:
        client.sendmail("stranger@unknown.example", ["support@desk.example"], RAW % 2)
    deadline = time.monotonic() + 15
    found: dict[str, int] = {}
    while found.get("new_ticket") != 1 and time.monotonic() < deadline:
        with app.app_context():
            found = counts()
        time.sleep(0.05)
    assert found == {"received": 2, "waiting": 1, "new_ticket": 1}


def test_a_mail_that_keeps_failing_blocks_nobody(
    app: Flask, ports: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    right = filer.file_mails

    def fails_on_the_first(rows: list[IncomingMail]) -> object:
        if any("cursed" in row.envelope_from for row in rows):
            raise OperationalError("x", {}, Exception("too many parameters"))
        return right(rows)

    monkeypatch.setattr(filer, "file_mails", fails_on_the_first)
    monkeypatch.setattr(filer, "RECHECK_SECONDS", 0.1)
    with smtplib.SMTP("127.0.0.1", ports[0]) as client:
        client.sendmail("cursed@unknown.example", ["support@desk.example"], RAW % 1)
        client.sendmail("stranger@unknown.example", ["support@desk.example"], RAW % 2)
    assert settled(app, 2) == {"received": 2, "waiting": 0, "new_ticket": 1, "unreadable": 1}


def certificate(folder: Path) -> tuple[Path, Path]:
    """A self-signed certificate for localhost, valid on any day, and its key, as PEM files."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    always = datetime(2020, 1, 1, tzinfo=UTC), datetime(2120, 1, 1, tzinfo=UTC)
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    made = made.serial_number(1).not_valid_before(always[0]).not_valid_after(always[1])
    alternatives = x509.SubjectAlternativeName([x509.DNSName("localhost")])
    signed = made.add_extension(alternatives, critical=False).sign(key, hashes.SHA256())
    paths = folder / "cert.pem", folder / "key.pem"
    paths[0].write_bytes(signed.public_bytes(Encoding.PEM))
    paths[1].write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return paths


def test_starttls_is_offered_where_a_certificate_is_given(
    app: Flask, outside: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cert, key = certificate(tmp_path)
    smtp, lmtp = free_ports(2)
    for name, value in {"SMTP_TLS_CERT": cert, "SMTP_TLS_KEY": key, "SMTP_PORT": smtp, "LMTP_PORT": lmtp}.items():
        monkeypatch.setitem(app.config, name, value)
    door = Door(app, lambda: None)
    servers = _servers(app, door)
    for server in servers:
        server.start()
    try:
        with smtplib.SMTP("localhost", smtp) as client:
            client.starttls(context=ssl.create_default_context(cafile=str(cert)))
            client.sendmail("stranger@unknown.example", ["support@desk.example"], RAW % 1)
            assert client.esmtp_features["size"] == str(app.config["MAIL_SIZE_LIMIT"])
    finally:
        for server in servers:
            server.stop()
        door.stop()
    with app.app_context():
        assert counts()["received"] == 1
