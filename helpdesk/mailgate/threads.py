"""Which ticket a mail belongs to, and whether its sender takes part there."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import current_app
from sqlalchemy import ColumnElement, false, select, true, union_all

from helpdesk.accounts.models import user_of
from helpdesk.accounts.roles import Role
from helpdesk.customers.models import Contact
from helpdesk.extensions import db
from helpdesk.mailgate.parsing import Mail
from helpdesk.mailgate.routing import references_in, token_in
from helpdesk.notices.models import Notice
from helpdesk.settings.models import current_settings
from helpdesk.tickets.joinings import where_it_goes_on
from helpdesk.tickets.kinds import TicketKind
from helpdesk.tickets.links import LinkKind, TicketLink
from helpdesk.tickets.messages import Message
from helpdesk.tickets.models import Ticket

SUCCESSORS_MAX = 10


@dataclass(frozen=True)
class Thread:
    """A ticket, locked. `named`: by a number of ours that nobody could guess; `known`: by any mail that is on it."""

    ticket: Ticket | None = None
    named: bool = False
    known: bool = False


def thread_of(mail: Mail, recipients: list[str], contact: Contact | None, *, numbers: bool, at: datetime) -> Thread:
    """The ticket whose mail this one answers: by our token, by a Message-ID, or, with `numbers`, by the number in its
    subject. Where it closed too long ago for a mail of that time, the one that followed it takes its place.
    """
    thread = _by_token(recipients) or _by_references(mail)
    if thread is None:
        thread = (_by_number(mail, contact) if numbers else None) or Thread()
    if thread.ticket is not None and thread.ticket.merged_into_id is not None:
        thread = Thread(where_it_goes_on(thread.ticket), thread.named, thread.known)
    successor = open_successor(thread.ticket, at) if closed_long_ago(thread.ticket, at) else None
    return Thread(successor, thread.named, thread.known) if successor is not None else thread


def _by_token(recipients: list[str]) -> Thread | None:
    token = token_in(recipients, current_app.config["SUPPORT_ADDRESS"])
    ticket = _locked(Ticket.reply_token == token) if token else None
    return Thread(ticket, named=True, known=True) if ticket is not None else None


def _by_references(mail: Mail) -> Thread | None:
    """By the nearest Message-ID that is on a ticket: of a mail of ours, or of one that came in."""
    if not mail.references:
        return None
    ours = select(Notice.message_id.label("id"), Notice.ticket_id.label("ticket"), true().label("ours"))
    ours = ours.where(Notice.message_id.in_(mail.references), Notice.ticket_id.is_not(None))
    theirs = select(Message.mail_message_id, Message.ticket_id, false())
    theirs = theirs.where(Message.mail_message_id.in_(mail.references))
    found: Sequence[Any] = db.session.execute(union_all(ours, theirs)).all()
    order = {message_id: number for number, message_id in enumerate(mail.references)}
    nearest = min(found, key=lambda row: (order[row.id], not row.ours, -row.ticket), default=None)
    if nearest is None:
        return None
    named = any(row.ours and row.ticket == nearest.ticket for row in found)
    return Thread(_locked(Ticket.id == nearest.ticket), named=named, known=True)


def _by_number(mail: Mail, contact: Contact | None) -> Thread | None:
    """For who sees that ticket only: numbers can be guessed."""
    wanted = references_in(mail.subject)
    if not wanted:
        return None
    tickets = db.session.scalars(select(Ticket).where(Ticket.reference.in_(wanted)))
    mine = next((ticket for ticket in tickets if takes_part(ticket, contact, mail.sender, known=False)), None)
    return Thread(_locked(Ticket.id == mine.id)) if mine is not None else None


def takes_part(ticket: Ticket | None, contact: Contact | None, sender: str, *, known: bool) -> bool:
    """Who asked; on an alert ticket the customer's alert contacts; a colleague who answers a mail that is on it, or who
    administers the customer's account; an unknown sender on their own inquiry."""
    if ticket is None:
        return False
    if contact is None:
        return ticket.kind == TicketKind.inquiry and ticket.requester_id is None and ticket.sender == sender
    if contact.customer_id != ticket.customer_id:
        return False
    if ticket.kind == TicketKind.alert:
        return contact.sees_alerts or (ticket.told_unnamed and ticket.requester_id == contact.id)
    return ticket.requester_id == contact.id or known or _administers(contact)


def _administers(contact: Contact) -> bool:
    user = user_of(contact)
    return user is not None and user.active and user.role == Role.customer_admin


def closed_long_ago(ticket: Ticket | None, at: datetime) -> bool:
    """Closed for more days than a reply that came then reopens (HELPDESK_REOPEN_DAYS)."""
    if ticket is None or ticket.closed_at is None:
        return False
    return ticket.closed_at < at - timedelta(days=current_settings().reopen_days)


def open_successor(ticket: Ticket | None, at: datetime) -> Ticket | None:
    """The newest ticket that followed this one, or one that followed it, and takes words still."""
    for _generation in range(SUCCESSORS_MAX):
        if ticket is None or not closed_long_ago(ticket, at):
            break
        newest = (
            select(TicketLink.ticket_id)
            .where(TicketLink.other_id == ticket.id, TicketLink.kind == LinkKind.follows)
            .order_by(TicketLink.id.desc())
            .limit(1)
        )
        ticket = _locked(Ticket.id == newest.scalar_subquery())
    return ticket if ticket is not None and not closed_long_ago(ticket, at) else None


def _locked(where: ColumnElement[bool]) -> Ticket | None:
    return db.session.scalar(select(Ticket).where(where).with_for_update())
