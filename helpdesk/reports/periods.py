"""What the last business days came to: kept days (days.py), and today from the tickets (R12)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import median

from sqlalchemy import and_, func, select
from sqlalchemy.orm import aliased

from helpdesk import clock
from helpdesk.calendar.hours import ServiceHours, midnight
from helpdesk.calendar.models import current_calendar
from helpdesk.extensions import db
from helpdesk.reports.days import By, Tally, figures_of_days, tallies
from helpdesk.reports.desk import Scope
from helpdesk.tickets.kinds import Verdict
from helpdesk.tickets.models import Ticket
from helpdesk.triage.models import Decision


@dataclass(frozen=True)
class PeriodFigures:
    """What the last business days came to: in sum, by day, and the kept days' mean by hour."""

    days: Sequence[date]
    whole: Tally
    by_day: Sequence[tuple[date, Tally]]
    today: Tally
    mean_hours: dict[int, int]

    @property
    def met(self) -> int:
        return self.whole.answered_met + self.whole.reported_met

    @property
    def late(self) -> int:
        return self.whole.answered_late + self.whole.reported_late


def period_figures(scope: Scope) -> PeriodFigures:
    """The scope's period: kept days, and today from the tickets."""
    hours = current_calendar().hours
    days = business_days(scope.days, hours)
    by, key = scope.by
    kept = figures_of_days(_each_day(days)[:-1], by, key)
    today = _today(by, hours).get(key, Tally())
    by_day = {day: Tally() for day in days}
    for day, keys in kept.items():
        # what came on a day off is met on the next business day
        by_day[next(one for one in days if one >= day)].add(keys.get(key, Tally()))
    by_day[days[-1]].add(today)
    whole = Tally()
    for tally in by_day.values():
        whole.add(tally)
    past = [by_day[day] for day in days[:-1]]
    return PeriodFigures(days, whole, list(by_day.items()), today, _mean_hours(past))


def business_days(count: int, hours: ServiceHours) -> list[date]:
    """The last business days, oldest first, today as the last whatever day it is."""
    day = hours.local_date(clock.now())
    days = [day]
    while len(days) < count:
        day -= timedelta(days=1)
        if hours.is_business_day(day):
            days.append(day)
    return days[::-1]


def agent_figures(scope: Scope) -> dict[int | None, Tally]:
    """The period by agent: those who have a ticket now and those who had one."""
    hours = current_calendar().hours
    days = _each_day(business_days(scope.days, hours))
    found: dict[int | None, Tally] = {}
    for part in (*figures_of_days(days[:-1], By.agent).values(), _today(By.agent, hours)):
        for key, tally in part.items():
            found.setdefault(int(key) if key else None, Tally()).add(tally)
    return found


def _each_day(days: Sequence[date]) -> list[date]:
    """Every day from the first to the last, days off as well."""
    return [days[0] + timedelta(days=n) for n in range((days[-1] - days[0]).days + 1)]


def _today(by: By, hours: ServiceHours) -> dict[str, Tally]:
    start = midnight(hours.local_date(clock.now()), hours.zone)
    return tallies(start, start + timedelta(days=1), by, hours.zone)


def quantile(values: Sequence[int], percent: int) -> int | None:
    """The value that so many percent do not exceed; the median for 50. None of nothing."""
    if not values:
        return None
    if percent == 50:
        return int(median(values))
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, -(-len(ordered) * percent // 100) - 1)]


@dataclass(frozen=True)
class ContestFigures:
    """Of one verdict's answers: how many went out, were contested, and were decided otherwise after that."""

    verdict: str
    answered: int
    contested: int
    changed: int


def contests(scope: Scope) -> list[ContestFigures]:
    """Answers of 90 days by verdict; `changed` after a contest is what was refused wrongly."""
    first, again = aliased(Decision), aliased(Decision)
    otherwise = (
        select(again.id)
        .where(again.ticket_id == first.ticket_id, again.id > first.id, again.verdict != first.verdict)
        .exists()
    )
    since = clock.now() - timedelta(days=90)
    contested = first.contested_at.is_not(None)
    rows = (
        select(
            first.verdict, func.count(), func.count().filter(contested), func.count().filter(and_(contested, otherwise))
        )
        .join(Ticket, Ticket.id == first.ticket_id)
        .where(first.at >= since, first.verdict != Verdict.in_scope, *scope.conditions)
        .group_by(first.verdict)
        .order_by(first.verdict)
    )
    return [ContestFigures(verdict.value, *counts) for verdict, *counts in db.session.execute(rows)]


def _mean_hours(tallies_: Sequence[Tally]) -> dict[int, int]:
    """What usually came in an hour, rounded to whole tickets."""
    if not tallies_:
        return {}
    sums: dict[int, int] = {}
    for tally in tallies_:
        for hour, (received, _completed) in tally.hours.items():
            sums[int(hour)] = sums.get(int(hour), 0) + received
    return {hour: (2 * total + len(tallies_)) // (2 * len(tallies_)) for hour, total in sums.items()}
