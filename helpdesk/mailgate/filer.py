"""The filer: files accepted mails in the order they came, several in one transaction."""

import logging
import os
import select as polling
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from flask import Flask
from sqlalchemy.exc import DBAPIError

from helpdesk.errands import nudge
from helpdesk.extensions import db
from helpdesk.mailgate.filing import file_as_unreadable, file_mails
from helpdesk.mailgate.ledger import IncomingMail, claim_waiting, rows_to_file
from helpdesk.notices.models import Notice

log = logging.getLogger(__name__)

BATCH = 25
BATCH_BYTES = 2 * 1024 * 1024
"""A batch holds the counter of ticket numbers until it commits, so it is short: some tenths of a second."""
RECHECK_SECONDS = 10.0
TRIES_MAX = 5
GROUP_SECONDS, MAIL_SECONDS = 15.0, 8.0


class Filer:
    """Works until `bell` (a file descriptor) ends; a byte on it means that there is something to file."""

    def __init__(self, app: Flask, bell: int) -> None:
        self._app = app
        self._bell = bell
        self._looked_back_at = -RECHECK_SECONDS
        self._looked_back_to = 0

    def run(self) -> None:
        """Never ends before it is told to: what fails is logged, stays in the ledger and is tried again."""
        going = True
        while going:
            try:
                if self._file_some():
                    continue
            except Exception:
                log.exception("the filer goes on after a mishap")
                time.sleep(1.0)
            going = self._wait()

    def file_waiting(self) -> None:
        """File what waits now, once; what fails stays for the filer that runs."""
        try:
            self._file_some()
        except Exception:
            log.exception("the mail is kept and will be filed by the gateway's filer")

    def _wait(self) -> bool:
        """Until the bell rings or it is time to look back; False at its end."""
        ready, _out, _err = polling.select([self._bell], [], [], RECHECK_SECONDS)
        return not ready or os.read(self._bell, 4096) != b""

    def _file_some(self) -> int:
        with self._app.app_context():
            ids = self._claim()
            if ids:
                self._file(ids)
            return len(ids)

    def _claim(self) -> list[int]:
        """New mails in a batch; now and then one that failed before or was left by a filer that died."""
        if time.monotonic() - self._looked_back_at >= RECHECK_SECONDS:
            again = claim_waiting(1, tried=True, after=self._looked_back_to)
            db.session.commit()
            if again:
                self._looked_back_to = again[-1]
                return again
            self._looked_back_at, self._looked_back_to = time.monotonic(), 0
        ids = claim_waiting(BATCH)
        db.session.commit()
        return ids

    def _file(self, ids: list[int]) -> None:
        """All in one transaction; where one of them fails, each in its own."""
        for group in _by_size(rows_to_file(ids)):
            numbers = [row.id for row in group]
            try:
                with time_limit(GROUP_SECONDS):
                    filed = file_mails(group)
                for row, became in zip(group, filed, strict=True):
                    log.info("mail %s: %s", row.id, became)
                to_send = any(isinstance(instance, Notice) for instance in db.session)
                db.session.commit()
                if to_send:
                    nudge()
            except Exception as error:
                db.session.rollback()
                if len(numbers) > 1:
                    log.warning("%s mails are filed one by one: %s", len(numbers), error)
                for number in numbers:
                    self._file_one(number)

    def _file_one(self, number: int) -> None:
        """File one mail. One that keeps failing becomes a ticket with its original, so it blocks nobody (R14)."""
        try:
            for row in rows_to_file([number]):
                if row.tries > TRIES_MAX:
                    file_as_unreadable(row, f"could not be filed in {TRIES_MAX} tries")
                else:
                    with time_limit(MAIL_SECONDS):
                        file_mails([row])
                log.info("mail %s: %s", number, row.disposition)
            db.session.commit()
        except DBAPIError as error:
            db.session.rollback()
            log.exception("mail %s stays in the ledger and is tried again", number)
            if error.connection_invalidated:
                raise
        except Exception as error:
            db.session.rollback()
            log.exception("mail %s cannot be filed; it becomes a ticket with its original", number)
            self._keep_as_unreadable(number, f"{type(error).__name__}: {error}")

    def _keep_as_unreadable(self, number: int, error: str) -> None:
        """The last resort must not hold up the next mail: where it fails, too, the mail stays in the ledger."""
        try:
            for row in rows_to_file([number]):
                file_as_unreadable(row, error)
            db.session.commit()
        except Exception:
            db.session.rollback()
            log.exception("mail %s waits in the ledger: not even its original could be filed", number)


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Raise TimeoutError in what takes longer; only the main thread can be interrupted, elsewhere there is no limit."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def over(_signal: int, _frame: FrameType | None) -> None:
        raise TimeoutError(f"reading it took longer than {seconds:.0f} s")

    before = signal.signal(signal.SIGALRM, over)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _by_size(rows: list[IncomingMail]) -> Iterator[list[IncomingMail]]:
    """Groups whose originals fit into memory together."""
    group: list[IncomingMail] = []
    for row in rows:
        if group and sum(mail.size for mail in group) + row.size > BATCH_BYTES:
            yield group
            group = []
        group.append(row)
    if group:
        yield group
