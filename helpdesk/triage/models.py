"""Scope rules and manuals as data, and what was suggested and decided about each inquiry (R02-R05)."""

from datetime import date, datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import ForeignKey, func, select
from sqlalchemy import Index as DatabaseIndex
from sqlalchemy.orm import Mapped, joinedload, mapped_column, relationship

from helpdesk.extensions import Model, db
from helpdesk.tickets.models import Ticket, Verdict
from helpdesk.triage.assessment import Index, Rule, Section


class ScopeRule(Model):
    """Words that speak for a verdict, and the reason and clause that the answer names."""

    __tablename__ = "scope_rules"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    verdict: Mapped[Verdict]
    words: Mapped[list[Any]]
    reason_ja: Mapped[str]
    reason_en: Mapped[str]
    clause: Mapped[str]
    active: Mapped[bool] = mapped_column(default=True)

    def as_rule(self) -> Rule:
        return Rule(
            self.key,
            self.verdict,
            tuple(self.words),
            {"ja": self.reason_ja, "en": self.reason_en},
            self.clause,
        )


class Manual(Model):
    """One edition of a manual that customers can read."""

    __tablename__ = "manuals"

    id: Mapped[int] = mapped_column(primary_key=True)
    title_ja: Mapped[str]
    title_en: Mapped[str]
    edition: Mapped[str]
    valid_from: Mapped[date]


class ManualSection(Model):
    """A place an answer can point to. `key` is stable over editions."""

    __tablename__ = "manual_sections"
    __table_args__ = (DatabaseIndex("uq_manual_sections_key", "manual_id", "key", unique=True),)

    id: Mapped[int] = mapped_column(primary_key=True)
    manual_id: Mapped[int] = mapped_column(ForeignKey("manuals.id"))
    key: Mapped[str]
    page: Mapped[int]
    title_ja: Mapped[str]
    title_en: Mapped[str]
    text_ja: Mapped[str]
    text_en: Mapped[str]
    asked: Mapped[list[Any]] = mapped_column(default=list)

    manual: Mapped[Manual] = relationship()

    def title(self, language: str) -> str:
        return self.title_en if language == "en" else self.title_ja

    def text(self, language: str) -> str:
        return self.text_en if language == "en" else self.text_ja

    def as_section(self) -> Section:
        return Section(
            self.key,
            self.page,
            {"ja": self.title_ja, "en": self.title_en},
            {"ja": self.text_ja, "en": self.text_en},
            tuple(self.asked),
        )


class TicketAssessment(Model):
    """The suggestion, made before an agent looked: kept as it was."""

    __tablename__ = "ticket_assessments"

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("tickets.id"), index=True)
    at: Mapped[datetime]
    verdict: Mapped[Verdict]
    confidence: Mapped[int]
    rule_key: Mapped[str | None]
    reasons: Mapped[dict[str, Any]]
    places: Mapped[list[Any]]

    ticket: Mapped[Ticket] = relationship()


class Decision(Model):
    """What an agent decided, when and why; `message_id` is the answer that went out."""

    __tablename__ = "decisions"

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("tickets.id"), index=True)
    at: Mapped[datetime]
    by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    by_name: Mapped[str]
    verdict: Mapped[Verdict]
    why: Mapped[str]
    section_keys: Mapped[list[Any]]
    message_id: Mapped[int | None] = mapped_column(ForeignKey("messages.id"))
    contested_at: Mapped[datetime | None]
    accepted_at: Mapped[datetime | None]


def current_index() -> Index:
    """The newest manual, prepared for finding places: one small statement while the manual stays the same."""
    newest = select(Manual.id).order_by(Manual.valid_from.desc(), Manual.id.desc()).limit(1)
    row = db.session.execute(
        select(newest.scalar_subquery(), select(func.max(ManualSection.id)).scalar_subquery())
    ).one()
    return _index(row[0], row[1])


@lru_cache(maxsize=4)
def _index(_manual: int | None, _last_section: int | None) -> Index:
    return Index([section.as_section() for section in current_sections()])


def current_sections() -> list[ManualSection]:
    """The sections of the newest manual, by page."""
    newest = select(Manual.id).order_by(Manual.valid_from.desc(), Manual.id.desc()).limit(1).scalar_subquery()
    rows = select(ManualSection).where(ManualSection.manual_id == newest).options(joinedload(ManualSection.manual))
    return list(db.session.scalars(rows.order_by(ManualSection.page)))


def section_of_key(key: str) -> ManualSection | None:
    """The newest edition's section of this key."""
    rows = select(ManualSection).join(Manual).where(ManualSection.key == key)
    return db.session.scalar(rows.order_by(Manual.valid_from.desc(), Manual.id.desc()).limit(1))


def sections_by_key(keys: list[str]) -> dict[str, ManualSection]:
    """The current sections of these keys."""
    return {section.key: section for section in current_sections() if section.key in keys} if keys else {}


def active_rules() -> list[ScopeRule]:
    return list(db.session.scalars(select(ScopeRule).where(ScopeRule.active).order_by(ScopeRule.id)))


def assessment_of(ticket: Ticket) -> TicketAssessment | None:
    rows = select(TicketAssessment).where(TicketAssessment.ticket_id == ticket.id)
    return db.session.scalar(rows.order_by(TicketAssessment.id.desc()).limit(1))


def last_decision(ticket: Ticket) -> Decision | None:
    rows = select(Decision).where(Decision.ticket_id == ticket.id)
    return db.session.scalar(rows.order_by(Decision.id.desc()).limit(1))
