"""Two inquiries that are one, and one that is two: what was said moves, and within a day it moves back (R70)."""

import enum
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import ForeignKey, Select, or_, select, update
from sqlalchemy.orm import Mapped, mapped_column, relationship

from helpdesk import clock
from helpdesk.audit.models import Actor, record
from helpdesk.calendar.models import current_calendar
from helpdesk.errors import Refusal
from helpdesk.extensions import Model, db
from helpdesk.notices.models import Notice
from helpdesk.tickets.acts import TicketAct
from helpdesk.tickets.links import LinkKind, link
from helpdesk.tickets.messages import Message, MessageKind
from helpdesk.tickets.models import Ticket, TicketKind, TicketState
from helpdesk.tickets.opening import Opening, open_ticket

UNDO_FOR = timedelta(days=1)
MERGED_MAX = 20
"""How often a ticket that was merged into another is followed."""


class JoiningKind(enum.StrEnum):
    merge = "merge"
    divide = "divide"


class Joining(Model):
    """What moved from `ticket` to `other`, and how both stood before, as JSON values."""

    __tablename__ = "joinings"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[JoiningKind]
    ticket_id: Mapped[int] = mapped_column(ForeignKey("tickets.id"), index=True)
    other_id: Mapped[int] = mapped_column(ForeignKey("tickets.id"), index=True)
    at: Mapped[datetime]
    messages: Mapped[list[Any]]
    before: Mapped[dict[str, Any]]
    undone_at: Mapped[datetime | None]

    ticket: Mapped[Ticket] = relationship(foreign_keys=[ticket_id])
    other: Mapped[Ticket] = relationship(foreign_keys=[other_id])

    @property
    def may_undo(self) -> bool:
        return self.undone_at is None and clock.now() < self.at + UNDO_FOR


def merge(ticket: Ticket, into: Ticket, by: Actor) -> Joining:
    """Put everything said on one inquiry into another of the same person, and close it; what is due runs from the
    earlier. Refused where somebody would read what is not theirs. Both are locked by the caller.
    """
    _same_person(ticket, into)
    if ticket.merged_into_id is not None:
        raise Refusal(_("This ticket was merged into another already."))
    if into.closed:
        raise Refusal(_("%(number)s is closed. Reopen it first.", number=into.reference))
    moved = list(db.session.scalars(select(Message.id).where(Message.ticket_id == ticket.id)))
    joining = _joined(JoiningKind.merge, ticket, into, moved)
    _move(moved, into)
    db.session.execute(update(Ticket).where(Ticket.merged_into_id == ticket.id).values(merged_into_id=into.id))
    if not ticket.closed:
        _due_from(into, ticket)
        ticket.close(by, "merged")
    ticket.merged_into_id = into.id
    into.touch()
    record(by, TicketAct.merged_away, ticket, to=into.reference)
    record(by, TicketAct.merged, into, to=ticket.reference)
    return joining


def split(ticket: Ticket, numbers: Sequence[int], subject: str, by: Actor) -> Joining:
    """Give some of an inquiry's messages a ticket of their own, opened when the first of them came.

    Refused unless the first is the customer's and something stays.
    """
    if ticket.kind == TicketKind.alert:
        raise Refusal(_("An alert is split by its computers, on its own page."))
    rows = select(Message).where(Message.ticket_id == ticket.id).order_by(Message.id)
    messages = list(db.session.scalars(rows))
    chosen = [message for message in messages if message.id in set(numbers)]
    if not chosen or chosen[0].kind != MessageKind.customer:
        raise Refusal(_("Tick what goes to the new ticket: first the customer's message that it is about."))
    if not any(message.kind == MessageKind.customer for message in messages if message not in chosen):
        raise Refusal(_("At least one message of the customer has to stay here."))
    fresh = _opened_with(ticket, chosen[0], subject, by)
    joining = _joined(JoiningKind.divide, ticket, fresh, [message.id for message in chosen])
    _move(joining.messages, fresh)
    fresh.preview = chosen[-1].first_words
    link(fresh, ticket, by, LinkKind.related)
    ticket.touch()
    return joining


def undo_joining(joining: Joining, by: Actor) -> None:
    """Move everything back, and give both their states. Refused after a day, and a second time."""
    if not joining.may_undo:
        raise Refusal(_("This can be undone within a day, once. Nothing was changed."))
    ticket, other = joining.ticket, joining.other
    _move(joining.messages, ticket)
    joining.undone_at = clock.now()
    if joining.kind == JoiningKind.divide:
        if not other.closed:
            other.close(by, "merged")
        other.merged_into_id = ticket.id
        record(by, TicketAct.merged_away, other, to=ticket.reference)
    else:
        ticket.merged_into_id = None
        if ticket.closed and joining.before["state"] != TicketState.closed.value:
            ticket.state, ticket.closed_at = TicketState(joining.before["state"]), None
            ticket.due_at = _moment(joining.before["due_at"])
            record(by, TicketAct.reopened, ticket, reason="undone")
        if other.due_at == _moment(joining.before["other_due_set"]):
            other.due_at = _moment(joining.before["other_due_at"])
    for one in (ticket, other):
        one.touch()
    record(by, TicketAct.unjoined, ticket, to=other.reference)
    record(by, TicketAct.unjoined, other, to=ticket.reference)


def last_joining(ticket: Ticket) -> Joining | None:
    """The newest merge or split that this ticket had part in, where it can be undone."""
    rows = joinings_of(ticket.id, clock.now() - UNDO_FOR)
    return db.session.scalar(rows.order_by(Joining.id.desc()).limit(1))


def joinings_of(ticket_id: Any, since: Any) -> Select[Joining]:
    """Merges and splits of a ticket after a moment that were not undone."""
    theirs = or_(Joining.ticket_id == ticket_id, Joining.other_id == ticket_id)
    return select(Joining).where(theirs, Joining.undone_at.is_(None), Joining.at > since)


def where_it_goes_on(ticket: Ticket) -> Ticket:
    """The ticket itself, or the one it was merged into, locked."""
    for _step in range(MERGED_MAX):
        if ticket.merged_into_id is None:
            break
        ticket = db.session.get_one(Ticket, ticket.merged_into_id, with_for_update=True, populate_existing=True)
    return ticket


def _same_person(ticket: Ticket, into: Ticket) -> None:
    if ticket.id == into.id:
        raise Refusal(_("Choose another ticket than this one."))
    if TicketKind.alert in (ticket.kind, into.kind):
        raise Refusal(_("Alerts are merged with alerts, on their own page; link the tickets instead."))
    unknown = ticket.requester_id is None and into.requester_id is None
    if ticket.customer_id != into.customer_id or (unknown and ticket.sender != into.sender):
        raise Refusal(_("They belong to two customers. Nothing was merged."))
    if ticket.requester_id != into.requester_id:
        raise Refusal(_("Two people asked them, and each reads only their own: link the tickets instead."))


def _joined(kind: JoiningKind, ticket: Ticket, other: Ticket, messages: list[int]) -> Joining:
    due = min((at for at in (ticket.due_at, other.due_at) if at is not None), default=None)
    before = {"state": ticket.state.value, "due_at": _stamp(ticket.due_at)}
    before |= {"other_due_at": _stamp(other.due_at), "other_due_set": _stamp(due)}
    joining = Joining(kind=kind, ticket=ticket, other=other, at=clock.now(), messages=messages, before=before)
    db.session.add(joining)
    db.session.flush()
    return joining


def _move(messages: Sequence[int], to: Ticket) -> None:
    """Messages, and the mails they went out as, so that a bounce finds them."""
    mails = select(Message.notice_id).where(Message.id.in_(messages), Message.notice_id.is_not(None))
    db.session.execute(update(Notice).where(Notice.id.in_(mails)).values(ticket_id=to.id))
    db.session.execute(update(Message).where(Message.id.in_(messages)).values(ticket_id=to.id))


def _due_from(into: Ticket, ticket: Ticket) -> None:
    if ticket.due_at is not None and (into.due_at is None or ticket.due_at < into.due_at):
        into.due_at, into.due_since = ticket.due_at, ticket.due_since
        into.calendar_version = ticket.calendar_version
        if into.state == TicketState.waiting:
            into.state = TicketState.open


def _opened_with(ticket: Ticket, first: Message, subject: str, by: Actor) -> Ticket:
    """A ticket of the same person; its own first message gives way to the one that moves."""
    opening = Opening(
        kind=ticket.kind,
        subject=" ".join(subject.split()) or ticket.subject,
        body=first.body,
        channel=first.channel,
        customer=ticket.customer,
        requester=ticket.requester,
        sender=ticket.sender,
        topic=ticket.topic,
        concerns=ticket.concerns,
        caller=ticket.caller,
    )
    fresh = open_ticket(by, replace(opening, called_at=first.at), current_calendar())
    db.session.flush()
    db.session.delete(db.session.scalars(select(Message).where(Message.ticket_id == fresh.id)).one())
    fresh.verified, fresh.failed_check, fresh.covered = ticket.verified, ticket.failed_check, ticket.covered
    return fresh


def _stamp(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


def _moment(stamp: str | None) -> datetime | None:
    return datetime.fromisoformat(stamp) if stamp else None
