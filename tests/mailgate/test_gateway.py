"""The running door: a real SMTP client, a real LMTP client, and what it does when the database is away."""

import smtplib
import ssl
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from flask import Flask
from redis.exceptions import ConnectionError as RedisAway
from rq import SimpleWorker
from sqlalchemy.exc import OperationalError

from helpdesk.extensions import MAIL_QUEUE, db, job_queue, job_queues, redis_connection
from helpdesk.files.models import path_of
from helpdesk.mailgate import jobs, waking
from helpdesk.mailgate.gateway import Door, _servers
from helpdesk.mailgate.jobs import look_again
from helpdesk.mailgate.ledger import Arrival, IncomingMail, accept, counts
from tests.product import free_ports

RAW = b"From: stranger@unknown.example\r\nTo: support@desk.example\r\nSubject: hello\r\n\r\nbody %d\r\n"


def work(app: Flask) -> None:
    """What a worker of the mail queue does, until there is nothing left."""
    with app.app_context():
        worker = SimpleWorker(job_queues(app, "mail"), connection=redis_connection(app))
        worker.work(burst=True, logging_level="CRITICAL")


def settled(app: Flask, wanted: int, waiting: int = 0) -> dict[str, int]:
    deadline = time.monotonic() + 15
    while True:
        work(app)
        with app.app_context():
            found = counts()
        if found["received"] == wanted and found["waiting"] == waiting:
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


def test_a_mail_whose_original_is_gone_blocks_nobody(app: Flask, ports: tuple[int, int]) -> None:
    """Neither filing it nor keeping its original works; the mails before and after it are filed all the same."""
    with app.app_context():
        (lost,) = accept([Arrival(RAW % 1, "lost@unknown.example", ["support@desk.example"])])
        row = db.session.get_one(IncomingMail, lost)
        path_of(row.raw_sha256 or "").unlink()
        db.session.commit()
    with smtplib.SMTP("127.0.0.1", ports[0]) as client:
        client.sendmail("stranger@unknown.example", ["support@desk.example"], RAW % 2)
    assert settled(app, 2, waiting=1) == {"received": 2, "waiting": 1, "new_ticket": 1}
    with app.app_context():
        assert "FileNotFoundError" in str(db.session.get_one(IncomingMail, lost).error)


def failing_on_the_cursed(monkeypatch: pytest.MonkeyPatch, failure: Callable[[], None]) -> None:
    right = jobs.file_mails

    def fails(rows: list[IncomingMail]) -> object:
        if any("cursed" in row.envelope_from for row in rows):
            failure()
        return right(rows)

    monkeypatch.setattr(jobs, "file_mails", fails)


def after_the_pause(app: Flask) -> None:
    """As if the pause before the next try were over: the cursed mail is tried once more."""
    with app.app_context():
        cursed().tried_at = None
        db.session.commit()
    look_again()
    work(app)


def two_mails_one_cursed(port: int) -> None:
    with smtplib.SMTP("127.0.0.1", port) as client:
        client.sendmail("cursed@unknown.example", ["support@desk.example"], RAW % 1)
        client.sendmail("stranger@unknown.example", ["support@desk.example"], RAW % 2)


def cursed() -> IncomingMail:
    return db.session.scalars(db.select(IncomingMail).where(IncomingMail.envelope_from.contains("cursed"))).one()


def test_a_mail_that_keeps_failing_says_why_and_becomes_a_ticket_after_five_tries(
    app: Flask, ports: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> None:
        raise OperationalError("x", {}, Exception("too many parameters"))

    failing_on_the_cursed(monkeypatch, fail)
    two_mails_one_cursed(ports[0])
    settled(app, 2, waiting=1)
    with app.app_context():
        assert "too many parameters" in str(cursed().error)
        tried = cursed().tries
    for _again in range(jobs.TRIES_MAX + 1 - tried):
        after_the_pause(app)
    assert settled(app, 2) == {"received": 2, "waiting": 0, "new_ticket": 1, "unreadable": 1}
    with app.app_context():
        assert cursed().tries == jobs.TRIES_MAX + 1
        assert "too many parameters" in str(cursed().error)


def test_what_was_left_half_done_is_queued_once(app: Flask, outside: None) -> None:
    """A worker that is killed again and again leaves mails behind; each look asks for one job, not for one a mail."""
    with app.app_context():
        accept([Arrival(RAW % n, f"{n}@unknown.example", ["support@desk.example"]) for n in range(60)])
        db.session.execute(db.update(IncomingMail).values(tries=1))
        db.session.commit()
    for _look in range(5):
        look_again()
    with app.app_context():
        assert job_queue(app, MAIL_QUEUE).count == 1
    assert settled(app, 60)["waiting"] == 0


def test_a_mail_that_takes_too_long_stops_its_batch_and_is_tried_alone(
    app: Flask, ports: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """RQ's alarm ends the batch; the others are filed, and the slow one at the end with its original alone."""

    def take_long() -> None:
        until = time.monotonic() + 30
        while time.monotonic() < until:
            pass

    monkeypatch.setattr(waking, "BATCH_SECONDS", 1)
    monkeypatch.setattr(waking, "MAIL_SECONDS", 1)
    failing_on_the_cursed(monkeypatch, take_long)
    two_mails_one_cursed(ports[0])
    begin = time.monotonic()
    settled(app, 2, waiting=1)
    with app.app_context():
        assert "JobTimeoutException" in str(cursed().error)
        cursed().tries = jobs.TRIES_MAX
        db.session.commit()
    after_the_pause(app)
    assert settled(app, 2) == {"received": 2, "waiting": 0, "new_ticket": 1, "unreadable": 1}
    assert time.monotonic() - begin < 30


def test_without_redis_mail_is_accepted_and_waits(
    app: Flask, ports: tuple[int, int], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def away(*_arguments: object, **_options: object) -> None:
        raise RedisAway("away")

    with monkeypatch.context() as cut:
        cut.setattr(waking, "redis_connection", away)
        two_mails_one_cursed(ports[0])
        deadline = time.monotonic() + 5
        while "waits until Redis answers" not in caplog.text and time.monotonic() < deadline:
            time.sleep(0.02)
        assert "waits until Redis answers" in caplog.text
        work(app)
        with app.app_context():
            assert counts()["waiting"] == 2
    look_again()
    assert settled(app, 2) == {"received": 2, "waiting": 0, "new_ticket": 2}


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
