"""One change to many tickets: each told what became of it and why, and undone where nobody touched it since.

Few are changed with the request that asks; many by a worker, in portions, with progress, until somebody stops it.
"""

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy import ForeignKey, Index, Row, func, insert, literal, select, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from helpdesk import clock
from helpdesk.accounts.models import User
from helpdesk.accounts.roles import Role
from helpdesk.audit.models import ActorKind, AuditEvent
from helpdesk.calendar.hours import ServiceHours
from helpdesk.desk.changing import (
    DeskChange,
    change,
    change_back,
    is_change,
    joined_by,
    lock,
    sent_by,
    state_of,
    ticket_of,
)
from helpdesk.errands import Errand, ErrandState
from helpdesk.errors import NotFound, Refusal
from helpdesk.extensions import READING_QUEUE, Model, db
from helpdesk.tickets.lists import TicketList, conditions_of
from helpdesk.tickets.models import Ticket
from helpdesk.tickets.views import parameters_of

AT_ONCE = 100
"""So many are changed with the request that asks."""
PORTION = 100
BULK_MAX = 5_000


class BulkOutcome(enum.StrEnum):
    pending = "pending"
    changed = "changed"
    left = "left"


class BulkChange(Errand, Model):
    """`value` is what the tickets are changed to, in the words of the form that asked. `undoes` is what it takes back.

    As an errand it is done once, however often its worker was killed: a portion is one transaction.
    """

    __tablename__ = "bulk_changes"
    JOB = "helpdesk.desk.jobs.change_many"
    LABEL = "bulk_change"
    QUEUE = READING_QUEUE
    JOB_SECONDS = 1800

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    seen_from: Mapped[str] = mapped_column(default="")
    act: Mapped[DeskChange]
    value: Mapped[str]
    undoes_id: Mapped[int | None] = mapped_column(ForeignKey("bulk_changes.id"), unique=True)
    asked_at: Mapped[datetime]
    stopped_at: Mapped[datetime | None]

    user: Mapped[User] = relationship()
    undoes: Mapped["BulkChange | None"] = relationship(remote_side="BulkChange.id")

    @property
    def over(self) -> bool:
        return self.ended or self.stopped_at is not None


class BulkItem(Model):
    """One ticket of a change: the version that was seen, and what became of it. `before` is what an undo restores."""

    __tablename__ = "bulk_items"
    __table_args__ = (Index("ix_bulk_items_pending", "bulk_id", postgresql_where=text("outcome = 'pending'")),)

    bulk_id: Mapped[int] = mapped_column(ForeignKey("bulk_changes.id"), primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("tickets.id"), primary_key=True, autoincrement=False)
    seen: Mapped[int | None]
    outcome: Mapped[BulkOutcome] = mapped_column(default=BulkOutcome.pending)
    why: Mapped[str] = mapped_column(default="")
    before: Mapped[dict[str, Any] | None]
    version: Mapped[int | None]


@dataclass(frozen=True)
class Ticked:
    """A ticket as somebody saw it when they ticked it."""

    reference: str
    version: int

    @classmethod
    def read(cls, words: str) -> "Ticked | None":
        reference, _dot, version = words.partition(".")
        return cls(reference, int(version)) if version.isascii() and version.isdecimal() and len(version) < 9 else None


def ask(user: User, act: str, value: str, ticked: Sequence[Ticked]) -> BulkChange:
    """Have the ticked tickets changed. Refused where the change is none, or nothing is ticked."""
    versions = {one.reference: one.version for one in ticked[:BULK_MAX]}
    rows = db.session.execute(select(Ticket.id, Ticket.reference).where(Ticket.reference.in_(versions))).all()
    if not rows:
        raise Refusal(_("Tick some tickets first. Nothing was changed."))
    asked = _asked(user, act, value)
    items = [{"bulk_id": asked.id, "ticket_id": row.id, "seen": versions[row.reference], **_NEW} for row in rows]
    db.session.execute(insert(BulkItem), items)
    return _begin(asked, len(items))


def ask_for_list(user: User, act: str, value: str, shown: TicketList, hours: ServiceHours) -> BulkChange:
    """Have every ticket of a list changed, up to 5,000, as it is now. Refused where it holds none."""
    asked = _asked(user, act, value)
    rows = select(Ticket.id, Ticket.version).where(*conditions_of(shown, user, hours)).order_by(Ticket.id)
    found = db.session.execute(rows.limit(BULK_MAX), parameters_of(user)).all()
    if not found:
        raise Refusal(_("This list holds no ticket. Nothing was changed."))
    items = [{"bulk_id": asked.id, "ticket_id": row.id, "seen": row.version, **_NEW} for row in found]
    db.session.execute(insert(BulkItem), items)
    return _begin(asked, len(items))


def undo(user: User, number: int) -> BulkChange:
    """Take back what a change did, where nobody touched the ticket since; an undo that was stopped goes on.

    Refused while the change runs, and a second time.
    """
    undone = bulk_of(user, number, lock=True)
    if not undone.over:
        raise Refusal(_("The change is still going on. Stop it first."))
    if not may_undo(undone):
        raise Refusal(_("This was undone already. Nothing was changed."))
    stopped = _undo_of(undone)
    if stopped is not None:
        stopped.stopped_at = None
        stopped.restart()
        return stopped
    asked = _asked(user, DeskChange.undo, "", undoes=undone)
    rows = select(literal(asked.id), BulkItem.ticket_id, BulkItem.version, *_FRESH)
    rows = rows.where(BulkItem.bulk_id == undone.id, BulkItem.outcome == BulkOutcome.changed)
    db.session.execute(insert(BulkItem).from_select(_NAMES, rows))
    count = db.session.scalar(select(func.count()).where(BulkItem.bulk_id == asked.id)) or 0
    return _begin(asked, count)


def may_undo(asked: BulkChange) -> bool:
    """Whether it is no undo itself, and was not undone yet, or only in part."""
    again = _undo_of(asked)
    return asked.undoes_id is None and (again is None or again.stopped_at is not None)


def _undo_of(asked: BulkChange) -> BulkChange | None:
    return db.session.scalar(select(BulkChange).where(BulkChange.undoes_id == asked.id))


def stop(user: User, number: int) -> BulkChange:
    """Change no further ticket; those that were changed stay so. One that is over stays as it is."""
    asked = bulk_of(user, number, lock=True)
    if not asked.over:
        asked.stopped_at = clock.now()
    return asked


def bulk_of(user: User, number: int, *, lock: bool = False) -> BulkChange:
    """One of this person's changes, to a supervisor anybody's; or NotFound."""
    rows = select(BulkChange).where(BulkChange.id == number)
    if user.role != Role.supervisor:
        rows = rows.where(BulkChange.user_id == user.id)
    asked = db.session.scalar(rows.with_for_update() if lock else rows)
    if asked is None:
        raise NotFound
    return asked


def change_some(asked: BulkChange) -> bool:
    """Change the next portion, in the caller's transaction; returns whether more are left."""
    rows = select(BulkItem).where(BulkItem.bulk_id == asked.id, BulkItem.outcome == BulkOutcome.pending)
    # what came of an earlier one is undone after what came of a later
    order = BulkItem.ticket_id.desc() if asked.undoes_id else BulkItem.ticket_id
    items = db.session.scalars(rows.order_by(order).limit(PORTION)).all()
    done = asked.undoes or asked
    target = ticket_of(done.value) if done.act == DeskChange.merge else None
    lock([*(item.ticket_id for item in items), *([target] if target is not None else [])])
    with force_locale(asked.user.language.value):
        for item in items:
            _change_one(asked, item)
    db.session.flush()
    return len(items) == PORTION


def outcomes(asked: BulkChange) -> dict[BulkOutcome, int]:
    """How many tickets came to what."""
    counts = select(BulkItem.outcome, func.count()).where(BulkItem.bulk_id == asked.id).group_by(BulkItem.outcome)
    return dict.fromkeys(BulkOutcome, 0) | {outcome: count for outcome, count in db.session.execute(counts)}


def left_alone(asked: BulkChange, most: int) -> Sequence[Row[str, str]]:
    """(reference, why) of tickets that were not changed."""
    rows = select(Ticket.reference, BulkItem.why).join(BulkItem, BulkItem.ticket_id == Ticket.id)
    rows = rows.where(BulkItem.bulk_id == asked.id, BulkItem.outcome == BulkOutcome.left)
    return db.session.execute(rows.order_by(Ticket.id).limit(most)).all()


_NAMES = [BulkItem.bulk_id, BulkItem.ticket_id, BulkItem.seen, BulkItem.outcome, BulkItem.why]
_FRESH = literal(BulkOutcome.pending.value), literal("")
_NEW = {"outcome": BulkOutcome.pending, "why": ""}


def _asked(user: User, act: str, value: str, undoes: BulkChange | None = None) -> BulkChange:
    if undoes is None and not is_change(act, value):
        raise Refusal(_("Choose what is to be changed first. Nothing was changed."))
    asked = BulkChange(user=user, user_id=user.id, seen_from=user.seen_from, act=DeskChange(act), value=value)
    asked.asked_at, asked.undoes = clock.now(), undoes
    db.session.add(asked)
    db.session.flush()
    return asked


def _begin(asked: BulkChange, count: int) -> BulkChange:
    """Few are changed now, many by a worker."""
    if count > AT_ONCE:
        asked.due_at = clock.now()
        return asked
    change_some(asked)
    asked.due_at, asked.state, asked.finished_at = None, ErrandState.done, clock.now()
    return asked


def _change_one(asked: BulkChange, item: BulkItem) -> None:
    ticket = db.session.get_one(Ticket, item.ticket_id, with_for_update=True, populate_existing=True)
    by = asked.user.actor()
    if item.seen is not None and ticket.version != item.seen and not _is_target(asked, ticket):
        item.outcome, item.why = BulkOutcome.left, _touched_by(ticket)
        return
    before = state_of(ticket)
    try:
        with db.session.begin_nested():
            if asked.undoes is None:
                change(ticket, by, asked.act, asked.value)
            else:
                undone = db.session.get_one(BulkItem, (asked.undoes.id, ticket.id))
                change_back(ticket, by, asked.undoes.act, undone.before or {})
    except Refusal as refusal:
        item.outcome, item.why = BulkOutcome.left, str(refusal)
        return
    if ticket.version == item.seen:
        item.outcome, item.why = BulkOutcome.left, str(_("It was so already."))
        return
    if asked.act == DeskChange.merge:
        before |= joined_by(ticket)
    if asked.act == DeskChange.macro:
        before |= sent_by(ticket, asked.user.actor())
    item.outcome, item.before, item.version = BulkOutcome.changed, before, ticket.version


def _is_target(asked: BulkChange, ticket: Ticket) -> bool:
    """Whether the others were just merged into it, which is no change by somebody else."""
    return asked.act == DeskChange.merge and ticket_of(asked.value) == ticket.id


def _touched_by(ticket: Ticket) -> str:
    """Who changed a ticket after it was ticked."""
    last = select(AuditEvent).where(AuditEvent.subject_kind == "tickets", AuditEvent.subject_id == ticket.id)
    event = db.session.scalar(last.order_by(AuditEvent.id.desc()).limit(1))
    if event is None or event.actor_kind == ActorKind.system:
        return str(_("It changed by itself after it was ticked."))
    return str(_("%(name)s changed it after it was ticked.", name=event.actor_name))
