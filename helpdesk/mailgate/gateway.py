"""The mail door: SMTP and LMTP servers that answer 250 only after the mail is committed.

Accepting and filing are two processes: this one takes mails and commits them together where several connections
bring them at once; a worker of the mail queue reads and files them (`jobs.py`).
"""

import asyncio
import logging
import queue
import signal
import ssl
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address
from types import FrameType
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP, Envelope, Session
from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from helpdesk.config import Network
from helpdesk.extensions import db
from helpdesk.mailgate.ledger import Arrival, Source, accept, refuse
from helpdesk.mailgate.protocol import LmtpController, SmtpController
from helpdesk.mailgate.waking import Bell

log = logging.getLogger(__name__)

GROUP_MAX = 50
RECIPIENTS_MAX = 1_000


@dataclass
class Waiting:
    """A mail at the door and the answer its connection waits for."""

    arrival: Arrival
    answer: Future[int]


class Acceptor(threading.Thread):
    """Writes mails to disk and ledger; those that wait at the same moment share one commit."""

    def __init__(self, app: Flask, wake: Callable[[], None]) -> None:
        super().__init__(name="acceptor", daemon=True)
        self._app = app
        self._wake = wake
        self._incoming: queue.SimpleQueue[Waiting | None] = queue.SimpleQueue()

    def take(self, arrival: Arrival) -> Future[int]:
        """The ledger row's id once it is committed; raises what went wrong."""
        answer: Future[int] = Future()
        self._incoming.put(Waiting(arrival, answer))
        return answer

    def stop(self) -> None:
        self._incoming.put(None)
        self.join(timeout=30)

    def run(self) -> None:
        going = True
        while going:
            group = [self._incoming.get()]
            while len(group) < GROUP_MAX and not self._incoming.empty():
                group.append(self._incoming.get())
            going = None not in group
            try:
                self._keep([waiting for waiting in group if waiting is not None])
            except Exception:
                log.exception("the acceptor goes on after a mishap")

    def _keep(self, group: list[Waiting]) -> None:
        if not group:
            return
        waited_for = [waiting for waiting in group if waiting.answer.set_running_or_notify_cancel()]
        try:
            self._accept(waited_for)
        except Exception as error:
            if not isinstance(error, SQLAlchemyError | OSError):
                log.exception("mails could not be kept for a reason nobody thought of")
            self._keep_singly(waited_for, error)
        self._wake()

    def _accept(self, group: list[Waiting]) -> None:
        with self._app.app_context():
            ids = accept([waiting.arrival for waiting in group]) if group else []
            db.session.commit()
        for waiting, mail_id in zip(group, ids, strict=True):
            waiting.answer.set_result(mail_id)

    def _keep_singly(self, group: list[Waiting], error: Exception) -> None:
        """One mail that cannot be kept does not take its neighbours with it."""
        if len(group) == 1:
            group[0].answer.set_exception(error)
            return
        for waiting in group:
            try:
                self._accept([waiting])
            except Exception as own:
                waiting.answer.set_exception(own)


class Door:
    """aiosmtpd's handler."""

    def __init__(self, app: Flask, wake: Callable[[], None]) -> None:
        self._app = app
        self._relays: Sequence[Network] = app.config["MAIL_RELAYS"]
        self._acceptor = Acceptor(app, wake)
        self._acceptor.start()

    async def handle_RCPT(
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if len(envelope.rcpt_tos) >= RECIPIENTS_MAX:
            return "452 4.5.3 Too many recipients"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        arrival = _arrival(server, session, envelope, envelope.original_content or b"", self._relays)
        try:
            mail_id = await asyncio.wrap_future(self._acceptor.take(arrival))
            answer = f"250 2.0.0 Accepted as {mail_id}"
        except Exception as error:
            log.error("a mail could not be kept; its sender is asked to try again: %s", error)
            answer = "451 4.3.0 The mail could not be kept; please try again later"
        return "\r\n".join([answer] * len(envelope.rcpt_tos)) if isinstance(server, LMTP) else answer

    async def too_large(self, session: Session, envelope: Envelope, size: int) -> None:
        """A refused mail leaves a row, so that somebody who asks after it can be told."""
        arrival = _arrival(None, session, envelope, b"", self._relays)
        await asyncio.get_running_loop().run_in_executor(None, self._note_refusal, arrival, size)

    def stop(self) -> None:
        self._acceptor.stop()

    def _note_refusal(self, arrival: Arrival, size: int) -> None:
        try:
            with self._app.app_context():
                refuse(arrival, size, f"552: larger than {self._app.config['MAIL_SIZE_LIMIT']} bytes")
                db.session.commit()
        except (SQLAlchemyError, OSError):
            log.exception("a refused mail could not be noted")


def _arrival(
    server: SMTP | None, session: Session, envelope: Envelope, raw: bytes, relays: Sequence[Network]
) -> Arrival:
    """LMTP is spoken by our own mail server only; by SMTP the configured relays are believed."""
    peer = session.peer
    origin = str(peer[0]) if isinstance(peer, tuple) else str(peer)
    source = Source.lmtp if isinstance(server, LMTP) else Source.smtp
    return Arrival(
        raw,
        envelope.mail_from or "",
        list(envelope.rcpt_tos),
        source,
        f"{origin} {session.host_name or ''}",
        believed=source == Source.lmtp or _among(origin, relays),
    )


def _among(peer: str, relays: Sequence[Network]) -> bool:
    """Whether the peer's address is one of the relays'; IPv4 within IPv6 is IPv4."""
    try:
        address = ip_address(peer)
    except ValueError:
        return False
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return any(address.ipv4_mapped in relay for relay in relays)
    return any(address in relay for relay in relays)


def serve(app: Flask, pollers: Callable[[Flask, Callable[[], None]], list[threading.Thread]]) -> None:
    """Listen until told to stop; mails under way are finished first. `pollers` makes the mailboxes' threads."""
    bell = Bell(app)
    bell.start()
    door = Door(app, bell.ring)
    servers = _servers(app, door)
    for server in servers:
        server.start()
    for poller in pollers(app, bell.ring):
        poller.start()
    log.info("gateway: SMTP on port %s, LMTP on %s", app.config["SMTP_PORT"], app.config["LMTP_PORT"])
    stopping = threading.Event()

    def stop(_signal: int, _frame: FrameType | None) -> None:
        stopping.set()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    stopping.wait()
    for server in servers:
        server.stop()
    door.stop()
    bell.stop()


def _servers(app: Flask, door: Door) -> list[Controller]:
    config = app.config
    options: dict[str, Any] = {"data_size_limit": config["MAIL_SIZE_LIMIT"], "ident": "helpdesk", "timeout": 300}
    tls = None
    if config["SMTP_TLS_CERT"]:
        tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        tls.load_cert_chain(config["SMTP_TLS_CERT"], config["SMTP_TLS_KEY"])
    host = config["BIND"]
    return [
        SmtpController(door, hostname=host, port=config["SMTP_PORT"], tls_context=tls, **options),
        LmtpController(door, hostname=host, port=config["LMTP_PORT"], **options),
    ]
