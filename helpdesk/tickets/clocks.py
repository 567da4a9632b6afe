"""Due times that move: after a calendar change (R40), and while a customer's service is suspended (10-1)."""

from datetime import timedelta

from sqlalchemy import Select, select

from helpdesk import clock
from helpdesk.calendar.models import Calendar
from helpdesk.contracts.cover import Cover, cover_of
from helpdesk.extensions import db
from helpdesk.settings.models import current_settings
from helpdesk.tickets.kinds import TicketState
from helpdesk.tickets.models import Ticket
from helpdesk.tickets.opening import due_time
from helpdesk.tickets.standing import go_on, stand_still


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


def stand_all_still(customer_id: int) -> None:
    """What is due to a customer and not yet late stands still."""
    for ticket in db.session.scalars(_open_of(customer_id).where(Ticket.due_at > clock.now()).with_for_update()):
        stand_still(ticket)


def let_all_go_on(customer_id: int) -> None:
    """What stood still for a customer is due again, unless their service is suspended."""
    if cover_of(customer_id).cover == Cover.suspended:
        return
    rows = _open_of(customer_id).where(Ticket.due_at.is_(None), Ticket.due_left.is_not(None))
    for ticket in db.session.scalars(rows.with_for_update()):
        go_on(ticket)


def _open_of(customer_id: int) -> Select[Ticket]:
    rows = select(Ticket).where(Ticket.customer_id == customer_id, Ticket.state != TicketState.closed)
    return rows.order_by(Ticket.id)
