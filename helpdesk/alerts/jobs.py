"""The RQ jobs that read consoles: completing an alert, and polling for new events. Reading is allowed at any hour."""

import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from flask import current_app

from helpdesk import clock
from helpdesk.alerts.acts import AlertAct
from helpdesk.alerts.completing import ConsoleReading, ask, learn, question, unasked
from helpdesk.alerts.completions import Completion, ConsolePoll
from helpdesk.alerts.correlation import key_for
from helpdesk.alerts.models import Alert
from helpdesk.alerts.placing import hold_console
from helpdesk.alerts.receiving import receive_events
from helpdesk.audit.models import SYSTEM, record
from helpdesk.console.client import ConsoleClient
from helpdesk.console.models import ConsoleCredential, Purpose, credential_of, request_check
from helpdesk.console.values import ConsoleEvent
from helpdesk.contracts.cover import Cover, cover_of
from helpdesk.customers.models import Customer
from helpdesk.errands import nudge, one_step
from helpdesk.errors import VendorError
from helpdesk.extensions import db

log = logging.getLogger(__name__)
POLLED_MAX = 90_000
"""Events of one reading; the client pages up to 100,000."""
TOO_MANY = "More events came than one reading takes; the oldest were not read."
REST_AFTER = timedelta(seconds=30)
"""The rest of very many computers is asked about in another reading."""
WHILE_SUSPENDED = timedelta(minutes=15)
FOR_GOOD = timedelta(days=365)
"""After a contract's end; one that begins reads at once."""
OVERLAP = timedelta(hours=1)
"""Events come late: each reading begins this long before the newest seen; known ones are passed over by their id."""


def complete(completion_id: int, turn: int) -> None:
    """Read what the console knows of an alert, and put it on its ticket.

    What it knows of a file that only a mail told whose sender's check failed is news of its own.
    """
    row = Completion.begin(completion_id, turn)
    if row is None:
        return
    asked = question(row.alert)

    def keep(reading: ConsoleReading) -> None:
        hold_console(row.alert.customer_id or 0, [row.alert.key, *(key_for(event) for event in reading.events)])
        if row.still_mine():
            _keep(row.alert, reading)
            if reading.left or unasked(row.alert):
                row.postpone(clock.now() + REST_AFTER, counted=False)
            else:
                row.done()

    _read(row, row.alert.customer_id or 0, lambda console: ask(console, asked, lambda: _renew(row)), keep)
    nudge()


def _keep(alert: Alert, reading: ConsoleReading) -> None:
    customer = db.session.get_one(Customer, alert.customer_id)
    new = receive_events(customer, reading.events, only=None if alert.failed_check else alert)
    learn(alert, reading)
    alert.ticket.touch()
    record(SYSTEM, AlertAct.completed, alert.ticket, events=new, computers=len(reading.computers) + len(reading.seen))


def poll(poll_id: int, turn: int) -> None:
    """Read a customer's events since the last time; the row waits for the next reading whatever came of it."""
    row = ConsolePoll.begin(poll_id, turn)
    if row is None:
        return
    since, pause = row.since - OVERLAP, timedelta(minutes=current_app.config["POLL_MINUTES"])

    def keep(events: list[ConsoleEvent]) -> None:
        cut = TOO_MANY if len(events) == POLLED_MAX else None
        if row.postpone(clock.now() + pause, cut):
            newest = max([row.since, *(event.at for event in events if event.at is not None)])
            row.since, row.polled_at = min(newest, clock.now()), clock.now()
            row.events += receive_events(row.customer, events)

    _read(row, row.customer_id, lambda console: console.events(since=since, limit=POLLED_MAX), keep)
    nudge()


def _read(
    row: Completion | ConsolePoll,
    customer_id: int,
    ask_for: Callable[[ConsoleClient], Any],
    keep: Callable[[Any], None],
) -> None:
    """Read without a transaction, then keep what came in one; where either fails the row says why, and waits.

    A console is read while its contract is in force and the service is not suspended (V5).
    """
    cover = cover_of(customer_id).cover
    if cover == Cover.suspended or (cover == Cover.ended and isinstance(row, ConsolePoll)):
        with one_step():
            row.postpone(clock.now() + (WHILE_SUSPENDED if cover == Cover.suspended else FOR_GOOD), counted=False)
        return
    credential = credential_of(customer_id)
    try:
        if cover == Cover.ended:
            raise VendorError("The contract ended: the console is read no more.", permanent=True)
        if credential is None:
            raise VendorError("No API key is stored for this customer.", permanent=True)
        client = credential.client(Purpose.reading)
        db.session.commit()
        with client as console:
            answer = ask_for(console)
            rate = console.rate
        with one_step():
            credential.heed(rate)
            keep(answer)
    except VendorError as error:
        _stumble(row, credential, error)
    except Exception as error:
        db.session.rollback()
        _stumble(row, credential, VendorError(f"The console's answer was not understood ({type(error).__name__})."))
        raise


def _renew(row: Completion) -> None:
    """A long reading keeps its turn, or ends where another took over."""
    with one_step():
        if not row.still_mine():
            raise VendorError("Another worker reads this by now.")


def _stumble(row: Completion | ConsolePoll, credential: ConsoleCredential | None, error: VendorError) -> None:
    log.warning("%s %s: %s", row.LABEL, row.id, error)
    with one_step():
        if credential is not None:
            credential.heed(None, error)
            if error.refused:
                request_check(credential)
        if isinstance(row, ConsolePoll) and error.permanent:
            row.postpone(clock.now() + timedelta(hours=1), str(error))
        else:
            row.retry_or_fail(error)
