"""Filing accepted mails: jobs of a queue and a worker of their own, so that a storm of mail starves no action.

Several new mails are filed in one transaction, in the order they came. Where one of them fails, or all take longer
than RQ allows the job, each is filed by a job of its own, one at a time; the reason stands on the ledger's row.
"""

import logging
import time
from collections.abc import Sequence
from datetime import datetime, timedelta

from flask import current_app
from rq.timeouts import BaseTimeoutException
from sqlalchemy.exc import DBAPIError

from helpdesk import clock
from helpdesk.errands import nudge, one_step
from helpdesk.extensions import db
from helpdesk.mailgate.filing import file_as_unreadable, file_mails
from helpdesk.mailgate.ledger import (
    claim_left_over,
    claim_new,
    note_failure,
    rows_to_file,
    some_are_left_over,
    some_are_new,
)
from helpdesk.mailgate.waking import ask_for_filing, ask_for_left_over, being_filed, left_over_done
from helpdesk.notices.models import Notice

log = logging.getLogger(__name__)

BATCH = 25
BATCH_BYTES = 2 * 1024 * 1024
"""A batch holds the counter of ticket numbers until it commits, so it is short: some tenths of a second."""
DRAIN_SECONDS, LINGER_SECONDS = 2.0, 0.02
TRIES_MAX = 5
AGAIN_AFTER = timedelta(seconds=10)


def file_waiting() -> None:
    """File the new mails, oldest first, a batch in a transaction, until none is left (R10, R14).

    After some seconds another job goes on, so that the time which RQ allows is a batch's own.
    """
    with current_app.app_context():
        begun = time.monotonic()
        while time.monotonic() - begun < DRAIN_SECONDS:
            ids = _claim() or _claim_late() or _claim_last()
            if not ids:
                return
            _file_batch(ids)
        being_filed()
        ask_for_filing()


def _claim() -> list[int]:
    ids = claim_new(BATCH, BATCH_BYTES)
    db.session.commit()
    return ids


def _claim_late() -> list[int]:
    """A sender's next mail comes within milliseconds; waiting for it is cheaper than another job."""
    time.sleep(LINGER_SECONDS)
    return _claim()


def _claim_last() -> list[int]:
    """What came before others were told to ask for a job of its own again."""
    being_filed()
    return _claim()


def _file_batch(ids: Sequence[int]) -> None:
    try:
        _file(ids)
    except Exception as error:
        _note(ids, error, again_after=clock.real_now() - AGAIN_AFTER)
        ask_for_left_over()
        being_filed()
        ask_for_filing()
        raise


def file_left_over() -> None:
    """File one mail that was tried before, the oldest, by itself; then another job takes the next (R14).

    One that cannot be filed becomes a ticket with its original, so that it blocks nobody. Where the database or the
    time was what failed it is tried again after a pause, so many times.
    """
    with current_app.app_context():
        mail_id = claim_left_over(clock.real_now() - AGAIN_AFTER)
        db.session.commit()
        left_over_done()
        if mail_id is None:
            return
        try:
            _file([mail_id], tries=TRIES_MAX)
        except (DBAPIError, BaseTimeoutException) as error:
            _note([mail_id], error)
            raise
        except Exception as error:
            _note([mail_id], error)
            _keep_as_unreadable(mail_id)
            raise
        finally:
            ask_for_left_over()


def look_again() -> None:
    """Every few seconds: what nobody was asked to file while Redis was away, and what failed or was left half done."""
    with current_app.app_context(), one_step():
        if some_are_left_over(clock.real_now() - AGAIN_AFTER):
            ask_for_left_over()
        if some_are_new():
            ask_for_filing()


def _file(ids: Sequence[int], tries: int | None = None) -> None:
    """All in one transaction; with `tries`, what was tried more often is kept unread."""
    rows = rows_to_file(ids)
    if tries is not None and any(row.tries > tries for row in rows):
        for row in rows:
            file_as_unreadable(row, row.error or f"could not be filed in {tries} tries")
    else:
        file_mails(rows)
    for row in rows:
        log.info("mail %s: %s", row.id, row.disposition)
    to_send = any(isinstance(instance, Notice) for instance in db.session)
    db.session.commit()
    if to_send:
        nudge()


def _keep_as_unreadable(mail_id: int) -> None:
    """The ticket says why it could not be read; where not even that works the mail waits for the next try."""
    with one_step():
        for row in rows_to_file([mail_id]):
            file_as_unreadable(row, row.error or "")


def _note(ids: Sequence[int], error: Exception, again_after: datetime | None = None) -> None:
    """Undo what was begun, and say why on the ledger's rows (N22); a pause before the next try counts from then."""
    db.session.rollback()
    with one_step():
        note_failure(ids, f"{type(error).__name__}: {error}", again_after or clock.real_now())
