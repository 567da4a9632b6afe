"""A second counter of notice windows, deliveries and last days, to hold the first against.

Like the second counter of contract dates, it works only by stepping one day at a time.
"""

from collections.abc import Iterator
from datetime import date
from itertools import chain, islice, takewhile

from tests.contracts.second_counter import (
    NOTICE_BUSINESS_DAYS,
    ONE_DAY,
    Closing,
    contract_end,
    days_before,
    days_from,
    is_business_day,
    is_last_of_month,
    month_end,
    nonrenewal_deadline,
)

MONTHS_SHOWN = 3
LIABILITY_MONTHS = 3
BUSINESS_DAYS_UNDER_WAY = {"mail": 0, "post": 3}


def nth(days: Iterator[date], number: int) -> date:
    """The day at that place, counting the first as 1."""
    return next(islice(days, number - 1, None))


def business_days_before(end: date, closing: Closing) -> Iterator[date]:
    """The last business day before the end day, then every earlier one."""
    return (day for day in days_before(end) if is_business_day(day, closing))


def earlier_month_end(day: date, months: int = 1) -> date:
    """The last day of an earlier month, counting the month before the given day's as the first."""
    return nth((earlier for earlier in days_before(day) if is_last_of_month(earlier)), months)


def end_of_timely_notice(last: date, term_end: date, closing: Closing) -> date:
    """Clause 11-2: the end that a notice has which arrives on the deadline of the month ending on that day."""
    before_period = earlier_month_end(last)
    deadline = nonrenewal_deadline(last, closing)
    arrives = before_period if deadline <= before_period else deadline
    return contract_end(arrives, term_end, closing)


def leaving(today: date, term_end: date, closing: Closing) -> list[tuple[date, date, date, bool]]:
    """For this month and the next two: its last day, its deadline, the end so reached, and whether still in time."""
    rows = []
    for months in range(1, MONTHS_SHOWN + 1):
        last = month_end(today, months)
        deadline = nonrenewal_deadline(last, closing)
        rows.append((last, deadline, end_of_timely_notice(last, term_end, closing), today <= deadline))
    return rows


def business_days_between(day: date, last: date, closing: Closing) -> int:
    """How many business days there are from the day on, itself counted, up to the last day, that not counted."""
    span = takewhile(lambda later: later < last, days_from(day))
    return sum(is_business_day(later, closing) for later in span)


def strip(last: date, closing: Closing) -> list[tuple[date, int | None]]:
    """Every day from the deadline to the last day, with its business days before the last; None where it is none."""
    cells: list[tuple[date, int | None]] = []
    for day in takewhile(lambda later: later < last, days_from(overview(last, closing))):
        number = business_days_between(day, last, closing) if is_business_day(day, closing) else None
        cells.append((day, number))
    return [*cells, (last, 0)]


def delivered(sent_on: date, way: str, closing: Closing) -> date:
    """A mail arrives the day it is sent, a letter on the third business day after that day."""
    later_days = days_from(sent_on + ONE_DAY)
    business_days = (day for day in later_days if is_business_day(day, closing))
    return nth(chain([sent_on], business_days), BUSINESS_DAYS_UNDER_WAY[way] + 1)


def liability(damage_on: date) -> tuple[date, date, date, date]:
    """Clause 7-4: the three months up to the day before the damage, and the three whole months before its month."""
    other_first = earlier_month_end(damage_on, LIABILITY_MONTHS + 1) + ONE_DAY
    month = days_from(other_first)
    first = next(day for day in month if day.day == damage_on.day or is_last_of_month(day))
    return first, next(days_before(damage_on)), other_first, earlier_month_end(damage_on)


def last_service_day(ends_on: date, closing: Closing) -> date:
    """The end day where it is a business day, else the last business day before it."""
    return nth(business_days_before(ends_on + ONE_DAY, closing), 1)


def overview(ends_on: date, closing: Closing) -> date:
    """The tenth business day before the end day, which is day 0."""
    return nth(business_days_before(ends_on, closing), NOTICE_BUSINESS_DAYS)
