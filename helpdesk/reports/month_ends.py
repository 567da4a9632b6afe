"""A customer's console at the end of a month: how many computers, under which policies, how up to date (menu 1-(3))."""

from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any, ClassVar

from sqlalchemy import ForeignKey, Index, func, or_, select
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from helpdesk import clock
from helpdesk.calendar.hours import ServiceHours
from helpdesk.calendar.models import current_calendar
from helpdesk.console.models import ConsoleCredential
from helpdesk.console.values import Computer
from helpdesk.contracts.models import Contract
from helpdesk.errands import Errand
from helpdesk.extensions import READING_QUEUE, Model, db
from helpdesk.reports.months import ReportMonth

NAMED = 20
ASKING = 7_221_042
"""An advisory lock of its own: two who ask at once ask once."""
CATCH_UP_DAYS = 3
LONG = timedelta(days=30)


class ConsoleMonthEnd(Errand, Model):
    """One reading of a customer's console on a month's last day. `facts` are empty until it succeeded."""

    __tablename__ = "console_month_ends"
    JOB: ClassVar[str] = "helpdesk.reports.jobs.read_month_end"
    LABEL: ClassVar[str] = "ConsoleMonthEnd"
    MAX_TRIES: ClassVar[int] = 40
    QUEUE: ClassVar[str] = READING_QUEUE
    QUEUED_LEASE: ClassVar[timedelta] = timedelta(minutes=2)
    JOB_SECONDS: ClassVar[int] = 1200

    @declared_attr.directive
    @classmethod
    def __table_args__(cls) -> tuple[Any, ...]:
        return (*super().__table_args__, Index("uq_console_month_ends", "customer_id", "month", unique=True))

    @classmethod
    def lease(cls) -> timedelta:
        """A hundred pages of a console take minutes."""
        return timedelta(minutes=15)

    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"))
    month: Mapped[date]
    """Its first day."""
    read_at: Mapped[datetime | None]
    facts: Mapped[dict[str, Any]] = mapped_column(default=dict)


def request_month_ends() -> int:
    """From closing time of a month's last day on, have the consoles read; returns how many are new.

    Where nothing ran that evening it is made up for in the first days of the next month; the report tells when it was.
    """
    month = _ending(current_calendar().hours, clock.now())
    if month is None:
        return 0
    db.session.execute(select(func.pg_advisory_xact_lock(ASKING)))
    asked = select(ConsoleMonthEnd.customer_id).where(ConsoleMonthEnd.month == month.first)
    in_force = select(Contract.customer_id).where(
        Contract.in_force_from <= month.last,
        or_(Contract.in_force_until.is_(None), Contract.in_force_until >= month.last),
    )
    mine = ConsoleCredential.customer_id
    lacking = list(db.session.scalars(select(mine).where(mine.not_in(asked), mine.in_(in_force))))
    for customer_id in lacking:
        row = ConsoleMonthEnd(customer_id=customer_id, month=month.first, facts={})
        row.due_at = clock.now()
        db.session.add(row)
    return len(lacking)


def _ending(hours: ServiceHours, now: datetime) -> ReportMonth | None:
    """The month that is at its end, or just ended."""
    local = now.astimezone(hours.zone)
    month = ReportMonth.of(local.date())
    if local.date() == month.last and local.hour * 60 + local.minute >= hours.usual[1]:
        return month
    return month.back(1) if local.day <= CATCH_UP_DAYS else None


def month_end_facts(customer_id: int, month: ReportMonth) -> dict[str, Any] | None:
    """What the console showed at the month's end; None where it was not read."""
    row = db.session.scalar(
        select(ConsoleMonthEnd).where(ConsoleMonthEnd.customer_id == customer_id, ConsoleMonthEnd.month == month.first)
    )
    if row is None:
        return None
    return {
        "read_at": row.read_at.isoformat() if row.read_at else None,
        "error": row.last_error if row.read_at is None else None,
        **row.facts,
    }


def facts_of(computers: Iterable[Computer], now: datetime) -> dict[str, Any]:
    """Counts of a console's computers, and the names of those that want a look. Pure.

    A connector counts as older where the same console has a newer one of the same operating system's family: which
    version is the newest that the vendor offers, the API does not tell.
    """
    known = list(computers)
    newest: dict[str, tuple[int, ...]] = {}
    for one in known:
        family = _family(one)
        newest[family] = max(newest.get(family, ()), one.version)
    older = sorted(one.name for one in known if one.version and one.version < newest[_family(one)])
    silent = sorted(one.name for one in known if one.last_seen is not None and now - one.last_seen > LONG)
    return {
        "computers": len(known),
        "policies": sorted(Counter(one.policy_name or "" for one in known).items()),
        "versions": sorted(Counter(one.connector_version or "" for one in known).items()),
        "older": {"count": len(older), "names": older[:NAMED]},
        "silent": {"count": len(silent), "names": silent[:NAMED]},
    }


def _family(computer: Computer) -> str:
    return (computer.system or "").split(" ")[0]
