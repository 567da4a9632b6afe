"""The RQ jobs that read consoles: completing an alert, and polling for new events. Reading is allowed at any hour."""

import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from flask import current_app
from sqlalchemy import select

from helpdesk import clock
from helpdesk.alerts.completing import Told, ask, learn, question
from helpdesk.alerts.lookups import AlertLookup, ConsolePoll
from helpdesk.alerts.models import Alert
from helpdesk.alerts.reading import EventFacts
from helpdesk.alerts.receiving import receive_events
from helpdesk.audit.models import SYSTEM, record
from helpdesk.console.client import ConsoleClient
from helpdesk.console.models import ConsoleCredential, Purpose, credential_of
from helpdesk.customers.models import Customer
from helpdesk.errands import nudge, one_step
from helpdesk.errors import VendorError
from helpdesk.extensions import db

log = logging.getLogger(__name__)
REST_AFTER = timedelta(seconds=30)
"""The rest of very many computers is asked about in another reading."""
OVERLAP = timedelta(minutes=10)
"""Events come late: each reading begins this long before the newest seen; known ones are passed over by their id."""


def complete(lookup_id: int, turn: int) -> None:
    """Read what the console knows of an alert, and put it on its ticket."""
    row = AlertLookup.begin(lookup_id, turn)
    if row is None:
        return
    alert = row.alert
    asked = question(alert)
    told = _read(row, alert.customer_id or 0, lambda console: ask(console, asked))
    if told is not None:
        with one_step():
            if row.still_mine():
                _keep(alert, told)
                if told.left:
                    row.postpone(clock.now() + REST_AFTER)
                else:
                    row.done()
    nudge()


def _keep(alert: Alert, told: Told) -> None:
    customer = db.session.get_one(Customer, alert.customer_id)
    db.session.execute(select(Alert.id).where(Alert.id == alert.id).with_for_update())
    new = receive_events(customer, told.events, only=alert)
    learn(alert, told)
    alert.ticket.touch()
    record(SYSTEM, "alert.completed", alert.ticket, events=new, computers=len(told.computers) + len(told.seen))


def poll(poll_id: int, turn: int) -> None:
    """Read a customer's events since the last time; the row waits for the next reading whatever came of it."""
    row = ConsolePoll.begin(poll_id, turn)
    if row is None:
        return
    since, pause = row.since - OVERLAP, timedelta(minutes=current_app.config["POLL_MINUTES"])
    found = _read(row, row.customer_id, lambda console: console.events(since=since))
    if found is None:
        return
    events = [EventFacts.of(event) for event in found]
    with one_step():
        if row.postpone(clock.now() + pause):
            row.since = max([row.since, *(event.at for event in events if event.at is not None)])
            row.polled_at = clock.now()
            row.events += receive_events(row.customer, events)
    nudge()


def _read(row: AlertLookup | ConsolePoll, customer_id: int, reading: Callable[[ConsoleClient], Any]) -> Any:
    """What a reading brought, or None where it failed; the row then says why, and waits or has failed."""
    credential = credential_of(customer_id)
    try:
        if credential is None:
            raise VendorError("No API key is stored for this customer.", permanent=True)
        client = credential.client(Purpose.reading)
        db.session.commit()
        with client as console:
            found = reading(console)
            _heed(credential, console)
            return found
    except VendorError as error:
        _stumble(row, credential, error)
    except Exception as error:
        db.session.rollback()
        _stumble(row, credential, VendorError(f"The console's answer was not understood ({type(error).__name__})."))
        raise
    return None


def _heed(credential: ConsoleCredential, console: ConsoleClient) -> None:
    with one_step():
        credential.heed(console.rate)


def _stumble(row: AlertLookup | ConsolePoll, credential: ConsoleCredential | None, error: VendorError) -> None:
    log.warning("%s %s: %s", type(row).__name__, row.id, error)
    with one_step():
        if credential is not None:
            credential.heed(None, error)
        if isinstance(row, ConsolePoll) and error.permanent:
            row.postpone(clock.now() + timedelta(hours=1), str(error))
        else:
            row.retry_or_fail(error)
