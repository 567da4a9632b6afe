"""Keyset paging: where a page of a list ended, as one word of an address. Pure."""

from datetime import UTC, datetime, timedelta

from helpdesk.errors import number

DIGITS_MAX = 17

Sorted = datetime | int | str | None
"""What a list is sorted by, of one row."""


def page_key(at: datetime | None, row_id: int) -> str:
    """The last row's time, to the microsecond, and id."""
    return f"{int(at.timestamp() * 1_000_000) if at else ''}_{row_id}"


def read_key(key: str | None) -> tuple[datetime | None, int]:
    """(time in UTC or None, id) of a key; (None, 0) for what is none."""
    at, _, last = (key or "").partition("_")
    known = at.isascii() and at.isdecimal() and len(at) <= DIGITS_MAX
    moment = datetime.fromtimestamp(0, UTC) + timedelta(microseconds=int(at)) if known else None
    return moment, number(last) or 0


def sorted_key(value: Sorted, row_id: int) -> str:
    """The key of a row in a list sorted by times, numbers or names; nothing where it has no value."""
    if isinstance(value, datetime):
        return page_key(value, row_id)
    return f"{'' if value is None else value}_{row_id}"


def read_sorted(key: str | None, kept_as: type) -> tuple[Sorted, int]:
    """(value or None, id) of a key whose list is sorted by values of this type; (None, 0) for what is none."""
    if kept_as is datetime:
        return read_key(key)
    value, _, last = (key or "").replace("\x00", "").rpartition("_")
    return (number(value) if kept_as is int else value or None), number(last) or 0
