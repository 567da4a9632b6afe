"""Dates, times and durations in words, the same on pages, in mails and on reports.

Plain f-strings on purpose: a queue page words a hundred times, and Babel's patterns are ten times slower.
"""

import re
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

DAYS = {"ja": "月火水木金土日", "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")}
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def date_words(day: date, language: str) -> str:
    """2026年11月24日(火), or Tue 24 Nov 2026."""
    name = DAYS[language][day.weekday()]
    if language == "en":
        return f"{name} {day.day} {MONTHS[day.month - 1]} {day.year}"
    return f"{day.year}年{day.month}月{day.day}日({name})"


def when_words(at: datetime, zone: ZoneInfo, language: str) -> str:
    """The whole date and time: 2026年11月24日(火) 9:00."""
    local = at.astimezone(zone)
    return f"{date_words(local.date(), language)} {local.hour}:{local.minute:02d}"


def exact_words(stamp: str | None, language: str) -> str:
    """An ISO moment with its offset to the second, as it stands: 2026年11月24日(火) 9:00:05. Empty for none."""
    if not stamp:
        return ""
    at = datetime.fromisoformat(stamp)
    return f"{date_words(at.date(), language)} {at.hour}:{at.minute:02d}:{at.second:02d}"


def short_words(at: datetime, now: datetime, zone: ZoneInfo, language: str) -> str:
    """For lists: 本日 13:20, or 11/25(水) 10:32, with the year when it is another."""
    local, today = at.astimezone(zone), now.astimezone(zone)
    clock = f"{local.hour}:{local.minute:02d}"
    if local.date() == today.date():
        return f"today {clock}" if language == "en" else f"本日 {clock}"
    name = DAYS[language][local.weekday()]
    if language == "en":
        year = "" if local.year == today.year else f" {local.year}"
        return f"{name} {local.day} {MONTHS[local.month - 1]}{year} {clock}"
    year = "" if local.year == today.year else f"{local.year}/"
    return f"{year}{local.month}/{local.day}({name}) {clock}"


def brief_words(at: datetime, now: datetime, zone: ZoneInfo, language: str) -> str:
    """The shortest form: 13:31 today, 11/20 otherwise."""
    local, today = at.astimezone(zone), now.astimezone(zone)
    if local.date() == today.date():
        return f"{local.hour}:{local.minute:02d}"
    if local.year != today.year:
        return f"{local.year}/{local.month}/{local.day}"
    return f"{local.month}/{local.day}" if language == "ja" else f"{local.day} {MONTHS[local.month - 1]}"


def span_words(length: timedelta, language: str) -> str:
    """1時間26分, 38分; days are not used, since these are service hours."""
    total = int(abs(length).total_seconds()) // 60
    hours, minutes = divmod(total, 60)
    if language == "en":
        return f"{hours} h {minutes:02d} min" if hours else f"{minutes} min"
    return f"{hours}時間{minutes:02d}分" if hours else f"{minutes}分"


def minutes_words(minutes: int) -> str:
    """Minutes from midnight as 9:00."""
    return f"{minutes // 60}:{minutes % 60:02d}"


def hours_words(usual: tuple[int, int], zone: ZoneInfo, language: str) -> str:
    """The usual service hours: 営業日 9:00〜17:00; the zone is named where it is not Japan's."""
    opens, closes = (minutes_words(minutes) for minutes in usual)
    if language == "en":
        return f"business days {opens}-{closes} ({zone.key})"
    return f"営業日 {opens}〜{closes}" + ("" if zone.key == "Asia/Tokyo" else f"（{zone.key}）")


def visible(text: str) -> str:
    """A text whose marks that turn the order of letters around are seen: exe.fdp must not read pdf.exe."""
    return _TURNING.sub(lambda mark: f"[U+{ord(mark[0]):04X}]", text)


_TURNING = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def size_words(size: int) -> str:
    """182 KB, 3.4 MB."""
    if size < 1024:
        return f"{size} B"
    if size < 1024 * 1024:
        return f"{size // 1024} KB"
    return f"{size // (1024 * 1024)}.{size % (1024 * 1024) * 10 // (1024 * 1024)} MB"
