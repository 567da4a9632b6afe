"""Scope rules as data, and what was suggested and decided about each inquiry (R02-R05)."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, select, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from helpdesk.extensions import Model, db
from helpdesk.tickets.kinds import Verdict
from helpdesk.tickets.models import Ticket
from helpdesk.triage.rules import Rule


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

    def reason(self, language: str) -> str:
        return (self.reason_en if language == "en" else self.reason_ja) or self.reason_ja or self.reason_en

    def as_rule(self) -> Rule:
        return Rule(
            self.key, self.verdict, tuple(self.words), {"ja": self.reason_ja, "en": self.reason_en}, self.clause
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
    questions: Mapped[list[Any]] = mapped_column(default=list)
    """Where several are asked: each with its text, verdict, confidence and places."""
    model_id: Mapped[int | None]
    """What had been learned when it was made; None where nothing had."""

    ticket: Mapped[Ticket] = relationship()


class Decision(Model):
    """What an agent decided, when and why; `message_id` is the answer that went out.

    `manual_ids` are the editions that the sections were cited from, in the order of `section_keys`. `automatic`: the
    product answered by itself, as this customer is set up, and nobody decided.
    """

    __tablename__ = "decisions"
    __table_args__ = (
        Index("ix_decisions_contested", "contested_at", postgresql_where=text("contested_at IS NOT NULL")),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("tickets.id"), index=True)
    at: Mapped[datetime] = mapped_column(index=True)
    by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    by_name: Mapped[str]
    verdict: Mapped[Verdict]
    why: Mapped[str]
    rule_key: Mapped[str | None]
    section_keys: Mapped[list[Any]]
    manual_ids: Mapped[list[Any]] = mapped_column(default=list)
    automatic: Mapped[bool] = mapped_column(default=False)
    message_id: Mapped[int | None] = mapped_column(ForeignKey("messages.id"))
    contested_at: Mapped[datetime | None]
    accepted_at: Mapped[datetime | None]


def active_rules() -> list[ScopeRule]:
    return list(db.session.scalars(select(ScopeRule).where(ScopeRule.active).order_by(ScopeRule.id)))


def assessment_of(ticket: Ticket) -> TicketAssessment | None:
    rows = select(TicketAssessment).where(TicketAssessment.ticket_id == ticket.id)
    return db.session.scalar(rows.order_by(TicketAssessment.id.desc()).limit(1))


def suggested_sections(assessment: TicketAssessment | None) -> list[str]:
    """The key of the place that fits best, where it is suggested as the answer; of several questions, each one's."""
    if assessment is None:
        return []
    asked = [question["places"] for question in assessment.questions] or [assessment.places]
    return list(dict.fromkeys(places[0]["key"] for places in asked if places))


def decided_of(ticket: Ticket) -> str:
    """What a page shows as decided, to tell whether it still is."""
    return f"{ticket.verdict or ''}:{ticket.verdict_decided}"


def last_decision(ticket: Ticket) -> Decision | None:
    rows = select(Decision).where(Decision.ticket_id == ticket.id)
    return db.session.scalar(rows.order_by(Decision.id.desc()).limit(1))
