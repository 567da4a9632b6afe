"""The mail door: SMTP and LMTP servers that answer 250 only after the mail is committed."""

import asyncio
import logging
import queue
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from types import FrameType
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP, Envelope, Session
from flask import Flask
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from helpdesk.errands import nudge
from helpdesk.extensions import db
from helpdesk.mailgate.ledger import accept, count_try, settle, settle_as_unreadable, waiting_ids

log = logging.getLogger(__name__)

RECHECK_SECONDS = 10.0
TRIES_MAX = 5


class Door:
    """aiosmtpd's handler. Accepting runs in threads; one settler files mails in the order they came."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._accepting = ThreadPoolExecutor(max_workers=4, thread_name_prefix="accept")
        self._settler = Settler(app)
        self._settler.start()

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:
        raw = envelope.original_content or b""
        loop = asyncio.get_running_loop()
        try:
            mail_id = await loop.run_in_executor(
                self._accepting, self._accept, raw, envelope.mail_from or "", list(envelope.rcpt_tos)
            )
        except (SQLAlchemyError, OSError):
            log.exception("a mail could not be kept; its sender is asked to try again")
            return "451 4.3.0 The mail could not be kept; please try again later"
        self._settler.add(mail_id)
        answer = f"250 2.0.0 Accepted as {mail_id}"
        return "\r\n".join([answer] * len(envelope.rcpt_tos)) if isinstance(server, LMTP) else answer

    def stop(self) -> None:
        self._accepting.shutdown(wait=True)
        self._settler.stop()

    def _accept(self, raw: bytes, sender: str, recipients: list[str]) -> int:
        with self._app.app_context():
            mail_id = accept(raw, sender, recipients)
            db.session.commit()
            return mail_id


class Settler(threading.Thread):
    """Files accepted mails one after the other; what an earlier process left waiting is found at the start."""

    def __init__(self, app: Flask) -> None:
        super().__init__(name="settler", daemon=True)
        self._app = app
        self._incoming: queue.SimpleQueue[int | None] = queue.SimpleQueue()
        self._stopping = threading.Event()

    def add(self, mail_id: int) -> None:
        self._incoming.put(mail_id)

    def stop(self) -> None:
        self._stopping.set()
        self._incoming.put(None)
        self.join(timeout=15)

    def run(self) -> None:
        """Never ends before it is told to: what fails is logged, stays in the ledger and is tried again."""
        looked_at = 0.0
        while not self._stopping.is_set():
            try:
                if time.monotonic() - looked_at >= RECHECK_SECONDS:
                    looked_at = time.monotonic()
                    self._settle_waiting()
                self._settle_next()
            except Exception:
                log.exception("the settler goes on after a mishap")
                self._stopping.wait(1.0)

    def _settle_next(self) -> None:
        try:
            mail_id = self._incoming.get(timeout=RECHECK_SECONDS)
        except queue.Empty:
            return
        if mail_id is not None:
            self._settle(mail_id)
            if self._incoming.empty():
                with self._app.app_context():
                    nudge()

    def _settle_waiting(self) -> None:
        with self._app.app_context():
            waiting = waiting_ids()
        for mail_id in waiting:
            self._settle(mail_id)

    def _settle(self, mail_id: int) -> None:
        """File one mail. One that keeps failing becomes a ticket with its original, so it blocks nobody (R14)."""
        with self._app.app_context():
            try:
                tries = count_try(mail_id)
                db.session.commit()
                if tries > TRIES_MAX:
                    settle_as_unreadable(mail_id, f"could not be filed in {TRIES_MAX} tries")
                    log.error("mail %s could not be filed and is a ticket with its original", mail_id)
                else:
                    log.info("mail %s: %s", mail_id, settle(mail_id))
                db.session.commit()
            except OperationalError:
                db.session.rollback()
                log.exception("mail %s stays in the ledger and is tried again", mail_id)
            except Exception as error:
                db.session.rollback()
                log.exception("mail %s cannot be filed; it becomes a ticket with its original", mail_id)
                self._keep_as_unreadable(mail_id, f"{type(error).__name__}: {error}")

    def _keep_as_unreadable(self, mail_id: int, error: str) -> None:
        """The last resort must not hold up the next mail: where it fails, too, the mail stays in the ledger."""
        try:
            settle_as_unreadable(mail_id, error)
            db.session.commit()
        except Exception:
            db.session.rollback()
            log.exception("mail %s waits in the ledger: not even its original could be filed", mail_id)


class LmtpController(Controller):
    """LMTP with the same handler."""

    def factory(self) -> LMTP:
        return LMTP(self.handler, **self.SMTP_kwargs)


def serve(app: Flask) -> None:
    """Listen until told to stop; mails under way are finished first."""
    door = Door(app)
    options: dict[str, Any] = {"data_size_limit": app.config["MAIL_SIZE_LIMIT"], "ident": "helpdesk"}
    host = app.config["BIND"]
    servers = [
        Controller(door, hostname=host, port=app.config["SMTP_PORT"], **options),
        LmtpController(door, hostname=host, port=app.config["LMTP_PORT"], **options),
    ]
    for server in servers:
        server.start()
    log.info("gateway: SMTP on %s:%s, LMTP on %s", host, app.config["SMTP_PORT"], app.config["LMTP_PORT"])
    stopping = threading.Event()

    def stop(_signal: int, _frame: FrameType | None) -> None:
        stopping.set()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    stopping.wait()
    for server in servers:
        server.stop()
    door.stop()
