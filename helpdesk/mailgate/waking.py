"""Asking for mail to be filed: RQ's queue of mail. The ledger decides what is filed, so asking may be forgotten."""

import logging
import threading

from flask import Flask, current_app
from redis.exceptions import RedisError

from helpdesk.extensions import MAIL_QUEUE, job_queue, redis_connection

log = logging.getLogger(__name__)

ASKED = "helpdesk:mail-waits"
"""Redis key: a job that files what waits is queued, or runs and will look again."""
LEFT_OVER = "helpdesk:mail-left-over"
"""The same for what was tried before. Without it each look would queue the same mails anew."""
ASKED_SECONDS = 3
BATCH_SECONDS, MAIL_SECONDS = 15, 8
FAILURES_KEPT = 3600


def ask_for_filing() -> bool:
    """Queue a job that files what waits, unless one is queued; False where Redis does not answer.

    Nothing is lost then: the mail stands on the ledger, and what looks at it every few seconds finds it.
    """
    return _ask(ASKED, ASKED_SECONDS, "helpdesk.mailgate.jobs.file_waiting", BATCH_SECONDS)


def being_filed() -> None:
    """The queued job is about to end: what comes from now on is asked for anew."""
    redis_connection(current_app).delete(ASKED)


def ask_for_left_over() -> bool:
    """The same for one mail that was tried before; it has less time than a batch."""
    return _ask(LEFT_OVER, ASKED_SECONDS + MAIL_SECONDS, "helpdesk.mailgate.jobs.file_left_over", MAIL_SECONDS)


def left_over_done() -> None:
    """The queued job has its mail: another may be asked for."""
    redis_connection(current_app).delete(LEFT_OVER)


def _ask(key: str, kept: int, job: str, seconds: int) -> bool:
    try:
        if redis_connection(current_app).set(key, "1", nx=True, ex=kept):
            queue = job_queue(current_app, MAIL_QUEUE)
            queue.enqueue(job, job_timeout=seconds, result_ttl=0, failure_ttl=FAILURES_KEPT)
    except RedisError as error:
        log.warning("accepted mail waits until Redis answers: %s", error)
        return False
    return True


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
