"""A ticket's clock while the customer's service is suspended: it stands still, then goes on with what was left."""

from datetime import timedelta

from helpdesk import clock
from helpdesk.calendar.models import current_calendar
from helpdesk.contracts.cover import Cover, cover_of
from helpdesk.tickets.models import Ticket


def stand_still(ticket: Ticket) -> None:
    """What is due and not late yet stands still with the service time that is left; nothing is met late meanwhile."""
    now = clock.now()
    if ticket.due_at is None or ticket.due_at <= now:
        return
    ticket.due_left = int(current_calendar().hours.service_time(now, ticket.due_at).total_seconds())
    ticket.due_at = None
    if ticket.first_responded_at is None:
        ticket.first_due_at = None
    ticket.touch()


def go_on(ticket: Ticket) -> None:
    """What stood still is due again after the service time that was left."""
    if not ticket.stands_still:
        return
    calendar, now = current_calendar(), clock.now()
    ticket.due_since, ticket.calendar_version = now, calendar.version
    ticket.due_at = calendar.hours.add_service_time(now, timedelta(seconds=ticket.due_left or 0))
    if ticket.first_responded_at is None:
        ticket.first_due_at = ticket.due_at
    ticket.touch()


def settle(ticket: Ticket) -> None:
    """Make the clock agree with how the customer is covered now: after a match, a merge, an answer that came back."""
    if ticket.closed or (ticket.due_at is None and ticket.due_left is None):
        return
    cover = cover_of(ticket.customer_id).cover if ticket.customer_id is not None else Cover.in_force
    if cover == Cover.suspended:
        stand_still(ticket)
    else:
        go_on(ticket)
