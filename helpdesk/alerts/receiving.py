"""Receiving alerts, by mail and from the API: which ticket they open or join (R10, R11)."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from flask import current_app
from sqlalchemy import BigInteger, func, literal, select, update
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import joinedload

from helpdesk import clock
from helpdesk.alerts.correlation import MESSAGES_MAX, apart, gathers_until, grouped, key_of, worth_telling
from helpdesk.alerts.lookups import request_lookup
from helpdesk.alerts.matching import alert_of_item, known_occurrence, not_yet_told, without_told
from helpdesk.alerts.models import Alert, Arrival, Source, alert_of
from helpdesk.alerts.occurrences import Occurrence, add_occurrences, computers_of, recount
from helpdesk.alerts.outcomes import Outcome, concerns, outcome_of
from helpdesk.alerts.reading import AlertFacts, EventFacts, alert_subject
from helpdesk.audit.models import SYSTEM, Actor, record
from helpdesk.calendar.models import current_calendar
from helpdesk.customers.models import Customer
from helpdesk.extensions import db
from helpdesk.tickets.links import LinkKind, link
from helpdesk.tickets.messages import Mailed, MessageKind, add_message
from helpdesk.tickets.models import Channel, Ticket, TicketKind
from helpdesk.tickets.opening import Opening, open_ticket

READING = 7_221_042
"""The advisory lock, with the customer's id, under which one reading of a console is placed at a time."""


@dataclass(frozen=True)
class AlertMail:
    """The mail an alert came in. `mailed` is None for what the API told: then there is no original."""

    subject: str
    body: str
    sender: str | None
    mailed: Mailed | None

    @property
    def source(self) -> Source:
        return Source.mail if self.mailed else Source.api


@dataclass(frozen=True)
class Told:
    """What one mail tells of a customer's console, or one reading of the API; no customer where nobody is known."""

    by: Actor
    customer: Customer | None
    facts: AlertFacts
    mail: AlertMail


def receive_alerts(told: Sequence[Told]) -> list[Ticket]:
    """An alert mail becomes a ticket for each file it tells of, or joins the unreported one of that file (R11).

    Several files of one mail are tickets of their own beside each other; after a report, what comes again opens a
    ticket that follows, with a due time of its own. What the API told before is one with it. Mails of one file that
    came together are put on its ticket together, in their order. Returns the ticket of each mail's first file.
    """
    parts: dict[tuple[int | None, str | None, int], list[Told]] = {}
    places = []
    for number, one in enumerate(told):
        keys = grouped(one.facts.events)
        alone = [number if one.customer is None or key is None else -1 for key, _events in keys]
        customer = one.customer.id if one.customer else None
        places.append([(customer, key, by_itself) for (key, _events), by_itself in zip(keys, alone, strict=True)])
        for place, (_key, events) in zip(places[-1], keys, strict=True):
            parts.setdefault(place, []).append(replace(one, facts=AlertFacts(events, one.facts.recognised)))
    hold((customer, key) for customer, key, _alone in parts)
    tickets = {place: _receive(place[1], some) for place, some in parts.items()}
    for one, own in zip(told, places, strict=True):
        for other in own[1:]:
            if tickets[other].id != tickets[own[0]].id:
                link(tickets[other], tickets[own[0]], one.by, LinkKind.related)
    return [tickets[own[0]] for own in places]


def receive_events(customer: Customer, events: Sequence[EventFacts], *, only: Alert | None = None) -> int:
    """Events read from the API: known ones are passed over, a mail's are completed, the others open or join tickets.

    Of those that nothing knows yet only types worth a ticket are taken. With `only`, what belongs to another alert
    is left for its own reading. Returns how many were new.
    """
    new: list[EventFacts] = []
    touched: dict[int, Alert] = {}
    hold_console(customer.id, [])
    unknown = not_yet_told(customer, events)
    hold((customer.id, key_of(event)) for event in unknown)
    for event in sorted(unknown, key=lambda one: (one.at is None, one.at or clock.now(), one.type_id or 0)):
        known = known_occurrence(customer, event)
        if known is None:
            new.append(event)
        elif known.source == Source.mail:
            known.complete(event)
            db.session.flush()
            touched[known.alert_id] = db.session.get_one(Alert, known.alert_id)
    for alert in touched.values():
        recount(alert)
        alert.ticket.touch()
    return len(new) - len(_place(customer, new, only))


def _place(customer: Customer, events: list[EventFacts], only: Alert | None) -> list[EventFacts]:
    """Put new events where they belong; returns those that were left out."""
    left: list[EventFacts] = []
    for key, group in apart(events):
        rest = [event for event in group if not _joins_item(customer, event)]
        alarms = [event for event in rest if concerns(event) and outcome_of(event) != Outcome.quarantined]
        ends = [event for event in rest if outcome_of(event) == Outcome.quarantined]
        left += [event for event in rest if event not in alarms and event not in ends]
        theirs = only is not None and (key != only.key or only.reported_at is not None)
        if alarms and theirs:
            left += alarms
        elif alarms:
            _tell(customer, key, alarms)
        alone = [event for event in ends if not (_joins_item(customer, event) or _joins_newest(customer, key, event))]
        if alone and theirs:
            left += alone
        elif alone:
            _tell(customer, key, alone)
    return left


def _tell(customer: Customer, key: str | None, events: list[EventFacts]) -> None:
    """Events that only the API told open or join a ticket like a mail's."""
    facts = AlertFacts(tuple(events), recognised=True)
    mail = AlertMail(alert_subject(facts, "Secure Endpoint"), in_lines(events), None, None)
    _receive(key, [Told(SYSTEM, customer, facts, mail)])


def _joins_item(customer: Customer, event: EventFacts) -> bool:
    """What became of a detection that is on a ticket goes there, reported or not: it is no new alarm."""
    alert_id = alert_of_item(customer, event)
    return alert_id is not None and _put(db.session.get_one(Alert, alert_id), event)


def _joins_newest(customer: Customer, key: str | None, event: EventFacts) -> bool:
    """A quarantine that succeeded is the end of what the newest ticket of its key tells, if that is of its computer."""
    newest = latest(customer.id, key)
    if newest is None:
        return False
    here = (event.computer or "").lower() in computers_of(newest, {(event.computer or "").lower()})
    return (here or not newest.ticket.closed) and _put(newest, event)


def _put(alert: Alert, event: EventFacts) -> bool:
    add_occurrences(alert, [event], Source.api)
    alert.ticket.touch()
    return True


def _receive(key: str | None, told: Sequence[Told]) -> Ticket:
    """One file's events, of one customer."""
    first, *others = told
    by, customer, facts, mail = first.by, first.customer, first.facts, first.mail
    earlier = latest(customer.id if customer else None, key)
    if earlier is not None and earlier.reported_at is None and not earlier.ticket.closed:
        _join(earlier, told)
        return earlier.ticket
    now, window = clock.now(), timedelta(minutes=current_app.config["ALERT_WINDOW_MINUTES"])
    ticket = open_ticket(by, _opening(customer, facts, mail), current_calendar())
    alert = Alert(
        ticket=ticket,
        customer_id=customer.id if customer else None,
        key=key,
        sha256=next((event.sha256 for event in facts.events if event.sha256), None),
        recognised=facts.recognised,
        mails=0,
        gathers_until=gathers_until(facts.events, now, window),
    )
    db.session.add(alert)
    db.session.flush()
    _arrive(alert, mail, facts.events, now)
    add_occurrences(alert, facts.events, mail.source)
    request_lookup(alert)
    if earlier is not None:
        link(ticket, earlier.ticket, by, LinkKind.follows)
    if others:
        _join(alert, others)
    return ticket


def _arrive(alert: Alert, mail: AlertMail, events: Sequence[EventFacts], now: datetime) -> None:
    """Count what told of the alert, mail by mail."""
    original = mail.mailed.raw_sha256 if mail.mailed else None
    alert.mails += mail.mailed is not None
    db.session.add(
        Arrival(
            alert_id=alert.id,
            customer_id=alert.customer_id,
            at=now,
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
    return db.session.scalar(rows.execution_options(populate_existing=True))


def _join(alert: Alert, told: Sequence[Told]) -> None:
    """The same again before the report, by mails or by the API: one ticket, whose spread, severity and count grow."""
    ticket, now = alert.ticket, clock.now()
    for one in told:
        _arrive(alert, one.mail, one.facts.events, now)
        mailed = one.mail.mailed
        if mailed is not None and alert.mails <= MESSAGES_MAX:
            add_message(ticket, one.by, one.mail.body, kind=MessageKind.customer, channel=Channel.mail, mailed=mailed)
        if mailed is not None and worth_telling(alert.mails):
            record(one.by, "alert.repeated", ticket, mails=alert.mails)
    ticket.touch()
    source, events = told[0].mail.source, [event for one in told for event in one.facts.events]
    new = events if source == Source.api else without_told(alert, events)
    if add_occurrences(alert, new, source):
        request_lookup(alert)


def follow_match(ticket: Ticket) -> None:
    """After an unmatched alert ticket was given to a customer: all of its alert belongs to the same one."""
    alert = alert_of(ticket)
    alert.customer_id = ticket.customer_id
    for kind in (Arrival, Occurrence):
        told = update(kind).where(kind.alert_id == alert.id)
        db.session.execute(told.values(customer_id=ticket.customer_id))
    request_lookup(alert)


def in_lines(events: Sequence[EventFacts]) -> str:
    """Events of the API as the words of a ticket's first message, labelled as a mail would."""
    labels = (
        ("Event Type", "event_type"),
        ("Computer", "computer"),
        ("User", "user"),
        ("Detection", "detection"),
        ("File name", "file_name"),
        ("File path", "file_path"),
        ("SHA-256", "sha256"),
        ("Severity", "severity"),
        ("Date", "at"),
    )
    told = []
    for event in events[:20]:
        lines = []
        for label, name in labels:
            value = getattr(event, name)
            if value is not None:
                lines.append(f"{label}: {value.isoformat() if isinstance(value, datetime) else value}")
        told.append("\n".join(lines))
    return "\n\n".join(told)
