"""Alerts: what a customer's console reported, gathered on one ticket, and the report to the customer (R10-R13)."""

import enum
import re
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import ForeignKey, Index, select, text
from sqlalchemy.orm import Mapped, joinedload, mapped_column, relationship

from helpdesk import clock
from helpdesk.accounts.models import User
from helpdesk.alerts.acts import AlertAct
from helpdesk.audit.models import record
from helpdesk.customers.models import Way
from helpdesk.errors import Refusal
from helpdesk.extensions import Model, db
from helpdesk.tickets.kinds import Priority
from helpdesk.tickets.models import Ticket


class EventSource(enum.StrEnum):
    """Who told a fact."""

    mail = "mail"
    api = "api"
    both = "both"


class Alert(Model):
    """One per alert ticket. `key` decides which events join it (correlation.py), `sha256` is its file if any.

    `gathers_until`: a report before then may miss what belongs to it (the window runs from the first event's time).
    """

    __tablename__ = "alerts"
    __table_args__ = (
        Index("ix_alerts_unreported", "customer_id", "sha256", postgresql_where=text("reported_at IS NULL")),
        Index("ix_alerts_key", "customer_id", "key", "id"),
        Index("ix_alerts_sha256", "sha256", postgresql_where=text("sha256 IS NOT NULL")),
        Index("ix_alerts_false", "false_positive_at", postgresql_where=text("false_positive_at IS NOT NULL")),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("tickets.id"), unique=True)
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("customers.id"))
    key: Mapped[str | None]
    sha256: Mapped[str | None]
    recognised: Mapped[bool]
    mails: Mapped[int] = mapped_column(default=1)
    gathers_until: Mapped[datetime | None]
    judged: Mapped[Priority | None]
    """The priority that was set by the events, to tell it from a person's."""
    warned_at: Mapped[datetime | None]
    on_lists: Mapped[list[Any]] = mapped_column(default=list, server_default=text("'[]'"))
    """Lists that hold its file by now, as {"name", "kind"}, as far as the policies of its computers use them."""
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("alerts.id"))
    false_positive_at: Mapped[datetime | None]
    """When an agent found that nothing was wrong; `false_positive_why` says on what grounds."""
    false_positive_by: Mapped[str | None]
    false_positive_why: Mapped[str | None]
    vouched_at: Mapped[datetime | None]
    vouched_by: Mapped[str | None]
    reported_at: Mapped[datetime | None]
    """When the first report that stands was made (reporting.py); None again where it came back."""
    reported_by: Mapped[str | None]
    reported_to: Mapped[str | None]
    report_channel: Mapped[Way | None]

    ticket: Mapped[Ticket] = relationship()

    @property
    def failed_check(self) -> bool:
        """Told only by mails whose sender's check failed: it touches no other alert."""
        return self.ticket.failed_check

    @property
    def gathers(self) -> bool:
        """Whether more of its key joins it: until the report, and not what nobody vouched for."""
        return self.reported_at is None and not self.ticket.closed and self.vouched_at is None

    @property
    def believed(self) -> bool:
        """Whether its facts may become targets of an action: of one that failed the check, once somebody vouched."""
        return not self.failed_check or self.vouched_at is not None

    def vouch(self, by: User, reason: str) -> None:
        """A person looked into an alert whose sender's check failed, and stands for its facts."""
        if self.believed:
            raise Refusal(_("This alert needs nobody to vouch for it."))
        self.vouched_at, self.vouched_by = clock.now(), by.name
        self.ticket.touch()
        record(by.actor(), AlertAct.vouched, self.ticket, reason=checked_reason(reason))

    def mark_false_positive(self, by: User, reason: str) -> None:
        """An agent found that nothing was wrong: an outcome of its own, counted per customer."""
        if self.false_positive_at is not None:
            raise Refusal(_("This alert is a false positive already."))
        reason = checked_reason(reason)
        self.false_positive_at, self.false_positive_by, self.false_positive_why = clock.now(), by.name, reason
        self.ticket.touch()
        record(by.actor(), AlertAct.false_positive, self.ticket, reason=reason)

    def unmark_false_positive(self, by: User) -> None:
        """It was none after all."""
        if self.false_positive_at is None:
            return
        self.false_positive_at = self.false_positive_by = self.false_positive_why = None
        self.ticket.touch()
        record(by.actor(), AlertAct.no_false_positive, self.ticket)

    def name_file(self, by: User, sha256: str, reason: str) -> None:
        """An agent enters the file's SHA-256 where no mail told it and the console does not know it."""
        wanted = sha256.strip().lower()
        if not re.fullmatch(r"[0-9a-f]{64}", wanted):
            raise Refusal(_("A SHA-256 has 64 digits from 0 to 9 and a to f."))
        if self.sha256 is not None:
            raise Refusal(_("This alert names its file already."))
        reason = checked_reason(reason)
        self.sha256 = wanted
        self.ticket.touch()
        record(by.actor(), AlertAct.file_named, self.ticket, sha256=wanted, reason=reason)


def checked_reason(words: str) -> str:
    """Why a person overrules what was told; Refused where it says nothing."""
    reason = " ".join(words.split())[:500]
    if len(reason) < REASON_MIN:
        raise Refusal(_("Say why, in a few words: it stays on record."))
    return reason


REASON_MIN = 5


class AlertArrival(Model):
    """One mail, or one reading of the API, that told of an alert, or only informed. `mail` is the original's digest."""

    __tablename__ = "alert_arrivals"
    __table_args__ = (Index("ix_alert_arrivals_heard", "customer_id", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    alert_id: Mapped[int | None] = mapped_column(ForeignKey("alerts.id"), index=True)
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("customers.id"))
    at: Mapped[datetime]
    source: Mapped[EventSource]
    mail: Mapped[str | None] = mapped_column(ForeignKey("stored_files.sha256"), index=True)
    events: Mapped[int]


class FindingKind(enum.StrEnum):
    """The four findings of an alert."""

    who = "who"
    file = "file"
    route = "route"
    spread = "spread"


class FindingSource(enum.StrEnum):
    api = "api"
    agent = "agent"


class Finding(Model):
    """A finding in words that are not read from the events: what the API's trajectory shows, what an agent found."""

    __tablename__ = "findings"
    __table_args__ = (Index("uq_findings_kind", "alert_id", "kind", "source", unique=True),)

    id: Mapped[int] = mapped_column(primary_key=True)
    alert_id: Mapped[int] = mapped_column(ForeignKey("alerts.id"))
    kind: Mapped[FindingKind]
    source: Mapped[FindingSource]
    words: Mapped[str]
    at: Mapped[datetime]
    by: Mapped[str]


def set_finding(alert: Alert, kind: FindingKind, source: FindingSource, words: str, by: str) -> None:
    """Keep, replace or (with no words) drop a finding of this source."""
    same = select(Finding).where(Finding.alert_id == alert.id, Finding.kind == kind, Finding.source == source)
    row = db.session.scalar(same)
    if not words.strip():
        if row is not None:
            db.session.delete(row)
        return
    if row is None:
        row = Finding(alert_id=alert.id, kind=kind, source=source)
        db.session.add(row)
    row.words, row.at, row.by = words.strip()[:1000], clock.now(), by


def alert_of(ticket: Ticket) -> Alert:
    alert = db.session.scalar(select(Alert).where(Alert.ticket_id == ticket.id))
    if alert is None:
        raise Refusal(_("This ticket carries no alert."))
    return alert


def open_alerts_like(alert: Alert) -> list[Alert]:
    """Other open, unreported alerts of the same customer, newest first: what this one could be merged into."""
    rows = (
        select(Alert)
        .join(Ticket, Ticket.id == Alert.ticket_id)
        .where(
            Alert.customer_id == alert.customer_id,
            Alert.id != alert.id,
            Alert.reported_at.is_(None),
            Alert.merged_into_id.is_(None),
            Ticket.closed_at.is_(None),
        )
        .order_by(Alert.id.desc())
        .options(joinedload(Alert.ticket))
        .limit(20)
    )
    return list(db.session.scalars(rows))
