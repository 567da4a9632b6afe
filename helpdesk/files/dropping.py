"""Files that nothing names any more leave the disk (R61).

What is to leave is a row until it has left, so that no run which is cut off leaves a file behind.
"""

import json
from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import delete, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from helpdesk import clock
from helpdesk.extensions import Model, db
from helpdesk.files.models import StoredFile, path_of

LISTED = ("notices", "sendings")
"""Tables that name files within a column `files` of JSON."""
BATCH = 1_000


class DroppedFile(Model):
    """A file that no row named when it was forgotten; it is on the disk until the next clearing."""

    __tablename__ = "dropped_files"

    sha256: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime]


def forget(candidates: Iterable[str]) -> set[str]:
    """Take those that no row names out of the store, in the caller's transaction; `clear_disk` follows its commit."""
    db.session.flush()
    gone = _unnamed(candidates)
    if gone:
        db.session.execute(delete(StoredFile).where(StoredFile.sha256.in_(gone)))
        rows = insert(DroppedFile).values([{"sha256": one, "at": clock.real_now()} for one in sorted(gone)])
        db.session.execute(rows.on_conflict_do_nothing())
    return gone


def clear_disk() -> int:
    """Unlink what was forgotten, but for what came again meanwhile, in the caller's transaction; returns how many.

    Whoever stores the same bytes at this moment comes before or after: the table is held against them, and `store`
    looks for its file once more when it has its row.
    """
    gone = set(db.session.scalars(select(DroppedFile.sha256).order_by(DroppedFile.at).limit(BATCH)))
    if not gone:
        return 0
    db.session.execute(text("LOCK TABLE stored_files IN SHARE ROW EXCLUSIVE MODE"))
    back = set(db.session.scalars(select(StoredFile.sha256).where(StoredFile.sha256.in_(gone))))
    for sha256 in gone - back:
        path_of(sha256).unlink(missing_ok=True)
    db.session.execute(delete(DroppedFile).where(DroppedFile.sha256.in_(gone)))
    return len(gone)


def _unnamed(candidates: Iterable[str]) -> set[str]:
    """Those of these SHA-256 that no row names."""
    left = set(candidates)
    for table in Model.metadata.sorted_tables:
        for key in table.foreign_keys:
            if key.column.table.name == StoredFile.__tablename__ and left:
                left -= set(db.session.scalars(select(key.parent).where(key.parent.in_(left))))
    for sha256 in sorted(left):
        if any(db.session.scalar(_NAMES[name], {"named": json.dumps([{"sha256": sha256}])}) for name in LISTED):
            left.discard(sha256)
    return left - _logos()


def _logos() -> set[str]:
    """A logo is named within the settings, of any version."""
    named = text("SELECT DISTINCT values->>'logo' FROM settings_versions WHERE values->>'logo' <> ''")
    return set(db.session.scalars(named))


_NAMES = {
    name: text(f"SELECT 1 FROM {name} WHERE files <> '[]'::jsonb AND files @> CAST(:named AS jsonb) LIMIT 1")  # noqa: S608
    for name in LISTED
}
