"""Tickets that belong together without being one: the one that follows a closed one, those of one computer."""

import enum
from datetime import datetime

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from helpdesk import clock
from helpdesk.audit.models import Actor, record
from helpdesk.extensions import Model, db
from helpdesk.tickets.acts import TicketAct
from helpdesk.tickets.models import Ticket


class LinkKind(enum.StrEnum):
    """How the newer ticket stands to the older one."""

    follows = "follows"
    related = "related"


class TicketLink(Model):
    """The newer ticket points at the older."""

    __tablename__ = "ticket_links"
    __table_args__ = (UniqueConstraint("ticket_id", "other_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("tickets.id"))
    other_id: Mapped[int] = mapped_column(ForeignKey("tickets.id"), index=True)
    kind: Mapped[LinkKind]
    at: Mapped[datetime]


def link(ticket: Ticket, other: Ticket, by: Actor, kind: LinkKind) -> None:
    """Say on both tickets that `ticket` follows or belongs to `other`; a second time changes nothing."""
    db.session.flush()
    row = insert(TicketLink).values(ticket_id=ticket.id, other_id=other.id, kind=kind, at=clock.now())
    if db.session.execute(row.on_conflict_do_nothing().returning(TicketLink.id)).first() is None:
        return
    record(by, TicketAct.linked, ticket, to=other.reference, kind=kind.value)
    record(by, TicketAct.linked_from, other, to=ticket.reference, kind=kind.value)
    other.touch()
