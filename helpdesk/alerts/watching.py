"""What a supervisor watches: reports about to be late, met and missed, silent consoles, the sums (R11, R12, R14)."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from flask import current_app
from sqlalchemy import Date, cast, distinct, func, select
from sqlalchemy.orm import joinedload

from helpdesk import clock
from helpdesk.accounts.models import User
from helpdesk.accounts.supervisors import supervisors
from helpdesk.alerts.acts import AlertAct
from helpdesk.alerts.alert_events import AlertEvent
from helpdesk.alerts.completions import ConsolePoll
from helpdesk.alerts.models import Alert, AlertArrival, EventSource
from helpdesk.audit.models import SYSTEM, record
from helpdesk.calendar.models import current_calendar
from helpdesk.contracts.models import Contract
from helpdesk.customers.alert_addresses import AlertAddress
from helpdesk.customers.models import Customer
from helpdesk.extensions import db
from helpdesk.notices.models import post
from helpdesk.settings.models import current_settings
from helpdesk.tickets.kinds import TicketKind
from helpdesk.tickets.models import Ticket
from helpdesk.tickets.titles import titled_in
from helpdesk.wording import span_words, when_words

AMBER = 4
"""A due time is near when a quarter of its service time is left, or less."""
MONTHS = 6
SUM_DAYS = 30


def warn_supervisors() -> int:
    """Mail the supervisors, once each, about reports of which a quarter of the time is left; in service hours only."""
    hours, now = current_calendar().hours, clock.now()
    if not hours.is_open(now):
        return 0
    rows = (
        select(Alert)
        .join(Ticket, Ticket.id == Alert.ticket_id)
        .where(
            Alert.reported_at.is_(None),
            Alert.warned_at.is_(None),
            Ticket.closed_at.is_(None),
            Ticket.due_at.is_not(None),
            Ticket.due_at < now + timedelta(days=2),
        )
        .options(joinedload(Alert.ticket))
        .order_by(Ticket.due_at)
        .limit(100)
    )
    people = supervisors()
    near = [alert for alert in db.session.scalars(rows) if _near(alert.ticket, now)]
    for alert in near:
        alert.warned_at = now
        record(SYSTEM, AlertAct.warned, alert.ticket)
        for person in people:
            _warn(person, alert.ticket, now)
    return len(near)


def _near(ticket: Ticket, now: datetime) -> bool:
    hours = current_calendar().hours
    if ticket.due_at is None:
        return False
    whole = hours.service_time(ticket.due_since, ticket.due_at)
    return hours.service_time(now, ticket.due_at) * AMBER <= whole


def _warn(person: User, ticket: Ticket, now: datetime) -> None:
    hours, language = current_calendar().hours, person.language.value
    due = ticket.due_at or now
    post(
        "report_due",
        to=person.email,
        language=language,
        name=person.name,
        reference=ticket.reference,
        subject=titled_in(language, ticket.subject, ticket.title),
        customer=ticket.customer.name if ticket.customer else "-",
        assignee=ticket.assignee.name if ticket.assignee else None,
        due=when_words(due, hours.zone, language),
        left=span_words(hours.service_time(now, due), language) if due > now else None,
        link=f"{current_app.config['BASE_URL']}/desk/tickets/{ticket.reference}",
    )


@dataclass(frozen=True)
class Month:
    """Reports of a month, by the month their alert came: in time, late, and not reported though due."""

    first: date
    met: int
    late: int
    open_late: int


def met_and_missed() -> list[Month]:
    """The last months' reports against their due times, newest first (R12)."""
    zone, now = current_app.config["ZONE"].key, clock.now()
    month = cast(func.date_trunc("month", func.timezone(zone, Ticket.opened_at)), Date).label("month")
    met = func.count().filter(Ticket.first_responded_at <= Ticket.first_due_at)
    late = func.count().filter(Ticket.first_responded_at > Ticket.first_due_at)
    missing = func.count().filter(Ticket.first_responded_at.is_(None), Ticket.first_due_at < now)
    rows = (
        select(month, met, late, missing)
        .join(Alert, Alert.ticket_id == Ticket.id)
        .where(
            Ticket.kind == TicketKind.alert,
            Ticket.customer_id.is_not(None),
            Alert.merged_into_id.is_(None),
            Ticket.opened_at > now - timedelta(days=31 * MONTHS),
        )
        .group_by(month)
        .order_by(month.desc())
    )
    return [Month(*row) for row in db.session.execute(rows)]


@dataclass(frozen=True)
class Silent:
    """A customer whose console has told nothing for a while; `heard_at` is None where it never did."""

    customer_id: int
    name: str
    heard_at: datetime | None


def silent_customers() -> list[Silent]:
    """Customers in contract with a way for alerts, of whom none came for the configured days (R14)."""
    now = clock.now()
    today = current_calendar().hours.local_date(now)
    oldest = now - timedelta(days=current_settings().silence_days)
    heard = select(func.max(AlertArrival.at)).where(AlertArrival.customer_id == Customer.id).scalar_subquery()
    in_force = select(Contract.id).where(
        Contract.customer_id == Customer.id,
        Contract.in_force_from <= today,
        func.coalesce(Contract.in_force_until, today) >= today,
    )
    way = select(AlertAddress.id).where(AlertAddress.customer_id == Customer.id)
    polled = select(ConsolePoll.id).where(ConsolePoll.customer_id == Customer.id)
    rows = (
        select(Customer.id, Customer.name, heard.label("heard"))
        .where(
            in_force.exists(),
            way.exists() | polled.exists(),
            Customer.created_at < oldest,
            func.coalesce(heard, Customer.created_at) < oldest,
        )
        .order_by(func.coalesce(heard, Customer.created_at))
        .limit(50)
    )
    return [Silent(row.id, row.name, row.heard) for row in db.session.execute(rows)]


def false_positives() -> list[tuple[str, int, int]]:
    """By customer: name, false positives and alerts of the last 90 days, the most first; only who had any."""
    since = clock.now() - timedelta(days=FALSE_DAYS)
    marked = (
        select(Alert.customer_id, func.count().label("marked"))
        .where(Alert.false_positive_at.is_not(None), Alert.false_positive_at > since)
        .group_by(Alert.customer_id)
        .subquery()
    )
    alerts = select(func.count()).where(
        Ticket.customer_id == marked.c.customer_id, Ticket.kind == TicketKind.alert, Ticket.opened_at > since
    )
    rows = select(Customer.name, marked.c.marked, alerts.correlate(marked).scalar_subquery())
    rows = rows.join(marked, marked.c.customer_id == Customer.id).order_by(marked.c.marked.desc()).limit(50)
    return [(name, count, whole) for name, count, whole in db.session.execute(rows)]


FALSE_DAYS = 90


@dataclass(frozen=True)
class Sums:
    """Alert mails of the last days: each that came is on a ticket. `events` are those that only the API told."""

    attached: int
    events: int


def attached() -> Sums:
    """What the tickets hold; the mail door's ledger says what came."""
    since = clock.now() - timedelta(days=SUM_DAYS)
    mails = select(func.count(distinct(AlertArrival.mail)))
    mails = mails.where(AlertArrival.at > since, AlertArrival.alert_id.is_not(None))
    events = select(func.count()).where(AlertEvent.source == EventSource.api, AlertEvent.told_at > since)
    row = db.session.execute(select(mails.scalar_subquery(), events.scalar_subquery())).one()
    return Sums(*row)
