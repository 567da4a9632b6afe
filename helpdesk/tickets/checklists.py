"""What is to be done on a ticket, line by line, and the templates that such lists begin with."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import ForeignKey, Select, String, delete, or_, select
from sqlalchemy.orm import Mapped, mapped_column

from helpdesk import clock
from helpdesk.audit.models import Actor, record
from helpdesk.errors import NotFound, Refusal
from helpdesk.extensions import Model, db
from helpdesk.tickets.acts import TicketAct
from helpdesk.tickets.kinds import TicketKind
from helpdesk.tickets.models import Ticket

LINE_MAX, LINES_MAX, NAME_MAX = 200, 30, 60


class ChecklistItem(Model):
    """One line of a ticket's list, done by whom and when."""

    __tablename__ = "checklist_items"

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("tickets.id"), index=True)
    words: Mapped[str]
    done_at: Mapped[datetime | None]
    done_by: Mapped[str] = mapped_column(default="")


class ChecklistTemplate(Model):
    """Lines that supervisors keep for tickets of a kind, or of one queue alone (its code)."""

    __tablename__ = "checklist_templates"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[TicketKind]
    queue: Mapped[str | None] = mapped_column(String(32))
    lines: Mapped[list[Any]]


def read_lines(text: str) -> list[str]:
    """The lines that somebody wrote, without empty ones. Refused for one too long, or too many."""
    lines = [" ".join(line.split()) for line in text.replace("\x00", "").splitlines()]
    lines = [line for line in lines if line]
    if any(len(line) > LINE_MAX for line in lines):
        raise Refusal(_("A line has at most %(count)s characters.", count=LINE_MAX), field="lines")
    if not 0 < len(lines) <= LINES_MAX:
        raise Refusal(_("Write between one and %(count)s lines.", count=LINES_MAX), field="lines")
    return lines


def add_lines(ticket: Ticket, by: Actor, lines: Sequence[str]) -> None:
    """Put lines on a ticket's list; what stands there already is not doubled. Refused beyond 30."""
    there = list(db.session.scalars(select(ChecklistItem.words).where(ChecklistItem.ticket_id == ticket.id)))
    fresh = [line for line in dict.fromkeys(lines) if line not in there]
    if len(there) + len(fresh) > LINES_MAX:
        raise Refusal(_("A list has at most %(count)s lines.", count=LINES_MAX), field="lines")
    db.session.add_all(ChecklistItem(ticket_id=ticket.id, words=line) for line in fresh)
    if fresh:
        ticket.touch()
        record(by, TicketAct.lines_added, ticket, count=len(fresh))


def check_off(ticket: Ticket, by: Actor, item_id: int, *, done: bool) -> None:
    """Say that a line is done, or is not after all. NotFound for another ticket's."""
    item = db.session.get(ChecklistItem, item_id, with_for_update=True)
    if item is None or item.ticket_id != ticket.id:
        raise NotFound
    if (item.done_at is not None) == done:
        return
    item.done_at, item.done_by = (clock.now(), by.name) if done else (None, "")
    ticket.touch()
    record(by, TicketAct.line_done if done else TicketAct.line_undone, ticket, words=item.words)


def remove_line(ticket: Ticket, item_id: int) -> None:
    """Take a line off; one that is gone changes nothing."""
    rows = delete(ChecklistItem).where(ChecklistItem.id == item_id, ChecklistItem.ticket_id == ticket.id)
    if db.session.execute(rows.returning(ChecklistItem.id)).first() is not None:
        ticket.touch()


def items_of(ticket_id: Any) -> Select[*tuple[Any, ...]]:
    """id, words, done_by of each line, to be put into a statement; done_by is empty for what is not done."""
    rows: Select[*tuple[Any, ...]] = select(ChecklistItem.id, ChecklistItem.words, ChecklistItem.done_by)
    return rows.where(ChecklistItem.ticket_id == ticket_id).order_by(ChecklistItem.id)


def templates_for(kind: Any, ticket_id: Any) -> Select[*tuple[Any, ...]]:
    """id and name of the templates for a kind and a ticket's queue, those of its queue first.

    To be put into a statement.
    """
    rows: Select[*tuple[Any, ...]] = select(ChecklistTemplate.id, ChecklistTemplate.name)
    queue, here = ChecklistTemplate.queue, select(Ticket.queue).where(Ticket.id == ticket_id).scalar_subquery()
    rows = rows.where(ChecklistTemplate.kind == kind, or_(queue.is_(None), queue == here))
    return rows.order_by(queue.is_(None), ChecklistTemplate.name)


def all_templates() -> Sequence[ChecklistTemplate]:
    return db.session.scalars(select(ChecklistTemplate).order_by(ChecklistTemplate.kind, ChecklistTemplate.name)).all()


def save_template(
    by: Actor, name: str, kind: TicketKind, lines: list[str], *, queue: str | None = None
) -> ChecklistTemplate:
    """Keep a template; one of the same name is replaced. Refused without a name."""
    called = " ".join(name.replace("\x00", "").split())
    if not 0 < len(called) <= NAME_MAX:
        raise Refusal(_("Write a name of at most %(count)s characters.", count=NAME_MAX), field="name")
    template = db.session.scalar(select(ChecklistTemplate).where(ChecklistTemplate.name == called))
    if template is None:
        template = ChecklistTemplate(name=called)
        db.session.add(template)
    template.kind, template.queue, template.lines = kind, queue, lines
    db.session.flush()
    record(by, TicketAct.template_saved, template, name=called)
    return template


def remove_template(by: Actor, template_id: int) -> None:
    """Forget a template; lists that began with it stay. NotFound where there is none."""
    template = db.session.get(ChecklistTemplate, template_id)
    if template is None:
        raise NotFound
    record(by, TicketAct.template_removed, template, name=template.name)
    db.session.delete(template)
