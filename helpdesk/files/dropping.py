"""Files that nothing names any more leave the disk (R61)."""

from collections.abc import Collection, Iterable

from sqlalchemy import delete, func, select

from helpdesk.extensions import Model, db
from helpdesk.files.models import StoredFile, path_of

LISTED = {"notices": "files", "sendings": "files"}
"""Tables that name files within a column of JSON."""


def unnamed(candidates: Iterable[str]) -> set[str]:
    """Those of these SHA-256 that no row names."""
    left = set(candidates)
    for table in Model.metadata.sorted_tables:
        for key in table.foreign_keys:
            if key.column.table.name == StoredFile.__tablename__ and left:
                left -= set(db.session.scalars(select(key.parent).where(key.parent.in_(left))))
    for name, column in LISTED.items():
        listed = Model.metadata.tables[name].c[column]
        if left:
            each = func.jsonb_array_elements(listed).op("->>")("sha256")
            named = select(each).where(func.jsonb_array_length(listed) > 0)
            left -= set(db.session.scalars(named))
    return left


def forget(candidates: Iterable[str]) -> set[str]:
    """Take those that no row names out of the store, in the caller's transaction; `unlink` them after its commit."""
    gone = unnamed(candidates)
    db.session.execute(delete(StoredFile).where(StoredFile.sha256.in_(gone)))
    return gone


def unlink(gone: Collection[str]) -> None:
    """Clear the disk of what was forgotten, but for what came again meanwhile."""
    back = set(db.session.scalars(select(StoredFile.sha256).where(StoredFile.sha256.in_(gone))))
    for sha256 in set(gone) - back:
        path_of(sha256).unlink(missing_ok=True)
