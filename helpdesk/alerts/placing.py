"""The ticket of one file's events: opened, joined, or added to where they stand already (R10, R11)."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from flask import current_app
from sqlalchemy import BigInteger, func, literal, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import joinedload

from helpdesk import clock
from helpdesk.alerts.acts import AlertAct
from helpdesk.alerts.alert_events import AffectedComputer, add_events, computers_of
from helpdesk.alerts.completions import request_completion
from helpdesk.alerts.correlation import APART, MESSAGES_MAX, gathers_until, worth_telling
from helpdesk.alerts.matching import is_told, without_told
from helpdesk.alerts.models import Alert, AlertArrival, EventSource
from helpdesk.alerts.outcomes import Outcome, is_no_worse, outcome_of
from helpdesk.alerts.reading import AlertFacts, alert_subject
from helpdesk.audit.models import Actor, record
from helpdesk.calendar.models import current_calendar
from helpdesk.console.values import ConsoleEvent
from helpdesk.customers.models import Customer
from helpdesk.extensions import db
from helpdesk.folding import folded_name
from helpdesk.tickets.kinds import Channel, TicketKind
from helpdesk.tickets.links import LinkKind, link
from helpdesk.tickets.mailed import Mailed, Upload
from helpdesk.tickets.messages import MessageKind, add_message
from helpdesk.tickets.models import Ticket
from helpdesk.tickets.opening import Opening, open_ticket
from helpdesk.trust import Trust

READING = 7_221_042
"""The advisory lock, with the customer's id, under which one reading of a console is placed at a time."""


@dataclass(frozen=True)
class AlertMail:
    """The mail an alert came in. `mailed` is None for what the API told: then there is no original.

    `by_console`: its author is of a domain that consoles write from; anybody else's mail may be verified, too.
    """

    subject: str
    body: str
    sender: str | None
    mailed: Mailed | None
    by_console: bool = True
    files: tuple[Upload, ...] = ()

    @property
    def trust(self) -> Trust:
        """How far its events are believed."""
        if self.mailed is None:
            return Trust.verified
        return Trust.unknown if self.mailed.trust == Trust.verified and not self.by_console else self.mailed.trust

    @property
    def received_at(self) -> datetime:
        """When it came: a mail's acceptance, otherwise now."""
        return (self.mailed and self.mailed.received_at) or clock.now()

    @property
    def source(self) -> EventSource:
        return EventSource.mail if self.mailed else EventSource.api


@dataclass(frozen=True)
class IncomingAlert:
    """What one mail tells of a customer's console, or one reading of the API; no customer where nobody is known."""

    by: Actor
    customer: Customer | None
    facts: AlertFacts
    mail: AlertMail


def receive(key: str | None, incoming_alerts: Sequence[IncomingAlert]) -> Ticket:
    """One file's events, of one customer."""
    by, customer = incoming_alerts[0].by, incoming_alerts[0].customer
    earlier = latest(customer.id if customer else None, key)
    if earlier is not None and earlier.gathers:
        _join(earlier, incoming_alerts)
        return earlier.ticket
    if earlier is not None and earlier.vouched_at is None:
        incoming_alerts = _news(earlier, incoming_alerts)
        if not incoming_alerts:
            return earlier.ticket
    alert = _open(key, incoming_alerts[0])
    if earlier is not None:
        link(alert.ticket, earlier.ticket, by, LinkKind.follows)
    elif (counterpart := _counterpart(alert)) is not None:
        link(alert.ticket, counterpart.ticket, by, LinkKind.related)
    if len(incoming_alerts) > 1:
        _join(alert, incoming_alerts[1:])
    return alert.ticket


def _open(key: str | None, incoming: IncomingAlert) -> Alert:
    """A new alert with its ticket, and what its first mail or reading told."""
    customer, facts, mail = incoming.customer, incoming.facts, incoming.mail
    received, window = mail.received_at, timedelta(minutes=current_app.config["ALERT_WINDOW_MINUTES"])
    ticket = open_ticket(incoming.by, _opening(customer, facts, mail), current_calendar())
    alert = Alert(
        ticket=ticket,
        customer_id=customer.id if customer else None,
        key=key,
        sha256=next((event.sha256 for event in facts.events if event.sha256), None),
        recognised=facts.recognised,
        mails=0,
        gathers_until=gathers_until(facts.events, received, window),
    )
    db.session.add(alert)
    db.session.flush()
    _arrive(alert, mail, facts.events)
    add_events(alert, facts.events, mail.source)
    request_completion(alert)
    return alert


def _news(earlier: Alert, incoming_alerts: Sequence[IncomingAlert]) -> list[IncomingAlert]:
    """What mails tell beyond an alert that was reported or closed; what is the end of it is put there."""
    names = {
        folded_name(event.computer) for incoming in incoming_alerts for event in incoming.facts.events if event.computer
    }
    here = computers_of(earlier, names)
    results, rest = [], []
    for incoming in incoming_alerts:
        events, mailed = incoming.facts.events, incoming.mail.mailed is not None
        ends = [event for event in events if mailed and (_is_end(here, event) or is_told(earlier, event))]
        news = tuple(event for event in events if event not in ends)
        if ends:
            results.append(replace(incoming, facts=AlertFacts(tuple(ends), incoming.facts.recognised)))
        if news or not events:
            rest.append(replace(incoming, facts=AlertFacts(news, incoming.facts.recognised)))
    if results:
        add_to(earlier, results)
    return rest


def _is_end(here: Mapping[str, AffectedComputer], event: ConsoleEvent) -> bool:
    """Whether this is how a detection on one of these computers ended, and no worse than is known."""
    outcome, on = outcome_of(event), here.get(folded_name(event.computer or ""))
    ended = outcome in (Outcome.quarantined, Outcome.failed)
    return ended and on is not None and bool(on.events) and is_no_worse(outcome, on.outcome)


def add_to(alert: Alert, incoming_alerts: Sequence[IncomingAlert]) -> Ticket:
    """Mails about what stands on an alert already, whether it was reported or not: nothing more becomes due."""
    _join(alert, incoming_alerts)
    if alert.reported_at is None and not alert.ticket.closed:
        return alert.ticket
    for incoming in incoming_alerts:
        computers = sorted({event.computer for event in incoming.facts.events if event.computer})[:5]
        record(incoming.by, AlertAct.result_told, alert.ticket, computers=computers)
    return alert.ticket


def _counterpart(alert: Alert) -> Alert | None:
    """The newest alert of the same file from senders who are believed otherwise: beside this one, never within."""
    if alert.customer_id is None or alert.key is None:
        return None
    other = alert.key.removesuffix(APART) if alert.failed_check else f"{alert.key}{APART}"
    rows = select(Alert).where(Alert.customer_id == alert.customer_id, Alert.key == other).order_by(Alert.id.desc())
    return db.session.scalar(rows.options(joinedload(Alert.ticket, innerjoin=True)).limit(1))


def _arrive(alert: Alert, mail: AlertMail, events: Sequence[ConsoleEvent]) -> None:
    """Count what told of the alert, mail by mail."""
    original = mail.mailed.raw_sha256 if mail.mailed else None
    alert.mails += mail.mailed is not None
    db.session.add(
        AlertArrival(
            alert_id=alert.id,
            customer_id=alert.customer_id,
            at=mail.received_at,
            source=mail.source,
            mail=original,
            events=len(events),
        )
    )


def _opening(customer: Customer | None, facts: AlertFacts, mail: AlertMail) -> Opening:
    return Opening(
        kind=TicketKind.alert,
        subject=alert_subject(facts, mail.subject),
        body=mail.body,
        channel=Channel.mail if mail.mailed else Channel.console,
        customer=customer,
        sender=mail.sender,
        mailed=mail.mailed,
        files=list(mail.files),
    )


def hold_console(customer_id: int, keys: Iterable[str | None]) -> None:
    """Place one reading of a customer's console at a time; with `keys`, also hold what is to be placed."""
    db.session.execute(select(func.pg_advisory_xact_lock(READING, customer_id)))
    hold((customer_id, key) for key in keys)


def hold(places: Iterable[tuple[int | None, str | None]]) -> None:
    """Keep others from opening tickets for these customers' keys until the transaction ends.

    All at once and in one order, before any row is locked: two doors never wait for each other.
    """
    names = (f"{customer_id}:{key}" for customer_id, key in places if customer_id is not None and key is not None)
    locks = {int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], signed=True) for name in names}
    if locks:
        wanted = literal(sorted(locks), ARRAY(BigInteger))
        db.session.execute(select(func.pg_advisory_xact_lock(func.unnest(wanted))))


def latest(customer_id: int | None, key: str | None) -> Alert | None:
    """The customer's newest alert of a key that is held, locked with its ticket: a report at the same time waits."""
    if customer_id is None or key is None:
        return None
    newest = select(Alert).where(Alert.customer_id == customer_id, Alert.key == key).order_by(Alert.id.desc()).limit(1)
    db.session.flush()
    rows = newest.options(joinedload(Alert.ticket, innerjoin=True)).with_for_update()
    found = db.session.scalar(rows.execution_options(populate_existing=True))
    return found if found is not None else _merged_away(customer_id, key)


def _merged_away(customer_id: int, key: str) -> Alert | None:
    """Where the newest alert of a key was merged into another file's: what comes of this file goes there, too (A12)."""
    merged = select(Alert).where(
        Alert.customer_id == customer_id,
        Alert.key.startswith(f"{key}>", autoescape=True),
        Alert.merged_into_id.is_not(None),
    )
    alert = db.session.scalar(merged.order_by(Alert.id.desc()).limit(1))
    for _generation in range(MERGES_MAX):
        if alert is None or alert.merged_into_id is None:
            break
        alert = held(alert.merged_into_id)
    return alert if alert is not None and alert.merged_into_id is None else None


MERGES_MAX = 20


def held(alert_id: int) -> Alert:
    """An alert, locked with its ticket, as it is now."""
    db.session.flush()
    rows = select(Alert).where(Alert.id == alert_id).options(joinedload(Alert.ticket, innerjoin=True))
    return db.session.scalars(rows.with_for_update().execution_options(populate_existing=True)).one()


def _join(alert: Alert, incoming_alerts: Sequence[IncomingAlert]) -> None:
    """The same again before the report, by mails or by the API: one ticket, whose spread, severity and count grow."""
    ticket = alert.ticket
    for incoming in incoming_alerts:
        _arrive(alert, incoming.mail, incoming.facts.events)
        mailed = incoming.mail.mailed
        if mailed is not None and alert.mails <= MESSAGES_MAX:
            add_message(
                ticket,
                incoming.by,
                incoming.mail.body,
                kind=MessageKind.customer,
                channel=Channel.mail,
                mailed=mailed,
                files=list(incoming.mail.files),
            )
        if mailed is not None and worth_telling(alert.mails):
            record(incoming.by, AlertAct.repeated, ticket, mails=alert.mails)
    ticket.touch()
    source, events = (
        incoming_alerts[0].mail.source,
        [event for incoming in incoming_alerts for event in incoming.facts.events],
    )
    new = events if source == EventSource.api else without_told(alert, events)
    if add_events(alert, new, source):
        request_completion(alert)
