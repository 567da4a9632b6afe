"""A mailbox elsewhere, read over real IMAP: nothing is lost when the server counts anew or hangs up."""

import os
import threading
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from helpdesk.config import read_config
from helpdesk.environment import ConfigError
from helpdesk.extensions import db
from helpdesk.mailgate.imap import Poller, envelope_of
from helpdesk.mailgate.ledger import IncomingMail, Source
from helpdesk.mailgate.mailboxes import Mailbox, failing_mailboxes, read_address
from tests.mailgate.peers import dovecot, lacking, put

LACKING = lacking("dovecot")
needs_dovecot = pytest.mark.skipif(bool(LACKING), reason=LACKING)
RAW = b"Return-Path: <alice@acme.example>\r\nDelivered-To: support@desk.example\r\n"
RAW += b"From: alice@acme.example\r\nSubject: %d\r\n\r\nx\r\n"

TAKEN = datetime.fromisoformat("2026-11-23T23:30:05+09:00")


@pytest.fixture
def server(app: Flask, tmp_path: Path) -> Iterator[tuple[Poller, Path]]:
    with dovecot(tmp_path) as (port, mailbox):
        poller = Poller(app, read_address(f"imap://desk:secret@127.0.0.1:{port}/INBOX"), lambda: None)
        deadline = time.monotonic() + 15
        while True:
            try:
                poller.poll_once()
                break
            except OSError:
                assert time.monotonic() < deadline, (tmp_path / "dovecot.log").read_text()
                time.sleep(0.1)
        yield poller, mailbox


def rows() -> list[IncomingMail]:
    return list(db.session.scalars(select(IncomingMail).order_by(IncomingMail.id)))


@needs_dovecot
def test_new_mails_are_kept_once_and_marked_as_seen(server: tuple[Poller, Path]) -> None:
    poller, mailbox = server
    for number in range(3):
        put(mailbox, f"{number}.x", RAW % number)
        os.utime(mailbox / "new" / f"{number}.x", (TAKEN.timestamp(), TAKEN.timestamp()))
    assert poller.poll_once() == 3
    assert poller.poll_once() == 0
    kept = rows()
    assert [row.source for row in kept] == [Source.imap] * 3
    assert (kept[0].envelope_from, kept[0].envelope_to) == ("alice@acme.example", ["support@desk.example"])
    assert kept[0].origin is not None
    assert "secret" not in kept[0].origin
    assert [row.received_at for row in kept] == [TAKEN] * 3, "when the mailbox took it, by its INTERNALDATE"
    assert len(list((mailbox / "cur").glob("*:2,*S*"))) == 3, "kept on the server, marked as seen"


@needs_dovecot
def test_a_server_that_counts_anew_doubles_no_ticket(server: tuple[Poller, Path]) -> None:
    poller, mailbox = server
    put(mailbox, "1.x", RAW % 1)
    poller.poll_once()
    (known,) = db.session.scalars(select(Mailbox)).all()
    known.uid_validity = 1
    db.session.commit()
    put(mailbox, "2.x", RAW % 2)
    poller.poll_once()
    prints = [row.fingerprint for row in rows()]
    assert len(prints) == 3
    assert len(set(prints)) == 2, "the first came again and is a duplicate by its content"


@needs_dovecot
def test_a_mail_arrives_while_the_server_is_asked_to_tell(
    server: tuple[Poller, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    poller, mailbox = server
    seen: list[int] = []
    monkeypatch.setattr(poller, "_take", lambda _client, uids: seen.extend(uids) or poller.stopping.set() or len(uids))
    monkeypatch.setattr(poller, "_note", lambda _error: None)
    thread = threading.Thread(target=poller.run)
    thread.start()
    time.sleep(0.5)
    put(mailbox, "9.x", RAW % 9)
    thread.join(timeout=20)
    assert not thread.is_alive()
    assert seen == [1]


def test_a_server_that_does_not_answer_is_shown(app: Flask) -> None:
    poller = Poller(app, read_address("imap://desk:secret@127.0.0.1:9/INBOX"), lambda: None)
    with pytest.raises(OSError, match="refused"):
        poller.poll_once()
    poller._note("Connection refused")
    (failing,) = failing_mailboxes()
    assert failing.last_error == "Connection refused"
    poller._note(None)
    assert not failing_mailboxes()


def test_addresses_are_read_and_wrong_ones_are_told() -> None:
    address = read_address("imaps://desk%40x.example:p%2Fw@imap.x.example/Support%20box")
    assert (address.user, address.password, address.port, address.tls, address.folder) == (
        "desk@x.example",
        "p/w",
        993,
        True,
        "Support box",
    )
    assert "p/w" not in address.name
    with pytest.raises(ConfigError, match="HELPDESK_IMAP"):
        read_config({"HELPDESK_DEMO": "1", "HELPDESK_IMAP": "imap.example.jp"})


@pytest.mark.parametrize(
    ("raw", "envelope"),
    [
        (
            b"Return-Path: <a@b.example>\r\nDelivered-To: c@d.example\r\n\r\nReturn-Path: <x@y>",
            ("a@b.example", ["c@d.example"]),
        ),
        (b"Return-Path: <>\nX-Original-To: c@d.example\nDelivered-To: c@d.example\n\n", ("", ["c@d.example"])),
        (b"From: a@b.example\r\n\r\n", ("unknown", [])),
        (b"\xff\xfe", ("unknown", [])),
    ],
)
def test_the_envelope_comes_from_what_the_server_noted(raw: bytes, envelope: tuple[str, list[str]]) -> None:
    assert envelope_of(raw) == envelope
