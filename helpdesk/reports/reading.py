"""Which reports a person of a customer may read: those that were sent, and only by who is meant to (R30, R70)."""

from collections.abc import Sequence

from sqlalchemy import Select, select
from sqlalchemy.dialects.postgresql import distinct_on, insert
from sqlalchemy.orm import defer

from helpdesk import clock
from helpdesk.accounts.models import User
from helpdesk.accounts.roles import Role
from helpdesk.errors import NotFound
from helpdesk.extensions import db
from helpdesk.reports.models import MonthlyReport, ReportReading
from helpdesk.reports.months import ReportMonth


def may_read_reports(user: User) -> bool:
    """A report tells of every ticket of the customer: it is for administrators and whom they named for reports."""
    return user.role == Role.customer_admin or (user.contact is not None and user.contact.gets_reports)


def sent_reports(user: User) -> Sequence[MonthlyReport]:
    """The last edition of every month that was sent, the newest month first."""
    return db.session.scalars(_sent_to(user)).all() if may_read_reports(user) else []


def sent_report(user: User, month: ReportMonth) -> MonthlyReport:
    """The last edition of a month that was sent. Raises NotFound, also for who may not read it."""
    report = db.session.scalar(_sent_to(user).where(MonthlyReport.month == month.first))
    if report is None or not may_read_reports(user):
        raise NotFound
    return report


def unread_report(user: User) -> MonthlyReport | None:
    """The newest report, while this person has not opened it."""
    newest = db.session.scalar(_sent_to(user).limit(1)) if may_read_reports(user) else None
    if newest is None or db.session.get(ReportReading, (newest.id, user.id)) is not None:
        return None
    return newest


def note_reading(report: MonthlyReport, user: User) -> None:
    """Keep that this person has opened it; the first time counts."""
    row = insert(ReportReading).values(report_id=report.id, user_id=user.id, at=clock.now())
    db.session.execute(row.on_conflict_do_nothing())


def _sent_to(user: User) -> Select[MonthlyReport]:
    return (
        select(MonthlyReport)
        # a snapshot may have megabytes: whoever shows it asks for it
        .options(defer(MonthlyReport.contents))
        .where(MonthlyReport.customer_id == user.customer_id, MonthlyReport.sent_at.is_not(None))
        .ext(distinct_on(MonthlyReport.month))
        .order_by(MonthlyReport.month.desc(), MonthlyReport.edition.desc())
    )
