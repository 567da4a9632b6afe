"""Due times that move: after a calendar change (R40), and while a customer's service is suspended (10-1)."""

from datetime import timedelta

from sqlalchemy import Select, select

from helpdesk import clock
from helpdesk.calendar.models import Calendar, current_calendar
from helpdesk.extensions import db
from helpdesk.settings.models import current_settings
from helpdesk.tickets.kinds import TicketState
from helpdesk.tickets.models import Ticket
from helpdesk.tickets.opening import due_time


def recompute_due_times(calendar: Calendar) -> int:
    """Recompute what is due and not yet met on every open ticket; returns how many moved.

    Everything is counted from when its clock was started, with the new calendar.
    """
    rows = select(Ticket).where(Ticket.state != TicketState.closed, Ticket.due_at.is_not(None))
    answer = timedelta(minutes=current_settings().first_answer_minutes)
    moved = 0
    for ticket in db.session.scalars(rows.with_for_update()):
        before = ticket.due_at
        if ticket.due_left is not None:
            ticket.due_at = calendar.hours.add_service_time(ticket.due_since, timedelta(seconds=ticket.due_left))
        elif ticket.due_since == ticket.opened_at:
            ticket.due_at = ticket.first_due_at = due_time(ticket.kind, ticket.opened_at, calendar)
        else:
            ticket.due_at = calendar.hours.add_service_time(ticket.due_since, answer)
        if ticket.due_at != before:
            ticket.calendar_version = calendar.version
            moved += 1
    return moved


def stand_still(customer_id: int) -> int:
    """What is due to a customer and not yet late stands still with the service time that is left; returns how many."""
    hours, now = current_calendar().hours, clock.now()
    rows = _open_of(customer_id).where(Ticket.due_at > now)
    tickets = db.session.scalars(rows.with_for_update()).all()
    for ticket in tickets:
        if ticket.due_at is not None:
            ticket.due_left = int(hours.service_time(now, ticket.due_at).total_seconds())
            ticket.due_at = None
            ticket.touch()
    return len(tickets)


def go_on(customer_id: int) -> int:
    """What stood still is due again after the service time that was left; returns how many."""
    calendar, now = current_calendar(), clock.now()
    rows = _open_of(customer_id).where(Ticket.due_at.is_(None), Ticket.due_left.is_not(None))
    tickets = db.session.scalars(rows.with_for_update()).all()
    for ticket in tickets:
        ticket.due_since, ticket.calendar_version = now, calendar.version
        ticket.due_at = calendar.hours.add_service_time(now, timedelta(seconds=ticket.due_left or 0))
        if ticket.first_responded_at is None:
            ticket.first_due_at = ticket.due_at
        ticket.touch()
    return len(tickets)


def _open_of(customer_id: int) -> Select[Ticket]:
    rows = select(Ticket).where(Ticket.customer_id == customer_id, Ticket.state != TicketState.closed)
    return rows.order_by(Ticket.id)
