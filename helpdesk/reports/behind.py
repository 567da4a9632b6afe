"""The tickets behind a figure of the desk: the very conditions that it counts (R12)."""

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select

from helpdesk import clock
from helpdesk.calendar.hours import ServiceHours, midnight
from helpdesk.calendar.models import current_calendar
from helpdesk.errors import number
from helpdesk.reports.desk import AGES, Scope, age_condition, is_late, is_near
from helpdesk.reports.periods import business_days
from helpdesk.tickets.closures import Closure
from helpdesk.tickets.kinds import TicketKind, TicketState
from helpdesk.tickets.models import Ticket
from helpdesk.tickets.views import OPEN
from helpdesk.triage.models import Decision


class Of(enum.StrEnum):
    """What a list behind a figure holds."""

    open = "open"
    late = "late"
    near = "near"
    unassigned = "unassigned"
    age = "age"
    received = "received"
    completed = "completed"
    answered = "answered"
    met = "met"
    missed = "missed"
    contested = "contested"


@dataclass(frozen=True)
class Behind:
    """A list behind a figure: of the scope, and of what age, day, kind or turn where those say so."""

    of: Of
    scope: Scope
    age: int | None = None
    waits: bool | None = None
    day: date | None = None
    kind: TicketKind | None = None

    @classmethod
    def read(cls, words: Mapping[str, str]) -> "Behind":
        """From an address; what is none of ours narrows nothing."""
        age, kind, of = number(words.get("age")), words.get("kind", ""), words.get("of", "")
        return cls(
            Of(of) if of in Of.__members__ else Of.open,
            Scope.read(words),
            age if age is not None and age < len(AGES) else None,
            {"1": True, "0": False}.get(words.get("waits", "")),
            _day(words.get("day", "")),
            TicketKind(kind) if kind in TicketKind.__members__ else None,
        )

    def address(self) -> dict[str, Any]:
        """The parameters of a page that lists the same."""
        named = {"age": self.age, "day": self.day, "kind": self.kind and self.kind.value}
        named["waits"] = None if self.waits is None else int(self.waits)
        chosen = {name: value for name, value in named.items() if value is not None}
        return self.scope.address(of=self.of.value, **chosen)

    def conditions(self) -> list[ColumnElement[bool]]:
        """On Ticket: the very ones that the figure counts."""
        now, hours = clock.now(), current_calendar().hours
        found = [*self.scope.conditions, *self._of(now, hours)]
        if self.waits is not None:
            found.append((Ticket.state == TicketState.waiting) == self.waits)
        if self.kind is not None:
            found.append(Ticket.kind == self.kind)
        return found

    def _of(self, now: datetime, hours: ServiceHours) -> list[ColumnElement[bool]]:
        start, end = self._span(hours)
        special: dict[Of, list[ColumnElement[bool]]] = {
            Of.open: [OPEN],
            Of.late: [OPEN, is_late(now)],
            Of.near: [OPEN, is_near(now)],
            Of.unassigned: [OPEN, Ticket.assignee_id.is_(None)],
            Of.age: [OPEN, age_condition(self.age or 0, now, hours)],
            Of.received: [Ticket.opened_at >= start, Ticket.opened_at < end],
            Of.completed: [
                select(Closure.id).where(Closure.ticket_id == Ticket.id, Closure.at >= start, Closure.at < end).exists()
            ],
            Of.answered: [_responded(start, end)],
            Of.met: [_responded(start, end), met()],
            Of.missed: [_responded(start, end), ~met()],
            Of.contested: [
                select(Decision.id)
                .where(Decision.ticket_id == Ticket.id, Decision.contested_at >= start, Decision.contested_at < end)
                .exists()
            ],
        }
        return special[self.of]

    def _span(self, hours: ServiceHours) -> tuple[datetime, datetime]:
        days = business_days(self.scope.days, hours)
        first, last = days[0], days[-1]
        if self.day is not None:
            # a business day is told with the days off before it, as the figures are
            before = [day for day in days if day < self.day]
            first, last = (before[-1] + timedelta(days=1) if before else self.day), self.day
        return midnight(first, hours.zone), midnight(last + timedelta(days=1), hours.zone)


def _day(text: str) -> date | None:
    """A day that a calendar here can have."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if 2000 <= day.year < 2100 else None


def met() -> ColumnElement[bool]:
    """The first response met what was due."""
    return or_(Ticket.first_due_at.is_(None), Ticket.first_responded_at <= Ticket.first_due_at)


def _responded(start: datetime, end: datetime) -> ColumnElement[bool]:
    return and_(Ticket.first_responded_at >= start, Ticket.first_responded_at < end)
