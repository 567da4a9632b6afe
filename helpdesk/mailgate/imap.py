"""Polling mailboxes elsewhere: IMAP with IDLE. A mail is on the ledger before the mailbox hears of it (R14)."""

import logging
import ssl
import threading
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from flask import Flask
from imapclient import IMAPClient
from imapclient.exceptions import IMAPClientError
from sqlalchemy.exc import SQLAlchemyError

from helpdesk.extensions import db
from helpdesk.mailgate.encoded import decode_header
from helpdesk.mailgate.ledger import Arrival, Source, accept, refuse
from helpdesk.mailgate.mailboxes import Address, mailbox, read_address

log = logging.getLogger(__name__)

TIMEOUT = 60.0
IDLE_SECONDS = 240
POLL_SECONDS = 60
PAUSES = (5, 15, 60, 300)
GROUP = 20
GROUP_BYTES = 5 * 1024 * 1024
EXPECTED = (OSError, IMAPClientError, SQLAlchemyError)


def pollers(app: Flask, wake: Callable[[], None]) -> list[threading.Thread]:
    """A thread for each mailbox of HELPDESK_IMAP; each calls `wake` after it kept some."""
    return [Poller(app, read_address(url), wake) for url in app.config["IMAP"]]


class Poller(threading.Thread):
    """Reads one mailbox for ever. Mails are marked as seen once they are kept, never deleted."""

    def __init__(self, app: Flask, address: Address, wake: Callable[[], None]) -> None:
        super().__init__(name=f"imap {address.name}", daemon=True)
        self._app = app
        self._wake = wake
        self._address = address
        self.stopping = threading.Event()

    def run(self) -> None:
        failures = 0
        while not self.stopping.is_set():
            try:
                with self._connected() as client:
                    self._follow(client, self.stopping.is_set)
                failures = 0
            except Exception as error:
                log.warning("mailbox %s: %s", self._address.name, error, exc_info=not isinstance(error, EXPECTED))
                self._note(str(error) or type(error).__name__)
                self.stopping.wait(PAUSES[min(failures, len(PAUSES) - 1)])
                failures += 1

    def poll_once(self) -> int:
        """Connect, take what is new, disconnect; returns how many mails were taken."""
        with self._connected() as client:
            return self._take_new(client)

    def _connected(self) -> IMAPClient:
        address = self._address
        context = ssl.create_default_context() if address.tls else None
        client = IMAPClient(address.host, address.port, ssl=address.tls, ssl_context=context, timeout=TIMEOUT)
        if not address.tls and client.has_capability("STARTTLS"):
            client.starttls(ssl.create_default_context())
        client.normalise_times = False
        client.login(address.user, address.password)
        return client

    def _follow(self, client: IMAPClient, stopped: Callable[[], bool]) -> None:
        """Take what is there, then what the server tells of while it is asked to (RFC 2177), else every minute."""
        idles = client.has_capability("IDLE")
        while not stopped():
            self._take_new(client)
            self._note(None)
            if stopped():
                return
            if not idles:
                self.stopping.wait(POLL_SECONDS)
                continue
            client.idle()
            try:
                client.idle_check(timeout=IDLE_SECONDS)
            finally:
                client.idle_done()

    def _take_new(self, client: IMAPClient) -> int:
        chosen = client.select_folder(self._address.folder)
        with self._app.app_context():
            known = mailbox(self._address.name)
            known.validated(int(chosen[b"UIDVALIDITY"]))
            after = known.last_uid
            db.session.commit()
        uids = sorted(uid for uid in client.search(["UID", f"{after + 1}:*"]) if uid > after)
        taken = 0
        for start in range(0, len(uids), GROUP):
            some = uids[start : start + GROUP]
            sizes = {uid: int(fetched[b"RFC822.SIZE"]) for uid, fetched in client.fetch(some, ["RFC822.SIZE"]).items()}
            for group in _by_size([(uid, sizes[uid]) for uid in some if uid in sizes]):
                taken += self._take(client, group)
        return taken

    def _take(self, client: IMAPClient, sizes: dict[int, int]) -> int:
        """Keep some mails and how far the mailbox was read in one transaction, then mark them as seen."""
        limit = self._app.config["MAIL_SIZE_LIMIT"]
        arrivals = []
        for uid in (uid for uid, size in sizes.items() if size <= limit):
            fetched: dict[bytes, Any] = client.fetch([uid], ["BODY.PEEK[]", "INTERNALDATE"]).get(uid, {})
            if b"BODY[]" in fetched:
                arrivals.append(self._arrival(uid, bytes(fetched[b"BODY[]"]), fetched.get(b"INTERNALDATE")))
        with self._app.app_context():
            known = mailbox(self._address.name)
            accept(arrivals) if arrivals else None
            for uid, size in sizes.items():
                if size > limit:
                    refuse(self._arrival(uid, b""), size, "larger than HELPDESK_MAIL_SIZE_LIMIT; left in the mailbox")
            known.read_up_to(max(sizes))
            db.session.commit()
        if arrivals:
            self._wake()
        client.add_flags(list(sizes), [b"\\Seen"], silent=True)
        return len(arrivals)

    def _arrival(self, uid: int, raw: bytes, received_at: datetime | None = None) -> Arrival:
        """IMAP keeps no envelope: its sender and recipients are what the delivering server noted in the header.

        It was received when the server took it (INTERNALDATE), never later than now.
        """
        sender, recipients = envelope_of(raw)
        return Arrival(
            raw,
            sender,
            recipients or [self._address.user],
            Source.imap,
            f"{self._address.name};UID={uid}",
            believed=True,
            received_at=received_at,
        )

    def _note(self, error: str | None) -> None:
        try:
            with self._app.app_context():
                mailbox(self._address.name).looked(error)
                db.session.commit()
        except SQLAlchemyError:
            log.exception("the state of mailbox %s could not be noted", self._address.name)


def _by_size(sizes: list[tuple[int, int]]) -> Iterator[dict[int, int]]:
    """Groups of mails, by UID with their sizes, that fit into memory together."""
    group: dict[int, int] = {}
    for uid, size in sizes:
        if group and sum(group.values()) + size > GROUP_BYTES:
            yield group
            group = {}
        group[uid] = size
    if group:
        yield group


def envelope_of(raw: bytes) -> tuple[str, list[str]]:
    """(sender, recipients) from Return-Path and Delivered-To or X-Original-To; a missing path is not a null one."""
    head = raw.replace(b"\r\n", b"\n").split(b"\n\n", 1)[0][:200_000]
    lines = head.replace(b"\n ", b" ").replace(b"\n\t", b" ").split(b"\n")
    named: dict[str, list[str]] = {}
    for line in lines:
        name, colon, value = line.partition(b":")
        if colon:
            text = decode_header(value.decode("ascii", errors="surrogateescape")).text.strip()
            named.setdefault(name.decode("ascii", errors="replace").lower(), []).append(text)
    path = named.get("return-path", ["unknown"])[0].strip("<> ")
    recipients = [value.strip("<> ") for key in ("delivered-to", "x-original-to") for value in named.get(key, [])]
    return path, list(dict.fromkeys(recipients))[:100]
