"""Due times after a calendar change: open ones are computed anew, met ones keep what they had (R40)."""

from datetime import timedelta

from sqlalchemy import select

from helpdesk.calendar.models import Calendar
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
        if ticket.due_since == ticket.opened_at:
            ticket.due_at = ticket.first_due_at = due_time(ticket.kind, ticket.opened_at, calendar)
        else:
            ticket.due_at = calendar.hours.add_service_time(ticket.due_since, answer)
        if ticket.due_at != before:
            ticket.calendar_version = calendar.version
            moved += 1
    return moved
