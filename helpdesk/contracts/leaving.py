"""Leaving a contract: until when each of the next periods can be left, and what end a notice has (11-2)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from helpdesk.calendar.hours import DAY, ServiceHours
from helpdesk.contracts.dates import (
    NOTICE_BUSINESS_DAYS,
    Explained,
    end_by_nonrenewal,
    month_end,
    month_start,
    nonrenewal_deadline,
)

PERIODS = 3


@dataclass(frozen=True)
class LeavingPeriod:
    """A period that can be left: its last day, until when notice is due for it, and the end that such a notice has.

    The end is later than the period where the minimum term lasts longer.
    """

    last_day: date
    deadline: Explained
    ends: Explained
    in_time: bool


@dataclass(frozen=True)
class CountedDay:
    """A day of the strip that shows how a deadline was counted.

    `number` is how many business days are left to the last day, 0 for that itself; None for a day that is not counted,
    which `why` names where it is a holiday or closing day.
    """

    day: date
    number: int | None
    why: str


def leaving_periods(today: date, term_end: date, hours: ServiceHours) -> Sequence[LeavingPeriod]:
    """This and the next two periods; `today` and all days are of the service's zone."""
    found = []
    for later in range(PERIODS):
        last = month_end(today, later)
        deadline = nonrenewal_deadline(last, hours)
        # a period's deadline may lie in the month before it
        ends = _end_of_notice(deadline.on, last, term_end, hours)
        found.append(LeavingPeriod(last, deadline, ends, today <= deadline.on))
    return found


def _end_of_notice(notice_on: date, last: date, term_end: date, hours: ServiceHours) -> Explained:
    if month_start(notice_on) == month_start(last):
        return end_by_nonrenewal(notice_on, term_end, hours)
    return end_by_nonrenewal(month_start(last) - DAY, term_end, hours)


def counted_days(last: date, hours: ServiceHours) -> Sequence[CountedDay]:
    """Each day from a period's last one back to the deadline, in the calendar's order."""
    found, day, number = [], last, 0
    while True:
        business = hours.is_business_day(day)
        counted = number if business or day == last else None
        why = hours.why_closed(day) if counted is None else None
        found.append(CountedDay(day, counted, why or ""))
        if number == NOTICE_BUSINESS_DAYS and business and day != last:
            return found[::-1]
        day -= DAY
        number += hours.is_business_day(day)


def last_service_day(ends_on: date, hours: ServiceHours) -> date:
    """The last business day of a contract: after its closing time nothing more is done."""
    return ends_on if hours.is_business_day(ends_on) else hours.business_day_before(ends_on, 1)


def weeks_of(month: date) -> Sequence[Sequence[date | None]]:
    """A month as weeks from Sunday on, None outside it."""
    first, last = month_start(month), month_end(month)
    day = first - timedelta(days=(first.weekday() + 1) % 7)
    weeks = []
    while day <= last:
        week = [day + DAY * count for count in range(7)]
        weeks.append([one if first <= one <= last else None for one in week])
        day += DAY * 7
    return weeks
