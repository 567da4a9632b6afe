"""Places shown to customers while they typed, and which they opened: what lets avoided tickets be counted (R05)."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ForeignKey, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from helpdesk import clock
from helpdesk.accounts.models import User
from helpdesk.extensions import Model, db
from helpdesk.tickets.models import Ticket

KEPT = 50
"""Places kept of one form."""
KEPT_DAYS = 400
"""Longer than any figure looks back."""
_DROPPED = 10_000


class ShownPlaces(Model):
    """One form that places were shown for. `form` is its random key, which its ticket carries as `once`."""

    __tablename__ = "shown_places"

    id: Mapped[int] = mapped_column(primary_key=True)
    form: Mapped[str] = mapped_column(unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    at: Mapped[datetime] = mapped_column(index=True)
    shown: Mapped[list[Any]]
    opened: Mapped[list[Any]]
    ticket_id: Mapped[int | None] = mapped_column(ForeignKey("tickets.id"))


def note_shown(user: User, form: str, keys: list[str]) -> None:
    """Keep what a form was shown, each place once."""
    db.session.execute(
        insert(ShownPlaces)
        .values(form=form, user_id=user.id, at=clock.now(), shown=[], opened=[])
        .on_conflict_do_nothing(index_elements=[ShownPlaces.form])
    )
    row = _of(user, form)
    if row is not None and (new := [key for key in keys if key not in row.shown]):
        row.shown = [*row.shown, *new][:KEPT]


def note_opened(user: User, form: str, key: str) -> None:
    """Keep that a place was opened; only one that this person was shown in this form counts."""
    row = _of(user, form)
    if row is not None and key in row.shown and key not in row.opened:
        row.opened = [*row.opened, key]


def note_sent(user: User, form: str | None, ticket: Ticket) -> None:
    """The form was sent all the same: its ticket was not avoided."""
    if form:
        sent = update(ShownPlaces).where(ShownPlaces.form == form, ShownPlaces.user_id == user.id)
        db.session.execute(sent.values(ticket_id=ticket.id), execution_options={"synchronize_session": False})


def drop_old_shown_places() -> None:
    """Forget what was shown longer ago, some thousands at a time."""
    old = select(ShownPlaces.id).where(ShownPlaces.at < clock.now() - timedelta(days=KEPT_DAYS)).limit(_DROPPED)
    db.session.execute(delete(ShownPlaces).where(ShownPlaces.id.in_(old)))


def _of(user: User, form: str) -> ShownPlaces | None:
    rows = select(ShownPlaces).where(ShownPlaces.form == form, ShownPlaces.user_id == user.id)
    return db.session.scalar(rows.with_for_update())


def avoided(since: datetime) -> dict[str, int]:
    """Forms since then: `shown` places, `opened` at least one, `avoided` a ticket after that."""
    opened = func.jsonb_array_length(ShownPlaces.opened) > 0
    row = db.session.execute(
        select(
            func.count(), func.count().filter(opened), func.count().filter(opened, ShownPlaces.ticket_id.is_(None))
        ).where(ShownPlaces.at >= since)
    ).one()
    return {"shown": row[0], "opened": row[1], "avoided": row[2]}
