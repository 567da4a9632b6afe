"""How the desk stands now: what is late, near, unassigned, how old, and whose; counted from the open tickets alone."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, func, select, true

from helpdesk import clock
from helpdesk.accounts.models import User
from helpdesk.calendar.hours import ServiceHours, midnight
from helpdesk.calendar.models import current_calendar
from helpdesk.errors import number
from helpdesk.extensions import db
from helpdesk.reports.days import By
from helpdesk.tickets.kinds import TicketState
from helpdesk.tickets.models import Ticket
from helpdesk.tickets.queues import CODE
from helpdesk.tickets.views import OPEN, SOON

PERIODS = (1, 5, 10, 20)
"""Business days that a period can have, today's included."""
AGES = (0, 1, 2, 3, 6)
"""Business days since a ticket came, where a class of the backlog begins."""


@dataclass(frozen=True)
class Scope:
    """What a dashboard is narrowed to: a period in business days, and one of queue, customer or agent."""

    days: int = 10
    queue: str = ""
    customer_id: int | None = None
    agent_id: int | None = None
    """0 is for what is nobody's."""

    @classmethod
    def read(cls, words: Mapping[str, str]) -> "Scope":
        """From an address; what is none of ours narrows nothing."""
        days, queue = number(words.get("days")), words.get("queue", "")
        agent, customer = number(words.get("agent")), number(words.get("customer"))
        # the days' figures know one at a time: the narrowest holds, and the page shows no other
        customer = customer if agent is None else None
        return cls(
            days if days in PERIODS else 10,
            queue if CODE.fullmatch(queue) and agent is None and customer is None else "",
            customer,
            agent,
        )

    def address(self, **more: Any) -> dict[str, Any]:
        """The parameters of a page that is narrowed alike."""
        named = {"queue": self.queue or None, "customer": self.customer_id, "agent": self.agent_id}
        return {"days": self.days, **{name: value for name, value in named.items() if value is not None}, **more}

    @property
    def by(self) -> tuple[By, str]:
        """The days' figures that tell of it: the narrowest that is kept."""
        if self.agent_id is not None:
            return By.agent, str(self.agent_id or "")
        if self.customer_id is not None:
            return By.customer, str(self.customer_id)
        return (By.queue, self.queue) if self.queue else (By.whole, "")

    @property
    def conditions(self) -> tuple[ColumnElement[bool], ...]:
        """On Ticket."""
        if self.agent_id is not None:
            return (Ticket.assignee_id == (self.agent_id or None),)
        if self.customer_id is not None:
            return (Ticket.customer_id == self.customer_id,)
        return (Ticket.queue == self.queue,) if self.queue else ()


@dataclass(frozen=True)
class OpenRow:
    """Open tickets of one agent (None: nobody's): how many, late, near, and by age as (ours, with the customer)."""

    agent_id: int | None
    name: str
    open: int
    late: int
    near: int
    ages: tuple[tuple[int, int], ...]


def open_rows(scope: Scope) -> list[OpenRow]:
    """One statement over the open tickets: by agent, those of nobody last."""
    now, hours = clock.now(), current_calendar().hours
    waits = Ticket.state == TicketState.waiting
    columns: list[ColumnElement[Any]] = [
        func.count().filter(is_late(now)).label("late"),
        func.count().filter(is_near(now)).label("near"),
    ]
    for age in range(len(AGES)):
        of_age = age_condition(age, now, hours)
        columns += [func.count().filter(of_age, ~waits), func.count().filter(of_age, waits)]
    rows = (
        select(Ticket.assignee_id, User.name, func.count(), *columns)
        .outerjoin(User, User.id == Ticket.assignee_id)
        .where(OPEN, *scope.conditions)
        .group_by(Ticket.assignee_id, User.name)
        .order_by(Ticket.assignee_id.is_(None), User.name)
    )
    return [
        OpenRow(agent, name or "", count, late, near, tuple(zip(ages[::2], ages[1::2], strict=True)))
        for agent, name, count, late, near, *ages in db.session.execute(rows)
    ]


def is_late(now: datetime) -> ColumnElement[bool]:
    return Ticket.due_at < now


def is_near(now: datetime) -> ColumnElement[bool]:
    """Due within the hours of the view of what is due soon."""
    return and_(Ticket.due_at >= now, Ticket.due_at < now + SOON)


def age_condition(age: int, now: datetime, hours: ServiceHours) -> ColumnElement[bool]:
    """Came in the `age`-th class of the backlog: between so many and so many business days ago."""
    newest = _days_ago(AGES[age], now, hours)
    came_before = true() if age == 0 else Ticket.opened_at < newest
    if age + 1 == len(AGES):
        return and_(came_before)
    return and_(came_before, Ticket.opened_at >= _days_ago(AGES[age + 1], now, hours))


def _days_ago(count: int, now: datetime, hours: ServiceHours) -> datetime:
    """The end of the day so many business days ago: what came before is at least that old."""
    day = hours.local_date(now)
    while count > 0:
        count -= hours.is_business_day(day)
        day -= timedelta(days=1)
    return midnight(day + timedelta(days=1), hours.zone)
