"""Asking for mail to be filed: RQ's queue of mail. The ledger decides what is filed, so asking may be forgotten."""

import logging
import threading

from flask import Flask, current_app
from redis.exceptions import RedisError

from helpdesk.extensions import MAIL_QUEUE, job_queue, redis_connection

log = logging.getLogger(__name__)

ASKED = "helpdesk:mail-waits"
"""Redis key: a job that files what waits is queued, or runs and will look again."""
ASKED_SECONDS = 3
BATCH_SECONDS, MAIL_SECONDS = 15, 8
FAILURES_KEPT = 3600


def ask_for_filing() -> bool:
    """Queue a job that files what waits, unless one is queued; False where Redis does not answer.

    Nothing is lost then: the mail stands on the ledger, and what looks at it every few seconds finds it.
    """
    try:
        if redis_connection(current_app).set(ASKED, "1", nx=True, ex=ASKED_SECONDS):
            _queue("helpdesk.mailgate.jobs.file_waiting", seconds=BATCH_SECONDS)
    except RedisError as error:
        log.warning("accepted mail waits until Redis answers: %s", error)
        return False
    return True


def being_filed() -> None:
    """The queued job is about to end: what comes from now on is asked for anew."""
    redis_connection(current_app).delete(ASKED)


def queue_alone(mail_id: int) -> None:
    """Queue one mail for a job of its own, with less time than a batch has."""
    _queue("helpdesk.mailgate.jobs.file_alone", mail_id, seconds=MAIL_SECONDS)


def _queue(job: str, *arguments: int, seconds: int) -> None:
    queue = job_queue(current_app, MAIL_QUEUE)
    queue.enqueue(job, *arguments, job_timeout=seconds, result_ttl=0, failure_ttl=FAILURES_KEPT)


class Bell(threading.Thread):
    """Asks for filing after mails were accepted; who accepts mail never waits for Redis."""

    def __init__(self, app: Flask) -> None:
        super().__init__(name="bell", daemon=True)
        self._app = app
        self._rung = threading.Event()
        self._stopping = False

    def ring(self) -> None:
        self._rung.set()

    def run(self) -> None:
        while not self._stopping:
            self._rung.wait()
            self._rung.clear()
            with self._app.app_context():
                ask_for_filing()

    def stop(self) -> None:
        """Ask once more for what came last, then end."""
        self._stopping = True
        self.ring()
        self.join(timeout=10)
