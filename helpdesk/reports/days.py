"""What the desk did on each day: counted once the day is over, so that a dashboard's cost does not grow with the past.

Everything counts on the day it happened, in the service's zone: a ticket when it came, a first answer when it was
given, a completion when it was made, a contest when it was raised. So a day that is over stays as it was counted, but
for mails that come back later; `helpdesk report days` counts days anew.
"""

import enum
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Text, cast, delete, func, literal, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, aliased, mapped_column

from helpdesk import clock
from helpdesk.calendar.hours import midnight
from helpdesk.calendar.models import current_calendar, hours_of
from helpdesk.extensions import Model, db
from helpdesk.tickets.closures import Closure
from helpdesk.tickets.kinds import TicketKind
from helpdesk.tickets.models import Ticket
from helpdesk.triage.models import Decision

COUNTING = 7_221
"""An advisory lock of its own, with the day: two who count a day at once count it one after the other."""


class By(enum.StrEnum):
    """What figures are kept by. The key is a user's or customer's id, a queue, or empty."""

    whole = "whole"
    agent = "agent"
    queue = "queue"
    customer = "customer"


class DayFigure(Model):
    """One day's figures by one key (see `Tally`)."""

    __tablename__ = "day_figures"

    day: Mapped[date] = mapped_column(primary_key=True)
    by: Mapped[By] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    figures: Mapped[dict[str, Any]]
    counted_at: Mapped[datetime]


@dataclass
class Tally:
    """Counts that add up over days. `answers` and `solutions` are whole minutes of service hours, one a ticket.

    `hours` are [received, completed] by hour of the day, only kept for the whole.
    """

    inquiries: int = 0
    alerts: int = 0
    completed: int = 0
    answered_met: int = 0
    answered_late: int = 0
    reported_met: int = 0
    reported_late: int = 0
    contested: int = 0
    answers: list[int] = field(default_factory=list)
    solutions: list[int] = field(default_factory=list)
    hours: dict[str, list[int]] = field(default_factory=dict)

    def add(self, other: "Tally") -> None:
        for name in _COUNTS:
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.answers += other.answers
        self.solutions += other.solutions
        for hour, (received, completed) in other.hours.items():
            before = self.hours.get(hour, [0, 0])
            self.hours[hour] = [before[0] + received, before[1] + completed]

    @property
    def received(self) -> int:
        return self.inquiries + self.alerts


_COUNTS = (
    *("inquiries", "alerts", "completed", "answered_met", "answered_late", "reported_met", "reported_late"),
    "contested",
)


def tallies(start: datetime, end: datetime, by: By, zone: ZoneInfo) -> dict[str, Tally]:
    """The truth of a span of time, counted from the tickets: five statements over what happened in it."""
    found: dict[str, Tally] = defaultdict(Tally)
    key = _KEYS[by]
    opened = select(key, Ticket.kind, *_hour(Ticket.opened_at, by, zone), func.count())
    opened = opened.where(Ticket.opened_at >= start, Ticket.opened_at < end)
    for name, kind, hour, count in db.session.execute(opened.group_by(NAMED, Ticket.kind, HOUR)):
        tally = found[name]
        if kind == TicketKind.alert:
            tally.alerts += count
        else:
            tally.inquiries += count
        _at_hour(tally, by, hour, 0, count)
    _completed(found, (start, end), by, zone)
    _answered(found, (start, end), by)
    contested = select(key, func.count(func.distinct(Ticket.id))).join(Decision, Decision.ticket_id == Ticket.id)
    contested = contested.where(Decision.contested_at >= start, Decision.contested_at < end)
    for name, count in db.session.execute(contested.group_by(NAMED)):
        found[name].contested += count
    return dict(found)


def _hour(column: Any, by: By, zone: ZoneInfo) -> tuple[ColumnElement[Any]]:
    if by != By.whole:
        return (literal(0).label("at_hour"),)
    return (func.extract("hour", func.timezone(zone.key, column)).label("at_hour"),)


def _at_hour(tally: Tally, by: By, hour: Any, which: int, count: int) -> None:
    if by == By.whole:
        tally.hours.setdefault(str(int(hour)), [0, 0])[which] += count


def _completed(found: dict[str, Tally], span: tuple[datetime, datetime], by: By, zone: ZoneInfo) -> None:
    """Tickets completed in the span, each once, and how long those that stayed so took."""
    key = _KEYS[by]
    each = aliased(Closure)
    last = select(func.max(each.at)).where(each.ticket_id == Ticket.id, each.at < span[1]).scalar_subquery()
    rows = select(key, *_hour(Closure.at, by, zone), Ticket.kind, Ticket.opened_at, Closure.at, Ticket.calendar_version)
    rows = rows.join(Ticket, Ticket.id == Closure.ticket_id).where(
        Closure.at >= span[0], Closure.at < span[1], Closure.at == last
    )
    for name, hour, kind, opened_at, at, version in db.session.execute(rows):
        tally = found[name]
        tally.completed += 1
        _at_hour(tally, by, hour, 1, 1)
        if kind == TicketKind.inquiry:
            tally.solutions.append(_minutes(version, opened_at, at))


def _answered(found: dict[str, Tally], span: tuple[datetime, datetime], by: By) -> None:
    rows = select(
        _KEYS[by],
        Ticket.kind,
        Ticket.opened_at,
        Ticket.first_responded_at,
        Ticket.first_due_at,
        Ticket.calendar_version,
    ).where(Ticket.first_responded_at >= span[0], Ticket.first_responded_at < span[1])
    for name, kind, opened_at, at, due, version in db.session.execute(rows):
        if at is None:
            continue
        tally = found[name]
        met = due is None or at <= due
        if kind == TicketKind.alert:
            tally.reported_met += met
            tally.reported_late += not met
        else:
            tally.answered_met += met
            tally.answered_late += not met
            tally.answers.append(_minutes(version, opened_at, at))


def _minutes(version: int, start: datetime, end: datetime) -> int:
    return int(hours_of(version).service_time(start, end).total_seconds()) // 60


_KEYS: Mapping[By, ColumnElement[str]] = {
    By.whole: literal("").label("named"),
    By.agent: func.coalesce(cast(Ticket.assignee_id, Text), "").label("named"),
    By.queue: cast(Ticket.queue, Text).label("named"),
    By.customer: func.coalesce(cast(Ticket.customer_id, Text), "").label("named"),
}
NAMED, HOUR = text("named"), text("at_hour")
"""Columns by their names: an expression with parameters is not known again when it is grouped by."""


def count_day(day: date) -> int:
    """Count one day anew and keep it, in the caller's transaction; returns how many rows it has."""
    db.session.execute(select(func.pg_advisory_xact_lock(COUNTING, day.toordinal())))
    db.session.execute(delete(DayFigure).where(DayFigure.day == day))
    rows = [
        {"day": day, "by": by, "key": key, "figures": _kept(tally), "counted_at": clock.now()}
        for by in By
        for key, tally in _count(day, by).items()
    ]
    if not any(row["by"] == By.whole for row in rows):
        # that nothing happened is known as well
        rows.append({"day": day, "by": By.whole, "key": "", "figures": _kept(Tally()), "counted_at": clock.now()})
    db.session.execute(insert(DayFigure), rows)
    return len(rows)


def count_last_days() -> int:
    """Keep the figures of the days that ended and are not kept yet, at most the last month's; returns how many."""
    today = current_calendar().hours.local_date(clock.now())
    ended = [today - timedelta(days=n) for n in range(1, 32)]
    known = _counted(ended)
    lacking = [day for day in ended if day not in known]
    # yesterday once more: a mail that came before midnight may be filed after it
    for day in {ended[0], *lacking}:
        count_day(day)
    return len(lacking)


def figures_of_days(days: Sequence[date], by: By, key: str | None = None) -> dict[date, dict[str, Tally]]:
    """The figures of these days by day and key: as they were kept; not counted yet, from the tickets."""
    rows = select(DayFigure.day, DayFigure.key, DayFigure.figures).where(DayFigure.day.in_(days), DayFigure.by == by)
    if key is not None:
        rows = rows.where(DayFigure.key == key)
    found: dict[date, dict[str, Tally]] = {}
    for day, name, figures in db.session.execute(rows):
        found.setdefault(day, {})[name] = Tally(**figures)
    for day in set(days) - _counted(days):
        counted = _count(day, by)
        found[day] = counted if key is None else {name: tally for name, tally in counted.items() if name == key}
    return found


def _counted(days: Sequence[date]) -> set[date]:
    """Which of these days are kept."""
    return set(db.session.scalars(select(DayFigure.day).where(DayFigure.day.in_(days), DayFigure.by == By.whole)))


def _count(day: date, by: By) -> dict[str, Tally]:
    zone = current_calendar().hours.zone
    return tallies(midnight(day, zone), midnight(day + timedelta(days=1), zone), by, zone)


def _kept(tally: Tally) -> dict[str, Any]:
    return {name: value for name, value in vars(tally).items() if value}
