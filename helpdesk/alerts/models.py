"""Alerts: what a customer's console reported, gathered on one ticket, and the report to the customer (R10-R13)."""

import enum
import hashlib
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import ForeignKey, Index, func, select, text
from sqlalchemy.orm import Mapped, joinedload, mapped_column, relationship

from helpdesk import clock
from helpdesk.accounts.models import User
from helpdesk.alerts.correlation import MESSAGES_MAX, grouped, worth_telling
from helpdesk.alerts.reading import AlertFacts, EventFacts, alert_subject, worst
from helpdesk.audit.models import Actor, record
from helpdesk.calendar.models import current_calendar
from helpdesk.customers.models import Contact, Customer
from helpdesk.errors import Refusal
from helpdesk.extensions import Model, db
from helpdesk.tickets.links import LinkKind, link
from helpdesk.tickets.messages import Mailed, MessageKind, add_message, check_words, mail_words
from helpdesk.tickets.models import Channel, Priority, Severity, Ticket, TicketKind
from helpdesk.tickets.opening import Opening, open_ticket

PRIORITIES = {Severity.critical: Priority.urgent, Severity.high: Priority.high}


class ReportChannel(enum.StrEnum):
    mail = "mail"
    phone = "phone"


class Alert(Model):
    """One per alert ticket. `key` decides which mails join it (correlation.py), `sha256` is its file if any."""

    __tablename__ = "alerts"
    __table_args__ = (
        Index("ix_alerts_unreported", "customer_id", "sha256", postgresql_where=text("reported_at IS NULL")),
        Index("ix_alerts_key", "customer_id", "key", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("tickets.id"), unique=True)
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("customers.id"))
    key: Mapped[str | None]
    sha256: Mapped[str | None]
    recognised: Mapped[bool]
    mails: Mapped[int] = mapped_column(default=1)
    reported_at: Mapped[datetime | None]
    reported_by: Mapped[str | None]
    reported_to: Mapped[str | None]
    report_channel: Mapped[ReportChannel | None]

    ticket: Mapped[Ticket] = relationship()

    def report(self, by: User, contact: Contact, words: str, *, channel: ReportChannel) -> None:
        """Tell the customer what was found: by mail, or by phone with the call recorded (R13).

        The report's time is kept against what was due (R12); actions may be proposed from here on (R20).
        """
        if self.reported_at is not None:
            raise Refusal(_("This alert was reported already."))
        if contact.customer_id != self.customer_id or not contact.alert_contact:
            raise Refusal(_("Reports go to an alert contact of the customer."))
        check_words(words, [])
        now = clock.now()
        told = Channel.mail if channel == ReportChannel.mail else Channel.phone
        message = add_message(self.ticket, by.actor(), words, kind=MessageKind.agent, channel=told)
        if channel == ReportChannel.mail:
            message.notice = mail_words(self.ticket, words, to=contact)
        if self.ticket.requester_id is None:
            self.ticket.requester = contact
        self.reported_at = now
        self.reported_by, self.reported_to, self.report_channel = by.name, contact.name, channel
        self.ticket.respond(self.reported_at)
        record(by.actor(), "alert.reported", self.ticket, to=contact.name, channel=channel.value)


@dataclass(frozen=True)
class AlertMail:
    """The mail an alert came in."""

    subject: str
    body: str
    sender: str | None
    mailed: Mailed


class Occurrence(Model):
    """One event of an alert: on which computer, which file; `at` is when it was told, `happened_at` when it was."""

    __tablename__ = "occurrences"

    id: Mapped[int] = mapped_column(primary_key=True)
    alert_id: Mapped[int] = mapped_column(ForeignKey("alerts.id"), index=True)
    at: Mapped[datetime]
    computer: Mapped[str | None]
    user: Mapped[str | None] = mapped_column("user_name")
    file_name: Mapped[str | None]
    file_path: Mapped[str | None]
    sha256: Mapped[str | None]
    event_type: Mapped[str | None]
    detection: Mapped[str | None]
    severity: Mapped[Severity | None]
    connector_guid: Mapped[str | None]
    happened_at: Mapped[datetime | None]


def receive_alert(
    by: Actor,
    customer: Customer | None,
    facts: AlertFacts,
    mail: AlertMail,
) -> Ticket:
    """An alert mail becomes a ticket for each file it tells of, or joins the unreported one of that file (R11).

    Several files of one mail are tickets of their own beside each other; after a report, what comes again opens a
    ticket that follows, with a due time of its own. Returns the first file's ticket.
    """
    groups = grouped(facts.events)
    tickets = [_receive(by, customer, key, AlertFacts(some, facts.recognised), mail) for key, some in groups]
    for other in tickets[1:]:
        if other.id != tickets[0].id:
            link(other, tickets[0], by, LinkKind.related)
    return tickets[0]


def _receive(by: Actor, customer: Customer | None, key: str | None, facts: AlertFacts, mail: AlertMail) -> Ticket:
    """One file's events of a mail."""
    earlier = _latest(customer, key)
    if earlier is not None and earlier.reported_at is None and not earlier.ticket.closed:
        _join(earlier, by, facts.events, mail)
        return earlier.ticket
    severity = worst([event.severity for event in facts.events])
    ticket = open_ticket(by, _opening(customer, facts, mail, severity), current_calendar())
    ticket.priority = PRIORITIES.get(severity, Priority.normal) if severity else Priority.normal
    alert = Alert(
        ticket=ticket,
        customer_id=customer.id if customer else None,
        key=key,
        sha256=next((event.sha256 for event in facts.events if event.sha256), None),
        recognised=facts.recognised,
        mails=1,
    )
    db.session.add(alert)
    db.session.flush()
    _add_occurrences(alert, facts.events)
    if earlier is not None:
        link(ticket, earlier.ticket, by, LinkKind.follows)
    return ticket


def alert_of(ticket: Ticket) -> Alert:
    alert = db.session.scalar(select(Alert).where(Alert.ticket_id == ticket.id))
    if alert is None:
        raise Refusal(_("This ticket carries no alert."))
    return alert


def follow_match(ticket: Ticket) -> None:
    """After an unmatched alert ticket was given to a customer: its alert belongs to the same one."""
    alert_of(ticket).customer_id = ticket.customer_id


def _opening(customer: Customer | None, facts: AlertFacts, mail: AlertMail, severity: Severity | None) -> Opening:
    return Opening(
        kind=TicketKind.alert,
        subject=alert_subject(facts, mail.subject),
        body=mail.body,
        channel=Channel.mail,
        customer=customer,
        sender=mail.sender,
        severity=severity,
        mailed=mail.mailed,
    )


def _latest(customer: Customer | None, key: str | None) -> Alert | None:
    """The customer's newest alert of this key; the advisory lock keeps two mails at once from opening two tickets."""
    if customer is None or key is None:
        return None
    lock = int.from_bytes(hashlib.sha256(f"{customer.id}:{key}".encode()).digest()[:8], signed=True)
    db.session.execute(select(func.pg_advisory_xact_lock(lock)))
    newest = select(Alert).where(Alert.customer_id == customer.id, Alert.key == key).order_by(Alert.id.desc()).limit(1)
    return db.session.scalar(newest.options(joinedload(Alert.ticket)))


def _join(alert: Alert, by: Actor, events: tuple[EventFacts, ...], mail: AlertMail) -> None:
    """The same again before the report: one ticket, whose spread, severity and count grow."""
    ticket = alert.ticket
    alert.mails += 1
    if alert.mails <= MESSAGES_MAX:
        add_message(ticket, by, mail.body, kind=MessageKind.customer, channel=Channel.mail, mailed=mail.mailed)
    else:
        ticket.touch()
    severity = worst([ticket.severity, *(event.severity for event in events)])
    if severity != ticket.severity and severity is not None:
        ticket.severity = severity
        ticket.priority = PRIORITIES.get(severity, ticket.priority)
    _add_occurrences(alert, events)
    if worth_telling(alert.mails):
        record(by, "alert.repeated", ticket, mails=alert.mails)


def _add_occurrences(alert: Alert, events: tuple[EventFacts, ...]) -> None:
    for event in events:
        db.session.add(
            Occurrence(
                alert_id=alert.id,
                at=clock.now(),
                computer=event.computer,
                user=event.user,
                file_name=event.file_name,
                file_path=event.file_path,
                sha256=event.sha256,
                event_type=event.event_type,
                detection=event.detection,
                severity=event.severity,
                connector_guid=event.connector_guid,
                happened_at=event.at,
            )
        )
