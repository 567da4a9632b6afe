"""Versions of the service calendar: never changed, only followed by a newer one (R40)."""

from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from flask_babel import gettext as _
from sqlalchemy import Select, func, select
from sqlalchemy.orm import Mapped, mapped_column

from helpdesk import clock
from helpdesk.audit.models import Actor, record
from helpdesk.calendar.acts import CalendarAct
from helpdesk.calendar.hours import Minutes, ServiceHours
from helpdesk.errors import Refusal
from helpdesk.extensions import Model, db

CHANGING = 0x63616C  # an advisory lock of its own: "cal"


class CalendarVersion(Model):
    """Zone, usual minutes, closing days {date: name}, exceptional hours {date: [start, end]} as of one change."""

    __tablename__ = "calendar_versions"

    id: Mapped[int] = mapped_column(primary_key=True)
    created_at: Mapped[datetime]
    created_by: Mapped[str]
    note: Mapped[str]
    zone: Mapped[str]
    opens: Mapped[int]
    closes: Mapped[int]
    closing_days: Mapped[dict[str, Any]]
    exceptional: Mapped[dict[str, Any]]


@dataclass(frozen=True)
class Calendar:
    """The hours to count with, and the version they come from."""

    version: int
    hours: ServiceHours


def current_calendar() -> Calendar:
    """The newest version. One small statement; the hours themselves are cached by version."""
    return calendar_of(db.session.scalar(newest_version()))


def calendar_of(version: int | None) -> Calendar:
    """The version, which another statement found. Raises Refusal where there is none."""
    if version is None:
        raise Refusal(_("The service calendar has no version yet. Run `helpdesk db upgrade`."))
    return Calendar(version, hours_of(version))


def newest_version() -> Select[int]:
    """The newest version's id, also as a part of other statements."""
    return select(CalendarVersion.id).order_by(CalendarVersion.id.desc()).limit(1)


@lru_cache(maxsize=32)
def hours_of(version: int) -> ServiceHours:
    """The hours of a version, which never change."""
    row = db.session.get_one(CalendarVersion, version)
    return ServiceHours(
        zone=ZoneInfo(row.zone),
        usual=(row.opens, row.closes),
        closing_days={date.fromisoformat(day): name for day, name in row.closing_days.items()},
        exceptional={date.fromisoformat(day): (span[0], span[1]) for day, span in row.exceptional.items()},
    )


def lock_calendar() -> Calendar:
    """The newest version, with other changes kept waiting until this transaction ends."""
    db.session.execute(select(func.pg_advisory_xact_lock(CHANGING)))
    return current_calendar()


def change_calendar(
    by: Actor,
    note: str,
    *,
    closing_days: dict[date, str] | None = None,
    exceptional: dict[date, Minutes] | None = None,
    usual: Minutes | None = None,
    zone: str | None = None,
) -> CalendarVersion:
    """Add a version that differs from the newest in what is given. The edge recomputes open due times."""
    before = db.session.get_one(CalendarVersion, current_calendar().version)
    usual = usual or (before.opens, before.closes)
    for start, end in [usual, *(exceptional or {}).values()]:
        if not 0 <= start <= end <= 24 * 60:
            raise Refusal(_("Hours must lie within one day and end after they start."))
    version = CalendarVersion(
        created_at=clock.now(),
        created_by=by.name,
        note=note,
        zone=_checked_zone(zone) if zone else before.zone,
        opens=usual[0],
        closes=usual[1],
        closing_days=before.closing_days
        if closing_days is None
        else {day.isoformat(): name for day, name in sorted(closing_days.items())},
        exceptional=before.exceptional
        if exceptional is None
        else {day.isoformat(): list(span) for day, span in sorted(exceptional.items())},
    )
    db.session.add(version)
    db.session.flush()
    record(by, CalendarAct.changed, version, note=note, before=before.id)
    return version


def _checked_zone(name: str) -> str:
    """A zone of the IANA database, such as Asia/Tokyo."""
    if name not in available_timezones():
        raise Refusal(_("This is no time zone. Write one such as Asia/Tokyo."), field="zone")
    return name


def read_span(text: str) -> Minutes:
    """Minutes of 9:00-17:00; raises Refusal for anything that is no span of one day."""
    try:
        start, end = (int(part.split(":")[0]) * 60 + int(part.split(":")[1]) for part in text.split("-"))
    except (ValueError, IndexError) as error:
        raise Refusal(_("Write hours such as 9:00-17:00.")) from error
    return start, end
