"""Monthly reports: a kept snapshot a customer and month, reviewed, then sent (R30)."""

import enum
from datetime import date, datetime, timedelta
from typing import Any, ClassVar

from flask_babel import gettext as _
from sqlalchemy import ForeignKey, Index, select, text
from sqlalchemy.orm import Mapped, declared_attr, defer, mapped_column, relationship

from helpdesk import clock
from helpdesk.accounts.models import User
from helpdesk.audit.models import Actor, record
from helpdesk.calendar.models import current_calendar
from helpdesk.customers.models import Customer
from helpdesk.errands import Errand, ErrandState
from helpdesk.errors import Refusal
from helpdesk.extensions import READING_QUEUE, Model, db
from helpdesk.reports.acts import ReportAct
from helpdesk.reports.months import ReportMonth

WORDS_MAX = 4000


class ReportStatus(enum.StrEnum):
    """The one word people see."""

    making = "making"
    failed = "failed"
    review = "review"
    held = "held"
    approved = "approved"
    sent = "sent"


class MonthlyReport(Errand, Model):
    """One edition of a customer's report of a month, whose first day is `month`.

    `contents` is what was counted (contents.py), with its digest; `changed` what differs from the edition before.
    `comment` and `advice` are words of a person, `written_by`. Its files are kept from the approval on, and with them
    the layout they were made with. A later edition goes through review as the first did.
    """

    __tablename__ = "monthly_reports"
    JOB: ClassVar[str] = "helpdesk.reports.jobs.make"
    LABEL: ClassVar[str] = "MonthlyReport"
    QUEUE: ClassVar[str] = READING_QUEUE
    QUEUED_LEASE: ClassVar[timedelta] = timedelta(minutes=2)
    JOB_SECONDS: ClassVar[int] = 600

    @declared_attr.directive
    @classmethod
    def __table_args__(cls) -> tuple[Any, ...]:
        return (
            *super().__table_args__,
            Index("uq_monthly_reports", "customer_id", "month", "edition", unique=True),
            Index("ix_monthly_reports_month", "month", "customer_id"),
            Index(
                "ix_monthly_reports_review",
                "id",
                postgresql_where=text("state = 'done' AND approved_at IS NULL AND held_at IS NULL"),
            ),
        )

    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"))
    month: Mapped[date]
    edition: Mapped[int] = mapped_column(default=1)
    asked_at: Mapped[datetime]
    made_at: Mapped[datetime | None]
    contents: Mapped[dict[str, Any] | None]
    contents_digest: Mapped[str | None]
    changed: Mapped[list[Any]] = mapped_column(default=list)
    comment: Mapped[str] = mapped_column(default="")
    advice: Mapped[str] = mapped_column(default="")
    written_by: Mapped[str | None]
    held_at: Mapped[datetime | None]
    held_by: Mapped[str | None]
    held_why: Mapped[str | None]
    approved_at: Mapped[datetime | None]
    approved_by: Mapped[str | None]
    layout_id: Mapped[int | None] = mapped_column(ForeignKey("report_layouts.id"))
    pdf_sha256: Mapped[str | None] = mapped_column(ForeignKey("stored_files.sha256"))
    xlsx_sha256: Mapped[str | None] = mapped_column(ForeignKey("stored_files.sha256"))
    sent_at: Mapped[datetime | None]
    sent_to: Mapped[list[Any]] = mapped_column(default=list)

    customer: Mapped[Customer] = relationship()

    @property
    def of_month(self) -> ReportMonth:
        return ReportMonth.of(self.month)

    @property
    def status(self) -> ReportStatus:
        if self.state == ErrandState.failed and self.sent_at is None:
            return ReportStatus.failed
        if self.made_at is None:
            return ReportStatus.making
        if self.approved_at is not None:
            return ReportStatus.sent if self.sent_at else ReportStatus.approved
        return ReportStatus.held if self.held_at else ReportStatus.review

    @property
    def reviewable(self) -> bool:
        """Whether a supervisor may still change its words, hold it back or let it go."""
        return self.status in (ReportStatus.review, ReportStatus.held)

    def write(self, by: User, comment: str, advice: str) -> None:
        """Keep a person's words for the customer. Refused once it was approved, and where they are too long."""
        self._under_review()
        if max(len(comment), len(advice)) > WORDS_MAX:
            raise Refusal(_("At most %(count)s characters fit here.", count=WORDS_MAX))
        if (comment.strip(), advice.strip()) == (self.comment, self.advice):
            return
        self.comment, self.advice, self.written_by = comment.strip(), advice.strip(), by.name
        record(by.actor(), ReportAct.written, self)

    def hold(self, by: User, why: str) -> None:
        """Keep it from being sent until somebody approves it, with the reason."""
        self._under_review()
        if not why.strip():
            raise Refusal(_("Say why it is held back."), field="why")
        self.held_at, self.held_by, self.held_why = clock.now(), by.name, why.strip()[:500]
        record(by.actor(), ReportAct.held, self, why=self.held_why)

    def approve(self, by: User, digest: str | None = None) -> None:
        """Let it go to the customer; its files are made and sent by a worker.

        Refused for a month that has not ended, and where other figures stand there than those whose `digest` was read.
        """
        self._under_review()
        if self.made_at is None or self.made_at < self.of_month.span(current_calendar().hours.zone)[1]:
            raise Refusal(_("This month has not ended: the report is counted once more then."))
        if digest is not None and digest != self.contents_digest:
            raise Refusal(_("The figures were counted anew since you read them. Please look once more."))
        self.approved_at, self.approved_by = clock.now(), by.name
        self.held_at = self.held_by = self.held_why = None
        self.restart()
        record(by.actor(), ReportAct.approved, self, edition=self.edition)

    def _under_review(self) -> None:
        if not self.reviewable:
            raise Refusal(_("This report is not under review (any more)."))
        if not self.ended:
            raise Refusal(_("It is being counted once more; wait some seconds and look at it then."))


class ReportLayout(Model):
    """The provider's template, in versions: colour, logo, wording, and which sections are shown."""

    __tablename__ = "report_layouts"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    by: Mapped[str]
    accent: Mapped[str]
    logo_sha256: Mapped[str | None] = mapped_column(ForeignKey("stored_files.sha256"))
    greeting_ja: Mapped[str] = mapped_column(default="")
    greeting_en: Mapped[str] = mapped_column(default="")
    closing_ja: Mapped[str] = mapped_column(default="")
    closing_en: Mapped[str] = mapped_column(default="")
    hidden: Mapped[list[Any]] = mapped_column(default=list)
    """Keys of sections that are left out."""

    def greeting(self, language: str) -> str:
        return self.greeting_en if language == "en" else self.greeting_ja

    def closing(self, language: str) -> str:
        return self.closing_en if language == "en" else self.closing_ja


class ReportReading(Model):
    """Who of a customer opened a report first, and when."""

    __tablename__ = "report_readings"

    report_id: Mapped[int] = mapped_column(ForeignKey("monthly_reports.id"), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), primary_key=True)
    at: Mapped[datetime]


def current_layout() -> ReportLayout | None:
    """The newest version of the template; None where nobody has changed it."""
    return db.session.scalar(select(ReportLayout).order_by(ReportLayout.id.desc()).limit(1))


def newest_report(customer_id: int, month: ReportMonth, *, lock: bool = False) -> MonthlyReport | None:
    """The latest edition of a customer's report of a month, its contents unread; `lock` it to change it, read anew."""
    rows = select(MonthlyReport).where(MonthlyReport.customer_id == customer_id, MonthlyReport.month == month.first)
    rows = rows.order_by(MonthlyReport.edition.desc()).limit(1)
    unread = rows.options(defer(MonthlyReport.contents))
    return db.session.scalar(rows.with_for_update() if lock else unread)


def sent_contents(customer_id: int, month: ReportMonth) -> dict[str, Any] | None:
    """What the customer was told of a month: the contents of the last edition that was approved."""
    rows = select(MonthlyReport.contents).where(
        MonthlyReport.customer_id == customer_id,
        MonthlyReport.month == month.first,
        MonthlyReport.approved_at.is_not(None),
    )
    return db.session.scalar(rows.order_by(MonthlyReport.edition.desc()).limit(1))


def ask_again(by: Actor, report: MonthlyReport) -> None:
    """Have a month counted once more: under review it is replaced, after that a new edition comes of what changed.

    Refused for an edition that a later one has followed.
    """
    newest = newest_report(report.customer_id, report.of_month)
    if newest is not None and newest.id != report.id:
        raise Refusal(_("There is a later edition: count that one again."))
    report.restart()
    record(by, ReportAct.asked_again, report, edition=report.edition)
