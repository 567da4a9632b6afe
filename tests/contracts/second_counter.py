"""A second counter of contract dates, written from the terms alone, to hold the first against.

It works only by stepping one day at a time, so as to share no arithmetic with any other counter.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from functools import cache
from itertools import islice

import holidays

ONE_DAY = timedelta(days=1)
SATURDAY = 5
NOTICE_BUSINESS_DAYS = 10
CHANGE_NOTICE_DAYS = 10
MINIMUM_MONTHS = 13

Closing = frozenset[tuple[int, int]]


def days_from(start: date) -> Iterator[date]:
    """The start day itself, then every later day."""
    day = start
    while True:
        yield day
        day += ONE_DAY


def days_before(end: date) -> Iterator[date]:
    """The day before the end day, then every earlier day."""
    day = end
    while True:
        day -= ONE_DAY
        yield day


def is_last_of_month(day: date) -> bool:
    return (day + ONE_DAY).day == 1


def month_end(start: date, months: int = 1) -> date:
    """The last day of the given month, counting the month of the start day as the first."""
    ends = (day for day in days_from(start) if is_last_of_month(day))
    return next(islice(ends, months - 1, None))


def month_start_after(start: date, months: int = 1) -> date:
    """The first day of a later month, counting the month after the start day as the first."""
    return month_end(start, months) + ONE_DAY


@cache
def public_holidays(year: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays("JP", years=year))


def is_business_day(day: date, closing: Closing) -> bool:
    if day.weekday() >= SATURDAY or (day.month, day.day) in closing:
        return False
    return day not in public_holidays(day.year)


def nonrenewal_deadline(day: date, closing: Closing) -> date:
    """Clause 11-2: the tenth business day before the last day of the month (that day is day 0)."""
    business_days = (earlier for earlier in days_before(month_end(day)) if is_business_day(earlier, closing))
    return next(islice(business_days, NOTICE_BUSINESS_DAYS - 1, None))


def change_deadline(day: date) -> date:
    """Clauses 13-2 and 14: the tenth calendar day before the last day of the month."""
    return next(islice(days_before(month_end(day)), CHANGE_NOTICE_DAYS - 1, None))


def minimum_term_end(given: dict[str, str]) -> date:
    """Clauses 5-3 and 11-2: the month counted as the first is that of the start or of the application."""
    first_days = {"start": "service_started_on", "application": "applied_on"}
    key = first_days[given.get("minimum_term_from", "start")]
    return month_end(date.fromisoformat(given[key]), MINIMUM_MONTHS)


def contract_end(notice: date, minimum: date, closing: Closing) -> date:
    """Clause 11-2: the end of the month of the notice, of the next one if late, never within the minimum term."""
    months = 1 if notice <= nonrenewal_deadline(notice, closing) else 2
    return max(month_end(notice, months), minimum)


def change_effect(request: date) -> date:
    """Clauses 13-2 and 14: the first of the next month, or of the month after that if late."""
    return month_start_after(request, 1 if request <= change_deadline(request) else 2)


def provider_termination(notice: date) -> date:
    """Clause 12-4: the same day of the next month, or its last day where there is no such day."""
    next_month = days_from(month_start_after(notice))
    return next(day for day in next_month if day.day == notice.day or is_last_of_month(day))


def count(given: dict[str, str], closing: Closing) -> dict[str, str]:
    """The dates of one contract, in ISO form; the last four only where their occasion is given."""
    started, as_of = date.fromisoformat(given["service_started_on"]), date.fromisoformat(given["as_of"])
    minimum = minimum_term_end(given)
    dates = {
        "free_until": month_end(started),
        "first_charged_month": month_start_after(started),
        "minimum_term_ends_on": minimum,
        "nonrenewal_deadline": nonrenewal_deadline(as_of, closing),
        "change_deadline": change_deadline(as_of),
    }
    if notice := given.get("nonrenewal_notice_on"):
        dates["ends_on"] = contract_end(date.fromisoformat(notice), minimum, closing)
    if request := given.get("change_requested_on"):
        dates["change_effective_on"] = change_effect(date.fromisoformat(request))
    if provider_notice := given.get("provider_notice_on"):
        dates["provider_termination_on"] = provider_termination(date.fromisoformat(provider_notice))
    if previous_end := given.get("previous_end_on"):
        dates["recontract_backdated_to"] = date.fromisoformat(previous_end) + ONE_DAY
    return {name: day.isoformat() for name, day in dates.items()}
