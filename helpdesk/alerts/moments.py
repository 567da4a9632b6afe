"""When an event was, as mails write it: only times that name their zone count. Pure (R10)."""

import re
import unicodedata
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

_OFFSET = re.compile(r"[+-]\d\d:?\d\d(?!\d)(?!-)")
_NAMED = {"UTC": "+0000", "GMT": "+0000", "JST": "+0900", "EST": "-0500", "EDT": "-0400", "CST": "-0600"}
_NAMED |= {"CDT": "-0500", "MST": "-0700", "MDT": "-0600", "PST": "-0800", "PDT": "-0700"}
"""RFC 5322's names, and Japan's."""
_NAME = re.compile(rf"\b(?:{'|'.join(_NAMED)})\b|日本(?:標準)?時間?")
_JAPANESE = re.compile(
    r"(?P<y>\d{4})\s*年\s*(?P<m>\d{1,2})\s*月\s*(?P<d>\d{1,2})\s*日\s*(?:[(（][月火水木金土日][)）])?\s*"
    r"(?P<half>午前|午後)?\s*(?P<h>\d{1,2})\s*(?:時|:)\s*(?P<i>\d{1,2})\s*(?:分|:)?\s*(?:(?P<s>\d{1,2})(?:\.\d+)?\s*秒?)?"
)
_LONGEST = 80


def moment(value: str) -> datetime | None:
    """A time that names its zone (ISO 8601, RFC 5322, 2026年11月17日 10:35:07 JST), in UTC; any other could be wrong by
    hours, and two zones could be either."""
    text = unicodedata.normalize("NFKC", value.strip()[:_LONGEST])
    offsets = {offset.replace(":", "") for offset in _OFFSET.findall(text)}
    named = {_NAMED.get(name, "+0900") for name in _NAME.findall(text)}
    if len(offsets | named) > 1:
        return None
    if japanese := _JAPANESE.search(text):
        zone = (offsets | named) or {"Z" if text.rstrip().endswith("Z") else ""}
        return _read_japanese(japanese, zone.pop())
    text = " ".join(re.sub(r"[()]", " ", text).split())
    if not offsets:
        text = _NAME.sub(lambda match: _NAMED.get(match[0], "+0900"), text)
    for read in (_read_iso, parsedate_to_datetime, _read_written_out):
        try:
            found = read(text)
        except (ValueError, TypeError, IndexError, OverflowError):
            continue
        if found.tzinfo is not None and 2000 < found.year < 2100:
            return found.astimezone(UTC)
    return None


def _read_iso(text: str) -> datetime:
    """ISO 8601, also with slashes between the parts of the date, or a blank before the zone."""
    dashed = re.sub(r"^(\d{4})/(\d{1,2})/(\d{1,2})", lambda m: f"{m[1]}-{int(m[2]):02}-{int(m[3]):02}", text)
    return datetime.fromisoformat(re.sub(r" (?=(?:[+-]\d\d:?\d\d|Z)$)", "", dashed))


def _read_written_out(text: str) -> datetime:
    """Nov 17, 2026 04:00:12 AM +0000"""
    return datetime.strptime(re.sub(r"^([A-Za-z]{3})[a-z]*", r"\1", text), "%b %d, %Y %I:%M:%S %p %z")


def _read_japanese(found: re.Match[str], zone: str) -> datetime | None:
    if not zone:
        return None
    year, month, day, hour, minute = (int(found[name]) for name in ("y", "m", "d", "h", "i"))
    if found["half"]:
        hour = hour % 12 + (12 if found["half"] == "午後" else 0)
    written = f"{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{int(found['s'] or 0):02}{zone}"
    try:
        return datetime.fromisoformat(written).astimezone(UTC) if 2000 < year < 2100 else None
    except ValueError:
        return None
