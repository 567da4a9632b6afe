"""Tickets that are put away: until a moment, the next opening, or the customer's answer. Due times go on."""

import enum
from datetime import datetime, timedelta

from flask_babel import gettext as _
from sqlalchemy import select

from helpdesk import clock
from helpdesk.audit.models import SYSTEM, Actor, record
from helpdesk.calendar.hours import ServiceHours
from helpdesk.calendar.models import current_calendar
from helpdesk.errors import Refusal
from helpdesk.extensions import db
from helpdesk.tickets.acts import TicketAct
from helpdesk.tickets.models import SNOOZED_FOR_ANSWER, Ticket
from helpdesk.tickets.news import NewsKind, tell_followers

SNOOZE_MAX = timedelta(days=366)
BATCH = 200


class Until(enum.StrEnum):
    """What people choose; any other moment is written."""

    hours = "hours"
    opening = "opening"
    week = "week"
    answer = "answer"


def moment_of(words: str, hours: ServiceHours) -> datetime:
    """When a choice, or a moment as a form's field has it (2026-11-30T09:00, in the service's zone), ends; UTC.

    Refused where it is none.
    """
    now = clock.now()
    if words == Until.answer:
        return SNOOZED_FOR_ANSWER
    if words == Until.hours:
        return now + timedelta(hours=2)
    if words == Until.opening:
        opening = hours.next_opening(now)
        return opening if opening > now else hours.next_opening(hours.closing(now))
    if words == Until.week:
        return hours.next_opening(now + timedelta(days=7))
    try:
        moment = datetime.fromisoformat(words).replace(tzinfo=hours.zone)
    except ValueError:
        raise Refusal(_("Choose until when the ticket is put away."), field="until") from None
    return moment


def snooze(ticket: Ticket, by: Actor, until: datetime) -> None:
    """Put an open ticket away. Refused for a closed one, and for a moment that is past or over a year ahead."""
    now = clock.now()
    if ticket.closed:
        raise Refusal(_("This ticket is closed already. Reopen it first."))
    if until != SNOOZED_FOR_ANSWER and not now < until <= now + SNOOZE_MAX:
        raise Refusal(_("Choose a moment ahead, within a year."), field="until")
    if ticket.snoozed_until == until:
        return
    ticket.snoozed_until = until
    ticket.touch()
    local = until.astimezone(current_calendar().hours.zone)
    record(by, TicketAct.snoozed, ticket, until=None if until == SNOOZED_FOR_ANSWER else local.isoformat())


def wake(ticket: Ticket, by: Actor) -> None:
    """Take a ticket out again; one that is not put away stays as it is."""
    if ticket.snoozed_until is None:
        return
    ticket.snoozed_until = None
    ticket.touch()
    record(by, TicketAct.woken, ticket)


def wake_due() -> int:
    """Take out what was put away until now. Returns how many."""
    rows = select(Ticket).where(Ticket.snoozed_until <= clock.now()).order_by(Ticket.snoozed_until).limit(BATCH)
    tickets = db.session.scalars(rows.with_for_update(skip_locked=True)).all()
    for ticket in tickets:
        wake(ticket, SYSTEM)
        tell_followers(ticket.assignee_id, ticket.id, NewsKind.woken, SYSTEM)
    return len(tickets)
