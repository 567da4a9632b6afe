"""Closing days are known five years ahead: filled in by the pattern of the last year known, asked for once a year."""

from collections.abc import Mapping
from datetime import date, timedelta

from sqlalchemy import select

from helpdesk import clock
from helpdesk.audit.models import SYSTEM, Actor, AuditEvent, record
from helpdesk.calendar.acts import CalendarAct
from helpdesk.calendar.models import CalendarVersion, change_calendar, current_calendar, lock_calendar
from helpdesk.extensions import db

YEARS = 5
YEAR = timedelta(days=365)
ASK_AGAIN = timedelta(days=330)


def known_until(closing_days: Mapping[date, str]) -> date | None:
    """The last closing day that is entered."""
    return max(closing_days, default=None)


def is_known_ahead(closing_days: Mapping[date, str], today: date) -> bool:
    """Whether more than four whole years are covered: after each year one is to be added."""
    last = known_until(closing_days)
    return last is not None and last > today + (YEARS - 1) * YEAR


def carried_on(closing_days: Mapping[date, str], today: date) -> dict[date, str]:
    """The days with those of the last year known repeated in each year to come, until five years from today."""
    last = known_until(closing_days)
    known = dict(closing_days)
    if last is None:
        return known
    pattern = [(day, name) for day, name in closing_days.items() if day > last - YEAR]
    until = today + YEARS * YEAR
    for years in range(1, YEARS + 2):
        for day, name in pattern:
            try:
                later = day.replace(year=day.year + years)
            except ValueError:  # the 29th of February
                continue
            if later <= until:
                known.setdefault(later, name)
    return dict(sorted(known.items()))


def carry_on(by: Actor, note: str) -> CalendarVersion:
    """A version with the closing days of the years to come."""
    hours = lock_calendar().hours
    return change_calendar(by, note, closing_days=carried_on(hours.closing_days, hours.local_date(clock.now())))


def days_are_missing() -> bool:
    """Whether the days of another year are to be asked for now: in service hours, once a year. Notes that it was."""
    hours, now = current_calendar().hours, clock.now()
    if not hours.is_open(now) or is_known_ahead(hours.closing_days, hours.local_date(now)):
        return False
    asked = select(AuditEvent.id).where(
        AuditEvent.subject_kind == CalendarVersion.__tablename__,
        AuditEvent.act == CalendarAct.days_asked_for.value,
        AuditEvent.at > now - ASK_AGAIN,
    )
    if db.session.scalar(asked.limit(1)) is not None:
        return False
    record(SYSTEM, CalendarAct.days_asked_for, db.session.get_one(CalendarVersion, current_calendar().version))
    return True
