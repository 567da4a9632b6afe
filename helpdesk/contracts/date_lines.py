"""The dates of contracts as JSON lines: what `helpdesk contract dates` reads and prints."""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from helpdesk.calendar.hours import DAY, ServiceHours
from helpdesk.contracts import dates
from helpdesk.contracts.dates import APPLICATION, FIRST_YEAR, LAST_YEAR, START, Explained

ASKED = ("applied_on", "service_started_on", "as_of")
LENGTH_MAX = 10_000
CLOSED_MAX = 60
_MONTH_DAY = re.compile(r"[0-9]{2}-[0-9]{2}")
_ISO_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")

Closing = tuple[tuple[int, int], tuple[int, int]]
"""Closing days of every year, from (month, day) to (month, day), both included; it may cross the new year."""


class LineError(Exception):
    """What is wrong with a line, for who wrote it."""


def read_closing(words: str) -> Closing:
    """From `12-29..01-03`. Raises ValueError for what is none."""
    first, dots, last = words.strip().partition("..")
    if not dots:
        raise ValueError(words)
    if not (_MONTH_DAY.fullmatch(first) and _MONTH_DAY.fullmatch(last)):
        raise ValueError(words)
    # a leap year knows every day
    days = [date.fromisoformat(f"2028-{side}") for side in (first, last)]
    return (days[0].month, days[0].day), (days[1].month, days[1].day)


def hours_with(closings: Sequence[Closing]) -> ServiceHours:
    """The calendar to count with: weekdays that are no public holidays and no closing days.

    Raises ValueError for more closing days than a service has, so that counting back always ends.
    """
    leap = [date(2028, 1, 1) + DAY * number for number in range(366)]
    if sum(any(_within((day.month, day.day), one) for one in closings) for day in leap) > CLOSED_MAX:
        raise ValueError(CLOSED_MAX)
    closing_days = {}
    day = date(FIRST_YEAR - 1, 1, 1) if closings else date(LAST_YEAR + 3, 1, 1)
    while day.year <= LAST_YEAR + 2:
        if any(_within((day.month, day.day), closing) for closing in closings):
            closing_days[day] = ""
        day += DAY
    return ServiceHours(zone=ZoneInfo("Asia/Tokyo"), closing_days=closing_days)


def _within(day: tuple[int, int], closing: Closing) -> bool:
    first, last = closing
    return first <= day <= last if first <= last else day >= first or day <= last


def answer_line(text: bytes, number: int, hours: ServiceHours) -> dict[str, Any]:
    """The dates of one line in their order with their explanations, or what is wrong with it."""
    try:
        given = _read(text)
        found = {name: explained for name, explained in _dates_of(given, hours)}
    except LineError as error:
        return {"error": str(error), "line": number}
    printed: dict[str, Any] = {name: one.on.isoformat() for name, one in found.items()}
    return printed | {"explanations": {name: {"ja": one.ja, "en": one.en} for name, one in found.items()}}


def _read(text: bytes) -> Mapping[str, Any]:
    if len(text) > LENGTH_MAX:
        raise LineError(f"The line is longer than {LENGTH_MAX} bytes.")
    try:
        given = json.loads(text.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        raise LineError("This is no JSON in UTF-8.") from None
    if not isinstance(given, dict):
        raise LineError("This is no JSON object.")
    return given


def _dates_of(given: Mapping[str, Any], hours: ServiceHours) -> Iterator[tuple[str, Explained]]:
    applied, started, as_of = (_day(given, name) for name in ASKED)
    counted_from = given.get("minimum_term_from", START)
    if counted_from not in (START, APPLICATION):
        raise LineError('"minimum_term_from" has to be "start" or "application".')
    term = dates.minimum_term_end(applied, started, counted_from)
    yield "free_until", dates.free_until(started)
    yield "first_charged_month", dates.first_charged_month(started)
    yield "minimum_term_ends_on", term
    yield "nonrenewal_deadline", dates.nonrenewal_deadline(as_of, hours)
    yield "change_deadline", dates.change_deadline(as_of)
    asked: Sequence[tuple[str, str, Callable[[date], Explained]]] = (
        ("nonrenewal_notice_on", "ends_on", lambda day: dates.end_by_nonrenewal(day, term.on, hours)),
        ("change_requested_on", "change_effective_on", dates.change_effect),
        ("provider_notice_on", "provider_termination_on", dates.provider_termination),
        ("previous_end_on", "recontract_backdated_to", dates.recontract_from),
    )
    for wanted, name, count in asked:
        if given.get(wanted) is not None:
            yield name, count(_day(given, wanted))
    _check_gap(given)


def _check_gap(given: Mapping[str, Any]) -> None:
    if given.get("recontract_start_on") is None:
        return
    again = _day(given, "recontract_start_on")
    if given.get("previous_end_on") is None:
        raise LineError('"recontract_start_on" needs "previous_end_on": a contract goes back to the day after it.')
    if again <= _day(given, "previous_end_on"):
        raise LineError('"recontract_start_on" has to be after "previous_end_on" (11-4).')


def _day(given: Mapping[str, Any], name: str) -> date:
    words = given.get(name)
    if words is None:
        raise LineError(f'"{name}" is missing.')
    try:
        if not isinstance(words, str) or not _ISO_DAY.fullmatch(words):
            raise ValueError(words)
        day = date.fromisoformat(words)
    except ValueError:
        raise LineError(f'"{name}" has to be a day such as "2026-11-27".') from None
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise LineError(f'"{name}" has to lie between {FIRST_YEAR} and {LAST_YEAR}: holidays beyond are not known.')
    return day
