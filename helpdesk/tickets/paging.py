"""Keyset paging: where a page of a list ended, as one word of an address. Pure."""

from datetime import UTC, datetime, timedelta

from helpdesk.errors import number

DIGITS_MAX = 17


def page_key(at: datetime | None, row_id: int) -> str:
    """The last row's time, to the microsecond, and id."""
    return f"{int(at.timestamp() * 1_000_000) if at else ''}_{row_id}"


def read_key(key: str | None) -> tuple[datetime | None, int]:
    """(time in UTC or None, id) of a key; (None, 0) for what is none."""
    at, _, last = (key or "").partition("_")
    known = at.isascii() and at.isdecimal() and len(at) <= DIGITS_MAX
    moment = datetime.fromtimestamp(0, UTC) + timedelta(microseconds=int(at)) if known else None
    return moment, number(last) or 0
