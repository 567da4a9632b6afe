"""Lists that somebody keeps: a name, and the address of a narrowed list; one's own, or everybody's on the desk."""

from typing import Any

from flask_babel import gettext as _
from sqlalchemy import ForeignKey, Index, func, select, text
from sqlalchemy.orm import Mapped, mapped_column

from helpdesk.accounts.models import User
from helpdesk.accounts.roles import Role
from helpdesk.audit.models import record
from helpdesk.errors import NotFound, Refusal
from helpdesk.extensions import Model, db
from helpdesk.tickets.acts import TicketAct
from helpdesk.tickets.lists import TicketList

NAME_MAX = 40
SAVED_MAX = 20


class SavedView(Model):
    """A kept list. `words` are the parameters of its address."""

    __tablename__ = "saved_views"
    __table_args__ = (Index("ix_saved_views_shared", "name", postgresql_where=text("shared")),)

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    name: Mapped[str]
    shared: Mapped[bool] = mapped_column(default=False)
    view: Mapped[str]
    words: Mapped[dict[str, Any]]


def save_view(user: User, name: str, shown: TicketList, *, shared: bool) -> SavedView:
    """Keep a list under a name; the same name of one's own is replaced. Refused without a name, or for one too many."""
    called = " ".join(name.replace("\x00", "").split())
    if not 0 < len(called) <= NAME_MAX:
        raise Refusal(_("Write a name of at most %(count)s characters.", count=NAME_MAX), field="name")
    kept = db.session.scalar(select(SavedView).where(SavedView.user_id == user.id, SavedView.name == called))
    if kept is None:
        own = select(func.count()).select_from(SavedView).where(SavedView.user_id == user.id)
        if (db.session.scalar(own) or 0) >= SAVED_MAX:
            raise Refusal(_("You have %(count)s views already. Remove one first.", count=SAVED_MAX), field="name")
        kept = SavedView(user_id=user.id, name=called)
        db.session.add(kept)
    kept.view, kept.words, kept.shared = shown.view.value, shown.address(), shared
    db.session.flush()
    record(user.actor(), TicketAct.view_saved, kept, name=called, shared=shared)
    return kept


def remove_view(user: User, number: int) -> SavedView:
    """Forget a kept list: one's own, or as a supervisor a shared one. NotFound for any other."""
    kept = db.session.get(SavedView, number)
    if kept is None or not may_remove(user, kept):
        raise NotFound
    record(user.actor(), TicketAct.view_removed, kept, name=kept.name, shared=kept.shared)
    db.session.delete(kept)
    return kept


def may_remove(user: User, kept: SavedView) -> bool:
    return kept.user_id == user.id or (kept.shared and user.role == Role.supervisor)
