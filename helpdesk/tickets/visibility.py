"""Who sees which ticket. Every query for tickets starts here; there is no other way to get one."""

import enum
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    DateTime,
    Integer,
    Select,
    Text,
    and_,
    bindparam,
    false,
    or_,
    select,
    true,
    tuple_,
    union_all,
)
from sqlalchemy.orm import aliased, joinedload

from helpdesk.accounts.models import User
from helpdesk.accounts.roles import Role
from helpdesk.customers.models import Customer
from helpdesk.errors import NotFound
from helpdesk.extensions import db
from helpdesk.tickets.kinds import TicketKind
from helpdesk.tickets.messages import Attachment, Message, MessageKind
from helpdesk.tickets.models import Ticket
from helpdesk.tickets.paging import page_key, read_key


class Sight(enum.StrEnum):
    """What somebody sees of the tickets (R70)."""

    everything = "everything"
    organisation = "organisation"
    resold = "resold"
    own_and_alerts = "own_and_alerts"
    own = "own"
    nothing = "nothing"


def sight_of(user: User) -> Sight:
    if user.works_tickets:
        return Sight.everything
    if user.role == Role.customer_admin:
        return Sight.organisation
    if user.role == Role.reseller_user and user.reseller_id is not None:
        return Sight.resold
    if user.role == Role.customer_user and user.contact_id is not None:
        return Sight.own_and_alerts if user.sees_alerts else Sight.own
    return Sight.nothing


def visible(user: User) -> ColumnElement[bool]:
    """The condition on Ticket that holds for what this person may see."""
    sight = sight_of(user)
    if sight == Sight.resold:
        return Ticket.customer_id.in_(select(Customer.id).where(Customer.reseller_id == user.reseller_id))
    return or_(*_parts(sight, user.customer_id, user.contact_id))


def _parts(sight: Sight, customer: Any, contact: Any) -> list[ColumnElement[bool]]:
    """What somebody of this customer and contact sees, in parts that have no ticket in common, each with an index."""
    own = and_(Ticket.requester_id == contact, Ticket.kind == TicketKind.inquiry)
    alerts = and_(Ticket.customer_id == customer, Ticket.kind == TicketKind.alert)
    told = or_(Ticket.kind == TicketKind.inquiry, Ticket.told_unnamed)
    parts: dict[Sight, list[ColumnElement[bool]]] = {
        Sight.everything: [true()],
        Sight.organisation: [Ticket.customer_id == customer],
        Sight.own_and_alerts: [own, alerts],
        # an alert that was reported to them because nobody was named is theirs to read
        Sight.own: [and_(Ticket.requester_id == contact, told)],
        # a reseller's people have lists of their own
        Sight.resold: [false()],
        Sight.nothing: [false()],
    }
    return parts[sight]


def tickets_visible_to(user: User) -> Select[Ticket]:
    return select(Ticket).where(visible(user))


def newest_visible_to(
    user: User, limit: int, *, kind: TicketKind | None = None, own: bool = False, after: str | None = None
) -> tuple[Sequence[Ticket], str | None]:
    """A page of what this person may see, the last changed first, and the key of the next, or None at the end.

    Of one kind, or their own alone, where asked. Each part is read by its index and only so far, however many tickets
    the person has.
    """
    at, last_id = read_key(after)
    rows = _newest(sight_of(user), kind, own, at is not None)
    asked = {"customer": user.customer_id, "contact": user.contact_id, "at": at, "last": last_id, "rows": limit + 1}
    tickets = db.session.scalars(rows, asked).all()
    more = len(tickets) > limit
    return tickets[:limit], page_key(tickets[limit - 1].updated_at, tickets[limit - 1].id) if more else None


@lru_cache(maxsize=64)
def _newest(sight: Sight, kind: TicketKind | None, own: bool, goes_on: bool) -> Select[Ticket]:
    """Built once a combination: putting it together costs more than running it."""
    contact, rows = bindparam("contact", type_=Integer), bindparam("rows", type_=Integer)
    where: list[ColumnElement[bool]] = []
    if kind is not None:
        where.append(Ticket.kind == kind)
    if own:
        where.append(Ticket.requester_id == contact)
    if goes_on:
        last = bindparam("at", type_=DateTime(timezone=True)), bindparam("last", type_=Integer)
        where.append(tuple_(Ticket.updated_at, Ticket.id) < tuple_(*last))
    parts = (
        select(Ticket).where(part, *where).order_by(Ticket.updated_at.desc(), Ticket.id.desc()).limit(rows)
        for part in _parts(sight, bindparam("customer", type_=Integer), contact)
    )
    found = aliased(Ticket, union_all(*(select(part.subquery()) for part in parts)).subquery())
    return select(found).order_by(found.updated_at.desc(), found.id.desc()).limit(rows)


def ticket_for(user: User, reference: str, *, lock: bool = False) -> Ticket:
    """The ticket of this reference; NotFound whether it does not exist or belongs to someone else."""
    if user.works_tickets and not lock:
        wanted = _FOR_THE_DESK
    else:
        wanted = tickets_visible_to(user).where(Ticket.reference == bindparam("reference", type_=Text))
        wanted = wanted.with_for_update(of=Ticket) if lock else wanted.options(*_WITH_PEOPLE)
    ticket = db.session.scalar(wanted, {"reference": reference})
    if ticket is None:
        raise NotFound
    return ticket


_WITH_PEOPLE = (joinedload(Ticket.customer), joinedload(Ticket.requester), joinedload(Ticket.assignee))
_FOR_THE_DESK = select(Ticket).where(Ticket.reference == bindparam("reference", type_=Text)).options(*_WITH_PEOPLE)
"""The desk sees every ticket that it reaches; built once, since every page of a ticket begins with it."""


def messages_for(user: User, ticket: Ticket) -> list[Message]:
    """The thread as this person may read it, oldest first: customers never get internal notes."""
    rows = _thread(user.works_tickets)
    return list(db.session.scalars(rows, {"ticket": ticket.id}).unique())


@lru_cache(maxsize=2)
def _thread(with_notes: bool) -> Select[Message]:
    """Built once for the desk and once for customers."""
    rows = select(Message).where(Message.ticket_id == bindparam("ticket", type_=Integer))
    if not with_notes:
        rows = rows.where(Message.kind != MessageKind.note)
    return rows.options(joinedload(Message.notice), joinedload(Message.attachments)).order_by(Message.id)


def attachment_for(user: User, key: str) -> Attachment:
    """A file on a message this person may read, or NotFound."""
    rows: Select[Any] = (
        select(Attachment)
        .join(Message, Message.id == Attachment.message_id)
        .join(Ticket, Ticket.id == Message.ticket_id)
        .where(Attachment.key == key, visible(user))
    )
    if not user.works_tickets:
        rows = rows.where(Message.kind != MessageKind.note)
    attachment: Attachment | None = db.session.scalar(rows)
    if attachment is None:
        raise NotFound
    return attachment
