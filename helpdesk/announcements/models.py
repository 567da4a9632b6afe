"""Announcements to customers: on the portal, on a page anybody reads, and by mail (10-1, 12-5; R64).

An announcement is an errand: a draft without a time, then due when it is to be published. Whoever was mailed stands
in a row of their own, so that a run which was cut off goes on with the others.
"""

import enum
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, ClassVar

from sqlalchemy import ColumnElement, ForeignKey, Index, Select, and_, func, or_, select, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, declared_attr, mapped_column, relationship

from helpdesk import clock
from helpdesk.calendar.models import current_calendar
from helpdesk.contracts.models import Contract
from helpdesk.customers.models import Contact, Customer
from helpdesk.errands import Errand, ErrandState
from helpdesk.extensions import Model, db
from helpdesk.notices.models import Notice

SHOWN, BANNERS = 50, 8


class AnnouncementKind(enum.StrEnum):
    maintenance = "maintenance"
    suspension = "suspension"
    end_of_service = "end_of_service"
    terms = "terms"
    news = "news"

    @property
    def needed(self) -> bool:
        """Whether the service needs it: it goes also to whom had use for news and offers stopped (16-6)."""
        return self != AnnouncementKind.news


URGENT = (AnnouncementKind.maintenance, AnnouncementKind.suspension, AnnouncementKind.end_of_service)


class Audience(enum.StrEnum):
    all = "all"
    plan = "plan"
    reseller = "reseller"
    customers = "customers"


class AnnouncementState(enum.StrEnum):
    draft = "draft"
    planned = "planned"
    publishing = "publishing"
    published = "published"
    over = "over"
    withdrawn = "withdrawn"
    failed = "failed"


class Announcement(Errand, Model):
    """Words in both languages, Markdown. `begins_at` and `ends_at` are when what it tells of happens, `shown_until` how
    long the portal shows it above its pages. `targets` are plans, or ids of resellers or customers.
    """

    __tablename__ = "announcements"

    @declared_attr.directive
    @classmethod
    def __table_args__(cls) -> tuple[Any, ...]:
        shown = text("published_at IS NOT NULL AND withdrawn_at IS NULL")
        return (*super().__table_args__, Index("ix_announcements_shown", "published_at", postgresql_where=shown))

    JOB: ClassVar[str] = "helpdesk.announcements.jobs.announce"
    LABEL: ClassVar[str] = "Announcement"

    kind: Mapped[AnnouncementKind]
    title_ja: Mapped[str]
    title_en: Mapped[str]
    body_ja: Mapped[str]
    body_en: Mapped[str]
    audience: Mapped[Audience]
    targets: Mapped[list[Any]] = mapped_column(JSONB, default=list)
    mailed: Mapped[bool]
    begins_at: Mapped[datetime | None]
    ends_at: Mapped[datetime | None]
    shown_until: Mapped[datetime | None]
    written_at: Mapped[datetime]
    written_by: Mapped[str]
    published_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]
    withdrawn_words: Mapped[str] = mapped_column(default="")

    @classmethod
    def lease(cls) -> timedelta:
        return timedelta(minutes=5)

    @property
    def status(self) -> AnnouncementState:
        if self.withdrawn_at is not None:
            return AnnouncementState.withdrawn
        if self.state == ErrandState.failed:
            return AnnouncementState.failed
        if self.published_at is None:
            return AnnouncementState.draft if self.due_at is None else AnnouncementState.planned
        if self.state != ErrandState.done:
            return AnnouncementState.publishing
        over = self.shown_until is not None and self.shown_until <= clock.now()
        return AnnouncementState.over if over else AnnouncementState.published

    def title(self, language: str) -> str:
        return self.title_en if language == "en" else self.title_ja

    def body(self, language: str) -> str:
        return self.body_en if language == "en" else self.body_ja


class AnnouncementMail(Model):
    """That somebody was mailed an announcement; whether it arrived stands on the notice."""

    __tablename__ = "announcement_mails"

    announcement_id: Mapped[int] = mapped_column(ForeignKey("announcements.id"), primary_key=True)
    contact_id: Mapped[int] = mapped_column(ForeignKey("contacts.id"), primary_key=True, index=True)
    notice_id: Mapped[int] = mapped_column(ForeignKey("notices.id"))

    notice: Mapped[Notice] = relationship()
    contact: Mapped[Contact] = relationship()


def published_for(customer: Customer | None) -> Select[Announcement]:
    """What is published for a customer, the newest first; for nobody in particular, what is for everybody."""
    rows = select(Announcement).where(
        Announcement.published_at.is_not(None), Announcement.withdrawn_at.is_(None), _meant_for(customer)
    )
    return rows.order_by(Announcement.published_at.desc(), Announcement.id.desc())


def shown_to(customer: Customer) -> Sequence[Announcement]:
    """What stands above the portal's pages now, what the service needs before news: one statement."""
    now = clock.now()
    still = or_(Announcement.shown_until.is_(None), Announcement.shown_until > now)
    urgent = Announcement.kind.in_(URGENT)
    rows = published_for(customer).where(still).order_by(None).order_by(~urgent, Announcement.published_at.desc())
    return db.session.scalars(rows.limit(BANNERS)).all()


def _meant_for(customer: Customer | None) -> ColumnElement[bool]:
    everybody = Announcement.audience == Audience.all
    if customer is None:
        return everybody
    today = current_calendar().hours.local_date(clock.now())
    on_plan = select(Contract.id).where(
        Contract.customer_id == customer.id,
        or_(Contract.in_force_until.is_(None), Contract.in_force_until >= today),
        Contract.ended_at.is_(None),
        Announcement.targets.contains(func.jsonb_build_array(Contract.plan)),
    )
    of_reseller = Announcement.targets.contains([customer.reseller_id])
    return or_(
        everybody,
        and_(Announcement.audience == Audience.customers, Announcement.targets.contains([customer.id])),
        and_(Announcement.audience == Audience.reseller, of_reseller),
        and_(Announcement.audience == Audience.plan, on_plan.exists()),
    )


def customers_of(announcement: Announcement) -> Select[int]:
    """Who is meant: customers with a contract that is in force, or begins; those that are named, whatever they have."""
    today = current_calendar().hours.local_date(clock.now())
    goes_on = or_(Contract.in_force_until.is_(None), Contract.in_force_until >= today)
    served = select(Contract.customer_id).where(goes_on, Contract.ended_at.is_(None))
    if announcement.audience == Audience.customers:
        return select(Customer.id).where(Customer.id.in_(announcement.targets))
    if announcement.audience == Audience.reseller:
        return select(Customer.id).where(Customer.reseller_id.in_(announcement.targets), Customer.id.in_(served))
    if announcement.audience == Audience.plan:
        return select(Customer.id).where(Customer.id.in_(served.where(Contract.plan.in_(announcement.targets))))
    return select(Customer.id).where(Customer.id.in_(served))


def people_of(announcement: Announcement) -> Select[Contact]:
    """Who is mailed: everybody who is written to; of news that no service needs not those who stopped them (16-6)."""
    rows = select(Contact).where(Contact.customer_id.in_(customers_of(announcement)), Contact.closed_at.is_(None))
    if not announcement.kind.needed:
        rows = rows.where(Contact.use_stopped_at.is_(None))
    return rows.order_by(Contact.id)
