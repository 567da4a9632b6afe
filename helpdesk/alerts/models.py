"""Alerts: what a customer's console reported, gathered on one ticket, and the report to the customer (R10-R13)."""

import enum
import hashlib
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import ForeignKey, Index, func, select, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from helpdesk import clock
from helpdesk.accounts.models import User
from helpdesk.alerts.reading import AlertFacts, EventFacts, alert_subject, worst
from helpdesk.audit.models import Actor, record
from helpdesk.calendar.models import current_calendar
from helpdesk.customers.models import Contact, Customer
from helpdesk.errors import Refusal
from helpdesk.extensions import Model, db
from helpdesk.tickets.messages import Mailed, MessageKind, add_message, check_words, mail_words
from helpdesk.tickets.models import Channel, Priority, Severity, Ticket, TicketKind, TicketState
from helpdesk.tickets.opening import Opening, open_ticket

PRIORITIES = {Severity.critical: Priority.urgent, Severity.high: Priority.high}


class ReportChannel(enum.StrEnum):
    mail = "mail"
    phone = "phone"


class Alert(Model):
    """One per alert ticket. `sha256` is the file that decides the ticket, where the mail names one."""

    __tablename__ = "alerts"
    __table_args__ = (
        Index("ix_alerts_unreported", "customer_id", "sha256", postgresql_where=text("reported_at IS NULL")),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("tickets.id"), unique=True)
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("customers.id"))
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
    """One event of an alert: on which computer, which file, when it was told."""

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


def receive_alert(
    by: Actor,
    customer: Customer | None,
    facts: AlertFacts,
    mail: AlertMail,
) -> Ticket:
    """An alert mail becomes a ticket, or joins the unreported one of the same customer and file (R11)."""
    sha256 = next((event.sha256 for event in facts.events if event.sha256), None)
    alert = _unreported(customer, sha256)
    if alert is not None:
        _join(alert, by, facts, mail)
        return alert.ticket
    severity = worst([event.severity for event in facts.events])
    ticket = open_ticket(by, _opening(customer, facts, mail, severity), current_calendar())
    ticket.priority = PRIORITIES.get(severity, Priority.normal) if severity else Priority.normal
    alert = Alert(
        ticket=ticket,
        customer_id=customer.id if customer else None,
        sha256=sha256,
        recognised=facts.recognised,
        mails=1,
    )
    db.session.add(alert)
    db.session.flush()
    _add_occurrences(alert, facts.events)
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


def _unreported(customer: Customer | None, sha256: str | None) -> Alert | None:
    """The open, unreported alert of this file; the advisory lock keeps two mails at once from opening two."""
    if customer is None or sha256 is None:
        return None
    key = int.from_bytes(hashlib.sha256(f"{customer.id}:{sha256}".encode()).digest()[:8], signed=True)
    db.session.execute(select(func.pg_advisory_xact_lock(key)))
    return db.session.scalar(
        select(Alert)
        .join(Ticket, Ticket.id == Alert.ticket_id)
        .where(
            Alert.customer_id == customer.id,
            Alert.sha256 == sha256,
            Alert.reported_at.is_(None),
            Ticket.state != TicketState.closed,
        )
        .order_by(Alert.id)
        .limit(1)
    )


def _join(alert: Alert, by: Actor, facts: AlertFacts, mail: AlertMail) -> None:
    ticket = alert.ticket
    add_message(
        ticket,
        by,
        mail.body,
        kind=MessageKind.customer,
        channel=Channel.mail,
        mailed=mail.mailed,
    )
    alert.mails += 1
    severity = worst([ticket.severity, *(event.severity for event in facts.events)])
    if severity != ticket.severity and severity is not None:
        ticket.severity = severity
        ticket.priority = PRIORITIES.get(severity, ticket.priority)
    _add_occurrences(alert, facts.events)
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
            )
        )
