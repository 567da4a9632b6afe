"""What somebody is typing, kept on the server so that nothing typed is lost (Q4)."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ForeignKey, delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from helpdesk import clock
from helpdesk.accounts.models import User
from helpdesk.extensions import Model, db

LIFE = timedelta(days=7)


class Draft(Model):
    """One person's unsent words in one place, such as `new` or `reply:2611-0480`."""

    __tablename__ = "drafts"

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), primary_key=True)
    place: Mapped[str] = mapped_column(primary_key=True)
    words: Mapped[dict[str, Any]]
    saved_at: Mapped[datetime]


def save_draft(user: User, place: str, words: dict[str, str]) -> datetime:
    """Keep these words; an earlier draft in the same place is replaced. Returns when it was saved."""
    now = clock.now()
    row = insert(Draft).values(user_id=user.id, place=place, words=words, saved_at=now)
    db.session.execute(
        row.on_conflict_do_update(index_elements=[Draft.user_id, Draft.place], set_={"words": words, "saved_at": now})
    )
    return now


def draft_of(user: User, place: str) -> Draft | None:
    return db.session.scalar(
        select(Draft).where(Draft.user_id == user.id, Draft.place == place, Draft.saved_at > clock.now() - LIFE)
    )


def drop_draft(user: User, place: str) -> None:
    db.session.execute(delete(Draft).where(Draft.user_id == user.id, Draft.place == place))


def drop_old_drafts() -> int:
    """Forget drafts older than their life; returns how many."""
    gone = db.session.execute(delete(Draft).where(Draft.saved_at <= clock.now() - LIFE).returning(Draft.user_id))
    return len(gone.all())
