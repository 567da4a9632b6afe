"""Mails of a console that report nothing to act on: heard, on record, and no duty (A11)."""

from dataclasses import replace

from helpdesk.alerts.acts import AlertAct
from helpdesk.alerts.informational import is_informational
from helpdesk.alerts.models import AlertArrival
from helpdesk.alerts.placing import IncomingAlert
from helpdesk.alerts.reading import AlertFacts
from helpdesk.audit.models import SYSTEM, record
from helpdesk.console.values import ConsoleEvent
from helpdesk.extensions import db

SHOWN = 10


def parted(incoming: IncomingAlert) -> tuple[IncomingAlert, tuple[ConsoleEvent, ...]]:
    """What of a mail is an alert, and what only informs. A mail of nobody knows whom stays whole."""
    if incoming.customer is None:
        return incoming, ()
    events = incoming.facts.events
    informing = tuple(event for event in events if is_informational(event))
    alarms = tuple(event for event in events if event not in informing)
    return replace(incoming, facts=AlertFacts(alarms, incoming.facts.recognised)), informing


def note_informed(incoming: IncomingAlert, informing: tuple[ConsoleEvent, ...]) -> None:
    """The console was heard of, and what it told stands on the customer's record."""
    customer, mail = incoming.customer, incoming.mail
    if customer is None:
        return
    original = mail.mailed.raw_sha256 if mail.mailed else None
    arrival = {"customer_id": customer.id, "at": mail.received_at, "source": mail.source, "mail": original}
    db.session.add(AlertArrival(alert_id=None, events=len(informing), **arrival))
    told = [" ".join(part for part in (event.event_type, event.computer) if part) for event in informing[:SHOWN]]
    record(SYSTEM, AlertAct.informed, customer, events=told, count=len(informing))
