"""A month's reports as the desk sees them: how far it has come, and what waits for whom (R30)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, case, func, select, tuple_
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import aliased, defer, joinedload

from helpdesk.calendar.models import current_calendar
from helpdesk.customers.models import Contact
from helpdesk.errands import ErrandState
from helpdesk.errors import number
from helpdesk.extensions import db
from helpdesk.reports.models import MonthlyReport, ReportStatus
from helpdesk.reports.months import ReportMonth

PAGE = 100


@dataclass(frozen=True)
class MonthOfReports:
    """The newest edition of each customer's report; `counts` by status, `named` how many people get it by customer."""

    reports: Sequence[tuple[MonthlyReport, ReportStatus]]
    counts: dict[ReportStatus, int]
    named: dict[int, int]
    more: str | None
    """The key of the next page."""

    @property
    def whole(self) -> int:
        return sum(self.counts.values())

    @property
    def ready(self) -> int:
        """How many are made, reviewed or not."""
        return self.whole - sum(self.counts.get(name, 0) for name in (ReportStatus.making, ReportStatus.failed))


def month_of_reports(month: ReportMonth, after: str | None = None) -> MonthOfReports:
    """One page of a month's reports, what wants a person first."""
    newest = (
        select(MonthlyReport.id)
        .where(MonthlyReport.month == month.first)
        .ext(distinct_on(MonthlyReport.customer_id))
        .order_by(MonthlyReport.customer_id, MonthlyReport.edition.desc())
        .subquery()
    )
    of_month = aliased(MonthlyReport)
    status = case(
        (and_(of_month.state == ErrandState.failed, of_month.sent_at.is_(None)), "failed"),
        (of_month.made_at.is_(None), "making"),
        (of_month.sent_at.is_not(None), "sent"),
        (of_month.approved_at.is_not(None), "approved"),
        (of_month.held_at.is_not(None), "held"),
        else_="review",
    )
    counted = select(status, func.count()).join(newest, newest.c.id == of_month.id).group_by(status)
    counts = {ReportStatus(name): count for name, count in db.session.execute(counted)}
    rank = case(RANK, value=status)
    rows = (
        select(of_month)
        .join(newest, newest.c.id == of_month.id)
        .options(joinedload(of_month.customer), defer(of_month.contents, raiseload=True))
        .add_columns(status)
        .order_by(rank, of_month.customer_id)
        .limit(PAGE + 1)
    )
    begins = [number(part) for part in (after or "").split("-")]
    if len(begins) == 2 and None not in begins:
        rows = rows.where(tuple_(rank, of_month.customer_id) > tuple_(*begins))
    found = db.session.execute(rows).all()
    reports = [(report, ReportStatus(name)) for report, name in found[:PAGE]]
    named = _named([report.customer_id for report, _status in reports])
    last = reports[-1] if len(found) > PAGE else None
    return MonthOfReports(reports, counts, named, f"{RANK[last[1]]}-{last[0].customer_id}" if last else None)


def _named(customers: list[int]) -> dict[int, int]:
    """By customer: how many people get the report."""
    rows = select(Contact.customer_id, func.count()).where(
        Contact.customer_id.in_(customers), Contact.gets_reports, Contact.closed_at.is_(None)
    )
    return {customer_id: count for customer_id, count in db.session.execute(rows.group_by(Contact.customer_id))}


RANK = {"failed": 0, "review": 1, "held": 2, "making": 3, "approved": 4, "sent": 5}


def under_review(month: ReportMonth, seen: str = "") -> list[MonthlyReport]:
    """What waits for the approval and was made before a page was `seen` (ISO); held back reports left out."""
    rows = select(MonthlyReport).where(
        MonthlyReport.month == month.first,
        MonthlyReport.state == ErrandState.done,
        MonthlyReport.made_at >= month.span(current_calendar().hours.zone)[1],
        MonthlyReport.approved_at.is_(None),
        MonthlyReport.held_at.is_(None),
    )
    if seen:
        rows = rows.where(MonthlyReport.made_at <= datetime.fromisoformat(seen))
    rows = rows.options(defer(MonthlyReport.contents)).order_by(MonthlyReport.id)
    return list(db.session.scalars(rows.with_for_update()))
