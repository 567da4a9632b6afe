"""Queues and the teams that work on them, as supervisors keep them (R70); the five that ship are always there."""

import re
import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from flask_babel import get_locale
from flask_babel import gettext as _
from sqlalchemy import ColumnElement, ForeignKey, Index, Select, String, func, or_, select, update
from sqlalchemy.orm import Mapped, mapped_column, relationship

from helpdesk import clock
from helpdesk.audit.models import Actor, record
from helpdesk.customers.models import Customer
from helpdesk.errors import Refusal
from helpdesk.extensions import Model, db
from helpdesk.marking import words_of
from helpdesk.tickets.acts import TicketAct
from helpdesk.tickets.kinds import Queue, TicketKind, TicketState
from helpdesk.tickets.models import Ticket
from helpdesk.tickets.teams import Team, TeamMember, clean_name
from helpdesk.tickets.words import QUEUE_WORDS

OWN_MAX, SIGNATURE_MAX = 30, 500
CODE = re.compile(r"[a-z0-9-]{1,32}")


class TicketQueue(Model):
    """A queue, by the `code` that tickets keep. Those that ship have no name of their own: the product words them.

    `inquiries_of` and `alerts_of` are the customers whose tickets begin here.
    """

    __tablename__ = "ticket_queues"
    __table_args__ = (Index("ix_ticket_queues_team", "team_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(32), unique=True)
    name: Mapped[str] = mapped_column(default="")
    name_en: Mapped[str] = mapped_column(default="")
    team_id: Mapped[int | None] = mapped_column(ForeignKey("teams.id", ondelete="SET NULL"))
    second_eyes: Mapped[bool] = mapped_column(default=False, server_default="false")
    """Every mail to a customer is read by a second person before it goes out."""
    signature: Mapped[str] = mapped_column(default="", server_default="")
    """Stands below replies of whoever has none of their own."""
    closed_at: Mapped[datetime | None]

    team: Mapped[Team | None] = relationship()
    inquiries_of: Mapped[list[Customer]] = relationship(
        primaryjoin="TicketQueue.code == foreign(Customer.inquiry_queue)", order_by=Customer.name, viewonly=True
    )
    alerts_of: Mapped[list[Customer]] = relationship(
        primaryjoin="TicketQueue.code == foreign(Customer.alert_queue)", order_by=Customer.name, viewonly=True
    )

    @property
    def shipped(self) -> bool:
        return not self.name


def named(name: str, name_en: str) -> str:
    """An own queue's name in the language at hand."""
    return name_en if name_en and str(get_locale()) == "en" else name


def queue_names() -> dict[str, str]:
    """Every queue's name by its code in the language at hand, those that ship first; closed ones are named as well."""
    rows = select(TicketQueue.code, TicketQueue.name, TicketQueue.name_en).where(TicketQueue.name != "")
    own = {row.code: named(row.name, row.name_en) for row in db.session.execute(rows.order_by(TicketQueue.name))}
    return words_of(QUEUE_WORDS) | own


def all_queues() -> Sequence[TicketQueue]:
    """Every queue that is in use: those that ship in their order, then the own ones by name."""
    rows = db.session.scalars(select(TicketQueue).where(TicketQueue.closed_at.is_(None))).all()
    order = list(Queue.__members__)
    return sorted(rows, key=lambda row: (not row.shipped, order.index(row.code) if row.shipped else 0, row.name))


def queue_to_move_to(code: str) -> TicketQueue:
    """The queue of this code, locked against its closing. Refused where there is none in use."""
    queue = db.session.scalar(select(TicketQueue).where(TicketQueue.code == code).with_for_update(key_share=True))
    if queue is None or queue.closed_at is not None:
        raise Refusal(_("There is no such queue any more. Choose another."), field="queue")
    return queue


def in_use(code: str) -> bool:
    """Whether there is a queue of this code that tickets may be moved to."""
    open_one = select(TicketQueue.id).where(TicketQueue.code == code, TicketQueue.closed_at.is_(None))
    return CODE.fullmatch(code) is not None and db.session.scalar(open_one) is not None


def of_team(team_id: int) -> ColumnElement[bool]:
    """On Ticket: what its people have, and what is nobody's in its queues."""
    people = select(TeamMember.user_id).where(TeamMember.team_id == team_id)
    queues = select(TicketQueue.code).where(TicketQueue.team_id == team_id)
    return or_(Ticket.assignee_id.in_(people), Ticket.assignee_id.is_(None) & Ticket.queue.in_(queues))


def colleagues_of(ticket_id: Any) -> Select[*tuple[Any, ...]]:
    """The ids of the people whose team works on a ticket's queue, to be put into a statement."""
    rows: Select[*tuple[Any, ...]] = select(TeamMember.user_id)
    of_queue = rows.join(TicketQueue, TicketQueue.team_id == TeamMember.team_id)
    return of_queue.join(Ticket, Ticket.queue == TicketQueue.code).where(Ticket.id == ticket_id)


def make_queue(by: Actor, name: str, name_en: str) -> TicketQueue:
    """A queue of one's own. Refused without a name, with one that is taken, or for one too many."""
    called, in_english = clean_name(name), clean_name(name_en, optional=True)
    _free_queue_name(called, None)
    own = select(func.count()).select_from(TicketQueue).where(TicketQueue.name != "", TicketQueue.closed_at.is_(None))
    if (db.session.scalar(own) or 0) >= OWN_MAX:
        raise Refusal(_("There are %(count)s queues already. Close one first.", count=OWN_MAX))
    queue = TicketQueue(code=f"q-{secrets.token_hex(4)}", name=called, name_en=in_english)
    db.session.add(queue)
    db.session.flush()
    record(by, TicketAct.queue_made, queue, name=called)
    return queue


def change_queue(
    queue: TicketQueue, by: Actor, *, name: str, name_en: str, team: Team | None, second_eyes: bool, signature: str = ""
) -> None:
    """Its names, where it is one's own, who works on it, and whether its mails are read by a second person."""
    if not queue.shipped:
        called = clean_name(name)
        _free_queue_name(called, queue.id)
        queue.name, queue.name_en = called, clean_name(name_en, optional=True)
    queue.team_id, queue.second_eyes = team.id if team else None, second_eyes
    queue.signature = signature.strip()[:SIGNATURE_MAX]
    told = {"team": team.name if team else None, "second_eyes": second_eyes}
    record(by, TicketAct.queue_changed, queue, name=queue.name or queue.code, **told)


def begin_here(queue: TicketQueue, by: Actor, customer: Customer, kind: TicketKind) -> None:
    """From now on this customer's tickets of a kind begin in this queue, an own one; those there are stay."""
    queue_to_move_to(queue.code)
    if queue.shipped:
        raise Refusal(_("Tickets of single customers begin in a queue of your own."), field="customer")
    setattr(customer, _BEGIN[kind], queue.code)
    record(by, TicketAct.begins_here, queue, customer=customer.name, kind=kind.value)


def begin_as_usual(queue: TicketQueue, by: Actor, customer: Customer, kind: TicketKind) -> None:
    """This customer's tickets of a kind begin in this queue no more; where they do not, nothing changes."""
    if getattr(customer, _BEGIN[kind]) == queue.code:
        setattr(customer, _BEGIN[kind], None)
        record(by, TicketAct.begins_as_usual, queue, customer=customer.name, kind=kind.value)


_BEGIN = {TicketKind.alert: "alert_queue", TicketKind.inquiry: "inquiry_queue"}


def beginning_counts() -> dict[str, int]:
    """How many customers' tickets begin in each queue by a setting; one of both kinds counts twice."""
    counts: dict[str, int] = {}
    for column in (Customer.inquiry_queue, Customer.alert_queue):
        rows = select(column, func.count()).where(column.is_not(None)).group_by(column)
        for code, count in db.session.execute(rows):
            counts[str(code)] = counts.get(str(code), 0) + count
    return counts


def close_queue(queue: TicketQueue, by: Actor) -> None:
    """Take an own queue out of use. Refused for one that ships, and while open tickets are in it."""
    if queue.shipped:
        raise Refusal(_("This queue ships with the product and stays."))
    db.session.get_one(TicketQueue, queue.id, with_for_update=True, populate_existing=True)
    inside = select(func.count()).where(Ticket.queue == queue.code, Ticket.state != TicketState.closed)
    if count := db.session.scalar(inside):
        raise Refusal(_("%(count)s open tickets are in this queue. Move them to another first.", count=count))
    for column in (Customer.inquiry_queue, Customer.alert_queue):
        db.session.execute(update(Customer).where(column == queue.code).values({column: None}))
    queue.closed_at = clock.now()
    record(by, TicketAct.queue_closed, queue, name=queue.name)


def _free_queue_name(name: str, own: int | None) -> None:
    taken = select(TicketQueue.id).where(
        TicketQueue.name == name, TicketQueue.id != (own or 0), TicketQueue.closed_at.is_(None)
    )
    if name in words_of(QUEUE_WORDS).values() or db.session.scalar(taken):
        raise Refusal(_("There is a queue of this name already."), field="name")
