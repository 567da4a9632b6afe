"""Receiving alerts, by mail and from the API: which ticket they open or join (R10, R11)."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import current_app
from sqlalchemy import func, or_, select, update
from sqlalchemy.orm import joinedload

from helpdesk import clock
from helpdesk.alerts.correlation import MESSAGES_MAX, gathers_until, grouped, same_event, worth_telling
from helpdesk.alerts.lookups import request_lookup
from helpdesk.alerts.models import Alert, Arrival, Source, alert_of
from helpdesk.alerts.occurrences import SAME_TIME, Occurrence, add_occurrences, recount
from helpdesk.alerts.outcomes import TICKET_TYPES, Outcome, outcome_of
from helpdesk.alerts.reading import AlertFacts, EventFacts, alert_subject
from helpdesk.audit.models import SYSTEM, Actor, record
from helpdesk.calendar.models import current_calendar
from helpdesk.customers.models import Customer
from helpdesk.extensions import db
from helpdesk.tickets.links import LinkKind, link
from helpdesk.tickets.messages import Mailed, MessageKind, add_message
from helpdesk.tickets.models import Channel, Ticket, TicketKind
from helpdesk.tickets.opening import Opening, open_ticket


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


def receive_alert(by: Actor, customer: Customer | None, facts: AlertFacts, mail: AlertMail) -> Ticket:
    """An alert mail becomes a ticket for each file it tells of, or joins the unreported one of that file (R11).

    Several files of one mail are tickets of their own beside each other; after a report, what comes again opens a
    ticket that follows, with a due time of its own. What the API told before is one with it. Returns the first
    file's ticket.
    """
    tickets = [
        _receive(by, customer, key, AlertFacts(some, facts.recognised), mail) for key, some in grouped(facts.events)
    ]
    for other in tickets[1:]:
        if other.id != tickets[0].id:
            link(other, tickets[0], by, LinkKind.related)
    return tickets[0]


def receive_events(customer: Customer, events: Sequence[EventFacts], *, only: Alert | None = None) -> int:
    """Events read from the API: known ones are passed over, a mail's are completed, the others open or join tickets.

    Of those that nothing knows yet only types worth a ticket are taken. With `only`, what belongs to another alert
    is left for its own reading. Returns how many were new.
    """
    new: list[EventFacts] = []
    touched: dict[int, Alert] = {}
    for event in sorted(events, key=lambda one: (one.at is None, one.at or clock.now(), one.type_id or 0)):
        known = _known(customer, event)
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
    for key, group in grouped(events) if events else []:
        results = [event for event in group if _is_result(customer, key, event)]
        others = [event for event in group if event not in results and (event.type_id or 0) in TICKET_TYPES]
        left += [event for event in group if event not in results and event not in others]
        if only is not None and (key != only.key or only.reported_at is not None):
            left += others
        elif others:
            facts = AlertFacts(tuple(others), recognised=True)
            subject = alert_subject(facts, "Secure Endpoint")
            _receive(SYSTEM, customer, key, facts, AlertMail(subject, in_lines(others), None, None))
    return left


def _is_result(customer: Customer, key: str | None, event: EventFacts) -> bool:
    """Put what became of a file that a ticket tells of on that ticket, reported or not: it is no new alarm.

    That is an event of a detection which is there, or a quarantine that succeeded.
    """
    alert_id = _alert_of_item(customer, event)
    if alert_id is None and outcome_of(event) == Outcome.quarantined:
        newest = latest(customer.id, key)
        alert_id = newest.id if newest else None
    if alert_id is None:
        return False
    alert = db.session.get_one(Alert, alert_id)
    add_occurrences(alert, [event], Source.api)
    alert.ticket.touch()
    return True


def _alert_of_item(customer: Customer, event: EventFacts) -> int | None:
    if event.detection_id is None:
        return None
    same = select(Occurrence.alert_id).where(
        Occurrence.customer_id == customer.id,
        Occurrence.sha256 == event.sha256,
        Occurrence.detection_id == event.detection_id,
    )
    return db.session.scalar(same.order_by(Occurrence.id).limit(1))


def _known(customer: Customer, event: EventFacts) -> Occurrence | None:
    """The occurrence that is this event: by its id, else a mail's on the same computer, file, type and time."""
    if event.event_id is not None:
        by_id = select(Occurrence).where(Occurrence.customer_id == customer.id, Occurrence.event_id == event.event_id)
        if (found := db.session.scalar(by_id.limit(1))) is not None:
            return found
    near = (event.at or clock.now()) - SAME_TIME, (event.at or clock.now()) + SAME_TIME
    told = func.coalesce(Occurrence.happened_at, Occurrence.at)
    mails = select(Occurrence).where(
        Occurrence.customer_id == customer.id,
        Occurrence.sha256.is_not_distinct_from(event.sha256),
        Occurrence.source == Source.mail,
        Occurrence.event_id.is_(None),
        or_(told.between(*near), Occurrence.happened_at.is_(None)),
    )
    rows = db.session.scalars(mails.order_by(Occurrence.id).limit(200))
    return next((one for one in rows if same_event(one.facts, event, SAME_TIME)), None)


def _already_told(alert: Alert, event: EventFacts) -> bool:
    """Whether the API told before what a mail tells now: then the mail only adds that it came."""
    same = select(Occurrence).where(Occurrence.alert_id == alert.id, Occurrence.source == Source.api)
    if event.event_id is not None:
        same = same.where(Occurrence.event_id == event.event_id)
    elif event.computer is None:
        return False
    else:
        same = same.where(func.lower(Occurrence.computer) == event.computer.lower())
    moment = event if event.at is not None else None
    for one in db.session.scalars(same.limit(50)):
        if event.event_id is not None or (moment and same_event(moment, one.facts, SAME_TIME)):
            one.source = Source.both
            return True
    return False


def _receive(by: Actor, customer: Customer | None, key: str | None, facts: AlertFacts, mail: AlertMail) -> Ticket:
    """One file's events."""
    earlier = latest(customer.id if customer else None, key)
    if earlier is not None and earlier.reported_at is None and not earlier.ticket.closed:
        _join(earlier, by, facts.events, mail)
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


def latest(customer_id: int | None, key: str | None) -> Alert | None:
    """The customer's newest alert of this key; the advisory lock keeps two doors at once from opening two tickets."""
    if customer_id is None or key is None:
        return None
    lock = int.from_bytes(hashlib.sha256(f"{customer_id}:{key}".encode()).digest()[:8], signed=True)
    db.session.execute(select(func.pg_advisory_xact_lock(lock)))
    newest = select(Alert).where(Alert.customer_id == customer_id, Alert.key == key).order_by(Alert.id.desc()).limit(1)
    return db.session.scalar(newest.options(joinedload(Alert.ticket)))


def _join(alert: Alert, by: Actor, events: tuple[EventFacts, ...], mail: AlertMail) -> None:
    """The same again before the report: one ticket, whose spread, severity and count grow."""
    ticket = alert.ticket
    _arrive(alert, mail, events, clock.now())
    if alert.mails <= MESSAGES_MAX and mail.mailed is not None:
        add_message(ticket, by, mail.body, kind=MessageKind.customer, channel=Channel.mail, mailed=mail.mailed)
    else:
        ticket.touch()
    new = events if mail.mailed is None else [event for event in events if not _already_told(alert, event)]
    if add_occurrences(alert, new, mail.source):
        request_lookup(alert)
    if mail.mailed is not None and worth_telling(alert.mails):
        record(by, "alert.repeated", ticket, mails=alert.mails)


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
