"""A large table of customers and people is brought in by a worker, all of it or nothing."""

from datetime import datetime, timedelta
from typing import ClassVar

from sqlalchemy import ForeignKey, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from helpdesk import clock
from helpdesk.accounts.importing import ImportPlan
from helpdesk.accounts.models import User
from helpdesk.errands import Errand
from helpdesk.extensions import READING_QUEUE, Model, db
from helpdesk.files.dropping import forget
from helpdesk.files.models import store

AT_ONCE = 200
"""So many rows are brought in by the request that asks."""


class CustomerImport(Errand, Model):
    """One table on its way in. `customers`, `people` and `addresses` are what it brought."""

    __tablename__ = "customer_imports"
    JOB: ClassVar[str] = "helpdesk.accounts.jobs.bring_in"
    LABEL: ClassVar[str] = "CustomerImport"
    QUEUE: ClassVar[str] = READING_QUEUE
    JOB_SECONDS: ClassVar[int] = 900
    MAX_TRIES: ClassVar[int] = 3

    asked_at: Mapped[datetime]
    asked_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    sha256: Mapped[str | None] = mapped_column(ForeignKey("stored_files.sha256"))
    """The table, until it was read (R61)."""
    file_name: Mapped[str]
    rows: Mapped[int]
    customers: Mapped[int] = mapped_column(default=0, server_default="0")
    people: Mapped[int] = mapped_column(default=0, server_default="0")
    addresses: Mapped[int] = mapped_column(default=0, server_default="0")

    asked_by: Mapped[User] = relationship()

    @classmethod
    def lease(cls) -> timedelta:
        """Thousands of rows in one transaction."""
        return timedelta(minutes=10)


def drop_read_tables() -> int:
    """Let go of the tables of imports that have ended, in the caller's transaction; the disk is cleared later."""
    ended = select(CustomerImport).where(CustomerImport.finished_at.is_not(None), CustomerImport.sha256.is_not(None))
    rows = db.session.scalars(ended.order_by(CustomerImport.id).limit(100)).all()
    files = {row.sha256 for row in rows if row.sha256}
    for row in rows:
        row.sha256 = None
    return len(forget(files))


def ask_for_import(by: User, name: str, content: bytes, plan: ImportPlan) -> CustomerImport:
    """Have a worker bring it in, soon."""
    row = CustomerImport(
        asked_at=clock.now(),
        asked_by_id=by.id,
        sha256=store(content),
        file_name=name,
        rows=len(plan.rows),
        due_at=clock.now(),
    )
    db.session.add(row)
    db.session.flush()
    return row
