"""A call: what was said on the phone, recorded by an agent (R01)."""

from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import select

from helpdesk import clock
from helpdesk.accounts.models import User
from helpdesk.audit.models import Actor, ActorKind
from helpdesk.calendar.models import current_calendar
from helpdesk.customers.models import Contact
from helpdesk.errors import Refusal
from helpdesk.extensions import db
from helpdesk.intake.receiving import receive_inquiry
from helpdesk.tickets.messages import customer_wrote
from helpdesk.tickets.models import Channel, Ticket, TicketKind
from helpdesk.tickets.opening import Opening, opened_before

BUSINESS_DAYS_BACK = 10


@dataclass(frozen=True)
class Call:
    """Who called when (aware), and what they said."""

    caller: Contact
    called_at: datetime
    subject: str
    words: str
    once: str | None = None
    """The form's own key: recorded twice by the same agent it is one call."""


def receive_call(taken_by: User, call: Call, joins: Ticket | None = None) -> Ticket:
    """Open a ticket, or add to the one that the call is about; due times count from the call (R12).

    It is the agent's who took the call unless it is somebody's. Raises Refusal for a time that cannot be right, and
    for another customer's ticket.
    """
    _check_time(call.called_at)
    caller = call.caller
    by = Actor(ActorKind.contact, caller.name, caller.id, f"phone, taken by {taken_by.name}")
    zone = current_calendar().hours.zone
    words = f"{call.words}\n\n({call.called_at.astimezone(zone):%Y-%m-%d %H:%M}, {taken_by.name})"
    if call.once and (before := opened_before(call.once, by)):
        return db.session.scalars(select(Ticket).where(Ticket.reference == before)).one()
    if joins is None:
        opening = Opening(
            kind=TicketKind.inquiry,
            subject=call.subject,
            body=words,
            channel=Channel.phone,
            customer=caller.customer,
            requester=caller,
            called_at=call.called_at,
            once=call.once,
        )
        ticket = receive_inquiry(by, opening)
    else:
        if joins.customer_id != caller.customer_id:
            raise Refusal(_("This person belongs to another customer."), field="joins")
        ticket = joins
        customer_wrote(ticket, by, words, channel=Channel.phone, called_at=call.called_at)
    if ticket.assignee_id is None:
        ticket.assign(taken_by.actor(), taken_by)
    return ticket


def _check_time(called_at: datetime) -> None:
    """Not ahead, and at most ten business days back: then due times would tell of another world."""
    hours, now = current_calendar().hours, clock.now()
    if called_at > now:
        raise Refusal(_("The call lies ahead. Please give the time when it came."), field="called_at")
    if hours.business_day_after(hours.local_date(called_at), BUSINESS_DAYS_BACK) < hours.local_date(now):
        raise Refusal(
            _("A call can be recorded within %(count)s business days.", count=BUSINESS_DAYS_BACK), field="called_at"
        )
