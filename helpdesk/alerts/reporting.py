"""Telling the customer what was found: by mail, or by phone with the call recorded (R12, R13)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import ForeignKey, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from helpdesk import clock
from helpdesk.accounts.models import User
from helpdesk.alerts.acts import AlertAct
from helpdesk.alerts.models import Alert
from helpdesk.audit.models import SYSTEM, Actor, record
from helpdesk.contracts.cover import cover_of, hold_to_contract
from helpdesk.customers.models import Contact, Customer, Way
from helpdesk.customers.people import instructing_contacts, main_contact, told_contacts
from helpdesk.errors import Refusal
from helpdesk.extensions import Model, db
from helpdesk.notices.models import Notice, undelivered
from helpdesk.tickets.answering import mail_words
from helpdesk.tickets.kinds import Channel
from helpdesk.tickets.messages import Message, MessageKind, add_message, check_words
from helpdesk.tickets.models import Ticket
from helpdesk.tickets.recipients import registered

ANSWERED_MAX = 2000


class AlertReport(Model):
    """One report of an alert to the customer. One that came back stands no more: undelivered is not reported.

    `at` is when it was made, for a call when it was had; `number` is the one that was called, `answered` what the
    person said. `unnamed`: the customer had named nobody to be told.
    """

    __tablename__ = "alert_reports"

    id: Mapped[int] = mapped_column(primary_key=True)
    alert_id: Mapped[int] = mapped_column(ForeignKey("alerts.id"), index=True)
    message_id: Mapped[int] = mapped_column(ForeignKey("messages.id"), unique=True)
    contact_id: Mapped[int] = mapped_column(ForeignKey("contacts.id"))
    at: Mapped[datetime]
    recorded_at: Mapped[datetime]
    by: Mapped[str]
    to_name: Mapped[str]
    way: Mapped[Way]
    number: Mapped[str] = mapped_column(default="")
    answered: Mapped[str] = mapped_column(default="")
    unnamed: Mapped[bool] = mapped_column(default=False)
    came_back_at: Mapped[datetime | None]

    message: Mapped[Message] = relationship()


@dataclass(frozen=True)
class Telling:
    """What is told to whom, and how; of a call its number, time (aware) and what the person answered."""

    contact: Contact
    words: str
    way: Way = Way.mail
    number: str = ""
    called_at: datetime | None = None
    answered: str = ""


def init() -> None:
    """Have reports that do not arrive count as none; connecting again changes nothing."""
    undelivered.connect(take_back)


def report(by: User, alert: Alert, telling: Telling) -> AlertReport:
    """Tell the customer. The time of the first report that stands is kept against what was due (R12).

    Actions may be proposed from here on (R20). Further reports are possible, each recorded. Raises Refusal for
    somebody who is not to be told, and for a call without number or with a time that cannot be right.
    """
    ticket, contact = alert.ticket, telling.contact
    if alert.merged_into_id is not None:
        raise Refusal(_("This alert was merged into another ticket; report it there."))
    if ticket.customer is None or contact not in to_be_told(ticket.customer):
        raise Refusal(_("Reports go to whom the customer named to be told of alerts."), field="contact")
    _check(ticket, telling.words)
    now = clock.now()
    at = _checked_call(telling, ticket, now) if telling.way == Way.phone else now
    message = add_message(
        ticket, by.actor(), telling.words, kind=MessageKind.agent, channel=_CHANNELS[telling.way], at=at
    )
    if telling.way == Way.mail:
        message.notice = None if contact.closed else mail_words(ticket, telling.words, registered(contact))
    row = AlertReport(
        alert_id=alert.id,
        message=message,
        contact_id=contact.id,
        at=at,
        recorded_at=now,
        by=by.name,
        to_name=contact.name,
        way=telling.way,
        number=telling.number.strip() if telling.way == Way.phone else "",
        answered=telling.answered.strip()[:ANSWERED_MAX] if telling.way == Way.phone else "",
        unnamed=not contact.told_of_alerts,
    )
    db.session.add(row)
    if ticket.requester_id is None or row.unnamed:
        ticket.requester = contact
    ticket.told_unnamed = row.unnamed
    _settle(alert)
    ticket.respond(at)
    record(by.actor(), AlertAct.reported, ticket, to=contact.name, channel=telling.way.value, unnamed=row.unnamed)
    return row


def _check(ticket: Ticket, words: str) -> None:
    """What came under a contract is reported after its end, too: the promise of menu 1-(2) was made under it."""
    check_words(words, [])
    customer_id = ticket.customer_id or 0
    if not cover_of(customer_id, ticket.opened_at).holds:
        hold_to_contract(customer_id, suspended=True)


_CHANNELS = {Way.mail: Channel.mail, Way.phone: Channel.phone}


def to_be_told(customer: Customer) -> list[Contact]:
    """Who may be told of the customer's alerts: those named for it, or who instructs and the main contact."""
    named = told_contacts(customer)
    if named:
        return named
    main = main_contact(customer)
    return list(dict.fromkeys([*instructing_contacts(customer), *([main] if main else [])]))


def reports_of(alert: Alert) -> Sequence[AlertReport]:
    """Every report of the alert, oldest first, those that came back, too."""
    return db.session.scalars(
        select(AlertReport).where(AlertReport.alert_id == alert.id).order_by(AlertReport.id)
    ).all()


def take_back(notice: Notice) -> None:
    """A report that did not arrive is none (R13): the alert is unreported again unless another report stands."""
    row = _report_by(notice)
    if row is None:
        return
    alert = db.session.get_one(Alert, row.alert_id)
    row.came_back_at = clock.now()
    _settle(alert)
    record(SYSTEM, AlertAct.report_came_back, alert.ticket, to=row.to_name)


def sent_again(by: Actor, again: Notice) -> None:
    """A report's mail that came back goes out once more: it stands again, from now on."""
    row = _report_by(again)
    if row is None or row.came_back_at is None:
        return
    alert = db.session.get_one(Alert, row.alert_id)
    row.came_back_at, row.at = None, clock.now()
    _settle(alert)
    record(by, AlertAct.reported, alert.ticket, to=row.to_name, channel=row.way.value, unnamed=row.unnamed)


def _report_by(notice: Notice) -> AlertReport | None:
    rows = select(AlertReport).join(Message, Message.id == AlertReport.message_id)
    return db.session.scalar(rows.where(Message.ticket_id == notice.ticket_id, Message.notice_id == notice.id))


def _settle(alert: Alert) -> None:
    """Keep on the alert which report is the first that stands."""
    db.session.flush()
    standing = [row for row in reports_of(alert) if row.came_back_at is None]
    first = min(standing, key=lambda row: (row.at, row.id), default=None)
    alert.reported_at = first.at if first else None
    alert.reported_by, alert.reported_to = (first.by, first.to_name) if first else (None, None)
    alert.report_channel = first.way if first else None


def _checked_call(telling: Telling, ticket: Ticket, now: datetime) -> datetime:
    """When the call was: after the alert came, and not ahead."""
    if not telling.number.strip():
        raise Refusal(_("Please give the number that you called."), field="number")
    called_at = telling.called_at or now
    if called_at > now:
        raise Refusal(_("The call lies ahead. Please give the time when it was."), field="called_at")
    if called_at < ticket.opened_at:
        raise Refusal(_("The call lies before the alert. Please give the time when it was."), field="called_at")
    return called_at
