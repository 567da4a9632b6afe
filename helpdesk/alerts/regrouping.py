"""Putting wrongly correlated alerts right: split computers off, merge two tickets, take a match apart (R11)."""

from dataclasses import replace
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import delete, func, select, update

from helpdesk.accounts.models import User
from helpdesk.alerts.acts import AlertAct
from helpdesk.alerts.alert_events import AffectedComputer, AlertEvent, recount
from helpdesk.alerts.completions import Completion, request_completion
from helpdesk.alerts.models import Alert, AlertArrival, EventSource
from helpdesk.audit.models import Actor, record
from helpdesk.calendar.models import current_calendar
from helpdesk.errors import Refusal
from helpdesk.extensions import db
from helpdesk.folding import folded_name
from helpdesk.tickets.kinds import Channel, TicketKind
from helpdesk.tickets.links import LinkKind, link
from helpdesk.tickets.models import Ticket
from helpdesk.tickets.opening import Opening, due_time, open_ticket
from helpdesk.tickets.standing import settle


def split(alert: Alert, names: set[str], by: User) -> Ticket:
    """Give some computers of an unreported alert a ticket of their own, linked, due from when they were first told."""
    _unreported(alert)
    lower = {folded_name(name) for name in names}
    here = select(AlertEvent).where(AlertEvent.alert_id == alert.id, AlertEvent.computer.is_not(None))
    rows = list(db.session.scalars(here.order_by(AlertEvent.id)))
    moved = [row for row in rows if folded_name(row.computer or "") in lower]
    if not moved or len(moved) == len(rows):
        raise Refusal(_("Choose some of the computers, but not all."))
    ticket = open_ticket(by.actor(), _opening(alert, moved), current_calendar())
    db.session.flush()
    other = Alert(
        ticket=ticket,
        customer_id=alert.customer_id,
        key=f"{alert.key}#{ticket.reference}",
        sha256=alert.sha256,
        recognised=alert.recognised,
        mails=0,
        gathers_until=alert.gathers_until,
        vouched_at=alert.vouched_at,
        vouched_by=alert.vouched_by,
    )
    db.session.add(other)
    db.session.flush()
    ids = [row.id for row in moved]
    db.session.execute(update(AlertEvent).where(AlertEvent.id.in_(ids)).values(alert_id=other.id))
    gone = delete(AffectedComputer).where(AffectedComputer.alert_id == alert.id)
    db.session.execute(gone.where(func.lower(AffectedComputer.name).in_(lower)))
    ticket.severity, ticket.failed_check = None, alert.failed_check
    _due_from(ticket, min(row.told_at for row in moved))
    link(ticket, alert.ticket, by.actor(), LinkKind.related)
    _recounted(alert, other)
    record(by.actor(), AlertAct.split, alert.ticket, to=ticket.reference, computers=sorted(names))
    return ticket


def merge(alert: Alert, into: Alert, by: Actor) -> None:
    """Put one unreported alert into another of the same customer, as a person decides."""
    _unreported(alert)
    _unreported(into)
    if alert.id == into.id or alert.customer_id is None or alert.customer_id != into.customer_id:
        raise Refusal(_("Only two alerts of one customer can be merged."))
    if alert.failed_check != into.failed_check or alert.believed != into.believed:
        raise Refusal(_("What failed the check of its sender stays apart from what did not."))
    gather(alert, into, by)


def gather(alert: Alert, into: Alert, by: Actor) -> None:
    """Move everything of one unreported alert to another of the same customer; the emptied ticket is closed.

    What is due runs from the earlier of both.
    """
    for kind in (AlertEvent, AlertArrival):
        db.session.execute(update(kind).where(kind.alert_id == alert.id).values(alert_id=into.id))
    db.session.execute(delete(AffectedComputer).where(AffectedComputer.alert_id == alert.id))
    db.session.execute(delete(Completion).where(Completion.alert_id == alert.id))
    into.mails += alert.mails
    if alert.key is not None:
        alert.key = f"{alert.key}>{into.ticket.reference}"
    alert.merged_into_id = into.id
    _due_from(into.ticket, min(into.ticket.opened_at, alert.ticket.opened_at))
    link(alert.ticket, into.ticket, by, LinkKind.related)
    alert.ticket.close(by, "merged")
    _recounted(into)
    record(by, AlertAct.merged, into.ticket, source=alert.ticket.reference)


def take_apart(row: AlertEvent, alert: Alert, by: User) -> None:
    """Two events that were taken for one by their time are two again: the mail's and the API's."""
    if not row.matched_by_time:
        raise Refusal(_("These were not matched by time; there is nothing to take apart."))
    event = replace(row.event, at=row.at)
    row.forget_match()
    db.session.add(AlertEvent.of(alert, event, row.told_at, EventSource.api))
    db.session.flush()
    _recounted(alert)
    record(by.actor(), AlertAct.unmatched, alert.ticket, computer=event.computer)


def _opening(alert: Alert, moved: list[AlertEvent]) -> Opening:
    names = ", ".join(sorted({row.computer or "" for row in moved})[:20])
    return Opening(
        kind=TicketKind.alert,
        subject=alert.ticket.subject,
        body=f"{alert.ticket.reference}: {names}",
        channel=Channel.console if moved[0].source == EventSource.api else Channel.mail,
        customer=alert.ticket.customer,
        requester=alert.ticket.requester,
        sender=alert.ticket.sender,
    )


def _unreported(alert: Alert) -> None:
    if alert.reported_at is not None or alert.ticket.closed:
        raise Refusal(_("Only alerts that are open and not reported can be regrouped."))


def _due_from(ticket: Ticket, told_at: datetime) -> None:
    """The report is due from the earliest mail on the ticket (R12)."""
    calendar = current_calendar()
    ticket.opened_at = ticket.due_since = told_at
    ticket.first_due_at = ticket.due_at = due_time(TicketKind.alert, told_at, calendar)
    ticket.calendar_version, ticket.due_left = calendar.version, None
    settle(ticket)


def _recounted(*alerts: Alert) -> None:
    for alert in alerts:
        recount(alert)
        request_completion(alert)
        alert.ticket.touch()
