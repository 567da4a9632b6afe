"""What a customer's month is counted from: plain selects of the columns that figures and tables show. Read only."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, func, or_, select

from helpdesk import clock
from helpdesk.actions.models import Action
from helpdesk.alerts.models import Alert
from helpdesk.audit.models import AuditEvent
from helpdesk.calendar.models import current_calendar
from helpdesk.customers.models import Customer
from helpdesk.extensions import db
from helpdesk.reports.months import ReportMonth
from helpdesk.tickets.acts import TicketAct
from helpdesk.tickets.closures import Closure
from helpdesk.tickets.kinds import TicketKind
from helpdesk.tickets.models import Ticket
from helpdesk.triage.models import Decision


@dataclass(frozen=True)
class Period:
    """What is counted: one customer from `start` to `end` (aware, half-open), which lies not after now."""

    customer_id: int
    month: ReportMonth
    start: datetime
    end: datetime


def period_of(customer: Customer, month: ReportMonth) -> Period:
    start, end = month.span(current_calendar().hours.zone)
    return Period(customer.id, month, start, min(end, max(start, clock.now())))


@dataclass(frozen=True)
class MonthRows:
    """A period's rows, read once for figures and tables."""

    period: Period
    alerts: Sequence[Row[Any]]
    inquiries: Sequence[Row[Any]]
    completed: Sequence[Row[Any]]
    open_at_end: Sequence[Row[Any]]


def read_month(period: Period) -> MonthRows:
    """The period's alerts, inquiries, completions, and what was open at its end. Four statements."""
    left = db.session.execute(open_tickets_at(period)).all()
    return MonthRows(period, alert_rows(period), inquiry_rows(period), completed_rows(period), left)


def alerts_of(period: Period) -> Select[*tuple[Any, ...]]:
    """The month's alerts; one that was merged counts with the one it was merged into."""
    return (
        select(Ticket.id)
        .join(Alert, Alert.ticket_id == Ticket.id)
        .where(
            Ticket.customer_id == period.customer_id,
            Ticket.kind == TicketKind.alert,
            *within(Ticket.opened_at, period),
            Alert.merged_into_id.is_(None),
        )
    )


def alert_rows(period: Period) -> Sequence[Row[Any]]:
    """The month's alerts, oldest first: the columns that figures and tables are made of."""
    rows: Select[*tuple[Any, ...]] = alerts_of(period).with_only_columns(
        *(Ticket.id, Ticket.reference, Ticket.opened_at, Ticket.first_due_at, Ticket.severity, Ticket.state),
        *(Ticket.subject, Ticket.title, Ticket.closed_at, closed_at(period.end).label("closed_then")),
        Alert.id.label("alert_id"),
        *(Alert.sha256, Alert.reported_at, Alert.reported_to, Alert.report_channel, Alert.false_positive_at),
    )
    return db.session.execute(rows.order_by(Ticket.opened_at, Ticket.id)).all()


def inquiry_rows(period: Period) -> Sequence[Row[Any]]:
    """The month's inquiries, oldest first."""
    rows: Select[*tuple[Any, ...]] = (
        select(
            *(Ticket.reference, Ticket.opened_at, Ticket.first_due_at, Ticket.first_responded_at, Ticket.verdict),
            *(Ticket.verdict_decided, Ticket.calendar_version, Ticket.subject, Ticket.state, Ticket.closed_at),
        )
        .where(
            Ticket.customer_id == period.customer_id,
            Ticket.kind == TicketKind.inquiry,
            ~merged(),
            *within(Ticket.opened_at, period),
        )
        .order_by(Ticket.opened_at, Ticket.id)
    )
    return db.session.execute(rows).all()


def completed_rows(period: Period) -> Sequence[Row[Any]]:
    """Inquiries that were completed in the period and still were at its end, with when (`completed_at`)."""
    of_ticket = select(Closure.id).where(Closure.ticket_id == Ticket.id, *within(Closure.at, period))
    last = select(func.max(Closure.at)).where(Closure.ticket_id == Ticket.id, Closure.at < period.end)
    rows: Select[*tuple[Any, ...]] = select(
        *(Ticket.reference, Ticket.opened_at, Ticket.calendar_version), last.scalar_subquery().label("completed_at")
    )
    mine = (Ticket.customer_id == period.customer_id, Ticket.kind == TicketKind.inquiry, ~merged())
    late_enough = or_(Ticket.closed_at.is_(None), Ticket.closed_at >= period.start)
    return db.session.execute(rows.where(*mine, late_enough, of_ticket.exists(), closed_at(period.end))).all()


def action_rows(period: Period) -> list[tuple[Action, str]]:
    """Actions with a result of this month, and those without one at its end, each with its ticket's reference."""
    ended = func.coalesce(Action.withdrawn_at, Action.declined_at, Action.finished_at)
    rows = (
        select(Action, Ticket.reference)
        .join(Ticket, Ticket.id == Action.ticket_id)
        .where(
            Action.customer_id == period.customer_id,
            Action.asked_at < period.end,
            or_(ended.is_(None), ended >= period.start),
        )
        .order_by(Action.id)
    )
    return [(action, reference) for action, reference in db.session.execute(rows)]


def contested(period: Period) -> Select[str]:
    """References of tickets of which an answer was contested in the period."""
    rows = select(Ticket.reference).join(Decision, Decision.ticket_id == Ticket.id)
    return rows.where(Ticket.customer_id == period.customer_id, *within(Decision.contested_at, period))


def open_tickets_at(period: Period) -> Select[*tuple[Any, ...]]:
    """The customer's tickets that were open at the period's end, oldest first."""
    return (
        select(Ticket.reference, Ticket.kind, Ticket.opened_at, Ticket.subject, Ticket.title, Ticket.state)
        .where(
            Ticket.customer_id == period.customer_id,
            Ticket.opened_at < period.end,
            or_(Ticket.closed_at.is_(None), Ticket.closed_at >= period.end),
            ~closed_at(period.end),
        )
        .order_by(Ticket.opened_at, Ticket.id)
    )


def closed_at(at: datetime) -> ColumnElement[bool]:
    """Whether a ticket was closed at a moment: it was closed more often than reopened until then."""
    closings = select(func.count()).where(Closure.ticket_id == Ticket.id, Closure.at < at).scalar_subquery()
    reopenings = (
        select(func.count())
        .where(
            AuditEvent.subject_kind == Ticket.__tablename__,
            AuditEvent.subject_id == Ticket.id,
            AuditEvent.act == TicketAct.reopened.value,
            AuditEvent.at < at,
        )
        .scalar_subquery()
    )
    return closings > reopenings


def merged() -> ColumnElement[bool]:
    """Whether a ticket went on in another, with which it counts."""
    return Ticket.merged_into_id.is_not(None)


def within(column: Any, period: Period) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """The conditions that a moment lies in the period."""
    return column >= period.start, column < period.end
