"""Calendar months in the service's zone, and their weeks. Pure."""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from flask_babel import gettext as _

from helpdesk.calendar.hours import midnight
from helpdesk.errors import Refusal
from helpdesk.wording import MONTHS


@dataclass(frozen=True, order=True)
class ReportMonth:
    """One calendar month of the service's zone."""

    year: int
    number: int

    @classmethod
    def read(cls, text: str) -> "ReportMonth":
        """From 2026-10. Refused for anything else."""
        found = re.fullmatch(r"([12]\d{3})-(0[1-9]|1[0-2])", text.strip(), re.ASCII)
        if found is None:
            raise Refusal(_("Write a month such as 2026-10."))
        return cls(int(found[1]), int(found[2]))

    @classmethod
    def of(cls, day: date) -> "ReportMonth":
        return cls(day.year, day.month)

    def __str__(self) -> str:
        return f"{self.year}-{self.number:02d}"

    @property
    def first(self) -> date:
        return date(self.year, self.number, 1)

    @property
    def last(self) -> date:
        return self.after().first - timedelta(days=1)

    def after(self) -> "ReportMonth":
        return self.back(-1)

    def back(self, months: int) -> "ReportMonth":
        """The month so many months before."""
        index = self.year * 12 + self.number - 1 - months
        return ReportMonth(index // 12, index % 12 + 1)

    def span(self, zone: ZoneInfo) -> tuple[datetime, datetime]:
        """Its first moment and the next month's (UTC), so that it is half-open."""
        return midnight(self.first, zone), midnight(self.after().first, zone)

    def weeks(self) -> list[tuple[date, date]]:
        """Its weeks, Monday to Sunday, cut off at its first and last day: four to six."""
        weeks, day = [], self.first
        while day <= self.last:
            sunday = day + timedelta(days=6 - day.weekday())
            weeks.append((day, min(sunday, self.last)))
            day = sunday + timedelta(days=1)
        return weeks

    def words(self, language: str) -> str:
        """2026年10月, or Oct 2026."""
        return f"{MONTHS[self.number - 1]} {self.year}" if language == "en" else f"{self.year}年{self.number}月"
