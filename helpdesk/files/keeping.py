"""Files that were chosen but not sent yet, and how much one person may bring in a day (S7).

What is kept lies apart from the file store, under random names, so that dropping it can touch nothing else.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from flask import current_app
from sqlalchemy import BigInteger, ForeignKey, Index, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from helpdesk import clock
from helpdesk.extensions import Model, db

KEPT_FOR = timedelta(days=7)
"""As long as a draft lives."""
BATCH = 500


class KeptFile(Model):
    """A file of somebody's form that waits for its confirmation; `form` is the form's own random key."""

    __tablename__ = "kept_files"
    __table_args__ = (Index("ix_kept_files_form", "user_id", "form"), Index("ix_kept_files_at", "at"))

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    form: Mapped[str]
    place: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    content_type: Mapped[str]
    size: Mapped[int]
    at: Mapped[datetime]


class UploadsOfDay(Model):
    """What one person brought on one day (UTC)."""

    __tablename__ = "uploads_of_day"

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), primary_key=True, autoincrement=False)
    day: Mapped[date] = mapped_column(primary_key=True)
    files: Mapped[int]
    bytes: Mapped[int] = mapped_column(BigInteger)


@dataclass(frozen=True)
class Chosen:
    """A file as somebody chose it."""

    name: str
    content: bytes
    content_type: str


def keep(user_id: int, form: str, files: Sequence[Chosen]) -> None:
    """Keep these files for a form in the caller's transaction, beside those that it has."""
    for file in files:
        place = secrets.token_hex(16)
        path = _path(place)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(file.content)
        row = KeptFile(user_id=user_id, form=form, place=place, name=file.name, content_type=file.content_type)
        row.size, row.at = len(file.content), clock.real_now()
        db.session.add(row)


def kept_rows(user_id: int, form: str) -> Sequence[KeptFile]:
    """The files of this person's form without what is in them, in the order they were chosen."""
    rows = select(KeptFile).where(KeptFile.user_id == user_id, KeptFile.form == form).order_by(KeptFile.id)
    return db.session.scalars(rows).all() if form else ()


def drop_kept(user_id: int, form: str, file_id: int | None = None) -> None:
    """Let go of a form's files, or of one, in the caller's transaction; the disk is cleared later."""
    rows = update(KeptFile).where(KeptFile.user_id == user_id, KeptFile.form == form)
    if file_id is not None:
        rows = rows.where(KeptFile.id == file_id)
    db.session.execute(rows.values(form="", at=clock.real_now() - KEPT_FOR))


def hand_over(user_id: int, form: str, to_id: int) -> None:
    """Another person has the files of this form from now on, in the caller's transaction."""
    rows = update(KeptFile).where(KeptFile.user_id == user_id, KeptFile.form == form)
    db.session.execute(rows.values(user_id=to_id))


def kept(user_id: int, form: str) -> list[Chosen]:
    """The files of this person's form, in the order they were chosen; another's form has none here."""
    found = ((row, _path(row.place)) for row in kept_rows(user_id, form))
    return [Chosen(row.name, path.read_bytes(), row.content_type) for row, path in found if path.exists()]


def let_go(user_ids: Sequence[int]) -> None:
    """Forget what these people chose, in the caller's transaction; `drop_old_kept_files` clears the disk."""
    rows = update(KeptFile).where(KeptFile.user_id.in_(user_ids))
    db.session.execute(rows.values(form="", name="", at=clock.real_now() - KEPT_FOR))


def let_go_of(numbers: Sequence[str]) -> None:
    """The same of what anybody chose for a form on these tickets, such as `reply:2611-0480`."""
    rows = update(KeptFile).where(func.split_part(KeptFile.form, ":", 2).in_(numbers))
    db.session.execute(rows.values(form="", name="", at=clock.real_now() - KEPT_FOR))


def drop_old_kept_files() -> int:
    """Forget what nobody sent within a week, sent or not; returns how many files went."""
    old = select(KeptFile).where(KeptFile.at <= clock.real_now() - KEPT_FOR).order_by(KeptFile.id).limit(BATCH)
    rows = list(db.session.scalars(old.with_for_update(skip_locked=True)))
    for row in rows:
        _path(row.place).unlink(missing_ok=True)
        db.session.delete(row)
    db.session.execute(delete(UploadsOfDay).where(UploadsOfDay.day < clock.real_now().date() - timedelta(days=2)))
    return len(rows)


def may_bring(user_id: int, sizes: Sequence[int]) -> bool:
    """Whether this person may bring files of these sizes, too, today (HELPDESK_UPLOADS_PER_DAY, its bytes in MB)."""
    row = db.session.get(UploadsOfDay, (user_id, clock.real_now().date()))
    files, size = (row.files, row.bytes) if row is not None else (0, 0)
    most_files, most_bytes = (
        current_app.config["UPLOADS_PER_DAY"],
        current_app.config["UPLOAD_MB_PER_DAY"] * 1024 * 1024,
    )
    return bool(files + len(sizes) <= most_files and size + sum(sizes) <= most_bytes)


def count_brought(user_id: int, sizes: Sequence[int]) -> None:
    """Count files that were taken, in the caller's transaction."""
    if not sizes:
        return
    row = insert(UploadsOfDay).values(user_id=user_id, day=clock.real_now().date(), files=len(sizes), bytes=sum(sizes))
    more = {"files": UploadsOfDay.files + len(sizes), "bytes": UploadsOfDay.bytes + sum(sizes)}
    db.session.execute(row.on_conflict_do_update(index_elements=[UploadsOfDay.user_id, UploadsOfDay.day], set_=more))


def _path(place: str) -> Path:
    root: Path = current_app.config["FILES"]
    return root / "kept" / place[:2] / place
