"""Terms of use and service menu in versions: what anybody reads, what is in force, who accepted which (1-5, 17; R60).

In force and accepted are two facts: a version holds from its day on (17-3), whoever accepted it or not.
"""

import enum
from collections.abc import Sequence
from datetime import date, datetime

from flask_babel import gettext as _
from sqlalchemy import ForeignKey, Index, select
from sqlalchemy.orm import Mapped, joinedload, mapped_column, relationship

from helpdesk import clock
from helpdesk.audit.models import Actor, record
from helpdesk.customers.models import Contact, Customer
from helpdesk.errors import Refusal
from helpdesk.extensions import Model, db
from helpdesk.terms.acts import TermsAct


class TermsKind(enum.StrEnum):
    terms = "terms"
    menu = "menu"


class AcceptedWay(enum.StrEnum):
    application = "application"
    portal = "portal"
    sign_in = "sign_in"
    paper = "paper"


class TermsVersion(Model):
    """One version. `body` and `supplement` (附則) are Markdown, `changed` says what differs from the one before.

    A draft has no `published_at`; what was published is never changed.
    """

    __tablename__ = "terms_versions"
    __table_args__ = (Index("uq_terms_versions", "kind", "number", unique=True),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[TermsKind]
    number: Mapped[int]
    title: Mapped[str]
    body: Mapped[str]
    supplement: Mapped[str] = mapped_column(default="", server_default="")
    changed: Mapped[str] = mapped_column(default="", server_default="")
    effective_on: Mapped[date]
    drafted_at: Mapped[datetime]
    drafted_by: Mapped[str]
    published_at: Mapped[datetime | None]
    published_by: Mapped[str] = mapped_column(default="", server_default="")
    pdf_sha256: Mapped[str | None] = mapped_column(ForeignKey("stored_files.sha256"))
    """The provider's own document, where there is one; `body` is its text then."""
    told: Mapped[int] = mapped_column(default=0, server_default="0")
    """How many people were mailed when it was published."""

    @property
    def published(self) -> bool:
        return self.published_at is not None


class TermsAcceptance(Model):
    """Who accepted a version for a customer, when and how."""

    __tablename__ = "terms_acceptances"
    __table_args__ = (
        Index("ix_terms_acceptances_customer_id", "customer_id", "version_id"),
        Index("ix_terms_acceptances_contact_id", "contact_id", "version_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("terms_versions.id"), index=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"))
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("contacts.id"))
    name: Mapped[str]
    way: Mapped[AcceptedWay]
    at: Mapped[datetime]

    version: Mapped[TermsVersion] = relationship()
    customer: Mapped[Customer] = relationship()


def versions_of(kind: TermsKind, *, drafts: bool = False) -> Sequence[TermsVersion]:
    """The newest first; drafts only for those who write them."""
    rows = select(TermsVersion).where(TermsVersion.kind == kind)
    if not drafts:
        rows = rows.where(TermsVersion.published_at.is_not(None))
    return db.session.scalars(rows.order_by(TermsVersion.effective_on.desc(), TermsVersion.number.desc())).all()


def version_of(kind: TermsKind, number: int) -> TermsVersion | None:
    """A published version; None for a draft, which nobody reads."""
    rows = select(TermsVersion).where(TermsVersion.kind == kind, TermsVersion.number == number)
    return db.session.scalar(rows.where(TermsVersion.published_at.is_not(None)))


def in_force(kind: TermsKind, day: date) -> TermsVersion | None:
    """The version that holds on a day of the service's zone."""
    rows = select(TermsVersion).where(
        TermsVersion.kind == kind, TermsVersion.published_at.is_not(None), TermsVersion.effective_on <= day
    )
    return db.session.scalar(rows.order_by(TermsVersion.effective_on.desc(), TermsVersion.number.desc()).limit(1))


def coming(kind: TermsKind, day: date) -> TermsVersion | None:
    """The next version that is published and does not hold yet."""
    rows = select(TermsVersion).where(
        TermsVersion.kind == kind, TermsVersion.published_at.is_not(None), TermsVersion.effective_on > day
    )
    return db.session.scalar(rows.order_by(TermsVersion.effective_on, TermsVersion.number).limit(1))


def accept(by: Actor, version: TermsVersion, customer: Customer, person: Contact | None, way: AcceptedWay) -> None:
    """Somebody accepts a version for a customer; a second time changes nothing. Refused for a draft."""
    if not version.published:
        raise Refusal(_("This version is not published."))
    # a second click at this moment waits for the first
    db.session.get_one(Customer, customer.id, with_for_update=True, populate_existing=True)
    if _accepted_before(version, customer, person):
        return
    name = person.name if person is not None else by.name
    db.session.add(
        TermsAcceptance(
            version_id=version.id,
            customer_id=customer.id,
            contact_id=person.id if person is not None else None,
            name=name,
            way=way,
            at=clock.now(),
        )
    )
    record(by, TermsAct.accepted, customer, number=version.number, name=name, kind=version.kind.value)


def _accepted_before(version: TermsVersion, customer: Customer, person: Contact | None) -> bool:
    """By the same person; of nobody in particular, for the customer at all."""
    rows = select(TermsAcceptance.id).where(
        TermsAcceptance.version_id == version.id, TermsAcceptance.customer_id == customer.id
    )
    if person is not None:
        rows = rows.where(TermsAcceptance.contact_id == person.id)
    return db.session.scalar(rows.limit(1)) is not None


def asked_of(person: Contact, day: date) -> TermsVersion | None:
    """The version that holds, then the one that comes: the first that this person has not accepted yet."""
    for version in (in_force(TermsKind.terms, day), coming(TermsKind.terms, day)):
        if version is not None and not _accepted_before(version, person.customer, person):
            return version
    return None


def acceptance_of(version: TermsVersion, customer_id: int) -> TermsAcceptance | None:
    rows = select(TermsAcceptance).where(
        TermsAcceptance.version_id == version.id, TermsAcceptance.customer_id == customer_id
    )
    return db.session.scalar(rows.order_by(TermsAcceptance.id).limit(1))


def acceptances(limit: int = 1_000) -> Sequence[TermsAcceptance]:
    """Who accepted what, the newest first."""
    rows = select(TermsAcceptance).options(joinedload(TermsAcceptance.version), joinedload(TermsAcceptance.customer))
    return db.session.scalars(rows.order_by(TermsAcceptance.id.desc()).limit(limit)).all()
