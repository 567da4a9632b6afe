"""The append-only record of who did what, when and from where (R63). A ticket's timeline is read from it."""

import enum
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import Index, Integer, Text, bindparam, select
from sqlalchemy.orm import Mapped, mapped_column

from helpdesk import clock
from helpdesk.audit.acts import Act, act_of
from helpdesk.extensions import Model, db


class ActorKind(enum.StrEnum):
    user = "user"
    contact = "contact"
    system = "system"


@dataclass(frozen=True)
class Actor:
    """Who acts: the type of every `by`. `id` is a user's or contact's; `address` is where from, an IP or mail."""

    kind: ActorKind
    name: str
    id: int | None = None
    address: str | None = None


SYSTEM = Actor(ActorKind.system, "system")


class AuditEvent(Model):
    """One change. Rows are only ever added; a database trigger refuses anything else."""

    __tablename__ = "audit_events"
    __table_args__ = (
        Index("ix_audit_events_subject", "subject_kind", "subject_id", "id"),
        Index("ix_audit_events_at", "at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    actor_kind: Mapped[ActorKind]
    actor_id: Mapped[int | None]
    actor_name: Mapped[str]
    actor_address: Mapped[str | None]
    act: Mapped[str]
    subject_kind: Mapped[str]
    subject_id: Mapped[int]
    details: Mapped[dict[str, Any]]

    @property
    def sentence(self) -> str | None:
        """What was done in words, or None where the ticket's thread shows it in another way."""
        act = act_of(self.act)
        return act.said(self.details) if act else str(_("(recorded by another release)"))


def record(by: Actor, act: Act, subject: Any, **details: Any) -> AuditEvent:
    """Add what `by` did to `subject` (a model with an id) to the record, in the caller's transaction."""
    event = AuditEvent(
        at=clock.now(),
        actor_kind=by.kind,
        actor_id=by.id,
        actor_name=by.name,
        actor_address=by.address,
        act=act.value,
        subject_kind=subject.__tablename__,
        subject_id=subject.id,
        details=details,
    )
    db.session.add(event)
    return event


def events_of(subject: Any) -> list[AuditEvent]:
    """Everything recorded about `subject`, oldest first."""
    subject_of = {"kind": subject.__tablename__, "number": subject.id}
    return list(db.session.scalars(_EVENTS, subject_of))


_EVENTS = (
    select(AuditEvent)
    .where(
        AuditEvent.subject_kind == bindparam("kind", type_=Text),
        AuditEvent.subject_id == bindparam("number", type_=Integer),
    )
    .order_by(AuditEvent.id)
)
