"""A call: what was said on the phone, recorded by an agent (R01)."""

from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import select

from helpdesk import clock
from helpdesk.accounts.models import User
from helpdesk.audit.models import Actor, ActorKind
from helpdesk.calendar.models import current_calendar
from helpdesk.customers.models import Contact, Customer
from helpdesk.errors import Refusal
from helpdesk.extensions import db
from helpdesk.intake.following import follow_up
from helpdesk.intake.receiving import receive_inquiry
from helpdesk.tickets.kinds import Channel, TicketKind
from helpdesk.tickets.models import Ticket
from helpdesk.tickets.opening import Opening, opened_before

BUSINESS_DAYS_BACK = 10


@dataclass(frozen=True)
class Call:
    """Who called when (aware), and what they said.

    `contact` is who called where they are on record; else `name` and `number` say who, and `customer` whose they are,
    if anybody's.
    """

    called_at: datetime
    subject: str
    words: str
    contact: Contact | None = None
    customer: Customer | None = None
    name: str = ""
    number: str = ""
    once: str | None = None
    """The form's own key: recorded twice by the same agent it is one call."""


def receive_call(taken_by: User, call: Call, joins: Ticket | None = None) -> Ticket:
    """Open a ticket, or add to the one that the call is about; due times count from the call (R12).

    It is the agent's who took the call unless it is somebody's. Raises Refusal for a time that cannot be right, and
    for another customer's ticket.
    """
    _check_time(call.called_at)
    _check_caller(call)
    customer = call.contact.customer if call.contact else call.customer
    by = _actor(call, taken_by)
    words = _said(call, taken_by)
    if call.once and (before := opened_before(call.once, by)):
        return db.session.scalars(select(Ticket).where(Ticket.reference == before)).one()
    if joins is None:
        opening = Opening(
            kind=TicketKind.inquiry,
            subject=call.subject,
            body=words,
            channel=Channel.phone,
            customer=customer,
            requester=call.contact,
            called_at=call.called_at,
            caller="" if call.contact else _named(call),
            once=call.once,
        )
        ticket = receive_inquiry(by, opening)
    else:
        if customer is None or joins.customer_id != customer.id:
            raise Refusal(_("This person belongs to another customer."), field="joins")
        ticket = joins
        follow_up(ticket, by, words, channel=Channel.phone, called_at=call.called_at, own_words=call.words)
    if ticket.assignee_id is None:
        ticket.assign(taken_by.actor(), taken_by)
    return ticket


def _check_caller(call: Call) -> None:
    """Somebody on record, or a name and a number to call back."""
    if call.contact is None and not call.name.strip():
        raise Refusal(_("Please write who called."), field="name")
    if call.contact is None and not call.number.strip():
        raise Refusal(_("Please write a number to call back."), field="number")


def _actor(call: Call, taken_by: User) -> Actor:
    person = call.contact
    name, known = (person.name, person.id) if person else (call.name.strip(), None)
    return Actor(ActorKind.contact, name, known, f"phone, taken by {taken_by.name}")


def _said(call: Call, taken_by: User) -> str:
    """The words, with when they were said, by whom where the ticket does not tell, and who took the call."""
    local = call.called_at.astimezone(current_calendar().hours.zone)
    who = "" if call.contact else f"{_named(call)}, "
    return f"{call.words}\n\n({local:%Y-%m-%d %H:%M}, {who}{taken_by.name})"


def _named(call: Call) -> str:
    return f"{call.name.strip()} {call.number.strip()}".strip()


def _check_time(called_at: datetime) -> None:
    """Not ahead, and at most ten business days back: then due times would tell of another world."""
    hours, now = current_calendar().hours, clock.now()
    if called_at > now:
        raise Refusal(_("The call lies ahead. Please give the time when it came."), field="called_at")
    if hours.business_day_after(hours.local_date(called_at), BUSINESS_DAYS_BACK) < hours.local_date(now):
        raise Refusal(
            _("A call can be recorded within %(count)s business days.", count=BUSINESS_DAYS_BACK), field="called_at"
        )
