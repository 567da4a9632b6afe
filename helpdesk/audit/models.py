"""The append-only record of who did what, when and from where (R63). A ticket's timeline is read from it."""

import enum
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import Index, Integer, Text, bindparam, select
from sqlalchemy.orm import Mapped, contains_eager, mapped_column, relationship

from helpdesk import clock
from helpdesk.audit.acts import Act, act_of
from helpdesk.audit.personal import ADDRESS, DETAIL, NAME, AuditValue, is_apart, is_personal, kept_apart
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
    """One change. Rows are only ever added; a database trigger refuses anything else.

    What tells of a person is a salted hash in `stored_name`, `stored_address` and `stored_details`, and stands in
    `apart`; rows of earlier releases may hold it themselves.
    """

    __tablename__ = "audit_events"
    __table_args__ = (
        Index("ix_audit_events_subject", "subject_kind", "subject_id", "id"),
        Index("ix_audit_events_at", "at"),
        Index("ix_audit_events_actor", "actor_kind", "actor_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    actor_kind: Mapped[ActorKind]
    actor_id: Mapped[int | None]
    stored_name: Mapped[str] = mapped_column("actor_name")
    stored_address: Mapped[str | None] = mapped_column("actor_address")
    act: Mapped[str]
    subject_kind: Mapped[str]
    subject_id: Mapped[int]
    stored_details: Mapped[dict[str, Any]] = mapped_column("details")

    apart: Mapped[list[AuditValue]] = relationship(order_by=AuditValue.field)

    @property
    def actor_name(self) -> str:
        """Who acted; words that say so where the name was erased."""
        return str(self._told(NAME, self.stored_name))

    @property
    def actor_address(self) -> str | None:
        address: str | None = self._told(ADDRESS, self.stored_address)
        return address

    @property
    def details(self) -> dict[str, Any]:
        """What is told beside the act."""
        return {key: self._told(DETAIL + key, value) for key, value in self.stored_details.items()}

    @property
    def sentence(self) -> str | None:
        """What was done in words, or None where the ticket's thread shows it in another way."""
        act = act_of(self.act)
        return act.said(self.details) if act else str(_("(recorded by another release)"))

    def _told(self, field: str, stored: Any) -> Any:
        if not is_apart(stored):
            return stored
        kept = next((one.value for one in self.apart if one.field == field), None)
        return str(_("(erased)")) if kept is None else json.loads(kept)


def record(by: Actor, act: Act, subject: Any, **details: Any) -> AuditEvent:
    """Add what `by` did to `subject` (a model with an id) to the record, in the caller's transaction.

    Whatever may tell of a person is kept apart from the row (`personal.py`).
    """
    event = AuditEvent(
        at=clock.now(),
        actor_kind=by.kind,
        actor_id=by.id,
        stored_name=by.name,
        stored_address=by.address,
        act=act.value,
        subject_kind=subject.__tablename__,
        subject_id=subject.id,
        stored_details=details,
    )
    _keep_apart(event)
    db.session.add(event)
    return event


def _keep_apart(event: AuditEvent) -> None:
    if event.actor_kind != ActorKind.system:
        event.stored_name, name = kept_apart(NAME, event.stored_name)
        event.apart.append(name)
    if event.stored_address:
        event.stored_address, address = kept_apart(ADDRESS, event.stored_address)
        event.apart.append(address)
    told = dict(event.stored_details)
    for key, value in told.items():
        if is_personal(key, value):
            told[key], beside = kept_apart(DETAIL + key, value)
            event.apart.append(beside)
    event.stored_details = told


def events_of(subject: Any) -> list[AuditEvent]:
    """Everything recorded about `subject`, oldest first."""
    subject_of = {"kind": subject.__tablename__, "number": subject.id}
    return list(db.session.scalars(_EVENTS, subject_of).unique())


_EVENTS = (
    select(AuditEvent)
    .outerjoin(AuditEvent.apart)
    .options(contains_eager(AuditEvent.apart))
    .where(
        AuditEvent.subject_kind == bindparam("kind", type_=Text),
        AuditEvent.subject_id == bindparam("number", type_=Integer),
    )
    .order_by(AuditEvent.id)
)
