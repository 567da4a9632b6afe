"""Which inquiries were merged and split, for as long as it can be undone, and where a merged one goes on."""

import enum
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, ForeignKey, Select, or_, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from helpdesk import clock
from helpdesk.extensions import Model, db
from helpdesk.tickets.models import Ticket

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

    @classmethod
    def with_ticket(cls, ticket_id: Any) -> ColumnElement[bool]:
        return or_(cls.ticket_id == ticket_id, cls.other_id == ticket_id)

    @property
    def may_undo(self) -> bool:
        return self.undone_at is None and clock.now() < self.at + UNDO_FOR


def last_joining(ticket: Ticket) -> Joining | None:
    """The newest merge or split that this ticket had part in, where it can be undone."""
    rows = joinings_of(ticket.id, clock.now() - UNDO_FOR)
    return db.session.scalar(rows.order_by(Joining.id.desc()).limit(1))


def joinings_of(ticket_id: Any, since: Any) -> Select[Joining]:
    """Merges and splits of a ticket after a moment that were not undone."""
    return select(Joining).where(Joining.with_ticket(ticket_id), Joining.undone_at.is_(None), Joining.at > since)


def merged_in_since(ticket: Ticket, joining_id: int) -> list[int]:
    """The messages that were merged into a ticket after that joining."""
    rows = joinings_of(ticket.id, clock.now() - UNDO_FOR).where(Joining.id > joining_id, Joining.other_id == ticket.id)
    return [number for joining in db.session.scalars(rows) for number in joining.messages]


def where_it_goes_on(ticket: Ticket) -> Ticket:
    """The ticket itself, or the one it was merged into, locked."""
    for _step in range(MERGED_MAX):
        if ticket.merged_into_id is None:
            break
        ticket = db.session.get_one(Ticket, ticket.merged_into_id, with_for_update=True, populate_existing=True)
    return ticket
