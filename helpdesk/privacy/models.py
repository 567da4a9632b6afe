"""Requests of persons about their data, what comes of them, and what was given to whom (16; R61)."""

import enum
from datetime import date, datetime, timedelta
from typing import Any, ClassVar

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, declared_attr, mapped_column, relationship

from helpdesk.customers.models import Contact, Customer
from helpdesk.errands import Errand
from helpdesk.extensions import READING_QUEUE, Model
from helpdesk.privacy.kinds import OPEN_STATES, PrivacyGround, RequestKind, RequestState
from helpdesk.tickets.models import Ticket


class PersonalRequest(Model):
    """One request. Its ticket has the due time; `words` are what the person is told with the decision."""

    __tablename__ = "personal_requests"
    __table_args__ = (
        Index("ix_personal_requests_contact_id", "contact_id", "id"),
        Index("ix_personal_requests_open", "due_on", postgresql_where=text("state IN ('asked', 'checked', 'granted')")),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"), index=True)
    contact_id: Mapped[int] = mapped_column(ForeignKey("contacts.id"))
    ticket_id: Mapped[int] = mapped_column(ForeignKey("tickets.id"), unique=True)
    kind: Mapped[RequestKind]
    state: Mapped[RequestState]
    wanted: Mapped[str]
    asked_at: Mapped[datetime]
    due_on: Mapped[date]
    checked_at: Mapped[datetime | None]
    checked_how: Mapped[str] = mapped_column(default="")
    checked_by: Mapped[str] = mapped_column(default="")
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[str] = mapped_column(default="")
    ground: Mapped[PrivacyGround | None]
    words: Mapped[str] = mapped_column(default="")
    done_at: Mapped[datetime | None]

    contact: Mapped[Contact] = relationship()
    customer: Mapped[Customer] = relationship()
    ticket: Mapped[Ticket] = relationship()

    @property
    def open(self) -> bool:
        return self.state in OPEN_STATES


class _Lengthy:
    """Work on everything that is held of a person."""

    QUEUE: ClassVar[str] = READING_QUEUE
    JOB_SECONDS: ClassVar[int] = 3600
    MAX_TRIES: ClassVar[int] = 5

    @classmethod
    def lease(cls) -> timedelta:
        return timedelta(minutes=70)


class Disclosure(_Lengthy, Errand, Model):
    """What is held of a person, put together as JSON, PDF and ZIP in the file store until `until`."""

    __tablename__ = "disclosures"
    JOB: ClassVar[str] = "helpdesk.privacy.jobs.disclose"
    LABEL: ClassVar[str] = "Disclosure"

    request_id: Mapped[int] = mapped_column(ForeignKey("personal_requests.id"), unique=True)
    made_at: Mapped[datetime | None]
    entries: Mapped[int] = mapped_column(default=0)
    json_sha256: Mapped[str | None] = mapped_column(ForeignKey("stored_files.sha256"))
    pdf_sha256: Mapped[str | None] = mapped_column(ForeignKey("stored_files.sha256"))
    zip_sha256: Mapped[str | None] = mapped_column(ForeignKey("stored_files.sha256"))

    request: Mapped[PersonalRequest] = relationship()

    def file(self, form: str) -> str | None:
        """The SHA-256 of json, pdf or zip; None before it was made and after it expired."""
        return {"json": self.json_sha256, "pdf": self.pdf_sha256, "zip": self.zip_sha256}.get(form)


class Erasure(_Lengthy, Errand, Model):
    """A person's erasing: asked for or expired. The list of them is applied again after a restore.

    `went` counts values by table, and tells of nobody.
    """

    __tablename__ = "erasures"
    JOB: ClassVar[str] = "helpdesk.privacy.jobs.erase_person"
    LABEL: ClassVar[str] = "Erasure"

    customer_id: Mapped[int | None] = mapped_column(ForeignKey("customers.id"), index=True)
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("contacts.id"), index=True)
    request_id: Mapped[int | None] = mapped_column(ForeignKey("personal_requests.id"))
    asked_at: Mapped[datetime]
    by_name: Mapped[str]
    address_digest: Mapped[str] = mapped_column(default="")
    """By which a list of erasings knows them again (requests.py)."""
    also: Mapped[list[Any]] = mapped_column(default=list)
    """Further words of the person to be found, such as a nickname; empty once it was done. Of somebody who is not on
    record the first is their address.
    """
    also_kept: Mapped[str] = mapped_column(default="", server_default="")
    """The same, encrypted, for a restore."""
    listed: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default=text("'{}'"))
    """Numbers of all entries of the person, digests of all addresses: `people`, `addresses`."""
    keep_attached: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    """Others' files that name them stay, because somebody decided so."""
    went: Mapped[dict[str, Any]] = mapped_column(default=dict)

    contact: Mapped[Contact | None] = relationship()
    request: Mapped[PersonalRequest | None] = relationship()

    @property
    def not_read(self) -> int:
        """Files that nobody could look into."""
        return int(self.went.get(NOT_READ, 0))

    @property
    def values_gone(self) -> int:
        return int(sum(self.went.values())) - self.not_read


NOT_READ = "files_not_read"
"""Counts, among what went, files that nobody could look into."""


class Amendment(_Lengthy, Errand, Model):
    """Words that were shown to be wrong are looked for (`dry`), or replaced by the right ones or by a mark (16-4).

    Both are empty once the request is done; `went` counts values by table, `found_on` names tickets by number.
    """

    __tablename__ = "amendments"
    JOB: ClassVar[str] = "helpdesk.privacy.jobs.amend"
    LABEL: ClassVar[str] = "Amendment"

    request_id: Mapped[int] = mapped_column(ForeignKey("personal_requests.id"), index=True)
    asked_at: Mapped[datetime]
    by_name: Mapped[str]
    wrong: Mapped[str]
    right: Mapped[str] = mapped_column(default="")
    dry: Mapped[bool]
    went: Mapped[dict[str, Any]] = mapped_column(default=dict)
    found_on: Mapped[list[Any]] = mapped_column(default=list)

    request: Mapped[PersonalRequest] = relationship()

    @property
    def values_found(self) -> int:
        return int(sum(self.went.values()))


class ReceiverKind(enum.StrEnum):
    """Whom 16-3 names, and authorities (8-1)."""

    subsidiary = "subsidiary"
    reseller = "reseller"
    agent = "agent"
    authority = "authority"


class Provision(Model):
    """Personal data given to somebody outside: what, to whom, how and when (16-3).

    Of an authority's order `told_on` is the day on which we, or the customer, were told before (8-1).
    """

    __tablename__ = "provisions"
    __table_args__ = (Index("ix_provisions_customer_id", "customer_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"))
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("contacts.id"), index=True)
    kind: Mapped[ReceiverKind]
    receiver: Mapped[str]
    what: Mapped[str]
    words: Mapped[str] = mapped_column(default="")
    given_on: Mapped[date]
    told_on: Mapped[date | None]
    by_name: Mapped[str]
    recorded_at: Mapped[datetime]

    customer: Mapped[Customer] = relationship()
    contact: Mapped[Contact | None] = relationship()


class RetentionRun(_Lengthy, Errand, Model):
    """One look at what has expired: `dry` counts only. `went` counts by class, `settings` are the days that held."""

    __tablename__ = "retention_runs"
    JOB: ClassVar[str] = "helpdesk.privacy.jobs.expire"
    LABEL: ClassVar[str] = "RetentionRun"

    @declared_attr.directive
    @classmethod
    def __table_args__(cls) -> tuple[Any, ...]:
        return (*super().__table_args__, Index("ix_retention_runs_asked_at", "asked_at"))

    asked_at: Mapped[datetime]
    by_name: Mapped[str]
    dry: Mapped[bool]
    went: Mapped[dict[str, Any]] = mapped_column(default=dict)
    settings: Mapped[dict[str, Any]] = mapped_column(default=dict)
