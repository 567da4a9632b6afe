"""The events of an alert as they were told, and every computer they concern with what became of the file (R10, R11)."""

import re
from collections.abc import Iterable
from dataclasses import fields
from datetime import datetime, timedelta
from typing import Any, Self

from flask_babel import gettext as _
from sqlalchemy import BigInteger, ForeignKey, Index, case, func, select, text
from sqlalchemy.orm import Mapped, mapped_column

from helpdesk import clock
from helpdesk.alerts.models import Alert, EventSource
from helpdesk.alerts.outcomes import WORST_FIRST, Outcome, as_json, from_json, judged, with_event, worst, worst_of
from helpdesk.console.values import ConsoleEvent, Severity
from helpdesk.errors import Refusal
from helpdesk.extensions import Model, db
from helpdesk.folding import folded_name
from helpdesk.tickets.kinds import Priority
from helpdesk.tickets.titles import made_of
from helpdesk.trust import Trust

_RANK = list(Priority)
SAME_TIME = timedelta(minutes=5)
EVENT_FIELDS = tuple(field.name for field in fields(ConsoleEvent))
"""The columns that an event has one by one."""
FILLED_BY_API = tuple(name for name in EVENT_FIELDS if name not in ("trust", "raw"))
"""What the API's event adds to a mail's, where the mail did not tell it."""
JUDGED = ("severity", "disposition", "event_type", "detection")
"""What decides how bad it is: there the API's word counts before that of a mail nobody verified."""


class AlertEvent(Model):
    """One event of an alert. `told_at` is when it was told to us, `at` when it was.

    `filled` names what the API completed; `raw` is its event, so that a wrong match can be taken apart again.
    """

    __tablename__ = "alert_events"
    __table_args__ = (
        Index("ix_alert_events_event", "customer_id", "event_id"),
        Index("ix_alert_events_match", "customer_id", "sha256", "computer"),
        Index("ix_alert_events_api", "alert_id", postgresql_where=text("source = 'api'")),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    alert_id: Mapped[int] = mapped_column(ForeignKey("alerts.id"), index=True)
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("customers.id"))
    told_at: Mapped[datetime]
    source: Mapped[EventSource] = mapped_column(default=EventSource.mail)
    computer: Mapped[str | None]
    user: Mapped[str | None] = mapped_column("user_name")
    file_name: Mapped[str | None]
    file_path: Mapped[str | None]
    sha256: Mapped[str | None]
    event_type: Mapped[str | None]
    detection: Mapped[str | None]
    severity: Mapped[Severity | None]
    connector_guid: Mapped[str | None]
    at: Mapped[datetime | None]
    event_id: Mapped[str | None]
    detection_id: Mapped[str | None]
    type_id: Mapped[int | None] = mapped_column(BigInteger)
    disposition: Mapped[str | None]
    parent: Mapped[str | None]
    parent_sha256: Mapped[str | None]
    error: Mapped[str | None]
    trust: Mapped[Trust] = mapped_column(default=Trust.unknown)
    filled: Mapped[list[Any]] = mapped_column(default=list)
    raw: Mapped[dict[str, Any] | None]

    @classmethod
    def of(cls, alert: Alert, event: ConsoleEvent, told_at: datetime, source: EventSource) -> Self:
        """A new event of an alert, as it was told."""
        values = {name: getattr(event, name) for name in EVENT_FIELDS}
        return cls(
            alert_id=alert.id, customer_id=alert.customer_id, told_at=told_at, source=source, filled=[], **values
        )

    @property
    def event(self) -> ConsoleEvent:
        """The event as a value; its time is when it was, or else when it was told."""
        values = {name: getattr(self, name) for name in EVENT_FIELDS}
        return ConsoleEvent(**values | {"at": self.at or self.told_at})

    @property
    def failed_check(self) -> bool:
        """Whether it came by a mail whose sender's check failed."""
        return self.trust == Trust.failed

    @property
    def matched_by_time(self) -> bool:
        """Whether a mail's event and an API's were taken for one without a common id: a person may split them."""
        return self.source == EventSource.both and "event_id" in self.filled

    def complete(self, event: ConsoleEvent) -> None:
        """Take over from the API's event what this one did not tell."""
        filled = []
        for name in FILLED_BY_API:
            value = getattr(event, name)
            better = name in JUDGED and self.trust != Trust.verified
            if value is not None and (better or getattr(self, name) is None):
                setattr(self, name, value)
                filled.append(name)
        self.source, self.filled, self.raw, self.trust = EventSource.both, filled, event.raw, Trust.verified

    def take_over(self, event: ConsoleEvent) -> None:
        """From another mail of the same event, what none told yet."""
        for name in ("user", "file_name", "file_path", "sha256", "detection", "parent_sha256"):
            if getattr(self, name) is None:
                setattr(self, name, getattr(event, name))

    def forget_match(self) -> None:
        """Take back what the API completed, and what it vouched for."""
        for name in self.filled:
            setattr(self, name, None)
        self.source, self.filled, self.raw, self.trust = EventSource.mail, [], None, Trust.unknown


class AffectedComputer(Model):
    """One computer in the spread of an alert: what became of the file there, and which lists its policy uses.

    `guid` is its connector, where the console named both together or a person did with a reason: only then it may be a
    target. `doubt` says where name and connector do not belong together.

    `items` are its detections (outcomes.py); `lists` is None until the API told them.
    """

    __tablename__ = "affected_computers"
    __table_args__ = (Index("uq_affected_computers_name", "alert_id", text("lower(name)"), unique=True),)

    id: Mapped[int] = mapped_column(primary_key=True)
    alert_id: Mapped[int] = mapped_column(ForeignKey("alerts.id"))
    name: Mapped[str]
    guid: Mapped[str | None]
    user: Mapped[str | None] = mapped_column("user_name")
    outcome: Mapped[Outcome]
    items: Mapped[dict[str, Any]] = mapped_column(default=dict)
    events: Mapped[int] = mapped_column(default=0)
    first_at: Mapped[datetime | None]
    last_at: Mapped[datetime | None]
    system: Mapped[str | None]
    policy: Mapped[str | None]
    lists: Mapped[list[Any] | None]
    doubt: Mapped[str | None]
    looked_up_at: Mapped[datetime | None]

    def confirm(self, guid: str) -> None:
        """A person says which connector this computer has; the console is asked for its name before every call."""
        if not re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", guid.strip().lower()):
            raise Refusal(_("A connector GUID looks like 0b4883d4-8ecf-4404-9453-13cba0ee7662."))
        self.guid, self.doubt = guid.strip().lower(), None

    def _meet(self, guid: str) -> None:
        """The console named this computer with a connector; two of one name are told apart by a person."""
        if self.guid not in (None, guid):
            self.guid, self.doubt = None, f"{self.guid}, {guid}"
        else:
            self.guid = guid

    def add(self, event: ConsoleEvent) -> None:
        """Note one more event of this computer."""
        items = with_event(from_json(self.items), event)
        self.items, self.outcome = as_json(items), worst_of(i.outcome for i in items.values()) or Outcome.seen
        self.user = self.user or event.user
        if event.raw is not None and event.connector_guid is not None and self.doubt is None:
            self._meet(event.connector_guid)
        self.events += 1
        if event.at is not None:
            self.first_at = min(self.first_at or event.at, event.at)
            self.last_at = max(self.last_at or event.at, event.at)


def add_events(alert: Alert, events: Iterable[ConsoleEvent], source: EventSource) -> bool:
    """Put events on an alert and its computers; whether a computer is new to it. Severity and priority follow."""
    now, new_events = clock.now(), tuple(events)
    known = computers_of(alert, {folded_name(event.computer) for event in new_events if event.computer})
    before = len(known)
    for event in new_events:
        db.session.add(AlertEvent.of(alert, event, now, source))
        if event.computer:
            spread_to(alert, known, event.computer).add(event)
    db.session.flush()
    judge(alert, [event.severity for event in new_events])
    return len(known) > before


def computers_of(alert: Alert, names: set[str] | None = None) -> dict[str, AffectedComputer]:
    """The alert's computers by name in lower case; all, or those of the given names."""
    rows = select(AffectedComputer).where(AffectedComputer.alert_id == alert.id)
    if names is not None:
        if not names:
            return {}
        rows = rows.where(func.lower(AffectedComputer.name).in_(names))
    return {folded_name(computer.name): computer for computer in db.session.scalars(rows)}


def spread_to(alert: Alert, known: dict[str, AffectedComputer], name: str) -> AffectedComputer:
    """The computer of this name in the spread, added where it is new."""
    row = known.get(folded_name(name))
    if row is None:
        row = AffectedComputer(alert_id=alert.id, name=name, outcome=Outcome.seen, items={}, events=0)
        known[folded_name(name)] = row
        db.session.add(row)
    return row


def judge(alert: Alert, severities: list[Severity | None]) -> None:
    """Set the ticket's severity and priority by what is known now; a priority that a person set only rises."""
    outcomes = db.session.scalars(
        select(AffectedComputer.outcome).where(AffectedComputer.alert_id == alert.id).distinct()
    )
    ticket, kinds = alert.ticket, list(outcomes)
    ticket.severity, priority = judged(worst([ticket.severity, *severities]), kinds)
    _name(alert, worst_of(kinds))
    if alert.judged in (None, ticket.priority) or _RANK.index(priority) > _RANK.index(ticket.priority):
        ticket.priority = priority
    alert.judged = priority


def _name(alert: Alert, worst_outcome: Outcome | None) -> None:
    """Keep what the ticket's title is made of; an alert without computers is called by its mail's subject."""
    mine = AffectedComputer.alert_id == alert.id
    said = func.coalesce(AlertEvent.file_name, AlertEvent.detection)
    told = (AlertEvent.alert_id == alert.id) & said.is_not(None)
    file = select(said).where(told).order_by(AlertEvent.file_name.is_(None), AlertEvent.id).limit(1).scalar_subquery()
    columns = func.count().label("computers"), func.min(AffectedComputer.name).label("name"), file.label("file")
    row = db.session.execute(select(*columns).where(mine)).one()
    known = worst_outcome is not None and row.computers > 0
    file_name = row.file or (f"{alert.sha256[:12]}…" if alert.sha256 else None)
    title = made_of(worst_outcome.value, file_name, row.computers, row.name) if known and worst_outcome else ""
    alert.ticket.title = title


def recount(alert: Alert) -> None:
    """Work out the spread anew from the events, after some were matched, split off or merged in."""
    known, severities = computers_of(alert), []
    for row in known.values():
        row.items, row.events, row.outcome = {}, 0, Outcome.seen
        row.first_at = row.last_at = None
    rows = select(AlertEvent).where(AlertEvent.alert_id == alert.id).order_by(AlertEvent.id)
    for alert_event in db.session.scalars(rows):
        severities.append(alert_event.severity)
        if alert_event.computer:
            spread_to(alert, known, alert_event.computer).add(alert_event.event)
    for row in known.values():
        if row.events == 0 and row.looked_up_at is None:
            db.session.delete(row)
    db.session.flush()
    judge(alert, severities)


def worst_first() -> Any:
    """An order for AffectedComputer: the worst outcome first."""
    ranks = {outcome: rank for rank, outcome in enumerate(WORST_FIRST)}
    return case(ranks, value=AffectedComputer.outcome)
