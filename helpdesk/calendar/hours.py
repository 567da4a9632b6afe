"""Service hours as pure arithmetic: no clock, no database, no Flask (R40).

Hours are half-open: an opening minute is in, a closing minute is out. A *business day* is a weekday that is
neither a public holiday nor a closing day. Exceptional hours replace one date's hours: they can shorten a
business day, or open a date that is none. Opened that way it is open for work but still counts as no
business day, so an extra Saturday never brings a due date forward.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import holidays

DAY = timedelta(days=1)
SEARCH_DAYS = 400

Minutes = tuple[int, int]
"""A span of one date, in minutes from local midnight, half-open: (540, 1020) is 9:00 to 17:00."""


@dataclass(frozen=True)
class Span:
    """A half-open span of time, both ends aware, in UTC."""

    start: datetime
    end: datetime


@lru_cache(maxsize=64)
def public_holidays(year: int, language: str = "ja") -> Mapping[date, str]:
    """Japan's public holidays of a year with their names (ja, en), substitute and bridge holidays included."""
    return dict(holidays.country_holidays("JP", years=year, language="en_US" if language == "en" else "ja"))


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """When a day begins in a zone (UTC)."""
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)


@dataclass(frozen=True)
class ServiceHours:
    """One version of the provider's calendar."""

    zone: ZoneInfo
    usual: Minutes = (540, 1020)
    closing_days: Mapping[date, str] = field(default_factory=dict)
    exceptional: Mapping[date, Minutes] = field(default_factory=dict)
    _spans: dict[date, Span | None] = field(default_factory=dict, init=False, repr=False, compare=False)

    def is_business_day(self, day: date) -> bool:
        return day.weekday() < 5 and day not in public_holidays(day.year) and day not in self.closing_days

    def why_closed(self, day: date) -> str | None:
        """The holiday's or closing day's name, "" for a weekend, None for a business day."""
        if day in self.closing_days:
            return self.closing_days[day]
        return public_holidays(day.year).get(day, "" if day.weekday() >= 5 else None)

    def minutes(self, day: date) -> Minutes | None:
        """When the service is open on `day`, or None. Exceptional hours win over everything."""
        if day in self.exceptional:
            start, end = self.exceptional[day]
        elif self.is_business_day(day):
            start, end = self.usual
        else:
            return None
        return (start, end) if start < end else None

    def span(self, day: date) -> Span | None:
        """When the service is open on `day`, as moments; worked out once a day, since a version never changes."""
        if day not in self._spans:
            minutes = self.minutes(day)
            self._spans[day] = Span(self._at(day, minutes[0]), self._at(day, minutes[1])) if minutes else None
        return self._spans[day]

    def local_date(self, at: datetime) -> date:
        return at.astimezone(self.zone).date()

    def is_open(self, at: datetime) -> bool:
        span = self.span(self.local_date(at))
        return span is not None and span.start <= at < span.end

    def next_opening(self, at: datetime) -> datetime:
        """`at` itself while open, else the next opening."""
        return max(at, self._spans_from(at).__next__().start)

    def closing(self, at: datetime) -> datetime:
        """When the hours that `at` lies in, or the next ones, end."""
        return next(self._spans_from(at)).end

    def can_finish(self, at: datetime, length: timedelta) -> bool:
        """Whether something that takes up to `length` may start at `at`: open, and over before closing (R21)."""
        return self.is_open(at) and at + length <= self.closing(at)

    def add_service_time(self, at: datetime, length: timedelta) -> datetime:
        """The moment by which `length` of service hours has passed since `at`.

        Where the length is used up exactly at closing, the answer is the closing minute of that day.
        """
        left = length
        for span in self._spans_from(at):
            start = max(at, span.start)
            if start + left <= span.end:
                return start + left
            left -= span.end - start
        raise AssertionError("unreachable: spans never end")

    def service_time(self, start: datetime, end: datetime) -> timedelta:
        """Service hours between two moments; negative when `end` lies before `start`."""
        if end < start:
            return -self.service_time(end, start)
        total = timedelta()
        for span in self._spans_from(start):
            if span.start >= end:
                break
            total += min(span.end, end) - max(span.start, start)
        return total

    def business_day_after(self, day: date, count: int) -> date:
        """The `count`-th business day after `day`, which is day 0 whatever kind of day it is."""
        passed, current = 0, day
        while passed < count:
            current += DAY
            passed += self.is_business_day(current)
        return current

    def business_day_before(self, day: date, count: int) -> date:
        """The `count`-th business day before `day`, which is day 0 whatever kind of day it is."""
        passed, current = 0, day
        while passed < count:
            current -= DAY
            passed += self.is_business_day(current)
        return current

    def end_of_business_day_after(self, at: datetime, count: int) -> datetime:
        """Closing time of the `count`-th business day after the date of `at` (R12)."""
        day = self.business_day_after(self.local_date(at), count)
        while (span := self.span(day)) is None:
            day = self.business_day_after(day, 1)
        return span.end

    def _spans_from(self, at: datetime) -> Iterator[Span]:
        """Open spans that end after `at`, in order. Raises ValueError when nothing opens for over a year."""
        day, closed = self.local_date(at), 0
        while closed < SEARCH_DAYS:
            span = self.span(day)
            if span is not None and span.end > at:
                closed = 0
                yield span
            closed += 1
            day += DAY
        raise ValueError(f"The service calendar has no opening within {SEARCH_DAYS} days of {at}.")

    def _at(self, day: date, minute: int) -> datetime:
        midnight = datetime(day.year, day.month, day.day, tzinfo=self.zone)
        return (midnight + timedelta(minutes=minute)).astimezone(UTC)
