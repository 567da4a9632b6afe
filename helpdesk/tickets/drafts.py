"""What somebody is typing, kept on the server so that nothing typed is lost (Q4).

Each place has a number. A page is shown with it, a save is kept only under it, and whoever sends the words moves it on:
so a save that a send overtook dies, in whatever order they arrive, and words that were sent come back nowhere.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ForeignKey, Select, case, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from helpdesk import clock
from helpdesk.accounts.models import User
from helpdesk.extensions import Model, db

LIFE = timedelta(days=7)
PLACE = re.compile(r"[a-z]{2,12}(:[A-Za-z0-9_-]{1,40}){0,2}")
FIELDS_MAX, WORDS_MAX = 60, 250_000
PLACES_MAX = 500


class Draft(Model):
    """One person's unsent words in one place, such as `new` or `reply:2611-0480`; none once they were sent."""

    __tablename__ = "drafts"

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), primary_key=True)
    place: Mapped[str] = mapped_column(primary_key=True)
    words: Mapped[dict[str, Any]]
    number: Mapped[int] = mapped_column(default=0, server_default="0")
    saved_at: Mapped[datetime]


@dataclass(frozen=True)
class Saving:
    """Whether words were kept, when, and the number of their place from now on.

    `beside` is what another page of the same person put there meanwhile: both are to be put together first.
    """

    kept: bool
    at: datetime
    number: int
    beside: dict[str, Any] | None = None


def save_draft(
    user: User, place: str, words: Mapping[str, Any], number: int = 0, base: Mapping[str, Any] | None = None
) -> Saving:
    """Keep these words instead of those that are there; not where the place moved on since the page was shown.

    With the `base` that they were written on, nor where something else is there by now.
    """
    now = clock.now()
    if base is not None:
        first = insert(Draft).values(user_id=user.id, place=place, words={}, number=number, saved_at=now)
        db.session.execute(first.on_conflict_do_nothing())
        there = db.session.scalar(_row(user, place).where(Draft.number == number).with_for_update())
        if there is not None and _differ(there.words, base) and _differ(there.words, words):
            return Saving(False, now, number, dict(there.words))
    row = insert(Draft).values(user_id=user.id, place=place, words=dict(words), number=number, saved_at=now)
    kept = db.session.scalar(
        row.on_conflict_do_update(
            index_elements=[Draft.user_id, Draft.place],
            set_={"words": dict(words), "saved_at": now},
            where=Draft.number == number,
        ).returning(Draft.number)
    )
    if kept is not None:
        return Saving(True, now, number)
    return Saving(False, now, number_of(user, place))


def _row(user: User, place: str) -> Select[Draft]:
    return select(Draft).where(Draft.user_id == user.id, Draft.place == place, Draft.saved_at > clock.now() - LIFE)


def _differ(some: Mapping[str, Any], others: Mapping[str, Any]) -> bool:
    """Whether fields that both have hold other words; ends of lines are no words."""
    return any(_lines(some[name]) != _lines(others[name]) for name in some.keys() & others.keys())


def _lines(value: Any) -> str:
    words = "\n".join(value) if isinstance(value, list) else str(value)
    return "\n".join(words.splitlines()).strip()


def draft_of(user: User, place: str) -> Draft | None:
    """What is kept in a place; without words where they were sent."""
    return db.session.scalar(_row(user, place))


def number_of(user: User, place: str) -> int:
    return db.session.scalar(select(Draft.number).where(Draft.user_id == user.id, Draft.place == place)) or 0


def finish_draft(user: User, place: str, number: int) -> bool:
    """The words of a page with this number are sent, in the caller's transaction: once only.

    False where words of this place were sent since the page was shown: by a second click, or from another tab.
    """
    row = insert(Draft).values(user_id=user.id, place=place, words={}, number=number + 1, saved_at=clock.now())
    moved = db.session.scalar(
        row.on_conflict_do_update(
            index_elements=[Draft.user_id, Draft.place],
            set_={"words": {}, "number": number + 1, "saved_at": clock.now()},
            where=Draft.number == number,
        ).returning(Draft.number)
    )
    return moved is not None


def drop_draft(user: User, place: str) -> None:
    """The words of a place are sent or thrown away, whichever page they come from."""
    gone = update(Draft).where(Draft.user_id == user.id, Draft.place == place)
    db.session.execute(gone.values(words={}, number=Draft.number + 1, saved_at=clock.now()))


def give_back(user_id: int, place: str, words: Mapping[str, Any]) -> bool:
    """Put words into a place where nothing is being written; whether that was so.

    Its number moves on: a page that was shown before keeps nothing over them.
    """
    row = insert(Draft).values(user_id=user_id, place=place, words=dict(words), number=1, saved_at=clock.now())
    free = Draft.words["body"].astext.is_(None) | (func.btrim(Draft.words["body"].astext) == "")
    put = row.on_conflict_do_update(
        index_elements=[Draft.user_id, Draft.place],
        set_={"words": dict(words), "number": Draft.number + 1, "saved_at": clock.now()},
        where=free | (Draft.saved_at <= clock.now() - LIFE),
    )
    return db.session.scalar(put.returning(Draft.number)) is not None


def put_before(user_id: int, place: str, words: Mapping[str, Any], field: str = "body") -> None:
    """Put words into a place; those of one `field` stand before what is being written there."""
    now = clock.now()
    row = insert(Draft).values(user_id=user_id, place=place, words=dict(words), number=1, saved_at=now)
    written = func.coalesce(Draft.words[field].astext, "")
    both = func.concat(words[field], case((func.btrim(written) == "", ""), else_=func.concat("\n\n", written)))
    together = row.excluded.words.op("||")(func.jsonb_build_object(field, both))
    put = {"words": together, "number": Draft.number + 1, "saved_at": now}
    db.session.execute(row.on_conflict_do_update(index_elements=[Draft.user_id, Draft.place], set_=put))


def has_room(user: User) -> bool:
    """Whether this person's words in another place can be kept."""
    written = select(func.count()).where(Draft.user_id == user.id, Draft.words != {})
    return (db.session.scalar(written) or 0) < PLACES_MAX


def drop_old_drafts() -> int:
    """Forget drafts older than their life; returns how many."""
    gone = db.session.execute(delete(Draft).where(Draft.saved_at <= clock.now() - LIFE).returning(Draft.user_id))
    return len(gone.all())
